"""The import page as a clerk uses it: drop a file, look, try, import, see it on the map, undo; and with wrong datum."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.db.models.functions import Distance
from django.db import connection, transaction
from playwright.sync_api import Page, expect
from rasterio.transform import Affine

from gis.crs import Crs, transformer, wgs84_to_bd09, wgs84_to_gcj02
from gis.models import Address, Building, Facility, Raster
from tests.pages.conftest import DESK, PASSWORD, PHONE, Visit
from tests.tiles.raster import photo

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
PATIENCE = 120_000
"""Milliseconds for what another process does; a busy machine is slow, not wrong."""
EDITS = True
DROP = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name));
  return transfer;
}"""


def desk(window: Visit, path: str = "/import") -> Page:
    """Sign the clerk in at the import page."""
    page = window.page
    page.goto(window.site + path)
    page.fill("#id_username", "clerk")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_selector("body[data-ready]")
    return page


def drop(page: Page, name: str, content: bytes, looked: str = ".dataset[open] .mapping") -> None:
    """Let a file fall on the page, and wait until it was looked into."""
    transfer = page.evaluate_handle(DROP, [name, list(content)])
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    page.wait_for_selector(looked, timeout=PATIENCE)


def press(page: Page, words: str) -> None:
    """Press a button of the open dataset and wait for the account."""
    page.locator(".dataset[open]").get_by_role("button", name=words).first.click()


def toilets(*names: str) -> bytes:
    """A GeoJSON of toilets in the fields beside the town, ten metres apart."""
    features = [
        {
            "type": "Feature",
            "properties": {"编号": f"DY-{number}", "设施名称": name, "种类": "公共厕所"},
            "geometry": {"type": "Point", "coordinates": [120.0165 + number * 1e-4, 31.2885]},
        }
        for number, name in enumerate(names)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def test_a_dropped_file_is_tried_imported_seen_and_undone(visit: Begin) -> None:
    window = visit()
    page = desk(window)
    drop(page, "一座公厕.geojson", toilets("拖进来的公厕"))
    expect(page.locator(".inset-map")).to_have_attribute("data-shown", "1")
    expect(page.locator("#d0-subject")).to_have_value("facilities")
    expect(page.locator("#d0-name")).to_have_value('"设施名称"')
    press(page, "试运行")
    expect(page.locator("[data-count=added] b")).to_have_text("1", timeout=PATIENCE)
    assert not Facility.objects.filter(name="拖进来的公厕").exists()
    press(page, "导入 1 行")
    page.locator("#ask").get_by_role("button", name="导入 1 行").click()
    expect(page.locator(".account-of .notice.good")).to_contain_text("导入完成", timeout=PATIENCE)
    assert Facility.objects.get(name="拖进来的公厕").source == "一座公厕"
    seen_on_the_map(page, "拖进来的公厕")
    page.goto(f"{window.site}/import")
    undone(page)
    assert not Facility.objects.filter(name="拖进来的公厕").exists()


def seen_on_the_map(page: Page, name: str) -> None:
    """Follow the link to the map and touch what lies in its middle."""
    page.locator(".dataset").get_by_role("link", name="在地图上查看").click()
    page.wait_for_url("**/map?**")
    page.wait_for_selector("body[data-ready]", timeout=PATIENCE)
    size = page.viewport_size
    assert size
    page.mouse.click(size["width"] / 2, size["height"] / 2)
    expect(page.locator("#card h2")).to_have_text(name)


def undone(page: Page) -> None:
    """Undo the latest import of the list."""
    page.locator(".runs tbody tr").first.get_by_role("button", name="撤销").click()
    expect(page.locator("#ask")).to_contain_text("删除它新增的 1 行")
    page.locator("#ask").get_by_role("button", name="撤销").click()
    expect(page.locator("#under-way .notice.good")).to_contain_text("已撤销", timeout=PATIENCE)
    expect(page.locator(".runs tbody tr").first.locator(".tag", has_text="已撤销")).to_be_visible()


def doors_in(shifted: Callable[..., Any]) -> tuple[bytes, dict[str, Any]]:
    """Doors of the invented town as a user of Amap or Baidu would deliver them: GBK, shifted; and where they are."""
    houses = Building.objects.exclude(source="OpenStreetMap").values_list("geom", flat=True).order_by("pk")[:400]
    doors = {f"DOOR-{number}": geom.point_on_surface for number, geom in enumerate(houses)}
    lon, lat = shifted([door.x for door in doors.values()], [door.y for door in doors.values()])
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["地址编码", "路名", "门牌号", "经度", "纬度"])
    for code, east, north in zip(doors, lon, lat, strict=True):
        writer.writerow([code, "高德路", f"{code[5:]}号", f"{east:.7f}", f"{north:.7f}"])
    return table.getvalue().encode("gbk"), doors


