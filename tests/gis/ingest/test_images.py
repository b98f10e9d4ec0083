"""GeoTIFFs registered: what is read of them, where they lie, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
import rasterio
from django.core.management import call_command
from django.db import connection, transaction
from rasterio.transform import from_origin

from gis.errors import Invalid
from gis.ingest import images, originals, pyramids
from gis.ingest.undo import survey, undo
from gis.models import Building, ImportRun, Raster
from tests.factories import make
from tests.gis.ingest.bounds import bounded
from tests.tiles.raster import photo

pytestmark = [
    pytest.mark.usefixtures("var"),
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),  # rasterio's own use of affine
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]


def test_an_image_is_kept_and_its_outline_known(tmp_path: Path, var: Path) -> None:
    path = photo(tmp_path / "航拍.tif", nodata=0)
    out = StringIO()
    call_command("import", "rasters", str(path), "--source", "测绘院", stdout=out)
    raster = Raster.objects.get()
    assert (raster.name, raster.source, raster.kind, raster.crs) == ("航拍", "测绘院", "影像", "EPSG:4549")
    assert (raster.width, raster.height, raster.bands, raster.dtype, raster.nodata) == (40, 20, 3, "uint8", 0)
    assert raster.resolution_m == pytest.approx(0.5, rel=1e-3)
    assert raster.geom.centroid.coords == pytest.approx((120.0001, 29.9995), abs=0.01)
    assert (var / "rasters" / raster.file).read_bytes() == path.read_bytes()
    assert "40 × 20 × 3" in out.getvalue()
    assert ImportRun.objects.get().subject == "rasters"


def test_the_same_image_again_changes_nothing_and_a_new_one_takes_its_place(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.tif")
    assert [images.register(path).how, images.register(path).how] == ["added", "unchanged"]
    first = Raster.objects.get()
    assert images.register(photo(path, fill=8)).how == "changed"
    again = Raster.objects.get()
    assert again.pk == first.pk
    assert again.sha256 != first.sha256


def test_a_dry_run_keeps_nothing(tmp_path: Path, var: Path) -> None:
    assert images.register(photo(tmp_path / "a.tif"), dry_run=True).how == "added"
    assert not Raster.objects.exists()
    assert not (var / "rasters").exists()


def test_a_packed_image(tmp_path: Path) -> None:
    packed = tmp_path / "a.tif.gz"
    packed.write_bytes(gzip.compress(photo(tmp_path / "a.tif").read_bytes()))
    assert images.register(packed).raster.name == "a"


def test_an_image_without_a_crs_asks_for_it(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.tif", crs=None)
    with pytest.raises(Invalid, match="没有写明坐标系，请用 --crs 指定"):
        images.register(path)
    assert images.register(path, crs="EPSG:4549").raster.crs == "EPSG:4549"


def test_metres_that_call_themselves_degrees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="坐标系不对"):
        images.register(photo(tmp_path / "a.tif", crs="EPSG:4490"))


def test_an_image_that_is_not_placed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有地理定位"):
        images.register(photo(tmp_path / "a.tif", transform=rasterio.Affine(1, 0, 0, 0, 1, 0)))


def test_what_is_no_geotiff_is_refused(tmp_path: Path) -> None:
    vrt = tmp_path / "a.tif"
    vrt.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>')
    with pytest.raises(Invalid, match=r"与后缀 \.tif 不符"):
        images.register(vrt)


def test_a_geotiff_cut_off_is_refused(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.tif")
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(Invalid, match="不完整或已损坏"):
        images.register(path)
    assert not Raster.objects.exists()


def files(var: Path) -> set[str]:
    """All that is kept, copies under their folder."""
    return {str(path.relative_to(var / "rasters")) for path in (var / "rasters").rglob("*") if path.is_file()}


def of(raster: Raster) -> set[str]:
    """The original and the copy of an image."""
    return {f"{raster.sha256}.tif", f"served/{raster.sha256}.tif"}


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_with_the_last_row_that_names_it(tmp_path: Path, var: Path) -> None:
    path = photo(tmp_path / "a.tif")
    first, second = (images.register(path, source).raster for source in ("测绘院", "规划院"))
    other = images.register(photo(tmp_path / "b.tif", fill=8), "规划院").raster
    assert files(var) == of(first) | of(other)
    first.delete()
    assert files(var) == of(second) | of(other)
    call_command("forget", "规划院", subject=["rasters"], yes=True, stdout=StringIO())
    assert files(var) == set()
    assert not Raster.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_forgetting_a_source_takes_its_images_whatever_else_it_brought(tmp_path: Path, var: Path) -> None:
    make(Building, source="测绘院", source_id="1")
    images.register(photo(tmp_path / "a.tif"), "测绘院")
    call_command("forget", "测绘院", yes=True, stdout=StringIO())
    assert (files(var), Raster.objects.count(), Building.objects.count()) == (set(), 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_while_its_deletion_may_still_be_taken_back(tmp_path: Path, var: Path) -> None:
    raster = images.register(photo(tmp_path / "a.tif")).raster
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Raster.objects.all().delete()
        assert files(var) == of(raster)
        raise ZeroDivisionError
    assert files(var) == of(raster)


@pytest.mark.django_db(transaction=True)
def test_a_registration_goes_back_whole_as_long_as_the_earlier_file_is_there(tmp_path: Path, var: Path) -> None:
    path = tmp_path / "a.tif"
    first, second = (images.register(photo(path, fill=fill)) for fill in (7, 8))
    assert first.run and second.run
    assert files(var) == of(first.raster) | of(second.raster)
    assert "请先撤销" in survey(first.run).against[0]
    assert (undo(second.run).restored, files(var)) == (1, of(first.raster))
    assert Raster.objects.get().sha256 == first.raster.sha256
    second, third = (images.register(photo(path, fill=fill)) for fill in (8, 9))
    assert files(var) == of(second.raster) | of(third.raster)
    assert second.run and third.run
    Raster.objects.update(name="另一个名字")
    assert "后来又被改动" in survey(third.run).against[0]
    Raster.objects.update(name="a")
    undo(third.run)
    assert "没有留下可供撤销的记录" in survey(second.run).against[0]
    Raster.objects.get().delete()
    assert files(var) == set()


@pytest.mark.django_db(transaction=True)
def test_a_registration_called_off_leaves_nothing(tmp_path: Path, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramids, "BLINK_S", 0.01)

    def call_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        images.register(photo(tmp_path / "a.tif"), tell=call_off)
    assert (files(var), Raster.objects.exists(), ImportRun.objects.exists()) == (set(), False, False)


def sparse(path: Path, side: int) -> Path:
    """A square of which not one pixel is written."""
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:4549", "SPARSE_OK": True, "tiled": True}
    profile |= {"blockxsize": 4096, "blockysize": 4096, "BIGTIFF": "YES", "compress": "deflate"}
    place = from_origin(500_000, 3_320_000, 0.001, 0.001)
    with rasterio.open(path, "w", width=side, height=side, transform=place, **profile):
        pass
    return path


def test_an_image_that_would_swell_is_refused_before_it_does(tmp_path: Path, var: Path) -> None:
    """A quarter of a megabyte of file, 256 GB of pixels: two minutes of a processor, or all of the disk."""
    bomb = sparse(tmp_path / "a.tif", 1 << 19)
    assert bomb.stat().st_size < 1 << 20
    with bounded(), pytest.raises(Invalid, match="展开后有 256 GB 像素"):
        images.register(bomb)
    assert not (var / "rasters").exists()


def test_a_copy_may_not_grow_far_beyond_its_file(tmp_path: Path, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramids, "FREE", 0)
    monkeypatch.setattr(pyramids, "SWOLLEN", 0)
    with pytest.raises(Invalid, match="副本远大于原文件"):
        images.register(photo(tmp_path / "a.tif"))
    assert files(var) == set()


@pytest.mark.django_db(transaction=True)
def test_who_registers_a_file_while_it_is_forgotten_keeps_it(tmp_path: Path, var: Path) -> None:
    raster = images.register(photo(tmp_path / "a.tif"), "测绘院").raster
    deleting = Thread(target=in_a_thread, args=(raster.delete,))
    with transaction.atomic():
        originals.hold(raster.sha256)  # as registration does, before it looks for the file
        deleting.start()
        deleting.join(0.5)
        again = Raster(**{name: value for name, value in vars(raster).items() if name not in ("_state", "id", "shape")})
        again.source = "规划院"
        again.save()
    deleting.join(30)
    assert not deleting.is_alive()
    assert files(var) == of(raster)
    assert [one.source for one in Raster.objects.all()] == ["规划院"]


def in_a_thread(work: Callable[[], object]) -> None:
    """Do it on a connection of its own."""
    try:
        work()
    finally:
        connection.close()
