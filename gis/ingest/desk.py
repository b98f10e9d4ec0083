"""The import desk: what a person chose for a dataset becomes an order, and what came of it an account to read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from gis.codelists import shipped
from gis.errors import Conflict, Invalid, NotFound
from gis.ingest import desk_images, looking, subjects, uploads
from gis.ingest.load import load
from gis.ingest.mapping import Plan, guess, likely_id
from gis.ingest.order import Order, Outcome, default_source
from gis.ingest.queue import Progress, put
from gis.ingest.refusals import Refusals
from gis.ingest.stage import model_field
from gis.ingest.subject import Column, Subject
from gis.ingest.subjects import IMAGES
from gis.ingest.undo import undo
from gis.ingest.written import toml
from gis.merging import merge_addresses
from gis.models import ImportJob, Upload

Kind, State = ImportJob.Kind, ImportJob.State
ASKED = {"subject": str, "source": str, "crs": str, "fields": dict, "id": list, "constants": dict}
"""What an order may say, beside the number of the dataset."""
LONGEST_SOURCE = 100


def look_ordered(by: User, upload: Upload) -> ImportJob:
    """Queue a look into an upload; Conflict while a file is not whole."""
    if not uploads.complete(upload):
        raise Conflict("文件还没有传完 / the files are not all here yet")
    under_way = upload.jobs.filter(kind=Kind.LOOK, state__in=(State.WAITING, State.RUNNING)).first()
    return under_way or put(ImportJob(upload=upload, by=by, kind=Kind.LOOK, total=len(upload.files)))


def places_ordered(by: User, upload: Upload, number: int, asked: Any) -> ImportJob:
    """Queue a second look at a table by other columns of coordinates: east and north, or the one that holds both."""
    seen = looking.seen_of(upload, number)
    places = asked.get("places") if isinstance(asked, dict) else None
    if not seen.tabular or not isinstance(places, list) or len(set(map(str, places))) != len(places):
        raise Invalid("坐标列的写法不对 / the columns of coordinates are not written as they should be")
    if not 0 < len(places) <= 2 or not all(isinstance(one, str) and one in seen.fields for one in places):
        raise Invalid(f"坐标列应为这份表的一列或两列 / coordinates are one or two columns of {seen.file}")
    if upload.jobs.filter(state__in=(State.WAITING, State.RUNNING)).exists():
        raise Conflict("这份数据已有任务在进行 / a job for this data is under way")
    return put(ImportJob(upload=upload, by=by, kind=Kind.LOOK, order={"dataset": number, "places": places}))


def form(upload: Upload, number: int, subject_id: str) -> dict[str, Any]:
    """What can be chosen for a dataset as a subject: our columns with the guesses, and what was chosen last time."""
    seen = looking.seen_of(upload, number)
    desk_images.checked(seen, subject_id)
    if subject_id == IMAGES.id:
        source = Path(seen.file).name.partition(".")[0]
        return {"subject": subject_id, "columns": [], "id": [], "last": None, "values": {}, "source": source}
    subject = subjects.get(subject_id)
    rules = guess(subject, seen.fields)
    sample = looking.sample_of(upload, number)
    return {
        "subject": subject.id,
        "columns": [shown(subject, column) | {"guess": written(rules, column)} for column in subject.columns],
        "id": list(likely_id(subject, rules, seen.fields)),
        "last": remembered(subject.id, seen.fields),
        "values": sample.values,
        "source": default_source(Path(seen.path), seen.layer),
    }


def written(rules: dict[str, Any], column: Column) -> Any:
    """The guess for a column as a mapping writes it, None where there is none."""
    return rules[column.name].written if column.name in rules else None


def shown(subject: Subject, column: Column) -> dict[str, Any]:
    """A column of ours in words, with the words it takes."""
    found = model_field(subject, column.name)
    return {
        "name": column.name,
        "title": str(found.verbose_name) if found is not None else next(iter(column.synonyms), column.name),
        "required": column.required,
        "words": words(column),
    }


def words(column: Column) -> list[dict[str, str]]:
    """The words that a column takes, with code and English; none for a column that takes any."""
    if column.vocabulary:
        rows = shipped(column.vocabulary)
        return [{"code": row.code, "title": row.name, "title_en": row.name_en or row.code} for row in rows]
    return [{"code": choice, "title": choice, "title_en": choice} for choice in column.choices or column.values]


def remembered(subject: str, fields: list[str]) -> dict[str, Any] | None:
    """What was chosen the last time for a file with these very fields, if it was imported."""
    found = ImportJob.objects.filter(
        kind=Kind.LOAD, state=State.DONE, order__subject=subject, order__known=sorted(fields)
    ).order_by("-pk")
    job = found.first()
    return {name: job.order[name] for name in (*ASKED, "places") if name in job.order} if job else None


def ordered(by: User, upload: Upload, number: int, kind: str, asked: Any) -> ImportJob:
    """Queue a trial or an import of a dataset. Invalid when the order makes no sense, Conflict when one waits."""
    seen = looking.seen_of(upload, number)
    if seen.error:
        raise Invalid(seen.error)
    order = checked(asked) | {
        "dataset": number, "path": seen.path, "file": seen.file, "layer": seen.layer, "known": sorted(seen.fields),
        "places": seen.asked,
    }  # fmt: skip
    desk_images.checked(seen, order.get("subject", ""))
    if order.get("subject") != IMAGES.id:
        order_of(upload, order, kind == Kind.TRIAL)
    busy = upload.jobs.filter(state__in=(State.WAITING, State.RUNNING), order__dataset=number)
    if busy.exists():
        raise Conflict("这份数据已有任务在进行 / a job for this data is under way")
    return put(ImportJob(upload=upload, by=by, kind=Kind(kind), order=order, total=seen.rows))


def checked(asked: Any) -> dict[str, Any]:
    """An order with nothing in it but what an order may say."""
    if not isinstance(asked, dict) or not asked.keys() <= ASKED.keys():
        raise Invalid("看不懂这个请求 / this request makes no sense")
    for name, value in asked.items():
        if not isinstance(value, ASKED[name]) or len(json.dumps(value)) > 100_000:
            raise Invalid(f"{name} 的写法不对 / {name} is not written as it should be")
    texts = (*asked.get("constants", {}).values(), *asked.get("id", []))
    if not all(isinstance(one, str) for one in texts):
        raise Invalid("固定值与编号字段应为文字 / constants and id fields are texts")
    if len(asked.get("source", "")) > LONGEST_SOURCE:
        raise Invalid("来源名称过长 / the name of the source is too long")
    return dict(asked)


def order_of(upload: Upload, order: dict[str, Any], dry_run: bool) -> Order:
    """The importer's order; Invalid when a name in it is none."""
    return Order(
        uploads.home(upload) / "files" / order["path"],
        subjects.get(order.get("subject", "")),
        plan_of(order),
        crs=order.get("crs") or None,
        source=(order.get("source") or "").strip() or None,
        layer=order["layer"] or None,
        constants=order.get("constants", {}),
        dry_run=dry_run,
        by=upload.by_id,
    )


