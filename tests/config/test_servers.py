"""Starting and stopping: two at once wait for each other, `stop` ends what runs, and failures are one sentence."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from config import cluster, servers
from config.management.commands.prepare import alone
from tests.config.front_door import ROOT, environment, folder, manage, serving

NOBODY = "postgresql://u:hunter2@127.0.0.1:1/town"


@pytest.fixture
def var() -> Iterator[Path]:
    with folder() as path:
        yield path


def says_one_sentence(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert " / " in done.stderr
    assert all(word in done.stderr for word in words)
    assert "hunter2" not in done.stderr


def test_stop_ends_the_server_and_then_finds_none(var: Path) -> None:
    with serving(VAR=str(var), DATABASE_URL=NOBODY) as (_, process):
        assert servers.running(var) == [process.pid]
        assert "server stopped" in manage("stop", VAR=str(var)).stdout
        assert process.wait(30) == 0
    assert "no server" in manage("stop", VAR=str(var)).stdout


def test_a_note_about_a_dead_server_never_ends_a_stranger(var: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        note = var / "server-8000.pid"
        note.write_text(f"{stranger.pid} 1\n")
        assert servers.stop(var) == []
        assert stranger.poll() is None
        assert not note.exists()
        stranger.communicate(b"\n")


def test_a_server_that_does_not_end_is_named(var: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        (var / "server-8000.pid").write_text(f"{process.pid} {servers._started(process.pid)}\n")
        assert servers.stop(var, patience=0.2) == [process.pid]
        process.kill()


def test_a_busy_port_is_told_before_anything_is_prepared(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        says_one_sentence(manage("serve", "--check-port", VAR=str(var), PORT=port), port)
    free = manage("serve", "--check-port", VAR=str(var), PORT=port)
    assert (free.returncode, free.stdout) == (0, "")


def test_a_database_that_is_away_is_one_sentence(var: Path) -> None:
    says_one_sentence(manage("prepare", VAR=str(var), DATABASE_URL=NOBODY), "127.0.0.1")


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    says_one_sentence(manage("prepare", VAR="/proc/x"), "VAR", "/proc/x")


def test_two_preparations_at_once_both_succeed_and_make_what_a_backup_takes(var: Path) -> None:
    cluster.start(var)
    try:
        command, env = [sys.executable, "manage.py", "prepare"], environment(VAR=str(var))
        both = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=-3, stderr=-1, text=True) for _ in range(2)]
        assert [(one.communicate(timeout=300)[1], one.returncode) for one in both] == [("", 0)] * 2
        assert {"secrets", "media"} <= {path.name for path in var.iterdir()}
    finally:
        cluster.remove(var)


@pytest.mark.django_db(transaction=True)
def test_who_prepares_is_alone() -> None:
    inside = threading.Event()

    def second() -> None:
        with alone():
            inside.set()
        connection.close()

    waiting = threading.Thread(target=second)
    with alone():
        waiting.start()
        with connection.cursor() as cursor:
            while not inside.is_set():
                cursor.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                if cursor.fetchone():
                    break
        assert not inside.is_set()
    waiting.join()
    assert inside.is_set()


def test_a_foreign_host_costs_one_line_of_the_log(var: Path) -> None:
    ask = "from django.test import Client; print(Client().get('/map', headers={'host': 'evil.example'}).status_code)"
    done = manage("shell", "--no-imports", "-c", ask, VAR=str(var), DATABASE_URL=NOBODY)
    lines = done.stderr.splitlines()
    assert done.stdout == "400\n"
    assert [("DisallowedHost" in line, "evil.example" in line) for line in lines] == [(True, True)]
