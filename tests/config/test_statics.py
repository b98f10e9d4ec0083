"""A page that is open keeps its files: each release has a folder of its own, and the last few are served."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config import statics

NAMES = ["0123456789", "aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"]


@pytest.fixture
def releases(settings: Any, tmp_path: Path) -> list[Path]:
    """Four releases, the newest last, and what an earlier way of keeping them left."""
    found = [tmp_path / name for name in NAMES]
    for age, folder in enumerate((tmp_path / "frontend", *found)):
        folder.mkdir()
        (folder / "main.js").write_text(f"// {folder.name}")
        os.utime(folder, (age, age))
    settings.STATIC_ROOT, settings.STATIC_URL = found[-1], f"/static/{NAMES[-1]}/"
    return found


def missing(_: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


@pytest.mark.django_db  # the end of an answer looks after connections
def test_a_page_of_an_older_release_finds_its_files(releases: list[Path]) -> None:
    asked = statics.Statics(missing)
    for folder in releases:
        answer = asked(RequestFactory().get(f"/static/{folder.name}/main.js"))
        assert b"".join(answer.streaming_content).decode() == f"// {folder.name}"
        answer.close()
    assert asked(RequestFactory().get("/static/frontend/main.js")).status_code == 404


def test_what_is_long_gone_is_deleted(releases: list[Path]) -> None:
    statics.forget()
    assert [folder.exists() for folder in releases] == [False, True, True, True]


def test_a_release_that_is_gone_back_to_is_none_of_them(releases: list[Path], settings: Any) -> None:
    settings.STATIC_ROOT = releases[0]
    statics.forget()
    assert [folder.exists() for folder in releases] == [True, False, True, True]


def test_a_release_whose_files_are_not_there_collects_them(releases: list[Path], settings: Any) -> None:
    assert statics.collected()
    settings.STATIC_ROOT = releases[-1].with_name("dddddddddd")
    assert not statics.collected()
    statics.Statics(missing)  # a warning would be an error here
    assert not settings.STATIC_ROOT.exists()
    settings.STATIC_ROOT.mkdir()
    assert not statics.collected()
    settings.STATIC_ROOT = settings.VAR / "nothing" / "eeeeeeeeee"
    assert not statics.collected()
