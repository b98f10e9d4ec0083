"""The way of a file into the model: read, staged, checked, merged, all in one transaction or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import psycopg
from django.contrib.gis.db import models
from django.db import connection, transaction

from gis.errors import Conflict, Invalid
from gis.ingest import fences, proof, second_look, zonings
from gis.ingest import merge as merging
from gis.ingest.aftermath import follow
from gis.ingest.columns import Ready, Workshop, allowed, constant
from gis.ingest.crossings import Crossings
from gis.ingest.latin import name_streets
from gis.ingest.mapping import Mapping, Rule
from gis.ingest.order import Order, Outcome, Tell
from gis.ingest.patterns import unfitting
from gis.ingest.placing import box, require_places
from gis.ingest.readers import Batch, Source, opened
from gis.ingest.refusals import Refusal, Refusals
from gis.ingest.shapes import Shaped, Wanted, placed, shape
from gis.ingest.stage import Stage
from gis.ingest.straight import Detour, Straight, alone
from gis.ingest.subject import Check, Subject
from gis.models import ImportRun, Sourced
from gis.patience import UNHURRIED


class DryRun(Exception):
    """Ends a trial, or a run that took no row: everything was done, nothing is kept."""


def load(order: Order, refusals: Refusals, tell: Tell = lambda _, __: None) -> Outcome:
    """Import one file; `tell` hears the outcome so far after every batch, with the number of rows if it is known.

    Raises Invalid when the file is refused whole, Conflict when the database would not take the result, and whatever
    `tell` raises, which is how an import is called off. Nothing was written then.
    """
    began = time.monotonic()
    try:
        claim = proof.claim(order)
        if claim and (last := claim.met(order.subject.id, order.named_source)):
            return as_before(order, last, began)
        try:
            done = attempt(order, refusals, tell, claim, alone(order.subject))
        except Detour:
            refusals.begin_again()
            done = attempt(order, refusals, tell, claim, False)
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        first = str(error).splitlines()[0]
        raise Conflict(
            f"数据库不接受 {order.path.name} 的内容，没有写入任何行：{first}。 "
            f"The database refuses what {order.path.name} would bring; nothing was written: {first}."
        ) from error
    finally:
        refusals.close()
    follow(order, done)
    done.seconds = time.monotonic() - began
    return done


def as_before(order: Order, last: ImportRun, began: float) -> Outcome:
    """The outcome of a file that would bring what the last import of it brought; the log has it as another run."""
    done = Outcome(order.path.name, last.subject, last.source, last.crs, **(last.proof or {})["sums"])
    done.unchanged = last.added + last.changed + last.unchanged
    done.notes = [
        f"与第 {last.pk} 次导入的文件逐字节相同，此后库中相关数据也没有改动，不必重读。 "
        f"The file is byte for byte that of import {last.pk} and nothing it touches has changed since: not read again."
    ]
    last.pk, last._state.adding, last.by_id = None, True, order.by
    last.added, last.changed, last.unchanged, last.file = 0, 0, done.unchanged, done.file
    last.save()
    done.run, done.seconds = last.pk, time.monotonic() - began
    return done


def attempt(order: Order, refusals: Refusals, tell: Tell, claim: proof.Claim | None, short: bool) -> Outcome:
    """The whole way of a file in one transaction, by the `short` one if the source is new; Detour when it should not
    have been tried."""
    done = Outcome(order.path.name, order.subject.id, order.named_source)
    with suppress(DryRun), transaction.atomic(), raw_cursor() as cursor:
        cursor.execute(UNHURRIED)
        stage, straight = staged(order, refusals, done, cursor, tell, short)
        if straight is None:
            checked(stage, refusals, done)
            merged(stage, done)
        else:
            added(stage, done, straight)
        done.notes += second_look.to_mend(stage)
        done.refused, done.reasons = len(refusals.rows), refusals.reasons
        if order.dry_run or done.fruitless:
            raise DryRun
        record(order, refusals, done, None if done.refused or order.subject.id in RECORDS else claim)
    return done


@contextmanager
def raw_cursor() -> Iterator[Any]:
    """The driver's own cursor on Django's connection: COPY is not in Django's."""
    with connection.cursor() as cursor:
        yield cursor.cursor


