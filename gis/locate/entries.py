"""From a row as it is in its table to the ways it can be asked for: the same parser reads it that reads questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gis.locate import plain
from gis.locate.gazetteer import Gazetteer
from gis.locate.meaning import count, door
from gis.locate.parse import parse
from gis.locate.parts import Label, Street, Understood

LONGEST = 120
NEVER = "[]"
"""What some registers write where they know no address."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to ask for a row, as ``gis.models.Place`` keeps it, and how its name is shown."""

    layer: str
    row: int
    kind: str
    term: str
    shown: str
    number: str = ""
    main: int | None = None
    block: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    names: str = ""
    district: str = ""
    town: str = ""
    title: str = ""
    lon: float = 0.0
    lat: float = 0.0


Row = Mapping[str, Any]


def entries(layer: str, row: Row, gazetteer: Gazetteer) -> list[Entry]:
    """Every way to ask for a row; each once."""
    makers = {"addresses": _address, "facilities": _thing, "buildings": _thing}
    found = makers.get(layer, _named)(layer, row, gazetteer)
    return [entry for entry in dict.fromkeys(found) if entry.term]


def _address(layer: str, row: Row, gazetteer: Gazetteer) -> Iterator[Entry]:
    """A row of an address register; one that wrote the whole line into a column is taken apart."""
    number = row["number"] or ""
    line = f"{row['road']}{number}{'号' if number[-1:].isdigit() else ''}"
    said = parse(line or row["estate"] or "", gazetteer)
    names = tuple(dict.fromkeys(filter(None, (*said.places, plain.name(row["name"] or "")))))
    said = replace(
        said,
        estate=plain.name(row["estate"]) or said.estate,
        block=count(row["block"]) or said.block,
        unit=count(row["unit"]) or said.unit,
        room=count(row["room"]) or said.room,
        places=names,
    )
    shown = {plain.name(text): text for text in (row["estate"], row["name"], row["road"]) if text}
    base = _base(
        layer, row, said, title=f"{_door(line, said)}{row['estate'] or ''}{_counted(row['block'])}" or row["name"]
    )
    yield from _doors(base, said, shown)
    yield from _names(base, row["name"] or "")
    if not (base.unit or base.room):  # once a block, not once a flat
        yield from _in_english(base, row)
    for alias in row["aliases"] or ():
        again = parse(alias, gazetteer)
        if again.streets and again.streets[0].number:
            yield from _doors(base, replace(again, places=()), {})
        else:
            yield from _names(base, alias)


def _in_english(base: Entry, row: Row) -> Iterator[Entry]:
    """The estate and the name that stands there; of a street the rule tells the Chinese name (``english``)."""
    number, _ = door(base.block)
    main = Street("", number).main
    estate = row["estate_en"] or ""
    yield replace(base, kind="estate", term=_term(estate), shown=estate.strip(), number=number, main=main)
    yield from _names(base, row["name_en"] or "")


FINER = (Label.UNIT, Label.FLOOR, Label.ROOM)


def _door(line: str, said: Understood) -> str:
    """The line down to the door: what follows may be a flat, and flats are told to few."""
    return line[: min((piece.start for piece in said.pieces if piece.label in FINER), default=len(line))].rstrip(
        "-，, "
    )


def _thing(layer: str, row: Row, gazetteer: Gazetteer) -> Iterator[Entry]:
    """A building or facility: its name, and the address it gives in one line."""
    address = "" if (row["address"] or "") == NEVER else row["address"] or ""
    said = parse(address, gazetteer)
    base = _base(layer, row, said, title=row["name"] or address)
    base = replace(base, names="|".join(filter(None, (*said.places, plain.name(row["name"] or "")))))
    yield from _doors(base, said, {})
    yield from _names(base, row["name"] or "")
    yield from _names(base, row["name_en"] or "")


def _named(layer: str, row: Row, _: Gazetteer) -> Iterator[Entry]:
    """A road, an area, a piece of ground: its name."""
    name = row["name"] or ""
    kind = {"roads": "road", "areas": "area"}.get(layer, "estate")
    base = Entry(layer, row["id"], kind, "", "", title=name, district=_district(row), town=_town(row),
                 lon=row["lon"], lat=row["lat"])  # fmt: skip
    for text in (name, row.get("name_en") or ""):
        yield replace(base, term=_term(text), shown=text.strip())


def _base(layer: str, row: Row, said: Understood, title: str) -> Entry:
    return Entry(
        layer, row.get("same_as_id") or row["id"], "door", "", "", block=said.block, unit=said.unit, floor=said.floor,
        room=said.room, names="|".join(said.places), district=_district(row) or said.district,
        town=_town(row) or said.town, title=title, lon=row["lon"], lat=row["lat"],
    )  # fmt: skip


def _doors(base: Entry, said: Understood, shown: Mapping[str, str]) -> Iterator[Entry]:
    """Road and number, crossing, estate and block, and names that stand in the line."""
    written = {**{plain.name(piece.text): piece.text for piece in said.pieces}, **shown}
    for street in said.streets:
        for number in (street.number, *street.more) if street.number and not _aside(said) else ():
            each = Street(street.name, number)
            yield replace(
                base, term=street.name, shown=written.get(street.name, street.name), number=number, main=each.main
            )
    if said.crossing and not _aside(said):
        yield _crossing(base, said)
    for place in dict.fromkeys((said.estate, *said.places)):
        number, _ = door(said.block) if place == said.estate else ("", ())
        if len(place) > 1 and (place not in shown or place == said.estate):
            yield replace(base, kind="estate", term=place[:LONGEST], shown=written.get(place, place), number=number,
                          main=Street(place, number).main)  # fmt: skip


def _crossing(base: Entry, said: Understood) -> Entry:
    pair = " ".join(sorted(street.name for street in said.streets[:2]))
    return replace(base, kind="cross", term=pair, shown="")


def _aside(said: Understood) -> bool:
    """Whether the row lies beside what it names; then it does not tell where that is."""
    return bool(said.offset and said.offset.metres)


def _names(base: Entry, name: str) -> Iterator[Entry]:
    """A name, and it without what explains it in brackets: 必胜宅急送(莱茵半岛店)."""
    short = re.sub(r"[(（【\[].*$", "", name).strip()
    for text in (name, short):
        yield replace(base, kind="name", term=_term(text), shown=text.strip())
    crossing = parse(short)
    if crossing.crossing and len(crossing.streets) == 2:  # a stop that is named after its crossing
        yield _crossing(base, crossing)


def _term(text: str) -> str:
    term = plain.name(text)
    return term[:LONGEST] if len(term) > 1 else ""


def _district(row: Row) -> str:
    return plain.name(row.get("district") or row.get("in_district") or "")[:50]


def _town(row: Row) -> str:
    return plain.name(row.get("street") or row.get("in_town") or "")[:100]


def _counted(block: str) -> str:
    return f"{block}幢" if block[-1:].isdigit() else block
