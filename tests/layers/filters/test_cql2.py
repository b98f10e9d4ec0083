"""Filters as the standard writes them, as strangers would, and as somebody who means harm would."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

import cql2
import pytest
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import BooleanField, Value

from config.env import ROOT
from gis.crs_served import CRS84
from gis.errors import Invalid
from gis.models import Building, Facility, FenceVersion, Segment
from layers import filters, registry
from layers.filters import guard
from layers.filters.places import PLACES
from layers.filters.predicates import predicate
from layers.filters.terms import Scope
from layers.filters.times import TIMES
from layers.properties import Property
from layers.scope import RESIDENT, Audience, Role
from tests.factories import SOUTH, STEP, WEST, make

EXAMPLES = ROOT.parent / "shared" / "data" / "cql2-examples"
FILES = sorted([*EXAMPLES.glob("text/*.txt"), *EXAMPLES.glob("json/*.json")])
NOT_CLAIMED = {"avg", "buffer", "foo", "bar", "accenti"}
INSTANTS = ("updated", "built", "updated_at", "event_time", "starts_at", "ends_at", "touchdown", "liftOff")
GEOMETRIES = ("geometry", "footprint", "road", "location")
COLUMNS: dict[str, tuple[str, Any]] = {
    "number": ("capacity", "integer"),
    "text": ("name", "string"),
    "time": ("surveyed_at", "date"),
    "yes": ("yes", "boolean"),
    "list": ("features", "strings"),
}


def nodes(tree: Any) -> list[dict[str, Any]]:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [*([tree] if isinstance(tree, dict) else []), *(node for part in inner for node in nodes(part))]


def named(tree: Any) -> set[str]:
    return {node["property"] for node in nodes(tree) if "property" in node}


def texts(tree: Any) -> set[str]:
    """Properties that stand beside a text."""
    found = [node["args"] for node in nodes(tree) if "args" in node]
    beside = [args for args in found if '"' in json.dumps([part for part in args if not isinstance(part, dict)])
              or any(isinstance(part, dict) and part.get("op") == "casei" for part in args)]  # fmt: skip
    return {name for args in beside for part in args for name in named(part)}


def scope(tree: Any) -> Scope:
    """The properties that an example names, as columns of facilities."""
    kinds = dict.fromkeys(named(tree), "number") | dict.fromkeys(texts(tree), "text")
    kinds |= dict.fromkeys(INSTANTS, "time") | {"swimming_pool": "yes", "values": "list", "layer:ids": "list"}
    return Scope({name: Property(name, *COLUMNS[kind]) for name, kind in kinds.items()}, "geom", "shape", CRS84)


def placed(tree: Any) -> Any:
    """The same with the one geometry that rows have."""
    if isinstance(tree, dict):
        if tree.get("property") in GEOMETRIES:
            return {"property": "geometry"}
        return {key: placed(part) for key, part in tree.items()}
    return [placed(part) for part in tree] if isinstance(tree, list) else tree


@pytest.mark.skipif(not FILES, reason="the official examples are not beside the project")
def test_the_official_examples_parse_and_those_we_claim_are_carried_out(db: None) -> None:
    make(Facility)
    rows = Facility.objects.annotate(yes=Value(True, output_field=BooleanField()))
    refused = []
    for file in FILES:
        tree = placed(filters.read(file.read_text(encoding="utf-8"), f"cql2-{file.suffix[1:].replace('txt', 'text')}"))
        if {node["op"].lower() for node in nodes(tree) if "op" in node} & NOT_CLAIMED:
            with pytest.raises(Invalid, match="没有函数"):
                predicate(tree, "$", scope(tree))
            refused.append(file.name)
        else:
            rows.filter(predicate(tree, "$", scope(tree))).count()
    assert len(FILES) - len(refused) >= 210


FACILITIES = next(layer for layer in registry.every() if layer.id == "facilities")


def matching(text: str, language: str = "cql2-text", who: Audience = RESIDENT) -> set[str]:
    found = filters.condition(filters.read(text, language), FACILITIES, who, CRS84)
    return set(FACILITIES.rows_for(who).filter(found).values_list("name", flat=True))


@pytest.fixture
def toilets(db: None) -> None:
    make(Facility, name="东厕", capacity=8, features=["paper", "baby"], surveyed_at="2026-01-02", phone="021-1")
    make(Facility, name="西厕 Toilet", capacity=None, features=["paper"], surveyed_at="2026-03-01")
    make(Facility, name="50%厕", capacity=0, kind="market", features=[], surveyed_at=None)


EVERYONE = {"东厕", "西厕 Toilet", "50%厕"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = '东厕'", {"东厕"}),
        ("NOT capacity > 5", {"50%厕"}),  # of an unknown capacity nothing is known
        ("capacity IS NULL", {"西厕 Toilet"}),
        ("capacity / 2 = 4 OR 1 / capacity > 9", {"东厕"}),  # nothing is divided by nought
        ("capacity BETWEEN 0 AND 8 AND kind IN ('market', 'x')", {"50%厕"}),
        ("CASEI(name) LIKE CASEI('%TOILET')", {"西厕 Toilet"}),
        (r"name LIKE '50\%%'", {"50%厕"}),
        ("A_CONTAINS(features, ('paper', 'baby'))", {"东厕"}),
        ("A_CONTAINEDBY(features, ('paper', 1))", {"西厕 Toilet", "50%厕"}),
        ("A_OVERLAPS(features, ('baby', TRUE))", {"东厕"}),
        ("A_EQUALS(features, ('baby', 'paper'))", {"东厕"}),
        ("A_CONTAINS(features, (TRUE, 'paper'))", set()),
        ("T_AFTER(surveyed_at, DATE('2026-02-01'))", {"西厕 Toilet"}),
        ("surveyed_at < TIMESTAMP('2026-01-02T00:00:00Z')", {"东厕"}),  # in the city it began eight hours before
        ("T_INTERSECTS(surveyed_at, INTERVAL('..', '2026-01-31'))", {"东厕"}),
        (f"S_INTERSECTS(geometry, BBOX({WEST - 0.1}, {SOUTH - 0.1}, {WEST + 0.1}, {SOUTH + 0.1}))", EVERYONE),
        (f"S_DISJOINT(POINT({WEST} {SOUTH}), geometry)", set()),
        (f"NOT S_DISJOINT(geometry, POINT({WEST} {SOUTH}))", EVERYONE),
        ("name = '''; DROP TABLE spatial_facility; --'", set()),
        ("id > 0 AND TRUE = TRUE", EVERYONE),
        ("name = kind OR capacity = id * 0 + 8", {"东厕"}),
    ],
)
def test_a_filter_finds_what_it_says(toilets: None, text: str, expected: set[str]) -> None:
    assert matching(text) == expected
    assert matching(json.dumps(cql2.parse_text(text).to_json()), "cql2-json") == expected


DAYS = {
    "before": (1, 5), "after": (25, 28), "meets": (5, 9), "metby": (21, 25), "overlaps": (5, 15),
    "overlappedby": (15, 25), "starts": (10, 15), "startedby": (10, 25), "during": (12, 15), "contains": (5, 25),
    "finishes": (15, 20), "finishedby": (5, 20), "equals": (10, 20),
}  # fmt: skip
"""Allen's thirteen relations to the days from the tenth to the twentieth, each by a span that has it and no other."""


