"""What ships beside the code: compose file, nginx in front, and no tracked file that names an outside host."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import env
from tests.config.front_door import ROOT, environment, get
from tests.config.proxy import fronted
from tiles.server import ALWAYS_ASK, CACHING

COMPOSE = next((c for c in (["docker-compose"], ["docker", "compose"]) if shutil.which(c[0])), None)
ETAG = 'W/"the same for ever"'
# Written in pieces, or this file would be the one that names them.
REGISTRIES = [
    a + b for a, b in (("pypi.", "org"), ("pythonhosted.", "org"), ("registry.", "npmjs"), ("npm", "mirror.com"))
]
PLACES = [a + b for a, b in (("/wo", "rk/"), ("/ro", "ot/"), ("/tmp/", "plan"))]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="ignore")


def services(*profile: str, **variables: str) -> dict[str, Any]:
    """What compose would start."""
    if COMPOSE is None:
        pytest.skip("docker-compose is not installed")
    done = subprocess.run(
        [*COMPOSE, *profile, "config"], cwd=ROOT, env=environment(**variables), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout)["services"])


def test_compose_needs_no_profile() -> None:
    found = {name: service for name, service in services().items() if "profiles" not in service}
    assert set(found) == {"db", "web", "nginx"}
    assert found["db"]["image"] == "postgis/postgis:15-3.3"


def test_the_door_of_the_second_profile_waits_for_both_nodes_and_asks_both() -> None:
    found = services("--profile", "scale", DATABASE_HOSTS="db,replica")
    nodes = set(re.findall(r"^server (\w+):8000 ", text_of(ROOT / "deploy" / "nodes.conf"), re.MULTILINE))
    assert nodes == {"web", "web2"}
    front = found["front"]
    assert {name for name, how in front["depends_on"].items() if how["condition"] == "service_healthy"} == nodes
    assert f"{ROOT}/deploy/nodes.conf:/etc/nginx/nodes.conf:ro" in front["volumes"]
    assert not set(front["ports"]) & set(found["nginx"]["ports"])
    for node in nodes:
        address = found[node]["environment"]["DATABASE_URL"]
        assert address.endswith("@db,replica/chengtu?target_session_attrs=read-write")
        env.read({"DATABASE_URL": address})


def test_no_image_floats() -> None:
    images = re.findall(r"^\s*image:\s*(\S+)", text_of(ROOT / "docker-compose.yml"), re.MULTILINE)
    files = sorted((ROOT / "deploy").glob("Dockerfile*"))
    assert len(files) == 2
    images += [image for file in files for image in re.findall(r"^FROM (\S+)", text_of(file), re.MULTILINE)]
    assert len(images) > len(files)
    for image in images:
        assert re.search(r":\d[\w.-]*$", image), image


def test_no_tracked_file_names_a_registry_or_a_place_of_one_machine() -> None:
    found = [
        (path.relative_to(ROOT).as_posix(), word)
        for path in tracked()
        for word in REGISTRIES + PLACES
        if word in text_of(path)
    ]
    assert found == []


def test_nothing_served_names_an_outside_host() -> None:
    served = (".html", ".js", ".mjs", ".css", ".svg", ".json", ".webmanifest")
    allowed = re.compile(r"https?://(www\.w3\.org/|127\.0\.0\.1|localhost)")
    found = [
        (path.relative_to(ROOT).as_posix(), url)
        for path in tracked()
        if path.suffix in served and path.relative_to(ROOT).parts[0] in ("config", "frontend", "layers", "tiles", "gis")
        for url in re.findall(r"https?://[^\s\"'<>)]+", text_of(path))
        if not allowed.match(url)
    ]
    assert found == []


def test_lock_files_hash_everything_and_name_no_host() -> None:
    npm = text_of(ROOT / "package-lock.json")
    assert '"resolved"' not in npm
    assert npm.count('"integrity"') == npm.count('"node_modules/')
    for name in ("requirements.lock", "requirements-dev.lock", "setup/node.lock"):
        text = text_of(ROOT / name)
        assert "://" not in text
        pins = re.findall(r"^[\w.\[\]-]+==.*", text, re.MULTILINE)
        assert pins
        assert all(pin.endswith("\\") for pin in pins)


class Counting(BaseHTTPRequestHandler):
    """Answers each request with the number of requests so far."""

    protocol_version = "HTTP/1.1"
    asked = 0
    confirmed = 0
    busy = False

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.busy:
            self.send_error(503)
            return
        heard = [self.headers.get(name, "") for name in ("Cookie", "Range")]
        body = f"{self.asked} {self.path} {heard}".encode()
        if self.headers.get("If-None-Match") == ETAG:
            type(self).confirmed += 1
            self.send_response(304)
            self.send_header(*ALWAYS_ASK)
            self.end_headers()
            return
        time.sleep(0.3 if "cold" in self.path else 0)
        self.send_response(200)
        self.send_header("ETag", ETAG)
        self.send_header(*ALWAYS_ASK)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", CACHING[True])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def counting() -> Iterator[ThreadingHTTPServer]:
    """A server that counts, and says that nothing changed when it is asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as origin:
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        yield origin
        origin.shutdown()


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    """The shipped nginx configuration before it."""
    with counting() as origin, fronted(origin.server_port) as url:
        yield url


