"""The geocoder itself: a line is taken apart, the ways to a place are tried in turn, the surest answers are given."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from django.db import connection

from gis.locate import ways
from gis.locate.answer import LEAST, Answer, Candidate, Precision
from gis.locate.gates import at_gate, turned
from gis.locate.gazetteer import PLAIN, Gazetteer
from gis.locate.meaning import count
from gis.locate.parse import parse
from gis.locate.parts import Label, Piece, Street, Understood
from gis.locate.rank import METRES
from gis.locate.store import Store

WAYS: tuple[Callable[[Understood, Store], list[Candidate]], ...] = (
    ways.crossings, ways.titled, ways.doors, ways.named, ways.between, ways.respelled, ways.streets, ways.areas,
)  # fmt: skip
LATIN = re.compile(r"^([A-Z' ]{2,60}?)\s*(?:LU|ROAD|RD)?\.?,?\s*(?:NO\.?)?\s*([0-9]+(?:[-弄][0-9]+)?)?\s*(?:HAO|号)?$")
LATIN_AREA = re.compile(r"(?:zhen|jiedao|qu|shi|xiang)(?=[a-z]{4})")
"""Behind which a street may begin: nanqiaozhen xizhagonglu. Asked only where nothing is called the whole."""
ONE_OF_SEVERAL = 0.75
ENOUGH = 0.45
"""A way that is surer than this ends the search; else the next is tried and the surest of all wins."""


def find(written: str, store: Store, gazetteer: Gazetteer = PLAIN) -> Answer:
    """Return where a line may be; no candidate where nothing on record fits."""
    said = replace(parse(written, gazetteer), near=store.near)
    store = Store(store.seen, store.rooms, store.near)  # with names of its own
    latin = [replace(meant, near=store.near) for meant in _in_latin(written)]
    candidates = _candidates([said], store) + _doubted(latin, store)
    if not _enough(candidates) and (other := turned(said)) and (found := _candidates([other], store)):
        said, candidates = other, found
    chosen = [one for one in sorted(candidates, key=lambda one: -one.confidence) if one.confidence >= LEAST]
    chosen = _apart(chosen)[: ways.LIMIT]
    if said.gate:
        chosen = at_gate(said, chosen, store)
    moved = tuple(_moved(one, said) for one in chosen)
    return Answer(said, moved, _unused(said, moved))


def _candidates(meanings: list[Understood], store: Store) -> list[Candidate]:
    """What each of the meanings may lead to, by the ways in turn."""
    found: list[Candidate] = []
    for meant in meanings:
        for way in WAYS:
            found += way(meant, store)
            if _enough(found):
                break
    return found


def _doubted(meanings: list[Understood], store: Store) -> list[Candidate]:
    """What Latin letters lead to; where several names are read so, any of them may be meant."""
    found = _candidates(meanings, store)
    if len(meanings) < 2:
        return found
    return [
        replace(one, confidence=round(one.confidence * ONE_OF_SEVERAL, 3), assumed=(*one.assumed, "spelling"))
        for one in found
    ]


def _enough(found: list[Candidate]) -> bool:
    return bool(found) and max(one.confidence for one in found) >= ENOUGH


def _unused(said: Understood, found: tuple[Candidate, ...]) -> tuple[str, ...]:
    """What the first answer leaves out of what was understood."""
    if not found:
        return ()
    exact, finer = found[0].precision, (Label.UNIT, Label.FLOOR, Label.ROOM)
    left = () if exact is Precision.ROOM else finer
    if exact not in (Precision.ROOM, Precision.BUILDING):
        left = (*left, Label.BLOCK)
    if exact in (Precision.ROAD, Precision.AREA):
        left = (*left, Label.NUMBER, Label.SUB_NUMBER)
    return tuple(piece.text for piece in said.pieces if piece.label in left and not _part_of_number(piece, said))


def _part_of_number(piece: Piece, said: Understood) -> bool:
    """14号 behind 669弄 counts a house and is the number."""
    return piece.label is Label.BLOCK and any(
        s.number.endswith(count(piece.text)) and "弄" in s.number for s in said.streets
    )


def _apart(candidates: list[Candidate]) -> list[Candidate]:
    """Each place once."""
    once: dict[tuple[float, float], Candidate] = {}
    for one in candidates:
        once.setdefault((round(one.lon, 4), round(one.lat, 4)), one)
    return list(once.values())


def _moved(one: Candidate, said: Understood) -> Candidate:
    """To the side that the line names: so many metres away, or beside, which is less exact."""
    if said.offset is None:
        return one
    if said.offset.bearing is None or said.offset.metres is None:
        return replace(one, confidence=round(one.confidence * 0.9, 3), assumed=(*one.assumed, "beside"))
    way, far = math.radians(said.offset.bearing), said.offset.metres
    east = far * math.sin(way) / (METRES * math.cos(math.radians(one.lat)))
    return replace(
        one, lon=one.lon + east, lat=one.lat + far * math.cos(way) / METRES, layer="", row=0,
        title=f"{one.title}{said.offset.word}", confidence=round(one.confidence * 0.85, 3),
        assumed=(*one.assumed, "offset"),
    )  # fmt: skip


def _in_latin(written: str) -> list[Understood]:
    """What pinyin or initials may mean: the names that are read so."""
    found = LATIN.match(written.upper().strip())
    if not found:
        return []
    key = re.sub(r"[^A-Z]", "", found[1]).lower()
    terms = _read_so([key]) or _read_so([key[end.end() :] for end in LATIN_AREA.finditer(key)])
    number = found[2] or ""
    if number:
        return [Understood(streets=(Street(term, number),)) for term in terms]
    return [Understood(streets=(Street(term, ""),), places=(term,), whole=term) for term in terms]


def _read_so(keys: list[str]) -> list[str]:
    """The names whose pinyin or initials are one of these, 路 left out or not."""
    forms = [form for key in keys for form in (key, f"{key}lu", f"{key}l")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term FROM spatial_placename WHERE pinyin = ANY(%s) OR initials = ANY(%s)"
            " ORDER BY pinyin = ANY(%s) DESC, tally DESC LIMIT 6", [forms, forms, forms],
        )  # fmt: skip
        return [term for (term,) in cursor.fetchall()]
