"""DXF drawings: their layers are ours, blocks and texts are points, and the numbers are in a system nobody states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from gis.ingest.readers.likeness import misnamed
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import Ask, Source
from gis.ingest.readers.vector import EVERYTHING, chosen_layer, drawn

AREAL = frozenset({"areas", "grids", "buildings", "rooms", "landuse", "water", "fences", "works"})
"""Subjects for which a closed polyline is the outline of a surface."""
BESIDE = {
    "PaperSpace", "SubClasses", "Linetype", "BlockScale", "BlockOCSNormal", "BlockOCSCoords", "Block", "AttributeTag",
}  # fmt: skip


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open one layer of the drawing, or all of them by `*`."""
    check(path)
    pyogrio.set_gdal_config_options({"DXF_CLOSED_LINE_AS_POLYGON": "YES" if ask.subject in AREAL else "NO"})
    where = {}
    if ask.layer != EVERYTHING:
        name = chosen_layer(path, ask.layer, layers(path))
        where = {"where": f"Layer = '{name.replace(chr(39), chr(39) * 2)}'"}
    fields = [str(name) for name in pyogrio.read_info(path, layer="entities")["fields"]]
    with drawn(path, "entities", columns=[name for name in fields if name not in BESIDE], **where) as source:
        yield Source(name if where else EVERYTHING, None, source.fields, source.batches, None, source.notes)


def layers(path: Path) -> list[str]:
    """The layers that something is drawn on."""
    check(path)
    try:
        _, table = pyogrio.read_arrow(path, layer="entities", columns=["Layer"], read_geometry=False)
    except (DataSourceError, DataLayerError) as error:
        raise cut(path, error) from error
    if not (found := sorted(str(name) for name in table.column("Layer").unique().to_pylist() if name)):
        raise cut(path, "没有图层 no layer")
    return found


def check(path: Path) -> None:
    """Refuse what is no DXF in text form, and tell GDAL how its texts are written."""
    with path.open("rb") as file:
        content = file.read(1 << 20)
    words = content.split(None, 2)
    if content.startswith(b"AutoCAD Binary DXF") or words[:1] not in ([b"0"], [b"999"]):
        raise misnamed(path)
    if not content.rstrip().endswith(b"EOF") and path.stat().st_size <= len(content):
        raise cut(path, "没有 EOF no EOF")
    try:
        content.decode("utf-8")
        name = "UTF-8"
    except UnicodeDecodeError as error:
        name = "UTF-8" if error.start > len(content) - 4 else "GB18030"
    pyogrio.set_gdal_config_options({"DXF_ENCODING": name})
