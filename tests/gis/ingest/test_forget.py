"""`manage.py forget`: a source goes whole, or stays whole with a sentence that says why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from gis.models import (
    Address,
    Area,
    Building,
    FenceVersion,
    ImportRun,
    Room,
    Segment,
    Unit,
    Zoning,
)  # fmt: skip
from layers.models import Account
from tests.gis.ingest.conftest import Desk, dot, line, square

pytestmark = pytest.mark.django_db


def forget(*words: str) -> str:
    out = StringIO()
    call_command("forget", *words, stdout=out)
    return out.getvalue()


def zone(segment: Segment) -> Zoning:
    return Zoning.objects.create(
        segment=segment, from_m=0, to_m=1, street_class=1, zone="strict", valid=DateRange(date(2026, 1, 1), None),
        recorded=DateTimeTZRange(datetime(2026, 1, 1, tzinfo=UTC), None),
    )  # fmt: skip


def test_a_source_goes_and_the_others_stay(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {"code": "1"})), source="甲")
    desk.load("buildings", desk.geojson((square(121), {"code": "2"})), source="乙")
    desk.load("rooms", desk.text("building,unit,number\n1,一单元,101\n", "r.csv"), source="甲")
    desk.load("addresses", desk.geojson((dot(120.0005, 30.0005), {"road": "路", "number": "1"})), source="丙")
    said = forget("甲", "--yes")
    for words in ("建筑 Building: 1", "房屋 Room: 1", "单元 Unit: 1", "地址: 1 行将失去", "已删除 3 行"):
        assert words in said
    assert list(Building.objects.values_list("source", flat=True)) == ["乙"]
    assert not Room.objects.exists()
    assert not Unit.objects.exists()
    assert Address.objects.get().building is None
    assert ImportRun.objects.latest("pk").subject == "forget"


def test_it_asks_and_takes_only_the_name_for_an_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.load("buildings", desk.geojson((square(), {})), source="甲")
    monkeypatch.setattr("builtins.input", lambda _: "y")
    with pytest.raises(CommandError, match="未确认"):
        forget("甲")
    assert Building.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _: "甲")
    forget("甲", "--subject", "buildings")
    assert not Building.objects.exists()


def test_an_unknown_source_lists_the_known(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {})), source="甲")
    with pytest.raises(CommandError, match="没有来源为“乙”的数据，导入过的有：甲"):
        forget("乙", "--yes")


def test_kept_records_stand_against_it(desk: Desk) -> None:
    desk.load("segments", desk.geojson((line((120, 30), (120.001, 30)), {})), source="甲")
    zone(Segment.objects.get())
    with pytest.raises(CommandError, match="路段有 1 条街面分区：记录只停用、不删除"):
        forget("甲", "--yes")
    fence = desk.geojson((square(), {"code": "F", "name": "栏", "purpose": "ban"}))
    desk.load("fences", fence, source="乙")
    with pytest.raises(CommandError, match="1 条围栏版本：记录只停用"):
        forget("乙", "--yes")
    assert Segment.objects.exists()
    assert FenceVersion.objects.exists()


def test_rows_of_others_stand_against_it(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {"code": "1"})), source="甲")
    desk.load("rooms", desk.text("building,number\n1,101\n", "r.csv"), source="乙")
    with pytest.raises(CommandError, match="1 行房屋（其他来源或人工设置）依赖这些建筑"):
        forget("甲", "--yes")
    assert Room.objects.exists()


def test_a_member_of_staff_keeps_an_area(desk: Desk) -> None:
    desk.load("areas", desk.geojson((square(), {"name": "甲街道", "级别": "街道"})), source="甲")
    Account.objects.create(user=User.objects.create(username="u"), area=Area.objects.get())
    with pytest.raises(CommandError, match="1 行工作人员"):
        forget("甲", "--yes")


def test_the_switch_ends_with_the_transaction(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {})), source="甲")
    forget("甲", "--yes")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('chengtu.forget', true)")
        assert cursor.fetchone()[0] in (None, "", "off")
