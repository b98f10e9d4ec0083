"""KML (and KMZ, unpacked before): folders are layers, names and ExtendedData are fields, degrees by definition.

GDAL reads KML too, but makes underscores of Chinese field names. This reads the file as it streams by, twice: once for
the fields, once for the rows. Links to other files are not followed, entities not expanded.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from xml.parsers import expat

import shapely
from shapely.errors import GEOSException

from gis.errors import Invalid
from gis.ingest.readers.likeness import misnamed
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import ROWS, Ask, Batch, Source
from gis.ingest.readers.vector import EVERYTHING, chosen_layer

CHUNK = 1 << 16
DEEPEST = 60
"""Elements within elements."""
WORDS = ("name", "description", "address", "phoneNumber")
Row = tuple[str, dict[str, str], bytes | None]
"""The folder of a placemark, its fields, its shape."""


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open one folder of placemarks, or all of them by `*`."""
    counts: Counter[str] = Counter()
    fields: dict[str, None] = {}
    names = layers(path)
    layer = EVERYTHING if ask.layer == EVERYTHING else chosen_layer(path, ask.layer, names)
    for folder, values, _ in placemarks(path):
        if layer in (folder, EVERYTHING):
            counts[layer] += 1
            fields |= dict.fromkeys(values)
    rows = (row for row in placemarks(path) if layer in (row[0], EVERYTHING))
    yield Source(layer, "EPSG:4326", tuple(fields), batches(tuple(fields), rows), counts[layer])


def layers(path: Path) -> list[str]:
    """The folders that hold placemarks, by their names from the outermost in."""
    return list(dict.fromkeys(folder for folder, _, _ in placemarks(path)))


def batches(fields: tuple[str, ...], rows: Iterator[Row]) -> Iterator[Batch]:
    """The placemarks in blocks of columns."""
    first = 1
    while block := list(islice(rows, ROWS)):
        yield Batch(
            first, {name: [row[1].get(name) for row in block] for name in fields}, [shape for _, _, shape in block]
        )
        first += len(block)


def placemarks(path: Path) -> Iterator[Row]:
    """Every placemark with the folder it is in; Invalid when the file is no KML, cut off, or made to harm."""
    reading = Reading(path)
    with path.open("rb") as file:
        head = file.read(CHUNK)
        if b"<kml" not in head:
            raise misnamed(path)
        file.seek(0)
        words = chinese(head)
        try:
            while chunk := file.read(CHUNK):
                reading.parser.Parse(words.decode(chunk) if words else chunk, False)
                yield from reading.taken()
            reading.parser.Parse(words.decode(b"", True) if words else b"", True)
        except (expat.ExpatError, ValueError) as error:
            raise cut(path, error) from error
    yield from reading.taken()


def chinese(head: bytes) -> codecs.IncrementalDecoder | None:
    """What decodes a file that says it is GBK, as older Chinese tools write: expat knows no signs of two bytes."""
    said = re.match(rb"\s*<\?xml[^>]*encoding=[\"'](?:gbk|gb2312|gb18030)[\"']", head, re.IGNORECASE)
    return codecs.getincrementaldecoder("gb18030")() if said else None


class Reading:
    """What has been read of a file: the open elements, the folders among them, the placemarks that are done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open: list[Element] = []
        self.folders: list[str] = []
        self.done: list[Row] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.words
        self.parser.StartDoctypeDeclHandler = self.doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        element = Element(name, attributes)
        if self.open:
            self.open[-1].append(element)
        self.open.append(element)
        if tag(element) == "Folder":
            self.folders.append("")
        if len(self.open) > DEEPEST:
            raise cut(self.path, f"{len(self.open)} 层嵌套 levels")

    def words(self, text: str) -> None:
        """Text within an element."""
        self.open[-1].text = (self.open[-1].text or "") + text

    def end(self, _: str) -> None:
        """An element ends; one that stands in a folder has been dealt with and is let go."""
        element = self.open.pop()
        kind, parent = tag(element), tag(self.open[-1]) if self.open else ""
        if kind == "Placemark":
            folder = "/".join(filter(None, self.folders)) or self.path.stem
            self.done.append((folder, values(element), shape(element)))
        elif kind == "Folder":
            self.folders.pop()
        elif kind == "name" and parent == "Folder":
            self.folders[-1] = (element.text or "").strip().replace("|", "/")
        if parent in ("Folder", "Document", "kml"):
            self.open[-1].remove(element)

    def doctype(self, *_: object) -> None:
        """An entity may stand for a billion others, or for a file of the server."""
        raise Invalid(
            f"{self.path.name} 里定义了 XML 实体，不予读取。 {self.path.name} declares XML entities and is not read."
        )

    def taken(self) -> list[Row]:
        """The placemarks done since the last asking."""
        done, self.done = self.done, []
        return done


def tag(element: Element) -> str:
    """The name of an element without the prefix of its namespace."""
    return element.tag.rpartition(":")[2]


def values(placemark: Element) -> dict[str, str]:
    """The fields of a placemark: its id, its own words, and its extended data."""
    found = {"id": placemark.get("id", "")}
    for element in placemark.iter():
        kind = tag(element)
        if kind in WORDS and element in list(placemark):
            found[kind] = element.text or ""
        elif kind == "SimpleData":
            found[element.get("name", "")] = element.text or ""
        elif kind == "Data":
            value = next((child for child in element if tag(child) == "value"), None)
            found[element.get("name", "")] = "" if value is None else value.text or ""
    return {name: value.strip() for name, value in found.items() if name and value.strip()}


def shape(placemark: Element) -> bytes | None:
    """The shape of a placemark; None where it has none, b"" where it cannot be drawn."""
    try:
        found = [one for child in placemark for one in drawn(child)]
        if not found:
            return None
        kinds = {one.geom_type for one in found}
        whole = found[0] if len(found) == 1 else shapely.GeometryCollection(found)
        if len(found) > 1 and len(kinds) == 1:
            whole = getattr(shapely, f"Multi{kinds.pop()}")(found)
        return bytes(shapely.to_wkb(whole))
    except (GEOSException, ValueError, TypeError, IndexError):
        return b""


def drawn(element: Element) -> Iterator[Any]:
    """The simple shapes of an element."""
    kind = tag(element)
    if kind in ("MultiGeometry", "MultiTrack"):
        for child in element:
            yield from drawn(child)
    elif kind == "Point":
        yield shapely.Point(path_of(element)[0])
    elif kind in ("LineString", "LinearRing"):
        yield shapely.LineString(path_of(element))
    elif kind == "Track":
        yield shapely.LineString(
            [tuple(map(float, (at.text or "").split()[:2])) for at in element if tag(at) == "coord"]
        )
    elif kind == "Polygon":
        rings = {name: [path_of(ring) for ring in element if tag(ring) == name] for name in
                 ("outerBoundaryIs", "innerBoundaryIs")}  # fmt: skip
        yield shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])


def path_of(element: Element) -> list[tuple[float, ...]]:
    """The first coordinates inside an element: longitude, latitude and, where every place has it, height."""
    text = next((child.text or "" for child in element.iter() if tag(child) == "coordinates"), "")
    places = [tuple(map(float, place.split(","))) for place in text.split()]
    depth = min((len(place) for place in places), default=2)
    return [place[:depth] for place in places]
