"""The front door: who answers which path, with which headers, and what a failure looks like."""

import json
import re
import socket
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.test import Client, override_settings
from django.urls import path

from config import errors, health, measure, wsgi
from gis.errors import ChengtuError, Conflict, Invalid, NotAllowed, NotFound
from tests.config.front_door import folder, get, manage, serving

RAISED: dict[str, Exception] = {
    "found": NotFound("没有这个图层 / no such layer"),
    "http404": Http404("secret detail"),
    "invalid": Invalid("bbox 应为四个数 / bbox must be four numbers"),
    "forbidden": NotAllowed("不可编辑 / may not edit"),
    "denied": PermissionDenied("secret detail"),
    "conflict": Conflict("与已有分区重叠 / overlaps a zoning"),
    "away": OperationalError("secret detail"),
    "bug": ProgrammingError("SELECT secret detail"),
}


def explode(request: HttpRequest, name: str) -> HttpResponse:
    raise RAISED[name]


def own_words(request: HttpRequest) -> HttpResponse:
    return HttpResponse("自己的话", status=404)


def silent(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotAllowed(["POST"])


urlpatterns = [
    path("page/own", own_words),
    path("page/silent", silent),
    path("api/<name>", explode),
    path("page/<name>", explode),
]


@pytest.mark.parametrize("url", ["/healthz", "/readyz", "/metrics", "/admin/login/"])
def test_the_door_is_open(server: str, url: str) -> None:
    assert get(server + url).status == 200


@pytest.mark.parametrize("url", ["/tiles/x/0/0/0.mvt", "/live/changes"])
def test_tiles_and_live_never_meet_django(url: str) -> None:
    def forbidden(environ: Any, start_response: Any) -> list[bytes]:
        raise AssertionError("Django was asked")

    seen: list[str] = []
    environ = {"PATH_INFO": url, "REQUEST_METHOD": "GET", "QUERY_STRING": "", "SERVER_NAME": "x", "SERVER_PORT": "80"}
    wsgi.compose(forbidden)(environ, lambda status, headers, exc_info=None: seen.append(status))
    assert seen


def test_headers_allow_nothing_from_outside(server: str) -> None:
    headers = get(server + "/admin/login/").headers
    policy = headers["Content-Security-Policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"][0] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == ["'none'"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=(self)" in headers["Permissions-Policy"]


def test_an_error_page_carries_the_same_headers(server: str) -> None:
    answer = get(server + "/nowhere")
    assert answer.status == 404
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = answer.body.decode()
    assert "找不到" in page
    assert "/accounts/login/?next=/nowhere" in page
    nonce = page.partition('nonce="')[2].partition('"')[0]  # of what sets the theme before anything is painted
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]


TONGUES = (
    ("", {}, "zh-hans"),
    ("", {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}, "en"),
    ("", {"Accept-Language": "en", "Cookie": "django_language=zh-hans"}, "zh-hans"),
    ("?lang=en", {"Accept-Language": "zh-CN"}, "en"),
    ("?lang=zh", {"Accept-Language": "en"}, "zh-hans"),
    ("?lang=en&bad=%00", {}, "en"),  # refused before Django has chosen a language
)


@pytest.mark.parametrize(("query", "headers", "language"), TONGUES)
def test_an_error_page_speaks_its_readers_language(
    server: str, query: str, headers: dict[str, str], language: str
) -> None:
    answer = get(f"{server}/nowhere{query}", **headers)
    page = answer.body.decode()
    said, back = re.findall(r"<h1>(.+)</h1>", page)[0], re.findall(r'href="/map">([^<]+)</a></p>', page)[0]
    words = {"zh-hans": ("找不到", "返回地图"), "en": ("Not found", "Back to the map")}
    refused = {"zh-hans": ("请求有误", "返回地图"), "en": ("The request is not valid", "Back to the map")}
    assert (said, back) == (refused if "bad" in query else words)[language]
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{"en" if language == "en" else "zh-CN"}">' in page


def test_an_unknown_api_path_answers_json(server: str) -> None:
    answer = get(server + "/api/nowhere")
    assert answer.status == 404
    assert json.loads(answer.body) == {"error": errors.SENTENCES[404], "status": 404}


@pytest.mark.django_db
def test_a_forged_form_and_a_foreign_host_are_refused_in_our_words(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    forged = strict.post("/admin/login/", {"username": "a"})
    assert (forged.status_code, "没有权限" in forged.content.decode()) == (403, True)
    foreign = client.get("/admin/login/", headers={"host": "evil.example"})
    assert (foreign.status_code, "evil" in foreign.content.decode()) == (400, False)


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.config.test_wsgi")
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("found", 404),
        ("http404", 404),
        ("invalid", 400),
        ("forbidden", 403),
        ("denied", 403),
        ("conflict", 409),
        ("away", 503),
        ("bug", 500),
    ],
)
def test_every_error_has_its_status_and_keeps_its_secrets(client: Client, name: str, status: int) -> None:
    as_json, as_page = client.get(f"/api/{name}"), client.get(f"/page/{name}")
    assert as_json.status_code == as_page.status_code == status
    assert as_json.json()["status"] == status
    for answer in (as_json, as_page):
        assert "secret" not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
    if isinstance(RAISED[name], ChengtuError):
        assert as_json.json()["error"] == str(RAISED[name])
        assert str(RAISED[name]).partition(" / ")[0] in as_page.content.decode()


