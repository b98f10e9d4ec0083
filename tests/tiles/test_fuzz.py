"""Whatever strangers send to what answers before Django: no exception, no 5xx, clean headers, nothing kept for long."""

from __future__ import annotations

import functools
import gzip
import io
import json
import re
import sys
from base64 import b64encode
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from config import door, health, wsgi
from config.door import Door
from config.rsgi import Front
from layers import registry, scope
from layers.scope import COOKIE, Audience, Bearer, Role, sign
from tests import rsgi
from tests.factories import tile_at
from tiles import ready, witness
from tiles import server as tiles
from tiles.live import Live
from tiles.server import LONGEST_HEADER, LONGEST_PATH, Server, make

pytestmark = pytest.mark.django_db(transaction=True)
IDS = [layer.id for layer in registry.every()]
HEADER = re.compile(r"[\x20-\x7e]*")
NAME = re.compile(r"[A-Za-z0-9-]+")

# PEP 3333: strings of bytes as latin-1; a server passes on whatever it was sent.
wild = st.text(st.characters(max_codepoint=255), max_size=300)
long = st.integers(200, 70_000).map(lambda n: "9" * n)
words = st.sampled_from(
    ["tiles", "live", "changes", "raster", "export", "style.json", "..", ".", "", "%2e%2e", "0", "-1", "22", "23",
     "9" * 30, "\xb2", "1e3", "\0", "\r\nX: y", *IDS, "pipes.json", "roads.json", "a.pmtiles", "0.mvt",
     "0.png", "0@2x.webp"]
)  # fmt: skip
paths = st.one_of(
    wild.map("/tiles/".__add__),
    wild.map("/live/".__add__),
    st.lists(words | wild, max_size=7).map(lambda parts: "/" + "/".join(("tiles", *parts))),
    st.lists(st.sampled_from(IDS) | wild, max_size=30).map(lambda ids: f"/tiles/{','.join(ids)}/{tile_at(14)}.mvt"),
    st.lists(words | wild, max_size=3).map(lambda parts: "/" + "/".join(("live", *parts))),
    st.sampled_from(["/live/changes", "/healthz", "/readyz", "/metrics", "/tiles/style.json", "/tiles/areas.json"]),
)
queries = st.one_of(
    wild,
    st.lists(st.tuples(st.sampled_from(["since", "layers", "bbox", "x"]), wild | words | long), max_size=12).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
    st.sampled_from(["bbox=nan,nan,nan,nan", "bbox=1,2,3", "bbox=inf,0,1,1", "since=.", "layers=" + "," * 900]),
)
tokens = st.one_of(
    wild,
    long,
    st.builds(lambda role, area: sign(Audience(role, area)), st.sampled_from(Role), st.sampled_from(["", "0", "7"])),
    st.builds(lambda n: sign(Audience(Role.ADMIN), Bearer(n, n, "x")), st.integers(0, 2**63 - 1)),
    st.builds(lambda cut: sign(Audience(Role.ADMIN))[:cut], st.integers(0, 90)),
)
cookies = st.one_of(wild, long, tokens.map(f"{COOKIE}={{}}".format), tokens.map(f'a=b; {COOKIE}="{{}}"; ;=;'.format))
passwords = wild.map(lambda text: b64encode(text.encode("latin-1")).decode()) | st.just(b64encode(b"a:ct_x").decode())
headers = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_COOKIE": cookies,
        "HTTP_AUTHORIZATION": wild
        | long
        | st.tuples(st.sampled_from(["Bearer ", "basic ", "Basic\t", "Digest "]), wild | tokens | passwords).map(
            "".join
        ),
        "HTTP_HOST": wild | long.map("localhost:".__add__) | st.sampled_from(["localhost", "[::1]:8000", "a\r\nb", ""]),
        "HTTP_IF_NONE_MATCH": wild | long,
        "HTTP_ACCEPT_ENCODING": wild | long | st.sampled_from(["gzip;q=0", "gzip;q=x", "*;q=0.0", ","]),
        "HTTP_RANGE": wild | st.sampled_from(["bytes=-", "bytes=9-1", "bytes=0-0,1-1", "bytes=" + "9" * 18 + "-"]),
        "HTTP_IF_RANGE": wild,
        "HTTP_X_FORWARDED_PROTO": wild,
        "HTTP_X_FORWARDED_FOR": wild,
        "REMOTE_ADDR": wild,
    },
)
methods = st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "G\r\nT", ""]) | wild
fuzz = hypothesis(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def made() -> Iterator[Server]:
    one = make(interval_s=1.0)
    yield one
    for supply in (one.supply, tiles.application.supply):
        supply.forget()


@pytest.fixture(autouse=True)
def served(made: Server) -> Server:
    """The server, which reads the news from the start in each test: between two it is emptied. For a second a server
    would take such a database for a replica that lags, and say 503 to whoever shows a pass."""
    for supply in (made.supply, tiles.application.supply):
        supply.generations.forget()
    return made


def environ(method: str, path: str, query: str, more: dict[str, str]) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        **more,
    }


