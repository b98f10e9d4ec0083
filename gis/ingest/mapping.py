"""Which field of a file becomes which column: read from a small TOML file, or guessed by name and said aloud."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.errors import Invalid
from gis.ingest import cutting
from gis.ingest.subject import Column, Subject

UNIT = re.compile(r"[（(\[【].*?[)）\]】]")
OWN_NAME = re.compile(r"(?<!街道|社区|区县|道路|单位|部门|小区|地类|小类|大类|网格)名称$")
KEYS = ("source", "crs", "id", "split", "fields", "values", "skip", "places")
IDS = (
    ("osm_type", "osm_id"), ("osm_id",), ("source_id",), ("objectid",), ("fid",), ("eid",), ("id",), ("gid",),
    ("uuid",),
    ("code",), ("编号",), ("编码",), ("标识码",), ("管点编号",), ("物探点号",), ("管段编号",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column is made: the first filled of `fields`, or all joined, or an object of them, or a constant."""

    fields: tuple[str, ...] = ()
    how: str = "first"
    glue: str = ""
    match: str = ""
    times: float | None = None
    value: Any = None

    @property
    def plain(self) -> bool:
        """Whether it takes one field as it is."""
        return self.how == "first" and len(self.fields) == 1 and not self.match and self.times is None

    def column(self, columns: Table[str, list[Any]], length: int) -> list[Any]:
        """The raw values of a batch."""
        if self.how == "value":
            return [self.value] * length
        parts = [columns[name] for name in self.fields]
        if self.how == "object":
            return [
                {name: v for name, v in zip(self.fields, row, strict=True) if v not in (None, "")}
                for row in zip(*parts, strict=True)
            ]
        if self.how == "join":
            made: list[Any] = [joined(row, self.glue) for row in zip(*parts, strict=True)]
        elif len(parts) == 1:
            made = parts[0]
        else:
            made = [next((v for v in row if v not in (None, "")), None) for row in zip(*parts, strict=True)]
        if self.times is not None:
            made = scaled(made, self.times)
        return cutting.cut_out(made, self.match) if self.match else made

    def origins(self, columns: Table[str, list[Any]], length: int) -> list[str]:
        """The field that each value of a "first" rule came from, in lower case; blank for every other rule."""
        if self.how != "first" or not self.fields:
            return [""] * length
        names = [name.lower() for name in self.fields]
        if len(names) == 1:
            return names * length
        rows = zip(*(columns[name] for name in self.fields), strict=True)
        return [next((n for n, v in zip(names, row, strict=True) if v not in (None, "")), "") for row in rows]

    @property
    def written(self) -> Any:
        """The rule as a mapping file would have it."""
        if self.how == "value":
            return {"value": self.value}
        more = {"with": self.glue} if self.glue else {}
        more |= {"match": self.match} if self.match else {}
        if self.times is not None:
            return {"of": self.fields[0], "times": self.times} | more
        if self.how == "first" and not more:
            return self.fields[0] if len(self.fields) == 1 else list(self.fields)
        return {self.how: list(self.fields)} | more

    def __str__(self) -> str:
        if self.how == "value":
            return f"={self.value!r}"
        return {"first": " | ", "join": " + ", "object": ", "}[self.how].join(self.fields)


def joined(row: tuple[Any, ...], glue: str) -> str | None:
    """The filled values one after the other; 北京市 as province and again as city is said once."""
    words = [str(value).strip() for value in row if value not in (None, "")]
    return glue.join(word for place, word in enumerate(words) if not place or word != words[place - 1]) or None


def scaled(values: list[Any], times: float) -> list[Any]:
    """Numbers in another unit; what is no number stays, to be refused later by its row."""

    def one(value: Any) -> Any:
        try:
            return value if value is None else float(value) * times
        except (TypeError, ValueError):
            return value

    return [one(value) for value in values]


