"""The servers that are measured: each one process on 127.0.0.1, six connections, gzip on, its usual options."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from bench import turns
from config.env import ROOT

CONNECTIONS = 6
PATIENCE_S = 30


@dataclass(frozen=True, eq=False)
class Candidate:
    """A server: how it is started (``{port}`` is filled in) and where its tiles are."""

    name: str
    command: list[str]
    tile: str
    environment: dict[str, str] = field(default_factory=dict)


def ours(url: str, var: Path, application: str) -> Candidate:
    """Our server as ``manage.py serve`` is it."""
    command = [sys.executable, "-c", SERVE, "{port}", application]
    environment = {"DATABASE_URL": url, "VAR": str(var), "PORT": "{port}", "DEMO": "0"}
    name = "chengtu" if application.startswith("config") else "chengtu, cache off"
    return Candidate(name, command, "/tiles/buildings/{z}/{x}/{y}.mvt", environment)


SERVE = """
import os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from config.management.commands.serve import become
become(sys.argv[2])
"""


def tipg(url: str, venv: Path) -> Candidate:
    """tipg under uvicorn, on the 3857 column with the same two properties."""
    parts = conninfo_to_dict(url)
    dsn = f"postgresql://{parts['user']}@{quote(str(parts['host']), safe='')}:5432/{parts['dbname']}"
    environment = {
        "DATABASE_URL": dsn,
        "DB_MAX_CONN_SIZE": str(CONNECTIONS),
        "TIPG_TILE_BUFFER": "64",
        "TIPG_MAX_FEATURES_PER_TILE": "20000",
        "TIPG_DB_SCHEMAS": '["public"]',
    }
    command = [str(venv / "bin" / "uvicorn"), "tipg.main:app", "--port", "{port}", "--no-access-log"]
    path = "/collections/public.spatial_building/tiles/WebMercatorQuad/{z}/{x}/{y}"
    return Candidate("tipg", command, f"{path}?geom-column=shape&properties=name,height_m", environment)


def vectortiles(url: str, venv: Path) -> Candidate:
    """django-vectortiles under Granian (WSGI)."""
    granian = [str(venv / "bin" / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}"]
    options = ["--workers", "1", "--blocking-threads", str(CONNECTIONS), "--no-ws", "--http", "1"]
    command = [*granian, *options, "bench.peer_django:application"]
    return Candidate("django-vectortiles", command, "/tiles/{z}/{x}/{y}", {"DATABASE_URL": url})


def mapserver(url: str) -> Candidate:
    """Debian's MapServer, six FastCGI processes behind nginx."""
    return Candidate(
        "MapServer",
        [sys.executable, "-m", "bench.peer_mapserver", "{port}"],
        "/tiles/{z}/{x}/{y}",
        {"DATABASE_URL": url},
    )


@contextmanager
def running(candidate: Candidate, log: Path, first: tuple[int, int, int] | None = None) -> Iterator[tuple[str, int]]:
    """Start a server, wait for its first tile (ours also without one), yield its address and process id, stop it."""
    port = str(_free_port())
    words = [word.replace("{port}", port) for word in candidate.command]
    own = {name: value.replace("{port}", port) for name, value in candidate.environment.items()}
    with log.open("w") as output:
        process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **own}, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address + (path(candidate, *first) if first else "/healthz"), process, log)
        with turns.one_by_one():
            yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


def path(candidate: Candidate, z: int, x: int, y: int) -> str:
    """Where a tile is on a server."""
    return candidate.tile.format(z=z, x=x, y=y)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"服务器没有应答 / The server does not answer: {log.name}\n{log.read_text()[-1500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
