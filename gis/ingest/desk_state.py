"""What the import page is told: uploads, jobs and limits as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from gis.errors import NotFound
from gis.ingest import queue, uploads
from gis.ingest.desk import refused_csv, refused_map
from gis.models import ImportJob, Upload

TYPES = {"csv": "text/csv", "geojson": "application/geo+json"}


def limits() -> dict[str, int]:
    """What the page must keep to."""
    return {"limit": settings.IMPORT_LIMIT, "chunk": uploads.CHUNK, "most_files": uploads.MOST_FILES}


def upload_state(upload: Upload) -> dict[str, Any]:
    """An upload: its files and how much of each is there, what was found, its latest jobs."""
    have = [uploads.received(upload, number) for number in range(len(upload.files))]
    files = [file | {"received": one} for file, one in zip(upload.files, have, strict=True)]
    return {
        "token": upload.token,
        "chunk": uploads.CHUNK,
        "files": files,
        "complete": uploads.complete(upload),
        "found": upload.found,
        "look": latest(upload, "look"),
        "jobs": [job_state(job) for job in jobs_of(upload)],
    }


def latest(upload: Upload, kind: str) -> dict[str, Any] | None:
    """The last job of a kind."""
    job = upload.jobs.filter(kind=kind).order_by("-pk").first()
    return job_state(job) if job else None


def jobs_of(upload: Upload) -> list[ImportJob]:
    """The last trial or import of every dataset."""
    last = {job.order["dataset"]: job for job in upload.jobs.filter(kind__in=("trial", "load")).order_by("pk")}
    return list(last.values())


def job_of(by: User, pk: int, everybody: bool) -> ImportJob:
    """One's own job; NotFound for anybody else's."""
    mine = ImportJob.objects.filter(pk=pk) if everybody else ImportJob.objects.filter(pk=pk, by=by)
    job = mine.first()
    if job is None:
        raise NotFound("没有这个任务 / no such job")
    return job


def job_state(job: ImportJob) -> dict[str, Any]:
    """A job and what came of it; asking also sees to it that somebody is at work."""
    if not job.over:
        queue.kick(queue.LANE_OF[job.kind])
        job.refresh_from_db()
    before = queue.waiting(queue.LANE_OF[job.kind]).filter(pk__lt=job.pk)
    return {
        "id": job.pk, "kind": job.kind, "state": job.state, "over": job.over, "rows": job.rows, "total": job.total,
        "before": before.count() if job.state == ImportJob.State.WAITING else 0, "error": job.error,
        "dataset": job.order.get("dataset"), "order": job.order, "outcome": job.outcome, "run": job.run_id,
        "refused": bool(job.outcome and job.outcome.get("refused")), "token": job.upload.token if job.upload else None,
    }  # fmt: skip


def refused(job: ImportJob, form: str) -> tuple[Path, str]:
    """The file of refused rows and its type; NotFound when there is none."""
    path = None
    if job.kind in (ImportJob.Kind.TRIAL, ImportJob.Kind.LOAD):
        path = refused_csv(job) if form == "csv" else refused_map(job)
    if path is None or not path.is_file():
        raise NotFound("没有被拒绝的行 / no rows were refused")
    return path, TYPES[form]
