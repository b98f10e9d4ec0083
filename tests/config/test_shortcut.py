"""Questions answered before Django's middleware: word for word the same answers, and only where nothing else is due."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from config import shortcut, wsgi
from gis.models import PipeSegment
from layers.models import Inquiry
from layers.scope import COOKIE, STRANGER, Audience, Bearer, Pass, Role, sign
from tests.client import Answer, ask, kept_open  # noqa: F401  a fixture
from tests.factories import make
from tiles import server
from tiles.pool import Busy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_open")]
QUESTIONS = {
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
def test_headers_and_words_are_those_of_the_whole_way(path: str) -> None:
    answer, told = short(path), Client().get(path, QUESTIONS[path])
    assert answer.json == told.json()
    assert answer.headers.pop("Content-Encoding") == "gzip"
    assert "Content-Encoding" not in short(path, ACCEPT_ENCODING="identity").headers
    differing = {"Content-Length", "Content-Language", "Vary", "Expires"}  # they say everything in two languages
    assert {**answer.headers} | dict.fromkeys(differing) == dict(told.items()) | dict.fromkeys(differing)
    assert answer.headers["Vary"] == "Cookie, Accept-Encoding"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/locate", {"method": "HEAD"}),
        ("/api/locate", {"method": "POST"}),
        ("/api/locate", {"HOST": "elsewhere.example"}),
        ("/api/locate", {"query": "q="}),
        ("/api/locate", {"query": "q=a%00b"}),
        ("/api/reverse", {"query": "lon=900&lat=0"}),
        ("/api/locate", {"COOKIE": f"{settings.SESSION_COOKIE_NAME}=x"}),
        ("/api/locate", {"COOKIE": f"{settings.SESSION_COOKIE_NAME}=x; {COOKIE}=forged"}),
        ("/api/at", {}),
    ],
)
def test_all_else_goes_the_whole_way(path: str, more: dict[str, Any]) -> None:
    assert short(path, **more).status == 299


def test_a_pass_that_has_lapsed_is_renewed_by_the_whole_way(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}=x; {COOKIE}={sign(MANAGER)}"
    assert short("/api/locate", COOKIE=cookie).headers["Cache-Control"] == "private, no-store"
    monkeypatch.setattr("layers.scope.time", lambda: 9e12)
    assert short("/api/locate", COOKIE=cookie).status == 299


@pytest.mark.parametrize("failure", [Busy, RuntimeError])
def test_what_fails_is_answered_by_the_whole_way(monkeypatch: pytest.MonkeyPatch, failure: type[Exception]) -> None:
    def fail(_: str) -> Pass:
        raise failure

    known_by(monkeypatch, fail)
    assert short("/api/locate").status == 299


def test_who_asks_for_what_is_guarded_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, reader = make(PipeSegment, code="GX-1-KEPT"), User.objects.create_user("guard")
    known_by(monkeypatch, lambda _: Pass(MANAGER, Bearer(reader.pk)))
    answer = short("/api/search", query=urlencode({"q": pipe.code}))
    assert [hit["id"] for hit in answer.json["results"]] == [pipe.pk]
    assert list(Inquiry.objects.values_list("reader", "layer", "rows")) == [(reader.pk, "pipes", 1)]


def known_by(monkeypatch: pytest.MonkeyPatch, proof: Callable[[str], Pass]) -> None:
    monkeypatch.setattr(server.application.supply, "gate", SimpleNamespace(proof=proof))


def test_the_server_takes_it() -> None:
    def never(*_: Any) -> HttpResponse:
        raise AssertionError("Django was asked")

    answer = ask(wsgi.compose(never), "/api/locate", query=urlencode(QUESTIONS["/api/locate"]))
    assert answer.status == 200
