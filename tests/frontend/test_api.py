"""What the pages ask: layers, names, cards and places, each only as far as the asker may see."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import LineString, MultiLineString, MultiPolygon, Point, Polygon
from django.core.management import call_command

from gis.locate import index
from gis.models import (
    Address,
    Area,
    Building,
    Code,
    Facility,
    Grid,
    Level,
    PipeSegment,
    Road,
    Room,
    Segment,
    Unit,
    Zoning,
)
from layers import manifest
from layers.models import Account
from layers.scope import Audience, Role, read

pytestmark = pytest.mark.django_db


def box(west: float, south: float, east: float, north: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4490)


@pytest.fixture(autouse=True)
def fresh_counts():
    manifest.forget()


@pytest.fixture
def town(db):
    """Two streets offices side by side; a toilet, a tower and a flat in the western one, a pipe in each."""
    west = Area.objects.create(
        level=Level.STREET, name="西街道", code="310115001", geom=box(121.40, 31.2, 121.45, 31.3)
    )
    east = Area.objects.create(
        level=Level.STREET, name="东街道", code="310115002", geom=box(121.45, 31.2, 121.50, 31.3)
    )
    Grid.objects.create(
        code="310115001001001",
        name="一号网格",
        person="测试甲",
        phone="13800000000",
        geom=box(121.41, 31.2, 121.42, 31.3),
    )
    Facility.objects.create(
        kind="toilet",
        name="滨江公厕",
        code="3101150301000001",
        hours={"rules": [{"hours": ["06:00-22:00"]}]},
        geom=Point(121.415, 31.25, srid=4490),
        source="测试源",
        surveyed_at=date(2026, 3, 1),
    )
    Building.objects.create(name="滨江大厦", floors=30, code="B-7", geom=box(121.42, 31.21, 121.421, 31.211))
    for room in ("", "501"):
        Address.objects.create(road="滨江路", number="12", room=room, geom=Point(121.42, 31.21, srid=4490))
    for area, x in ((west, 121.42), (east, 121.47)):
        line = LineString((x, 31.25, 1.0), (x + 0.001, 31.25, 1.0), srid=4490)
        PipeSegment.objects.create(code=f"JS-{area.name}", category="JS", geom=line)
    return {"west": west, "east": east}


@pytest.fixture
def street(db):
    """滨河路, a kilometre long and one north of whoever asks, with all that is called after it: nearer, and plates."""
    call_command("load_codes", verbosity=0)
    line = LineString((121.5, 31.209), (121.51, 31.209))
    Road.objects.create(name="滨河路", kind="secondary", geom=MultiLineString(line, srid=4490))
    Segment.objects.create(code="S-1", name="滨河路(乐道巷—南园路)", geom=LineString(*line.coords, srid=4490))
    for name, kind, lat in (
        ("滨河路", "street-sign", 31.2),
        ("滨河路公交站", "bus-stop", 31.2),
        ("滨河路12号", "qr-plate", 31.2),
    ):
        Facility.objects.create(name=name, kind=kind, geom=Point(121.5, lat, srid=4490))
    for name, other, lon in (
        ("滨河路与乐道巷路口", "乐道巷与滨河路路口", 121.501),
        ("南园路与滨河路路口", "滨河路与南园路路口", 121.509),
    ):
        where = Point(lon, 31.209, srid=4490)
        Address.objects.create(road=name.split("与")[0], name=name, aliases=[other], kind="crossing", geom=where)
    corner = Point(121.505, 31.209, srid=4490)
    Address.objects.create(road="滨河路", number="12", geom=corner)
    Building.objects.create(name="滨河路12号", address="滨河路12号", geom=box(121.505, 31.209, 121.5052, 31.2092))
    index.catch_up()


def staff(client, role: str, area: Area | None = None, grants: tuple[str, ...] = ()):
    user = User.objects.create_user(f"{role}-user", password="x")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    Account.objects.create(user=user, area=area, grants=list(grants))
    client.force_login(user)
    return client


def found(client, text: str, **more: object) -> list[str]:
    return [hit["title"] for hit in client.get("/api/search", {"q": text, **more}).json()["results"]]


class TestManifest:
    def test_counts_bounds_and_sources_are_of_the_rows(self, client, town):
        layers = {layer["id"]: layer for layer in client.get("/api/manifest").json()["layers"]}
        toilets = layers["facilities"]
        assert toilets["count"] == 1
        assert toilets["bounds"] == [121.415, 31.25, 121.415, 31.25]
        (source,) = toilets["sources"]
        assert (source["source"], source["surveyed_at"]) == ("测试源", "2026-03-01")

    def test_what_is_not_public_is_not_there(self, client, town):
        answer = client.get("/api/manifest")
        assert {"pipes", "pipe-nodes", "pipe-findings", "rooms"}.isdisjoint(
            layer["id"] for layer in answer.json()["layers"]
        )
        assert "责任人" not in answer.content.decode()

    def test_staff_see_their_layers_and_only_their_area(self, client, town):
        answer = staff(client, "field", town["west"]).get("/api/manifest").json()
        layers = {layer["id"]: layer for layer in answer["layers"]}
        assert (answer["role"], layers["pipes"]["count"]) == ("field", 1)

    def test_staff_nobody_has_placed_see_nothing_kept_to_areas(self, client, town):
        user = User.objects.create_user("new-field")
        user.groups.add(Group.objects.get_or_create(name="field")[0])
        client.force_login(user)
        layers = {layer["id"]: layer for layer in client.get("/api/manifest").json()["layers"]}
        assert layers["pipes"]["count"] == 0


class TestSearch:
    def test_the_exact_name_comes_first_then_what_begins_with_it(self, client, town):
        Facility.objects.create(kind="park", name="大厦滨江", geom=Point(121.41, 31.21, srid=4490))
        Facility.objects.create(kind="park", name="滨江", geom=Point(121.41, 31.21, srid=4490))
        hits = found(client, "滨江")
        assert hits[0] == "滨江"
        assert hits[-1] == "大厦滨江"

    def test_the_nearer_of_equals_comes_first(self, client, db):
        for name, lon in (("东公厕", 121.5), ("西公厕", 121.4)):
            Facility.objects.create(kind="toilet", name=name, geom=Point(lon, 31.2, srid=4490))
        assert found(client, "公厕", lon=121.41, lat=31.2) == ["西公厕", "东公厕"]
        assert found(client, "公厕", lon=121.49, lat=31.2) == ["东公厕", "西公厕"]

    def test_a_street_in_many_pieces_is_one_answer(self, client, db):
        for i in range(5):
            line = MultiLineString(LineString((121 + i, 31), (121.5 + i, 31)), srid=4490)
            Road.objects.create(name="世纪大道", kind="arterial", rank=2, geom=line)
        assert found(client, "世纪") == ["世纪大道"]

    def test_a_street_comes_before_its_crossings_and_those_before_what_is_called_after_it(self, client, street):
        hits = client.get("/api/search", {"q": "滨河路", "lon": 121.5, "lat": 31.2}).json()["results"]
        told = [hit["title"] for hit in hits if "12" not in hit["title"]]
        crossings = ["滨河路与乐道巷路口", "南园路与滨河路路口"]
        assert told == ["滨河路", *crossings, "滨河路公交站", "滨河路", "滨河路(乐道巷—南园路)"]
        assert [hit["layer"] for hit in hits if hit["title"] == "滨河路"] == ["roads", "facilities"]

    def test_a_street_half_typed_comes_before_what_begins_so_and_is_nearer(self, client, street):
        assert found(client, "滨河", lon=121.5, lat=31.2)[:2] == ["滨河路", "滨河路公交站"]

    def test_a_house_and_its_door_are_one_suggestion(self, client, street):
        hits = client.get("/api/search", {"q": "滨河路1", "lon": 121.5, "lat": 31.2}).json()["results"]
        assert [(hit["title"], hit["subtitle"]) for hit in hits if hit["layer"] != "facilities"] == [
            ("滨河路12号", "滨河路12号")
        ]
        assert hits[-1]["subtitle"] == "二维码门牌"

    @pytest.mark.parametrize("text", ["", "   ", "%", "_", "\\", "'; DROP TABLE", "滨" * 500])
    def test_odd_words_find_nothing_and_break_nothing(self, client, town, text):
        assert found(client, text) == []

    def test_english_is_found_in_any_case(self, client, db):
        Facility.objects.create(kind="park", name="滨江", name_en="Riverside Park", geom=Point(121, 31, srid=4490))
        assert found(client, "riverSIDE") == ["滨江"]

    @pytest.mark.parametrize(
        "text", ["厕所", "公厕", "toilet", "Public toi", "３１０１１５０３０１０００００１", "滨江 公厕"]
    )
    def test_a_thing_is_found_by_what_it_is_however_typed(self, client, town, text):
        call_command("load_codes", verbosity=0)
        assert "滨江公厕" in found(client, text)

    def test_a_thing_without_a_name_is_called_what_it_is(self, client, db):
        call_command("load_codes", verbosity=0)
        Facility.objects.create(kind="toilet", geom=Point(121, 31, srid=4490))
        assert found(client, "厕所") == ["公共厕所"]

    def test_what_kind_it_is_is_said_in_words(self, client, town):
        call_command("load_codes", verbosity=0)
        (hit,) = client.get("/api/search", {"q": "滨江公厕"}).json()["results"]
        assert (hit["subtitle"], hit["subtitle_en"]) == ("公共厕所", "Public toilet")

    def test_rooms_of_one_number_are_told_apart_by_their_houses(self, client, db):
        for place, (name, address) in enumerate((("", "华银坊163号"), ("502栋", "华银坊165号"))):
            west = 121.42 + place * 0.0004
            house = Building.objects.create(name=name, address=address, geom=box(west, 31.21, west + 0.0003, 31.2102))
            for stair in ("1单元", "2单元"):
                unit = Unit.objects.create(building=house, name=stair)
                spot = Point(west + 0.0001, 31.2101, srid=4490)
                Room.objects.create(building=house, unit=unit, number="502", floor=5, geom=spot)
        asked = {"q": "502", "lon": 121.4201, "lat": 31.2101}
        assert [hit["layer"] for hit in client.get("/api/search", asked).json()["results"]] == ["buildings"]
        hits = staff(client, "manager").get("/api/search", asked).json()["results"]
        rooms = [hit for hit in hits if hit["layer"] == "rooms"]
        assert {hit["title"] for hit in rooms} == {"502"}
        assert sorted(hit["subtitle"] for hit in rooms) == sorted(
            f"{house} · {stair}" for house in ("华银坊163号", "502栋 · 华银坊165号") for stair in ("1单元", "2单元")
        )
        card = client.get(f"/api/features/rooms/{rooms[0]['id']}").json()
        assert {"building_address": "华银坊163号", "unit_name": "1单元"}.items() <= {
            row["key"]: row["value"] for row in card["rows"]
        }.items()

    def test_a_house_is_found_by_its_number_alone_by_who_stands_in_the_estate(self, client, db):
        for place, address in enumerate(("民安花苑3幢", "民安花苑4幢", "民康里3幢", "远山苑3幢")):
            west = 121.42 + (place * 0.0004 if place < 3 else 0.02)
            house = Building.objects.create(address=address, geom=box(west, 31.21, west + 0.0003, 31.2102))
            if place:
                Room.objects.create(building=house, number="502", floor=5, geom=Point(west, 31.2101, srid=4490))
        index.catch_up()

        def houses(who, line, **near):
            return [hit["title"] for hit in who.get("/api/search", {"q": line, **near}).json()["results"]]

        here = {"lon": 121.4201, "lat": 31.2101}
        assert houses(client, "3号楼502", **here) == houses(client, "三幢", **here) == ["民安花苑3幢", "民康里3幢"]
        assert houses(client, "3号楼502") == houses(client, "5号楼502", **here) == []
        manager = staff(client, "manager")
        assert houses(manager, "3号楼502", **here) == ["民康里3幢"], "it has that room"
        assert houses(manager, "3号楼9902", **here) == ["民安花苑3幢", "民康里3幢"]

    def test_residents_do_not_find_flats_pipes_or_people(self, client, town):
        index.catch_up()
        assert found(client, "JS-") == found(client, "501") == found(client, "测试甲") == []
        assert found(client, "滨江路") == ["滨江路12号"]

    def test_a_half_position_is_refused_with_a_sentence(self, client, db):
        answer = client.get("/api/search", {"q": "x", "lon": "nan", "lat": "31"})
        assert answer.status_code == 400
        assert "lon" in answer.json()["error"]


class TestCard:
    def card(self, client, layer: str, pk: int):
        return client.get(f"/api/features/{layer}/{pk}")

    def test_it_says_what_where_when_and_from_whom(self, client, town):
        call_command("load_codes", verbosity=0)
        card = self.card(client, "facilities", Facility.objects.get().pk).json()
        rows = {row["key"]: row["value"] for row in card["rows"]}
        assert (card["title"], rows["kind"]) == ("滨江公厕", "公共厕所")
        assert "06:00" in rows["hours"]
        assert next(row["raw"] for row in card["rows"] if row["key"] == "kind") == "toilet"
        assert card["provenance"]["source"] == "测试源"
        assert "source_en" not in card["provenance"]
        assert [place["title"] for place in card["within"]] == ["西街道", "一号网格"]
        assert card["geometry"] == {"type": "Point", "coordinates": [121.415, 31.25]}

    def test_a_source_has_the_english_name_that_a_list_gives_it(self, client, town):
        Code.objects.create(list="source", edition="本市", code="测试源", name="测试源", name_en="Test register")
        assert (
            self.card(client, "facilities", Facility.objects.get().pk).json()["provenance"]["source_en"]
            == "Test register"
        )
        manifest.forget()
        layers = {layer["id"]: layer for layer in client.get("/api/manifest").json()["layers"]}
        assert layers["facilities"]["sources"][0]["source_en"] == "Test register"

    @pytest.mark.parametrize(
        ("kind", "unit", "unit_en"),
        [
            ("toilet", "个厕位", "cabins"),
            ("collection-point", "升", "L"),
            ("parking", "个车位", "spaces"),
            ("market", "个摊位", "stalls"),
            ("hospital", "张床位", "beds"),
            ("manhole", "", ""),
        ],
    )
    def test_a_capacity_says_what_it_counts(self, client, db, kind, unit, unit_en):
        call_command("load_codes", verbosity=0)
        pk = Facility.objects.create(kind=kind, capacity=8, geom=Point(121.4, 31.2, srid=4490)).pk
        (said,) = (row for row in self.card(client, "facilities", pk).json()["rows"] if row["key"] == "capacity")
        assert (said["value"], said["unit"], said["unit_en"]) == ("8", unit, unit_en)
        for language, counted in (("zh-hans", unit), ("en", unit_en)):
            page = client.get(f"/p/facilities:{pk}", headers={"accept-language": language}).content.decode()
            assert f"<dd>8 {counted}</dd>" in page if counted else "<dd>8</dd>" in page

    def test_nothing_lies_in_itself_or_in_what_it_holds(self, client, town):
        area, grid = Area.objects.get(name="西街道"), Grid.objects.get()
        rows = {"areas": area.pk, "grids": grid.pk}
        chains = [self.card(client, layer, pk).json()["within"] for layer, pk in rows.items()]
        assert [[place["title"] for place in chain] for chain in chains] == [[], ["西街道"]]

    def test_fields_not_for_residents_are_absent(self, client, town):
        card = self.card(client, "grids", Grid.objects.get().pk).content.decode()
        assert "测试甲" not in card
        assert "13800000000" not in card
        card = self.card(staff(client, "field"), "grids", Grid.objects.get().pk).content.decode()
        assert "测试甲" in card
        assert "13800000000" not in card

    def test_a_telephone_is_shown_to_whom_it_is_granted(self, client, town):
        card = self.card(staff(client, "field", grants=("contacts",)), "grids", Grid.objects.get().pk)
        assert "13800000000" in card.content.decode()

    def test_a_flat_does_not_exist_for_residents(self, client, town):
        flat = Address.objects.get(room="501")
        assert self.card(client, "addresses", flat.pk).status_code == 404

    def test_staff_do_not_see_the_pipes_of_the_next_area(self, client, town):
        staff(client, "field", town["west"])
        own, other = (PipeSegment.objects.get(code=f"JS-{name}").pk for name in ("西街道", "东街道"))
        assert self.card(client, "pipes", own).status_code == 200
        assert self.card(client, "pipes", other).status_code == 404

    def test_what_only_drawing_needs_is_not_read_out(self, client, db):
        line = MultiLineString(LineString((121, 31), (121.1, 31)), srid=4490)
        road = Road.objects.create(name="世纪大道", kind="arterial", rank=2, geom=line)
        keys = {row["key"] for row in self.card(client, "roads", road.pk).json()["rows"]}
        assert keys & {"rank", "tunnel"} == set()

    def test_zoning_is_told_in_words(self, client, db):
        segment = Segment.objects.create(name="滨江路", geom=LineString((121.4, 31.2), (121.41, 31.2), srid=4490))
        zoning = Zoning.objects.create(
            segment=segment,
            from_m=0,
            to_m=100,
            side="left",
            street_class=1,
            zone="forbidden",
            valid=(date(2026, 1, 1), None),
            recorded=(datetime(2026, 1, 1, tzinfo=UTC), None),
        )
        card = self.card(client, "zoning", zoning.pk).json()
        rows = {row["key"]: row["value"] for row in card["rows"]}
        assert (card["title"], rows["zone"], rows["street_class"], rows["side"]) == ("滨江路", "严禁区", "一类", "左侧")
        assert rows["valid"] == "2026-01-01 起"


class TestPlace:
    def test_a_code_leads_to_the_card_and_on_to_the_map(self, client, town):
        answer = client.get("/p/3101150301000001")
        pk = Facility.objects.get().pk
        assert answer.status_code == 200
        assert f'href="/map?sel=facilities:{pk}#17.00/31.25000/121.41500"' in answer.content.decode()

    def test_a_code_residents_may_not_see_leads_nowhere(self, client, town):
        assert client.get("/p/B-7").status_code == 404
        assert client.get("/p/JS-西街道").status_code == 404


class TestPassport:
    def test_signing_in_gives_the_tile_cookie_and_signing_out_takes_it(self, client, town):
        staff(client, "field", town["west"])
        client.get("/api/manifest")
        assert read(client.cookies["audience"].value).audience == Audience(Role.FIELD, str(town["west"].pk))
        assert client.cookies["audience"]["httponly"]
        client.post("/accounts/logout/")
        assert client.cookies["audience"].value == ""

    def test_an_answer_with_the_cookie_is_kept_by_no_cache(self, client, town):
        """Exports and pictures may be kept for all; the staff cookie must not be kept with one of them."""
        staff(client, "planner", None)
        answer = client.get("/api/export/fences.csv")
        assert "audience" in answer.cookies
        assert "public" not in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]
        assert answer.getvalue()
        again = client.get("/api/export/fences.csv")
        assert again.getvalue()
        assert "public" in again["Cache-Control"]

    def test_residents_carry_no_cookie_at_all(self, client, town):
        assert not client.get("/api/manifest").cookies


class TestSignIn:
    def test_the_page_is_ours_and_a_wrong_password_is_said_kindly(self, client, db):
        page = client.get("/accounts/login/?next=/map", headers={"accept-language": "zh-hans"})
        assert "工作人员登录" in page.content.decode()
        wrong = client.post("/accounts/login/", {"username": "nobody", "password": "x"})
        assert "请再试一次" in wrong.content.decode()

    def test_it_never_leads_to_another_host(self, client, db):
        User.objects.create_user("planner", password="long-and-odd")
        form = {"username": "planner", "password": "long-and-odd", "next": "//elsewhere.example/"}
        assert client.post("/accounts/login/", form)["Location"] == "/map"
