"""`python -m bench.locate`: does the geocoder find the Shanghai addresses however written, and is it sure rightly.

Every row of ../shared/data/poi-shanghai-addresses is imported by our own command and indexed, but for a few. Addresses
with a number are halved by a hash of district and text: rules and constants were made with one half in view
(BENCH_HALF=tune), figures are of the other. The truth of an address is where a row of the same district and text lies;
"own" is the row's own point alone.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import math
import os
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench import held, rewriting, town
from config import cluster
from config.env import ROOT, read

DATA = ROOT.parent / "shared" / "data" / "poi-shanghai-addresses" / "poi.csv.gz"
DATABASE = "chengtu_bench_locate"
RIGHT_M, SURE = 50.0, 0.8
LETTERS = {"pinyin": 92, "initials": 85}
"""Strata with a verdict of their own, which a sum of thirty would hide: initials may be those of many streets."""
NUMERALS = re.compile(r"[0-9〇零一二三四五六七八九十百千]+")
MOST = int(os.environ.get("BENCH_QUERIES", "1500"))
Spot = tuple[float, float]
COUNTS = ("asked", "right", "five", "own", "none", "wrong_sure", "sure")


@dataclass(frozen=True)
class Poi:
    """A row of the file."""

    id: int
    name: str
    address: str
    district: str
    category: str
    spot: Spot

    @property
    def half(self) -> str:
        """Whether rules may have been made with it in view."""
        key = hashlib.sha256(f"{self.district}{self.address}".encode()).digest()[0]
        return "tune" if key % 2 else "test"

    @property
    def held(self) -> bool:
        """Whether its address stays out of the index."""
        return hashlib.sha256(f"held {self.district}{self.address}".encode()).digest()[0] < 20


@dataclass
class Tally:
    """What came of the questions of one stratum."""

    asked: int = 0
    right: int = 0
    own: int = 0
    none: int = 0
    wrong_sure: int = 0
    sure: int = 0
    five: int = 0
    far: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count what another counted."""
        for key in COUNTS:
            setattr(self, key, getattr(self, key) + getattr(other, key))
        self.far += other.far
        self.seconds += other.seconds

    def share(self, key: str) -> float:
        """Of all that was asked, in hundredths."""
        return 100 * float(getattr(self, key)) / max(1, self.asked)


def pois() -> list[Poi]:
    """All rows, of stops without an address."""
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Poi(i, row["name"], _address(row), row["district"], row["category"], (float(row["lon"]), float(row["lat"])))
        for i, row in enumerate(rows)
    ]


def _address(row: dict[str, str]) -> str:
    """What a row calls its address; of stops that is a list of lines."""
    return "" if row["category"] in ("bus_stop", "metro") or row["address"] == "[]" else row["address"]


def metres(a: Spot, b: Spot) -> float:
    """How far two points lie apart."""
    return math.hypot((a[0] - b[0]) * math.cos(math.radians(a[1])), a[1] - b[1]) * 111_320


def moved(spot: Spot, east: float, north: float) -> Spot:
    """A point so many metres away."""
    return spot[0] + east / (111_320 * math.cos(math.radians(spot[1]))), spot[1] + north / 111_320


def build(var: Path, rows: list[Poi]) -> str:
    """A database of its own with the rows, imported and indexed as a city would do it."""
    with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    url = cluster.url(var, DATABASE)
    file = var / "bench" / "shanghai-poi.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(("id", "city", "district", "road", "name", "lon", "lat"))
        writer.writerows((p.id, "上海市", p.district, p.address, p.name, *p.spot) for p in rows if not p.held)
    town.addresses(url, file)
    return url


