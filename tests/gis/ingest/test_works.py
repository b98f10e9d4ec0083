"""Permits for road works and what facilities offer, as offices write them."""

from datetime import date

import pytest
from django.utils import timezone

from gis.ingest.values import Wrong, period
from gis.models import Facility, Works
from layers import registry
from layers.scope import RESIDENT, Audience, Role
from tests.factories import dot as point
from tests.factories import make
from tests.gis.ingest.conftest import Desk, dot, line, square


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("2026年11月1日至2026年11月30日", "[2026-11-01,2026-11-30]"),
        ("2026年11月1日—11月30日", "[2026-11-01,2026-11-30]"),
        ("2026.11.1-2027.1.5", "[2026-11-01,2027-01-05]"),
        ("２０２６/11/1～2026/11/2", "[2026-11-01,2026-11-02]"),
        ("2026-11-01/2026-11-30", "[2026-11-01,2026-11-30]"),
        ("2026年11月1日起", "[2026-11-01,]"),
        ("2026年11月1日", "[2026-11-01,2026-11-01]"),
        ("", None),
    ],
)
def test_a_period_is_read_as_people_write_it(said: str, stored: str | None) -> None:
    assert period(said) == stored


@pytest.mark.parametrize("said", ["长期", "11月1日至11月30日", "2026-11-30至2026-11-01", "2026-13-01至2026-14-01"])
def test_a_period_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(Wrong, match="bad_date"):
        period(said)


@pytest.mark.django_db
def test_permits_come_in_with_their_days_and_words(desk: Desk) -> None:
    path = desk.geojson(
        (square(), {"编号": "SG-1", "名称": "管网改造", "类别": "道路挖掘", "影响": "全封闭", "状态": "在建",
                    "开始日期": "2026-11-01", "结束日期": "2026-11-30", "作业时间": "每日22:00-06:00"}),
        (line((120, 30), (120.001, 30)), {"编号": "SG-2", "名称": "路面养护", "类别": "路面养护", "状态": "已批准",
                                          "起止日期": "2026年12月1日至12月5日"}),
        (dot(), {"编号": "SG-3", "名称": "搭建围挡", "类别": "围挡脚手架", "开始日期": "2026-11-20"}),
        (dot(), {"编号": "SG-4", "名称": "倒着的", "类别": "其他占道", "开始日期": "2026-11-20",
                 "结束日期": "2026-11-02"}),
        (dot(), {"编号": "SG-5", "名称": "没有日期", "类别": "其他占道"}),
    )  # fmt: skip
    for _ in range(2):
        done = desk.load("works", path)
    assert (done.unchanged, done.refused) == (3, 2)
    reasons = " ".join(str(list(row.values())) for row in desk.refused)
    assert "结束早于开始" in reasons
    assert "缺少必填项" in reasons
    first, second, third = Works.objects.order_by("code")
    assert (first.kind, first.effect, first.state) == ("excavation", "closed", "active")
    assert (first.period.lower, first.period.upper) == (date(2026, 11, 1), date(2026, 12, 1))
    assert first.hours == {"rules": [{"hours": ["22:00-06:00"]}]}
    assert (second.state, second.period.upper) == ("planned", date(2026, 12, 6))
    assert (third.period.upper, third.geom.geom_type) == (None, "MultiPolygon")
    row = {"名称": "管网改造二期", "开始日期": "2026-11-01", "结束日期": "2026-11-30"}
    desk.load("works", desk.geojson(*((square(), row | {"编号": code}) for code in ("SG-1", "SG-9"))))
    told = dict(Works.objects.filter(name="管网改造二期").values_list("code", "state"))
    assert told == {"SG-1": "active", "SG-9": "planned"}, "what a file has no column for stays, and begins as usual"
    assert Works.objects.get(code="SG-1").kind == "excavation"


@pytest.mark.django_db
def test_what_a_facility_offers_is_stored_in_codes(desk: Desk) -> None:
    words = {"a": "无障碍，母婴室、有厕纸", "b": "可回收物;有害垃圾/厨余 其他", "c": "无", "d": "无障碍、星空顶"}
    path = desk.geojson(*[(dot(), {"编码": code, "种类": "公厕", "服务": said}) for code, said in words.items()])
    done = desk.load("facilities", path)
    stored = dict(Facility.objects.values_list("code", "features"))
    assert stored["a"] == ["accessible", "baby", "paper"]
    assert stored["b"] == ["recyclable", "hazardous", "kitchen", "residual"]
    assert (stored["c"], stored["d"]) == ([], ["accessible", "星空顶"])
    assert dict(done.strange["features"]) == {"星空顶": 1}


@pytest.mark.django_db
def test_residents_see_works_that_go_on_or_come_soon_and_staff_all() -> None:
    today = timezone.localdate()
    days = lambda first, last: (date.fromordinal(today.toordinal() + first), date.fromordinal(today.toordinal() + last))  # noqa: E731
    for name, state, span in (
        ("going on", "active", days(-5, 5)), ("last day", "active", days(-5, 1)), ("over", "active", days(-5, 0)),
        ("soon", "planned", days(59, 90)), ("far", "planned", days(61, 90)), ("cancelled", "cancelled", days(-5, 5)),
    ):  # fmt: skip
        make(Works, name=name, state=state, period=span)
    seen = {
        who: {row.name for row in registry.get("works", who).rows_for(who)} for who in (RESIDENT, Audience(Role.FIELD))
    }
    assert seen[RESIDENT] == {"going on", "last day", "soon"}
    assert len(seen[Audience(Role.FIELD)]) == 6


@pytest.mark.django_db
def test_cameras_are_for_staff_only() -> None:
    for kind in ("toilet", "camera"):
        make(Facility, kind=kind, geom=point())
    staff = Audience(Role.FIELD)
    assert {row.kind for row in registry.get("facilities", RESIDENT).rows_for(RESIDENT)} == {"toilet"}
    assert registry.get("facilities", staff).rows_for(staff).count() == 2
