"""The import queue: jobs wait in the database, one process a lane does them one after the other.

A lane is held by an advisory lock: the lock tells everybody whether its process lives, and a job that is "running"
while nobody holds its lane was cut off. Its transaction went with it, so nothing of it was written.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from gis.errors import ChengtuError, Conflict
from gis.ingest.written import storable
from gis.models import ImportJob

LANES = {"look": 1, "load": 2}
"""Looking at a file does not wait for somebody's long import."""
LANE_OF = {"look": "look", "trial": "load", "load": "load", "undo": "load", "merge": "load"}
FAMILY = 0x6368_7475  # "chtu": the first number of our advisory locks
IDLE_S, BLINK_S = 30.0, 0.2
STARTED: dict[str, subprocess.Popen[bytes]] = {}
"""By lane: on a slow machine a process takes long to come to its lock, and every look of a page would start another."""
log = logging.getLogger(__name__)
State = ImportJob.State
Work = Callable[[ImportJob, "Progress"], None]


class Cancelled(Exception):
    """Ends a job that somebody took back."""


class Progress:
    """What a running job says of itself, on a connection of its own: that of the work commits at the end only."""

    def __init__(self, job: ImportJob) -> None:
        self.job, self.beside = job, connection.copy()

    def __call__(self, rows: int, total: int | None = None) -> None:
        """Note how far the job is; Cancelled when somebody took it back."""
        with self.beside.cursor() as cursor:
            cursor.execute(
                "UPDATE spatial_importjob SET rows = %s, total = coalesce(%s, total) WHERE id = %s RETURNING cancelled",
                [rows, total, self.job.pk],
            )
            row = cursor.fetchone()
        if row is None or row[0]:
            raise Cancelled

    def close(self) -> None:
        """Give the connection back."""
        self.beside.close()


def put(job: ImportJob) -> ImportJob:
    """Queue a job and see that somebody does it."""
    job.save()
    kick(LANE_OF[job.kind])
    return job


HELD = (
    "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s"
    " AND objid = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


def held(lane: str) -> bool:
    """Whether a process works on a lane."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {HELD}", [FAMILY, LANES[lane]])
        return bool(cursor.fetchone()[0])


def kick(lane: str) -> None:
    """Start the process of a lane where jobs wait and none lives; settle jobs that a dead one left behind."""
    if held(lane):
        return
    settle(lane, unheld=True)
    begun = STARTED.get(lane)
    if settings.IMPORT_WORKERS and waiting(lane).exists() and (begun is None or begun.poll() is not None):
        STARTED[lane] = start(lane)


def start(lane: str) -> subprocess.Popen[bytes]:
    """The process, apart from the server's: a large or hostile file must not take the map with it."""
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings")}
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "import_queue", lane, "--until-idle"],
        cwd=Path(__file__).resolve().parents[2],
        env=environ,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C at the server ends the server; `manage.py stop` ends both
    )
    Thread(target=process.wait, daemon=True).start()  # an ended child that nobody waits for stays in the table
    return process


def waiting(lane: str) -> Any:
    """The jobs of a lane that wait, the oldest first."""
    return ImportJob.objects.filter(state=State.WAITING, kind__in=kinds(lane)).order_by("pk")


def kinds(lane: str) -> list[str]:
    """The kinds of job that a lane does."""
    return [kind for kind, one in LANE_OF.items() if one == lane]


def settle(lane: str, unheld: bool = False) -> None:
    """Call the jobs of a lane that nobody works on interrupted. Whoever does not hold the lane asks in the same
    statement that nobody does: a process may have come to its lock, and begun a job, since the last look."""
    running = ImportJob.objects.filter(state=State.RUNNING, kind__in=kinds(lane))
    if unheld:
        running = running.alias(held=RawSQL(HELD, [FAMILY, LANES[lane]], BooleanField())).filter(held=False)
    running.update(
        state=State.INTERRUPTED,
        ended=timezone.now(),
        error="服务器中断，没有写入任何行 / the server was interrupted; nothing was written",
    )