def lines(rows: list[Poi]) -> dict[str, Iterator[tuple[str, list[Spot], Spot]]]:
    """By stratum: the question, the points that are right, the row's own point."""
    by_address: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for poi in rows:
        by_address[poi.district, poi.address].append(poi.spot)
    doors = [p for p in {(p.district, p.address): p for p in rows}.values()
             if re.search(r"\d+(?:号|弄|-)", p.address) and not re.search(r"\d+米", p.address)]  # fmt: skip
    some = random.Random(7).sample(doors, min(MOST, len(doors)))

    anywhere: dict[str, list[Spot]] = defaultdict(list)
    for poi in rows:
        anywhere[poi.address].append(poi.spot)

    def rewritten(name: str, rewrite: rewriting.Rewrite) -> Iterator[tuple[str, list[Spot], Spot]]:
        chance, by = random.Random(11), rewriting.MOVED.get(name, (0.0, 0.0))
        for poi in some:
            if line := rewrite(poi.address, poi.district, chance):
                there = by_address[poi.district, poi.address] if poi.district[:2] in line else anywhere[poi.address]
                yield line, [moved(spot, *by) for spot in there], moved(poi.spot, *by)

    strata = {name: rewritten(name, rewrite) for name, rewrite in rewriting.REWRITES.items()}
    wrong: dict[str, list[tuple[str, list[Spot], Spot]]] = defaultdict(list)
    chance = random.Random(13)
    for poi in some:
        for kind, text in rewriting.typos(poi.address, poi.district, chance):
            wrong[f"typo: {kind}"].append((text, by_address[poi.district, poi.address], poi.spot))
    return strata | {name: iter(found) for name, found in sorted(wrong.items())}


def landmarks(rows: list[Poi]) -> Iterator[tuple[str, list[Spot], Spot]]:
    """District and name."""
    by_name: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for poi in rows:
        by_name[poi.district, poi.name].append(poi.spot)
    for poi in random.Random(5).sample(rows, min(MOST, len(rows))):
        yield poi.district + poi.name, by_name[poi.district, poi.name], poi.spot


Ask = Callable[[str], list[tuple[float, float, float, str, str]]]
"""A question to (lon, lat, confidence, precision, term) of each candidate."""


def measure(
    ask: Ask, questions: Iterable[tuple[str, list[Spot], Spot]], bins: dict[int, list[bool]], show: int = 0
) -> Tally:
    """Ask all, and count."""
    tally = Tally()
    for text, right, own in questions:
        began = time.perf_counter()
        found = ask(text)
        tally.seconds.append(time.perf_counter() - began)
        tally.asked += 1
        if not found:
            tally.none += 1
            if show and tally.none <= show:
                print("   none:", text)
            continue
        lon, lat, confidence, precision, _ = found[0]
        near = min(metres((lon, lat), spot) for spot in right)
        tally.right += near <= RIGHT_M
        tally.five += any(metres(one[:2], spot) <= RIGHT_M for one in found[:5] for spot in right)
        tally.far.append(near)
        tally.own += metres((lon, lat), own) <= RIGHT_M
        tally.sure += confidence >= SURE
        tally.wrong_sure += confidence >= SURE and near > RIGHT_M
        if show and near > RIGHT_M and random.random() < show / 50:
            print(f"   {near:.0f} m, {confidence} {precision}: {text} -> {found[0][4]}")
        bins[int(confidence * 10)].append(near <= RIGHT_M)
    return tally


def table(half: list[Poi], ask: Ask, show: int) -> tuple[dict[int, list[bool]], dict[str, Tally]]:
    """Print a line a stratum, and return the confidences and the sums of the gates."""
    bins: dict[int, list[bool]] = defaultdict(list)
    there = [poi for poi in half if not poi.held]
    print(
        f"\n{'stratum':32}{'asked':>7}{'<=50 m':>8}{'of 5':>7}{'own':>7}{'none':>7}{'sure':>7}{'wrong&sure':>12}"
        f"{'m p50':>7}{'p90':>7}{'p99':>8}{'ms p50':>8}{'p99':>7}"
    )
    sums, own = {"all rewritings": Tally(), "all typos": Tally()}, {}
    for name, questions in {**lines(there), "landmark: district + name": landmarks(there)}.items():
        tally = measure(ask, questions, bins, show)
        report(name, tally)
        if not name.startswith("landmark"):
            sums["all typos" if name.startswith("typo") else "all rewritings"].add(tally)
        own |= {name: tally} if name in LETTERS else {}
    for name, tally in sums.items():
        report(name, tally)
    return bins, sums | own


def at(values: list[float], part: float) -> float:
    """What a part of the values does not exceed."""
    return sorted(values)[int(len(values) * part)] if values else 0.0


