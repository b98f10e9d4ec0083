"""The way of a whole import back: what it added goes, what it changed is as it was, or nothing at all is touched.

Only what still is as the run left it can go back: a row that somebody, or a later import, has changed since stands
against it, and so does whatever hangs on a row that would go. Fences and zonings are kept records: what the run
recorded is closed and what it closed is recorded anew, from now on; of the time between the tables say what was
believed then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from gis.errors import Conflict
from gis.ingest import fences, originals, subjects, zonings
from gis.ingest.forget import FORGET, Model, pointing
from gis.ingest.keeping import mark, quoted
from gis.models import AddressPair, ImportRun, RunAdded, RunChanged, Sourced, Unit
from gis.patience import UNHURRIED

GOES_ALONG: dict[Model, Q] = {AddressPair: Q(decided_at=None), Unit: Q(rooms=None)}
"""Rows that the machine made of others and that nobody has decided about: they go with those."""
FEW = "ORDER BY t.id LIMIT 5"
"""Rows that a sentence names."""

ADDED = (
    """SELECT u.id, u.mark FROM spatial_runadded a, unnest(a.ids, a.marks) AS u(id, mark) WHERE a.run_id = %(run)s"""
)
CHANGED = "SELECT row AS id, mark FROM spatial_runchanged WHERE run_id = %(run)s"


@dataclass(frozen=True, slots=True)
class Kept:
    """A table `v` of records that are closed and followed: which are a source's `own`, the columns of a record, and
    what it is called. Its geometry, where the database cuts it, is not among them."""

    table: str
    own: str
    columns: tuple[str, ...]
    zh: str
    en: str


RECORDS = {
    "fences": Kept(
        "spatial_fenceversion", "v.fence_id IN (SELECT id FROM spatial_fence WHERE source = %(source)s)",
        ("fence_id", "geom", "valid", *fences.RULES), "个它记录的围栏版本", "fence versions",
    ),
    "zonings": Kept(
        "spatial_zoning", "true", ("segment_id", "side", "from_m", "to_m", "valid", *zonings.SAID),
        "条它记录的街面分区", "zonings",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Reversal:
    """What undoing a run does: rows deleted, rows put back, records closed and recorded anew; rows of the run
    that are `gone` already; sentences for what stands against it."""

    run: ImportRun
    deleted: int = 0
    restored: int = 0
    gone: int = 0
    closed: int = 0
    reopened: int = 0
    against: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The figures by their names."""
        return {name: getattr(self, name) for name in ("deleted", "restored", "gone", "closed", "reopened")}

    @property
    def model(self) -> Model:
        """The table of the run's subject."""
        return subjects.BROUGHT[self.run.subject].model

    @property
    def asked(self) -> dict[str, Any]:
        """What the statements want to know."""
        return {"run": self.run.pk, "source": self.run.source, "moment": self.run.moment}


def survey(run: ImportRun) -> Reversal:
    """What undoing a run would do and what stands against it; nothing is written."""
    found = Reversal(run)
    found.against += reasons(run)
    if found.against:
        return found
    with connection.cursor() as cursor:
        if run.subject in RECORDS:
            survey_records(found, RECORDS[run.subject], cursor)
        else:
            survey_added(found, cursor)
        survey_changed(found, cursor)
    return found