@dataclass(frozen=True, slots=True)
class Mapping:
    """The rules of a dataset. `id` names the fields of the source id; `guessed_id` says that nobody asked for them."""

    rules: dict[str, Rule]
    id: tuple[str, ...] = ()
    guessed_id: bool = False
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    skip: dict[str, frozenset[str]] = field(default_factory=dict)
    split: str = ""

    def assumes(self, column: Column) -> bool:
        """Whether a column is made of nothing in the file, but of what stands in for it."""
        return column.fill is not None and self.rules.get(column.name) == Rule(how="value", value=column.fill)

    def unused(self, fields: Iterable[str]) -> list[str]:
        """Fields of the file that no rule reads."""
        used = {name for rule in self.rules.values() for name in rule.fields} | set(self.id) | set(self.skip)
        return [name for name in fields if name not in used]

    def skipped(self, columns: Table[str, list[Any]], length: int) -> list[bool]:
        """Which rows of a batch are to be passed over."""
        out = [False] * length
        for name, unwanted in self.skip.items():
            for offset, value in enumerate(columns[name]):
                out[offset] = out[offset] or ("" if value is None else str(value)) in unwanted
        return out


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping file as written, before it meets the fields of a data file."""

    tables: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    @classmethod
    def read(cls, path: Path | None) -> Plan:
        """Read the TOML; Invalid when it is none or has a key that means nothing."""
        if path is None:
            return cls()
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Invalid(
                f"映射文件 {path.name} 无法读取：{error}。 Cannot read mapping {path.name}: {error}."
            ) from error
        return cls.of(tables, path.name)

    @classmethod
    def of(cls, tables: dict[str, Any], name: str) -> Plan:
        """A plan from its tables, however they came; Invalid when one has a key that means nothing."""
        for key, value in tables.items():
            known(key, KEYS, name)
            check_kind(key, value, name)
        if "split" in tables:
            known(str(tables["split"]), ("crossings",), name)
        for column, rule in tables.get("fields", {}).items():
            rule_of(rule, column, name)
        return cls(tables, name)

    @property
    def source(self) -> str | None:
        """The name of the source, if the file gives one."""
        return self.tables.get("source")

    @property
    def crs(self) -> str | None:
        """The coordinate system, if the file gives one."""
        return self.tables.get("crs")

    @property
    def places(self) -> tuple[str, ...]:
        """The coordinate columns of a CSV: (east, north) or (wkt,)."""
        table = self.tables.get("places", {})
        return (table["wkt"],) if "wkt" in table else tuple(table[key] for key in ("x", "y") if key in table)

    def meet(self, subject: Subject, fields: tuple[str, ...]) -> Mapping:
        """The rules for one file: those written, and guesses for the columns that were not."""
        written = {
            name: self._rule(name, rule, subject, fields) for name, rule in self.tables.get("fields", {}).items()
        }
        guesses = {name: rule for name, rule in guess(subject, fields).items() if name not in written}
        asked = self.tables.get("id", ())
        ids = (asked,) if isinstance(asked, str) else tuple(asked)
        for name in (*ids, *self.tables.get("skip", {})):
            known(name, fields, self.name)
        rules = written | {name: rule for name, rule in guesses.items() if not written or rule.how == "value"}
        return Mapping(
            rules=rules,
            id=ids or likely_id(subject, rules, fields),
            guessed_id=not ids,
            values=self.tables.get("values", {}),
            skip={name: frozenset(map(str, values)) for name, values in self.tables.get("skip", {}).items()},
            split=self.tables.get("split", ""),
        )

    def _rule(self, name: str, rule: Any, subject: Subject, fields: tuple[str, ...]) -> Rule:
        known(name, [column.name for column in subject.columns], self.name)
        made = rule_of(rule, name, self.name)
        for used in made.fields:
            known(used, fields, self.name)
        return made


def check_kind(key: str, value: Any, file: str) -> None:
    """Invalid unless the value of a key is of the kind the key takes."""
    tables, texts = ("fields", "values", "skip", "places"), ("source", "crs", "split")
    wanted: tuple[type, ...] = (dict,) if key in tables else (str,) if key in texts else (str, list)
    if not isinstance(value, wanted):
        raise Invalid(f"{file}：{key} 的写法不对：{value!r}。 {file}: {key} is not written as it should be: {value!r}.")


def rule_of(rule: Any, name: str, file: str) -> Rule:
    """One line of [fields] as a Rule."""
    if not isinstance(rule, dict):
        rule = {"first": [rule] if isinstance(rule, str) else rule}
    if "value" in rule:
        return Rule(how="value", value=rule["value"])
    match = cutting.checked(rule["match"], name, file) if rule.get("match", "") != "" else ""
    times, glue = rule.get("times"), rule.get("with", "")
    well = isinstance(glue, str) and (times is None or (isinstance(times, int | float) and math.isfinite(times)))
    for how in ("join", "object", "first"):
        if well and _names(rule.get(how)):
            return Rule(tuple(rule[how]), how, glue, match)
    if well and isinstance(rule.get("of"), str):
        return Rule((rule["of"],), match=match, times=times)
    raise Invalid(f"{file}：{name} 的写法不对：{rule!r}。 {file}: {name} is not written as a rule: {rule!r}.")


def _names(listed: Any) -> bool:
    return isinstance(listed, list) and bool(listed) and all(isinstance(one, str) for one in listed)


def known(name: str, names: Iterable[str], file: str) -> None:
    """Invalid unless the name is one of these."""
    listed = list(names)
    if name not in listed:
        raise Invalid(
            f"{file}：没有“{name}”，可用：{'、'.join(listed)}。 "
            f"{file}: there is no {name!r}; there are {', '.join(listed)}."
        )


def plain(name: str) -> str:
    """A field's name without case, blanks and joints, its full-width letters plain."""
    return re.sub(r"[\s_\-:./()]", "", unicodedata.normalize("NFKC", name).lower())


