"""`python -m bench.gates`: gates (佳林花苑北门) and old names (太古洋行), where somebody wrote down where they are.

Gates are names of the points of Suzhou and Shanghai that end in one; old names are OpenStreetMap's `old_name` around
Lujiazui. All is imported by our own command and indexed, but for the gates of places that are on record themselves:
these ask what is said of a gate that nobody registered.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import town
from bench.locate import ROOT, Ask, Spot, calibration, measure, metres, report
from config import cluster
from config.env import read

DATA = ROOT.parent / "shared" / "data"
DATABASE = "chengtu_bench_gates"
SIDE = "东南|西南|东北|西北|东|南|西|北"
GATE = re.compile(rf"(?P<place>.{{2,}}?)[((（]?(?P<gate>(?:{SIDE})[一二三四1-4]?门|[0-9]+号门|[正后侧]门)[)）]?$")
OPPOSITE = str.maketrans("东南西北", "西北东南")
GATE_WAYS = ("{0}{1}", "{0}({1})", "{0}的{1}", "{0}{1}口", "{1}{0}", "{0}{2}")
OLD_WAYS = ("{0}", "原{0}", "{0}(旧称)", "{0}旧址", "{1}(原{0})")


@dataclass(frozen=True)
class Named:
    """A point with a name, and those it had."""

    city: str
    name: str
    spot: Spot
    old: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """A gate of a place."""

    place: str
    word: str
    spot: Spot


def points() -> Iterator[Named]:
    """Every name of Suzhou and Shanghai."""
    for city, file in (("苏州市", "suzhou-poi"), ("上海市", "poi-shanghai-addresses")):
        with gzip.open(DATA / file / "poi.csv.gz", "rt", encoding="utf-8") as sheet:
            for row in csv.DictReader(sheet):
                yield Named(city, row["name"], (float(row["lon"]), float(row["lat"])))


def once_called() -> Iterator[Named]:
    """Around Lujiazui, what has a name now and had another in Chinese."""
    from django.contrib.gis.geos import GEOSGeometry

    for file in ("buildings", "landuse", "pois"):
        with gzip.open(DATA / "osm-shanghai-lujiazui" / f"{file}.geojson.gz", "rt", encoding="utf-8") as text:
            features = json.load(text)["features"]
        for one in features:
            told = one["properties"]
            old = [name for name in re.split("[;/]", told.get("old_name") or "") if re.search(r"[一-龥]{3}", name)]
            if old and told.get("name"):
                inside = GEOSGeometry(json.dumps(one["geometry"])).point_on_surface
                yield Named("上海市", told["name"], inside.coords, tuple(old))


def build(var: Path, rows: list[Named]) -> str:
    """A database of its own with the rows."""
    with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    url, file = cluster.url(var, DATABASE), var / "bench" / "gates.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(("id", "city", "name", "aliases", "lon", "lat"))
        writer.writerows((i, row.city, row.name, ";".join(row.old), *row.spot) for i, row in enumerate(rows))
    town.addresses(url, file)
    return url


def gate_of(row: Named) -> Gate | None:
    """The gate that a point is named after; of 水香七村（南区北一门） the place is 水香七村南区."""
    found = GATE.match(row.name)
    if not found:
        return None
    place = (
        found["place"] if found["place"].count("（") == found["place"].count("）") else found["place"].replace("（", "")
    )
    return Gate(place, found["gate"], row.spot)


def gate_lines(gates: list[Gate], way: str) -> Iterator[tuple[str, list[Spot], Spot]]:
    """Each gate asked for in one way; a place may have several gates of one word."""
    there: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for gate in gates:
        there[gate.place, gate.word].append(gate.spot)
    for gate in gates:
        great = gate.word.replace("门", "大门")
        yield way.format(gate.place, gate.word, great), there[gate.place, gate.word], gate.spot


def old_lines(rows: list[Named], way: str) -> Iterator[tuple[str, list[Spot], Spot]]:
    """Each old name asked for in one way; several places may have had it."""
    there: dict[str, list[Spot]] = defaultdict(list)
    for row in rows:
        for old in row.old:
            there[old].append(row.spot)
    for row in rows:
        for old in row.old:
            yield way.format(old, row.name), there[old], row.spot


def elsewhere(gates: list[Gate], ask: Ask) -> None:
    """The gate across from one that is on record, which is not: nobody may be led to the other as if it were this."""
    known = {(gate.place, gate.word) for gate in gates}
    asked = sure = there = none = 0
    for gate in gates:
        other = gate.word.translate(OPPOSITE)
        if other == gate.word or (gate.place, other) in known:
            continue
        answer = ask(f"{gate.place}{other}")
        asked += 1
        none += not answer
        sure += bool(answer) and answer[0][2] >= 0.8
        there += bool(answer) and answer[0][2] >= 0.5 and metres(answer[0][:2], gate.spot) <= 10
    print(f"\nthe gate across: {asked} asked, none {none}, sure {sure}, led to the other with 0.5 or more {there}")


def main() -> None:
    """Build unless BENCH_KEEP=1, then measure."""
    var = read(os.environ).var
    cluster.start(var)
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["DATABASE_URL"] = cluster.url(var, DATABASE)
    django.setup()
    named, once = list(points()), list(once_called())
    names = {row.name for row in named}
    gates = {row: gate for row in named if (gate := gate_of(row))}
    held = {row for row, gate in gates.items() if gate.place in names}
    if not os.environ.get("BENCH_KEEP"):
        build(var, [row for row in (*named, *once) if row not in held])
    from layers.locate import locate
    from layers.scope import RESIDENT

    def ask(text: str) -> list[tuple[float, float, float, str, str]]:
        return [(c.lon, c.lat, c.confidence, str(c.precision), c.title) for c in locate(text, RESIDENT).candidates]

    bins: dict[int, list[bool]] = defaultdict(list)
    show = int(os.environ.get("BENCH_SHOW", "0"))
    recorded = [gate for row, gate in gates.items() if row not in held]
    print(
        f"{len(named)} points, {len(gates)} gates, {len(held)} of them not indexed; {len(once)} places with old names"
    )
    for way in GATE_WAYS:
        report("gate " + way.format("甲", "北门", "北大门"), measure(ask, gate_lines(recorded, way), bins, show))
    for way in OLD_WAYS:
        report("old " + way.format("甲", "乙"), measure(ask, old_lines(once, way), bins, show))
    calibration(bins)
    report("\ngate not on record", measure(ask, gate_lines([gates[row] for row in held], GATE_WAYS[0]), bins, show))
    elsewhere(recorded, ask)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
