"""What must never be is refused by the database itself, whoever writes."""

from datetime import UTC, date, datetime, timedelta
from math import log, pi, radians, tan

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from gis.models import (
    Address,
    Area,
    Building,
    BuildingCode,
    CodePattern,
    Facility,
    Fence,
    FenceVersion,
    Grid,
    Level,
    News,
    PipeNode,
    PipeSegment,
    RollReading,
    Room,
    Segment,
    Zoning,
)
from tests.factories import make

pytestmark = pytest.mark.django_db

WEST, SOUTH = 121.49, 31.23
METRE = 1 / 95_000  # degrees of longitude at this latitude, near enough for boxes
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def box(left: float, bottom: float, right: float, top: float) -> MultiPolygon:
    """A box in metres from the south-west corner."""
    west, south, east, north = (WEST + left * METRE, SOUTH + bottom * METRE, WEST + right * METRE, SOUTH + top * METRE)
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4490)


def street(length: float = 100) -> Segment:
    """A straight segment eastward of about ``length`` metres."""
    line = LineString((WEST, SOUTH), (WEST + length * METRE, SOUTH), srid=4490)
    return Segment.objects.create(name="滨江大道", geom=line)


def zone(segment: Segment, start: float, end: float, side: str = "both", **more: object) -> Zoning:
    """Zoning of a stretch, in force from 2026 on and known from March on, unless told otherwise."""
    facts = {
        "street_class": 1,
        "zone": "forbidden",
        "valid": DateRange(date(2026, 1, 1), None),
        "recorded": DateTimeTZRange(NOW, None),
    }
    return Zoning.objects.create(segment=segment, side=side, from_m=start, to_m=end, **(facts | more))


@pytest.fixture
def refused():
    """A block that the database must refuse, naming the constraint."""

    class Refused:
        def __call__(self, name: str) -> "Refused":
            self.name = name
            return self

        def __enter__(self) -> None:
            self.point = transaction.atomic()
            self.point.__enter__()

        def __exit__(self, kind, error, trace) -> bool:
            self.point.__exit__(kind, error, trace)
            assert kind is not None, f"the database let it pass: {self.name}"
            assert issubclass(kind, IntegrityError), error
            assert error.__cause__.diag.constraint_name == self.name, error
            return True

    return Refused()


class TestZoning:
    """The stretches of one street: |0----50----100| metres, left and right."""

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ((0, 60, "both"), (50, 100, "both")),
            ((0, 60, "left"), (59, 100, "both")),
            ((0, 100, "right"), (20, 30, "right")),
        ],
    )
    def test_two_never_overlap_on_one_stretch_side_and_time(self, refused, first, second):
        segment = street()
        zone(segment, *first)
        with refused("zoning_never_overlaps"):
            zone(segment, *second)

    @pytest.mark.parametrize(
        ("first", "second"), [((0, 50, "both"), (50, 100, "both")), ((0, 60, "left"), (50, 100, "right"))]
    )
    def test_neighbours_and_opposite_kerbs_are_welcome(self, first, second):
        segment = street()
        zone(segment, *first)
        zone(segment, *second)
        assert segment.zonings.count() == 2

    def test_the_next_year_may_say_something_else(self):
        segment = street()
        zone(segment, 0, 100, valid=DateRange(date(2025, 1, 1), date(2026, 1, 1)))
        zone(segment, 0, 100, zone="strict")
        assert segment.zonings.count() == 2

    def test_a_closed_record_makes_room_for_its_correction(self):
        segment = street()
        wrong = zone(segment, 0, 100)
        wrong.recorded = DateTimeTZRange(NOW, datetime(2026, 4, 1, tzinfo=UTC))
        wrong.save()
        zone(segment, 0, 100, zone="strict", recorded=DateTimeTZRange(datetime(2026, 4, 1, tzinfo=UTC), None))
        assert segment.zonings.count() == 2

    @pytest.mark.parametrize("change", [{"zone": "strict"}, {"from_m": 5}, {"basis": "x"}, {"street_class": 3}])
    def test_a_record_is_never_changed(self, refused, change):
        stretch = zone(street(), 0, 100)
        with refused("record_is_kept"):
            Zoning.objects.filter(pk=stretch.pk).update(**change)

    def test_a_record_is_never_reopened_nor_deleted(self, refused):
        stretch = zone(street(), 0, 100, recorded=DateTimeTZRange(NOW, datetime(2026, 4, 1, tzinfo=UTC)))
        with refused("record_is_kept"):
            Zoning.objects.filter(pk=stretch.pk).update(recorded=DateTimeTZRange(NOW, None))
        with refused("record_is_kept"):
            Zoning.objects.filter(pk=stretch.pk).delete()

    def test_its_line_is_cut_from_the_segment_and_follows_it(self):
        segment = street(100)
        stretch = zone(segment, 25, 75)
        assert Zoning.objects.get(pk=stretch.pk).geom.length / segment.geom.length == pytest.approx(0.5, abs=0.02)
        segment.geom = LineString((WEST, SOUTH), (WEST, SOUTH + 100 * METRE), srid=4490)
        segment.save()
        moved = Zoning.objects.get(pk=stretch.pk).geom
        assert {round(x, 6) for x, _ in moved} == {WEST}

    def test_it_cannot_start_beyond_the_end_of_the_street(self, refused):
        with refused("zoning_on_segment"):
            zone(street(100), 5_000, 6_000)


