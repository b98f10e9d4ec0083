"""OGC's abstract tests of Features Core, as others wrote them down, against a server as `make run` starts it.

They ask for each of a hundred features a collection by itself, and stop without a word at a collection that has none.
So the server has a few rows of every collection, not the invented town, which takes them ten times as long.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connections

from layers import registry
from layers.scope import RESIDENT
from tests.factories import SOUTH, STEP, WEST, make_at
from tests.pages.conftest import ROOT, Commons
from tests.town import copied, tables_alone

VENV = ROOT / ".venv-ogctests"
EVERY = [f"test_ast{number}" for number in range(1, 30)]
ROWS = 8  # their pages are of three
EDITS = True

pytestmark = pytest.mark.skipif(not (VENV / ".lock").is_file(), reason="no ogctests: `make test` brings them")


@pytest.fixture(scope="module")
def town(commons: Commons, django_db_blocker: Any) -> Iterator[None]:
    """What `site` serves here: rows of every layer that anybody may see."""
    commons.put_away()
    with django_db_blocker.unblock(), copied(tables_alone):
        for layer in registry.visible(RESIDENT):
            for number in range(ROWS):
                make_at(layer.model, WEST + number * STEP, SOUTH)
            assert layer.rows_for(RESIDENT).count() == ROWS, layer.id
        connections.close_all()
        yield


def test_every_abstract_test_of_features_core_passes(site: str, tmp_path: Path) -> None:
    """What failed, was skipped or was not there at all is named; nothing else counts as passed."""
    report = tmp_path / "report.xml"
    suite = next((VENV / "lib").glob("python*/site-packages/ogctests/features/core"))
    alone = [
        "-c",
        os.devnull,
        "--rootdir",
        suite,
        "-p",
        "no:cacheprovider",
        "-W",
        "error::UserWarning",
    ]  # a doubt counts
    words = [VENV / "bin" / "python", "-m", "pytest", "-q", "--tb=short", *alone, f"--junitxml={report}", suite]
    env = {**os.environ, "INSTANCE_URL": f"{site}/ogc"}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert report.is_file(), done.stdout + done.stderr
    told = {str(case.get("name")): {part.tag for part in case} for case in ElementTree.parse(report).iter("testcase")}
    passed = {name for name, parts in told.items() if not parts & {"failure", "error", "skipped"}}
    assert [name for name in {*EVERY, *told} if name not in passed] == [], done.stdout[-6000:]