@pytest.mark.parametrize("operator", sorted(TIMES))
def test_times_lie_to_each_other_as_allen_says(db: None, operator: str) -> None:
    for relation, (first, last) in DAYS.items():
        span = DateRange(date(2026, 3, first), date(2026, 3, last + 1))  # its last day counts
        make(FenceVersion, name=relation, valid=span)
    relation = operator.removeprefix("t_")
    apart = {"before", "meets", "after", "metby"}  # who meets shares no instant: a day lasts until the next begins
    several = {"before": {"before", "meets"}, "after": {"after", "metby"}, "disjoint": apart,
               "intersects": {*DAYS} - apart}  # fmt: skip
    expected = several.get(relation, {relation})
    text = f"{operator.upper()}(valid, INTERVAL('2026-03-10', '2026-03-20'))"
    valid = Scope({"valid": Property("valid", "valid", "days")}, "geom", "shape", CRS84)
    found = FenceVersion.objects.filter(predicate(filters.read(text, "cql2-text"), "$", valid))
    assert set(found.values_list("name", flat=True)) == expected


def steps(*corners: float) -> list[float]:
    """West, south, east, north in steps as degrees of seven digits, which text and database tell alike."""
    return [round(start + STEP * step, 7) for start, step in zip((WEST, SOUTH) * 2, corners, strict=False)]


