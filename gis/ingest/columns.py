"""A batch as its reader gave it, made into columns ready for COPY, and the refusals of the rows left behind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Translations
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models

from gis.codelists import shipped, vocabulary
from gis.errors import Invalid
from gis.ingest.arrays import Array
from gis.ingest.arrays import column as parsed
from gis.ingest.mapping import Mapping, Rule
from gis.ingest.readers import Batch
from gis.ingest.refusals import REASONS, Refusal
from gis.ingest.shapes import Shaped
from gis.ingest.stage import model_field
from gis.ingest.subject import Column, Subject
from gis.ingest.values import text

KINDS: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.BooleanField, "flag"),
    (models.DateField, "day"),
    (models.JSONField, "json"),
    (models.IntegerField, "whole"),
    (models.FloatField, "real"),
    (models.DecimalField, "real"),
)
LISTED = re.compile(r"[;；、|,，/+\s]+")
Mean = Callable[[dict[str, Any], str, Any], Any]
HANDFUL = 8
"""Words that a message lists before it says "and so on"."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model's field can hold."""

    kind: str
    length: int | None = None
    least: float | None = None
    most: float | None = None


def limits(subject: Subject, column: Column) -> Limits:
    """The parser of a column and its limits, from the declaration or else from the model."""
    found = model_field(subject, column.name)
    if found is None or found.is_relation:
        return Limits(column.kind or ("real" if column.positive else "text"))
    kind = column.kind or next((name for kind, name in KINDS if isinstance(found, kind)), "text")
    if not column.kind and found.get_internal_type() == "ArrayField":
        kind = "items"
    if isinstance(found, models.IntegerField):
        least, most = connection.ops.integer_field_range(found.get_internal_type())
        return Limits(kind, None, least, most)
    return Limits(kind, getattr(found, "max_length", None) if isinstance(found, models.CharField) else None)


