"""The invented town is for a database in which nothing ever was."""

import pytest

from config.management.commands.prepare import empty
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
