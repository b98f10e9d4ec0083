"""The geocoder itself: a line is taken apart, the ways to a place are tried in turn, the surest answers are given."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from django.db import connection

from gis.degrees import METRES
from gis.locate import english, ways
from gis.locate.answer import LEAST, Answer, Candidate, Precision
from gis.locate.gates import at_gate, turned
from gis.locate.gazetteer import PLAIN, Gazetteer
from gis.locate.inside import Inside
from gis.locate.meaning import count
from gis.locate.neighbours import between
from gis.locate.parse import parse
from gis.locate.parts import Label, Piece, Street, Understood
from gis.locate.store import Store

WAYS: tuple[Callable[[Understood, Store], list[Candidate]], ...] = (
    ways.crossings, ways.titled, ways.doors, ways.named, between, ways.respelled, ways.streets, ways.areas,
)  # fmt: skip
LATIN = re.compile(r"^([A-Z' ]{2,60}?)\s*(?:LU|ROAD|RD)?\.?,?\s*(?:NO\.?)?\s*([0-9]+(?:[-弄][0-9]+)?)?\s*(?:HAO|号)?$")
BEHIND = re.compile(r"(?:[\s.,]+no)?[\s.,]*$", re.IGNORECASE)
"""What may stand between the street and its number."""
LATIN_AREA = re.compile(r"(?:zhen|jiedao|qu|shi|xiang)(?=[a-z]{4})")
"""Behind which a street may begin: nanqiaozhen xizhagonglu. Asked only where nothing is called the whole."""
READ = """
SELECT n.term, n.whole FROM (
  SELECT term, tally, pinyin = ANY(%(read)s) OR pinyin_too = ANY(%(read)s) IS TRUE AS whole FROM spatial_placename
   WHERE pinyin = ANY(%(read)s) OR pinyin_too = ANY(%(read)s)
      OR initials = ANY(%(read)s) OR initials_too = ANY(%(read)s)
   ORDER BY whole DESC, tally DESC LIMIT 200) AS n
 ORDER BY n.whole DESC,
          EXISTS (SELECT FROM spatial_place p WHERE p.term = n.term AND p.number = %(number)s AND ({seen})) DESC,
          n.tally DESC LIMIT 6"""
"""Of hundreds of names with the same initials rather those that have the door."""
ONE_OF_SEVERAL, UNPROVEN = 0.75, 0.5
"""Letters that several names are read by, with the number on record of the one; without it."""
DOORS = (Precision.ROOM, Precision.BUILDING, Precision.NUMBER)
ALONG = (Precision.NUMBER, Precision.INTERPOLATED, Precision.ROAD)
ENOUGH = 0.45
"""A way that is surer than this ends the search; else the next is tried and the surest of all wins."""


def find(written: str, store: Store, gazetteer: Gazetteer = PLAIN) -> Answer:
    """Return where a line may be; no candidate where nothing on record fits."""
    said = replace(parse(written, gazetteer), near=store.near)
    store = Store(store.seen, store.rooms, store.near)  # with names of its own
    line, letters = english.read(written), LATIN.match(written.upper().strip())
    if line and (meant := english.meanings(line, store)):
        said, candidates, letters = meant[0], _of_english(line, said, meant, store), None
    else:
        candidates = _of_letters(letters, said, store) if letters else _candidates([said], store)
    if not _enough(candidates) and (other := turned(said)) and (found := _candidates([other], store)):
        said, candidates = other, found
    chosen = [one for one in sorted(candidates, key=lambda one: -one.confidence) if one.confidence >= LEAST]
    chosen = _apart(chosen)[: ways.LIMIT]
    if said.gate:
        chosen = at_gate(said, chosen, store)
    moved = tuple(_moved(one, said) for one in chosen)
    if letters and moved and moved[0].precision in ALONG and not moved[0].term.isascii():
        said = replace(said, pieces=_spelled_out(letters, written))
    return Answer(said, moved, _unused(said, moved))


def _candidates(meanings: list[Understood], store: Store) -> list[Candidate]:
    """What the meanings may lead to, by the ways in turn: a door of the last comes before the street of the first."""
    found: list[Candidate] = []
    for way in WAYS:
        for meant in meanings:
            found += way(meant, store)
        if _enough(found):
            break
    return found


def _of_english(line: english.Line, said: Understood, meant: list[Understood], store: Store) -> list[Candidate]:
    """What an English address leads to; without a number the whole of it may be a name."""
    named = [] if line.numbered else _candidates([said], store)
    found, several = _candidates(meant, store), len({one.streets for one in meant})
    return named + [one if several == 1 else _doubted(one, line.number, several) for one in found]


def _of_letters(written: re.Match[str], said: Understood, store: Store) -> list[Candidate]:
    """What Latin letters lead to: a name that is written so, or names that are read so. Where initials or several names
    leave open which is meant, a number on record speaks for one; without it none is sure."""
    key, number = re.sub(r"[^A-Z]", "", written[1]), written[2] or ""
    if block := _block(key, number, store):
        return block
    terms, spelled = _read_by(key.lower(), number, store)
    meanings = [replace(_meant(term, number), near=store.near) for term in terms]
    return [
        one if _plain(one, key, number, spelled and len(terms) == 1) else _doubted(one, number, len(terms))
        for one in _candidates([said], store) + _candidates(meanings, store)
    ]


def _block(key: str, number: str, store: Store) -> list[Candidate]:
    """The block of an estate that is called so in English, if it is on record: Min'an Garden 3."""
    if not number or not store.names.known([key]):
        return []
    meant = english.meanings(english.Line(estate=key, inside=Inside("", block=number)), store)
    return [one for said in meant for one in ways.doors(said, store) if not one.assumed]