@dataclass(slots=True)
class Ready:
    """The columns of the rows that go on (row, part, id, values, geom), as Arrow arrays of equal length, and the
    refusals of those that do not."""

    columns: list[Array]
    refusals: list[Refusal]
    skipped: int
    parts: int
    """Rows that splitting added to those of the file."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Turns batches into columns, for one subject and one mapping."""

    subject: Subject
    mapping: Mapping
    columns: tuple[Column, ...]
    limits: dict[str, Limits]
    words: dict[str, dict[str, Any]]
    strange: dict[str, Counter[str]]
    """Values of listed columns that are on no code list, and how often: they are kept, and said."""
    filled: Counter[str]
    """How many values the listed columns have."""

    @classmethod
    def of(cls, subject: Subject, mapping: Mapping) -> Workshop:
        """A workshop for the columns that the mapping fills."""
        columns = tuple(column for column in subject.columns if column.name in mapping.rules)
        return cls(
            subject,
            mapping,
            columns,
            {column.name: limits(subject, column) for column in columns},
            {column.name: words(column, mapping.values.get(column.name, {})) for column in columns},
            {column.name: Counter() for column in columns if column.vocabulary},
            Counter(),
        )

    def work(self, batch: Batch, shaped: Shaped) -> Ready:
        """Parse every column, join it with the shapes, and part the rows that go on from those that do not."""
        ids = self.ids(batch)
        skipped = self.mapping.skipped(batch.columns, len(batch))
        wrong: dict[int, tuple[str, str, str]] = dict(batch.broken)
        for offset, (reason, value) in shaped.wrong.items():
            wrong.setdefault(offset, ("geom", reason, value))
        columns = [self.column(column, batch, wrong) for column in self.columns]
        refusals = [
            Refusal(batch.row(offset), ids[offset].as_py() or "", name, value, reason)
            for offset, (name, reason, value) in sorted(wrong.items())
            if not skipped[offset]
        ]
        good = ~np.array(skipped, dtype=bool)
        good[list(wrong)] = False
        ready = assembled(batch, shaped, ids, columns, good)
        return Ready(ready, refusals, sum(skipped), len(ready[0]) - int(np.count_nonzero(good)))

    def ids(self, batch: Batch) -> Array:
        """The register's own ids, several fields joined by a slash; None where one is missing."""
        parts = [parsed("text", batch.raw(name))[0] for name in self.mapping.id]
        if not parts:
            return pa.nulls(len(batch), pa.string())
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "/")

    def column(self, column: Column, batch: Batch, wrong: dict[int, tuple[str, str, str]]) -> Array:
        """One column parsed; what is wrong with a value is noted for its row."""
        rule = self.mapping.rules[column.name]
        table, limit = self.words[column.name], self.limits[column.name]
        raw = batch.raw(rule.fields[0]) if rule.plain else rule.column(batch.columns, len(batch))
        if table:
            raw = self.said(table, limit, rule, batch, raw)
        done, refused = parsed(limit.kind, raw)
        refused = unlisted(column, refused)
        if column.name in self.strange:
            said = pa.array([word for words in raw for word in words], pa.string()) if limit.kind == "items" else done
            self.filled[column.name] += len(said) - said.null_count
            counts = Counter({pair["values"]: pair["counts"] for pair in pc.value_counts(said).to_pylist()})
            for value in counts.keys() - {None, *table.values()}:
                self.strange[column.name][value] += counts[value]
        for offset, reason in (*refused.items(), *beyond(column, limit, done)):
            wrong.setdefault(offset, (column.name, reason, str(plain(raw[offset]))[:200]))
        return done

    def said(self, table: dict[str, Any], limit: Limits, rule: Rule, batch: Batch, raw: Any) -> Any:
        """What the words of a column mean; each different one is looked up once."""
        if not isinstance(raw, pa.Array):
            mean = meanings if limit.kind == "items" else meaning
            return translated(mean, table, rule.origins(batch.columns, len(batch)), raw)
        if limit.kind == "items" or not pa.types.is_string(raw.type):
            return self.said(table, limit, rule, batch, raw.to_pylist())
        coded = pc.dictionary_encode(raw, null_encoding="encode")
        meant = [meaning(table, rule.fields[0].lower(), word) for word in coded.dictionary.to_pylist()]
        if all(word is None or isinstance(word, str) for word in meant):
            return pa.array(meant, pa.string()).take(coded.indices)
        return [meant[place] for place in coded.indices.to_pylist()]


def allowed(column: Column) -> str:
    """The words a column takes, a handful of them, one a meaning; "" for a column that takes any."""
    first: dict[Any, str] = {choice: choice for choice in column.choices if not column.values}
    if column.vocabulary:
        first = {row.code: row.name for row in shipped(column.vocabulary)}
    else:
        for word, value in column.values.items():
            first.setdefault(value, word)
    some = list(dict.fromkeys(first.values()))
    return "、".join(some[:HANDFUL]) + ("…" if len(some) > HANDFUL else "")


def unlisted(column: Column, refused: dict[int, str]) -> dict[int, str]:
    """The refusals of a column, where a word that stands for no number is "not one of the allowed", not "no number"."""
    return {row: "bad_choice" if column.values and why == "bad_number" else why for row, why in refused.items()}


def constant(subject: Subject, column: Column, value: str, own: Translations[str, Any]) -> None:
    """Invalid, with the words that would do, when a constant is none that the column takes."""
    limit = limits(subject, column)
    raw = meaning(words(column, own), "", value)
    done, refused = parsed(limit.kind, [raw])
    for _, reason in (*unlisted(column, refused).items(), *beyond(column, limit, done)):
        zh, en = REASONS[reason]
        some = allowed(column)
        raise Invalid(
            f"--set {column.name}={value}：{zh}{f'，可用：{some}' if some else ''}。 "
            f"--set {column.name}={value}: {en}{f' ({some})' if some else ''}."
        )


def meaning(table: dict[str, Any], field: str, value: Any) -> Any:
    """What a word means: in its tag, by itself, as the first of several ("a;b"), or as any value of its tag."""
    word = (text(value) or "").lower()
    for key in (f"{field}={word}", word, word.partition(";")[0], f"{field}=*" if word else ""):
        if key in table:
            return table[key]
    return value


