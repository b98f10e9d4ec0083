"""The import desk over HTTP: who may, what arrives, what is seen in it, what comes of it, and the way back."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import Point
from django.db import connection, connections
from django.test import Client

from gis.crs import Crs, transformer, wgs84_to_gcj02
from gis.errors import NotFound
from gis.ingest import desk, pyramids, queue, uploads
from gis.models import Address, Facility, ImportJob, ImportRun, Raster, Upload
from layers.models import Account
from tests.tiles.raster import photo

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/imports/"
TOILETS = [("GC-1", "滨江公厕", 121.5012, 31.2401), ("GC-2", "东园公厕", 121.5033, 31.2412)]


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Files in a folder of the test; the queue is worked on when the test says so."""
    settings.VAR, settings.IMPORT_WORKERS = tmp_path, False
    yield
    connections.close_all()


def person(role: str, name: str = "") -> User:
    user = User.objects.create(username=name or f"{role}-user")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def planner() -> Client:
    return signed_in(person("planner"))


def work() -> None:
    """Do all that is queued."""
    for lane in queue.LANES:
        queue.work(lane, desk.do, patience=0)


def geojson(rows: list[tuple[str, str, float, float]] = TOILETS, **more: Any) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"编号": code, "名称": name, "种类": "公共厕所", **more},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for code, name, lon, lat in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def announce(client: Client, *files: tuple[str, bytes]) -> Any:
    listed = [{"name": name, "size": len(content)} for name, content in files]
    return client.post(f"{API}uploads", {"files": listed}, "application/json")


def put(client: Client, token: str, number: int, content: bytes, at: int = 0) -> Any:
    return client.put(f"{API}uploads/{token}/files/{number}?at={at}", content, "application/octet-stream")


def bring(client: Client, *files: tuple[str, bytes]) -> dict[str, Any]:
    """Upload files, look into them and return the upload."""
    answer = announce(client, *files)
    assert answer.status_code == 201, answer.content.decode()
    token = answer.json()["token"]
    for number, (_, content) in enumerate(files):
        for at in range(0, len(content), uploads.CHUNK):
            assert put(client, token, number, content[at : at + uploads.CHUNK], at).status_code == 200
    assert client.post(f"{API}uploads/{token}/look").status_code == 202
    work()
    found = client.get(f"{API}uploads/{token}").json()
    assert found["look"]["state"] == "done", found["look"]
    return dict(found)


def order(client: Client, token: str, kind: str, asked: dict[str, Any], dataset: int = 0) -> dict[str, Any]:
    """Order a trial or an import, have it done and return the job."""
    url = f"{API}uploads/{token}/datasets/{dataset}/{kind}"
    answer = client.post(url, asked, "application/json")
    assert answer.status_code == 202, answer.content.decode()
    work()
    return dict(client.get(f"{API}jobs/{answer.json()['id']}").json())


FIELDS = {"code": "编号", "name": "名称", "kind": "种类"}
ORDER = {"subject": "facilities", "source": "市城管", "fields": FIELDS, "id": ["编号"]}


