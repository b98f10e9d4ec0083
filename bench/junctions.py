"""`python -m bench.junctions`: does a crossing come out where two streets meet, with their lines on record and without.

Where they meet is told by OpenStreetMap for the middle of Huangpu; the addresses are those of `bench.locate`, whose
database it needs. BENCH_STREETS=0 asks the addresses alone, which only tell of crossings what shops say of themselves.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import psycopg

from bench import town
from bench.locate import DATABASE, ROOT, Spot, calibration, measure, report
from config import cluster
from config.env import read

DATA = ROOT.parent / "shared" / "data" / "osm-shanghai-huangpu-streets" / "roads.geojson.gz"
WITH_STREETS = "chengtu_bench_junctions"
WAYS = {"A与B路口": "黄浦区{}与{}路口", "AB交叉口": "{}{}交叉口", "A/B": "上海市黄浦区{}/{}"}


def crossings() -> dict[tuple[str, str], list[Spot]]:
    """Where two streets of different names meet, at one spot or several."""
    from django.contrib.gis.geos import GEOSGeometry, MultiLineString

    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        features = json.load(file)["features"]
    lines = defaultdict(list)
    for one in features:
        name, line = one["properties"].get("name"), GEOSGeometry(json.dumps(one["geometry"]))
        if isinstance(name, str) and line.geom_type == "LineString":
            lines[name].append(line)
    streets = {name: MultiLineString(some) for name, some in lines.items()}
    met = {pair: streets[pair[0]].intersection(streets[pair[1]]) for pair in combinations(sorted(streets), 2)}
    return {pair: [(x, y) for x, y, *_ in _corners(shape)] for pair, shape in met.items() if not shape.empty}


def _corners(shape) -> list:
    return [shape.coords] if shape.geom_type == "Point" else [at for part in shape for at in _corners(part)] \
        if shape.num_geom > 1 else list(shape.coords)  # fmt: skip


def build(var: Path) -> str:
    """The addresses and the streets, imported by our own command."""
    with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {WITH_STREETS} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {WITH_STREETS} TEMPLATE {DATABASE}")
    url, file = cluster.url(var, WITH_STREETS), var / "bench" / "roads.geojson"
    file.write_bytes(gzip.decompress(DATA.read_bytes()))
    town.manage(url, "import", "roads", str(file), "--source", "osm")
    return url


def main() -> None:
    """Ask each crossing in three ways."""
    var = read(os.environ).var
    os.environ["DATABASE_URL"] = cluster.url(var, DATABASE) if os.environ.get("BENCH_STREETS") == "0" else build(var)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from layers.locate import locate
    from layers.scope import RESIDENT

    def ask(text: str) -> list[tuple[float, float, float, str, str]]:
        return [(c.lon, c.lat, c.confidence, str(c.precision), c.term) for c in locate(text, RESIDENT).candidates]

    found = crossings()
    bins: dict[int, list[bool]] = defaultdict(list)
    for name, written in WAYS.items():
        questions = [(written.format(*pair), spots, spots[0]) for pair, spots in found.items()]
        report(name, measure(ask, questions, bins, int(os.environ.get("BENCH_SHOW", "0"))))
    calibration(bins)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
