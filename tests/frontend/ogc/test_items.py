"""Items: pages, boxes, times, orders, systems; what is wrong with a question is named."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, time, timedelta
from operator import itemgetter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from frontend.ogc.answers import REL
from frontend.ogc.systems import systems
from gis.errors import Invalid
from gis.message import Question
from gis.models import Building, Facility, Fence, FenceVersion, PipeSegment, Segment, Works, Zoning
from gis.schedule import BEIJING
from layers import boxes, manifest, paging
from layers.models import Inquiry
from layers.paging import Key
from layers.properties import ID, Property
from tests.factories import SOUTH, STEP, WEST, make, square

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/facilities/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(autouse=True)
def zone_of_shanghai(settings: Any) -> Any:
    settings.CITY_BOUNDS = (120.8, 30.7, 122.2, 31.9)
    systems.cache_clear()
    manifest.forget()
    yield
    systems.cache_clear()


@pytest.fixture
def row_of_toilets(db: None) -> list[int]:
    """Twelve toilets in a row, ten metres apart; each fourth has no capacity."""
    return [
        make(Facility, name=f"{n % 3}厕", capacity=None if n % 4 == 3 else n % 5, kind="market" if n % 2 else "toilet",
             geom=Point(WEST + n * STEP, SOUTH, srid=4490)).pk
        for n in range(12)
    ]  # fmt: skip


def ask(query: str, client: Client | None = None) -> Any:
    answer = (client or Client()).get(f"{ITEMS}?{query}")
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def ids(told: Any) -> list[int]:
    return [feature["id"] for feature in told["features"]]


def walked(query: str) -> list[int]:
    """All pages, by their next links."""
    found: list[int] = []
    url: str | None = f"{ITEMS}?{query}"
    while url:
        told = Client().get(url).json()
        assert told["numberReturned"] == len(told["features"]) <= 5
        found += ids(told)
        url = next((link["href"] for link in told["links"] if link["rel"] == "next"), None)
    return found


def named(query: str, name: str, path: str = ITEMS) -> str:
    """What a question is refused with; it names the parameter."""
    answer = Client().get(f"{path}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), answer.content
    told = answer.json()
    assert told["status"] == 400
    assert name in told["detail"]
    assert " / " in told["detail"]
    return str(told["detail"])


@pytest.mark.parametrize(
    "narrowing",
    ["", "&bbox=121,31,122,32", "&filter=id>0", "&sortby=-capacity,name", "&sortby=-id", "&sortby=id,name",
     "&bbox=121,31,122,32&sortby=-capacity,-id,name"],
)  # fmt: skip
@pytest.mark.parametrize("few", [10_000, 3])
def test_pages_tell_every_row_once(
    row_of_toilets: list[int], narrowing: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FEW", few)
    found = walked(f"limit=5{narrowing}")
    assert sorted(found) == row_of_toilets
    assert "sortby=-" in narrowing or found == row_of_toilets
    assert narrowing != "&sortby=-id" or found == row_of_toilets[::-1]
    assert ask(f"limit=5{narrowing}").get("numberMatched") == (12 if few > 12 else None)
    header = Client().head(f"{ITEMS}?limit=5{narrowing}")["Link"]
    assert all(f'rel="{rel}"' in header for rel in ("self", "next", f"{REL}queryables"))


def test_a_box_alone_is_written_once_and_is_not_waited_for_without_end(
    row_of_toilets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes._written.cache_clear()
    for n in range(3):
        assert ids(ask(f"bbox={WEST + n * STEP},{SOUTH},{WEST + n * STEP},{SOUTH}")) == [row_of_toilets[n]], "a point"
        corner = WEST + (n - 0.5) * STEP
        assert ids(ask(f"bbox={corner},{SOUTH - STEP},{corner + STEP},{SOUTH + STEP}")) == [row_of_toilets[n]]
    assert (boxes._written.cache_info().misses, boxes._written.cache_info().hits) == (1, 5)
    monkeypatch.setattr(paging, "PATIENCE_MS", 50)
    slow = paging.Way(Question("SELECT pg_sleep(60 + %s)", (itemgetter(0),)), (0,))
    with pytest.raises(Invalid, match="takes too long"):
        paging.page(Facility.objects.all, (), None, 5, True, way=slow)


def test_rows_come_in_the_order_asked_for_and_those_without_a_value_last(row_of_toilets: list[int]) -> None:
    told = ask("sortby=-capacity,name&limit=100")["features"]
    values = [(one["properties"]["capacity"], one["properties"]["name"], one["id"]) for one in told]
    assert values == sorted(values, key=lambda value: (value[0] is None, -(value[0] or 0), value[1], value[2]))


def test_a_page_costs_no_row_before_it(row_of_toilets: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = paging._walked(Facility.objects.all(), (), paging.After(pk=row_of_toilets[5], many=True), 3)
    assert rows.pks == tuple(row_of_toilets[6:9])
    name = Key(Property("name", "name", "string"))
    for said in ((), (Key(ID), name), (Key(ID, falling=True), name)):
        keys = paging.settled(said)
        after = paging.After((5,) * len(keys), 5)
        beyond = Facility.objects.order_by(*paging._order(keys)).filter(paging._beyond(keys, after))
        plan = beyond.values_list("pk")[:3].explain()
        assert "Index" in plan, said
        assert "Filter" not in plan
        assert "Sort" not in plan


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"), ("limit=x", "limit"), ("limit=-1", "limit"), ("offset=5", "offset"),
        ("bbox=1,2,3", "bbox"), ("bbox=nan,1,2,3", "bbox"), ("bbox=1,5,2,3", "bbox"), ("bbox=31,121,32,122", "bbox"),
        ("bbox=1,2,3,4&bbox-crs=EPSG:9999", "bbox-crs"), ("crs=x", "crs"), ("filter-crs=x&filter=id=1", "filter-crs"),
        ("datetime=yesterday", "datetime"), ("datetime=2026-01-02/2026-01-01", "datetime"),
        ("filter=id=", "filter"), ("filter-lang=sql&filter=id=1", "filter-lang"), ("sortby=owner", "sortby"),
        ("sortby=hours", "sortby"), ("sortby=name,-name", "sortby"), ("sortby=,", "sortby"),
        ("properties=owner", "properties"),
        ("owner=x", "owner"), ("capacity=many", "capacity"), ("surveyed_at=today", "surveyed_at"), ("f=xml", "f"),
        ("limit=1&limit=2", "limit"), ("after=x", "after"), ("after=WzEsMSwyXQ", "after"),
        ("f=csv&after=WzAsMV0", "after"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(row_of_toilets: list[int], query: str, name: str) -> None:
    named(query, name)


@pytest.mark.parametrize("path", ["/ogc/", "/ogc/conformance", "/ogc/collections", "/ogc/api", f"{ITEMS}/1"])
def test_parameters_that_mean_nothing_are_refused_everywhere(db: None, path: str) -> None:
    named("colour=red", "colour", path)


def test_a_limit_that_is_too_high_is_the_highest(row_of_toilets: list[int]) -> None:
    assert ask("limit=99999999")["numberReturned"] == 12


@pytest.mark.parametrize("path", [f"{ITEMS}/0", f"{ITEMS}/x", f"{ITEMS}/{'9' * 30}", "/ogc/collections/pipes/items",
                                  "/ogc/collections/none", "/ogc/none", "/ogc/tileMatrixSets/none"])  # fmt: skip
def test_what_is_not_there_is_a_problem_in_words(db: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["status"] == 404


def test_simple_questions_by_property(row_of_toilets: list[int]) -> None:
    assert ids(ask("kind=market&name=1厕&capacity=1")) == [row_of_toilets[1]] == ids(ask(f"id={row_of_toilets[1]}"))
    assert ask("properties=name")["features"][0]["properties"] == {"name": "0厕"}
    nothing = ask("kind=none")
    assert (nothing["numberReturned"], nothing["numberMatched"], nothing["features"]) == (0, 0, [])


@pytest.mark.parametrize("code", [0, 4490, 4326, 3857, 4549])
def test_every_system_in_the_order_of_its_authority_out_and_in(row_of_toilets: list[int], code: int) -> None:
    uri = f"{EPSG}{code}" if code else "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    answer = Client().get(f"{ITEMS}/{row_of_toilets[3]}?crs={uri}")
    assert answer["Content-Crs"] == f"<{uri}>"
    own = Transformer.from_crs("OGC:CRS84", code or "OGC:CRS84")  # in the authority's order, as pyproj knows it
    expected = own.transform(WEST + 3 * STEP, SOUTH)
    assert answer.json()["geometry"]["coordinates"] == pytest.approx(
        expected, abs=0.002 if code > 4490 or code == 3857 else 2e-7
    )
    corners = own.transform(WEST + 2.5 * STEP, SOUTH - STEP), own.transform(WEST + 4.5 * STEP, SOUTH + STEP)
    box = ",".join(repr(number) for corner in corners for number in corner)
    assert ids(ask(f"bbox={box}&bbox-crs={uri}")) == row_of_toilets[3:5]
    point = " ".join(repr(number) for number in expected)
    assert row_of_toilets[3] in ids(
        ask(f"filter=S_INTERSECTS(geometry,POLYGON(({_ring(corners)})))&filter-crs={uri}")
    ), point


def _ring(corners: Any) -> str:
    (a, b), (c, d) = corners
    return ", ".join(f"{x!r} {y!r}" for x, y in ((a, b), (c, b), (c, d), (a, d), (a, b)))


@pytest.mark.parametrize(
    ("box", "expected"),
    [("170,-40,-170,40", {"东", "西"}), ("-180,-90,180,90", {"东", "西"}), ("-180,80,180,90", set()),
     ("-170,-40,170,40", set()), ("179.5,0,179.5,0", {"东"}), ("-180,-90,-1,180,90,1", {"东", "西"})],
)  # fmt: skip
def test_boxes_at_the_edges_of_the_world(db: None, box: str, expected: set[str]) -> None:
    for name, lon in (("东", 179.5), ("西", -179.5)):
        make(Facility, name=name, geom=Point(lon, 0, srid=4490))
    assert {one["properties"]["name"] for one in ask(f"bbox={box}")["features"]} == expected


@pytest.mark.parametrize(
    ("when", "there"),
    [
        ("../..", True),
        ("2026-11-20/..", True),
        ("2099-01-01/..", False),
        ("../2000-01-01", False),
        ("/2099-01-01", True),
        ("0001-01-01/9999-12-31", True),
    ],
)
def test_datetime_asks_for_the_time_of_validity(db: None, when: str, there: bool) -> None:
    make(Works)
    answer = Client().get(f"/ogc/collections/works/items?datetime={when}")
    assert bool(answer.json()["features"]) is there


TODAY, DAY = timezone.localdate(), timedelta(days=1)
FIRST, LAST = TODAY - 40 * DAY, TODAY - 11 * DAY
"""The days of what was replaced since."""


@pytest.fixture
def replaced(db: None) -> dict[str, Any]:
    """A zoning and a fence that held for some thirty days, and what came in their place."""
    segment, fence = make(Segment), make(Fence, code="WL-1")
    for span in (DateRange(FIRST, LAST + DAY), DateRange(LAST + DAY, None)):
        make(Zoning, segment=segment, valid=span)
        make(FenceVersion, fence=fence, valid=span, geom=square(WEST, SOUTH - STEP))
    make(FenceVersion, name="撤销", state="retired", valid=DateRange(FIRST, None), geom=square(WEST, SOUTH - STEP))
    make(FenceVersion, name="旧草案", state="draft", valid=DateRange(FIRST, LAST), geom=square(WEST, SOUTH - STEP))
    return {"lon": WEST + 2 * STEP, "lat": SOUTH + STEP / 10}


@pytest.mark.parametrize(
    "when",
    [
        f"{FIRST - DAY}T12:00",
        f"{FIRST}T00:00",
        f"{LAST}T00:00",
        f"{LAST}T12:00",
        f"{LAST}T23:59:59.999999",
        f"{LAST + DAY}T00:00",
        f"{TODAY}T12:00",
        f"{TODAY + 400 * DAY}T12:00",
    ],
)
@pytest.mark.parametrize("few", [10_000, 1])
def test_an_instant_finds_what_is_said_to_hold_at_it(
    replaced: dict[str, Any], when: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FEW", few)
    held = Client().get("/api/at", {**replaced, "at": when}).json()
    for layer in ("zoning", "fences"):
        told = Client().get(f"/ogc/collections/{layer}/items", {"datetime": when, "bbox": "121,31,122,32"}).json()
        assert ids(told) == [one["id"] for one in held[layer]], layer
        assert told["numberReturned"] == len(held[layer])
    at = datetime.fromisoformat(when).replace(tzinfo=BEIJING).astimezone(UTC)
    by_filter = {"datetime": "../..", "filter": f"T_INTERSECTS(valid, TIMESTAMP('{at:%Y-%m-%dT%H:%M:%S.%fZ}'))"}
    told = Client().get("/ogc/collections/zoning/items", by_filter).json()
    assert ids(told) == [one["id"] for one in held["zoning"]]


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (f"{LAST}", 1),
        (f"{LAST}/{LAST + DAY}", 2),
        (f"../{FIRST}", 1),
        (f"../{FIRST - DAY}", 0),
        (f"{LAST + DAY}/..", 1),
    ],
)
def test_a_day_is_all_of_it_and_an_interval_has_its_last(replaced: dict[str, Any], when: str, found: int) -> None:
    zoning = Client().get(f"/ogc/collections/zoning/items?datetime={when}").json()
    assert len(zoning["features"]) == zoning["numberMatched"] == found
    file = b"".join(Client().get(f"/ogc/collections/zoning/items?f=csv&datetime={when}").streaming_content)
    assert len(file.splitlines()) == found + 1


def test_a_day_of_what_changed_on_it_is_not_its_midnight(row_of_toilets: list[int]) -> None:
    """Of a layer that keeps no validity ``datetime`` asks when a row changed: here by day, at 0:05 and at 23:55."""
    early, late = (datetime.combine(LAST, at, BEIJING) for at in (time(0, 5), time(23, 55)))
    for pk, at in zip(row_of_toilets, (early - DAY, early, late, late + DAY), strict=False):
        Facility.objects.filter(pk=pk).update(updated_at=at)
    assert ids(ask(f"datetime={LAST}")) == row_of_toilets[1:3]
    assert ids(ask(f"datetime={LAST}/{LAST + DAY}")) == row_of_toilets[1:4]
    assert ids(ask(f"filter=T_INTERSECTS(updated_at, DATE('{LAST}'))")) == row_of_toilets[1:3]
    between = f"INTERVAL('{LAST}', '{LAST}')"
    assert ids(ask(f"filter=T_INTERSECTS(updated_at, {between})")) == row_of_toilets[1:3]


def test_a_span_is_told_by_its_days(db: None) -> None:
    works = make(Works)
    [told] = Client().get("/ogc/collections/works/items").json()["features"]
    assert told["properties"]["period"] == [str(works.period.lower), str(works.period.upper - timedelta(days=1))]


def test_files_are_whole_and_a_spreadsheet_reads_their_chinese(row_of_toilets: list[int]) -> None:
    client = Client()
    table = b"".join(client.get(f"{ITEMS}?f=csv&kind=market&sortby=-id").streaming_content)
    assert table.startswith("\ufeff名称,".encode())
    assert table.decode("utf-8-sig").count("厕") == 6
    answer = client.get(f"{ITEMS}?f=geojsonl&limit=4&crs={EPSG}4326")
    lines = b"".join(answer.streaming_content).decode().split("\x1e")[1:]
    assert [json.loads(line)["id"] for line in lines] == row_of_toilets[:4]
    assert json.loads(lines[0])["geometry"]["coordinates"] == pytest.approx([SOUTH, WEST])
    assert answer["Content-Type"].startswith("application/geo+json-seq")


def test_a_box_beyond_its_projection_holds_nothing(row_of_toilets: list[int]) -> None:
    far = "9e7,8.9e7,9.1e7,9.2e7"  # metres of a Gauss-Krüger zone that no longitude has
    told = Client().get(f"{ITEMS}?bbox={far}&bbox-crs={EPSG}4549")
    assert (told.status_code, told.json()["features"]) == (200, [])


def test_forms_bear_the_names_that_people_know(row_of_toilets: list[int]) -> None:
    page = Client().get(f"{ITEMS}?f=html").content.decode()
    known = {"GeoJSON", "CSV (Excel)", "GeoJSON-seq", "GeoPackage", "Shapefile (zip)", "FlatGeobuf"}
    assert set(re.findall(r">([^<>]+)</a>", page)) >= known
    for path in ("/ogc", "/ogc/collections", ITEMS):
        told = Client().get(path).json()["links"]
        assert all(one["title"] for one in told if one["rel"] in ("self", "alternate")), path


def test_a_browser_gets_pages_and_other_programs_json(row_of_toilets: list[int]) -> None:
    for path in ("/ogc", "/ogc/", "/ogc/collections", ITEMS, f"{ITEMS}/{row_of_toilets[0]}"):
        page = Client().get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "厕" in page.content.decode() or "facilities" not in path
        assert "json" in Client().get(path)["Content-Type"]
    assert '<th scope="row">更新时间</th>' in page.content.decode(), "no column's own name"
    told = Client().get(f"{ITEMS}?f=html&filter=kind%20=%20")
    assert (told.status_code, told["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "filter" in told.content.decode()
    properties = Client().get("/ogc/collections/facilities/queryables?f=html").content.decode()
    assert re.search(r">kind</th><td>种类 ", properties)
    assert "$schema" not in properties
    strangers = Client().get(ITEMS)
    assert "public" in strangers["Cache-Control"]
    assert {"Accept", "Cookie"} <= {name.strip() for name in strangers["Vary"].split(",")}


BOXES = st.tuples(st.integers(-2, 12), st.integers(-3, 3), st.integers(1, 8), st.integers(1, 4))
FILTERS = st.sampled_from(
    [
        ("capacity > 1", "capacity > 1"),
        ("NOT capacity > 1", "NOT capacity > 1"),
        ("name LIKE '1%' OR capacity IS NULL", "name LIKE '1%%' OR capacity IS NULL"),
        ("kind IN ('market') AND capacity BETWEEN 1 AND 3", "kind = 'market' AND capacity BETWEEN 1 AND 3"),
        ("CASEI(kind) = 'toilet' AND id % 2 = 0", "lower(kind) = 'toilet' AND id %% 2 = 0"),
    ]
)
BY_HAND = "SELECT id FROM {} WHERE ({}) AND ST_Intersects(geom, {}) ORDER BY id"
HEIGHTS = [("height_m > 5", "height_m > 5"), ("NOT height_m BETWEEN 2 AND 4", "height_m NOT BETWEEN 2 AND 4")]
NAMES = [("name LIKE '1%'", "name LIKE '1%%'"), ("CASEI(name) = '2号'", "lower(name) = '2号'")]
ASKED = st.one_of(
    st.tuples(st.just(("facilities", Facility)), FILTERS),
    st.tuples(st.just(("buildings", Building)), st.sampled_from(HEIGHTS + NAMES)),
    st.tuples(st.just(("segments", Segment)), st.sampled_from(NAMES)),
)


@pytest.fixture
def shapes(row_of_toilets: list[int]) -> None:
    """Beside the toilets houses with a corner cut off and slanting streets: their boxes hold more than they do."""
    for n in range(12):
        west, south = WEST + n * STEP, SOUTH + (n % 3 - 1) * STEP
        corners = [(west, south), (west + 2 * STEP, south), (west, south + 2 * STEP), (west, south)]
        make(Building, name=f"{n % 3}号", height_m=n, geom=MultiPolygon(Polygon(corners), srid=4490))
        make(Segment, name=f"{n % 3}号", geom=LineString((west, south), (west + 3 * STEP, south + 2 * STEP), srid=4490))


@given(box=BOXES, asked=ASKED, few=st.sampled_from([3, 10_000]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_box_and_filter_find_what_postgis_finds_asked_by_hand(
    shapes: None, box: tuple[int, int, int, int], asked: tuple[tuple[str, Any], tuple[str, str]], few: int
) -> None:
    (layer, model), chosen = asked
    west, south = WEST + box[0] * STEP, SOUTH + box[1] * STEP
    corners = (west, south, west + box[2] * STEP, south + box[3] * STEP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "FEW", few)
        words = ",".join(map(repr, corners))
        asking = {"bbox": words, "filter": chosen[0], "limit": "1000"}
        answer = Client().get(f"/ogc/collections/{layer}/items", asking)
    with connection.cursor() as cursor:
        around = "ST_MakeEnvelope(%s, %s, %s, %s, 4490)"
        cursor.execute(BY_HAND.format(model._meta.db_table, chosen[1], around), corners)
        assert ids(answer.json()) == [pk for (pk,) in cursor.fetchall()]


def test_a_line_is_met_where_it_is_and_not_where_its_box_is(db: None) -> None:
    made = make(Segment, geom=LineString((WEST, SOUTH), (WEST + 10 * STEP, SOUTH + 10 * STEP), srid=4490))
    corner = f"{WEST + 8 * STEP},{SOUTH},{WEST + 10 * STEP},{SOUTH + STEP}"
    path = "/ogc/collections/segments/items"
    assert Client().get(f"{path}?bbox={corner}").json()["features"] == []
    assert ids(Client().get(f"{path}?bbox={WEST},{SOUTH},{WEST + STEP},{SOUTH + STEP}").json()) == [made.pk]


def test_codes_are_explained_once_each_and_in_their_own_list(db: None) -> None:
    call_command("load_codes", verbosity=0)
    for _ in range(2):
        told = Client().get("/ogc/collections/facilities/queryables").json()["properties"]
        kinds = {one.get("const"): one.get("title") for one in told["kind"]["anyOf"]}
        offers = {one.get("const") for one in told["features"]["items"]["anyOf"]}
        assert kinds["toilet"].startswith("公厕") or "厕" in kinds["toilet"]
        assert "paper" in offers
        assert not offers & set(kinds) - {None}
        assert told["name"] == {"title": "名称 Name", "type": "string", "x-ogc-propertySeq": 2}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_no_other_method_is_known(db: None, method: str) -> None:
    for path in ("/ogc/collections/buildings/items", "/ogc/collections/buildings/items/1"):
        answer = getattr(Client(enforce_csrf_checks=True), method)(path)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = getattr(Client(enforce_csrf_checks=True), method)("/ogc/collections")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_an_answer_is_gzipped_for_who_takes_it(row_of_toilets: list[int]) -> None:
    plain, packed = (Client().get(ITEMS, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip, br"))
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content))["features"] == plain.json()["features"]
    assert "Accept-Encoding" in packed["Vary"]


def test_what_is_guarded_is_told_to_a_session_and_kept(db: None) -> None:
    make(PipeSegment)
    client = Client()
    pipes = "/ogc/collections/pipes/items?purpose=抢修&bbox=121,31,122,32"
    assert client.get(pipes).status_code == 404
    client.force_login(User.objects.create_superuser("chief"))
    answer = client.get(pipes)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert Inquiry.objects.count() == 1
