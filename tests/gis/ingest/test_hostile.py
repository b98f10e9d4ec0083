"""Files meant to harm: each is refused with a sentence, in bounded time and memory, and no socket is opened."""

from __future__ import annotations

import gzip
import json
import os
import platform
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapely

from gis.errors import Invalid
from gis.ingest.readers import Ask, Batch, bulk, cell, frames, gdal, opened, plain, table
from gis.models import Building
from tests.gis.ingest import biff
from tests.gis.ingest.bounds import bounded
from tests.gis.ingest.conftest import Desk, dot, square


def read(path: Path, subject: str = "buildings", layer: str | None = None) -> list[Any]:
    with opened(path, Ask(subject, layer)) as source:
        return list(source.batches)


def refused(path: Path, *words: str, subject: str = "buildings", layer: str | None = None) -> None:
    """Refused whole, within bounds, with a message in both languages that says all these words."""
    with bounded(), pytest.raises(Invalid) as caught:
        read(path, subject, layer)
    message = str(caught.value)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in message)
    for word in words:
        assert word in message


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address on this machine, and what was asked of it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    asked.append(connection.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        over.set()
        thread.join()
    assert not asked, "somebody asked the network"


# --- the cell --------------------------------------------------------------------------------------------------------


def test_a_cell_may_not_use_the_network_run_programs_or_write_files(tmp_path: Path) -> None:
    """The kernel says so, not good will."""
    program = (
        "import os, socket, sys; from pathlib import Path; from gis.ingest.readers import __main__ as inside\n"
        "inside.bind()\n"
        "done = []\n"
        "for name, deed in (('socket', lambda: socket.socket()), ('run', lambda: os.execv('/bin/true', ['true'])),\n"
        "                   ('write', lambda: Path(sys.argv[1]).write_bytes(b'x')),\n"
        "                   ('memory', lambda: bytearray(1 << 33))):\n"
        "    try:\n"
        "        deed(); done.append(name)\n"
        "    except (OSError, MemoryError): pass\n"
        "os.write(1, ' '.join(done).encode())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x")], cwd=cell.ROOT, env=gdal.environment(),
        capture_output=True, check=True,
    )  # fmt: skip
    assert found.stdout == b""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of calls are this machine's")
@pytest.mark.parametrize(
    ("number", "said"),
    [(41, "socket"), (1 << 30 | 41, "socket of x32"), (322, "execveat"), (425, "io_uring_setup"), (101, "ptrace"),
     (310, "process_vm_readv"), (438, "pidfd_getfd")],
)  # fmt: skip
def test_a_cell_finds_no_second_door(number: int, said: str) -> None:
    """Code that took a parser over could reach into the importer, which holds the keys, or connect in other words."""
    program = (
        "import ctypes; from gis.ingest.readers import __main__ as inside; inside.bind()\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"libc.syscall({number}, -1, 0, 0, 0, 0, 0)\n"
        "import os; os.write(1, str(ctypes.get_errno()).encode())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=cell.ROOT, env=gdal.environment(), capture_output=True, check=True
    )
    assert found.stdout == b"1", f"{said}: not EPERM"


