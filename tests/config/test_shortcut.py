"""Questions answered before Django's middleware: word for word the same answers, and only where nothing else is due."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from psycopg.errors import QueryCanceled

from config import shortcut, wsgi
from frontend.ogc import items
from gis.models import Facility, PipeSegment
from gis.patience import TOO_LONG
from layers.models import Inquiry
from layers.scope import COOKIE, STRANGER, Audience, Bearer, Pass, Role, sign
from tests.client import Answer, ask, kept_open  # noqa: F401  a fixture
from tests.factories import make
from tiles import server
from tiles.pool import Busy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_open")]
ITEMS = "/ogc/collections/facilities/items"
QUESTIONS = {
    ITEMS: {"bbox": "121,31,122,32", "limit": "5"},
    "/api/at": {"lon": "121.5", "lat": "31.2", "at": "2026-11-22T07:00"},
    "/api/locate": {"q": "没有这条路3号"},
    "/api/search": {"q": "没有这条路", "lon": "121.5", "lat": "31.2"},
    "/api/reverse": {"lon": "121.5", "lat": "31.2"},
}
MANAGER = Audience(Role.MANAGER)


def whole(_: Any, start_response: Any) -> list[bytes]:
    start_response("299 Whole Way", [])
    return []


def short(path: str, audience: Audience = STRANGER.audience, **more: Any) -> Answer:
    query = more.pop("query", urlencode(QUESTIONS.get(path, {})))
    return ask(shortcut.shortened(whole), path, audience, query=query, **more)


@pytest.mark.parametrize("path", QUESTIONS)
def test_headers_and_words_are_those_of_the_whole_way(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make(Facility)
    monkeypatch.setattr(shortcut, "PACKET", 0)
    answer, told = short(path), Client().get(path, QUESTIONS[path], headers={"Accept-Encoding": "gzip"})
    assert without_time(answer.body) == without_time(Client().get(path, QUESTIONS[path]).content)
    assert answer.headers.pop("Content-Encoding") == "gzip"
    assert "Content-Encoding" not in short(path, ACCEPT_ENCODING="identity").headers
    assert alike(answer.headers) == alike(dict(told.items()))
    assert set(server.VARYING.split(", ")) <= set(answer.headers["Vary"].split(", "))


def test_a_few_words_are_not_packed() -> None:
    assert "Content-Encoding" not in short("/api/locate").headers


def alike(headers: dict[str, str]) -> dict[str, str]:
    """But for what follows from two languages, which these answers speak at once, and from when and how packed."""
    differing = {"Content-Length", "Content-Language", "Content-Encoding", "Vary", "Expires"}
    return {name: value.replace("http://testserver", "http://localhost") for name, value in headers.items()
            if name not in differing}  # fmt: skip


def without_time(body: bytes) -> str:
    return re.sub(r'"timeStamp":"[^"]*"', "", body.decode()).replace("http://testserver", "http://localhost")


REFUSED = (
    ("/api/locate", "q="), ("/api/reverse", "lon=900&lat=0"), (ITEMS, "limit=0"), (ITEMS, "f=xml"),
    (ITEMS, "filter=id%20LIKE"), (ITEMS, "nothing=1"), ("/ogc/collections/pipes/items", ""),
    ("/ogc/collections/none/items", "bbox=1,2,3,4"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "query"), REFUSED)
def test_a_refusal_is_that_of_the_whole_way(path: str, query: str, caplog: pytest.LogCaptureFixture) -> None:
    answer, said = short(path, query=query, ACCEPT_ENCODING=""), spoken(caplog)
    told = Client().get(f"{path}?{query}")
    assert (answer.status, answer.json) == (told.status_code, told.json())
    assert alike(answer.headers) == alike(dict(told.items()))
    assert said == spoken(caplog)


def spoken(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    said = [(one.name, one.levelname, one.getMessage()) for one in caplog.records]
    caplog.clear()
    return said


@pytest.mark.parametrize("path", [ITEMS, "/api/locate"])
def test_what_failed_is_not_asked_again(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fail(request: Any, *_: Any) -> HttpResponse:
        asked.append(request.path)
        raise OperationalError from QueryCanceled()

    monkeypatch.setattr(items, "listing", fail)
    monkeypatch.setitem(shortcut.PATHS, "/api/locate", fail)
    answer = short(path)
    assert (answer.status, asked) == (503, [path])
    assert TOO_LONG in answer.body.decode()


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/locate", {"method": "HEAD"}),
        ("/api/locate", {"method": "POST"}),
        ("/api/locate", {"HOST": "elsewhere.example"}),
        (ITEMS, {"method": "HEAD"}),
        (ITEMS, {"query": "f=csv"}),
        (ITEMS, {"ACCEPT": "text/html"}),
        (ITEMS, {"query": "name=%00"}),
        ("/api/locate", {"query": "q=a%00b"}),
        ("/api/locate", {"COOKIE": f"{settings.SESSION_COOKIE_NAME}=x"}),
        ("/api/locate", {"COOKIE": f"{settings.SESSION_COOKIE_NAME}=x; {COOKIE}=forged"}),
        ("/api/here", {}),
    ],
)
def test_all_else_goes_the_whole_way(path: str, more: dict[str, Any]) -> None:
    assert short(path, **more).status == 299


def test_a_pass_that_has_lapsed_is_renewed_by_the_whole_way(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}=x; {COOKIE}={sign(MANAGER)}"
    assert short("/api/locate", COOKIE=cookie).headers["Cache-Control"] == "private, no-store"
    monkeypatch.setattr("layers.scope.time", lambda: 9e12)
    assert short("/api/locate", COOKIE=cookie).status == 299


def test_who_asks_when_nobody_can_tell_is_looked_for_by_the_whole_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> Pass:
        raise Busy

    known_by(monkeypatch, fail)
    assert short("/api/locate").status == 299


def test_who_asks_for_what_is_guarded_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, reader = make(PipeSegment, code="GX-1-KEPT"), User.objects.create_user("guard")
    known_by(monkeypatch, lambda _: Pass(MANAGER, Bearer(reader.pk)))
    answer = short("/api/search", query=urlencode({"q": pipe.code}))
    assert [hit["id"] for hit in answer.json["results"]] == [pipe.pk]
    assert short("/ogc/collections/pipes/items", query="purpose=a").json["features"][0]["id"] == pipe.pk
    lon, lat, *_ = pipe.geom[0]
    here = short("/api/at", query=f"lon={lon}&lat={lat}&purpose=a").json
    assert [one["id"] for one in here["pipes"]["items"]] == [pipe.pk]
    assert list(Inquiry.objects.values_list("reader", "layer", "rows")) == [(reader.pk, "pipes", 1)] * 3


def known_by(monkeypatch: pytest.MonkeyPatch, proof: Callable[[str], Pass]) -> None:
    monkeypatch.setattr(server.application.supply, "gate", SimpleNamespace(proof=proof))


def test_the_server_takes_it() -> None:
    def never(*_: Any) -> HttpResponse:
        raise AssertionError("Django was asked")

    answer = ask(wsgi.compose(never), "/api/locate", query=urlencode(QUESTIONS["/api/locate"]))
    assert answer.status == 200
