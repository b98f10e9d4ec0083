"""A file is passed over only when reading it again could change nothing: whatever it depends on brings it back."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyogrio
import pytest
import shapely
from conftest import Desk, square
from django.db import connection, transaction

from gis.ingest import proof, subjects, undo
from gis.ingest.forget import forget
from gis.ingest.forget import survey as farewell
from gis.ingest.order import Outcome
from gis.models import Building, Code, CodePattern, ImportRun, News

pytestmark = pytest.mark.django_db(transaction=True)


def footprints(desk: Desk, *names: str, **asked: Any) -> Outcome:
    rows = [(square(120 + at / 100), {"id": f"b{at}", "name": name}) for at, name in enumerate(names)]
    return desk.load("buildings", desk.geojson(*rows), source="测绘院", **asked)


def passed_over(done: Outcome) -> bool:
    return any("逐字节相同" in note for note in done.notes)


def test_the_same_file_again_is_not_read_and_the_log_says_so(desk: Desk) -> None:
    first, told = footprints(desk, "一", "二"), News.objects.count()
    again = footprints(desk, "一", "二")
    assert not passed_over(first) and passed_over(again) and again.run != first.run
    assert (again.rows, again.added, again.changed, again.unchanged) == (2, 0, 0, 2)
    assert News.objects.count() == told, "nothing is told, so no tile is drawn anew"
    assert list(ImportRun.objects.order_by("pk").values_list("added", "unchanged")) == [(2, 0), (0, 2)]
    assert passed_over(footprints(desk, "一", "二"))


def test_a_row_changed_by_hand_is_brought_back(desk: Desk) -> None:
    footprints(desk, "一", "二")
    Building.objects.filter(name="二").update(name="改")
    done = footprints(desk, "一", "二")
    assert not passed_over(done) and done.changed == 1
    assert passed_over(footprints(desk, "一", "二"))


def test_what_else_an_import_depends_on_brings_the_file_back(desk: Desk) -> None:
    footprints(desk, "一")
    assert not passed_over(footprints(desk, "壹")), "another file"
    assert not passed_over(footprints(desk, "壹", crs="gcj02")), "another datum"
    assert not passed_over(footprints(desk, "壹", mapping='[fields]\nname = "name"')), "a mapping"
    assert not passed_over(footprints(desk, "壹", constants={"use": "school"})), "a constant"
    assert passed_over(footprints(desk, "壹", constants={"use": "school"}))
    Code.objects.create(list="building-use", edition="本市", code="pavilion", name="亭")
    assert not passed_over(footprints(desk, "壹", constants={"use": "school"})), "a word more on a list"
    CodePattern.objects.create(scheme="trial", pattern="x", title="试")
    assert not passed_over(footprints(desk, "壹", constants={"use": "school"})), "a pattern more"


def test_an_undone_or_forgotten_import_is_done_again(desk: Desk) -> None:
    undo.undo(ImportRun.objects.get(pk=footprints(desk, "一").run))
    assert footprints(desk, "一").added == 1
    forget(farewell("测绘院", subjects.SUBJECTS.values()))
    assert footprints(desk, "一").added == 1


def test_a_trial_reads_the_file_and_a_refused_row_is_told_again(desk: Desk) -> None:
    footprints(desk, "一")
    assert not passed_over(footprints(desk, "一", dry_run=True))
    rows = [(square(), {"id": "a"}), (None, {"id": "b"})]
    for _ in range(2):
        done = desk.load("buildings", desk.geojson(*rows, name="b.geojson"))
        assert done.refused == 1 and not passed_over(done) and len(desk.refused) == 1


def test_the_table_of_a_shapefile_is_part_of_it(desk: Desk) -> None:
    def shapefile(name: str) -> Path:
        path = desk.folder / "楼.shp"
        shapes = shapely.to_wkb([shapely.box(120, 30, 120.001, 30.001)])
        columns = {"geometry_type": "Polygon", "crs": "EPSG:4490", "encoding": "UTF-8"}
        values = [np.array([text], dtype=object) for text in ("1", name)]
        pyogrio.raw.write(path, shapes, values, np.array(["id", "name"], dtype=object), **columns)
        return path

    path = shapefile("甲")
    kept = {part: part.read_bytes() for part in desk.folder.glob("楼.*")}
    assert desk.load("buildings", path, source="测绘院").added == 1
    assert passed_over(desk.load("buildings", path, source="测绘院"))
    shapefile("乙")
    assert path.read_bytes() == kept[path], "the shapes are the same"
    assert not passed_over(desk.load("buildings", path, source="测绘院"))
    assert Building.objects.get(source="测绘院").name == "乙"


def test_an_edit_that_commits_while_the_file_is_read_leaves_no_proof(desk: Desk) -> None:
    footprints(desk, "一", "二")
    known = connection.get_connection_params()
    wanted = {"dbname", "user", "password", "host", "port"}

    def meanwhile(_done: Outcome, _rows: int | None) -> None:
        with psycopg.connect(**{name: value for name, value in known.items() if name in wanted}) as other:
            other.execute("UPDATE spatial_building SET floors = 9 WHERE name = '一'")

    footprints(desk, "一", "叁", tell=meanwhile)
    assert ImportRun.objects.latest("pk").proof is None
    assert not passed_over(footprints(desk, "一", "叁"))


def test_within_a_larger_transaction_nothing_is_proven(desk: Desk) -> None:
    with transaction.atomic():
        footprints(desk, "一")
        Building.objects.update(name="改")
    assert footprints(desk, "一").changed == 1


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_rows_are_as_the_last_file_says(desk: Desk, seed: int) -> None:
    rng, passed = random.Random(seed), 0
    last: tuple[str, ...] = ()
    for _ in range(14):
        deed = rng.choice(("import", "import", "again", "again", "edit", "delete", "undo"))
        if deed == "edit":
            Building.objects.filter(source_id=f"b{rng.randrange(3)}").update(name="改")
        elif deed == "delete":
            Building.objects.filter(source_id=f"b{rng.randrange(3)}").delete()
        elif deed == "undo" and (run := ImportRun.objects.filter(undone_at=None).order_by("-pk").first()):
            if not undo.survey(run).against:
                undo.undo(run)
        elif deed == "import" or last:
            last = last if deed == "again" else tuple(rng.choice("甲乙丙") for _ in range(3))
            passed += passed_over(footprints(desk, *last))
            found = dict(Building.objects.filter(source="测绘院").values_list("source_id", "name"))
            assert found == {f"b{at}": name for at, name in enumerate(last)}


def test_every_table_that_a_subject_names_is_counted() -> None:
    for subject in subjects.SUBJECTS.values():
        named = proof.tables(subject)
        sql = " ".join([*subject.steps, *(check.where + check.value for check in subject.checks)])
        assert all(table in named for table in ("spatial_area", "spatial_unit", "spatial_grid") if table in sql)
        assert subject.model._meta.db_table in named