def plan_of(order: dict[str, Any]) -> Plan:
    """The mapping of an order."""
    tables = {"fields": order.get("fields", {}), "id": order.get("id"), "places": places_of(order)}
    return Plan.of({name: table for name, table in tables.items() if table}, order["file"])


def places_of(order: dict[str, Any]) -> dict[str, str]:
    """The columns of coordinates of an order, as a mapping has them."""
    asked = order.get("places") or []
    return dict(zip(("x", "y") if len(asked) == 2 else ("wkt",), asked, strict=False))


def mapping_file(job: ImportJob) -> str:
    """The choices of an order as a mapping file for the command line, and for next time."""
    order = job.order
    constants = {name: {"value": value} for name, value in order.get("constants", {}).items()}
    tables = {name: order[name] for name in ("source", "crs", "id") if order.get(name)}
    tables |= {"places": places_of(order), "fields": order.get("fields", {}) | constants}
    return f"# manage.py import {order['subject']} … --mapping\n" + toml(tables)


def do(job: ImportJob, progress: Progress) -> None:
    """Do a job; what comes of it is left in the job."""
    DOES[Kind(job.kind)](job, progress)


def do_look(job: ImportJob, progress: Progress) -> None:
    """See what an upload holds."""
    if "places" in job.order:
        looking.look_again(upload_of(job), job.order["dataset"], job.order["places"])
    else:
        looking.look(upload_of(job), progress)


