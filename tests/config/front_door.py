"""What the tests of the front door share: one HTTP GET, one private VAR, one real server process."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from pathlib import Path
from typing import NamedTuple

from config import env

ROOT = Path(__file__).resolve().parents[2]


class Answer(NamedTuple):
    """Status, headers and body of a response."""

    status: int
    headers: HTTPMessage
    body: bytes


def get(url: str, **headers: str) -> Answer:
    """GET without raising; underscores in header names become hyphens."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


@contextmanager
def folder() -> Iterator[Path]:
    """A short folder that an unprivileged server can walk into; pytest's own is below one that it cannot."""
    path = Path(tempfile.mkdtemp(prefix="ct-", dir="/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without our variables, plus `variables`."""
    return {name: value for name, value in os.environ.items() if name not in env.NAMES} | variables


def manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py to its end."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment(**variables), capture_output=True, text=True, timeout=120)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    """Until `url` answers anything; a server that ended is an error."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"server ended with {process.returncode}")
        try:
            get(url)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")


@contextmanager
def serving(**variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`manage.py serve` on a free port: its base URL and its process."""
    port = free_port()
    env = environment(PORT=str(port), **variables)
    process = subprocess.Popen([sys.executable, "manage.py", "serve"], cwd=ROOT, env=env, text=True, stdout=-3)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(30)
