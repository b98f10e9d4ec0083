"""The examples of docs/api.md answer, each with something, over a few rows that they could be about."""

import io
import re
import shlex
import zipfile
from urllib.parse import urlencode

import pytest
from django.test import Client

from config.env import ROOT
from gis.models import Building, Facility, Works
from layers import manifest
from tests.factories import make

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
LINES = re.findall(r"^curl (.+)$", GUIDE.replace("\\\n", " "), re.MULTILINE)
HOST = "https://map.example"


def asked(line: str) -> str:
    """The path and query that curl would ask for."""
    words = shlex.split(line)
    [url] = [word for word in words if word.startswith(HOST)]
    given = [words[at + 1].partition("=") for at, word in enumerate(words) if word == "--data-urlencode"]
    return url.removeprefix(HOST) + ("?" + urlencode({name: value for name, _, value in given}) if given else "")


def unpacked(body: bytes) -> bytes:
    """A file, or all that is in it."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_the_guide_has_examples() -> None:
    assert len(LINES) >= 10


@pytest.mark.parametrize("line", LINES)
def test_an_example_answers_with_something(db: None, line: str) -> None:
    manifest.forget()
    make(Facility, name="东厕", capacity=8, features=["paper", "accessible"])
    make(Building)
    make(Works)
    answer = Client().get(asked(line))
    assert answer.status_code == 200, answer.content
    if answer.streaming:
        assert "东厕".encode() in unpacked(answer.getvalue())
    else:
        assert answer.json()["features"]
