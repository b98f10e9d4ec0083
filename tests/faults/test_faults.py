"""What breaks while the city is looked at: no wrong tile, no hang, back by itself, and what is kept is still shown.

Each test breaks one thing under readers that never stop, and then asks whether the tile equals the table.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from config import cluster
from tests.config.front_door import Answer, folder, serving
from tests.faults.conftest import NEVER_ASKED, City, names, tile

LONGEST_S = 20.0
"""No request may hang; a statement ends after five seconds, a connection is waited for two, machines are busy."""
PATIENCE_S = 30.0
OUTAGE_S = float(os.environ.get("OUTAGE_S", "0"))
"""How long the database stays away at least: `make faults` takes thirty seconds, other runs do not wait."""
RECOVERY_S = 5.0
"""Within which `make faults`, which has the machine to itself, wants an edit to be seen after the database is back."""
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'chengtu-news'"
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def lasts(true: Callable[[], bool], seconds: float) -> None:
    """See that it stays so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert true(), f"it ended {deadline - time.monotonic():.1f} s too early"
        time.sleep(0.1)


def shows(url: str, name: str) -> Callable[[], bool]:
    """Whether the tile shows a name, as one that is not marked as old."""

    def found() -> bool:
        try:
            answer = tile(url)
        except OSError:  # nobody answers between a worker and the next
            return False
        return answer.status == 200 and not answer.headers["X-Tile-Stale"] and names(answer) == {name}

    return found


@contextmanager
def readers(url: str) -> Iterator[list[Answer]]:
    """Four that ask without pause; every answer in time, and a tile or "come back later"."""
    answers: list[Answer] = []
    slow: list[float] = []
    enough = Event()

    def read() -> None:
        while not enough.is_set():
            began = time.monotonic()
            try:
                answers.append(tile(url))
            except OSError:  # a worker that was killed cuts what it was answering
                time.sleep(0.05)
            slow.append(time.monotonic() - began)

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        enough.set()
        for thread in threads:
            thread.join(60)
    assert answers
    assert {answer.status for answer in answers} <= {200, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 503)
    assert max(slow) < LONGEST_S


def test_the_database_is_restarted(city: City) -> None:
    city.rename("以前")
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        until(shows(url, "以前"))
        with readers(url) as answers:
            city.stop()
            city.start()
            city.rename("以后")
            until(shows(url, "以后"))
        seen = {name for answer in answers if answer.status == 200 for name in names(answer)}
        assert seen == {"以前", "以后"}


def test_the_database_is_away_for_a_while(city: City) -> None:
    city.rename("停电前")
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        until(shows(url, "停电前"))
        city.stop()
        try:
            with readers(url):
                until(lambda: tile(url).headers["X-Tile-Stale"] == "1")
                assert names(tile(url)) == {"停电前"}
                assert tile(url).headers["Cache-Control"] == "no-store"
                assert tile(url, NEVER_ASKED).status == 503
                assert tile(url, "/healthz").status == 200
                assert tile(url, "/readyz").status == 503
                lasts(lambda: tile(url).headers["X-Tile-Stale"] == "1" and names(tile(url)) == {"停电前"}, OUTAGE_S)
        finally:
            city.start()
        city.rename("停电后")
        back = time.monotonic()
        until(shows(url, "停电后"))
        took = time.monotonic() - back
        print(f"{OUTAGE_S:g} s away; an edit is seen {took:.2f} s after the database is back")
        assert not OUTAGE_S or took < RECOVERY_S


def test_a_worker_is_killed(city: City) -> None:
    city.rename("旧进程")
    with serving(VAR=str(city.var), DEMO="0") as (url, process):
        until(shows(url, "旧进程"))
        with readers(url):
            [worker] = children(process.pid)
            os.kill(worker, signal.SIGKILL)
            city.rename("新进程")
            until(shows(url, "新进程"))
        assert children(process.pid) != [worker]


def test_nobody_tells_of_news_any_more(city: City) -> None:
    city.rename("有人说")
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        until(shows(url, "有人说"))
        for name in ("没人说", "又说了"):
            until(lambda: bool(city.sql(CUT)))
            city.rename(name)
            until(shows(url, name))


def test_the_disk_of_var_is_full(city: City) -> None:
    with folder() as var:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(var)], capture_output=True)
        if mounted.returncode:
            pytest.skip("只有 root 能挂载小磁盘 / only root can mount a small disk")
        try:
            full_disk(city, var)
        finally:
            subprocess.run(["umount", str(var)], check=True)


def full_disk(city: City, var: Path) -> None:
    """The server's own folder is full, the database's is not: tiles and pages go on."""
    shutil.copytree(city.var / "secrets", var / "secrets")
    city.rename("有空")
    with serving(VAR=str(var), DATABASE_URL=cluster.url(city.var), DEMO="0") as (url, _):
        until(shows(url, "有空"))
        with (var / "filler").open("wb") as filler, pytest.raises(OSError, match="No space"):
            while True:
                filler.write(b"\0" * 65536)
                filler.flush()
        with readers(url):
            city.rename("没空")
            until(shows(url, "没空"))
        assert tile(url, "/map").status == 200


@pytest.mark.skipif(FAKETIME is None, reason="没有 libfaketime / libfaketime is not installed")
@pytest.mark.parametrize("moved", ["+3d", "-3d"])
def test_the_clock_is_moved(city: City, tmp_path: Path, moved: str) -> None:
    """The clock of the server alone jumps; a tile is told to be true by the database's numbers, never by a clock."""
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    faked = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
             "FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
    city.rename("准时")
    with serving(VAR=str(city.var), DEMO="0", **faked) as (url, process):
        until(shows(url, "准时"))
        with readers(url):
            clock.write_text(f"{moved}\n")
            until(shows(url, "准时"))
            city.rename("误时")
            until(shows(url, "误时"))
        # libfaketime moves the end of a sleep on the clock that it leaves alone, too, and Granian sleeps when it ends.
        for pid in (process.pid, *children(process.pid)):
            os.kill(pid, signal.SIGKILL)


def children(parent: int) -> list[int]:
    """The processes that a process has begun and that live."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
