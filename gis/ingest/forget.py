"""The way of a source out of the model: what comes from it, what hangs on it, and all of it gone at once or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import ForeignObjectRel, Q

from gis.errors import Conflict, Invalid, NotFound
from gis.ingest.originals import discard, let_go
from gis.ingest.subject import Subject
from gis.models import FenceVersion, ImportRun, Raster, RunAdded, RunChanged, Sourced, Zoning
from gis.patience import UNHURRIED

KEPT: tuple[type[models.Model], ...] = (Zoning, FenceVersion)
FORGET = "forget"
"""The subject of the log entry."""
Model = type[models.Model]


@dataclass(slots=True)
class Farewell:
    """What forgetting a source takes: rows to delete (dependants last), links to empty, and what stands against it."""

    source: str
    doomed: dict[Model, Q] = field(default_factory=dict)
    loosened: list[tuple[Model, str, Q]] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)

    def counts(self) -> dict[Model, int]:
        """Rows to be deleted, a table."""
        found = {model: model._base_manager.filter(rows).count() for model, rows in self.doomed.items()}
        return {model: count for model, count in found.items() if count}

    def emptied(self) -> Iterator[tuple[str, models.QuerySet[Any]]]:
        """The rows that stay and lose what they point at, with the name of the field, one a relation."""
        for model, name, rows in self.loosened:
            yield name, model._base_manager.filter(rows).exclude(self.doomed.get(model, Q(pk__in=[])))


def survey(source: str, subjects: Iterable[Subject], invented: bool = False) -> Farewell:
    """What would go with a source; NotFound when nothing would. `invented`: its records are nobody's and go too.

    A row of its own source that hangs on a doomed one stands against it; a row without a source goes with it,
    unless it is a kept record or somebody's choice (PROTECT).
    """
    listed = list(subjects)
    found = Farewell(source, {one.model: Q(source=source) for one in listed if issubclass(one.model, Sourced)})
    found.subjects = [subject.id for subject in listed]
    if not found.doomed:
        raise Invalid(
            f"{'、'.join(found.subjects)} 的行不记来源，请用 undo 撤销那次导入。 "
            f"Rows of {', '.join(found.subjects)} tell no source: undo the import that brought them."
        )
    if not found.counts():
        known = "、".join(sorted(set(ImportRun.objects.values_list("source", flat=True)))[:20]) or "—"
        raise NotFound(
            f"没有来源为“{source}”的数据，导入过的有：{known}。 "
            f"There is no data of source {source!r}; imported were {known}."
        )
    waiting = list(found.doomed)
    while waiting:
        model = waiting.pop(0)
        for relation in pointing(model):
            child, rows = consider(found, model, relation, invented)
            if rows is not None and child not in found.doomed:
                waiting.append(child)
            if rows is not None:
                found.doomed[child] = found.doomed.get(child, Q(pk__in=[])) | rows
    return found


def pointing(model: Model) -> Iterator[ForeignObjectRel]:
    """The relations by which rows of other tables point at a model, also those without a name back."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many:
            yield relation


def consider(found: Farewell, model: Model, relation: ForeignObjectRel, invented: bool) -> tuple[Model, Q | None]:
    """The rows that a relation dooms, None where it dooms none; what else comes of it is noted."""
    child: Any = relation.related_model
    name = relation.field.name
    rows = Q(**{f"{name}__in": model._base_manager.filter(found.doomed[model])})
    if relation.on_delete is models.SET_NULL:
        found.loosened.append((child, name, rows))
    elif issubclass(child, Sourced):
        others = child._base_manager.filter(rows).exclude(found.doomed.get(child, Q(pk__in=[])))
        note(found, model, child, others.count())
    elif relation.on_delete is models.CASCADE or invented:
        return child, rows
    else:
        note(found, model, child, child._base_manager.filter(rows).count())
    return child, None


def note(found: Farewell, model: Model, child: Model, count: int) -> None:
    """A sentence for rows that stand against it."""
    if not count:
        return
    zh, on = child._meta.verbose_name, model._meta.verbose_name
    if child in KEPT:
        found.against.append(
            f"{on}有 {count} 条{zh}：记录只停用、不删除。 "
            f"{count} kept records ({child.__name__}) belong to these rows; a record is closed, never deleted."
        )
    else:
        found.against.append(
            f"{count} 行{zh}（其他来源或人工设置）依赖这些{on}，请先改动它们。 "
            f"{count} rows of {child.__name__}, of another source, "
            f"subject or set by hand, depend on these ({model.__name__}); change them first."
        )


def forget(found: Farewell) -> int:
    """Delete it all in one transaction and log it; the answer is the number of rows. Conflict when something is in the
    way, also what came meanwhile: nothing is deleted then."""
    if found.against:
        raise Conflict("\n".join(found.against))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(UNHURRIED)
            cursor.execute("SET LOCAL chengtu.forget = 'on'")
            for name, left in found.emptied():
                left.update(**{name: None})
            if Raster in found.doomed:
                images = Raster.objects.filter(found.doomed[Raster])
                discard(images.values_list("sha256", flat=True))
                let_go(images.values_list("pk", flat=True))
            count = 0
            for model in reversed(found.doomed):  # dependants first: they are found by way of what they depend on
                count += model._base_manager.filter(found.doomed[model])._raw_delete("default")
            connection.check_constraints()
            cursor.execute("SET LOCAL chengtu.forget = 'off'")
            done = ImportRun.objects.filter(source=found.source, subject__in=found.subjects)
            for kept in (RunAdded, RunChanged):  # what was forgotten is not kept for an undo either
                kept.objects.filter(run__in=done)._raw_delete("default")
            listed = " ".join(model._meta.model_name or "" for model in found.doomed if issubclass(model, Sourced))
            ImportRun.objects.create(subject=FORGET, source=found.source, file=f"-{count} {listed}"[:300])
    except IntegrityError as error:
        first = str(error).splitlines()[0]
        raise Conflict(f"没有删除任何行：{first}。 Nothing was deleted: {first}.") from error
    return count