def meanings(table: dict[str, Any], field: str, value: Any) -> list[str]:
    """What a list of words means, each word once and in order; "无" is no word."""
    words = value if isinstance(value, list) else LISTED.split(text(value) or "")
    meant = [str(meaning(table, field, text(word))) for word in words if text(word) not in (None, "无", "/")]
    return list(dict.fromkeys(meant))


def translated(mean: Mean, table: dict[str, Any], fields: list[str], values: list[Any]) -> list[Any]:
    """What the words of a column mean; each different one is looked up once."""
    pairs = list(zip(fields, values, strict=True))
    try:
        known = {pair: mean(table, *pair) for pair in set(pairs)}
    except TypeError:  # a list, which no dictionary takes as a key
        return [mean(table, field, value) for field, value in pairs]
    return [known[pair] for pair in pairs]


def words(column: Column, own: Translations[str, Any]) -> dict[str, Any]:
    """What a delivered word means in the model, whatever its case: the mapping's own words before the shipped ones."""
    known = vocabulary(shipped(column.vocabulary), column.vocabulary) if column.vocabulary else {}
    own = {word: known.get(str(value).lower(), value) for word, value in own.items()}
    said = {word.lower() for word in (*column.values, *own)}
    known = {word: code for word, code in known.items() if word.partition("=")[2] not in said}
    return known | {word.lower(): value for word, value in (*column.values.items(), *own.items())}


def beyond(column: Column, limit: Limits, values: Array) -> Iterator[tuple[int, str]]:
    """Values that parse and yet cannot stand: missing, too long, out of range, not a choice."""
    if column.required:
        yield from ((offset, "required") for offset in where(values.is_null()))
    if limit.length is not None:
        yield from ((offset, "too_long") for offset in where(pc.greater(pc.utf8_length(values), limit.length)))
    if column.choices:
        other = pc.invert(pc.is_in(values, pa.array(column.choices)))
        yield from ((offset, "bad_choice") for offset in where(pc.and_(other, values.is_valid())))
    if limit.least is not None or column.positive or column.least is not None:
        numbers = values.cast(pa.float64(), safe=False)
        least = 5e-324 if column.positive else max(b for b in (limit.least, column.least) if b is not None)
        most = float("inf") if limit.most is None else limit.most
        off = pc.or_(pc.less(numbers, least), pc.greater(numbers, most))
        yield from ((offset, "number_range") for offset in where(off))


def plain(value: Any) -> Any:
    """A value of an array as Python has it."""
    return value.as_py() if isinstance(value, pa.Scalar) else value


def where(mask: Array) -> Iterator[int]:
    """The offsets at which a mask holds; nothing is not true."""
    yield from np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)).tolist()


def assembled(batch: Batch, shaped: Shaped, ids: Array, columns: list[Array], good: Any) -> list[Array]:
    """The columns for COPY; a row whose line was split appears once a part, numbered from 1."""
    origin = np.asarray(shaped.origin)
    shapes = shaped.ewkb
    numbers = np.arange(len(batch)) + batch.first_row if batch.rows is None else np.asarray(batch.rows)
    if good.all() and len(origin) == len(batch):
        return [pa.array(numbers[origin]), pa.array(np.zeros(len(origin), dtype=np.int32)), ids, *columns, shapes]
    chosen = good[origin]
    origin = origin[chosen]
    of = pa.array(origin)
    parts = pa.array(numbered(origin))
    return [pa.array(numbers[origin]), parts, ids.take(of), *(one.take(of) for one in columns),
            shapes.filter(pa.array(chosen))]  # fmt: skip


def numbered(offsets: Any) -> Any:
    """The part number of each row: 0 for a row alone, else 1, 2, 3 … among its equals, which stand together."""
    if not len(offsets):
        return offsets.astype(np.int32)
    starts = np.flatnonzero(np.diff(offsets, prepend=offsets[0] - 1))
    lengths = np.diff(starts, append=len(offsets))
    place = np.arange(len(offsets)) - np.repeat(starts, lengths) + 1
    return np.where(np.repeat(lengths, lengths) > 1, place, 0).astype(np.int32)
