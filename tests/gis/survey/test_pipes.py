"""Each check of a pipe survey, on a net of two pipes and three points: sound, and then with exactly one fault."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Point
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from gis.models import Code, PipeNode, PipeSegment
from gis.survey.limits import PipeLimits
from gis.survey.network import gathered
from gis.survey.pipes import CHECKS, check_pipes

pytestmark = pytest.mark.django_db
WEST, SOUTH = 121.5, 31.2
APART = 0.0003  # degrees, about 29 metres


class Net:
    """A — B — C: a street main of cast iron, falling a little to the east."""

    def __init__(self) -> None:
        self.a, self.b, self.c = (self.point(name, step, **more) for name, step, more in (
            ("A", 0, {"feature": "盖堵"}), ("B", 1, {"feature": "直线点"}), ("C", 2, {"appendage": "阀门井"}),
        ))  # fmt: skip
        self.first = self.pipe("P1", self.a, self.b)
        self.second = self.pipe("P2", self.b, self.c)

    def point(self, code: str, east: float, north: float = 0, **more: Any) -> PipeNode:
        usual = {"category": "JS", "subcategory": "JP", "ground_m": 5.0 - east / 10, "source": "普查"}
        place = Point(WEST + east * APART, SOUTH + north * APART, srid=4490)
        return PipeNode.objects.create(code=code, geom=place, **usual | more)

    def pipe(self, code: str, start: PipeNode | None, end: PipeNode | None, **more: Any) -> PipeSegment:
        ends = [LineString(a.geom.coords, b.geom.coords) for a, b in [(start, end)] if a and b]
        line = more.pop("line", None) or ends[0]
        usual: dict[str, Any] = {"category": "JS", "subcategory": "JP", "material": "QM", "diameter_mm": 300}
        usual |= {"source": "普查", "burial": "ZM"}
        for side, node in (("start", start), ("end", end)):
            if node and node.ground_m is not None:
                usual |= {f"{side}_depth_m": 1.5, f"{side}_elevation_m": round(node.ground_m - 1.5, 3)}
        geom = LineString(*[(x, y, 0) for x, y, *_ in line.coords], srid=4490)
        return PipeSegment.objects.create(code=code, start=start, end=end, geom=geom, **usual | more)


def change(row: Any, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def number_like_another(net: Net) -> None:
    change(net.a, code="ａ 1")
    change(net.c, code="A1")


def same_place(net: Net) -> None:
    twin = net.point("D", 2, appendage="阀门井")
    net.pipe("P3", net.c, net.point("E", 3, appendage="水表井"))
    net.pipe("P4", net.point("F", 2, 1, appendage="水表井"), twin)
    net.pipe("P5", net.point("G", 1, 1, appendage="水表井"), net.c)
    net.pipe("P6", PipeNode.objects.get(code="F"), PipeNode.objects.get(code="G"))


def code_of_another_thing(net: Net) -> None:
    Code.objects.get_or_create(
        list="pipe-feature", edition="CJJ 61-2017", code="51042101", defaults={"name": "弯头", "attributes": {}}
    )
    change(net.b, feature_code="51042101")


def closed(net: Net) -> None:
    loop = LineString((WEST, SOUTH), (WEST, SOUTH + APART), (WEST, SOUTH))
    change(net.a, feature="", appendage="阀门")
    pipe = net.pipe("P3", net.a, net.b, line=loop)
    change(pipe, end=None, end_depth_m=None, end_elevation_m=None)


def reversed_twin(net: Net) -> None:
    for node in (net.a, net.b):
        change(node, feature="", appendage="阀门井")
    net.pipe("P3", net.b, net.a)


def no_point(net: Net) -> None:
    gone = LineString(net.c.geom.coords, (WEST + 3 * APART, SOUTH))
    net.pipe("P3", net.c, None, line=gone, end_depth_m=None)


def far_from_its_point(net: Net) -> None:
    change(net.c, geom=Point(WEST + 2.1 * APART, SOUTH, srid=4490))


def third_pipe(net: Net) -> None:
    net.pipe("P3", net.b, net.point("D", 1, 1, appendage="水表"), start_elevation_m=3.4, end_elevation_m=3.4)


def long_pipe(net: Net) -> None:
    net.pipe("P3", net.c, net.point("D", 9, appendage="水表"))


def short_pipe(net: Net) -> None:
    net.pipe("P3", net.c, net.point("D", 2.001, appendage="水表"))  # three centimetres


def at_another_level(net: Net) -> None:
    change(net.b, ground_m=None)  # with a ground level the heights would not add up either
    change(net.second, start_elevation_m=3.0)


def steep_drain(net: Net) -> None:
    drains(net)
    net.pipe("P3", net.c, falling(net, category="PS", subcategory="WS"), category="PS", subcategory="WS")


def falling(net: Net, **more: Any) -> PipeNode:
    """A well one step on and six metres lower: 11.8 degrees, too steep for a drain only."""
    return net.point("D", 3, appendage="窨井", ground_m=-1.2, **more)


def drains(net: Net) -> None:
    PipeNode.objects.update(category="PS", subcategory="WS", feature="", appendage="窨井")
    PipeSegment.objects.update(category="PS", subcategory="WS")


def steep(net: Net) -> None:
    low = net.point("D", 3, appendage="水表井", ground_m=-30.0)
    net.pipe("P3", net.c, low)


def uphill(net: Net) -> None:
    drains(net)
    high = net.point("D", 3, appendage="窨井", category="PS", subcategory="WS", ground_m=5.4)
    net.pipe("P3", net.c, high, category="PS", subcategory="WS")


def island(net: Net) -> None:
    net.pipe("P3", net.point("D", 5, appendage="水表"), net.point("E", 6, appendage="水表"))


FAULTS: list[tuple[str, str, Callable[[Net], Any]]] = [
    ("two-numbers", "B", lambda net: change(net.b, map_code="B9")),
    ("number-twice", "ａ 1", number_like_another),
    ("not-one", "A", lambda net: change(net.a, feature="")),
    ("same-place", "C", same_place),
    ("wrong-code", "B", code_of_another_thing),
    ("wrong-code", "A", lambda net: change(net.a, feature_code="52042114")),
    ("wrong-code", "C", lambda net: change(net.c, feature_code="51042114")),
    ("same-ends", "P3", closed),
    ("pipe-twice", "P3", reversed_twin),
    ("depth", "P1", lambda net: change(net.first, start_depth_m=16, start_elevation_m=-11)),
    ("depth", "P1", lambda net: change(net.first, start_depth_m=-1, start_elevation_m=6)),
    ("depth", "B", lambda net: change(net.b, depth_m=16)),
    ("changes", "B", lambda net: change(net.second, material="PE")),
    ("changes", "B", lambda net: change(net.second, diameter_mm=200)),
    ("changes", "B", lambda net: change(net.second, start_depth_m=1.9, start_elevation_m=3.0)),
    ("changes", "B", at_another_level),
    ("apart", "P3", no_point),
    ("apart", "P2", far_from_its_point),
    ("apart", "D", lambda net: net.point("D", 3, appendage="水表")),
    ("heights", "P2", lambda net: change(net.second, end_elevation_m=3.4)),
    ("length", "P3", long_pipe),
    ("length", "P3", short_pipe),
    ("slope", "P3", steep),
    ("slope", "P3", steep_drain),
    ("count", "B", third_pipe),
    ("count", "B", lambda net: change(net.b, feature="三通")),
    ("count", "B", lambda net: (third_pipe(net), change(net.b, feature="四通点"))),
    ("count", "B", lambda net: (third_pipe(net), change(net.b, feature="转折点"))),
    ("uphill", "P3", uphill),
    ("island", "P3", island),
]


def test_a_sound_net_has_no_finding() -> None:
    Net()
    assert check_pipes().findings == ()


@pytest.mark.parametrize(("check", "code", "spoil"), FAULTS, ids=[f"{name}-{code}" for name, code, _ in FAULTS])
def test_one_fault_is_found_and_nothing_else(check: str, code: str, spoil: Callable[[Net], Any]) -> None:
    spoil(Net())
    found = check_pipes().findings
    assert {one.check for one in found} == {check}
    assert code in {one.code for one in found}
    assert all(WEST - 1 < one.lon < WEST + 1 and SOUTH - 1 < one.lat < SOUTH + 1 for one in found)


def test_every_check_is_tried_and_the_fifteen_are_there() -> None:
    assert {name for name, *_ in FAULTS} == {check.id for check in CHECKS}
    assert sorted({check.number for check in CHECKS}) == list(range(1, 16))
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    cited = {check.number: check.cites.partition("；")[0] for check in CHECKS if "CJJ" in check.cites}
    assert cited == {5: "CJJ 61-2017 附录 F", 8: "CJJ 61-2017 附录 C.0.2"}, "the rules' numbers are not the standard's"


@pytest.mark.parametrize(
    "allow",
    [
        lambda net: change(net.first, start_depth_m=-1, start_elevation_m=6, burial="JK"),
        lambda net: net.pipe("P3", net.c, falling(net)),
        lambda net: (change(net.second, material="PE"), change(net.b, feature="变材点")),
        lambda net: (change(net.b, ground_m=None), change(net.first, end_elevation_m=None)),
        lambda net: (change(net.first, burial="DM", end_depth_m=1.5), change(net.b, ground_m=None)),
        lambda net: (change(net.b, feature="三通"), third_pipe(net)),
    ],
    ids=["overhead", "a steep main", "a change that is said", "levels unknown", "on the ground", "a tee with three"],
)
def test_what_the_rules_allow_is_no_finding(allow: Callable[[Net], Any]) -> None:
    allow(Net())
    assert check_pipes().findings == ()


def test_a_source_alone_and_other_limits() -> None:
    net = Net()
    change(net.first, start_depth_m=2, start_elevation_m=3)
    assert {one.check for one in check_pipes("普查", PipeLimits(deepest_m=1.8)).findings} == {"depth"}
    assert check_pipes("另一来源", PipeLimits(deepest_m=0.1)).findings == ()


def test_far_surveys_may_number_alike_and_near_ones_may_not() -> None:
    net = Net()
    net.point("A", 300, source="西区", appendage="水表")
    assert "number-twice" not in check_pipes().counts
    net.point("B", 2, 1, source="东区", appendage="水表")
    assert [one.code for one in check_pipes().of("number-twice")] == ["B"]


def test_the_command_counts_and_lists(tmp_path: Path) -> None:
    net = Net()
    change(net.b, map_code="=B9")
    said = StringIO()
    call_command("check_pipes", csv=tmp_path / "found.csv", stdout=said)
    assert "图上点号与物探点号不一致" in said.getvalue()
    with (tmp_path / "found.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["check"], row["code"], row["value"]) == ("two-numbers", "B", "'=B9 ≠ B")
    assert row["link"].startswith(f"/map?sel=pipe-nodes:{net.b.pk}")


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20))
def test_gathered_is_what_a_walk_finds(pairs: list[tuple[int, int]]) -> None:
    roots = gathered(pairs)
    beside: dict[int, set[int]] = {}
    for a, b in pairs:
        beside.setdefault(a, {a}).add(b)
        beside.setdefault(b, {b}).add(a)
    for start in beside:
        seen, todo = {start}, [start]
        while todo:
            new = beside[todo.pop()] - seen
            seen |= new
            todo += new
        assert seen == {one for one, root in roots.items() if root == roots[start]}