@override_settings(ROOT_URLCONF="tests.config.test_wsgi")
def test_a_views_own_words_stay_and_silence_is_explained(client: Client) -> None:
    assert client.get("/page/own").content.decode() == "自己的话"
    refused = client.get("/page/silent")
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    assert "不支持此方法" in refused.content.decode()


def test_metrics_count_by_class_of_route(server: str) -> None:
    get(server + "/tiles/x/0/0/0.mvt")
    get(server + "/some/page")
    text = get(server + "/metrics").body.decode()
    assert re.search(r'chengtu_requests_total\{route="tiles",status="\d{3}"\} \d', text)
    assert 'route="page"' in text
    assert "some/page" not in text


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP", "Via"])
def test_metrics_are_not_for_the_world(server: str, header: str) -> None:
    assert get(server + "/metrics", **{header: "203.0.113.9"}).status == 404


def test_metrics_refuse_another_machine() -> None:
    assert not health._is_local({"REMOTE_ADDR": "203.0.113.9"})
    assert health._is_local({"REMOTE_ADDR": "::1"})


@pytest.mark.parametrize(
    ("url", "route"),
    [("/tiles/a/1/1/1.mvt", "tiles"), ("/map", "page"), ("/", "page"), ("/api/search", "api"), ("", "page")],
)
def test_route_classes_are_few(url: str, route: str) -> None:
    assert measure.route_class(url) == route


@pytest.mark.django_db
def test_ready_means_every_migration_is_applied() -> None:
    from django.db.migrations.recorder import MigrationRecorder

    assert health.obstacle() == ""
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    assert "1" in health.obstacle()


def test_without_a_database_the_process_lives_and_says_that_it_is_not_ready() -> None:
    with (
        folder() as var,
        serving(VAR=str(var), DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/town") as (base, process),
    ):
        (var / "static").mkdir(exist_ok=True)
        assert get(base + "/healthz").status == 200
        ready = get(base + "/readyz")
        assert ready.status == 503
        assert "数据库" in json.loads(ready.body)["reason"]
        assert b"hunter2" not in ready.body
        process.terminate()
        assert process.wait(30) == 0


def test_a_busy_port_stops_the_server_with_one_sentence() -> None:
    with folder() as var, socket.create_server(("127.0.0.1", 0)) as taken:
        done = manage("serve", VAR=str(var), PORT=str(taken.getsockname()[1]))
    assert done.returncode != 0
    assert "PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_variable_stops_the_server_with_one_sentence() -> None:
    with folder() as var:
        done = manage("serve", VAR=str(var), HOST="0.0.0.0")
    assert done.returncode != 0
    assert "ALLOWED_HOSTS" in done.stderr
    assert "Traceback" not in done.stderr
