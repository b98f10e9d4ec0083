"""A question about the items of a collection, read from its URL into values once; what is wrong is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, QueryDict

from frontend.ogc.systems import systems
from frontend.parameters import only, refuse
from gis.crs_served import CRS84, Box, Served, find
from gis.errors import Invalid
from gis.schedule import BEIJING
from layers import filters
from layers.filters.places import within
from layers.filters.sql import joined
from layers.filters.terms import Term
from layers.filters.times import meets
from layers.layer import Layer, Rows
from layers.paging import After, Key, read_after, settled
from layers.properties import Property, last_moment, moment, properties, queryables, sortables, span_of
from layers.scope import Audience

USUAL, MOST = 100, 10_000
NAMES = ("f", "crs", "properties", "purpose")
QUESTIONS = ("bbox", "bbox-crs", "datetime", "limit", "filter", "filter-lang", "filter-crs", "sortby", "after")


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows, how many of them after which, in which order and system, with which properties.

    ``apart`` are the rows but for the box; ``bare``: nothing else narrows them. ``ever``: some of them
    may be over by now.
    """

    layer: Layer
    apart: Rows
    told: tuple[Property, ...]
    crs: Served = CRS84
    keys: tuple[Key, ...] = ()
    after: After | None = None
    limit: int = USUAL
    box: tuple[Served, Box] | None = None
    bare: bool = True
    ever: bool = False

    @property
    def rows(self) -> Rows:
        """The rows, those of the box if there is one."""
        return within(self.apart, self.layer, *self.box) if self.box else self.apart

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than all."""
        return not self.bare or self.box is not None


def one(request: HttpRequest, layer: Layer, who: Audience) -> Asked:
    """Read a question about one item."""
    only(request.GET, *names(layer))
    return _form(request.GET, layer, who)


def names(layer: Layer) -> tuple[str, ...]:
    """Return the parameters of every question; a purpose is named for what is guarded only."""
    return NAMES if layer.guarded else NAMES[:-1]


def many(request: HttpRequest, layer: Layer, who: Audience) -> Asked:
    """Read a question about items."""
    simple = parameters(layer, who)
    only(request.GET, *names(layer), *QUESTIONS, *simple)
    asked = request.GET
    form = _form(asked, layer, who)
    ever = "datetime" in asked and bool(layer.times)
    rows = _timed(form.apart, layer, who, asked["datetime"]) if "datetime" in asked else form.apart
    for key, told in simple.items():
        if key in asked:
            rows = rows.filter(**{told.path: _value(key, told, asked[key])})
    rows = _filtered(rows, layer, who, asked)
    keys = _keys(asked, layer, who)
    after = read_after(asked["after"], keys) if "after" in asked else None
    bare = rows is form.apart
    form = replace(form, apart=rows, bare=bare, ever=ever)
    return replace(form, keys=keys, after=after, limit=_limit(asked), box=_boxed(asked))


@lru_cache(maxsize=512)
def parameters(layer: Layer, who: Audience) -> Mapping[str, Property]:
    """Return the properties that are parameters of their own; not those whose name means something else already."""
    taken = {*NAMES, *QUESTIONS}
    own = {key: one for key, one in queryables(layer, who).items() if one.plain and key not in taken}
    return MappingProxyType(own)  # it is kept, and nobody may change it


def _form(asked: QueryDict, layer: Layer, who: Audience) -> Asked:
    told = properties(layer, who)
    if "properties" in asked:
        wanted = [name for name in asked["properties"].split(",") if name]
        for name in wanted:
            _known("properties", name, told)
        told = {key: one for key, one in told.items() if key in wanted}
    return Asked(layer, layer.rows_for(who), tuple(told.values()), _system(asked, "crs"))


def _system(asked: QueryDict, name: str) -> Served:
    if name not in asked:
        return CRS84
    try:
        return find(asked[name], systems())
    except Invalid as wrong:
        zh, _, en = str(wrong).partition(" / ")
        refuse(name, zh, en)


def _value(key: str, told: Property, text: str) -> Any:
    try:
        return told.read(text)
    except Invalid as wrong:
        zh, _, en = str(wrong).partition(" / ")
        refuse(key, zh, en)


def _known(parameter: str, name: str, known: Mapping[str, Property]) -> Property:
    if name not in known:
        there = " ".join(known)
        refuse(parameter, f"没有“{name[:60]}”，有 {there}", f"no {name[:60]!r}; there are {there}")
    return known[name]


def _limit(asked: QueryDict) -> int:
    """A limit; one that is too high is the highest, as the standard wants it."""
    text = asked.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        refuse("limit", f"应为 1–{MOST} 的整数", f"a whole number from 1 to {MOST}")
    return min(int(text), MOST)


def _keys(asked: QueryDict, layer: Layer, who: Audience) -> tuple[Key, ...]:
    said = asked.get("sortby", "")
    names = said.split(",") if said.strip() else []
    known = sortables(layer, who)
    # A plus in a query string arrives as a blank.
    found = tuple(Key(_known("sortby", name.lstrip("+- "), known), name.startswith("-")) for name in names)
    if len(found) > 5 or len({key.property.key for key in found}) < len(found):
        refuse("sortby", "至多 5 个属性，各一次", "at most 5 properties, each once")
    return settled(found)


def _boxed(asked: QueryDict) -> tuple[Served, Box] | None:
    system = _system(asked, "bbox-crs")
    return (system, box(asked["bbox"], system)) if "bbox" in asked else None


def box(text: str, system: Served) -> Box:
    """Return a box (least east, least north, most east, most north) as its system orders the numbers."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(abs(number) < 1e9 for number in numbers):
        refuse("bbox", "应有 4 或 6 个数字，例 121.4,31.1,121.6,31.3", "4 or 6 numbers, such as 121.4,31.1,121.6,31.3")
    half = len(numbers) // 2
    west, south = system.pair(numbers[0], numbers[1])
    east, north = system.pair(numbers[half], numbers[half + 1])
    if south > north or (west > east and not system.degrees):
        refuse("bbox", "第一角应在西南，请查两数的次序", "the first corner is the south-western; look at the order")
    if system.degrees and not (min(west, east) >= -180 and max(west, east) <= 180 and south >= -90 and north <= 90):
        refuse("bbox", "超出经纬度范围，请查两数的次序", "off the earth; look at the order of the two numbers")
    return west, south, east, north


