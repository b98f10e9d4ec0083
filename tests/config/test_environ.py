"""A request of Granian's as WSGI wants it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.core.handlers.wsgi import WSGIRequest
from hypothesis import given
from hypothesis import strategies as st

from config.environ import LONGEST_NAME, MOST_NAMES, environ


def made(body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), **more: str) -> dict[str, Any]:
    said = {
        "method": "GET",
        "path": "/",
        "query_string": "",
        "http_version": "1.1",
        "scheme": "http",
        "client": "10.1.2.3:4711",
        "server": "127.0.0.1:8000",
        **more,
    }
    return environ(SimpleNamespace(**said, headers=SimpleNamespace(items=lambda: list(headers))), body)  # type: ignore[arg-type]  # all that it reads


def test_a_form_arrives_with_its_headers() -> None:
    headers = (("host", "map.example"), ("content-type", "text/plain"), ("content-length", "3"), ("x-csrftoken", "t"))
    request = WSGIRequest(made(b"abc", headers, method="POST", path="/a/b", query_string="q=1"))
    assert (request.method, request.path, request.GET["q"], request.body) == ("POST", "/a/b", "1", b"abc")
    assert (request.headers["X-CSRFToken"], request.content_type) == ("t", "text/plain")
    assert request.META["REMOTE_ADDR"] == "10.1.2.3"


def test_a_header_that_comes_twice_is_joined_and_cookies_as_browsers_join_them() -> None:
    found = made(headers=(("x-a", "1"), ("cookie", "a=1"), ("x-a", "2"), ("cookie", "b=2")))
    assert (found["HTTP_X_A"], found["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")


def test_nobody_passes_for_the_proxy_by_an_underscore() -> None:
    found = made(headers=(("x_forwarded_proto", "https"), ("x-forwarded-proto", "http")))
    assert found["HTTP_X_FORWARDED_PROTO"] == "http"


def test_names_that_strangers_think_of_are_read_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr("config.environ._names", kept)
    for n in range(2 * MOST_NAMES):
        for name in (f"x-{n}", f"x-{n}-{'long' * 1000}"):
            assert made(headers=((name, "1"),))[f"HTTP_{name.upper().replace('-', '_')}"] == "1"
    assert len(kept) == MOST_NAMES
    assert max(map(len, kept)) <= LONGEST_NAME <= 100


@pytest.mark.parametrize(("told", "host", "port"), [("[::1]:80", "::1", "80"), ("1.2.3.4:5", "1.2.3.4", "5")])
def test_addresses(told: str, host: str, port: str) -> None:
    found = made(client=told, server=told)
    assert (found["REMOTE_ADDR"], found["SERVER_NAME"], found["SERVER_PORT"]) == (host, host, port)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_path_and_words_reach_django_as_they_were(text: str) -> None:
    request = WSGIRequest(made(path=f"/{text}", query_string=f"q={quote(text)}&城={quote('区')}"))
    assert request.path_info == f"/{text}"
    assert (request.GET["q"], request.GET["城"]) == (unquote(quote(text)), "区")
