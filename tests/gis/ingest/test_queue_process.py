"""A lane has one process, however often a page looks before that process has come to its lock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from gis.ingest import queue
from gis.models import ImportJob, Upload

SLEEPER = [sys.executable, "-c", "input()"]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that were begun: each waits for a line."""
    found: list[subprocess.Popen[bytes]] = []

    def start(_lane: str) -> subprocess.Popen[bytes]:
        found.append(subprocess.Popen(SLEEPER, stdin=subprocess.PIPE))
        return found[-1]

    settings.IMPORT_WORKERS = True
    monkeypatch.setattr(queue, "start", start)
    monkeypatch.setattr(queue, "STARTED", {})
    yield found
    for process in found:
        end(process)


@pytest.mark.django_db
def test_a_lane_is_not_begun_again_while_its_process_is_on_its_way(begun: list[subprocess.Popen[bytes]]) -> None:
    upload = Upload.objects.create(by=User.objects.create_user("planner"))
    ImportJob.objects.create(upload=upload, by=upload.by, kind="look")
    for _ in range(5):
        queue.kick("look")
    assert len(begun) == 1
    end(begun[0])
    queue.kick("look")
    assert len(begun) == 2


@pytest.mark.django_db(transaction=True)
def test_a_job_begun_since_the_last_look_is_not_called_interrupted(
    begun: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload.objects.create(by=User.objects.create_user("planner"))
    job = ImportJob.objects.create(upload=upload, by=upload.by, kind="look", state="running")
    monkeypatch.setattr(queue, "held", lambda _: False)  # so it was, a moment ago
    with closing(connection.copy()) as worker, worker.cursor() as cursor:
        lane = [queue.FAMILY, queue.LANES["look"]]
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", lane)
        queue.kick("look")
        job.refresh_from_db()
        assert job.state == "running"
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", lane)  # a session that ends gives it back a little later
    queue.kick("look")
    job.refresh_from_db()
    assert job.state == "interrupted"


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that waits for a line."""
    process.kill()
    process.communicate()
