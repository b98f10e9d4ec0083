"""The examples of docs/api.md answer, each with something, over a few rows that they could be about."""

import io
import re
import shlex
import zipfile
from base64 import b64encode
from datetime import date
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from config.env import ROOT
from gis.models import Building, Facility, PipeSegment, Room, Works, Zoning
from layers import manifest, tokens
from layers.models import Account
from layers.roles import grant
from layers.scope import Role
from tests.client import GATE, kept_open, program  # noqa: F401  a fixture
from tests.factories import make

pytestmark = pytest.mark.usefixtures("kept_open")

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EVERY = re.findall(r"^curl (.+)$", GUIDE.replace("\\\n", " "), re.MULTILINE)
LINES = [line for line in EVERY if "-X" not in line]
CHANGES = [line for line in EVERY if "-X" in line]
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
    make(Zoning, valid=DateRange(date(2025, 1, 1), date(2026, 1, 1)))
    make(PipeSegment, code="东厕-1")
    make(Room)
    client = with_token(line, Role.MANAGER) if "$TOKEN" in line else Client()
    answer = client.get(asked(line))
    assert answer.status_code == 200, answer.content
    if answer.streaming:
        assert "东厕".encode() in unpacked(answer.getvalue())
    else:
        assert answer.json()["features"]


def with_token(line: str, role: Role) -> Client:
    """A program that shows a token of somebody's as curl would."""
    grant()
    user, _ = User.objects.get_or_create(username=f"{role}")
    user.groups.add(Group.objects.get(name=role))
    user.user_permissions.add(Permission.objects.get(codename="delete_road"))  # which no group has by itself
    Account.objects.get_or_create(user=user)
    client = program(tokens.make(user, "guide", 30), GATE)
    if '-u "script:$TOKEN"' in line:
        _, token = client.defaults["HTTP_AUTHORIZATION"].split()
        client.defaults["HTTP_AUTHORIZATION"] = f"Basic {b64encode(f'script:{token}'.encode()).decode()}"
    else:
        assert '-H "Authorization: Bearer $TOKEN"' in line
    return client


def test_the_examples_of_changes_change_something(db: None) -> None:
    """One after the other, as a planner's program, with what the guide's variables stand for."""
    client = with_token(CHANGES[0], Role.PLANNER)
    manifest.forget()
    statuses, path, state = [], "", ""
    for line in CHANGES:
        words = shlex.split(
            line.replace("$ETAG", state.replace('"', '\\"')).replace("$NUMBER", path.rpartition("/")[2])
        )
        given = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
        body = words[words.index("--data") + 1] if "--data" in words else ""
        url = asked(line.replace("$NUMBER", path.rpartition("/")[2]))
        kind = given.pop("Content-Type", "")
        assert given.pop("Authorization") == "Bearer $TOKEN"
        answer = client.generic(words[words.index("-X") + 1], url, body, content_type=kind, headers=given)
        statuses.append(answer.status_code)
        path, state = answer.get("Location", path), answer.get("ETag", "")
    assert statuses == [200, 201, 204, 204]