def doubted_and_put_right(page: Page, content: bytes, named: str, datum: str) -> None:
    """Try doors that lie beside their houses, and take the reading that is offered with one click."""
    drop(page, "门牌.csv", content)
    expect(page.locator(".dataset summary").first).to_contain_text("GBK")
    page.select_option("#d0-subject", "addresses")
    page.wait_for_selector("#d0-number")
    press(page, "试运行")
    doubt = page.locator(".account-of .notice.warn", has_text=named)
    expect(doubt).to_contain_text("坐标可能是", timeout=PATIENCE)
    doubt.get_by_role("button").click()
    expect(page.locator("#d0-crs")).to_have_value(datum)
    expect(page.locator(".account-of")).not_to_contain_text("坐标可能是", timeout=PATIENCE)
    expect(page.locator("[data-count=added] b")).to_have_text("400", timeout=PATIENCE)


def test_doors_in_the_datum_of_baidu_are_doubted_and_put_right(visit: Begin) -> None:
    doubted_and_put_right(desk(visit()), doors_in(wgs84_to_bd09)[0], "BD-09", "bd09")


def test_swapped_axes_and_metres_taken_for_degrees_are_offered_to_be_put_right(visit: Begin) -> None:
    page = desk(visit())
    swapped, metres = (json.loads(toilets(name)) for name in ("颠倒的公厕", "按米的公厕"))
    lon, lat = swapped["features"][0]["geometry"]["coordinates"]
    swapped["features"][0]["geometry"]["coordinates"] = [lat, lon]
    survey = transformer(Crs.parse("EPSG:4549"), out=True)([lon], [lat])
    metres["features"][0]["geometry"]["coordinates"] = [float(column[0]) for column in survey]
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as archive:
        archive.writestr("颠倒.geojson", json.dumps(swapped))
        archive.writestr("按米.geojson", json.dumps(metres))
    drop(page, "两份.zip", parcel.getvalue(), ".dataset >> nth=1")
    for name, reading, said in (("颠倒", "EPSG:4490:yx", "纬度在前"), ("按米", "EPSG:4549", "EPSG:4549")):
        one = page.locator(".dataset", has_text=f"{name}.geojson")
        one.evaluate("dataset => { dataset.open = true }")
        offered = one.locator(".offer .notice.warn")
        expect(offered).to_contain_text("没有一个图形落在地图上", timeout=PATIENCE)
        expect(one.locator(".inset-map")).to_have_attribute("data-shown", "0")
        expect(offered.get_by_role("button")).to_contain_text(said)
        offered.get_by_role("button").click()
        expect(one.locator(".inset-map")).to_have_attribute("data-shown", "1")
        expect(one.locator("select[id$=-crs]")).to_have_value(reading)
        expect(offered).to_have_count(0)
        one.get_by_role("button", name="试运行").click()
        expect(one.locator("[data-count=added] b")).to_have_text("1", timeout=PATIENCE)


def test_doors_in_the_datum_of_amap_are_doubted_and_put_right(visit: Begin) -> None:
    page = desk(visit())
    content, doors = doors_in(wgs84_to_gcj02)
    doubted_and_put_right(page, content, "GCJ-02", "gcj02")
    press(page, f"导入 {len(doors)} 行")
    page.locator("#ask").get_by_role("button", name=f"导入 {len(doors)} 行").click()
    expect(page.locator(".account-of .notice.good")).to_contain_text("导入完成", timeout=PATIENCE)
    for code in list(doors)[::40]:
        off = Address.objects.annotate(off=Distance("geom", doors[code])).get(source="门牌", code=code).off
        assert off.m <= 2


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine
def test_an_image_is_seen_where_it_lies_registered_with_its_overviews_and_undone(visit: Begin, tmp_path: Path) -> None:
    page = desk(visit())
    place = {"transform": Affine(0.00002, 0, 120.010, 0, -0.00002, 31.290)}
    image = photo(tmp_path / "航拍.tif", "EPSG:4490", **place).read_bytes()
    drop(page, "航拍.tif", image, ".dataset[open] .inset-map[data-shown]")
    expect(page.locator(".inset-map")).to_have_attribute("data-shown", "1")
    expect(page.locator("#d0-subject")).to_have_value("rasters")
    expect(page.locator("#d0-id")).to_be_hidden()
    press(page, "试运行")
    expect(page.locator("[data-count=added] b")).to_have_text("1", timeout=PATIENCE)
    expect(page.locator(".remarks").first).to_contain_text("40 × 20 × 3 uint8")
    assert not Raster.objects.exists()
    press(page, "登记这幅影像")
    page.locator("#ask").get_by_role("button", name="登记这幅影像").click()
    expect(page.locator(".account-of .notice.good")).to_contain_text("导入完成", timeout=PATIENCE)
    raster = Raster.objects.get()
    drawn = page.request.get(page.url.partition("/import")[0] + f"/tiles/raster/{raster.pk}.json")
    assert drawn.status == 200, "its overviews are there"
    undone(page)
    assert not Raster.objects.exists()