def test_nginx_keeps_a_strangers_tile(front: str) -> None:
    confirmed = Counting.confirmed
    first, second = get(front + "/tiles/a/1/1/1.mvt"), get(front + "/tiles/a/1/1/1.mvt")
    assert first.body == second.body
    assert second.headers["X-Cache"] == "REVALIDATED"
    assert ALWAYS_ASK[0] not in second.headers
    assert Counting.confirmed == confirmed + 1  # it was asked whether the tile is true, and sent no body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/tiles/a/2/1/1.mvt?v=2", {}),
        ("/tiles//a/2/1/1.mvt", {}),
        ("/tiles/%61/2/1/1.mvt", {}),
        ("/tiles/a/2/1/1.mvt", {"Cookie": "django_language=en; csrftoken=x"}),
        ("/tiles/a/2/1/1.mvt", {"Accept_Language": "en", "Host": "another.example"}),
        ("/tiles/a/2/1/1.mvt", {"Accept_Encoding": "br, gzip;q=0"}),
    ],
)
def test_nothing_a_stranger_adds_makes_a_copy_of_his_own(front: str, path: str, headers: dict[str, str]) -> None:
    first = get(front + "/tiles/a/2/1/1.mvt", Cookie="theme=dark")
    again = get(front + path, **headers)
    assert (again.body, again.headers["X-Cache"]) == (first.body, "REVALIDATED")
    assert b" /tiles/a/2/1/1.mvt ['', '']" in first.body


def test_what_names_its_host_is_kept_by_host(front: str) -> None:
    url = front + "/tiles/a.json"
    assert get(url).body != get(url, Host="another.example").body


def test_a_nodes_patience_is_handed_on_not_an_old_tile(front: str) -> None:
    url = front + "/tiles/a/3/1/1.mvt"
    assert get(url).status == 200
    Counting.busy = True
    try:
        assert get(url).status == 503
    finally:
        Counting.busy = False
    assert get(url).headers["X-Cache"] == "REVALIDATED"


def test_the_last_tile_is_marked_while_no_node_answers() -> None:
    with counting() as origin, fronted(origin.server_port) as url:
        before = get(url + "/tiles/a/4/1/1.mvt")
        origin.shutdown()
        origin.server_close()
        after = get(url + "/tiles/a/4/1/1.mvt")
    assert (after.body, after.headers["X-Cache"], after.headers["X-Tile-Stale"]) == (before.body, "STALE", "1")
    assert "X-Tile-Stale" not in before.headers


def test_a_range_of_an_archive_goes_through_and_nothing_of_it_is_kept(front: str) -> None:
    url = front + "/tiles/export/city.pmtiles"
    first, second = (get(url, Range=f"bytes=0-{last}") for last in (6, 7))
    assert b"'bytes=0-6'" in first.body
    assert b"'bytes=0-7'" in second.body
    assert "X-Cache" not in second.headers


def test_nginx_asks_once_for_what_many_want(front: str) -> None:
    asked = Counting.asked - Counting.confirmed
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(get, [front + "/tiles/cold/1/1/1.mvt"] * 50))
    assert len({answer.body for answer in answers}) == 1
    assert {answer.status for answer in answers} == {200}
    assert Counting.asked - Counting.confirmed == asked + 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "audience=signed"},
        {"Cookie": "audience=; audience=signed"},
        {"Cookie": "a=1; AUDIENCE=signed"},
        {"Cookie": "audience=0"},
        {"Cookie": "sessionid=abc"},
        {"Authorization": "Basic abc"},
    ],
)
def test_nginx_never_mixes_audiences(front: str, headers: dict[str, str]) -> None:
    url = front + "/tiles/pipes/1/1/1.mvt"
    somebody = get(url, **headers)
    assert somebody.headers["X-Cache"] == "BYPASS"
    stranger = get(url)
    assert stranger.body != somebody.body
    assert get(url, **headers).body not in (somebody.body, stranger.body)


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_nginx_keeps_the_operators_pages_to_itself(front: str, path: str) -> None:
    assert get(front + path).status == 404


def test_nginx_slows_down_who_guesses_passwords(front: str) -> None:
    statuses = [get(front + path).status for path in ("/accounts/login/", "/admin/login/") * 15]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert get(front + "/map").status == 200