def answered(application: Any, asked: dict[str, Any]) -> int:
    """Ask; judge status, headers and length as a server would have to send them."""
    begun: list[Any] = []
    sent = application(asked, lambda *line: begun.extend(line))
    body = b"".join(sent)
    getattr(sent, "close", lambda: None)()
    status, said = begun[0], begun[1]
    assert re.fullmatch(r"[1-4]\d\d [A-Za-z ]+", status), (status, body[:300])
    for name, value in said:
        assert NAME.fullmatch(name), name
        assert HEADER.fullmatch(value), (name, value)
    lengths = [value for name, value in said if name == "Content-Length"]
    if lengths and asked["REQUEST_METHOD"] == "GET":
        assert lengths == [str(len(body))]
    if asked["REQUEST_METHOD"] == "HEAD":
        assert body == b""
    return int(status[:3])


@fuzz
@given(method=methods, path=paths, query=queries, more=headers)
def test_tiles_answer_anything(served: Server, method: str, path: str, query: str, more: dict[str, str]) -> None:
    answered(served, environ(method, path, query, more))


@fuzz
@given(method=methods, query=queries, more=headers)
def test_live_answers_anything(served: Server, method: str, query: str, more: dict[str, str]) -> None:
    answered(Live(served.supply), environ(method, "/live/changes", query, more))


@fuzz
@given(path=st.sampled_from(["/healthz", "/metrics"]), method=methods, query=queries, more=headers)
def test_health_answers_anything(path: str, method: str, query: str, more: dict[str, str]) -> None:
    asked = environ("GET", path, query, more)
    answered({"/healthz": health.alive, "/metrics": health.metrics}[path], asked)


@fuzz
@given(
    path=paths | st.lists(words | wild, max_size=4).map(lambda parts: "/" + "/".join(parts)),
    query=queries,
    more=headers,
)
def test_the_whole_answers_anything(path: str, query: str, more: dict[str, str]) -> None:
    assume(not path.startswith(("/static/", "/admin/")))
    answered(wsgi.application, environ("GET", path, query, more))


unicode = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
token = st.text("!#$%&'*+-.^_`|~0129AZaz", min_size=1, max_size=20)
value = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=300)
given_headers = st.one_of(
    st.tuples(st.just("cookie"), cookies.map(lambda text: "".join(c for c in text if 32 <= ord(c) != 127))),
    st.tuples(st.sampled_from(["content-length", "if-none-match", "if-range"]), value | long | st.just("12")),
    st.tuples(st.just("accept-encoding"), value | st.sampled_from(["gzip", "gzip;q=0", ","])),
    st.tuples(st.sampled_from(["host", "x-forwarded-proto", "x_forwarded_proto"]), value | st.just("localhost")),
    st.tuples(st.sampled_from(["authorization", "range", "content-type", "transfer-encoding"]), value),
    st.tuples(token.map(str.lower), value),
)
told_paths = paths.map(lambda text: text.encode("latin-1").decode("utf-8", "replace")) | unicode.map("/".__add__)


@pytest.fixture
def front(served: Server) -> Front:
    """The loop before tiles and news, and before a page that reads all that Django does of a request."""

    def read(environ: Any, start_response: Any) -> list[bytes]:
        request = WSGIRequest(environ)
        said = (request.path, request.GET, request.POST, request.COOKIES, dict(request.headers), request.encoding)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [repr(said).encode("utf-8", "backslashreplace")]

    def whole(environ: Any, start_response: Any) -> Any:
        raw: dict[str, Any] = {"tiles": served, "live": Live(served.supply)}
        return raw.get(environ["PATH_INFO"].split("/")[1], read)(environ, start_response)

    return Front(whole, served, threads=2)


