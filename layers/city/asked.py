"""The other spatial questions over any layer: what lies in a shape, what stands along a street, where two meet."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db.models import Q

from gis.along import Stretch, along, crossings
from gis.covering import counts, covered_share, within
from gis.errors import Invalid, NotFound
from gis.models import Road, Segment
from gis.patience import patient
from layers import registry
from layers.city.at import Spot
from layers.city.over_time import Steps, over_time
from layers.facts import Json, facts
from layers.features import choice, code_names
from layers.inquiry import inquire
from layers.items import KINDS
from layers.layer import Field, Layer, Rows

REACH_M = 30


def lying_in(
    spot: Spot,
    shape: GEOSGeometry,
    layer_ids: tuple[str, ...],
    limit: int,
    steps: Steps | None = None,
    kinds: tuple[str, ...] = (),
) -> Json:
    """Return for each layer how many rows, of some kinds or all, reach into a shape, by kind and by time, and the first
    of them; for surfaces the share of the shape that they cover."""
    layers = [registry.get(each, spot.audience) for each in layer_ids]
    told = []
    with patient() as further:
        for layer in layers:
            further()
            told.append(_in_layer(spot, shape, layer, limit, kinds) | _over_time(spot, shape, layer, steps))
    return {"layers": told}


def _over_time(spot: Spot, shape: GEOSGeometry, layer: Layer, steps: Steps | None) -> Json:
    return {"per": steps.per, "over_time": over_time(spot, layer, shape, steps)} if steps else {}


def _in_layer(spot: Spot, shape: GEOSGeometry, layer: Layer, limit: int, kinds: tuple[str, ...]) -> Json:
    kind = next((field for field in layer.fields_for(spot.audience) if field.name in KINDS), None)
    rows = _of_kinds(spot.rows(layer), layer, kind, kinds)
    found = within(rows, shape)
    answer: Json = {"layer": layer.id, "title": layer.title, "title_en": layer.title_en, "count": found.count()}
    answer["as_of_now"] = not layer.times
    if kind:
        by = counts(rows, kind.name, shape)
        answer["by"] = {str(value): number for value, number in by.items()}
        answer["kinds"] = _named(layer, kind, by)
    if layer.style.kind == "fill":
        answer["covered_share"] = round(covered_share(rows, shape), 4)
    inquire(layer, spot.reader, spot.purpose, f"within {shape.extent}", answer["count"])
    return answer | {"items": facts(layer, spot.audience, found.order_by(*layer.order)[:limit])}


def _of_kinds(rows: Rows, layer: Layer, kind: Field | None, kinds: tuple[str, ...]) -> Rows:
    if not kinds:
        return rows
    if kind is None:
        raise Invalid(f"参数 kind：图层 {layer.id} 不分类别 / parameter kind: layer {layer.id} has no kinds")
    column: Any = layer.model._meta.get_field(kind.name)
    try:
        wanted = [column.to_python(code) for code in kinds]
    except ValidationError:
        raise Invalid(f"参数 kind：图层 {layer.id} 没有此类别 / parameter kind: layer {layer.id} has none") from None
    return rows.filter(**{f"{kind.name}__in": wanted})


def _named(layer: Layer, kind: Field, by: dict[Any, int]) -> list[Json]:
    """The kinds in words, the most first."""
    names = code_names([(kind.codes, str(value)) for value in by if kind.codes])
    told = []
    for value, count in by.items():
        zh, en = names.get((kind.codes, str(value))) or choice(layer.model, kind.name, value) or (str(value or ""), "")
        told.append({"code": str(value), "title": zh, "title_en": en or zh, "count": count})
    return told


def standing_along(spot: Spot, stretch: Stretch, layer_id: str, reach_m: float, limit: int) -> Json:
    """Return what stands along a stretch of a segment, in the order of its metres."""
    layer = registry.get(layer_id, spot.audience)
    with patient():
        rows, more = along(spot.rows(layer), stretch, reach_m, ("pk",), limit)
    question = f"along {stretch.segment.code} {stretch.from_m}-{stretch.to_m}"
    inquire(layer, spot.reader, spot.purpose, question, len(rows))
    told = facts(layer, spot.audience, spot.rows(layer).filter(pk__in=[row["pk"] for row in rows]))
    by_id = {fact["id"]: fact for fact in told}
    places = [{name: _rounded(row[name]) for name in ("metre", "metres", "side")} | {"id": row["pk"]} for row in rows]
    return {
        "segment": stretch.segment.code,
        "length_m": round(stretch.segment.length_m, 1),
        "as_of_now": not layer.times,
        "items": [by_id[place["id"]] | place for place in places],
        "more": more,
    }


def _rounded(value: Any) -> Any:
    return round(value, 1) if isinstance(value, float) else value


def segment(spot: Spot, code: str) -> Segment:
    """Return the segment of a code or a key; ``NotFound`` when there is none."""
    found = _segment(spot, code)
    if found is None:
        raise NotFound(f"没有编码为“{code}”的路段 (no such segment)")
    return found


def _segment(spot: Spot, code: str) -> Segment | None:
    rows: Rows = registry.get("segments", spot.audience).rows_for(spot.audience)
    key = Q(pk=int(code)) if code.isascii() and code.isdigit() and len(code) < 10 else Q(pk=None)
    found: Segment | None = rows.filter(Q(code=code) | key).order_by("pk").first() if code else None
    return found


def meeting(spot: Spot, first: str, second: str) -> Json:
    """Return where two streets meet, each by its name or, of a segment of one, its code."""
    if first == second:
        raise Invalid("a 与 b 是同一条路 / a and b are the same street")
    with patient():
        points = crossings(street(spot, first), street(spot, second))
    return {"a": first, "b": second, "items": [{"lon": round(each.x, 7), "lat": round(each.y, 7)} for each in points]}


def street(spot: Spot, name: str) -> GEOSGeometry:
    """Return all lines of a street, or a segment, in EPSG:3857; ``NotFound`` when none has the name or code."""
    rows = registry.get("roads", spot.audience).rows_for(spot.audience).filter(name=name)
    lines: list[GEOSGeometry] = [road.shape for road in rows if isinstance(road, Road)] if name else []
    if not lines and (piece := _segment(spot, name)):
        lines = [piece.shape]
    if not lines:
        raise NotFound(f"没有名为“{name}”的道路，也没有此编码的路段 (no such street, nor segment)")
    whole = lines[0]
    for line in lines[1:]:
        whole = whole.union(line)
    return whole
