"""The real server answers what it knows at once while its loop stands still, and loses nothing of the rest."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.config.front_door import ROOT, environment, free_port, get, wait_for

SERVE = """
import django
django.setup()
from config.management.commands.serve import become
become("tests.config.asleep:application")
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Our server before an application that can stand still."""
    port = free_port()
    env = environment(PORT=str(port), VAR=str(tmp_path), DJANGO_SETTINGS_MODULE="config.settings")
    process = subprocess.Popen([sys.executable, "-c", SERVE], cwd=ROOT, env=env, text=True, stderr=-3)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(40)


def test_what_is_known_at_once_does_not_wait_for_the_loop(address: str) -> None:
    with ThreadPoolExecutor(1) as other:
        slow = other.submit(get, f"{address}/slow")
        for _ in range(200):
            if get(f"{address}/begun").body == b"now":
                break
            time.sleep(0.05)
        assert not slow.done()
        assert get(f"{address}/go").body == b"now"
        assert slow.result(20).body == b"from the loop"


def test_what_breaks_at_once_is_left_to_the_loop(address: str) -> None:
    assert get(f"{address}/broken").body == b"from the loop"
    assert get(f"{address}/other").body == b"from the loop"