def by_name(fields: Iterable[str]) -> dict[str, str]:
    """Fields by what they may be called: as written, without their unit (管径(mm)), by the second line of a header
    (坐标/X) where no other field ends so; the earlier form, then the earlier field wins."""
    listed = list(fields)
    ends = [plain(name.rpartition("/")[2]) for name in listed]
    found: dict[str, str] = {}
    for forms in (map(plain, listed), (plain(UNIT.sub("", name)) for name in listed)):
        for form, name in zip(forms, listed, strict=True):
            found.setdefault(form, name)
    for end, name in zip(ends, listed, strict=True):
        if "/" in name and ends.count(end) == 1:
            found.setdefault(end, name)
    return found


def guess(subject: Subject, fields: Iterable[str]) -> dict[str, Rule]:
    """A rule for every column whose usual names occur among the fields; "a+b" stands for two fields joined."""
    named = by_name(fields)
    rules: dict[str, Rule] = {}
    for column in subject.columns:
        single = [named[plain(name)] for name in (*column.synonyms, column.name) if plain(name) in named]
        if single:
            rules[column.name] = Rule(tuple(dict.fromkeys(single)))
            continue
        for pair in (name.split("+") for name in column.synonyms if "+" in name):
            if all(plain(name) in named for name in pair):
                rules[column.name] = Rule(tuple(named[plain(name)] for name in pair), "join")
                break
        else:
            if column.fill is not None:
                rules[column.name] = Rule(how="value", value=column.fill)
    if "name" not in rules and any(column.name == "name" for column in subject.columns):
        rules |= own_name(fields, {name for rule in rules.values() for name in rule.fields})
    return rules


def own_name(fields: Iterable[str], taken: set[str]) -> dict[str, Rule]:
    """The one field that ends in 名称 (公厕名称) and names neither a place above nor what another column took."""
    left = [name for name in fields if name not in taken and OWN_NAME.search(plain(name))]
    return {"name": Rule((left[0],))} if len(left) == 1 else {}


def likely_id(subject: Subject, rules: dict[str, Rule], fields: Iterable[str]) -> tuple[str, ...]:
    """The fields that name a row where nobody says so: that of the subject's own id, or what looks like one."""
    own = rules[subject.named].fields if subject.named in rules else ()
    return own if len(own) == 1 else guess_id(fields)


def guess_id(fields: Iterable[str]) -> tuple[str, ...]:
    """The fields that look like the register's own id, or none."""
    named = by_name(fields)
    for names in IDS:
        if all(plain(name) in named for name in names):
            return tuple(named[plain(name)] for name in names)
    return ()
