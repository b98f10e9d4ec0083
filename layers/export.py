"""A whole layer to take home: CSV that a spreadsheet opens with its Chinese right, or GeoJSON; row by row as it comes.

By `/api/export` leaves what anyone may see, by `/ogc`, for staff, what they may. A cell that begins like a formula is
defused, because a spreadsheet runs it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from struct import unpack_from
from typing import Any

from django.conf import settings
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.core.exceptions import ValidationError
from django.db.models import BinaryField, Func

from gis.crs_served import Served
from gis.errors import Invalid
from gis.ingest.refusals import harmless
from gis.models import Code
from gis.queries import Box, Pin, inside
from layers.features import DIGITS, choice, labels, plain
from layers.geojson import feature
from layers.items import KINDS
from layers.layer import Field, Layer, Rows
from layers.manifest import holdings
from layers.properties import Property, kind_of
from layers.scope import RESIDENT

BOM = "\ufeff"
CHUNK = 2000
REMEMBERED = 4096
WKB_HEAD = 5  # bytes of a point before its two numbers
PLACE, PLACE_EN, NOTE = ("经度", "纬度"), ("Longitude", "Latitude"), "资料说明"
LONG = 11  # digits that a spreadsheet still shows as they are

Json = dict[str, Any]


def rows_of(layer: Layer, kinds: tuple[str, ...] = (), box: Box | None = None) -> Rows:
    """Return the rows to take home; Invalid when the layer has no kinds to choose from."""
    rows = layer.rows_for(RESIDENT)
    names = {field.name for field in layer.fields_for(RESIDENT)}
    kind = next((name for name in KINDS if name in names), None)
    if kinds and kind is None:
        raise Invalid(f"参数 kind：图层 {layer.id} 没有种类 / parameter kind: layer {layer.id} has no kinds")
    if kinds:
        rows = rows.filter(**{f"{kind}__in": [_stored_kind(layer, str(kind), word) for word in kinds]})
    return (inside(rows, box) if box else rows).order_by("pk")


def _stored_kind(layer: Layer, name: str, word: str) -> Any:
    try:
        return layer.model._meta.get_field(name).to_python(word)  # type: ignore[union-attr]  # a column, no relation
    except ValidationError:
        raise Invalid(f"参数 kind：“{word[:40]}”应为整数 / parameter kind: {word[:40]!r}: a whole number") from None


def fields_of(layer: Layer) -> list[Field]:
    """Return the columns: what a card tells, without what only drawing needs."""
    return [field for field in layer.fields_for(RESIDENT) if field.card]


def as_csv(
    layer: Layer, rows: Rows, chosen: list[Field] | None = None, note: str = "", english: bool = False
) -> Iterator[str]:
    """Yield a CSV: a line of titles, then every row in words, with a point certainly on it in degrees. The titles come
    with the first rows, so that what goes wrong there is an answer and no file of titles.

    Without a choice of fields they are those that anyone may see. A ``note`` stands in each line, in a column of its
    own: lines are copied without their head.
    """
    fields = fields_of(layer) if chosen is None else chosen
    words = Words(layer, fields, english)
    tellers = [_teller(words, field) for field in fields]
    noted = [harmless(note)] if note else []
    titles = [*(_title(field, english) for field in fields), *(PLACE_EN if english else PLACE)]
    head = BOM + _lines([[*titles, *([NOTE] if note else [])]])
    pin = Func(Pin(layer.geometry), template="ST_AsBinary(%(expressions)s, 'NDR')", output_field=BinaryField())
    told = rows.annotate(export_pin=pin).values_list(*(field.name for field in fields), "export_pin")
    for batch in _chunks(told.using(settings.READS).iterator(chunk_size=CHUNK)):
        yield head + _lines(
            [*(tell(value) for tell, value in zip(tellers, row, strict=False)),
             *(f"{degrees:.{DIGITS}f}" for degrees in unpack_from("<2d", row[-1], WKB_HEAD)), *noted]
            for row in batch
        )  # fmt: skip
        head = ""
    if head:
        yield head


def _teller(words: Words, field: Field) -> Callable[[Any], str]:
    """How values of a field become cells; what was told is remembered, for columns say the same again and again."""

    def tell(value: Any) -> str:
        return cell(words.say(field, value), value)

    return tell if kind_of(words.layer, field.name) in ("strings", "json") else lru_cache(REMEMBERED)(tell)


def as_geojson(layer: Layer, rows: Rows, english: bool = False) -> Iterator[str]:
    """Yield a FeatureCollection: codes as they are stored, words beside them; lon/lat of CGCS2000."""
    fields = fields_of(layer)
    words = Words(layer, fields, english)
    yield json.dumps(_about(layer), ensure_ascii=False)[:-1] + ', "features": [\n'
    shape = AsGeoJSON(layer.geometry, precision=DIGITS, options=0)
    told = rows.annotate(export_json=shape).values_list("pk", *(field.name for field in fields), "export_json")
    between = ""
    for batch in _chunks(told.using(settings.READS).iterator(chunk_size=CHUNK)):
        yield between + ",\n".join(_feature(layer, fields, words, row) for row in batch)
        between = ",\n"
    yield "\n]}\n"


def as_lines(layer: Layer, rows: Rows, told: Iterable[Property], crs: Served, note: str = "") -> Iterator[str]:
    """Yield GeoJSON text sequences (RFC 8142): a feature a line, each after a record separator, with the ``note``."""
    end = f',"note":{json.dumps(note, ensure_ascii=False)}}}' if note else "}"
    texts = rows.annotate(export_text=feature(layer, told, crs)).values_list("export_text", flat=True)
    for batch in _chunks(texts.using(settings.READS).iterator(chunk_size=CHUNK)):
        yield "".join(f"\x1e{text[:-1]}{end}\n" for text in batch)


class Words:
    """The names of codes of the fields' lists, all in one query: an export meets most of them.

    In English also what texts are by their own list; the places among them stay as their signs have them.
    """

    def __init__(self, layer: Layer, fields: list[Field], english: bool = False) -> None:
        self.layer, self.english = layer, english
        lists = {told for field in fields if (told := field.told_by if english else field.codes)}
        entries = Code.objects.filter(list__in=lists).order_by("edition") if lists else []
        self.names = {(entry.list, entry.code): (english and entry.name_en) or entry.name for entry in entries}

    def known(self, field: Field) -> dict[str, str]:
        """Return the words of all values of a field, if these are few."""
        chosen = {str(value): str(label) for value, label in labels(self.layer.model, field.name).items()}
        return chosen | {code: name for (listed, code), name in self.names.items() if listed == field.codes}

    def say(self, field: Field, value: Any) -> str:
        """Return a value in words; nothing for nothing."""
        if value in (None, "", [], {}):
            return ""
        if isinstance(value, list):
            between = ", " if self.english else "、"
            return between.join(self.names.get((field.codes, str(one)), str(one)) for one in value)
        if field.told_by and (named := self.names.get((field.told_by, str(value)))):
            return named
        zh, en = choice(self.layer.model, field.name, value) or plain(value)
        return (self.english and en) or zh


def cell(text: str, value: Any) -> str:
    """Return a cell: defused when it begins like a formula, kept from being a number when it is a code.

    A spreadsheet rounds what has more than fifteen digits and takes zeros off the front; behind a tab it does not.
    """
    code = isinstance(value, str) and text.isdigit() and (len(text) > LONG or (text[0] == "0" and len(text) > 1))
    return f"\t{text}" if code else harmless(text)


def _about(layer: Layer) -> Json:
    held = holdings(layer, RESIDENT)
    return {
        "type": "FeatureCollection",
        "name": layer.id,
        "title": layer.title,
        "title_en": layer.title_en,
        "datum": "CGCS2000",
        "sources": held["sources"],
    }


def _feature(layer: Layer, fields: list[Field], words: Words, row: tuple[Any, ...]) -> str:
    properties: Json = {}
    for field, value in zip(fields, row[1:], strict=False):
        properties[field.key] = _stored(words, field, value)
        if field.codes:
            properties[f"{field.key}_title"] = words.say(field, value)
    about = json.dumps(properties, ensure_ascii=False)
    return f'{{"type": "Feature", "id": {row[0]}, "properties": {about}, "geometry": {row[-1]}}}'


def _stored(words: Words, field: Field, value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool | list):
        return value
    return words.say(field, value)


def _title(field: Field, english: bool) -> str:
    title = field.title_en if english else field.title
    return f"{title} ({field.unit})" if field.unit and english else f"{title}({field.unit})" if field.unit else title


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == CHUNK:
            yield batch
            batch = []
    if batch:
        yield batch