class TestGrids:
    """Grids tile the ground: neighbours share an edge, never a surface."""

    def grid(self, code: str, *sides: float, **more: object) -> Grid:
        return Grid.objects.create(code=code, geom=box(*sides), **more)

    def test_two_never_overlap(self, refused):
        self.grid("310115005001001", 0, 0, 100, 100)
        with refused("grid_never_overlaps"):
            self.grid("310115005001002", 90, 0, 200, 100)

    def test_one_never_hides_in_another(self, refused):
        self.grid("310115005001001", 0, 0, 100, 100)
        with refused("grid_never_overlaps"):
            self.grid("310115005001002", 40, 40, 60, 60)

    def test_a_shared_edge_is_no_overlap(self):
        self.grid("310115005001001", 0, 0, 100, 100)
        self.grid("310115005001002", 100, 0, 200, 100)
        assert Grid.objects.count() == 2

    def test_a_redrawn_grid_is_checked_too(self, refused):
        self.grid("310115005001001", 0, 0, 100, 100)
        other = self.grid("310115005001002", 100, 0, 200, 100)
        with refused("grid_never_overlaps"):
            Grid.objects.filter(pk=other.pk).update(geom=box(50, 0, 200, 100))

    def test_an_ended_grid_gives_its_ground_free(self):
        self.grid("310115005001001", 0, 0, 100, 100, ended_on=date(2026, 1, 1))
        self.grid("310115005001002", 0, 0, 50, 100, started_on=date(2026, 1, 1))
        assert Grid.objects.count() == 2


