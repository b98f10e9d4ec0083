"""What was imported, by whom, and the way back: the log as the import page shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from gis.errors import Conflict, NotFound
from gis.ingest import undo
from gis.ingest.desk_state import job_state
from gis.ingest.queue import put
from gis.ingest.subjects import BROUGHT
from gis.models import ImportJob, ImportRun

SHOWN = 100


def history(by: User, subjects: set[str], everybody: bool) -> dict[str, Any]:
    """The latest imports of these subjects, and the asker's jobs that are not over or came to nothing."""
    runs = ImportRun.objects.select_related("by").order_by("-pk")
    shown = runs if everybody else runs.filter(subject__in=subjects)
    mine = (
        ImportJob.objects.filter(by=by)
        .exclude(kind__in=("look", "merge"))
        .select_related("upload")
        .order_by("-pk")[:20]
    )
    return {
        "runs": [line(run, by, everybody) for run in shown[:SHOWN]],
        "jobs": [job_state(job) for job in mine if job.state != ImportJob.State.DONE and job.kind != "trial"],
    }


def line(run: ImportRun, by: User, everybody: bool) -> dict[str, Any]:
    """One import as a line of the list."""
    own = everybody or run.by_id == by.pk
    counts = ("added", "changed", "unchanged", "refused")
    return {name: getattr(run, name) for name in counts} | {
        "id": run.pk, "subject": run.subject, "source": run.source, "file": run.file, "crs": run.crs,
        "at": run.at.isoformat(), "by": run.by.get_username() if run.by else "",
        "report": own and bool(run.report) and path_of(run).is_file(),
        "undone": run.undone_at is not None, "undoable": own and undoable(run),
    }  # fmt: skip


def undoable(run: ImportRun) -> bool:
    """Whether an import may still be taken back, as far as its entry tells."""
    return run.undone_at is None and run.subject in BROUGHT and bool(run.added or run.changed)


def run_of(by: User, pk: int, everybody: bool) -> ImportRun:
    """One's own import; an administrator's any."""
    mine = ImportRun.objects.filter(pk=pk) if everybody else ImportRun.objects.filter(pk=pk, by=by)
    run = mine.first()
    if run is None:
        raise NotFound("没有这次导入 / no such import")
    return run


def path_of(run: ImportRun) -> Path:
    """Where the refused rows of an import are listed: always in our own folder, whatever the entry says."""
    return Path(settings.VAR) / "imports" / Path(run.report).name


def report(run: ImportRun) -> Path:
    """The list of refused rows; NotFound when there is none."""
    path = path_of(run)
    if not run.report or not path.is_file():
        raise NotFound("没有被拒绝的行 / no rows were refused")
    return path


def prospect(run: ImportRun) -> dict[str, Any]:
    """What undoing an import would do, and what stands against it."""
    found = undo.survey(run)
    will = [WILL[name].format(f"{number:,}") for name, number in found.counts.items() if number]
    return found.counts | {"will": will, "against": found.against}


WILL = {
    "deleted": "删除它新增的 {0} 行 / {0} rows that it added are deleted",
    "restored": "恢复它变更的 {0} 行的原状 / {0} rows that it changed are put back as they were",
    "gone": "它的 {0} 行已不在，略过 / {0} of its rows are gone already",
    "closed": "关闭它作出的 {0} 条记录（围栏、分区） / {0} records that it made (fences, zonings) are closed",
    "reopened": "重新记录它关闭的 {0} 条记录（围栏、分区） / {0} records that it closed are recorded anew",
}


def undo_ordered(by: User, run: ImportRun) -> ImportJob:
    """Queue the undoing of an import; Conflict while it is queued already."""
    if ImportJob.objects.filter(kind="undo", run=run, state__in=("waiting", "running")).exists():
        raise Conflict("正在撤销 / it is being undone")
    if against := undo.survey(run).against:
        raise Conflict(against[0])
    return put(ImportJob(by=by, kind=ImportJob.Kind.UNDO, run=run, order={"subject": run.subject, "file": run.file}))