def test_refused_rows_are_shown_and_can_be_taken_home(visit: Begin) -> None:
    page = desk(visit())
    drop(page, "公厕.geojson", toilets("好的公厕", "太长" * 200))
    press(page, "试运行")
    expect(page.locator("[data-count=refused] b")).to_have_text("1", timeout=PATIENCE)
    expect(page.locator(".reasons")).to_contain_text("文字过长")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载被拒绝的行").click()
    assert "DY-1" in download.value.path().read_text(encoding="utf-8-sig")
    page.reload()
    expect(page.locator(".reasons")).to_contain_text("文字过长")


def test_a_folder_with_a_bad_file_and_an_archive_of_several(visit: Begin, tmp_path: Path) -> None:
    """Each is a dataset of its own; the bad one says why and leaves the others alone."""
    page = desk(visit())
    folder = tmp_path / "交付"
    folder.mkdir()
    (folder / "坏.geojson").write_bytes(b'{"type": "FeatureCollection", "fea')
    (folder / ".DS_Store").write_bytes(b"nobody means to bring this")
    with zipfile.ZipFile(folder / "几份.zip", "w") as archive:
        archive.writestr("东/公厕.geojson", toilets("东边的公厕"))
        archive.writestr("西/公厕.geojson", toilets("西边的公厕"))
    page.set_input_files("#folder", folder)
    expect(page.locator(".dataset")).to_have_count(3, timeout=PATIENCE)
    assert all("交付/" in name for name in page.locator(".dataset h2").all_inner_texts())
    bad = page.locator(".dataset", has_text="坏.geojson")
    bad.locator("summary").first.click()
    expect(bad.locator(".notice.danger")).to_contain_text("坏.geojson")
    west = page.locator(".dataset", has_text="西/公厕.geojson")
    west.locator("summary").first.click()
    expect(west.locator("table.mapping").first).to_contain_text("西边的公厕", timeout=PATIENCE)


@contextmanager
def nobody_writes(table: str) -> Iterator[None]:
    """Let whoever would write to a table wait, however quick the machine; readers do not."""
    mark = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def test_a_guess_is_mended_a_trial_called_off_and_degrees_of_baidu_put_right(visit: Begin) -> None:
    page = desk(visit())
    house = Building.objects.exclude(source="OpenStreetMap").order_by("pk")[0].geom.point_on_surface
    lon, lat = (float(one[0]) for one in wgs84_to_bd09([house.x], [house.y]))
    columns = "编号,标题,名称,种类,设计经度,设计纬度,实测经度,实测纬度"
    table = f"{columns}\nBD-1,对的名字,错的名字,公共厕所,120,31,{lon:.7f},{lat:.7f}\n"
    drop(page, "百度.csv", table.encode(), "#d0-east")
    expect(page.locator(".dataset[open]")).to_contain_text("没有认出坐标列")
    page.select_option("#d0-east", "实测经度")
    page.select_option("#d0-north", "实测纬度")
    expect(page.locator(".inset-map")).to_have_attribute("data-shown", "1", timeout=PATIENCE)
    expect(page.locator("#d0-subject")).to_have_value("facilities")
    page.select_option("#d0-name", '"标题"')
    page.select_option("#d0-crs", "bd09")
    with nobody_writes("spatial_facility"):
        press(page, "试运行")
        expect(page.locator(".under-way")).to_contain_text("正在试运行", timeout=PATIENCE)
        expect(page.locator(".under-way progress")).to_be_visible()
        page.locator(".under-way").get_by_role("button", name="取消").click()
        expect(page.locator(".account-of")).to_contain_text("已取消，没有写入任何行", timeout=PATIENCE)
    press(page, "试运行")
    expect(page.locator("[data-count=added] b")).to_have_text("1", timeout=PATIENCE)
    press(page, "导入 1 行")
    page.locator("#ask").get_by_role("button", name="导入 1 行").click()
    expect(page.locator(".account-of .notice.good")).to_contain_text("导入完成", timeout=PATIENCE)
    found = Facility.objects.annotate(off=Distance("geom", house)).get(source="百度")
    assert (found.name, found.off.m < 2) == ("对的名字", True)


def test_it_works_on_a_phone_and_by_keyboard(visit: Begin) -> None:
    page = desk(visit(PHONE))
    page.set_input_files("#files", [{"name": "公厕.geojson", "mimeType": "", "buffer": toilets("手机上的公厕")}])
    page.wait_for_selector(".dataset[open] .mapping", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("#d0-subject")
    button = page.locator(".dataset[open]").get_by_role("button", name="试运行")
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("[data-count=added] b")).to_have_text("1", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_english_is_spoken(visit: Begin) -> None:
    page = desk(visit(DESK, locale="en"))
    expect(page.locator("h1")).to_have_text("Import data")
    drop(page, "toilets.geojson", toilets("Toilet"))
    expect(page.locator(".dataset[open]").get_by_role("button", name="Trial run")).to_be_enabled()
