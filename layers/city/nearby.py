"""What is near and what is in view: facilities by kind, markets of both sorts, works by date; each as a list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import GEOSGeometry, Point
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from gis.codelists import shipped
from gis.errors import Invalid
from gis.models import Code, FenceState
from gis.queries import Box, inside, listed, nearest
from gis.vending import ALLOW
from gis.walking import nearest_on_foot, there
from layers import registry
from layers.city.facilities import KINDS
from layers.items import GONE, columns, items, state
from layers.layer import Layer, Rows
from layers.scope import Audience

FACILITIES, FENCES, WORKS, ROADS = "facilities", "fences", "works", "roads"
ALSO = {"market": ALLOW}
LISTS = (FACILITIES, WORKS, FENCES)
BOARDS = ("notice-board", "market")
STALLS = 500
SOME = 12
DEEPEST = 22
GROUND_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for a list: where from, in which box, at which instant, how many, which, drawn at which zoom."""

    at: datetime
    point: Point | None = None
    box: Box | None = None
    limit: int = 20
    kinds: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    only_open: bool = False
    on_foot: bool = False
    layers: tuple[str, ...] = LISTS
    first: date | None = None
    last: date | None = None
    road: str = ""
    zoom: int = DEEPEST


Answer = dict[str, Any]


def near(asked: Asked, audience: Audience) -> Answer:
    """Return facilities, and market fences, of the kinds; the nearest first. Raises Invalid for an unknown word."""
    known("kind", asked.kinds, kinds())
    known("features", asked.features, coded("facility-feature"))
    wanted = {*asked.kinds, *(more for kind in asked.kinds for more in ALSO.get(kind, ()))}
    parts = []
    if not asked.kinds or wanted - ALLOW:
        layer = registry.get(FACILITIES, audience)
        rows = layer.rows_for(audience).exclude(state__in=GONE)
        rows = rows.filter(kind__in=wanted) if asked.kinds else rows
        rows = rows.filter(features__contains=list(asked.features)) if asked.features else rows
        parts.append(_lines(layer, audience, rows, asked))
    if wanted & ALLOW and not asked.features:
        layer = registry.get(FENCES, audience)
        rows = places(layer, audience, asked.at.date()).filter(purpose__in=wanted & ALLOW)
        parts.append(_with_stalls(_lines(layer, audience, rows, asked), rows, audience))
        _ground(parts[-1][0], rows)
    return together(parts, asked)


def places(layer: Layer, audience: Audience, day: date) -> Rows:
    """Return the fences that are published and hold on a day, which need not be today."""
    return layer.rows_since(audience, day).filter(state=FenceState.PUBLISHED, valid__contains=day)


def listing(asked: Asked, audience: Audience) -> Answer:
    """Return what is in view of several layers: the list twin of the map."""
    parts = []
    for layer_id in asked.layers:
        layer = registry.get(layer_id, audience)
        parts.append(_lines(layer, audience, layer.rows_at(audience, asked.zoom), asked))
    return together(parts, asked)


def works(asked: Asked, audience: Audience) -> Answer:
    """Return works and closures whose days meet those asked for, by their first day."""
    layer = registry.get(WORKS, audience)
    rows = layer.rows_for(audience)
    if asked.first or asked.last:
        if asked.first and asked.last and asked.last < asked.first:
            raise Invalid("to 早于 from / to is before from")
        rows = rows.filter(period__overlap=DateRange(asked.first, asked.last, "[]"))
    if asked.road:
        rows = rows.filter(_on_street(asked.road, audience))
    answer = together([_lines(layer, audience, rows.order_by("period", "pk"), replace(asked, point=None))], asked)
    if asked.point:
        _measure(answer["items"], layer, audience, asked.point)
    return answer


def _on_street(text: str, audience: Audience) -> Q:
    """What lies on a street of that name, in Chinese or as it is called in English; a record of works has it in Chinese
    alone."""
    roads = registry.get(ROADS, audience).rows_for(audience).filter(name_en__like=text).exclude(name="")
    own = Q(road__like=text) | Q(name__like=text) | Q(name_en__like=text)
    return own | Q(road__in=roads.values("name").distinct())


def _measure(lines: list[Answer], layer: Layer, audience: Audience, point: Point) -> None:
    rows = layer.rows_for(audience).filter(pk__in=[line["id"] for line in lines])
    found, _ = nearest(rows, point, ("pk",), len(lines) or 1)
    far = {row["pk"]: row["metres"] for row in found}
    for line in lines:
        line |= {"metres": round(far[line["id"]])} if line["id"] in far else {}


