"""The examples of the guide of questions answer over the invented town, each with something."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from config.env import ROOT
from tests.town import copied, invented_town

GUIDE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
PLAIN = re.findall(r"curl 'http://127.0.0.1:8000(/api/[^']+)'\n", GUIDE)
POSTED = re.findall(
    r"curl 'http://127.0.0.1:8000(/api/[^']+)' \\\n +-H 'Content-Type: ([^']+)' \\\n +-d '([^']+)'", GUIDE
)
BUILT = re.findall(r"curl -G 'http://127.0.0.1:8000(/api/[^']+)'((?:[ \\\n]+--data-urlencode '[^']+')+)", GUIDE)
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