def staged(
    order: Order, refusals: Refusals, done: Outcome, cursor: Any, tell: Tell, short: bool
) -> tuple[Stage, Straight | None]:
    """Read the file into the staging table, and by the short way on into the model."""
    with opened(order.path, order.ask) as source:
        if source.rows == 0:
            raise empty(order)
        mapping = met(order, source)
        done.mapping, done.places, done.notes = mapping, source.places, source.notes
        done.unused = [name for name in mapping.unused(source.fields) if name not in source.places]
        workshop = Workshop.of(order.subject, mapping)
        kinds = {name: limit.kind for name, limit in workshop.limits.items()}
        columns = tuple(column.name for column in workshop.columns)
        missing = frozenset(column.name for column in workshop.columns if mapping.assumes(column))
        run = begun(cursor, done, order.subject)
        stage = Stage(cursor, order.subject, done.source, columns, kinds, run, missing - order.constants.keys())
        short = short and merging.new(stage)
        stage = replace(stage, straight=short)
        straight = Straight(stage) if short else None
        if not straight:
            stage.make()
        wanted = needs(order, mapping)
        move = order.mover(source)
        prepare = straight.prepared if straight else stage.prepared
        with closing(stage):
            for batch in map(shapeless, source.batches) if not order.subject.shapes else source.batches:
                wkb = batch.wkb if batch.came is None else batch.came
                shaped = shape(wkb, move(batch), wanted, lambda curves: linearised(stage, curves))
                move.judge(batch, shaped)
                ready = workshop.work(batch, shaped)
                refusals.add(ready.refusals)
                count(done, batch, shaped, ready)
                task = prepare(ready.columns)
                stage.settle()  # `tell` may ask the database
                tell(done, source.rows)
                stage.later(task)
            stage.settle()
        done.filled, done.allowed = workshop.filled, {c.name: allowed(c) for c in workshop.columns if c.vocabulary}
        done.crs, done.strange = move.name, {name: found for name, found in workshop.strange.items() if found}
    if not done.rows:
        raise empty(order)
    if not straight:
        cursor.execute("ANALYZE stage")
    return stage, straight


def empty(order: Order) -> Invalid:
    """The refusal of a file without rows."""
    return Invalid(f"{order.path.name} 里没有任何数据。 {order.path.name} holds no rows.")


def shapeless(batch: Batch) -> Batch:
    """A batch for a table without shapes."""
    broken = {offset: why for offset, why in batch.broken.items() if why[1] == "row_length"}
    return replace(batch, wkb=[None] * len(batch), came=None, broken=broken)


def begun(cursor: Any, done: Outcome, subject: Subject) -> int:
    """Wait until no other import of the same source (of the subject, where rows tell no source) is under way; the
    number of this one's log entry."""
    lock = f"{done.subject} {done.source}" if issubclass(subject.model, Sourced) else done.subject
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [lock])
    cursor.execute("SELECT nextval(pg_get_serial_sequence('spatial_importrun', 'id'))")
    done.run = int(cursor.fetchone()[0])
    return done.run


def needs(order: Order, mapping: Mapping) -> Wanted:
    """What the table wants of its shapes; cutting at crossings takes a reading of the whole file beforehand."""
    subject = order.subject
    wanted = Wanted(subject.shapes, subject.split, subject.z, subject.shape_optional or not subject.shapes, box())
    if mapping.split != "crossings":
        return wanted
    with opened(order.path, order.ask) as source:
        move = order.mover(source)
        found = Crossings.among(placed(batch.wkb, move(batch)) for batch in source.batches)
    return replace(wanted, cut=found.cut)


def count(done: Outcome, batch: Batch, shaped: Shaped, ready: Ready) -> None:
    """Add a batch to the sums."""
    done.rows += len(batch)
    done.parts += ready.parts
    done.skipped += ready.skipped
    done.repaired += shaped.repaired
    done.curves += shaped.curves
    done.outside += shaped.outside