@fuzz
@given(
    method=token | st.sampled_from(["GET", "GET", "HEAD", "POST"]),
    path=told_paths,
    query=queries | unicode,
    more=st.lists(given_headers, max_size=12),
)
def test_the_loop_answers_anything(
    front: Front, method: str, path: str, query: str, more: list[tuple[str, str]]
) -> None:
    """As Granian tells it: a path decoded, headers that come twice, some that cannot be read."""
    for _ in range(2):  # kept, the second time
        [(status, said, body)] = rsgi.got(front, [rsgi.scope(path, method, query, more)])
        assert 200 <= status < 500
        for name, text in said.items():
            assert NAME.fullmatch(name), name
            assert HEADER.fullmatch(text), (name, text)
        assert method != "GET" or int(said.get("Content-Length", len(body))) == len(body)
    assert (front._bodies._held, front._crew.waiting) == (0, 0)


def caches() -> dict[str, Any]:
    """Everything remembered by a function, in the modules that strangers reach."""
    found = {}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("tiles", "layers", "frontend", "config"):
            for one in vars(module).values():
                if isinstance(one, functools._lru_cache_wrapper):
                    found[f"{one.__module__}.{one.__qualname__}"] = one
    return found


OURS_ALONE = {"layers.coarse.views", "tiles.wall.read_by", "tiles.wall.named", "tiles.wall.digest"}
"""Remembered without a bound: by declaration or by nothing, never by what somebody sends."""


def test_nothing_is_remembered_without_a_bound() -> None:
    endless = {name for name, one in caches().items() if one.cache_parameters()["maxsize"] is None}
    assert {name for name in endless if name.startswith(("layers", "tiles"))} <= OURS_ALONE, "name it, or bound it"


GZIP = {"HTTP_ACCEPT_ENCODING": "gzip"}


def test_what_is_remembered_of_strangers_is_short(served: Server) -> None:
    """A path, a header or a token that is longer than any of ours leaves no trace; nor do hosts, tokens that are worth
    nothing, and looks of who has no account."""
    watched = (tiles.route, tiles.accepts_gzip, scope._prove)
    assert {one.cache_parameters()["maxsize"] for one in watched} <= {256, 4096, 8192}
    entry = Door(served, served.supply.gate)
    shown = f"/tiles/areas/{tile_at(14)}.mvt"
    for path, usual in product(("/tiles/areas.json", shown), (GZIP, {})):
        answered(entry, environ("GET", path, "", usual))

    def remembered() -> tuple[object, ...]:
        kept = len(entry._given), len(served.witness._kept), served.ready.used, served.supply.cache.used
        return *kept, *(one.cache_info().currsize for one in watched)

    before = remembered()
    for n in range(50):
        long_ = f"{n}" * 70_000
        for path in ("/tiles/areas.json", shown):
            for name in ("COOKIE", "IF_NONE_MATCH", "ACCEPT_ENCODING"):
                more = GZIP | {f"HTTP_{name}": f"{COOKIE}={long_}"}
                assert answered(entry, environ("GET", path, "", more)) in (200, 204)
        assert answered(entry, environ("GET", "/tiles/areas.json", "", {"HTTP_HOST": f"localhost:{long_}"})) == 400
        assert answered(entry, environ("GET", "/tiles/areas.json", "", {"HTTP_HOST": f"localhost:{8000 + n}"})) == 200
        assert answered(entry, environ("GET", f"/tiles/{long_}.json", "", {})) == 404
        assert answered(entry, environ("GET", shown, "", {"HTTP_AUTHORIZATION": f"Bearer ct_{long_}"})) == 401
        assert answered(entry, environ("GET", shown, "", {"HTTP_AUTHORIZATION": f"Bearer ct_{n}"})) == 401
    assert remembered() == before
    assert LONGEST_PATH <= 1000
    assert LONGEST_HEADER <= 1000


def test_what_is_remembered_in_all_is_bounded() -> None:
    """Beside functions: what the server, the door and the witness keep of whoever comes."""
    assert ready.MOST_BYTES <= 64 * 2**20
    assert max(door.MOST, ready.LONGEST) <= 4096
    assert witness.MOST <= 100_000


def test_a_host_of_any_port_is_written_into_json_alone(served: Server) -> None:
    begun: list[Any] = []
    body = b"".join(
        served(environ("GET", "/tiles/areas.json", "", {"HTTP_HOST": "localhost:8080"}), lambda *a: begun.extend(a))
    )
    assert json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)["tiles"][0].startswith(
        "http://localhost:8080/tiles/"
    )
    assert not any("8080" in value for _, value in begun[1])
