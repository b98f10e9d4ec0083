"""The invented town as it was loaded: once, whole, consistent in itself; it is sent away whole, and can come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localdate

from data.town import plan, registers
from gis.management.commands import sample_town
from gis.models import (
    Address,
    AddressPair,
    Area,
    Building,
    BuildingCode,
    Department,
    Facility,
    FenceState,
    FenceVersion,
    Grid,
    GridInspector,
    ImportRun,
    PipeSegment,
    Road,
    Roll,
    Room,
    Segment,
    SegmentHead,
    Sourced,
    Unit,
    Verdict,
    Works,
    Zoning,
)
from gis.schedule_text import read
from gis.survey.pipes import check_pipes
from gis.survey.topology import check_areas
from layers.models import Account
from tests.gis.ingest.test_forget import forget
from tests.town import copied, drawn, invented_town

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The town is there: it came into an empty database by the command, as a reader of the guide has it."""
    with django_db_blocker.unblock(), copied(invented_town):
        yield


@pytest.fixture
def var(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sample_town, "draw", drawn)  # drawing takes longer than many a test
    settings.VAR = tmp_path
    return tmp_path


def sample() -> str:
    said = StringIO()
    call_command("sample_town", stdout=said)
    return said.getvalue()


def rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in apps.get_app_config("spatial").get_models()}


def test_it_came_through_the_importer_once_and_holds_together(var: Path) -> None:
    loaded = rows()
    assert "没有变化" in sample()
    assert rows() == loaded
    for model in apps.get_app_config("spatial").get_models():
        if issubclass(model, Sourced):
            brought = set(model._default_manager.values_list("source", flat=True))
            assert brought <= {plan.SOURCE, *(registers.SOURCES.values() if model is Address else ())}, model
    counts()
    links()
    offices()
    past()


def counts() -> None:
    """The numbers of the texts, as the database holds them."""
    assert Segment.objects.count() == 788
    assert SegmentHead.objects.count() == 788 * 5
    assert (Grid.objects.count(), GridInspector.objects.count(), Department.objects.count()) == (6, 9, 27)
    assert Room.objects.filter(building__address__startswith=plan.COUNTED_ESTATE).count() == 704
    assert Facility.objects.filter(kind="stall").count() == 287
    [peak] = FenceVersion.objects.filter(fence__code="WL-0301")
    assert (peak.geom.num_geom, peak.valid.upper < date.today()) == (214, True)
    assert Works.objects.filter(period__contains=localdate()).count() >= 3
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT name), sum(ST_Length(geom::geography)) FROM spatial_road WHERE model_road"
        )
        roads, metres = cursor.fetchone()
    assert (roads, round(metres / 1000, 1)) == (9, 19.0)
    assert Road.objects.filter(model_road=True, name="云汀大道").exists()


def links() -> None:
    """What belongs together is together, and nobody in it is real."""
    assert Area.objects.filter(parent__isnull=True).count() == 1
    assert not Grid.objects.filter(community__isnull=True).exists()
    assert not PipeSegment.objects.filter(start__isnull=True).exists()
    assert check_pipes().findings == ()
    assert check_areas().findings == ()
    people = [*Grid.objects.values_list("person", flat=True), *SegmentHead.objects.values_list("name", flat=True),
              *GridInspector.objects.values_list("name", flat=True)]  # fmt: skip
    assert all(name.startswith("虚构") for name in people)
    assert all(str(roll.name).startswith("测试") for roll in Roll.objects.all())
    phones = [phone for model in (Facility, Department, SegmentHead, GridInspector, Works)
              for phone in model._default_manager.values_list("phone", flat=True) if phone]  # fmt: skip
    assert all(phone.startswith("000-0000-") for phone in phones)


def offices() -> None:
    """Four registers tell of one town: what is surely one is, and some is left to a person, for each of the offices."""
    rows = Address.objects.filter(source__in=registers.SOURCES.values())
    assert Counter(rows.values_list("source", flat=True)) == dict.fromkeys(registers.SOURCES.values(), registers.DOORS)
    copies = rows.filter(same_as__source=plan.SOURCE)
    assert copies.count() > 0.8 * rows.count()
    four = Counter(copies.values_list("same_as", flat=True)).most_common(1)
    assert four[0][1] == 3
    asked = AddressPair.objects.filter(verdict=Verdict.OPEN)
    odd = set(asked.values_list("first__source", flat=True)) | set(asked.values_list("second__source", flat=True))
    assert odd >= set(registers.SOURCES.values())
    assert 10 <= asked.count() <= 60
    codes = Building.objects.exclude(code="").values_list("code", flat=True)
    assert len(set(codes)) == len(codes) == Building.objects.count(), "one code a building"


def past() -> None:
    """Two times: what was known and what held."""
    states = Counter(FenceVersion.objects.filter(recorded__endswith=None).values_list("state", flat=True))
    assert states[FenceState.DRAFT] and states[FenceState.REVIEW] and states[FenceState.RETIRED]
    assert FenceVersion.objects.filter(recorded__endswith__isnull=False).exists()
    assert Zoning.objects.filter(recorded__endswith__isnull=False).exists()
    brought = ImportRun.objects.get(subject="zonings")
    assert Zoning.objects.filter(recorded__startswith=brought.moment, recorded__endswith=None).count() == brought.added
    assert brought.added == Zoning.objects.filter(recorded__endswith=None).count()
    assert Zoning.objects.filter(recorded__endswith__isnull=True, valid__endswith__isnull=False).exists()
    assert set(Zoning.objects.values_list("zone", flat=True)) == {"forbidden", "strict", "controlled"}
    for hours in Zoning.objects.exclude(hours=None).values_list("hours", flat=True):
        read(hours)


def test_the_whole_of_it_goes_and_can_come_back(var: Path) -> None:
    before = Building.objects.count()
    Account.objects.create(user=User.objects.create(username="u"), area=Area.objects.first())
    forget(plan.SOURCE, "--yes")
    for model in apps.get_app_config("spatial").get_models():
        if issubclass(model, Sourced) or model in (Zoning, FenceVersion, SegmentHead, Roll, Unit, BuildingCode):
            assert not model._default_manager.exists(), model
    assert not Account.objects.exists(), "whoever answered for a part of the town answers for nothing now"
    assert User.objects.exists()
    assert plan.DISTRICT_NAME in sample()
    assert not list((var / "sample").rglob("*.refused.csv"))
    assert Building.objects.count() == before
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Zoning.objects.all()._raw_delete("default")
