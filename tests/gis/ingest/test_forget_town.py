"""A whole town is sent away, and can come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from data.town import plan
from gis.models import Area, Building, BuildingCode, FenceVersion, Roll, SegmentHead, Sourced, Unit, Zoning
from layers.models import Account
from tests.gis.ingest.test_forget import forget
from tests.town import copied, invented_town

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The town is there."""
    with django_db_blocker.unblock(), copied(invented_town):
        yield


def test_the_whole_invented_town_goes_and_can_come_back(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    before = Building.objects.count()
    Account.objects.create(user=User.objects.create(username="u"), area=Area.objects.first())
    forget(plan.SOURCE, "--yes")
    for model in apps.get_app_config("spatial").get_models():
        if issubclass(model, Sourced) or model in (Zoning, FenceVersion, SegmentHead, Roll, Unit, BuildingCode):
            assert not model._default_manager.exists(), model
    assert not Account.objects.exists(), "whoever answered for a part of the town answers for nothing now"
    assert User.objects.exists()
    invented_town()
    assert Building.objects.count() == before
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Zoning.objects.all()._raw_delete("default")
