"""The invented town is for a database in which nothing ever was."""

from pathlib import Path
from typing import Any

import pytest

from config.management.commands.prepare import empty, keep_private
from gis.models import Facility, ImportRun
from tests.factories import make

pytestmark = pytest.mark.django_db


def test_a_new_database_is_empty_and_one_with_a_place_is_not() -> None:
    assert empty()
    make(Facility)
    assert not empty()


def test_a_town_that_was_forgotten_does_not_come_back() -> None:
    ImportRun.objects.create(subject="forget", source="示例数据(虚构)", file="", sha256="", crs="")
    assert not empty()


def test_files_handed_in_are_closed_to_other_users_of_the_machine(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    (tmp_path / "imports").mkdir(mode=0o755)
    keep_private()
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("imports", "rasters")] == [0o700, 0o700]