def do_load(job: ImportJob, progress: Progress) -> None:
    """Import, or try to; the refused rows go into a file and, those that have a shape, into another."""
    upload = upload_of(job)
    if job.order["subject"] == IMAGES.id:
        desk_images.do(job, progress)
        return
    order = order_of(upload, job.order, job.kind == Kind.TRIAL)
    refusals = Refusals(refused_csv(job))

    def tell(done: Outcome, rows: int | None) -> None:
        progress(done.rows, rows)

    done = load(order, refusals, tell)
    if refusals.rows:
        shapes = looking.refused_shapes(order.path, order.ask, order.crs or order.plan.crs, refusals.rows)
        refused_map(job).write_text(json.dumps(shapes, ensure_ascii=False), encoding="utf-8")
    job.outcome = account(done, refusals)
    if job.kind == Kind.LOAD and not done.fruitless:
        job.run_id = done.run
        _compare_anew(job)


def do_undo(job: ImportJob, progress: Progress) -> None:
    """Take a whole import back."""
    if job.run is None:
        raise NotFound("没有这次导入 / no such import")
    progress(0)
    job.outcome = undo(job.run, job.by_id).counts
    _compare_anew(job)


def do_merge(job: ImportJob, progress: Progress) -> None:
    """Bring the registers of addresses together."""
    progress(0)
    job.outcome = asdict(merge_addresses())


DOES = {
    Kind.LOOK: do_look, Kind.TRIAL: do_load, Kind.LOAD: do_load, Kind.UNDO: do_undo, Kind.MERGE: do_merge,
}  # fmt: skip


def _compare_anew(job: ImportJob) -> None:
    """Registers are compared when the rows of one have changed: nobody has to remember to."""
    if job.order["subject"] == "addresses":
        merge_ordered(job.by)


def merge_ordered(by: User) -> ImportJob:
    """Queue a comparison of the registers; one that waits already will see what is there by then."""
    waits = ImportJob.objects.filter(kind=Kind.MERGE, state=State.WAITING).first()
    return waits or put(ImportJob(by=by, kind=Kind.MERGE, order={"subject": "addresses"}))


def upload_of(job: ImportJob) -> Upload:
    """The upload a job is about; NotFound when it was deleted meanwhile."""
    if job.upload is None:
        raise NotFound("上传的文件已被删除 / the uploaded files were deleted")
    return job.upload


def folder() -> Path:
    """Where the lists of refused rows are kept."""
    return Path(settings.VAR) / "imports"


def refused_csv(job: ImportJob) -> Path:
    """The refused rows of a job; no part of the name comes from a stranger."""
    return folder() / f"job-{job.pk}-{job.order['subject']}-{job.kind}.csv"


def refused_map(job: ImportJob) -> Path:
    """The shapes of those of them that have one."""
    return refused_csv(job).with_suffix(".geojson")


def account(done: Outcome, refusals: Refusals) -> dict[str, Any]:
    """What came of a run, as plain values for a page."""
    counts = ("rows", "added", "changed", "unchanged", "refused", "skipped", "folded", "parts", "repaired", "curves",
              "outside", "absent")  # fmt: skip
    return {name: getattr(done, name) for name in counts} | {
        "source": done.source, "crs": done.crs, "ids": done.ids, "unused": done.unused, "notes": done.notes,
        "seconds": round(done.seconds, 1), "fruitless": done.fruitless,
        "reasons": [reason(refusals, name, count) for name, count in done.reasons.most_common()],
        "strange": [
            {"column": name, "values": dict(found.most_common(10)), "most": name in done.mostly_strange}
            for name, found in done.strange.items()
        ],
        "doubts": [asdict(doubt) for doubt in done.doubts],
    }  # fmt: skip


def reason(refusals: Refusals, name: str, count: int) -> dict[str, Any]:
    """Why rows were refused, how many, and one of them."""
    example = refusals.examples[name]
    return {
        "reason": name, "count": count, "zh": example.zh, "en": example.en,
        "row": example.row, "field": example.field, "value": example.value,
    }  # fmt: skip