def _timed(rows: Rows, layer: Layer, who: Audience, text: str) -> Rows:
    """The rows of a time; those over by now too, where the layer keeps when a row holds."""
    first, last = _span(text)
    span = span_of(layer, who)
    if span is None:
        return rows
    if layer.times:
        rows = layer.rows_ever(who, _day(first))
    return rows.filter(meets(Term(span.column, span.kind), first, last))


def _day(at: datetime | None) -> date:
    """The city's day of an instant; of none, and at the end of the calendar, the first there is."""
    try:
        return at.astimezone(BEIJING).date() if at else date.min
    except OverflowError:
        return date.min


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last instant that is asked about, None where it is open; a day is all of it."""
    first, between, last = text.partition("/")
    readers = ((moment, first), (last_moment, last if between else first))
    try:
        ends = tuple(None if end in ("", "..") else read(end) for read, end in readers)
    except (ValueError, OverflowError):
        ends = (None, None)
    open_ = between and ends == (None, None) and {first, last} <= {"", ".."}
    if (ends == (None, None) and not open_) or (ends[0] and ends[1] and ends[0] > ends[1]):
        refuse("datetime", "应为时刻或 起/止，例 2026-01-01/..", "an instant or an interval, such as 2026-01-01/..")
    return ends[0], ends[1]


def _filtered(rows: Rows, layer: Layer, who: Audience, asked: QueryDict) -> Rows:
    language = asked.get("filter-lang", filters.LANGUAGES[0])
    if language not in filters.LANGUAGES:
        known = " ".join(filters.LANGUAGES)
        refuse("filter-lang", f"应为 {known} 之一", f"one of {known}")
    system = _system(asked, "filter-crs")
    if "filter" not in asked:
        return rows
    return rows.filter(joined("AND", filters.condition(filters.read(asked["filter"], language), layer, who, system)))