def _meant(term: str, number: str) -> Understood:
    if number:
        return Understood(streets=(Street(term, number),))
    return Understood(streets=(Street(term, ""),), places=(term,), whole=term)


def _spelled_out(letters: re.Match[str], written: str) -> tuple[Piece, ...]:
    """The pieces of a street in letters and its number: to the parser l14 is a floor."""
    before, (start, end) = len(written) - len(written.lstrip()), letters.span(2)
    line = written.strip()
    street = BEHIND.sub("", line[: start if letters[2] else None])
    pieces = [Piece(Label.ROAD, street, before, before + len(street))]
    if letters[2]:
        pieces.append(Piece(Label.NUMBER, line[start:end], before + start, before + end))
    return tuple(pieces)


def _plain(one: Candidate, key: str, number: str, spelled: bool) -> bool:
    """Whether letters are a name as it is written, or the pinyin of one name."""
    return not number if one.term == key else spelled


def _doubted(one: Candidate, number: str, names: int) -> Candidate:
    proven = number and "number" not in one.assumed and one.precision in DOORS and not one.term.isascii()
    if proven and names == 1:
        return one
    part = ONE_OF_SEVERAL if proven else UNPROVEN
    return replace(one, confidence=round(one.confidence * part, 3), assumed=(*one.assumed, "spelling"))


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


def _read_by(key: str, number: str, store: Store) -> tuple[list[str], bool]:
    """The names that letters may mean, and whether these are their pinyin and not initials only."""
    found = _read_so([key], number, store)
    return found if found[0] else _read_so([key[end.end() :] for end in LATIN_AREA.finditer(key)], number, store)


def _read_so(keys: list[str], number: str, store: Store) -> tuple[list[str], bool]:
    """The names whose pinyin, or else whose initials, are one of these, 路 left out or not."""
    forms = [form for key in keys for form in (key, f"{key}lu", f"{key}l")]
    with connection.cursor() as cursor:
        cursor.execute(READ.format(seen=store.seen), {"read": forms, "number": number or None})
        rows = cursor.fetchall()
    spelled = any(whole for _, whole in rows)
    return [term for term, whole in rows if whole or not spelled], spelled
