"""The private cluster: made, found again, killed, moved out of the way of the kernel's limits."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import cluster, postgres
from tests.config.front_door import folder


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    with folder() as path:
        cluster.start(path)
        yield path
        cluster.remove(path)


def postmaster(var: Path) -> int:
    return int((cluster.data_folder(var) / "postmaster.pid").read_text().split("\n", 1)[0])


def ask(var: Path, question: str) -> str:
    with psycopg.connect(cluster.url(var)) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def test_it_has_what_the_model_needs(var: Path) -> None:
    assert ask(var, "SELECT postgis_lib_version()").startswith("3.")
    assert ask(var, "SELECT cardinality(show_trgm('城图')) > 0") == "True"
    assert ask(var, "SHOW server_encoding") == "UTF8"
    assert ask(var, "SELECT count(*) FROM pg_extension WHERE extname IN ('pg_trgm', 'btree_gist')") == "2"


def test_it_is_reached_by_its_socket_only(var: Path) -> None:
    assert ask(var, "SHOW listen_addresses") == ""
    assert cluster.socket_folder(var).stat().st_mode & 0o777 == 0o700
    assert cluster.data_folder(var).stat().st_mode & 0o077 == 0


def test_it_never_runs_as_root(var: Path) -> None:
    assert Path("/proc", str(postmaster(var))).stat().st_uid != 0


def test_starting_a_running_cluster_changes_nothing(var: Path) -> None:
    before = postmaster(var)
    assert cluster.start(var) == cluster.url(var)
    assert postmaster(var) == before


def test_it_survives_kill_9_with_its_data(var: Path) -> None:
    with psycopg.connect(cluster.url(var), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '城' AS name")
    os.kill(postmaster(var), signal.SIGKILL)
    cluster.start(var)
    assert ask(var, "SELECT name FROM kept") == "城"


def test_a_lock_file_naming_a_stranger_is_no_obstacle(var: Path) -> None:
    assert cluster.stop(var)
    assert not cluster.running(var)
    lock = cluster.data_folder(var) / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster.data_folder(var)}\n", encoding="utf-8")
    owner = cluster.data_folder(var).stat()
    if os.geteuid() == 0:
        os.chown(lock, owner.st_uid, owner.st_gid)
    cluster.start(var)
    assert cluster.running(var)


def test_the_operators_own_settings_are_read(var: Path) -> None:
    local = cluster.data_folder(var).parent / "local.conf"
    local.write_text("work_mem = '9MB'\n", encoding="utf-8")
    local.chmod(0o644)
    cluster.stop(var)
    cluster.start(var)
    assert ask(var, "SHOW work_mem") == "9MB"


def test_a_path_too_long_for_a_socket_is_no_obstacle() -> None:
    with folder() as base:
        var = base / "很长的路径" / ("x" * 90)
        try:
            url = cluster.start(var)
            assert len(os.fsencode(cluster.socket_folder(var) / postgres.SOCKET_FILE)) <= postgres.SOCKET_LIMIT
            psycopg.connect(url).close()
            cluster.stop(var)
            shutil.rmtree(cluster.socket_folder(var))  # as after a reboot
            assert cluster.start(var) == url
        finally:
            cluster.remove(var)
        assert not cluster.socket_folder(var).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a cluster that another user must reach")
def test_a_folder_that_only_root_may_enter_is_no_obstacle() -> None:
    with folder() as home:
        home.chmod(0o700)
        var = home / "var"
        try:
            cluster.start(var)
            assert (var / "pg").is_symlink()
            assert cluster.running(var)
        finally:
            cluster.remove(var)
        assert not os.path.lexists(var / "pg")


def test_configuration_keeps_idle_memory_small(tmp_path: Path) -> None:
    text = postgres.configuration(tmp_path, tmp_path)
    buffers = next(line for line in text.splitlines() if line.startswith("shared_buffers"))
    assert int("".join(filter(str.isdigit, buffers))) <= 256