def met(order: Order, source: Source) -> Mapping:
    """The mapping of this file, with the constants of the command line; Invalid when a required column has no field."""
    if order.subject.shapes and not order.subject.shape_optional:
        require_places(order.path.name, source)
    mapping = order.plan.meet(order.subject, source.fields)
    mapping.rules.update({name: Rule(how="value", value=value) for name, value in order.constants.items()})
    names = {column.name for column in order.subject.columns}
    for name in order.constants:
        if name not in names:
            listed = " ".join(sorted(names))
            raise Invalid(
                f"--set {name}：没有这一列，可用 {listed}。 --set {name}: no such column; there are {listed}."
            )
    for column in order.subject.columns:
        if column.name in order.constants:
            constant(order.subject, column, order.constants[column.name], mapping.values.get(column.name, {}))
        if column.required and column.name not in mapping.rules:
            listed, some = "、".join(source.fields) or "—", allowed(column)
            raise Invalid(
                f"{order.path.name} 没有可作“{column.name}”的字段（现有：{listed}）；"
                f"请在映射文件中指明，或用 --set {column.name}=值{f'（{some}）' if some else ''}。 {order.path.name} "
                f"has no field for {column.name!r} (it has {listed}); name one in a mapping, "
                f"or use --set{f' ({some})' if some else ''}."
            )
    return mapping


def linearised(stage: Stage, curves: Sequence[bytes]) -> list[bytes]:
    """Curves as lines, by PostGIS; one that PostGIS cannot read becomes an unreadable shape."""
    done, cursor = [], stage.cursor
    stage.settle()
    for curve in curves:
        try:
            with transaction.atomic():
                cursor.execute("SELECT ST_AsBinary(ST_CurveToLine(ST_GeomFromWKB(%s)))", [curve])
                done.append(bytes(cursor.fetchone()[0]))
        except psycopg.Error:
            done.append(b"\0")
    return done


def checked(stage: Stage, refusals: Refusals, done: Outcome) -> None:
    """Ids, codes, references, shapes derived from other tables: what fails a check leaves the stage."""
    mapping = done.mapping
    assert mapping is not None
    done.ids = stage.settle_ids(mapping.guessed_id)
    refusals.add(stage.duplicates(explicit=not mapping.guessed_id))
    refusals.add(unfitting(stage))
    refusals.add(stage.check_unique())
    for check in stage.subject.checks:
        refusals.add(stage.refuse(check))
    for ref in stage.subject.refs:
        refusals.add(stage.resolve(ref))
    if stage.subject.fold:
        done.folded = stage.fold()
    for step in stage.subject.steps:
        stage.cursor.execute(step, {"source": stage.source})
    name_streets(stage)
    if stage.subject.shape_optional:
        refusals.add(missing_shapes(stage))
    for check in stage.subject.late_checks:
        refusals.add(stage.refuse(check))


def missing_shapes(stage: Stage) -> list[Refusal]:
    """Rows that still have no shape after the steps had their chance."""
    return stage.refuse(Check("no_geometry", "geom", "s.geom IS NULL OR ST_IsEmpty(s.geom)"))


RECORDS = {"fences": fences.merge, "zonings": zonings.merge}
"""Subjects whose rows are closed and followed, never changed."""


def added(stage: Stage, done: Outcome, straight: Straight) -> None:
    """Keep which rows went straight into the model, and say what they give to doubt."""
    straight.keep()
    with straight.shown():
        done.doubts = second_look.doubts(stage, done.crs)
    done.added = straight.added


def merged(stage: Stage, done: Outcome) -> None:
    """Bring the staged rows into the model, and say what they give to doubt."""
    record = RECORDS.get(stage.subject.id)
    seen = None if record else merging.compare(stage)
    if stage.subject.shapes and (seen is None or not seen.nothing):  # what changes nothing gives nothing to doubt
        done.doubts = second_look.doubts(stage, done.crs)
    if record:
        counts = record(stage)
    else:
        assert seen is not None
        counts = merging.merge(stage, seen)
    done.added, done.changed, done.unchanged, done.absent, done.moment = (
        counts.added, counts.changed, counts.unchanged, counts.absent, counts.moment,
    )  # fmt: skip


SUMS = ("rows", "skipped", "folded", "parts", "repaired", "curves", "outside", "absent", "ids")


def record(order: Order, refusals: Refusals, done: Outcome, claim: proof.Claim | None) -> models.Model:
    """The log entry of a finished import, with the proof that a second one would change nothing."""
    kept = claim and claim.proof(order.subject, {name: getattr(done, name) for name in SUMS})
    return ImportRun.objects.create(
        id=done.run, by_id=order.by, moment=done.moment, subject=done.subject, source=done.source, file=done.file,
        sha256=proof.digest(order.path), proof=kept, crs=done.crs, added=done.added, changed=done.changed,
        unchanged=done.unchanged, refused=done.refused, report=refusals.path.name if done.refused else "",
    )  # fmt: skip
