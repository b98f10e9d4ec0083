"""What breaks while the city is looked at: no wrong tile, no hang, back by itself, and what is kept is still shown.

Each test breaks one thing under readers that never stop, and then asks whether the tile equals the table.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from psycopg import OperationalError
from redis import Redis

from config import cluster
from tests.config.front_door import folder, serving
from tests.faults.conftest import NEVER_ASKED, City, names, small_disk, tile
from tests.tiles.test_shared import Store, store  # noqa: F401  fixture

LONGEST_S = 20.0
"""No request may hang; a statement ends after five seconds, a connection is waited for two, machines are busy."""
PATIENCE_S = 30.0
OUTAGE_S = float(os.environ.get("OUTAGE_S", "0"))
"""How long the database stays away at least: `make faults` takes thirty seconds, other runs do not wait."""
RECOVERY_S = 5.0
"""Within which `make faults`, which has the machine to itself, wants an edit to be seen after each fault."""
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'chengtu-news'"
LISTENS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'chengtu-news' AND query <> ''"
HEARD = """SELECT seq FROM spatial_coarsestate WHERE layer = 'buildings'
  AND seq >= (SELECT max(seq) FROM spatial_news WHERE table_name = 'spatial_building')"""
"""What stands for rows far out is made by who hears of news, not by who asks once a second."""
EPOCH = "SELECT spatial_epoch()"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
ENDED = "canceling statement due to user request"
TOO_MUCH = "CREATE TABLE filler AS SELECT repeat(md5(n::text), 100) FROM generate_series(1, 300000) AS n"
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


def recovers(url: str, name: str) -> None:
    """An edit is seen; `make faults` says after how long, and wants it soon."""
    began = time.monotonic()
    until(shows(url, name))
    took = time.monotonic() - began
    print(f"{name} is seen after {took:.2f} s")
    assert not OUTAGE_S or took < RECOVERY_S


@contextmanager
def readers(url: str, *passing: str) -> Iterator[None]:
    """Four that ask without pause; every answer in time, and a tile or "come back later". A tile shows one of the names
    that are ``passing``, and to nobody one that was true before what he has seen."""
    statuses: Counter[int] = Counter()
    seen: set[str] = set()
    wrong: list[str] = []
    slow: list[float] = []
    enough = Event()

    def read() -> None:
        latest = 0
        while not enough.is_set():
            began = time.monotonic()
            try:
                answer = tile(url)
            except OSError:  # a worker that was killed cuts what it was answering
                time.sleep(0.05)
                continue
            slow.append(time.monotonic() - began)
            statuses[answer.status] += 1
            if answer.status == 503 and answer.headers["Retry-After"]:
                continue
            shown = names(answer)
            seen.update(shown)
            if len(shown) != 1 or not shown <= set(passing[latest:]):
                wrong.append(f"{passing[latest]}, then {shown}")
                return
            latest = passing.index(*shown)

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: bool(seen))
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join(60)
    assert not wrong
    assert seen == set(passing)
    assert set(statuses) <= {200, 503}
    assert max(slow) < LONGEST_S


def test_who_leaves_has_his_question_ended(city: City) -> None:
    ended = city.log().count(ENDED)
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        for asked in ("/ogc/collections/buildings/items?limit=1", NEVER_ASKED):
            with city.locked("spatial_building"), socket.create_connection(("127.0.0.1", urlsplit(url).port)) as link:
                link.sendall(f"GET {asked} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
                until(lambda: city.sql(WAITS) == [(1,)])
                link.close()
                until(lambda: city.sql(WAITS) == [(0,)])
        assert city.log().count(ENDED) == ended + 2


def test_the_database_is_restarted(city: City) -> None:
    city.rename("以前")
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        until(shows(url, "以前"))
        with readers(url, "以前", "以后"):
            city.stop()
            city.start()
            city.rename("以后")
            recovers(url, "以后")


def test_the_database_is_away_for_a_while(city: City) -> None:
    city.rename("停电前")
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        until(shows(url, "停电前"))
        with readers(url, "停电前", "停电后"):
            city.stop()
            try:
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
            recovers(url, "停电后")


def test_a_worker_is_killed(city: City) -> None:
    city.rename("旧进程")
    with serving(VAR=str(city.var), DEMO="0") as (url, process):
        until(shows(url, "旧进程"))
        with readers(url, "旧进程", "新进程"):
            killed = children(process.pid)
            os.kill(*killed, signal.SIGKILL)
            until(lambda: children(process.pid) not in ([], killed))
            os.kill(*children(process.pid), signal.SIGKILL)  # so soon, Granian alone would end itself
            city.rename("新进程")
            recovers(url, "新进程")
        assert children(process.pid) != killed
        assert libraries(*children(process.pid)) <= libraries(process.pid), "the next one has to load nothing"


def test_nobody_tells_of_news_any_more(city: City) -> None:
    """While the line is cut whoever asks reads the news; the line comes back, and what only it brings about happens."""
    city.rename("有人说")
    with serving(VAR=str(city.var), DEMO="0") as (url, _):
        until(shows(url, "有人说"))
        with readers(url, "有人说", "没人说", "又说了"):
            until(lambda: bool(city.sql(CUT)))
            city.rename("没人说")
            recovers(url, "没人说")
            until(lambda: bool(city.sql(LISTENS)))
            city.rename("又说了")
            recovers(url, "又说了")
            until(lambda: bool(city.sql(HEARD)))


def test_a_replica_that_is_promoted_is_another_database_at_once(city: City) -> None:
    """Its log is of a new timeline, which the control file tells at the next checkpoint only, minutes later where there
    is work to write. Till then tiles of edits that the lost primary alone had would be believed, by their numbers."""
    city.sql("CREATE TABLE work AS SELECT repeat('x', 2000) FROM generate_series(1, 1000)")
    primary = city.sql(EPOCH)
    city.stop()
    city.start_as_replica()
    assert city.sql(EPOCH) == primary
    city.promote()
    assert city.sql(EPOCH) != primary
    city.sql("DROP TABLE work")


def test_redis_is_gone(city: City, store: Store) -> None:  # noqa: F811
    city.rename("共享")
    with serving(VAR=str(city.var), DEMO="0", REDIS_URL=store.url) as (url, _):
        until(shows(url, "共享"))
        with Redis.from_url(store.url) as raw:
            assert raw.keys("tile:*")
        with readers(url, "共享", "独自", "又共享"):
            store.stop()
            city.rename("独自")
            recovers(url, "独自")
            store.start()
            city.rename("又共享")
            recovers(url, "又共享")


def test_the_disks_are_full(city: City) -> None:
    """First the server's own, while the database has another; then the database's, with its log."""
    with folder() as var, small_disk(var, 2 << 20) as mounted:
        if not (mounted and city.small):
            pytest.skip("只有 root 能挂载小磁盘 / only root can mount a small disk")
        shutil.copytree(city.var / "secrets", var / "secrets")
        city.rename("有空")
        with serving(VAR=str(var), DATABASE_URL=cluster.url(city.var), DEMO="0") as (url, _):
            until(shows(url, "有空"))
            fill(var)
            with readers(url, "有空", "没空", "又有空"):
                city.rename("没空")
                recovers(url, "没空")
                assert tile(url, "/map").status == 200
                with city.no_space(), pytest.raises(OperationalError):
                    city.sql(TOO_MUCH)
                assert names(tile(url)) == {"没空"}
                city.start()
                city.rename("又有空")
                recovers(url, "又有空")


def fill(disk: Path) -> None:
    """Write until there is no space."""
    with (disk / "filler").open("wb") as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(b"\0" * 65536)
            filler.flush()


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
        with readers(url, "准时", "误时"):
            clock.write_text(f"{moved}\n")
            until(shows(url, "准时"))
            city.rename("误时")
            recovers(url, "误时")
        # libfaketime moves the end of a sleep on the clock that it leaves alone, too, and Granian sleeps when it ends.
        for pid in (process.pid, *children(process.pid)):
            os.kill(pid, signal.SIGKILL)


def libraries(process: int) -> set[str]:
    """The compiled modules and libraries that a process has loaded."""
    return {line.split()[-1] for line in Path(f"/proc/{process}/maps").read_text().splitlines() if ".so" in line}


def children(parent: int) -> list[int]:
    """The processes that a process has begun and that live."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