def test_a_cell_knows_no_secret_and_few_formats(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setenv("DATABASE_URL", "x")
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(gdal.environment())
    assert set(cell.told(desk.geojson(), "vector", "drivers")) == set(gdal.VECTORS)


def test_a_reader_that_dies_costs_the_file_not_the_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.geojson((square(), {"id": 1}))
    taken = cell.taken

    def doomed() -> cell.Cell:
        found = taken()
        os.kill(found.process.pid, signal.SIGSEGV)
        found.process.wait()
        return found

    monkeypatch.setattr(cell, "taken", doomed)
    refused(path, "读取程序中断", "the reader died (-11)")
    monkeypatch.undo()
    assert len(read(path)[0]) == 1


def test_a_cell_that_ended_by_itself_is_replaced(desk: Desk) -> None:
    path = desk.geojson((square(), {"id": 1}))
    read(path)
    (waiting,) = cell._idle
    waiting.into.close()
    waiting.process.wait()
    assert len(read(path)[0]) == 1


def test_time_is_limited_by_size(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell, "SECONDS", 0)
    monkeypatch.setattr(cell, "SECONDS_A_MEGABYTE", 0)
    path = desk.text("kind,lon,lat\n" + "路灯,121.4,31.2\n" * 400_000, "a.csv")
    refused(path, "读取时间超过限度", "takes too long", subject="facilities")


def test_a_cell_cannot_make_the_importer_take_gigabytes() -> None:
    class Pipe:
        def read(self, size: int) -> bytes:
            return frames.HEAD.pack(b"B", 1 << 40)[:size]

    with pytest.raises(EOFError):
        frames.hear(Pipe())


def test_a_cell_cannot_make_the_importer_read_beyond_its_arrays() -> None:
    (parts,) = frames.packed(Batch(1, {"a": pa.array(["a", "bcd"])}, [None, None]), [])
    body, truth = b"".join(parts), struct.pack("<3i", 0, 1, 4)
    assert frames.unpacked(body, []).columns["a"] == ["a", "bcd"] and body.count(truth) == 1
    with pytest.raises(EOFError):
        frames.unpacked(body.replace(truth, struct.pack("<3i", 0, 1, 1 << 30)), [])


# --- archives --------------------------------------------------------------------------------------------------------


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_by_ratio(tmp_path: Path) -> None:
    refused(zipped(tmp_path / "a.zip", ("a.geojson", b" " * (100 << 20))), "解压后过大", "swells too much")


def test_a_gzip_bomb_by_ratio(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson.gz"
    path.write_bytes(gzip.compress(b" " * (100 << 20)))
    refused(path, "解压后过大")


def test_a_zip_bomb_by_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LARGEST", 1000)
    refused(zipped(tmp_path / "a.zip", ("a.geojson", os.urandom(600)), ("b.geojson", os.urandom(600))), "解压后过大")


def test_a_zip_that_lies_about_its_sizes(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.geojson", b" " * 5000))
    content = path.read_bytes().replace(struct.pack("<I", 5000), struct.pack("<I", 50))
    path.write_bytes(content)
    refused(path, "不完整或已损坏")


def test_a_zip_of_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MOST", 3)
    refused(zipped(tmp_path / "a.zip", *((f"{n}.csv", b"a,b") for n in range(4))), "解压后过大")


def test_entries_that_overlap(tmp_path: Path) -> None:
    """Two names in the table of contents for one piece of the file, as the densest bombs have them."""
    path = zipped(tmp_path / "a.zip", ("a.geojson", b"x" * 1000), ("b.geojson", b"y" * 1000))
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(bytes(content))
    refused(path, "相互重叠", "overlap")


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", ("a.geojson", b"{}")).read_bytes()
    refused(zipped(tmp_path / "a.zip", ("深/inner.zip", inner)), "里还有压缩包 深/inner.zip", "holds another archive")
    path = tmp_path / "b.zip.gz"
    path.write_bytes(gzip.compress(inner))
    refused(path, "里还有压缩包 b.zip")


@pytest.mark.parametrize(
    "name", ["../a.geojson", "/tmp/a.geojson", "x/../../a.geojson", "..\\a.geojson", "C:\\a.geojson"]
)
def test_names_that_lead_out_of_the_archive(tmp_path: Path, name: str) -> None:
    refused(zipped(tmp_path / "a.zip", (name, b"{}")), "指向压缩包之外", "leads out")
    assert not (tmp_path.parent / "a.geojson").exists()


def test_a_link_in_an_archive(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = 0o120777 << 16
    refused(zipped(tmp_path / "a.zip", (link, b"/etc/passwd")), "是链接")


def test_a_password(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.geojson", b"{}"))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    refused(path, "有密码", "has a password")


def test_tars_and_the_like_are_not_unpacked(tmp_path: Path) -> None:
    for name in ("a.tar", "a.tar.gz", "a.tgz"):
        with tarfile.open(tmp_path / name, "w:gz" if "g" in name else "w") as archive:
            link = tarfile.TarInfo("a.geojson")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        refused(tmp_path / name, "请解压后改用 .zip", "pack it as .zip")
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    refused(tmp_path / "a.rar", ".rar")


def test_chinese_names_of_old_packers(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("x" * len("建筑.csv".encode("gbk")))
    path = zipped(tmp_path / "a.zip", (info, b"lon,lat\n120,30\n"), ("b.csv", b"lon,lat\n120,30\n"))
    path.write_bytes(path.read_bytes().replace(info.filename.encode(), "建筑.csv".encode("gbk")))
    assert len(read(path, "facilities", "建筑.csv")[0]) == 1


# --- XML -------------------------------------------------------------------------------------------------------------

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>&m;</name><Point><coordinates>120,30</coordinates></Point></Placemark></kml>'


def test_a_billion_laughs_in_kml(desk: Desk) -> None:
    refused(desk.text(LAUGHS + KML, "a.kml"), "XML 实体", "declares XML entities", subject="facilities")


def test_an_external_entity_in_kml(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    for where in (f"{listener[0]}/x", "file:///etc/passwd"):
        head = f'<!DOCTYPE kml [<!ENTITY m SYSTEM "{where}">]>'
        refused(desk.text(head + KML, "a.kml"), "XML 实体", subject="facilities")


def test_entities_in_openstreetmap_xml(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    node = '<osm version="0.6"><node id="1" lat="30" lon="120"><tag k="amenity" v="&m;"/></node></osm>'
    for head in (LAUGHS.replace("DOCTYPE kml", "DOCTYPE osm"), f'<!DOCTYPE osm [<!ENTITY m SYSTEM "{listener[0]}">]>'):
        refused(desk.text(head + node, "a.osm"), "不完整或已损坏", subject="facilities")


def test_entities_in_a_workbook(desk: Desk) -> None:
    path = workbook(desk.folder / "a.xlsx", ["kind", "lon", "lat"], ["路灯", 120, 30])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"<worksheet", LAUGHS.partition("?>")[2].replace("DOCTYPE kml", "DOCTYPE worksheet").encode() + b"<worksheet", 1
    )
    refused(zipped(path, *parts.items()), "XML 实体", "declares XML entities", subject="facilities")


def test_a_network_link_is_not_followed(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    link = f"<NetworkLink><Link><href>{listener[0]}/x.kml</href></Link></NetworkLink><Placemark>"
    path = desk.text(KML.replace("&m;", "甲").replace("<Placemark>", link, 1), "a.kml")
    assert read(path, "facilities")[0].columns["name"] == ["甲"]


def test_elements_nested_without_end(desk: Desk) -> None:
    words = "<kml>" + "<Folder>" * 100_000 + "</Folder>" * 100_000 + "</kml>"
    refused(desk.text(words, "a.kml"), "层嵌套", subject="facilities")


def test_a_kml_cut_off(desk: Desk) -> None:
    refused(desk.text(KML.replace("&m;", "甲")[:-10], "a.kml"), "不完整或已损坏", subject="facilities")


# --- GDAL's other doors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.fgb", "a.kml", "a.dxf", "a.json"])
def test_a_vrt_by_another_name(desk: Desk, name: str, listener: tuple[str, list[bytes]]) -> None:
    vrt = (
        f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/{listener[0]}/x.geojson</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    refused(desk.text(vrt, name), "与后缀")


def test_a_crs_by_link_is_not_fetched(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    for kind, where in (
        ("link", {"href": f"{listener[0]}/x", "type": "ogcwkt"}),
        ("name", {"name": f"{listener[0]}/x"}),
    ):
        feature = {"type": "Feature", "properties": {}, "geometry": dot()}
        collection = {"type": "FeatureCollection", "crs": {"type": kind, "properties": where}, "features": [feature]}
        assert len(read(desk.text(json.dumps(collection), "a.geojson"))[0]) == 1


def test_names_that_gdal_would_take_for_addresses(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    good = desk.geojson((square(), {"id": 1})).read_text()
    assert len(read(desk.text(good, "vsicurl_http:__x.geojson"))[0]) == 1
    refused(desk.text(good, "x.zip!y.geojson"), "请去掉文件名里的“!”", "Take the !")


def geopackage(path: Path) -> Path:
    table = pa.table({"name": ["甲"], "geom": pa.array(shapely.to_wkb([shapely.box(120, 30, 121, 31)]))})
    pyogrio.write_arrow(table, path, layer="one", driver="GPKG", geometry_name="geom", geometry_type="Polygon",
                        crs="EPSG:4490")  # fmt: skip
    return path


def test_a_geopackage_whose_view_asks_the_network(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    path = geopackage(desk.folder / "a.gpkg")
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            f"CREATE VIEW v AS SELECT fid, geom, gdal_get_pixel_value('/vsicurl/{listener[0]}/x.tif', 1, 'pixel', 0, 0)"
            " AS name FROM one"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v','features','v',4490)"
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('v','geom','POLYGON',4490,0,0)")
        base.commit()
    with suppress(Invalid):  # either will do; the listener tells whether it was asked
        assert read(path, layer="v")[0].columns["name"] in ([None], [])


def test_a_geopackage_with_a_virtual_table_of_another_file(desk: Desk) -> None:
    path = geopackage(desk.folder / "a.gpkg")
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA writable_schema = ON")
        sql = "CREATE VIRTUAL TABLE v USING VirtualOGR('/etc/passwd')"
        base.execute("INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)", [sql])
        base.commit()
    refused(path, "虚拟表", "virtual table", layer="one")


def test_a_view_without_end_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell, "SECONDS", 2)
    path = geopackage(desk.folder / "a.gpkg")
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT i AS fid, i AS name, NULL AS geom FROM n"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v','features','v',4490)"
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('v','geom','POLYGON',4490,0,0)")
        base.commit()
    refused(path, "限度", layer="v")


# --- drawings --------------------------------------------------------------------------------------------------------


def dxf(entities: str, blocks: str = "") -> str:
    head = "0\nSECTION\n2\nHEADER\n0\nENDSEC\n"
    return f"{head}0\nSECTION\n2\nBLOCKS\n{blocks}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n"


def test_blocks_within_blocks_stay_one_point(desk: Desk) -> None:
    """Twenty levels of ten: 10²⁰ circles, if anybody drew them."""
    blocks = "".join(
        f"0\nBLOCK\n8\n0\n2\nB{n}\n10\n0\n20\n0\n"
        + f"0\nINSERT\n8\n0\n2\nB{n + 1}\n10\n0\n20\n0\n" * 10
        + "0\nENDBLK\n"
        for n in range(20)
    )
    path = desk.text(dxf("0\nINSERT\n8\n井\n2\nB0\n10\n500000\n20\n3320000\n", blocks), "a.dxf")
    (batch,) = read(path, "facilities")
    assert len(batch) == 1


def test_an_external_drawing_is_not_opened(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    block = f"0\nBLOCK\n8\n0\n2\nX\n70\n4\n10\n0\n20\n0\n1\n/vsicurl/{listener[0]}/x.dxf\n0\nENDBLK\n"
    path = desk.text(dxf("0\nINSERT\n8\n井\n2\nX\n10\n500000\n20\n3320000\n", block), "a.dxf")
    assert len(read(path, "facilities")[0]) == 1


def test_a_drawing_cut_off(desk: Desk) -> None:
    refused(desk.text(dxf("0\nPOINT\n8\n井\n10\n1\n20\n1\n")[:-20], "a.dxf"), "不完整或已损坏")


# --- shapes ----------------------------------------------------------------------------------------------------------


def ring(vertices: int) -> Any:
    angle = np.linspace(0, 2 * np.pi, vertices)
    return shapely.Polygon(np.stack([120 + np.cos(angle) / 100, 30 + np.sin(angle) / 100], axis=1))


def features(path: Path, *shapes: Any) -> Path:
    table = pa.table({"id": list(range(len(shapes))), "geom": pa.array(shapely.to_wkb(shapes), pa.binary())})
    pyogrio.write_arrow(
        table, path, driver="FlatGeobuf", geometry_name="geom", geometry_type="Unknown", crs="EPSG:4490"
    )
    return path


@pytest.mark.django_db
def test_a_shape_of_a_million_vertices_is_taken_and_one_of_more_refused_alone(desk: Desk) -> None:
    path = features(desk.folder / "a.fgb", ring(bulk.VERTICES - 1), ring(bulk.VERTICES + 5), ring(9))
    with bounded():
        done = desk.load("buildings", path)
    assert (done.added, done.refused) == (2, 1)
    assert desk.refused[0]["reason_zh"].startswith("图形超过一百万个顶点")
    assert Building.objects.count() == 2


@pytest.mark.django_db
def test_a_tangle_is_refused_alone_before_anybody_mends_it(desk: Desk) -> None:
    places = np.random.default_rng(1).random((20_000, 2)) / 100 + (120, 30)
    path = features(desk.folder / "a.fgb", ring(9), shapely.Polygon(places))
    with bounded():
        done = desk.load("buildings", path)
    assert (done.added, dict(done.reasons)) == (1, {"too_tangled": 1})


def test_a_large_shape_with_one_fault_is_left_to_be_mended() -> None:
    places = shapely.get_coordinates(ring(5000))
    places[[100, 102]] = places[[102, 100]]
    assert not shapely.is_valid(shapely.Polygon(places))
    assert bulk.unbearable(bytes(shapely.to_wkb(shapely.Polygon(places)))) is None


@pytest.mark.django_db
def test_collections_within_collections_in_a_geopackage(desk: Desk) -> None:
    """GDAL hands the blob on as it stands; what reads it by recursion must not meet a million levels."""
    path = geopackage(desk.folder / "a.gpkg")
    for levels, refusal in ((20, None), (2_000_000, "不完整或已损坏")):
        wkb = struct.pack("<BII", 1, 7, 1) * levels + shapely.to_wkb(shapely.box(120, 30, 121, 31))
        with closing(sqlite3.connect(path)) as base:
            base.create_function("ST_IsEmpty", 1, lambda _: 0)
            for name in ("MinX", "MaxX", "MinY", "MaxY"):
                base.create_function(f"ST_{name}", 1, lambda _: 120.0)
            base.execute("UPDATE one SET geom = ?", [b"GP\0\1" + struct.pack("<i", 4490) + wkb])
            base.commit()
        with bounded():
            if refusal:
                with suppress(Invalid):
                    assert desk.load("buildings", path, source="deep").refused == 1
            else:
                assert dict(desk.load("buildings", path).reasons) == {"too_deep": 1}
    assert not Building.objects.exists()


def test_json_nested_without_end(desk: Desk) -> None:
    deep = '{"a":' * 1_000_000 + "1" + "}" * 1_000_000
    feature = f'{{"type":"Feature","geometry":null,"properties":{{"x":{deep}}}}}'
    path = desk.text(f'{{"type":"FeatureCollection","features":[{feature}]}}', "a.geojson")
    refused(path, "不完整或已损坏")


# --- lines without end -----------------------------------------------------------------------------------------------


def stretched(path: Path, size: int) -> Path:
    """The file with nothing behind it but a hole, which takes no room on the disk."""
    os.truncate(path, size)
    return path


def test_a_line_of_a_table_without_end(desk: Desk) -> None:
    path = desk.text("kind,lon,lat\n路灯,", "a.csv")
    refused(stretched(path, table.LONGEST + 100), "一行超过", "a line is longer")


def test_a_quotation_that_never_closes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "LONGEST", 1000)  # here, not in the cell, whose own limit takes seconds to reach
    path = desk.text('kind,lon,lat\n"' + "路灯\n" * 1000, "a.csv")
    with pytest.raises(Invalid, match="不完整或已损坏"), table.opened(path, Ask("facilities")) as source:
        list(source.batches)


def test_a_text_of_a_drawing_without_end(desk: Desk) -> None:
    head, _, _ = dxf("0\nTEXT\n8\n井\n10\n1\n20\n1\n1\n甲\n").partition("甲")
    refused(stretched(desk.text(head, "a.dxf"), 1 << 30), "不完整或已损坏")


# --- headers that lie ------------------------------------------------------------------------------------------------


def shapefile(desk: Desk) -> Path:
    path = desk.folder / "a.shp"
    table = pa.table({"n": [1, 2], "geom": pa.array(shapely.to_wkb([shapely.box(120, 30, 121, 31)] * 2))})
    pyogrio.write_arrow(
        table, path, driver="ESRI Shapefile", geometry_name="geom", geometry_type="Polygon", crs="EPSG:4490"
    )
    return path


def poke(path: Path, offset: int, content: bytes) -> None:
    whole = bytearray(path.read_bytes())
    whole[offset : offset + len(content)] = content
    path.write_bytes(bytes(whole))


def test_a_table_of_two_billion_rows(desk: Desk) -> None:
    path = shapefile(desk)
    poke(path.with_suffix(".dbf"), 4, struct.pack("<I", 2**31 - 1))
    refused(path, "不完整或已损坏")


def test_a_table_whose_records_are_longer_than_they_are(desk: Desk) -> None:
    path = shapefile(desk)
    poke(path.with_suffix(".dbf"), 10, struct.pack("<H", 65535))
    refused(path, "不完整或已损坏")


def test_a_shape_of_two_gigabytes(desk: Desk) -> None:
    path = shapefile(desk)
    poke(path, 24, struct.pack(">I", 2**30))
    refused(path, "不完整或已损坏")


def test_a_shape_record_that_claims_a_billion_points(desk: Desk) -> None:
    path = shapefile(desk)
    poke(path, 100 + 8 + 4 + 32 + 4, struct.pack("<I", 2**30))
    with bounded(), suppress(Invalid):
        (batch,) = read(path)
        assert batch.wkb[0] is None


def test_a_geopackage_of_two_gigabytes(desk: Desk) -> None:
    path = geopackage(desk.folder / "a.gpkg")
    poke(path, 28, struct.pack(">I", 2**19))
    refused(path, "不完整或已损坏")


def test_a_flatgeobuf_whose_header_claims_two_gigabytes(desk: Desk) -> None:
    path = features(desk.folder / "a.fgb", ring(9))
    poke(path, 8, struct.pack("<I", 2**31 - 1))
    refused(path, "不完整或已损坏")


def varint(number: int) -> bytes:
    """A number as protocol buffers have it."""
    return (bytes([number & 127 | 128]) + varint(number >> 7)) if number > 127 else bytes([number])


def test_an_openstreetmap_extract_whose_blocks_claim_two_gigabytes(desk: Desk) -> None:
    """The length of a block's header, the length of a block, and what it says it unpacks to."""
    two, packed = varint(2**31 - 1), zlib.compress(bytes(1 << 16))
    block = b"\x10" + two + b"\x1a" + varint(len(packed)) + packed
    path = desk.folder / "a.osm.pbf"
    for size, rest in ((two, b""), (varint(len(block)), block)):
        head = b"\x0a\x09OSMHeader\x18" + size
        path.write_bytes(struct.pack(">I", len(head)) + head + rest)
        refused(path, "blob size", subject="facilities")
    path.write_bytes(struct.pack(">I", 2**31 - 1))
    refused(stretched(path, 1 << 30), "BlobHeader size", subject="facilities")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_everything_cut_off_is_refused(desk: Desk, share: float) -> None:
    book = workbook(desk.folder / "a.xlsx", ["kind", "lon", "lat"], *(["路灯", 120, 30] for _ in range(500)))
    rows = [shapely.box(120 + n / 100, 30, 120.001 + n / 100, 31) for n in range(200)]
    for path in (book, geopackage(desk.folder / "a.gpkg"), features(desk.folder / "a.fgb", *rows), shapefile(desk)):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        refused(path)


# --- workbooks -------------------------------------------------------------------------------------------------------


def workbook(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def resheeted(path: Path, change: Any) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    return zipped(path, *(parts | {name: change(parts[name])}).items())


def test_a_sheet_that_claims_a_billion_cells(desk: Desk) -> None:
    path = workbook(desk.folder / "a.xlsx", ["kind", "lon", "lat"], ["路灯", 120, 30])
    path = resheeted(path, lambda sheet: sheet.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"'))
    with bounded():
        assert len(read(path, "facilities")[0]) == 1


def test_a_sheet_with_a_cell_in_its_farthest_corner(desk: Desk) -> None:
    path = workbook(desk.folder / "a.xlsx", ["kind", "lon", "lat"], ["路灯", 120, 30])
    path = resheeted(
        path, lambda sheet: sheet.replace(b'r="C2"', b'r="XFD1048576"').replace(b'<row r="2"', b'<row r="1048576"')
    )
    refused(path, subject="facilities")


def test_a_sheet_with_a_million_columns(desk: Desk) -> None:
    path = workbook(desk.folder / "a.xlsx", ["kind", "lon", "lat"], ["路灯", 120, 30])
    path = resheeted(path, lambda sheet: sheet.replace(b'r="C2"', b'r="ZZZZZ2"'))
    refused(path, subject="facilities")


def test_an_old_workbook_that_claims_billions(desk: Desk) -> None:
    """Where its names begin, how long its stream is, how many texts it shares, how many cells: none is there."""
    path, good = desk.folder / "a.xls", biff.workbook(["kind", "lon", "lat"], ["路灯", 120, 30])
    path.write_bytes(good)
    poke(path, 48, struct.pack("<I", 2**31 - 1))
    refused(path, "不完整或已损坏", subject="facilities")
    path.write_bytes(good)
    poke(path, 2 * biff.SECTOR + 128 + 120, struct.pack("<Q", 2**40))
    refused(path, "没有表头和数据", subject="facilities")
    shared = biff.record(0x00FC, "IIH", 2**31 - 1, 2**31 - 1, 0xFFFF)
    path.write_bytes(biff.compound(biff.stream(b"", shared)))
    refused(path, "不完整或已损坏", subject="facilities")
    path.write_bytes(biff.compound(biff.stream(biff.record(0x0200, "IIHHH", 0, 2**32 - 1, 0, 2**16 - 1, 0))))
    refused(path, "所需内存超过限度", subject="facilities")


def test_a_workbook_that_unpacks_to_gigabytes(desk: Desk) -> None:
    path = workbook(desk.folder / "a.xlsx", ["kind", "lon", "lat"], ["路灯", 120, 30])
    path = resheeted(path, lambda sheet: sheet.replace(b"</worksheet>", b" " * (1 << 30) + b"</worksheet>"))
    refused(path, "解压后", "MB", subject="facilities")


def test_links_of_a_workbook_to_other_files_are_not_followed(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    """Neither a link to another workbook, nor a query that brings its rows, nor a formula that asks the network."""
    path = workbook(desk.folder / "a.xlsx", ["kind", "name", "lon", "lat"], ["路灯", "甲", 120, 30])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    asks = f'<c r="B2" t="str"><f>WEBSERVICE("{listener[0]}/x")&amp;[1]表!A1</f><v>甲</v></c>'.encode()
    sheet = parts["xl/worksheets/sheet1.xml"]
    first, last = sheet.index(b'<c r="B2"'), sheet.index(b'<c r="C2"')
    parts["xl/worksheets/sheet1.xml"] = sheet[:first] + asks + sheet[last:]
    link = '<Relationship Id="rId1" Type="{}" Target="{}/x.xlsx" TargetMode="External"/>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"
    parts["xl/externalLinks/externalLink1.xml"] = b'<externalLink><externalBook r:id="rId1"/></externalLink>'
    parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
        f"<Relationships>{link.format(kind, listener[0])}{link.format(kind, 'file:///etc')}</Relationships>".encode()
    )
    parts["xl/connections.xml"] = (
        f'<connections><connection><webPr url="{listener[0]}/x"/></connection></connections>'.encode()
    )
    (batch,) = read(zipped(path, *parts.items()), "facilities")
    assert batch.columns["name"] == ["甲"]


# --- numbers and names -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_coordinates_at_the_end_of_all_numbers_are_refused_alone(desk: Desk) -> None:
    far, ring = {"type": "Point", "coordinates": [1e308, -1e308]}, [[0, 0], [1e308, 0], [1e308, 1e308], [0, 0]]
    rows = (
        (dot(), {"kind": "路灯"}),
        (far, {"kind": "路灯"}),
        ({"type": "Polygon", "coordinates": [ring]}, {"kind": "a"}),
    )
    path = desk.geojson(*rows)
    with bounded():
        for crs in (None, "EPSG:4490", "gcj02", "bd09", "EPSG:4549"):
            done = desk.load("facilities", path, crs=crs, source=str(crs))
            assert (done.added, done.refused) == (1, 2)
    path.write_text(path.read_text().replace("-1e+308", "-1e999"))
    refused(path, "不完整或已损坏", subject="facilities")


@pytest.mark.django_db
def test_names_that_would_be_statements_are_names(desk: Desk) -> None:
    """Of layers, of fields, of files and of values: none ends up in a statement."""
    odd = """楼'; DROP TABLE spatial_building; --"%s {0} \\ ' OR 1=1"""
    table = pa.table({odd: ["甲"], "geom": pa.array(shapely.to_wkb([shapely.box(120, 30, 121, 31)]))})
    path = desk.folder / "a.gpkg"
    for layer in (odd, "另一层"):
        pyogrio.write_arrow(table, path, layer=layer, driver="GPKG", geometry_name="geom", geometry_type="Polygon",
                            crs="EPSG:4490", append=path.exists())  # fmt: skip
    mapping = f"id = [{json.dumps(odd)}]\n[fields]\nname = {json.dumps(odd)}"
    assert desk.load("buildings", path, mapping, layer=odd).source == f"a/{odd}"
    drawn = OUTLINE.format(odd) + OUTLINE.format("另一层")
    path = desk.text(dxf(drawn), "a.dxf")
    assert desk.load("buildings", path, layer=odd, crs="EPSG:4549", source=odd).added == 1
    assert desk.load("buildings", path, layer=odd, crs="EPSG:4549", source=odd).unchanged == 1
    assert Building.objects.count() == 2


OUTLINE = (
    "0\nLWPOLYLINE\n8\n{}\n90\n3\n70\n1\n10\n500000\n20\n3320000\n10\n500010\n20\n3320000\n10\n500010\n20\n3320010\n"
)


def test_an_archive_in_an_archive_is_not_opened_whatever_it_links_to(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("深/a.geojson")
    link.external_attr = 0o120777 << 16
    inner = zipped(tmp_path / "inner.zip", (link, b"/etc/passwd")).read_bytes()
    refused(zipped(tmp_path / "a.zip", ("inner.KMZ", inner), ("b.geojson", b"{}")), "里还有压缩包 inner.KMZ")
    assert not list(tmp_path.glob("深*"))
