"""How well lines are taken apart: entity-level precision, recall and F1 a label on the NCAP corpus, and beside others.

Zhang's convention (conlleval): a piece counts when its label and its characters are those of the corpus. Rules were
tuned on `train` only; `dev` is what is reported.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench import held, peers
from config.env import ROOT, read
from gis.locate.gazetteer import Gazetteer
from gis.locate.parse import parse
from gis.locate.parts import Label

DATA = ROOT.parent / "shared" / "data"
CORPUS = DATA / "address-parsing-ncap"
AREAS = DATA / "admin-names-china-division"
SHARED = ("prov", "city", "district", "town", "community")
Spans = list[tuple[str, int, int]]


def gazetteer(towns: bool = True) -> Gazetteer:
    """The areas of the whole country, as no single city has them."""
    kinds = [("cities", Label.CITY), ("areas", Label.DISTRICT), *([("streets", Label.TOWN)] if towns else [])]
    return Gazetteer.of((label, name) for kind, label in kinds for name in _names(kind))


def _names(kind: str) -> Iterator[str]:
    for path in sorted(AREAS.glob(f"{kind}*.csv*")):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            yield from (row["name"] for row in csv.DictReader(file) if len(row["name"]) > 1)


def corpus(part: str) -> Iterator[tuple[str, Spans]]:
    """Lines with their pieces, from the first character to the one after the last."""
    with gzip.open(CORPUS / f"{part}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            spans, at = [], 0
            for label, text in row["elements"]:
                start = row["text"].find(text, at)
                at = start + len(text)
                spans.append((label.replace("subroad", "subRoad").replace("Roadno", "roadno"), start, at))
            yield row["text"], spans


def ours(text: str, names: Gazetteer) -> Spans:
    """What we make of a line."""
    return [(str(piece.label), piece.start, piece.end) for piece in parse(text, names).pieces]


def scores(pairs: Iterable[tuple[Spans, Spans]]) -> dict[str, tuple[int, int, int]]:
    """By label: right, found, there."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for said, meant in pairs:
        found.update(label for label, *_ in said)
        there.update(label for label, *_ in meant)
        right.update(label for label, *_ in set(said) & set(meant))
    return {label: (right[label], found[label], there[label]) for label in there}


def f1(right: int, found: int, there: int) -> float:
    """The harmonic mean of precision and recall, in per cent."""
    return 200 * right / (found + there) if found + there else 0.0


def show(title: str, table: dict[str, tuple[int, int, int]]) -> None:
    """Print a table, the commonest label first."""
    print(f"\n{title}\n{'label':12}{'P':>7}{'R':>7}{'F1':>7}{'there':>8}")
    for label, (right, found, there) in sorted(table.items(), key=lambda item: -item[1][2]):
        precision, recall = (100 * right / max(1, whole) for whole in (found, there))
        print(f"{label:12}{precision:7.1f}{recall:7.1f}{f1(right, found, there):7.1f}{there:8}")
    whole = [sum(column) for column in zip(*table.values(), strict=True)]
    print(f"{'all':12}{100 * whole[0] / whole[1]:7.1f}{100 * whole[0] / whole[2]:7.1f}{f1(*whole):7.1f}{whole[2]:8}")


def main(part: str = "dev") -> None:
    """Print our table, and those of the others."""
    names = gazetteer()
    rows = list(corpus(part))
    show(f"NCAP {part}, {len(rows)} lines, exact pieces", scores((ours(text, names), meant) for text, meant in rows))
    beside(rows, names)


def beside(rows: list[tuple[str, Spans]], names: Gazetteer) -> None:
    """The parts that cpca and jionlp know too, as values: a name counts with its ending or without. Both are installed
    into an environment of their own first."""
    python = str(peers.environment(read(os.environ).var / "bench-parsers", peers.PARSERS) / "bin" / "python")
    print("\nbeside others: the set of values of each line, endings (省 市 区 …) left aside; F1")
    tables = {"ours": [_values(ours(text, names), text) for text, _ in rows]}
    for peer in ("cpca", "jionlp"):
        tables[peer] = _asked(python, peer, [text for text, _ in rows])
    meant = [_values(spans, text) for text, spans in rows]
    print(f"{'':8}" + "".join(f"{label:>11}" for label in SHARED))
    for name, said in tables.items():
        print(f"{name:8}" + "".join(f"{_f1_of(label, said, meant):11.1f}" for label in SHARED))
    for label in SHARED:
        best = max(_f1_of(label, said, meant) for name, said in tables.items() if name != "ours")
        held.told(f"F1 of {label}, the better of cpca and jionlp", _f1_of(label, tables["ours"], meant), "≥", best)


def _values(spans: Spans, text: str) -> dict[str, str]:
    return {label: text[start:end] for label, start, end in reversed(spans) if label in SHARED}


def _short(name: str) -> str:
    for ending in (
        "特别行政区",
        "自治区",
        "街道办事处",
        "街道",
        "社区",
        "居委会",
        "村委会",
        "省",
        "市",
        "区",
        "县",
        "镇",
        "乡",
        "村",
    ):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


def _f1_of(label: str, said: list[dict[str, str]], meant: list[dict[str, str]]) -> float:
    pairs = [(_short(a.get(label, "")), _short(b.get(label, ""))) for a, b in zip(said, meant, strict=True)]
    return f1(sum(a == b != "" for a, b in pairs), sum(a != "" for a, _ in pairs), sum(b != "" for _, b in pairs))


def _asked(python: str, peer: str, texts: list[str]) -> list[dict[str, str]]:
    """Let another parser say what it finds, in its own environment."""
    script = Path(__file__).with_name("peer_parsers.py")
    done = subprocess.run(
        [python, str(script), peer], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    found: list[dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
