"""The examples of the guides of questions and addresses answer over the invented town, each with something."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from config.env import ROOT
from gis.locate import index
from gis.models import Address, Facility
from tests.town import copied, invented_town

GUIDE, ADDRESSES = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("questions.md", "addresses.md"))
PLAIN = re.findall(r"curl 'http://127.0.0.1:8000(/api/[^']+)'\n", GUIDE)
POSTED = re.findall(
    r"curl 'http://127.0.0.1:8000(/api/[^']+)' \\\n +-H 'Content-Type: ([^']+)' \\\n +-d '([^']+)'", GUIDE
)
BUILDS = r"curl -G 'http://127.0.0.1:8000(/api/[^']+)'((?:[ \\\n]+--data-urlencode '[^']+')+)"
BUILT = re.findall(BUILDS, GUIDE)
ASKED = [(path, None) for path in PLAIN] + [
    (path, dict(re.findall(r"'([a-z]+)=([^']+)'", more))) for path, more in BUILT
]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), copied(invented_town):
        yield


def test_the_guide_has_them_all() -> None:
    assert {path.partition("?")[0] for path, _ in ASKED} == {
        "/api/at",
        "/api/within",
        "/api/along",
        "/api/crossings",
        "/api/near",
    }


@pytest.mark.parametrize(("path", "said"), ASKED)
def test_an_example_finds_something(town: None, client: Any, path: str, said: dict[str, str] | None) -> None:
    answer = client.get(path, said)
    assert answer.status_code == 200, answer.content.decode()
    told = answer.json()
    assert told.get("items", told.get("layers", told.get("areas")))


@pytest.mark.parametrize(("path", "kind", "body"), POSTED)
def test_a_shape_in_a_body_finds_something(town: None, client: Any, path: str, kind: str, body: str) -> None:
    answer = client.post(path, body, content_type=kind)
    assert answer.status_code == 200, answer.content.decode()
    told = answer.json()["layers"]
    assert [len(one["over_time"]) for one in told] == [12, 12]
    assert any(step["count"] for one in told for step in one["over_time"])


def test_the_guide_has_an_example_of_a_body() -> None:
    assert len(POSTED) == 1


def test_the_examples_of_addresses_find_what_they_name(town: None, client: Any) -> None:
    def ask(path: str, said: dict[str, str] | None = None) -> Any:
        answer = client.get(path, said)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    index.catch_up()
    plain = re.findall(r"curl 'http://127.0.0.1:8000(/[^']+)'\n", ADDRESSES)
    assert len(plain) == 4, "every example is asked below"
    letters, here, typed, code = (ask(path) for path in plain)
    door, crossing = (
        ask(path, dict(re.findall(r"'([a-z]+)=([^']+)'", more))) for path, more in re.findall(BUILDS, ADDRESSES)
    )
    stored = Address.objects.get(road="云汀大道", number="521").geom
    for told in (door, letters):
        first = told["results"][0]
        assert (first["precision"], "521" in first["title"]) == ("number", True)
        assert (first["lon"], first["lat"]) == pytest.approx((stored.x, stored.y), abs=2e-4), "at the door or its house"
    assert crossing["results"][0]["precision"] == "crossing"
    assert here["sentence"]
    assert typed["results"][0]["title"] == "云汀大道"
    assert code["title"] == Facility.objects.get(code="9901010201000001").name