class TestWhoMay:
    """Planners and administrators; to everybody else there is nothing."""

    @pytest.mark.parametrize("role", ["field", "manager"])
    def test_other_staff_find_nothing(self, role: str) -> None:
        client = signed_in(person(role))
        assert client.get("/import").status_code == 404
        assert client.get(f"{API}runs").status_code == 404
        assert announce(client, ("a.geojson", b"{}")).status_code == 404
        assert not Upload.objects.exists()

    def test_a_stranger_is_sent_to_sign_in_and_gets_no_data(self) -> None:
        answer = Client().get("/import")
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/import")
        assert Client().get(f"{API}runs").status_code == 404

    @pytest.mark.parametrize("role", ["planner", "admin"])
    def test_planners_and_administrators_see_the_page(self, role: str) -> None:
        answer = signed_in(person(role)).get("/import")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]

    def test_a_manager_who_is_a_planner_as_well_sees_it_and_finds_the_way(self) -> None:
        both = person("manager")
        both.groups.add(Group.objects.get_or_create(name="planner")[0])
        answer = signed_in(both).get("/import")
        assert answer.status_code == 200
        assert 'href="/import"' in signed_in(both).get("/checks").content.decode()

    def test_a_planner_is_offered_no_subject_he_may_not_see(self, planner: Client) -> None:
        page = planner.get("/import").content.decode()
        assert '"facilities"' in page
        assert '"rooms"' not in page
        token = bring(planner, ("户室.csv", "楼栋,室号\nA,101\n".encode()))["token"]
        url = f"{API}uploads/{token}/datasets/0"
        assert planner.get(f"{url}/form?subject=rooms").status_code == 404
        assert planner.post(f"{url}/load", {"subject": "rooms"}, "application/json").status_code == 404

    def test_who_is_kept_to_an_area_imports_nothing_that_areas_keep_apart(self, planner: Client) -> None:
        """He may not see the pipes of another street, so he may not overwrite them, nor try what would change."""
        token = bring(planner, ("管线.csv", "管线号\nA\n".encode()))["token"]
        form = f"{API}uploads/{token}/datasets/0/form?subject=pipes"
        assert '"pipes"' not in planner.get("/import").content.decode()
        assert planner.get(form).status_code == 404
        assert planner.post(f"{API}uploads/{token}/datasets/0/trial", {"subject": "pipes"}, "application/json"
                            ).status_code == 404  # fmt: skip
        Account.objects.create(user=User.objects.get(username="planner-user"), area=None)
        assert planner.get(form).status_code == 200

    def test_nobody_touches_the_upload_of_another(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        job = order(planner, token, "trial", ORDER)["id"]
        other = signed_in(person("planner", "other"))
        for url in (f"uploads/{token}", f"uploads/{token}/datasets/0/form?subject=facilities",
                    f"uploads/{token}/datasets/0/preview", f"uploads/{token}/datasets/0/rows",
                    f"jobs/{job}", f"jobs/{job}/mapping.toml", f"jobs/{job}/refused.csv"):  # fmt: skip
            assert other.get(API + url).status_code == 404, url
        assert put(other, token, 0, b"x").status_code == 404
        assert other.delete(f"{API}uploads/{token}").status_code == 404
        for url in (f"uploads/{token}/look", f"uploads/{token}/datasets/0/load", f"jobs/{job}/cancel"):
            assert other.post(API + url, {"subject": "facilities"}, "application/json").status_code == 404, url
        assert planner.get(f"{API}uploads/{token}").status_code == 200

    def test_an_administrator_sees_everybodys_but_imports_only_his_own(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        admin = signed_in(person("admin"))
        assert admin.get(f"{API}uploads/{token}").status_code == 200
        url = f"{API}uploads/{token}/datasets/0/load"
        assert admin.post(url, ORDER, "application/json").status_code == 404
        assert admin.delete(f"{API}uploads/{token}").status_code == 200

    def test_a_forged_request_is_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person("planner"))
        assert announce(client, ("a.geojson", b"{}")).status_code == 403
        assert put(client, "A" * 43, 0, b"x").status_code == 403
        assert client.delete(f"{API}uploads/{'A' * 43}").status_code == 403

    @pytest.mark.parametrize("token", ["A" * 43, "x", "..", "A" * 42 + "/", "A" * 5000])
    def test_a_guessed_token_is_nothing(self, planner: Client, token: str) -> None:
        assert planner.get(f"{API}uploads/{token}").status_code == 404

    def test_tokens_do_not_repeat(self, planner: Client) -> None:
        tokens = {announce(planner, ("a.csv", b"")).json()["token"] for _ in range(8)}
        assert len(tokens) == 8
        assert {len(token) for token in tokens} == {43}


class TestUploading:
    """Bytes in order, within limits, under names that stay below our folder."""

    @pytest.mark.parametrize(
        "name",
        ["../a.csv", "/etc/passwd", "a/../../b.csv", "..", "a\\..\\b.csv", "C:\\a.csv", "a\x00.csv", "", "a\nb.csv",
         "x" * 300 + ".csv", "/".join("abcdefghij") + "/a.csv", "\ud800.csv", "a\u202egpj.csv"],
    )  # fmt: skip
    def test_a_name_that_leads_out_is_refused(self, planner: Client, name: str, tmp_path: Path) -> None:
        assert announce(planner, (name, b"a")).status_code == 400
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("lead", ["/", "//", "///", "\\", "\\\\", "//./", "./../../", "\\/"])
    def test_a_name_from_the_root_is_refused(self, planner: Client, lead: str, tmp_path: Path) -> None:
        """Two slashes in front are a root of their own, and once passed for a name below ours."""
        assert announce(planner, (f"{lead}{str(tmp_path)[1:]}/a.csv", b"a")).status_code == 400
        assert not (tmp_path / "a.csv").exists()

    @pytest.mark.parametrize("lead", ["", "/", "../" * 30])
    def test_no_name_on_record_leads_out(self, planner: Client, lead: str, tmp_path: Path) -> None:
        token = announce(planner, ("a.csv", b"abc")).json()["token"]
        Upload.objects.update(files=[{"name": f"{lead}{tmp_path}/a.csv", "size": 3}])
        assert put(planner, token, 0, b"abc").status_code == 404
        with pytest.raises(NotFound):
            uploads.place(Upload.objects.get(), 0)
        assert not (tmp_path / "a.csv").exists()

    def test_a_file_of_a_folder_stays_below_its_upload(self, planner: Client) -> None:
        token = announce(planner, ("城管/公厕 2026.geojson", b"{}")).json()["token"]
        put(planner, token, 0, b"{}")
        (path,) = (one for one in uploads.folder().rglob("*") if one.is_file())
        assert path == uploads.folder() / token / "files" / "城管" / "公厕 2026.geojson"

    @pytest.mark.parametrize(
        "files",
        [None, [], "a", [{"name": "a"}], [{"name": "a", "size": -1}], [{"name": "a", "size": "9"}],
         [{"name": "a", "size": True}], [{"name": "a", "size": 1}, {"name": "A", "size": 1}],
         [{"name": "a", "size": 1}, {"name": "a/b", "size": 1}],
         [{"name": f"{n}.csv", "size": 1} for n in range(1001)]],
    )  # fmt: skip
    def test_a_senseless_announcement_is_refused(self, planner: Client, files: Any) -> None:
        assert planner.post(f"{API}uploads", {"files": files}, "application/json").status_code == 400

    def test_more_than_the_limit_is_refused_before_a_byte_is_sent(self, planner: Client, settings: Any) -> None:
        settings.IMPORT_LIMIT = 10
        answer = announce(planner, ("a.csv", b"x" * 11))
        assert answer.status_code == 400
        assert "超过上限" in answer.json()["error"]

    def test_more_than_was_announced_is_refused(self, planner: Client) -> None:
        token = announce(planner, ("a.csv", b"abc")).json()["token"]
        assert put(planner, token, 0, b"abcd").status_code == 400
        assert put(planner, token, 0, b"x" * (uploads.CHUNK + 1)).status_code == 400
        assert planner.get(f"{API}uploads/{token}").json()["files"][0]["received"] == 0

    def test_a_full_disk_is_said(self, planner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "SPARE", 1 << 62)
        answer = announce(planner, ("a.csv", b"abc"))
        assert answer.status_code == 507
        assert "磁盘" in answer.json()["error"]

    def test_room_promised_twice_is_not_taken_from_the_database(self, planner: Client, monkeypatch: Any) -> None:
        token = announce(planner, ("a.csv", b"abc")).json()["token"]
        monkeypatch.setattr(uploads, "SPARE", 1 << 62)
        assert put(planner, token, 0, b"abc").status_code == 507

    def test_a_disk_that_fills_under_way_leaves_no_half_chunk(self, planner: Client) -> None:
        token = announce(planner, ("a.csv", b"abcdef")).json()["token"]
        path = uploads.place(Upload.objects.get(), 0)
        path.unlink()
        path.symlink_to("/dev/full")  # every write there: no space left on device
        assert put(planner, token, 0, b"abc").status_code == 507

    def test_a_broken_upload_goes_on_where_it_stopped(self, planner: Client) -> None:
        content = geojson()
        token = announce(planner, ("公厕.geojson", content)).json()["token"]
        assert put(planner, token, 0, content[:100]).json() == {"received": 100}
        assert planner.post(f"{API}uploads/{token}/look").status_code == 409
        again = put(planner, token, 0, content[:100])
        assert (again.status_code, again.json()["error"][:9]) == (409, "应从第 100 字")
        assert put(planner, token, 0, content[100:], at=100).json() == {"received": len(content)}
        assert planner.get(f"{API}uploads/{token}").json()["complete"]

    def test_there_is_no_file_beyond_those_announced(self, planner: Client) -> None:
        token = announce(planner, ("a.csv", b"abc")).json()["token"]
        assert put(planner, token, 1, b"abc").status_code == 404

    def test_deleted_files_are_gone(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        assert planner.delete(f"{API}uploads/{token}").status_code == 200
        assert not (uploads.folder() / token).exists()
        assert planner.get(f"{API}uploads/{token}").status_code == 404

    def test_what_lies_about_for_a_week_is_deleted(self, planner: Client) -> None:
        token = announce(planner, ("a.csv", b"abc")).json()["token"]
        Upload.objects.update(at="2026-01-01T00:00:00Z")
        announce(planner, ("b.csv", b"abc"))
        assert not (uploads.folder() / token).exists()
        assert Upload.objects.count() == 1


class TestLooking:
    """What is in the files, and what it is likely to be."""

    def test_a_file_says_what_it_is(self, planner: Client) -> None:
        (seen,) = bring(planner, ("公厕.geojson", geojson()))["found"]
        assert (seen["rows"], seen["kinds"], seen["subject"]) == (2, ["Point"], "facilities")
        assert seen["fields"] == ["编号", "名称", "种类"]
        assert seen["crs_name"] == "EPSG:4326"

    def test_a_table_in_gbk_says_so(self, planner: Client) -> None:
        table = "编号,名称,种类,经度,纬度\r\nGC-1,滨江公厕,公共厕所,121.5012,31.2401\r\n".encode("gbk")
        (seen,) = bring(planner, ("公厕.csv", table))["found"]
        assert (seen["encoding"], seen["places"], seen["presumed"]) == ("GBK", ["经度", "纬度"], True)

    def test_a_bad_file_says_why_and_leaves_the_others_alone(self, planner: Client) -> None:
        found = bring(planner, ("公厕.geojson", geojson()), ("坏.geojson", b'{"type": "Feature'), ("说明.exe", b"MZ"))
        errors = {seen["file"]: seen["error"] for seen in found["found"]}
        assert errors["公厕.geojson"] == ""
        assert "坏.geojson" in errors["坏.geojson"]
        assert errors["说明.exe"]

    def test_the_form_guesses_and_gives_examples(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        form = planner.get(f"{API}uploads/{token}/datasets/0/form?subject=facilities").json()
        columns = {column["name"]: column for column in form["columns"]}
        assert {name: columns[name]["guess"] for name in FIELDS} == {"code": None, "name": "名称", "kind": "种类"}
        assert columns["kind"]["required"]
        assert {"code": "toilet", "title": "公共厕所", "title_en": "Public toilet"} in columns["kind"]["words"]
        assert form["values"]["名称"] == ["滨江公厕", "东园公厕"]
        assert (form["id"], form["source"]) == (["编号"], "公厕")

    def test_the_preview_lies_where_the_chosen_datum_puts_it(self, planner: Client) -> None:
        lon, lat = (float(one[0]) for one in wgs84_to_gcj02([121.5012], [31.2401]))
        token = bring(planner, ("公厕.geojson", geojson([("GC-1", "滨江公厕", lon, lat)])))["token"]
        url = f"{API}uploads/{token}/datasets/0/preview"
        wrong = planner.get(url).json()["features"][0]["geometry"]["coordinates"]
        right = planner.get(f"{url}?crs=gcj02").json()["features"][0]["geometry"]["coordinates"]
        assert abs(wrong[0] - 121.5012) > 0.003
        assert right == pytest.approx([121.5012, 31.2401], abs=2e-6)
        assert planner.get(f"{url}?crs=EPSG:9999").status_code == 400

    def test_another_reading_is_offered_though_a_shape_is_empty(self, planner: Client) -> None:
        Facility.objects.create(kind="toilet", geom=Point(121.5, 31.24, srid=4490))
        east, north = (float(one[0]) for one in transformer(Crs.parse("EPSG:4549"), out=True)([121.5012], [31.2401]))
        lines = json.loads(geojson([("GC-1", "滨江公厕", east, north), ("GC-2", "东园公厕", 0, 0)]))
        lines["features"][1]["geometry"] = {"type": "Polygon", "coordinates": []}
        token = bring(planner, ("公厕.geojson", json.dumps(lines).encode()))["token"]
        seen = planner.get(f"{API}uploads/{token}/datasets/0/preview").json()
        assert (seen["off_map"], seen["features"], seen["better"]) == (1, [], "EPSG:4549")

    def test_a_person_says_which_columns_are_the_coordinates(self, planner: Client) -> None:
        """Two pairs, each as good as the other: nothing is guessed, one is chosen, and known again next time."""
        fields = "编号,名称,种类,WGS84经度,WGS84纬度,高德经度,高德纬度"
        table = f"{fields}\nA,滨江公厕,公共厕所,121.5012,31.2401,121.506,31.238\n"
        found = bring(planner, ("公厕.csv", table.encode()))
        url = f"{API}uploads/{found['token']}/datasets/0"
        (seen,) = found["found"]
        assert (seen["tabular"], seen["places"], seen["subject"]) == (True, [], "")
        for wrong in ({}, [], {"places": []}, {"places": ["没有"]}, {"places": ["编号"] * 2}, {"places": "编号"}):
            assert planner.post(f"{url}/places", wrong, "application/json").status_code == 400
        chosen = ["WGS84经度", "WGS84纬度"]
        assert planner.post(f"{url}/places", {"places": chosen}, "application/json").status_code == 202
        assert planner.post(f"{url}/places", {"places": chosen}, "application/json").status_code == 409, "one at a time"
        work()
        (seen,) = planner.get(f"{API}uploads/{found['token']}").json()["found"]
        assert (seen["places"], seen["kinds"], seen["subject"]) == (chosen, ["Point"], "facilities")
        (shown,) = planner.get(f"{url}/preview").json()["features"]
        assert shown["geometry"]["coordinates"] == [121.5012, 31.2401]
        job = order(planner, found["token"], "load", ORDER)
        assert (job["state"], job["outcome"]["added"]) == ("done", 1)
        assert 'x = "WGS84经度"' in planner.get(f"{API}jobs/{job['id']}/mapping.toml").content.decode()
        token = bring(planner, ("又一份.csv", table.encode()))["token"]
        last = planner.get(f"{API}uploads/{token}/datasets/0/form?subject=facilities").json()["last"]
        assert last["places"] == chosen

    def test_a_file_that_names_no_system_is_offered_the_likeliest(self, planner: Client) -> None:
        Facility.objects.create(kind="toilet", geom=Point(121.5, 31.24, srid=4490))
        table = "种类,X,Y\n公共厕所,3458123.4,643210.5\n"
        token = bring(planner, ("公厕.csv", table.encode()))["token"]
        seen = planner.get(f"{API}uploads/{token}/datasets/0/preview").json()
        assert (seen["features"], seen["crs"]) == ([], "")
        assert seen["better"].startswith("EPSG:45") and "没有写明坐标系" in seen["error"]

    def test_a_look_survives_its_page(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        assert planner.get(f"{API}uploads/{token}").json()["found"][0]["file"] == "公厕.geojson"
        assert planner.get(f"{API}uploads/{token}/datasets/0/rows").json()["head"][0]["名称"] == "滨江公厕"
        assert planner.get(f"{API}uploads/{token}/datasets/1/rows").status_code == 404


class TestOrdering:
    """Trial, import, history, next time."""

    def test_a_trial_counts_and_writes_nothing(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        job = order(planner, token, "trial", ORDER)
        assert (job["state"], job["outcome"]["added"]) == ("done", 2)
        assert not Facility.objects.exists()
        assert not ImportRun.objects.exists()

    def test_an_import_writes_and_is_remembered_with_its_author(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        job = order(planner, token, "load", ORDER)
        assert (job["state"], job["outcome"]["added"]) == ("done", 2)
        assert set(Facility.objects.values_list("source", "kind", "name")) == {
            ("市城管", "toilet", "滨江公厕"),
            ("市城管", "toilet", "东园公厕"),
        }
        (run,) = planner.get(f"{API}runs").json()["runs"]
        assert (run["by"], run["file"], run["added"], run["undoable"]) == ("planner-user", "公厕.geojson", 2, True)

    def test_registers_of_addresses_are_compared_after_each_import(self, planner: Client) -> None:
        fields = {"road": "路", "number": "号", "name": "名称"}
        for source in ("公安", "邮政"):
            lines = f"编号,路,号,名称,lon,lat\n1,人民路,12,{source},121.5,31.24\n"
            token = bring(planner, ("门牌.csv", lines.encode()))["token"]
            asked = {"subject": "addresses", "source": source, "fields": fields, "id": ["编号"], "crs": "EPSG:4490"}
            done = order(planner, token, "load", asked)
            assert done["state"] == "done", done
        assert Address.objects.filter(same_as__isnull=False).count() == 1
        compared = ImportJob.objects.filter(kind="merge", state="done").order_by("pk")
        assert [job.outcome["addresses"] for job in compared] == [1, 2]
        page = planner.get("/checks/addresses").content.decode()
        assert "2 条地址，归并 1 条" in page
        assert planner.get(f"{API}runs").json()["jobs"] == []

    def test_refused_rows_are_told_listed_and_drawn(self, planner: Client) -> None:
        rows = [*TOILETS, ("GC-3", "太长" * 200, 121.504, 31.241)]
        token = bring(planner, ("公厕.geojson", geojson(rows)))["token"]
        job = order(planner, token, "trial", ORDER)
        (reason,) = job["outcome"]["reasons"]
        assert (reason["reason"], reason["count"], reason["row"]) == ("too_long", 1, 3)
        table = b"".join(planner.get(f"{API}jobs/{job['id']}/refused.csv").streaming_content).decode("utf-8-sig")
        assert "GC-3" in table
        shapes = json.loads(b"".join(planner.get(f"{API}jobs/{job['id']}/refused.geojson").streaming_content))
        assert [one["geometry"]["coordinates"] for one in shapes["features"]] == [[121.504, 31.241]]
        (seen,) = planner.get(f"{API}uploads/{token}").json()["jobs"]
        assert seen["refused"]

    def test_constants_fill_what_a_file_lacks(self, planner: Client) -> None:
        token = bring(planner, ("公厕.csv", "编号,名称,经度,纬度\nGC-1,滨江公厕,121.5012,31.2401\n".encode()))["token"]
        fields = {"code": "编号", "name": "名称"}
        lacking = order(planner, token, "trial", ORDER | {"fields": fields})
        assert (lacking["state"], "kind" in lacking["error"]) == ("failed", True)
        job = order(planner, token, "load", ORDER | {"fields": fields, "constants": {"kind": "toilet"}})
        assert job["outcome"]["added"] == 1
        assert Facility.objects.get().kind == "toilet"
        toml = planner.get(f"{API}jobs/{job['id']}/mapping.toml").content.decode()
        assert 'kind = { value = "toilet" }' in toml

    @pytest.mark.parametrize(
        "asked",
        [{"subject": "facilities", "fields": {"nonsense": "编号"}},
         {"subject": "facilities", "fields": {"name": "没有"}},
         {"subject": "facilities", "crs": "EPSG:1"}],
    )  # fmt: skip
    def test_a_choice_that_fits_nothing_fails_with_a_sentence(self, planner: Client, asked: dict[str, Any]) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        job = order(planner, token, "trial", asked)
        assert job["state"] == "failed"
        assert len(job["error"]) > 10

    @pytest.mark.parametrize(
        "asked",
        [[], {"subject": "facilities", "path": "/etc/passwd"}, {"subject": "facilities", "dry_run": False},
         {"subject": "facilities", "fields": []}, {"subject": "facilities", "constants": {"kind": 1}},
         {"subject": "facilities", "id": [{}]}, {"subject": "facilities", "source": "x" * 101},
         {"subject": "facilities", "source": "a\0b"}, {"subject": "facilities", "crs": "\ud800"},
         {"subject": ["roads"]}, {"subject": "facilities", "fields": {"name": {"of": "名称", "match": "(a+"}}},
         {"subject": "facilities", "fields": {"name": {"join": "名称"}}}],
    )  # fmt: skip
    def test_a_senseless_order_is_refused(self, planner: Client, asked: Any) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        answer = planner.post(f"{API}uploads/{token}/datasets/0/trial", asked, "application/json")
        assert answer.status_code in (400, 404)

    def test_the_same_fields_are_mapped_as_last_time(self, planner: Client) -> None:
        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        order(planner, token, "load", ORDER | {"fields": {"name": "编号", "kind": "种类"}})
        token = bring(planner, ("又一份.geojson", geojson()))["token"]
        form = planner.get(f"{API}uploads/{token}/datasets/0/form?subject=facilities").json()
        assert form["last"]["fields"] == {"name": "编号", "kind": "种类"}
        assert form["last"]["source"] == "市城管"

    def test_a_look_has_no_mapping(self, planner: Client) -> None:
        look = bring(planner, ("公厕.geojson", geojson()))["look"]["id"]
        assert planner.get(f"{API}jobs/{look}/mapping.toml").status_code == 404

    def test_a_mapping_file_says_what_was_chosen(self, planner: Client) -> None:
        from gis.ingest.mapping import Plan

        token = bring(planner, ("公厕.geojson", geojson()))["token"]
        fields = {"name": ["名称", "编号"], "kind": "种类", "code": {"join": ["编号", "名称"], "with": "-"}}
        job = order(planner, token, "trial", ORDER | {"fields": fields, "crs": "EPSG:4490"})
        path = uploads.folder() / "m.toml"
        path.write_text(planner.get(f"{API}jobs/{job['id']}/mapping.toml").content.decode(), encoding="utf-8")
        plan = Plan.read(path)
        assert (plan.source, plan.crs, plan.tables["id"]) == ("市城管", "EPSG:4490", ["编号"])
        assert plan.tables["fields"] == fields


class TestUndoing:
    """A whole import goes back, if nothing stands against it, and by whom it may."""

    def imported(self, client: Client, **more: Any) -> int:
        token = bring(client, ("公厕.geojson", geojson()))["token"]
        return int(order(client, token, "load", ORDER | more)["run"])

    def test_an_import_is_undone_and_says_so_before(self, planner: Client) -> None:
        url = f"{API}runs/{self.imported(planner)}/undo"
        told = planner.get(url).json()
        assert (told["deleted"], told["against"]) == (2, [])
        assert told["will"] == ["删除它新增的 2 行 / 2 rows that it added are deleted"]
        assert planner.post(url).status_code == 202
        assert planner.post(url).status_code == 409
        work()
        assert not Facility.objects.exists()
        (run,) = planner.get(f"{API}runs").json()["runs"]
        assert (run["undone"], run["undoable"]) == (True, False)
        assert planner.post(url).status_code == 409

    def test_what_was_changed_since_stands_against_it(self, planner: Client) -> None:
        url = f"{API}runs/{self.imported(planner)}/undo"
        Facility.objects.filter(name="滨江公厕").update(name="滨江一号公厕")
        (against,) = planner.get(url).json()["against"]
        assert "后来又被改动" in against
        assert planner.post(url).status_code == 409
        assert Facility.objects.count() == 2

    def test_nobody_undoes_the_import_of_another_but_an_administrator(self, planner: Client) -> None:
        url = f"{API}runs/{self.imported(planner)}/undo"
        other = signed_in(person("planner", "other"))
        assert (other.get(url).status_code, other.post(url).status_code) == (404, 404)
        (run,) = other.get(f"{API}runs").json()["runs"]
        assert (run["undoable"], run["report"]) == (False, False)
        assert signed_in(person("admin")).post(url).status_code == 202

    def test_the_list_of_refused_rows_stays_with_the_log(self, planner: Client) -> None:
        rows = [*TOILETS, ("GC-3", "太长" * 200, 121.504, 31.241)]
        token = bring(planner, ("公厕.geojson", geojson(rows)))["token"]
        run = order(planner, token, "load", ORDER)["run"]
        assert planner.delete(f"{API}uploads/{token}").status_code == 200
        table = b"".join(planner.get(f"{API}runs/{run}/refused.csv").streaming_content).decode("utf-8-sig")
        assert "GC-3" in table
        other = signed_in(person("planner", "other"))
        assert other.get(f"{API}runs/{run}/refused.csv").status_code == 404

    def test_a_report_named_elsewhere_is_not_read(self, planner: Client) -> None:
        run = self.imported(planner)
        ImportRun.objects.update(report="../../../etc/passwd")
        assert planner.get(f"{API}runs/{run}/refused.csv").status_code == 404


class TestTheQueue:
    """One after the other, to be taken back, and honest about what was cut off."""

    def waiting(self, client: Client) -> tuple[str, dict[str, Any]]:
        token = bring(client, ("公厕.geojson", geojson()))["token"]
        return self.ordered(client, token)

    def ordered(self, client: Client, token: str) -> tuple[str, dict[str, Any]]:
        url = f"{API}uploads/{token}/datasets/0/load"
        return url, client.post(url, ORDER, "application/json").json()

    def test_one_dataset_has_one_job_at_a_time(self, planner: Client) -> None:
        url, _ = self.waiting(planner)
        assert planner.post(url, ORDER, "application/json").status_code == 409

    def test_who_comes_later_hears_how_many_are_before_him(self, planner: Client) -> None:
        first, later = (bring(planner, (f"{n}.geojson", geojson()))["token"] for n in "12")
        self.ordered(planner, first)
        _, second = self.ordered(planner, later)
        assert (second["state"], second["before"]) == ("waiting", 1)

    def test_a_waiting_job_is_cancelled_at_once_and_only_once(self, planner: Client) -> None:
        _, job = self.waiting(planner)
        assert planner.post(f"{API}jobs/{job['id']}/cancel").json()["state"] == "cancelled"
        assert planner.post(f"{API}jobs/{job['id']}/cancel").status_code == 409
        work()
        assert not Facility.objects.exists()

    def test_files_at_work_are_not_deleted(self, planner: Client) -> None:
        _, job = self.waiting(planner)
        token = job["token"]
        assert planner.delete(f"{API}uploads/{token}").status_code == 409

    def test_a_job_that_nobody_works_on_was_interrupted(self, planner: Client) -> None:
        _, job = self.waiting(planner)
        ImportJob.objects.filter(pk=job["id"]).update(state="running")
        state = planner.get(f"{API}jobs/{job['id']}").json()
        assert (state["state"], "没有写入" in state["error"]) == ("interrupted", True)

    def test_two_processes_do_not_share_a_lane(self, planner: Client) -> None:
        self.waiting(planner)
        beside = connection.copy()
        with beside.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [queue.FAMILY, queue.LANES["load"]])
            assert queue.held("load")
            queue.work("load", desk.do, patience=0)
            assert ImportJob.objects.get(kind="load").state == "waiting"
            cursor.execute("SELECT pg_advisory_unlock_all()")  # who only hangs up holds it a little longer
        beside.close()
        queue.work("load", desk.do, patience=0)
        assert ImportJob.objects.get(kind="load").state == "done"

    def test_a_running_import_is_cancelled_and_leaves_nothing(self, planner: Client) -> None:
        _, job = self.waiting(planner)
        beside = connection.copy()
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            cursor.execute("LOCK TABLE spatial_facility IN EXCLUSIVE MODE")  # the import has to wait before it writes
            worker = threading.Thread(target=in_thread)
            worker.start()
            while not held_up(job["id"]):
                time.sleep(0.05)
            assert planner.post(f"{API}jobs/{job['id']}/cancel").status_code == 200
            worker.join()
        beside.close()
        state = planner.get(f"{API}jobs/{job['id']}").json()
        assert (state["state"], "没有写入" in state["error"]) == ("cancelled", True)
        assert not Facility.objects.exists()
        assert not ImportRun.objects.exists()

    def test_a_sign_that_no_table_takes_does_not_end_the_queue(self, planner: Client) -> None:
        """The import was committed; then its own account could not be, and it was called interrupted."""
        content = b"id,kind,na\0me,lon,lat,size\n1,toilet,A,121.5,31.2,a\0b\n2,toilet,B,121.5,31.2,5\n"
        token = bring(planner, ("nul.csv", content))["token"]
        fields = {"kind": "kind", "capacity": "size"}
        job = order(planner, token, "load", {"subject": "facilities", "source": "s", "fields": fields})
        assert (job["state"], job["outcome"]["added"], job["outcome"]["refused"]) == ("done", 1, 1)

    def test_a_bug_is_recorded_and_the_queue_goes_on(self, planner: Client, caplog: Any) -> None:
        tokens = [bring(planner, (f"{n}.geojson", geojson()))["token"] for n in "12"]
        (_, first), (_, second) = (self.ordered(planner, token) for token in tokens)
        ImportJob.objects.filter(pk=first["id"]).update(order={})
        work()
        assert planner.get(f"{API}jobs/{first['id']}").status_code == 200
        assert ImportJob.objects.get(pk=first["id"]).state == "failed"
        assert ImportJob.objects.get(pk=second["id"]).state == "done"
        assert "import job" in caplog.text


def held_up(job: int) -> bool:
    """Whether the connection of a job waits for a lock."""
    with connection.cursor() as cursor:
        asked = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock')"
        cursor.execute(asked, [f"chengtu import {job}"])
        return bool(cursor.fetchone()[0])


def in_thread() -> None:
    """Work on the queue in a thread of its own, on its own connection."""
    try:
        work()
    finally:
        connections.close_all()


class TestImages:
    """A GeoTIFF goes the way of any file, and is registered, not imported."""

    pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine

    def test_an_image_is_seen_tried_registered_and_taken_back(self, planner: Client, tmp_path: Path) -> None:
        found = bring(planner, ("航拍.tif", photo(tmp_path / "航拍.tif").read_bytes()))
        (seen,) = found["found"]
        assert (seen["subject"], seen["fixed"], seen["crs_name"], seen["error"]) == ("rasters", True, "EPSG:4549", "")
        url = f"{API}uploads/{found['token']}/datasets/0"
        (outline,) = planner.get(f"{url}/preview").json()["features"]
        assert outline["geometry"]["coordinates"][0][0] == pytest.approx([120, 29.99], abs=0.01)
        assert planner.get(f"{url}/rows").json()["head"][0]["列数"] == "40"
        assert planner.get(f"{url}/form?subject=rasters").json()["columns"] == []
        asked = {"subject": "rasters", "source": "测绘院"}
        assert order(planner, found["token"], "trial", asked)["outcome"]["added"] == 1
        assert not Raster.objects.exists()
        job = order(planner, found["token"], "load", asked)
        assert (job["state"], job["outcome"]["added"]) == ("done", 1)
        raster = Raster.objects.get()
        assert pyramids.served(raster.sha256).is_file()
        assert order(planner, found["token"], "load", asked)["outcome"]["unchanged"] == 1
        (run,) = planner.get(f"{API}runs").json()["runs"]
        assert (run["subject"], run["by"], run["undoable"]) == ("rasters", "planner-user", True)
        assert planner.post(f"{API}runs/{run['id']}/undo").status_code == 202
        work()
        assert not Raster.objects.exists()
        assert not pyramids.served(raster.sha256).exists()

    def test_nothing_else_becomes_an_image_nor_an_image_rows(self, planner: Client, tmp_path: Path) -> None:
        packed = gzip.compress(photo(tmp_path / "航拍.tif", crs=None).read_bytes())
        found = bring(planner, ("公厕.geojson", geojson()), ("航拍.tif.gz", packed))
        for number, seen in enumerate(found["found"]):
            other = "facilities" if seen["subject"] == "rasters" else "rasters"
            url = f"{API}uploads/{found['token']}/datasets/{number}"
            assert planner.get(f"{url}/form?subject={other}").status_code == 400
            assert planner.post(f"{url}/load", {"subject": other}, "application/json").status_code == 400
            if seen["subject"] == "rasters":
                assert "没有写明坐标系" in planner.get(f"{url}/preview").json()["error"]
                job = order(planner, found["token"], "load", {"subject": "rasters", "crs": "EPSG:4549"}, number)
                assert job["outcome"]["added"] == 1

    def test_a_file_that_is_no_image_says_so_at_the_look(self, planner: Client) -> None:
        (seen,) = bring(planner, ("航拍.tif", b"nothing of the kind"))["found"]
        assert "与后缀 .tif 不符" in seen["error"]
