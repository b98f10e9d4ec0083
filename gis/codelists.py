"""The code lists that ship: CSV files read into checked rows, every fault named by its file and line.

A list is known by its name and edition; the same code means another thing in another edition. The database table
is the truth at run time (a city adds its own rows); these files are where it begins.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from gis.codes import CodeScheme
from gis.errors import Invalid

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "codes"
COLUMNS = ("list", "edition", "code", "parent", "name", "name_en", "symbol", "color", "attributes")
WIDTHS = {"list": 40, "edition": 40, "code": 40, "parent": 40, "name": 100, "name_en": 100, "symbol": 20}
PATTERNS = "patterns.csv"
PATTERN_COLUMNS = ("scheme", "pattern", "title", "title_en")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One entry of a list, as the model `Code` stores it."""

    list: str
    edition: str
    code: str
    parent: str
    name: str
    name_en: str = ""
    symbol: str = ""
    color: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes the entry one: list, edition, code."""
        return self.list, self.edition, self.code


def read_folder(folder: Path) -> tuple[list[CodeRow], list[CodeScheme]]:
    """Every list and every pattern of a folder of CSV files. Raises Invalid at the first fault."""
    files = sorted(path for path in folder.glob("*.csv") if path.name != PATTERNS)
    if not files:
        raise Invalid(f"目录 {folder.name} 中没有代码表 / no code list in folder {folder.name}")
    rows = [(where, row) for path in files for where, row in _rows(path)]
    check(rows)
    patterns = folder / PATTERNS
    return [row for _, row in rows], read_patterns(patterns) if patterns.exists() else []


@cache
def shipped(list_name: str) -> tuple[CodeRow, ...]:
    """The rows of a list that ships, of every edition; its files are read once."""
    return tuple(row for row in _shipped() if row.list == list_name)


@cache
def _shipped() -> list[CodeRow]:
    return read_folder(SHIPPED)[0]


def read_patterns(path: Path) -> list[CodeScheme]:
    """The default code patterns (columns scheme, pattern, title, title_en)."""
    schemes: dict[str, CodeScheme] = {}
    for where, row in _lines(path, PATTERN_COLUMNS):
        if not row["scheme"] or not row["title"] or not row["pattern"]:
            raise _fault(where, "缺少 scheme、pattern 或 title", "scheme, pattern and title are needed")
        if row["scheme"] in schemes:
            raise _fault(where, f"“{row['scheme']}”重复", f"{row['scheme']!r} is there twice")
        schemes[row["scheme"]] = CodeScheme(row["scheme"], row["pattern"], row["title"], row["title_en"])
    return list(schemes.values())


def check(rows: Iterable[tuple[str, CodeRow]]) -> None:
    """Each key once, each parent present in its own list and edition, no code its own ancestor."""
    seen: dict[tuple[str, str, str], str] = {}
    parents: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for where, row in rows:
        if row.key in seen:
            first = seen[row.key]
            raise _fault(where, f"与 {first} 重复：{' '.join(row.key)}", f"{' '.join(row.key)} is already at {first}")
        seen[row.key] = where
        if row.parent:
            parents[row.key] = (row.list, row.edition, row.parent)
    for key, parent in parents.items():
        if parent not in seen:
            raise _fault(seen[key], f"没有上级代码“{parent[2]}”", f"there is no parent {parent[2]!r}")
        _climb(key, parents, seen[key])


def _climb(key: tuple[str, str, str], parents: Mapping[Any, tuple[str, str, str]], where: str) -> None:
    at = key
    for _ in range(len(parents) + 1):
        if at not in parents:
            return
        at = parents[at]
    raise _fault(where, f"代码“{key[2]}”的上级成环", f"the parents of {key[2]!r} run in a circle")


def vocabulary(rows: Iterable[CodeRow], list_name: str) -> dict[str, str]:
    """Every word that means a code of a list, for importers: {"amenity=toilets": "toilet", "公厕": "toilet", …}.

    A code means itself, then its Chinese name, what `attributes.also` lists, the tags of `attributes.osm` whole
    (`shop=*` is the tag with any other value) and their bare values. Words are lower case; the first meaning stays.
    """
    wanted = [row for row in rows if row.list == list_name]
    words: dict[str, str] = {}
    for say in (_own_words, _tags, _bare_values):
        for row in wanted:
            for word in say(row):
                words.setdefault(word.lower(), row.code)
    return words


def _own_words(row: CodeRow) -> Iterator[str]:
    yield from (row.code, row.name, *row.attributes.get("also", ()))


def _tags(row: CodeRow) -> Iterator[str]:
    yield from row.attributes.get("osm", ())


def _bare_values(row: CodeRow) -> Iterator[str]:
    for tag in _tags(row):
        value = tag.partition("=")[2]
        if value != "*":
            yield value


def _rows(path: Path) -> Iterator[tuple[str, CodeRow]]:
    for where, line in _lines(path, COLUMNS):
        for name in ("list", "edition", "code", "name"):
            if not line[name]:
                raise _fault(where, f"缺少 {name}", f"{name} is missing")
        for name, width in WIDTHS.items():
            if len(line[name]) > width:
                raise _fault(where, f"{name} 超过 {width} 字", f"{name} is longer than {width} characters")
        if not re.fullmatch(r"(#[0-9A-Fa-f]{6})?", line["color"]):
            raise _fault(where, f"颜色“{line['color']}”应写作 #RRGGBB", f"colour {line['color']!r}: write #RRGGBB")
        yield where, CodeRow(**{**line, "attributes": _attributes(where, line["attributes"])})


def _attributes(where: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError as wrong:
        raise _fault(where, f"attributes 不是 JSON：{wrong}", f"attributes are no JSON: {wrong}") from wrong
    if not isinstance(found, dict):
        raise _fault(where, "attributes 应为 JSON 对象", "attributes must be a JSON object")
    return found


def _lines(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                raise _fault(path.name, f"表头应为 {','.join(columns)}", f"the header must be {','.join(columns)}")
            for line in reader:
                where = f"{path.name}:{reader.line_num}"
                if None in line or None in line.values():
                    raise _fault(where, f"应有 {len(columns)} 列", f"there must be {len(columns)} columns")
                yield where, {name: value.strip() for name, value in line.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise _fault(path.name, f"无法读取：{wrong}", f"cannot be read: {wrong}") from wrong


def _fault(where: str, zh: str, en: str) -> Invalid:
    return Invalid(f"{where}：{zh} / {where}: {en}")