def report(name: str, tally: Tally) -> None:
    """One line."""
    wide = sum(2 if ord(sign) > 255 else 1 for sign in name)
    shares = "".join(f"{tally.share(key):{width}.1f}" for key, width in
                     (("right", 8), ("five", 7), ("own", 7), ("none", 7), ("sure", 7)))  # fmt: skip
    far = "".join(f"{at(tally.far, part):{width}.0f}" for part, width in ((0.5, 7), (0.9, 7), (0.99, 8)))
    print(f"{name}{' ' * (32 - wide)}{tally.asked:7}{shares}{tally.share('wrong_sure'):12.2f}{far}"
          f"{1000 * at(tally.seconds, 0.5):8.1f}{1000 * at(tally.seconds, 0.99):7.1f}", flush=True)  # fmt: skip


def verdict(sums: dict[str, Tally], right_road: float) -> bool:
    """Print each gate of the geocoder with what was measured, and whether all hold."""
    whole, typos = sums["all rewritings"], sums["all typos"]
    print("\ngate")
    met = [
        held.told("rewritings, first answer within 50 m", whole.share("right"), "≥", 95, " %"),
        held.told("rewritings, wrong and sure", whole.share("wrong_sure"), "≤", 1, " %"),
        held.told("one mistake, first answer within 50 m", typos.share("right"), "≥", 85, " %"),
        held.told("number not on record, the right road", right_road, "≥", 95, " %"),
    ]
    for name, least in LETTERS.items():
        met.append(held.told(f"{name} alone, first answer within 50 m", sums[name].share("right"), "≥", least, " %"))
        met.append(held.told(f"{name} alone, wrong and sure", sums[name].share("wrong_sure"), "≤", 1, " %"))
    return all(met)


def fallback(half: list[Poi], everything: list[Poi], ask: Ask) -> float:
    """Doors that are not on record: the answer must lie on the right road, or say so. Returns how many do, in %."""
    streets = {(found[1], p.district) for p in everything if not p.held and (found := rewriting.road_of(p.address))}
    asked = right = near = sure = 0
    for poi in half:
        found = rewriting.road_of(poi.address)
        if not poi.held or not found or (found[1], poi.district) not in streets:
            continue
        number = re.match(r"\d+(?:弄\d+)?(?:号|弄)?", poi.address[found.end() :])
        answer = ask(f"{poi.district}{found[1]}{number[0] if number else ''}")
        asked += 1
        if answer:
            name, said = (NUMERALS.sub("", text) for text in (found[1], answer[0][4]))
            right += (there := name in said or said in name)
            if os.environ.get("BENCH_SHOW") and not there:
                print("   ", poi.district, poi.address, answer[0])
            far = metres(answer[0][:2], poi.spot)
            near += far <= 200
            sure += answer[0][2] >= SURE and answer[0][3] != "road" and far > 200
    print(f"\nnumber not on record: {asked} asked, right road {100 * right / max(1, asked):.1f} %, within 200 m "
          f"{100 * near / max(1, asked):.1f} %, sure and farther {100 * sure / max(1, asked):.1f} %")  # fmt: skip
    return 100 * right / max(1, asked)


def calibration(bins: dict[int, list[bool]]) -> None:
    """How often answers of a confidence are right."""
    print("\nconfidence   answers   right %")
    for tenth in sorted(bins):
        answers = bins[tenth]
        print(f"{tenth / 10:.1f}-{(tenth + 1) / 10:.1f}{len(answers):13}{100 * sum(answers) / len(answers):10.1f}")


def main() -> int:
    """Build unless BENCH_KEEP=1, then measure; 1 where a gate does not hold."""
    var = read(os.environ).var
    cluster.start(var)
    rows = pois()
    url = cluster.url(var, DATABASE) if os.environ.get("BENCH_KEEP") else build(var, rows)
    os.environ["DATABASE_URL"] = url
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from layers.locate import locate
    from layers.scope import RESIDENT

    def ask(text: str) -> list[tuple[float, float, float, str, str]]:
        return [(c.lon, c.lat, c.confidence, str(c.precision), c.term) for c in locate(text, RESIDENT).candidates]

    which = os.environ.get("BENCH_HALF", "test")
    half = [poi for poi in rows if poi.half == which]
    print(f"{len(rows)} rows, {len(half)} in the half '{which}', load {os.getloadavg()[0]:.1f}")
    ask("人民路1号")
    bins, sums = table(half, ask, int(os.environ.get("BENCH_SHOW", "0")))
    right_road = fallback(half, rows, ask)
    calibration(bins)
    return 0 if verdict(sums, right_road) else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