def _lines(layer: Layer, audience: Audience, rows: Rows, asked: Asked) -> tuple[list[Answer], bool]:
    if asked.box:
        rows = inside(rows, asked.box)
    names = columns(layer, audience)
    if layer.id == FACILITIES:
        names = (*names, "extra__free")
    keep = (lambda row: state(layer, row, asked.at)["open"] is True) if asked.only_open else None
    if asked.point:
        look = nearest_on_foot if asked.on_foot and there() else nearest
        found, more = look(rows, asked.point, names, asked.limit, keep)
    else:
        # By importance only where rows are few: a million footprints are not sorted for a list of fifty.
        ordered = rows if rows.query.order_by else rows.order_by(*(layer.order if layer.id in LISTS else ("pk",)))
        found, more = listed(ordered, names, asked.limit, keep)
    return items(layer, audience, found, asked.at), more


def together(parts: Iterable[tuple[list[Answer], bool]], asked: Asked) -> Answer:
    """Return the lines of several layers as one list, the nearest first where there is a position."""
    parts = list(parts)
    lines = [line for found, _ in parts for line in found]
    if asked.point:
        lines.sort(key=_how_far)
    more = len(lines) > asked.limit or any(more for _, more in parts)
    way = {"way": "streets" if there() else "straight"} if asked.on_foot else {}
    return {"at": asked.at.isoformat(timespec="minutes"), "items": lines[: asked.limit], "more": more, **way}


def _how_far(line: Answer) -> tuple[bool, float]:
    """The way on foot where it was asked for, else the straight line; what no street leads to comes last."""
    metres = line["metres"] if line["metres"] is not None else float("inf")
    return ("walked" in line and line["walked"] is None, metres if line.get("walked") is None else line["walked"])


def _with_stalls(part: tuple[list[Answer], bool], rows: Rows, audience: Audience) -> tuple[list[Answer], bool]:
    """Say of each market fence how many stalls it has and how many are free: as the board at its entrance says
    (``extra``: fence, free), else as counted from the stalls that stand inside it."""
    facilities = registry.get(FACILITIES, audience).rows_for(audience).exclude(state__in=GONE)
    boards = facilities.filter(kind__in=BOARDS, extra__fence__in=[line["code"] for line in part[0]])
    told = {row["extra__fence"]: row for row in boards.values("extra__fence", "extra__free", "capacity")}
    shapes = dict(rows.filter(pk__in=[line["id"] for line in part[0]]).values_list("pk", "shape"))
    for line in part[0]:
        board = told.get(line["code"])
        line |= _board(board) if board else _counted(facilities.filter(kind="stall"), shapes[line["id"]])
    return part


def _ground(lines: list[Answer], rows: Rows) -> None:
    """Give each market its ground, which the map colours by whether it is open."""
    shape = AsGeoJSON("geom", precision=GROUND_DIGITS, options=0)
    told = rows.filter(pk__in=[line["id"] for line in lines]).annotate(ground_json=shape)
    grounds = dict(told.values_list("pk", "ground_json"))
    for line in lines:
        line["ground"] = json.loads(grounds[line["id"]])


def _board(board: Answer) -> Answer:
    free = board["extra__free"]
    return {"capacity": board["capacity"], "free": free if type(free) is int else None}


def _counted(stalls: Rows, shape: GEOSGeometry) -> Answer:
    said = list(stalls.filter(shape__coveredby=shape).values_list("extra__free", flat=True)[:STALLS])
    known = [free for free in said if free is not None]
    return {"capacity": len(said) or None, "free": sum(map(bool, known)) if known else None}


def kinds() -> set[str]:
    """Return every word that ``kind`` may be."""
    return {row.code for row in KINDS} | coded("facility-kind") | ALLOW


def coded(name: str) -> set[str]:
    """Return the codes of a list, those shipped and those the city added."""
    return {row.code for row in shipped(name)} | set(Code.objects.filter(list=name).values_list("code", flat=True))


def known(parameter: str, words: Iterable[str], allowed: set[str]) -> None:
    """Invalid, naming the parameter, the word and what would be right, when a word is not among those allowed."""
    for word in words:
        if word not in allowed:
            some = " ".join(get_close_matches(word, allowed, 5, 0.5) or sorted(allowed)[:SOME])
            wrong = word[:40]
            raise Invalid(
                f"参数 {parameter}：没有“{wrong}”，可用例如 {some}"
                f" / parameter {parameter}: no {wrong!r}; there are, say, {some}"
            )