class TestGeometry:
    """Only sound geometry is stored."""

    BOWTIE = Polygon(((0, 0), (1, 1), (1, 0), (0, 1), (0, 0)), srid=4490)

    @pytest.mark.parametrize(
        "geom",
        [MultiPolygon(BOWTIE, srid=4490), MultiPolygon(srid=4490)],
        ids=["crosses itself", "empty"],
    )
    def test_unsound_surfaces_are_refused(self, refused, geom):
        with refused("building_sound"):
            Building.objects.create(geom=geom)

    @pytest.mark.parametrize("left", [6.6e6, 1e9], ids=["past the date line", "metres for degrees"])
    def test_nothing_lies_beyond_the_earth(self, left):
        with pytest.raises(DatabaseError), transaction.atomic():
            Building.objects.create(geom=box(left, 0, left + 10, 10))

    def test_not_a_number_is_refused(self):
        with pytest.raises(Exception, match=r"building|facility|coordinate|tolerance|NaN|nan"), transaction.atomic():
            Facility.objects.create(kind="bin", geom=Point(float("nan"), 31, srid=4490))
        assert not Facility.objects.exists()

    def test_a_line_is_a_fence_only_with_a_width(self, refused):
        fence = Fence.objects.create(code="F-1")
        lane = LineString((WEST, SOUTH), (WEST + 0.001, SOUTH), srid=4490)
        facts = {
            "fence": fence,
            "name": "消防通道",
            "purpose": "fire-lane",
            "valid": DateRange(date(2026, 1, 1), None),
            "recorded": DateTimeTZRange(NOW, None),
            "geom": lane,
        }
        with refused("fenceversion_has_body"):
            FenceVersion.objects.create(**facts)
        assert FenceVersion.objects.create(**facts, width_m=4).shape is not None
        with refused("fenceversion_one_at_a_time"):
            FenceVersion.objects.create(**facts, width_m=5)

    def test_the_tile_copy_is_the_web_mercator_of_the_stored(self):
        point = Facility.objects.create(kind="bin", geom=Point(121.5, 31.25, srid=4490))
        point.refresh_from_db()
        radius, lon, lat = 6_378_137, radians(121.5), radians(31.25)
        assert point.shape.x == pytest.approx(radius * lon, abs=0.01)
        assert point.shape.y == pytest.approx(radius * log(tan(pi / 4 + lat / 2)), abs=0.01)


class TestCodes:
    """Codes follow the pattern their city configured, and only that."""

    def test_a_code_that_breaks_its_pattern_is_refused(self, refused):
        CodePattern.objects.update_or_create(scheme="grid", defaults={"pattern": r"\d{15}", "title": "网格"})
        with refused("code_follows_pattern"):
            Grid.objects.create(code="31011500500100", geom=box(0, 0, 10, 10))
        assert Grid.objects.create(code="310115005001001", geom=box(0, 0, 10, 10)).pk

    def test_another_city_may_have_another_pattern(self):
        CodePattern.objects.update_or_create(scheme="grid", defaults={"pattern": r"\d{16}", "title": "网格"})
        assert Grid.objects.create(code="3101150005001001", geom=box(0, 0, 10, 10)).pk

    def test_each_scheme_of_a_building_has_its_own(self, refused):
        CodePattern.objects.update_or_create(scheme="shenzhen", defaults={"pattern": r"\d{19}", "title": "深圳"})
        house = Building.objects.create(geom=box(0, 0, 10, 10))
        with refused("code_follows_pattern"):
            BuildingCode.objects.create(building=house, scheme="shenzhen", code="44")
        assert BuildingCode.objects.create(building=house, scheme="local", code="A-7").pk

    def test_a_code_names_one_area(self, refused):
        Area.objects.create(level=Level.STREET, code="310115005", name="甲", geom=box(0, 0, 10, 10))
        with refused("area_code_once"):
            Area.objects.create(level=Level.STREET, code="310115005", name="乙", geom=box(0, 0, 10, 10))

    def test_areas_without_a_code_are_many(self):
        for name in "甲乙":
            Area.objects.create(level=Level.STREET, name=name, geom=box(0, 0, 10, 10))
        assert Area.objects.count() == 2


