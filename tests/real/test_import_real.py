"""The real sets, imported twice: exact counts the first time, nothing changed the second."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db.models import F

from gis.ingest import subjects
from gis.ingest.load import load
from gis.ingest.mapping import Plan
from gis.ingest.order import Order, Outcome
from gis.ingest.refusals import Refusals
from gis.models import Address, Area, Building, Facility, PipeNode, PipeSegment, Road, Segment

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "data" / "mappings"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared real data are not here"),
]


@dataclass(frozen=True)
class Case:
    """One file and what must come of it."""

    subject: str
    file: str
    rows: int
    added: int
    refused: dict[str, int] = field(default_factory=dict)
    skipped: int = 0
    folded: int = 0
    parts: int = 0
    mapping: str = ""
    crs: str | None = None
    constants: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.subject} {self.file}"


LUJIAZUI, ROADS = "osm-shanghai-lujiazui", "lujiazui-roads.toml"
CASES = [
    Case("landuse", f"{LUJIAZUI}/landuse.geojson.gz", 234, 175, {"wrong_kind": 59}),
    Case("water", f"{LUJIAZUI}/water.geojson.gz", 38, 35, {"wrong_kind": 3}),
    Case("buildings", f"{LUJIAZUI}/buildings.geojson.gz", 1450, 1450),
    Case("roads", f"{LUJIAZUI}/roads.geojson.gz", 1094, 1078, skipped=16, mapping=ROADS),
    Case("segments", f"{LUJIAZUI}/roads.geojson.gz", 1094, 2449, skipped=16, folded=2, parts=1373, mapping=ROADS),
    Case("facilities", f"{LUJIAZUI}/pois.geojson.gz", 493, 493),
    Case(
        "addresses",
        f"{LUJIAZUI}/buildings.geojson.gz",
        1450,
        115,
        {"required": 1},
        skipped=1334,
        mapping="lujiazui-addresses.toml",
    ),
    Case("roads", "osm-shanghai-huangpu-streets/roads.geojson.gz", 796, 796),
    Case("roads", "osm-jinan-roads/roads.geojson.gz", 28597, 18117, {"zero_length": 1}, folded=10479),
    Case("segments", "osm-jinan-roads/roads.geojson.gz", 28597, 18117, {"zero_length": 1}, folded=10479),
    Case("segments", "osm-shenzhen-futian-streets/edges.geojson.gz", 4009, 2594, {"twice": 2}, folded=1413),
    Case("areas", "admin-beijing-streets/streets.geojson.gz", 331, 331, mapping="beijing-streets.toml"),
    Case(
        "areas",
        "admin-boundaries-districts/districts.geojson.gz",
        2898,
        2891,
        {"wrong_kind": 7},
        mapping="districts.toml",
    ),
    Case("buildings", "suzhou-buildings/gusu_buildings.geojson.gz", 3076, 3076),
    Case("buildings", "suzhou-buildings/sip_osm_buildings.geojson.gz", 5650, 5650),
    Case("landuse", "osm-hangzhou-landuse-water/landuse.geojson.gz", 8707, 8707),
    Case("water", "osm-hangzhou-landuse-water/water.geojson.gz", 2721, 2718, {"twice": 3}),
    Case("facilities", "poi-shanghai-addresses/poi.csv.gz", 20582, 20582),
    Case("pipe-nodes", "pipes-water-epanet/ky10.inp.gz", 935, 935, crs="EPSG:3089"),
    Case("roads", "osm-shanghai-shu-campus/map.osm.gz", 192, 192),
    Case("segments", "osm-shanghai-shu-campus/map.osm.gz", 455, 455),
    Case("buildings", "osm-shanghai-shu-campus/map.osm.gz", 107, 107),
    Case("buildings", "osm-helsinki-pbf/helsinki-centre.osm.pbf", 446, 442, {"not_whole": 4}),
    Case("segments", "osm-helsinki-pbf/helsinki-centre.osm.pbf", 4701, 4700, folded=1),
    Case("addresses", "osm-helsinki-pbf/helsinki-centre.osm.pbf", 1460, 1443, {"required": 16, "too_long": 1}),
]


def run(case: Case, report: Path) -> Outcome:
    plan = Plan.read(MAPPINGS / case.mapping if case.mapping else None)
    order = Order(DATA / case.file, subjects.get(case.subject), plan, case.crs, constants=case.constants)
    return load(order, Refusals(report))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_and_again(case: Case, tmp_path: Path) -> None:
    first = run(case, tmp_path / "refused.csv")
    assert (first.rows, first.added, dict(first.reasons)) == (case.rows, case.added, case.refused)
    assert (first.skipped, first.folded, first.parts) == (case.skipped, case.folded, case.parts)
    assert first.added + first.refused + first.skipped + first.folded == first.rows + first.parts
    again = run(case, tmp_path / "again.csv")
    assert (again.added, again.changed, again.unchanged, again.absent) == (0, 0, case.added, 0)
    assert again.reasons == first.reasons


def all_of(report: Path, *cases: Case) -> None:
    for case in cases:
        assert run(case, report).added == case.added


def test_lujiazui_hangs_together(tmp_path: Path) -> None:
    all_of(tmp_path / "refused.csv", *(case for case in CASES if case.file.startswith(LUJIAZUI)))
    assert Segment.objects.filter(road__isnull=True).count() == 0
    assert Segment.objects.exclude(name=F("road__name")).count() == 0
    assert Address.objects.filter(building__isnull=True).count() == 0
    assert Building.objects.get(name="上海国际会议中心").address == "滨江大道2727"
    assert Facility.objects.filter(kind="toilet").count() == 24
    assert Road.objects.filter(kind="").count() == 0


def test_beijings_streets_find_their_district(tmp_path: Path) -> None:
    districts, streets = (
        next(case for case in CASES if case.mapping == f"{name}.toml") for name in ("districts", "beijing-streets")
    )
    all_of(tmp_path / "refused.csv", districts, streets)
    assert Area.objects.get(code="310112").name == "闵行区"
    streets_of = Area.objects.filter(level=4, parent__level=3)
    assert streets_of.filter(parent__code__startswith="11").count() >= 300
    assert Area.objects.get(full_name="北京市朝阳区建外街道").parent.name == "朝阳区"


def test_ky10_from_the_model_and_from_geojson_agree(tmp_path: Path) -> None:
    """One network twice: as EPANET (EPSG:3089, feet) and as GeoJSON (degrees), the second a re-import of the first."""
    report = tmp_path / "refused.csv"
    network = "pipes-water-epanet/ky10"
    nodes = run(Case("pipe-nodes", f"{network}.inp.gz", 935, 935, crs="EPSG:3089"), report)
    pipes = run(Case("pipes", f"{network}.inp.gz", 1061, 1043, crs="EPSG:3089"), report)
    assert (nodes.added, nodes.outside) == (935, 935)
    assert (pipes.added, dict(pipes.reasons)) == (1043, {"zero_length": 18})
    assert PipeSegment.objects.filter(start__isnull=False, end__isnull=False).count() == 1043
    before = {node.code: node for node in PipeNode.objects.all()}
    lines = {pipe.code: pipe for pipe in PipeSegment.objects.all()}
    nodes = run(Case("pipe-nodes", f"{network}.nodes.geojson.gz", 935, 0, mapping="ky10-nodes.toml"), report)
    pipes = run(Case("pipes", f"{network}.links.geojson.gz", 1061, 0, mapping="ky10-links.toml"), report)
    assert (nodes.added, nodes.changed + nodes.unchanged) == (0, 935)
    assert (pipes.added, pipes.changed + pipes.unchanged, pipes.skipped) == (0, 1043, 18)
    for node in PipeNode.objects.all():
        was = before[node.code]
        assert node.geom.coords == pytest.approx(was.geom.coords, abs=3e-7)
        assert node.ground_m == pytest.approx(was.ground_m, abs=1e-3) or was.appendage == "水源"
    for pipe in PipeSegment.objects.all():
        assert pipe.diameter_mm == pytest.approx(lines[pipe.code].diameter_mm)
        assert [z for *_, z in pipe.geom] == pytest.approx([z for *_, z in lines[pipe.code].geom], abs=1e-2)


@pytest.mark.parametrize(
    ("name", "nodes", "pipes"), [("beta", 210, 206), ("epa-example1", 14, 13), ("state-plane", 45, 44)]
)
def test_sewers_know_their_depths(name: str, nodes: int, pipes: int, tmp_path: Path) -> None:
    """Their coordinates are disguised: any projected system will do to place them somewhere."""
    for subject, count in (("pipe-nodes", nodes), ("pipes", pipes)):
        case = Case(subject, f"pipes-sewer-swmm/{name}.inp.gz", 0, 0, crs="EPSG:3857")
        done = run(case, tmp_path / "refused.csv")
        assert done.added >= count
    rim = PipeNode.objects.filter(appendage="窨井").exclude(ground_m=None).count()
    assert rim > 0
    assert PipeSegment.objects.exclude(start_depth_m=None).filter(diameter_mm__gt=0).exists()