def undo(run: ImportRun, by: int | None = None) -> Reversal:
    """Undo a run for a user (by id; None: the operator) and log it, all at once. Conflict, and nothing touched, when
    anything stands against it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(UNHURRIED)
            run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
            if run.subject in subjects.BROUGHT:  # writers wait, readers do not
                table = quoted(subjects.BROUGHT[run.subject].model._meta.db_table)
                cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            found = survey(run)
            if found.against:
                raise Conflict("\n".join(found.against))
            if run.subject == subjects.IMAGES.id:
                originals.discard(originals.brought(run))
            if run.subject in RECORDS:
                reopen(found, RECORDS[run.subject], cursor)
            elif found.deleted:
                delete(found, cursor)  # before the rest is put back: a code may have moved to an added row
            restore(found, cursor)
            connection.check_constraints()
            for kept in (RunAdded, RunChanged):
                kept.objects.filter(run=run)._raw_delete("default")
            run.undone_at, run.undone_by_id = timezone.now(), by
            run.save(update_fields=["undone_at", "undone_by"])
    except IntegrityError as error:
        first = str(error).splitlines()[0]
        raise Conflict(f"没有撤销任何行：{first}。 Nothing was undone: {first}.") from error
    return found


def reasons(run: ImportRun) -> Iterator[str]:
    """What the log itself says against undoing a run."""
    if run.undone_at is not None:
        yield f"导入 № {run.pk} 已撤销。 Import № {run.pk} is undone already."
    elif run.subject == FORGET or run.subject not in subjects.BROUGHT:
        yield f"№ {run.pk} 不是导入，无法撤销。 № {run.pk} is no import and cannot be undone."
    elif not run.added + run.changed:
        yield f"导入 № {run.pk} 没有改变任何数据，无需撤销。 Import № {run.pk} changed nothing."
    elif not (run.moment or RunAdded.objects.filter(run=run).exists() or RunChanged.objects.filter(run=run).exists()):
        yield (
            f"导入 № {run.pk} 没有留下可供撤销的记录（旧版本导入，或其来源已删除）。 "
            f"Import № {run.pk} left nothing to undo it by: an old version made it, or its source was forgotten."
        )
    later = ImportRun.objects.filter(subject=run.subject, source=run.source, pk__gt=run.pk, undone_at=None)
    numbers = [f"№ {pk}" for pk in later.exclude(added=0, changed=0).order_by("-pk").values_list("pk", flat=True)]
    if numbers:
        yield (
            f"同一来源后来还有导入，请先撤销：{'、'.join(numbers)}。 "
            f"Later imports of the same source must be undone first: {', '.join(numbers)}."
        )


def survey_added(found: Reversal, cursor: Any) -> None:
    """The rows to delete: those changed since stand against it, those deleted since have nothing more to lose."""
    table, same = quoted(found.model._meta.db_table), f"{mark(found.model)} = a.mark"
    cursor.execute(
        f"SELECT count(*), count(t.id), count(*) FILTER (WHERE {same}) FROM ({ADDED}) a"
        f" LEFT JOIN {table} t ON t.id = a.id",
        found.asked,
    )
    rows, here, untouched = cursor.fetchone()
    found.deleted, found.gone = here, rows - here
    if untouched < here:
        cursor.execute(
            f"SELECT t.id FROM ({ADDED}) a JOIN {table} t ON t.id = a.id WHERE NOT {same} {FEW}", found.asked
        )
        touched(found, here - untouched, cursor, "新增的", "that it added")
    for child, rows in hanging(found):
        count = rows.count()
        if count:
            zh, on = child._meta.verbose_name, found.model._meta.verbose_name
            found.against.append(
                f"{count} 行{zh}依赖这次导入的{on}，请先改动它们。 "
                f"{count} rows of {child.__name__} depend on rows that it added; change them first."
            )


def survey_changed(found: Reversal, cursor: Any) -> None:
    """The rows to put back: one that was changed again or deleted since stands against it."""
    table, same = quoted(found.model._meta.db_table), f"{mark(found.model)} = c.mark"
    cursor.execute(
        f"SELECT count(*), count(t.id), count(*) FILTER (WHERE {same}) FROM ({CHANGED}) c"
        f" LEFT JOIN {table} t ON t.id = c.id",
        found.asked,
    )
    rows, here, untouched = cursor.fetchone()
    found.restored = rows
    if untouched < here:
        cursor.execute(
            f"SELECT t.id FROM ({CHANGED}) c JOIN {table} t ON t.id = c.id WHERE NOT {same} {FEW}", found.asked
        )
        touched(found, here - untouched, cursor, "变更的", "that it changed")
    if here < rows:
        found.against.append(
            f"{rows - here} 行它变更的数据后来已被删除，无法恢复原状。 "
            f"{rows - here} rows that it changed were deleted since and cannot be put back."
        )


def touched(found: Reversal, count: int, cursor: Any, zh: str, en: str) -> None:
    """The sentence for rows that were changed since, the first of them by name."""
    ids = [row[0] for row in cursor.fetchall()]
    rows: Any = found.model._base_manager.filter(pk__in=ids).order_by("pk")
    named = (f"{row.source_id}（{row}）" if isinstance(row, Sourced) else str(row) for row in rows)
    listed = "、".join(named) + ("…" if count > len(ids) else "")
    found.against.append(
        f"{count} 行它{zh}数据后来又被改动：{listed}。 {count} rows {en} were changed since: {listed}."
    )


def hanging(found: Reversal) -> Iterator[tuple[Model, models.QuerySet[Any]]]:
    """The rows of other tables, and of other runs, that point at rows to be deleted and do not go along."""
    doomed = models.Subquery(added_ids(found.run))
    for relation in pointing(found.model):
        child: Any = relation.related_model
        if not relation.field.editable and relation.on_delete is models.SET_NULL:
            continue  # a link that only machines set: it is emptied
        rows = child._base_manager.filter(**{f"{relation.field.name}__in": doomed})
        if child in GOES_ALONG:
            rows = rows.exclude(GOES_ALONG[child])
        if child is found.model:
            rows = rows.exclude(pk__in=doomed).exclude(pk__in=RunChanged.objects.filter(run=found.run).values("row"))
        yield child, rows


def added_ids(run: ImportRun) -> models.QuerySet[Any, Any]:
    """The ids that a run added, as a subquery."""
    return RunAdded.objects.filter(run=run).values(row=models.Func("ids", function="unnest"))


def restore(found: Reversal, cursor: Any) -> None:
    """Put changed rows back as they were: all have images of the same columns."""
    first = RunChanged.objects.filter(run=found.run).first()
    if first is None:
        return
    table = quoted(found.model._meta.db_table)
    assign = ", ".join(f"{quoted(name)} = b.{quoted(name)}" for name in first.before)
    cursor.execute(
        f"UPDATE {table} t SET {assign} FROM spatial_runchanged c, jsonb_populate_record(NULL::{table}, c.before) b"
        " WHERE c.run_id = %(run)s AND t.id = c.row",
        found.asked,
    )


def delete(found: Reversal, cursor: Any) -> None:
    """Delete the added rows, with what goes along and after emptying the links that machines set."""
    doomed = models.Subquery(added_ids(found.run))
    for relation in pointing(found.model):
        child: Any = relation.related_model
        rows = child._base_manager.filter(**{f"{relation.field.name}__in": doomed})
        if not relation.field.editable and relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
        elif child in GOES_ALONG:
            rows.filter(GOES_ALONG[child])._raw_delete("default")
    table = quoted(found.model._meta.db_table)
    cursor.execute(f"DELETE FROM {table} t USING ({ADDED}) a WHERE t.id = a.id", found.asked)


def survey_records(found: Reversal, kept: Kept, cursor: Any) -> None:
    """The records that the run made and closed, known by its moment; one closed since stands against it."""
    cursor.execute(
        f"SELECT count(*), count(*) FILTER (WHERE NOT upper_inf(v.recorded)) FROM {kept.table} v"
        f" WHERE lower(v.recorded) = %(moment)s AND {kept.own}",
        found.asked,
    )
    found.closed, since = cursor.fetchone()
    cursor.execute(
        f"SELECT count(*) FROM {kept.table} v WHERE upper(v.recorded) = %(moment)s AND {kept.own}", found.asked
    )
    [found.reopened] = cursor.fetchone()
    if since:
        found.against.append(
            f"{since} {kept.zh}后来已被修改或停用。 {since} {kept.en} that it recorded were changed or closed since."
        )


def reopen(found: Reversal, kept: Kept, cursor: Any) -> None:
    """Close the records that the run made, and record anew those that it closed."""
    names = ", ".join(kept.columns)
    cursor.execute("SELECT clock_timestamp()")
    asked = found.asked | {"now": cursor.fetchone()[0]}
    cursor.execute(
        f"UPDATE {kept.table} v SET recorded = tstzrange(lower(v.recorded), %(now)s)"
        f" WHERE lower(v.recorded) = %(moment)s AND {kept.own}",
        asked,
    )
    cursor.execute(
        f"INSERT INTO {kept.table} ({names}, recorded) SELECT {names}, tstzrange(%(now)s, NULL)"
        f" FROM {kept.table} v WHERE upper(v.recorded) = %(moment)s AND {kept.own}",
        asked,
    )
