"""The declarations as a MapLibre style, for QGIS and other clients: a source a layer, paint from its ``Style``.

There are no labels and no symbols: they need glyph and sprite services, and this server calls nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from layers.layer import Layer
from layers.style import Channel, Class, Paint, Stops, Style

PAPER = "#f4f2ec"
DASH_ZOOM = 16  # dashes are given in pixels, MapLibre wants line widths: those of this zoom
AREAS = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], True, False]

Json = dict[str, Any]
Expression = Any


def document(layers: Sequence[Layer], url: str, images: Sequence[int] = ()) -> Json:
    """Return the style of layers in drawing order; ``url`` is where tiles begin (``https://host/tiles``).

    Images, by their numbers, lie under everything and are not shown until somebody wants them.
    """
    return {
        "version": 8,
        "name": "城图",
        "sources": {
            **{layer.id: {"type": "vector", "url": f"{url}/{layer.id}.json"} for layer in layers},
            **{f"raster-{one}": _image(f"{url}/raster/{one}.json") for one in images},
        },
        "layers": [
            {"id": "paper", "type": "background", "paint": {"background-color": PAPER}},
            *(
                {"id": f"raster-{one}", "type": "raster", "source": f"raster-{one}", "layout": {"visibility": "none"}}
                for one in images
            ),
            *(drawn for layer in layers for drawn in _layer(layer)),
        ],
    }


def _image(url: str) -> Json:
    return {"type": "raster", "url": url, "tileSize": 256}


def _layer(layer: Layer) -> Iterator[Json]:
    """Yield the MapLibre layers of one of ours; classes in legend order, what lies under them first."""
    draw = {"fill": _fills, "line": _lines, "point": _points}[layer.style.kind]
    for part, row, kind, paint, condition in draw(layer.style):
        lowest = max(layer.min_zoom, row.min_zoom)
        yield {
            "id": f"{layer.id}:{part}",
            "type": kind,
            "source": layer.id,
            "source-layer": layer.id,
            **({"minzoom": lowest} if lowest else {}),
            **({"maxzoom": layer.max_zoom} if layer.max_zoom < 22 else {}),
            **({"filter": condition} if condition else {}),
            **({"layout": layout} if (layout := _layout(layer, kind)) else {}),
            "paint": paint,
        }


Drawn = tuple[str, Class, str, Json, Expression]


def _layout(layer: Layer, kind: str) -> Json:
    hidden = {} if layer.shown else {"visibility": "none"}
    return {**hidden, **({"line-join": "round"} if kind == "line" else {})}


def _fills(style: Style) -> Iterator[Drawn]:
    for index, row in enumerate(style.classes):
        condition = _all(_belongs(style, row), AREAS)
        if row.paint.fill:
            paint = {
                "fill-color": row.paint.fill,
                **_opacity("fill", row.paint),
                "fill-antialias": not row.paint.stroke,
            }
            yield f"fill-{index}", row, "fill", paint, condition
    for index, row in enumerate(style.classes):
        if row.paint.stroke:
            yield from _strokes(style, row, f"edge-{index}", faded=False)


def _lines(style: Style) -> Iterator[Drawn]:
    for index, row in enumerate(style.classes):
        if row.paint.casing:
            paint = {
                "line-color": row.paint.casing,
                "line-width": _size(row.paint.width, 2 * row.paint.casing_px),
                **_opacity("line", row.paint),
            }
            yield f"casing-{index}", row, "line", paint, _belongs(style, row)
    for index, row in enumerate(style.classes):
        yield from _strokes(style, row, f"line-{index}", faded=True)


def _points(style: Style) -> Iterator[Drawn]:
    for index, row in enumerate(style.classes):
        ring = {"circle-stroke-color": row.paint.stroke, "circle-stroke-width": _size(row.paint.width)}
        paint = {
            "circle-color": row.paint.fill or row.paint.stroke,
            "circle-radius": _size(row.paint.radius),
            **_opacity("circle", row.paint),
            **(ring if row.paint.stroke else {}),
        }
        yield f"point-{index}", row, "circle", paint, _belongs(style, row)


def _strokes(style: Style, row: Class, part: str, faded: bool) -> Iterator[Drawn]:
    """Yield a line layer for each dash of a class, because a dash cannot depend on data."""
    width = _by(style.width, style.width.otherwise) if style.width else _size(row.paint.width)
    paint = {
        "line-color": row.paint.stroke,
        "line-width": width,
        **(_opacity("line", row.paint) if faded else {}),
        **({"line-offset": _by(style.offset, style.offset.otherwise)} if style.offset else {}),
    }
    for name, dash, condition in _dashes(style, row.paint):
        across = style.width.otherwise if style.width else row.paint.width
        dashed = {"line-dasharray": _in_widths(dash, across)} if dash else {}
        yield f"{part}{name}", row, "line", {**paint, **dashed}, _all(_belongs(style, row), condition)


def _dashes(style: Style, paint: Paint) -> Iterator[tuple[str, tuple[float, ...], Expression]]:
    if not style.dash:
        yield "", paint.dash, None
        return
    field = ["to-string", ["get", style.dash.field]]
    yield "", style.dash.otherwise or paint.dash, ["!", ["in", field, ["literal", list(style.dash.values)]]]
    for value, dash in style.dash.values.items():
        yield f"-{value}", dash, ["==", field, value]


def _belongs(style: Style, row: Class) -> Expression:
    """The condition that a feature is of a class; a class without values takes what no other has."""
    if not style.by:
        return None
    field = ["get", style.by]
    if row.values:
        return ["in", field, ["literal", list(row.values)]]
    others = [value for other in style.classes for value in other.values]
    return ["!", ["in", field, ["literal", others]]] if others else None


def _all(*conditions: Expression) -> Expression:
    real = [condition for condition in conditions if condition]
    return ["all", *real] if len(real) > 1 else next(iter(real), None)


def _by(channel: Channel, otherwise: Expression) -> Expression:
    pairs: Iterable[Any] = (part for pair in channel.values.items() for part in pair)
    return ["match", ["to-string", ["get", channel.field]], *pairs, otherwise]


def _size(stops: Stops, more: float = 0.0) -> Expression:
    if isinstance(stops, tuple):
        return ["interpolate", ["linear"], ["zoom"], *(part for zoom, size in stops for part in (zoom, size + more))]
    return stops + more


def _opacity(kind: str, paint: Paint) -> Json:
    return {f"{kind}-opacity": paint.opacity} if paint.opacity != 1.0 else {}


def _in_widths(dash: Sequence[float], width: Stops) -> list[float]:
    if isinstance(width, tuple):
        width = min(width, key=lambda stop: abs(stop[0] - DASH_ZOOM))[1]
    return [round(pixels / width, 2) for pixels in dash]
