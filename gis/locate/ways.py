"""The ways to a place, from the exact to the vague: door, block, crossing, name, between two doors, street, area."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from gis.locate import supposed
from gis.locate.answer import AREA, CROSSING, DOOR, NAME, STREET, Candidate, Precision
from gis.locate.gates import spellings
from gis.locate.names import holding
from gis.locate.parts import Street, Understood
from gis.locate.rank import Kind, Scored, meant, metres, ranked, scored
from gis.locate.store import Row, Store

LIMIT = 5
DOUBTED, ALONG_ONE, SAID = 0.6, 0.3, 0.5
CROSS = """
SELECT ST_X(spot), ST_Y(spot) FROM (
  SELECT ST_ClosestPoint(a.geom, b.geom) AS spot, ST_Distance(a.shape, b.shape) AS gap
    FROM spatial_road a JOIN spatial_road b ON ST_DWithin(a.shape, b.shape, 40)
   WHERE a.id = ANY(%s) AND b.id = ANY(%s) ORDER BY gap LIMIT 12) AS c"""


def doors(said: Understood, store: Store) -> list[Candidate]:
    """Street and number, or estate and block, on record; another spelling where the name is not on record."""
    asked = _asked(said)
    if not asked:
        return []
    found = _doors(said, store, [(supposed.ends(street.name), street) for street in asked], ())
    if not any(one.fit > 0.85 for one in found) and not store.names.known(street.name for street in asked):
        found += _doors(said, store, [(store.names.mistyped(street.name), street) for street in asked], ("spelling",))
    exact = [one for one in found if "number" not in one.assumed]
    return ranked(said, exact or found, Kind(Precision.NUMBER, DOOR, store.rooms))


def respelled(said: Understood, store: Store) -> list[Candidate]:
    """A door on a street of a similar name, though there is a street of this one: far less likely."""
    if not store.names.known(street.name for street in _asked(said)):
        return []  # these spellings were tried
    names = [({n: DOUBTED * fit for n, fit in store.names.mistyped(s.name).items()}, s) for s in _asked(said)]
    return ranked(said, _doors(said, store, names, ("spelling",)), Kind(Precision.NUMBER, DOOR, store.rooms))


def _asked(said: Understood) -> list[Street]:
    streets = [street for street in said.streets if street.number and street.name]
    if said.estate and said.block:
        streets.append(Street(said.estate, said.block))
    return streets


def _doors(
    said: Understood, store: Store, asked: list[tuple[supposed.Supposed, Street]], why: tuple[str, ...]
) -> list[Scored]:
    names = supposed.merged(names for names, _ in asked)
    numbers = supposed.merged(supposed.numbers(number) for _, s in asked for number in (s.number, *s.more))
    if not names:
        return []
    rows = store.doors(list(names), list(numbers))
    return [
        scored(said, row, names[row.term] * numbers[row.number],
               (*why, *(("number",) if numbers[row.number] < 0.85 else ())))
        for row in rows
    ]  # fmt: skip


def crossings(said: Understood, store: Store) -> list[Candidate]:
    """Where two streets meet: where their lines do, else where a row says that it stands, or doors of both together."""
    if not said.crossing or len(said.streets) < 2:
        return []
    first, second = said.streets[:2]
    title = f"{first.name}与{second.name}路口"
    supposed_so = store.names.streets(first.name), store.names.streets(second.name)
    for names in (({first.name: 1.0}, {second.name: 1.0}), supposed_so):
        for look in (_lines_meeting, _said_to_meet, _doors_together):
            if found := look(said, store, names, title):
                return found
    return []


Sides = tuple[supposed.Supposed, supposed.Supposed]


def _lines_meeting(said: Understood, store: Store, names: Sides, title: str) -> list[Candidate]:
    sides = [store.named(list(side), ["road"]) for side in names]
    if not all(sides):
        return []
    with connection.cursor() as cursor:
        cursor.execute(CROSS, [[row.row for row in side] for side in sides])
        spots = cursor.fetchall()
    fit = min(max(side.values()) for side in names)
    rows = [sides[0][0]._replace(lon=lon, lat=lat, title=title, layer="", row=0) for lon, lat in spots]
    return ranked(said, [scored(said, row, fit) for row in rows], Kind(Precision.CROSSING, CROSSING))


def _said_to_meet(said: Understood, store: Store, names: Sides, title: str) -> list[Candidate]:
    """Shops and stops take their name from a crossing that is a hundred metres away."""
    pairs = {" ".join(sorted((a, b))): x * y for a, x in names[0].items() for b, y in names[1].items()}
    found = [scored(said, row, pairs[row.term]) for row in store.named(list(pairs), ["cross"])]
    return [replace(one, title=one.title or title) for one in ranked(said, found, Kind(Precision.CROSSING, SAID))]


def _doors_together(said: Understood, store: Store, names: Sides, title: str) -> list[Candidate]:
    sides = [
        [row for row in store.named(list(side), ["door", "road"]) if scored(said, row, 1.0).fit > 0.5] for side in names
    ]
    pairs = ((metres(a, b), a, b) for a in sides[0][:120] for b in sides[1][:120])
    gap, a, b = min(pairs, key=lambda pair: pair[0], default=(1e9, None, None))
    if a is None or b is None or gap > 250:
        return []
    sure = round(0.5 * (1 - gap / 500), 3)
    return [Candidate(title, (a.lon + b.lon) / 2, (a.lat + b.lat) / 2, Precision.CROSSING, sure, assumed=("doors",))]


def named(said: Understood, store: Store) -> list[Candidate]:
    """An estate, a building, a shop by its name: whole, mistyped, or a part of it."""
    terms = _terms(said)
    if not terms:
        return []
    kinds = ["name", "estate"]
    exact = dict.fromkeys(supposed.wholes(said), 1.0) | terms
    found = _weighed(said, store.named(list(exact), kinds), exact)
    if not found and (phases := supposed.merged(map(supposed.phased, terms))):
        found = _weighed(said, store.named(list(phases), kinds), phases, ("part",))
    if not found:
        near = supposed.merged(
            {term: likely * terms[name] for term, likely in store.names.mistyped(name).items()}
            for name in list(terms)[:2]
        )
        found = _weighed(said, store.named(list(near), kinds), near, ("spelling",)) if near else []
    if not found and len(longest := max(terms, key=len)) > 2:
        parts = {term: 0.9 * len(longest) / len(term) for term in holding(longest)}
        found = _weighed(said, store.named(list(parts), kinds), parts, ("part",)) if parts else []
    return ranked(said, found, Kind(Precision.BUILDING, NAME, store.rooms))


def titled(said: Understood, store: Store) -> list[Candidate]:
    """A place that bears the whole of the line as its name, though it may look like a street or a crossing."""
    if not said.whole or any(street.number for street in said.streets):
        return []
    if said.streets and not said.crossing and store.named([street.name for street in said.streets], ["road"]):
        return []  # a plate or a stop is called after it; the street is meant
    wholes = [
        f"{whole}{gate}" for whole in supposed.wholes(said) for gate in (spellings(said.gate) if said.gate else ("",))
    ]
    rows = store.named(wholes, ["name"])
    return ranked(said, [scored(said, row, 1.0) for row in rows], Kind(Precision.BUILDING, NAME, store.rooms))


def _terms(said: Understood) -> supposed.Supposed:
    """The names of a line: the last one and all together first; of 原太古洋行 also what it was then."""
    whole = "".join(said.places)
    names = [whole, *reversed(said.places)]
    names += [name[1:] for name in names if name[:1] == "原" and len(name) > 3]
    return {name: 1.0 - 0.05 * place for place, name in enumerate(dict.fromkeys(names)) if len(name) > 1}


def _weighed(said: Understood, rows: list[Row], names: supposed.Supposed, why: tuple[str, ...] = ()) -> list[Scored]:
    street = said.streets[0].name if said.streets else ""
    return [
        scored(said, row, names[row.term] * (1.0 if not street or street in row.title else 0.9)
               * (0.9 if row.kind == "estate" else 1.0), why)
        for row in rows
    ]  # fmt: skip


def streets(said: Understood, store: Store) -> list[Candidate]:
    """The street alone: a point on its line, or among its doors."""
    found: list[Scored] = []
    for street in said.streets[:2]:
        names = store.names.streets(street.name)
        rows = store.named(list(names), ["road"]) or store.named(list(names), ["door"])
        found += [scored(said, row, names[row.term]) for row in rows]
    if not found:
        return []
    best = max(one.fit for one in found)
    row, _ = meant(said, [one.row for one in found if one.fit > best - 1e-3])
    assumed = ("number",) if any(street.number for street in said.streets) else ()
    if said.crossing:  # one of the two streets, anywhere along it
        best, assumed = best * ALONG_ONE, (*assumed, "crossing")
    layer, pk = (row.layer, row.row) if row.kind == "road" else ("", 0)
    return [Candidate(row.term if row.kind != "road" else row.title, row.lon, row.lat, Precision.ROAD,
                      round(STREET * best, 3), layer, pk, assumed, row.term)]  # fmt: skip


def areas(said: Understood, store: Store) -> list[Candidate]:
    """The smallest area that is named, when nothing else is."""
    if said.streets or (said.places and not said.community):
        return []
    for name in (said.community, said.town, said.district, said.city, said.province):
        if name and (rows := store.named([name], ["area"])):
            return ranked(said, [scored(said, row, 1.0) for row in rows], Kind(Precision.AREA, AREA))
    return []