@contextmanager
def lock(lane: str) -> Iterator[bool]:
    """Hold a lane; False where another process does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [FAMILY, LANES[lane]])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [FAMILY, LANES[lane]])


def work(lane: str, do: Work, patience: float = IDLE_S, wanted: Callable[[], bool] = lambda: True) -> None:
    """Do the jobs of a lane until none has come for `patience` seconds, or none waits and it is no longer `wanted`; at
    once back where another process does."""
    while True:
        with lock(lane) as got:
            if not got:
                return
            settle(lane)
            drain(lane, do, patience, wanted)
        if not waiting(lane).exists():  # one that came between the last look and the unlocking
            return


def drain(lane: str, do: Work, patience: float, wanted: Callable[[], bool]) -> None:
    """Do jobs until the lane has been empty for a while."""
    last = time.monotonic()
    while True:
        job = waiting(lane).first()
        if job is not None:
            one(job, do)
            last = time.monotonic()
        elif not wanted() or time.monotonic() - last >= patience:
            return
        else:
            time.sleep(BLINK_S)


def one(job: ImportJob, do: Work) -> None:
    """Do one job. Whatever it raises becomes its state and a sentence; a bug is recorded in the log."""
    took = ImportJob.objects.filter(pk=job.pk, state=State.WAITING).update(state=State.RUNNING)
    if not took:
        return
    job.state = State.RUNNING
    progress = Progress(job)
    named(f"chengtu import {job.pk}")
    try:
        do(job, progress)
        job.state = State.DONE
    except Cancelled:
        job.state, job.error = State.CANCELLED, CALLED_OFF
    except ChengtuError as error:
        job.state, job.error = State.FAILED, str(error)
    except (KeyboardInterrupt, SystemExit):
        job.state, job.error = State.INTERRUPTED, "服务器停止，没有写入任何行 / the server stopped; nothing was written"
        raise
    except Exception as error:
        failed(job, error)
    finally:
        named("chengtu import")
        progress.close()
        job.ended = timezone.now()
        job.error, job.outcome = storable(job.error), storable(job.outcome)
        job.save(update_fields=["state", "error", "outcome", "run", "ended"])


CALLED_OFF = "已取消，没有写入任何行 / cancelled; nothing was written"


def failed(job: ImportJob, error: Exception) -> None:
    """What an unforeseen exception makes of a job: cancelled if that is why its query ended, else a bug."""
    job.refresh_from_db(fields=["cancelled"])
    if job.cancelled and isinstance(error.__cause__ or error, (DatabaseError, *query_ended())):
        job.state, job.error = State.CANCELLED, CALLED_OFF
        return
    log.error("import job %s", job.pk, exc_info=error)
    job.state = State.FAILED
    job.error = "导入出错，已记录，没有写入任何行 / something went wrong and was recorded; nothing was written"


def query_ended() -> tuple[type[Exception], ...]:
    """The driver's own exceptions of a query that was ended from outside."""
    from psycopg import errors

    return (errors.QueryCanceled,)


def named(name: str) -> None:
    """Name this connection in pg_stat_activity, where a cancelling request finds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [name])


def cancel(job: ImportJob) -> ImportJob:
    """Take a job back; Conflict when it is over. A long statement is ended where it is."""
    if ImportJob.objects.filter(pk=job.pk, state=State.WAITING).update(
        state=State.CANCELLED, cancelled=True, error=CALLED_OFF, ended=timezone.now()
    ):
        job.refresh_from_db()
        return job
    if not ImportJob.objects.filter(pk=job.pk, state=State.RUNNING).update(cancelled=True):
        raise Conflict("任务已经结束，不能取消 / the job is over and cannot be cancelled")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
            " AND datname = current_database() AND usename = current_user",
            [f"chengtu import {job.pk}"],
        )
    job.refresh_from_db()
    return job