def test_places_lie_to_each_other_as_postgis_says_asked_by_hand(db: None) -> None:
    """Every relation finds a row, among surfaces, lines and points that meet a square in every way."""
    drawn, found = Polygon.from_bbox(steps(0, 0, 5, 5)).wkt, set()
    for corners in ((0, 0, 5, 5), (1, 1, 2, 2), (-1, -1, 7, 7), (2, 2, 7, 7), (5, 0, 7, 5), (20, 0, 22, 2)):
        make(Building, geom=MultiPolygon(Polygon.from_bbox(steps(*corners)), srid=4490))
    for west, east in ((-1, 8), (1, 2), (5, 7), (20, 22)):
        ends = steps(west, 1, east, 1)
        make(Segment, geom=LineString(ends[:2], ends[2:], srid=4490))
    for east in (1, 5, 20):
        make(Facility, geom=Point(*steps(east, 1), srid=4490))
    for operator, function in PLACES.items():
        for layer, model in (("buildings", Building), ("segments", Segment), ("facilities", Facility)):
            tree = filters.read(f"{operator.upper()}(geometry, {drawn})", "cql2-text")
            rows = model.objects.filter(filters.condition(tree, registry.get(layer, RESIDENT), RESIDENT, CRS84))
            with connection.cursor() as cursor:
                by_hand = f"SELECT id FROM {model._meta.db_table} WHERE {function}(geom, ST_GeomFromText(%s, 4490))"
                cursor.execute(by_hand, [drawn])
                expected = {pk for (pk,) in cursor.fetchall()}
            assert set(rows.values_list("pk", flat=True)) == expected, (operator, layer)
            found |= {operator} if expected else set()
    assert found == {*PLACES}


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("name = ", "cql2-text", "1:8"),
        ("name =\n  'a' AND )", "cql2-text", "2:11"),
        ("name = 'a' ; DROP", "cql2-text", "1:12"),
        ("owner = 'x'", "cql2-text", "没有属性“owner”"),  # staff's
        ("nothing = 'x'", "cql2-text", "没有属性“nothing”"),
        ("name > 5", "cql2-text", "$.args"),
        ("a_contains(name, ('x'))", "cql2-text", "$.args[0]"),
        ("T_DURING(surveyed_at, INTERVAL('2020-01-01', '..'))", "cql2-text", "T_DURING"),
        ("surveyed_at = DATE('2026-13-01')", "cql2-text", "2026-13-01"),
        ("S_INTERSECTS(geometry, POINT(31 121))", "cql2-text", "次序"),
        ("capacity = 1e999", "cql2-text", "$.args[1]"),
        ("name LIKE 'a\\'", "cql2-text", "$.args[1]"),
        ("(name = 'a'", "cql2-text", "1:12"),
        ("name", "cql2-text", "条件"),
        ("{", "cql2-json", "1:2"),
        ('{"op": "="}', "cql2-json", "filter"),
        ('{"op": "=", "args": [{"property": ["name"]}, 1]}', "cql2-json", "$.args[0]"),
        ('{"op": "and", "args": [true, {"op": "in", "args": [1, [2, {}]]}]}', "cql2-json", "$.args[1].args[1][1]"),
        ('{"op": "=", "args": [{"property": "name"}, "\\ud800"]}', "cql2-json", "$.args[1]"),
        ('{"op": "=", "args": [{"property": "id"}, ' + "9" * 5000 + "]}", "cql2-json", "数字过长"),
        ('{"op": "like", "args": [{"property": "name"}, 5]}', "cql2-json", "LIKE"),
        ('{"op": "=", "args": [{"property": "capacity"}, NaN]}', "cql2-json", "NaN"),
        ('{"op":"s_within","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}', "cql2-json", "几何"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(db: None, text: str, language: str, said: str) -> None:
    with pytest.raises(Invalid) as wrong:
        matching(text, language)
    assert str(wrong.value).startswith("参数 filter")
    assert said in str(wrong.value)


def test_what_is_hidden_is_refused_in_the_same_words_as_what_is_not_there(db: None) -> None:
    said = []
    for name in ("owner", "nothing"):
        with pytest.raises(Invalid) as wrong:
            matching(f"{name} = 'x'")
        said.append(str(wrong.value).replace(name, "*"))
    assert said[0] == said[1]
    assert matching("owner = 'x'", who=Audience(Role.FIELD)) == set()


DEEP = 1600
HARMFUL = {
    "open brackets": "(" * DEEP,
    "brackets": "(" * DEEP + "id=1" + ")" * DEEP,
    "sixteen brackets that fail": "(" * 16 + "a b" + ")" * 16,
    "many brackets that fail": " AND ".join(["((((((((a = ))))))))"] * 200),
    "not": "NOT " * DEEP + "id=1",
    "signs": "id=1" + " - -1" * DEEP,
    "equals": "id" + "=1" * DEEP,
    "terms": "id=" + "+".join("1" * DEEP),
    "functions": "casei(" * DEEP + "name" + ")" * DEEP,
    "brackets in strings": "id = 1 AND ')))' = " + "(" * 40 + "'((('",
    "brackets as a shape": "S_INTERSECTS(geometry, POLYGON(" + "(" * 40 + "1 2" + ")" * 42,
    "a long list": "id IN (" + ",".join("1" * 9000) + ")",
    "length": "id = 1 OR " * 5000 + "id = 2",
}


@pytest.mark.parametrize("name", HARMFUL)
def test_what_would_keep_or_break_the_parser_never_reaches_it(name: str) -> None:
    began = process_time()
    with pytest.raises(Invalid):
        filters.condition(filters.read(HARMFUL[name], "cql2-text"), FACILITIES, RESIDENT, CRS84)
    assert process_time() - began < 5  # unguarded: minutes, or the end of the process


@pytest.mark.parametrize("depth", [100, DEEP, 100_000])
def test_json_that_is_nested_too_deeply_is_refused(depth: int) -> None:
    text = '{"op":"not","args":[' * depth + "true" + "]}" * depth
    with pytest.raises(Invalid):
        filters.read(text, "cql2-json")


def test_too_many_vertices_are_refused(db: None) -> None:
    ring = [[121 + at / 1e5, 31] for at in range(5001)]
    shape = {"type": "LineString", "coordinates": ring}
    with pytest.raises(Invalid, match=r"顶点|字符"):
        matching(json.dumps({"op": "s_intersects", "args": [{"property": "geometry"}, shape]}), "cql2-json")


def test_the_guard_lets_pass_what_people_write() -> None:
    guard.check("((a = 1 AND (b = 2 OR c = 3)) OR NOT (d IN (1, 2, 3))) AND CASEI(\"e\") LIKE CASEI('it''s (%')")
    rings = ",".join(f"{121 + at / 1e4:.4f} 31.2" for at in range(1000))
    guard.check(f"(S_WITHIN(geometry, POLYGON(({rings}))) AND (a = 1))")


def test_the_files_are_where_the_skip_looks_for_them() -> None:
    assert Path(ROOT).parent / "shared/data/cql2-examples" == EXAMPLES