class TestPipes:
    """A pipe joins two different nodes; a node is a feature or an appendage."""

    def test_a_pipe_has_two_ends(self, refused):
        node = PipeNode.objects.create(code="JS1", category="JS", geom=Point(WEST, SOUTH, srid=4490))
        line = LineString((WEST, SOUTH, 1.5), (WEST + 0.001, SOUTH, 1.4), srid=4490)
        with refused("pipesegment_two_ends"):
            PipeSegment.objects.create(category="JS", start=node, end=node, geom=line)

    def test_depth_is_kept_and_the_tile_copy_is_flat(self):
        line = LineString((WEST, SOUTH, 1.5), (WEST + 0.001, SOUTH, 1.4), srid=4490)
        pipe = PipeSegment.objects.create(category="JS", geom=line)
        pipe.refresh_from_db()
        assert pipe.geom[0][2] == 1.5
        assert not pipe.shape.hasz

    def test_a_node_is_a_feature_or_an_appendage(self, refused):
        with refused("pipenode_feature_xor_appendage"):
            PipeNode.objects.create(
                code="1", category="JS", feature="三通", appendage="阀门", geom=Point(WEST, SOUTH, srid=4490)
            )


def test_a_doorplate_never_tells_the_flat():
    facts = {"road": "云亭路", "number": "12", "estate": "幸福里", "block": "3", "unit": "2", "room": "501"}
    address = Address.objects.create(**facts, geom=Point(WEST, SOUTH, srid=4490))
    address.refresh_from_db()
    assert address.doorplate == "云亭路12号幸福里3幢"


def test_every_write_is_news_once_a_transaction():
    News.objects.all().delete()
    Building.objects.bulk_create(Building(geom=box(i, 0, i + 1, 1)) for i in range(3))
    Building.objects.update(name="楼")
    assert list(News.objects.values_list("table", flat=True)) == ["spatial_building"]


def test_the_database_knows_chinese_trigrams():
    with connection.cursor() as cursor:
        cursor.execute("SELECT show_trgm('城图地图')")
        assert len(cursor.fetchone()[0]) > 3


def test_no_index_is_there_twice(db: None) -> None:
    """Of one table, columns, operators and rows; each write pays for both."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT array_agg(indexrelid::regclass::text ORDER BY indexrelid) FROM pg_index
              JOIN pg_class t ON t.oid = indrelid
             WHERE t.relnamespace = 'public'::regnamespace
             GROUP BY indrelid, indkey::text, indclass::text, indcollation::text, indoption::text,
                      pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid)
            HAVING count(*) > 1"""
        )
        assert cursor.fetchall() == []


class TestLogs:
    """Who asked what for is kept for three years as it was written, whoever is at the database."""

    @pytest.fixture(params=["layers_inquiry", "spatial_rollreading"])
    def log(self, request):
        reader = User.objects.create_user("reader")
        values = {"reader_id": reader.pk, "purpose": "核对"}
        if request.param == "layers_inquiry":
            values |= {"layer": "pipes", "question": "at", "rows": 1}
        for days in (0, 3 * 365 - 1, 3 * 366):
            more = {**values, "at": datetime.now(UTC) - timedelta(days=days)}
            with connection.cursor() as cursor:
                names, gaps = ", ".join(more), ", ".join(["%s"] * len(more))
                cursor.execute(f"INSERT INTO {request.param} ({names}) VALUES ({gaps})", list(more.values()))
        return request.param

    def test_it_is_neither_changed_nor_shortened_before_its_time(self, refused, log):
        young = "at > now() - interval '3 years'"
        for sql in (f"UPDATE {log} SET purpose = 'x'", f"UPDATE {log} SET at = at - interval '4 years'",
                    f"DELETE FROM {log}", f"DELETE FROM {log} WHERE {young}"):  # fmt: skip
            with refused("log_is_kept"), connection.cursor() as cursor:
                cursor.execute(sql)
        with pytest.raises(IntegrityError, match="three years"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {log}")

    def test_what_was_kept_for_its_time_may_go(self, log):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {log} WHERE at < now() - interval '3 years'")
            assert cursor.rowcount == 1

    def test_a_room_may_go_and_leaves_the_line(self):
        room = make(Room, building=make(Building))
        kept = RollReading.objects.create(reader=User.objects.create_user("r"), room=room, purpose="核对")
        room.delete()
        assert RollReading.objects.get().pk == kept.pk
