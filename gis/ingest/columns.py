"""A batch as its reader gave it, made into columns ready for COPY, and the refusals of the rows left behind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Translations
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from gis.codelists import SHIPPED, read_folder, vocabulary
from gis.errors import Invalid
from gis.ingest.mapping import Mapping
from gis.ingest.readers import Batch
from gis.ingest.refusals import REASONS, Refusal
from gis.ingest.shapes import Shaped
from gis.ingest.stage import model_field
from gis.ingest.subject import Column, Subject
from gis.ingest.values import column as parsed
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
    """The columns of the rows that go on (row, part, id, values, geom) and the refusals of those that do not."""

    columns: list[list[Any]]
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
            Refusal(batch.first_row + offset, ids[offset] or "", name, value, reason)
            for offset, (name, reason, value) in sorted(wrong.items())
            if not skipped[offset]
        ]
        good = [offset for offset in range(len(batch)) if offset not in wrong and not skipped[offset]]
        ready = assembled(batch, shaped, ids, columns, good)
        return Ready(ready, refusals, sum(skipped), len(ready[0]) - len(good))

    def ids(self, batch: Batch) -> list[str | None]:
        """The register's own ids, several fields joined by a slash; None where one is missing."""
        parts = [[text(value) for value in batch.columns[name]] for name in self.mapping.id]
        if not parts:
            return [None] * len(batch)
        return ["/".join(row) if all(row) else None for row in zip(*parts, strict=True)]

    def column(self, column: Column, batch: Batch, wrong: dict[int, tuple[str, str, str]]) -> list[str | None]:
        """One column parsed; what is wrong with a value is noted for its row."""
        rule = self.mapping.rules[column.name]
        raw = rule.column(batch.columns, len(batch))
        table, limit = self.words[column.name], self.limits[column.name]
        if table:
            fields = rule.origins(batch.columns, len(batch))
            mean = meanings if limit.kind == "items" else meaning
            raw = [mean(table, field, value) for field, value in zip(fields, raw, strict=True)]
        done, refused = parsed(limit.kind, raw)
        refused = unlisted(column, refused)
        if column.name in self.strange:
            listed = set(table.values())
            said = [word for words in raw for word in words] if limit.kind == "items" else done
            self.filled[column.name] += sum(1 for value in said if value)
            self.strange[column.name].update(value for value in said if value and value not in listed)
        for offset, reason in (*refused.items(), *beyond(column, limit, done)):
            wrong.setdefault(offset, (column.name, reason, str(raw[offset])[:200]))
        return done


def allowed(column: Column) -> str:
    """The words a column takes, a handful of them, one a meaning; "" for a column that takes any."""
    first: dict[Any, str] = {choice: choice for choice in column.choices if not column.values}
    if column.vocabulary:
        first = {row.code: row.name for row in read_folder(SHIPPED)[0] if row.list == column.vocabulary}
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


def words(column: Column, own: Translations[str, Any]) -> dict[str, Any]:
    """What a delivered word means in the model, whatever its case: the mapping's own words before the shipped ones."""
    shipped = vocabulary(read_folder(SHIPPED)[0], column.vocabulary) if column.vocabulary else {}
    own = {word: shipped.get(str(value).lower(), value) for word, value in own.items()}
    said = {word.lower() for word in (*column.values, *own)}
    shipped = {word: code for word, code in shipped.items() if word.partition("=")[2] not in said}
    return shipped | {word.lower(): value for word, value in (*column.values.items(), *own.items())}


def beyond(column: Column, limit: Limits, values: list[str | None]) -> Iterator[tuple[int, str]]:
    """Values that parse and yet cannot stand: missing, too long, out of range, not a choice."""
    if column.required:
        yield from ((offset, "required") for offset, value in enumerate(values) if value is None)
    if limit.length is not None:
        most = limit.length
        yield from ((offset, "too_long") for offset, value in enumerate(values) if value and len(value) > most)
    if column.choices:
        yield from ((o, "bad_choice") for o, value in enumerate(values) if value and value not in column.choices)
    if limit.least is not None or column.positive:
        least = 5e-324 if column.positive else limit.least
        most_number = float("inf") if limit.most is None else limit.most
        for offset, value in enumerate(values):
            if value is not None and not (least or 0) <= float(value) <= most_number:
                yield offset, "number_range"


def assembled(
    batch: Batch, shaped: Shaped, ids: list[str | None], columns: list[list[str | None]], good: list[int]
) -> list[list[Any]]:
    """The columns for COPY; a row whose line was split appears once a part, numbered from 1."""
    if len(good) == len(batch) == len(shaped.origin):
        rows: list[Any] = list(range(batch.first_row, batch.first_row + len(batch)))
        return [rows, [0] * len(batch), ids, *columns, shaped.hexes]
    wanted = set(good)
    at = [(place, offset) for place, offset in enumerate(shaped.origin) if offset in wanted]
    return [
        [batch.first_row + offset for _, offset in at],
        numbered([offset for _, offset in at]),
        [ids[offset] for _, offset in at],
        *([column[offset] for _, offset in at] for column in columns),
        [shaped.hexes[place] for place, _ in at],
    ]


def numbered(offsets: list[int]) -> list[int]:
    """The part number of each row: 0 for a row alone, else 1, 2, 3 … among its equals, which stand together."""
    parts: list[int] = []
    for place, offset in enumerate(offsets):
        before = place > 0 and offsets[place - 1] == offset
        after = place + 1 < len(offsets) and offsets[place + 1] == offset
        parts.append(parts[-1] + 1 if before else int(after))
    return parts
