"""The admin edits geometry on a map and shows the database's refusals at the form, losing nothing."""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.gis.geos import LineString, MultiPolygon, Polygon
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from gis.models import Code, Facility, FenceVersion, Grid, Roll, Segment, Zoning
from gis.schedule import Schedule
from layers.features import period
from tests.factories import make

pytestmark = pytest.mark.django_db

SQUARE = MultiPolygon(Polygon.from_bbox((121.49, 31.23, 121.50, 31.24)), srid=4490)


@pytest.fixture
def clerk(client):
    client.force_login(User.objects.create_superuser("clerk", password="x"))
    return client


REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "spatial"]


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_every_list_and_form_opens(clerk, model):
    root = f"/admin/spatial/{model._meta.model_name}/"
    assert clerk.get(root).status_code == 200
    if admin.site._registry[model].has_add_permission(clerk.get(root).wsgi_request):
        form = clerk.get(f"{root}add/")
        assert form.status_code == 200
        # A map would drop the heights of a pipe, so its line is edited as text.
        if any(field.name == "geom" and field.editable and field.dim == 2 for field in model._meta.fields):
            assert b"leaflet" in form.content


def test_rolls_are_not_in_the_admin():
    assert Roll not in admin.site._registry


def grid_form(code: str) -> dict[str, str]:
    return {"code": code, "source": "手工录入", "source_id": code, "geom": SQUARE.geojson}


def test_an_overlap_is_told_at_the_form_and_the_input_kept(clerk):
    first = clerk.post("/admin/spatial/grid/add/", grid_form("310115005001001"))
    assert first.status_code == 302, first.context["adminform"].form.errors
    again = clerk.post("/admin/spatial/grid/add/", grid_form("310115005001002"))
    assert again.status_code == 200
    assert "网格 310115005001002 与 310115005001001 重叠" in again.content.decode()
    assert "310115005001002" in again.content.decode()
    assert Grid.objects.count() == 1


def test_a_zoning_is_closed_not_edited(clerk):
    segment = Segment.objects.create(name="路", geom=LineString((121.49, 31.23), (121.50, 31.23), srid=4490))
    zoning = Zoning.objects.create(
        segment=segment,
        from_m=0,
        to_m=50,
        street_class=1,
        zone="strict",
        valid=(date(2026, 1, 1), None),
        recorded=(timezone.now(), None),
    )
    page = clerk.get(f"/admin/spatial/zoning/{zoning.pk}/change/")
    assert b'name="_save"' not in page.content
    closing = {"action": "close", "_selected_action": [zoning.pk]}
    assert "已关闭 1 条" in clerk.post("/admin/spatial/zoning/", closing, follow=True).content.decode()
    zoning.refresh_from_db()
    assert zoning.recorded.upper is not None


def test_a_record_begins_today_and_its_hours_are_said_in_words(clerk):
    form = clerk.get("/admin/spatial/zoning/add/").context["adminform"].form
    assert form.initial["valid"].lower == timezone.localdate()
    assert form.initial["recorded"].upper is None
    assert form["hours"].value() == ""
    stored = {"rules": [{"days": ["Mo", "Fr"], "hours": ["07:00-09:00"]}]}
    assert Schedule.parse(form.fields["hours"].prepare_value(stored)).to_json() == stored
    assert "节假日" in form.fields["hours"].help_text


def zoning_form(segment: Segment, first: str, last: str) -> dict[str, str]:
    times = {"valid_0": first, "valid_1": last, "recorded_0": "2026-01-01 00:00:00", "recorded_1": ""}
    return {
        "segment": f"{segment.pk}", "side": "left", "from_m": "0", "to_m": "50", "street_class": "1",
        "zone": "strict", "hours": "", "basis": "", **times,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("last", "upper"), [("2026-12-31", date(2027, 1, 1)), ("2026-01-01", date(2026, 1, 2)), ("", None)]
)
def test_a_period_is_typed_and_shown_with_its_last_day_as_on_the_map(clerk, last, upper):
    segment = make(Segment)
    answer = clerk.post("/admin/spatial/zoning/add/", zoning_form(segment, "2026-01-01", last))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    zoning = Zoning.objects.get()
    assert (zoning.valid.lower, zoning.valid.upper) == (date(2026, 1, 1), upper)
    said = f"2026-01-01 至 {last}" if last else "2026-01-01 起"
    seen = clerk.get(f"/admin/spatial/zoning/{zoning.pk}/change/").content.decode()
    assert said in seen
    assert str(upper) not in seen
    assert period(zoning.valid)[0] == said, "the words of the cards"


def test_a_wrong_period_stays_as_it_was_typed(clerk):
    for first, last in (("2026-03-01", "2026-02-28"), ("2026-03-01", "9999-12-31")):
        answer = clerk.post("/admin/spatial/zoning/add/", zoning_form(make(Segment), first, last))
        form = answer.context["adminform"].form
        assert set(form.errors) == {"valid"}
        assert form["valid"].value() == [first, last]
    assert not Zoning.objects.exists()
    stored = DateRange(date(2026, 1, 1), date(2027, 1, 1))
    assert form.fields["valid"].prepare_value(stored) == [date(2026, 1, 1), date(2026, 12, 31)]
    assert not form.fields["valid"].has_changed(stored, ["2026-01-01", "2026-12-31"])
    assert form.fields["valid"].has_changed(stored, ["2026-01-01", "2027-01-01"])


def test_lists_say_codes_and_periods_in_words(clerk):
    call_command("load_codes", verbosity=0)
    make(FenceVersion, name="校门口", purpose="no-parking", valid=DateRange(date(2026, 1, 1), date(2027, 1, 1)))
    page = clerk.get("/admin/spatial/fenceversion/?o=3.-5").content.decode()
    name = Code.objects.get(list="fence-purpose", code="no-parking").name
    assert f"{name}</td>" in page
    assert f">{name}</a>" in page
    assert "2026-01-01 至 2026-12-31" in page


def facility_form(**given: str) -> dict[str, str]:
    usual = {
        "source": "手工录入",
        "source_id": "1",
        "kind": "toilet",
        "geom": '{"type":"Point","coordinates":[121.4,31.2]}',
    }
    return usual | {"extra": "{}"} | given


def test_kinds_are_chosen_from_their_list_and_hours_said_in_words(clerk):
    call_command("load_codes", verbosity=0)
    wrong = clerk.post("/admin/spatial/facility/add/", facility_form(kind="厕所", hours="随时"))
    assert set(wrong.context["adminform"].form.errors) == {"kind", "hours"}
    right = clerk.post("/admin/spatial/facility/add/", facility_form(hours="每日06:00-22:00"))
    assert right.status_code == 302, right.context["adminform"].form.errors
    assert Facility.objects.get().hours == {"rules": [{"hours": ["06:00-22:00"]}]}


def test_a_shape_that_crosses_itself_is_told_in_words(clerk):
    bow = '{"type":"MultiPolygon","coordinates":[[[[121,31],[121.1,31.1],[121.1,31],[121,31.1],[121,31]]]]}'
    answer = clerk.post("/admin/spatial/grid/add/", grid_form("310115005001001") | {"geom": bow})
    assert "图形自相交" in answer.content.decode()
    assert not Grid.objects.exists()
