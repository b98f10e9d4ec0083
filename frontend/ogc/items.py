"""Items: features of a collection, a page at a time as GeoJSON or as a page to read, or all of them as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_safe

from frontend.ogc.answers import (
    FORMS,
    GEOJSON,
    HTML,
    JSON,
    REL,
    ROOT,
    SCHEMA,
    Link,
    again,
    form_of,
    kept,
    link,
    links,
    packed,
    shown,
    url,
)
from frontend.ogc.asked import Asked, many, one
from frontend.opendata import Parcel
from frontend.parameters import refuse, said, word
from frontend.passport import audience
from gis.errors import NotFound
from layers import registry
from layers.boxes import way
from layers.export import Words, as_csv, as_lines
from layers.features import card
from layers.files import FORMS as PACKED
from layers.files import pieces
from layers.geojson import Compiled, features, whole
from layers.inquiry import inquire
from layers.layer import Layer
from layers.models import Inquiry
from layers.note import note, restricted
from layers.outline import outline
from layers.paging import NOTHING, Page, Way, page, patient, spoken
from layers.scope import Audience
from layers.taken import MANY, bound, keep_taken

ONE = {"json": GEOJSON, "html": HTML}
TEXTS = ("csv", "geojsonl")
QUERYABLES = REL + "queryables"
HEADED = ("self", "next", QUERYABLES)
"""Links that stand in the header as well: what who pages or filters wants to know before he reads (OGC 19-079r2)."""
SUFFIXES = {"shp": "zip"}


@require_safe
def listing(request: HttpRequest, layer_id: str) -> HttpResponseBase:
    """The items of a collection."""
    who = audience(request)
    layer = registry.get(layer_id, who)
    if form_of(request, FORMS) == "html" and "" in request.GET.values():  # a form sends what was left empty
        return redirect(f"{request.path}?{_said(request)}")
    asked, form = many(request, layer, who), form_of(request, FORMS)
    if form in FILES:
        if asked.after:
            refuse("after", "只用于分页，文件是整份的", "is for pages; a file is whole")
        return _file(request, asked, who, form)
    texts, way = _ways(asked, who) if form == "json" else (NOTHING, None)
    found = page(lambda: asked.rows, asked.keys, asked.after, asked.limit, asked.narrowed, texts, way)
    line = keep(request, layer, len(found.pks))
    if len(found.pks) > MANY:
        every = layer.model._default_manager.filter(pk__in=found.pks)
        line = line or keep_taken(layer, request.user, question(request), every)
    ways = links(request, form, FORMS)
    if found.after:
        ways.append(link(f"{again(request, after=found.after.written())}f={form}", "next", FORMS[form], "下一页 Next"))
    if form == "html":
        return shown(request, who, "items", _table(asked, found) | {"links": ways, "asked": request.GET})
    noted = restricted(layer, line).text if line else ""
    here, _, _ = ways[0]["href"].partition("/items?")
    ways.append(link(f"{here}/queryables", QUERYABLES, SCHEMA, "可查询属性 Queryables"))
    ways.append(link(f"{here}/sortables", REL + "sortables", SCHEMA, "可排序属性 Sortables"))
    return _answer(request, who, asked, ways, _collection(asked, found, ways, noted))


@require_safe
def single(request: HttpRequest, layer_id: str, item_id: str) -> HttpResponse:
    """One item."""
    who = audience(request)
    layer = registry.get(layer_id, who)
    asked, form, pk = one(request, layer, who), form_of(request, ONE), number(item_id)
    line = keep(request, layer, asked.rows.filter(pk=pk).count()) if layer.guarded else None
    if form == "html":
        return shown(request, who, "item", _card(layer, who, pk) | {"asked": request.GET})
    texts = features(layer, asked.rows, asked.told, asked.crs, [pk])
    if not texts:
        raise NotFound(f"没有编号为 {pk} 的{layer.title} (no such feature)")
    whole = link(url(request, f"/collections/{layer.id}"), "collection", JSON, layer.title)
    ways = [*links(request, form, ONE), whole]
    about = ({"note": restricted(layer, line).text} if line else {}) | {"links": ways}
    told = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    return _answer(request, who, asked, ways, f"{texts[0][:-1]},{told[1:]}")


def _card(layer: Layer, who: Audience, pk: int) -> dict[str, Any]:
    """Return a row in words, where it comes from too."""
    told = card(layer, who, pk)
    words = {field.name.rpartition("__")[2]: field.title for field in layer.fields_for(who)}
    origin = [(words[key], value) for key, value in told["provenance"].items() if key in words]
    return {"layer": layer, "card": told, "origin": origin}


def _ways(asked: Asked, who: Audience) -> tuple[Compiled, Way | None]:
    """How features come along with the rows of a page that are few, if all of these are told today; and are found if a
    box is all that is asked."""
    quick = asked.box if asked.bare else None
    found = way(asked.layer, who, asked.told, asked.crs, *quick) if quick else None
    return NOTHING if found or asked.ever else whole(asked.layer, who, asked.told, asked.crs), found


def _told(asked: Asked, found: Page) -> tuple[str, int]:
    """The features of a page and how many they are: a row may have gone since it was found."""
    if found.text is not None:
        return found.text, len(found.pks)
    with patient():
        texts = features(asked.layer, asked.apart, asked.told, asked.crs, found.pks)
    return ",".join(texts), len(texts)


def keep(request: HttpRequest, layer: Layer, rows: int) -> Inquiry | None:
    """Keep who is told what is guarded, and what for; nothing of it is told without a purpose."""
    if not layer.guarded:
        return None
    return inquire(layer, request.user, word(request.GET, "purpose"), question(request), rows)


def question(request: HttpRequest) -> str:
    """Return a question as the log keeps it; the purpose stands beside it there."""
    return f"{request.path.removeprefix(f'{ROOT}/collections/')}?{said(request.GET)}"


def number(text: str) -> int:
    """Return the number of an item; what is none names no item."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(f"没有编号为“{text[:40]}”的要素 (no such feature)")
    return int(text)


def _answer(request: HttpRequest, who: Audience, asked: Asked, ways: list[Link], text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=GEOJSON)
    response["Content-Crs"] = f"<{asked.crs.uri}>"
    told = (one for one in ways if one["rel"] in HEADED)
    response["Link"] = ", ".join(f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in told)
    return packed(request, kept(response, who))


def _collection(asked: Asked, found: Page, ways: list[dict[str, Any]], noted: str) -> str:
    text, returned = _told(asked, found)
    about = {
        "type": "FeatureCollection",
        "timeStamp": now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        "numberReturned": returned,
        **({} if found.matched is None else {"numberMatched": found.matched}),
        **({"note": noted} if noted else {}),
        "links": ways,
    }
    return f'{json.dumps(about, ensure_ascii=False, separators=(",", ":"))[:-1]},"features":[{text}]}}'


def _said(request: HttpRequest) -> str:
    """What was asked, without what was left empty."""
    said = request.GET.copy()
    for name in [name for name, text in said.items() if not text]:
        del said[name]
    return said.urlencode()


def _table(asked: Asked, found: Page) -> dict[str, Any]:
    """Return a page of rows in words."""
    fields = [one.field for one in asked.told if one.field]
    words = Words(asked.layer, fields)
    values = asked.rows.order_by().filter(pk__in=found.pks).values_list("pk", *(field.name for field in fields))
    lines = {row[0]: [words.say(field, value) for field, value in zip(fields, row[1:], strict=True)] for row in values}
    return {
        "layer": asked.layer,
        "fields": fields,
        "lines": [(pk, lines[pk]) for pk in found.pks if pk in lines],
        "matched": found.matched,
        "outline": outline(asked.layer, asked.rows, found.pks),
    }


def _csv(asked: Asked, noted: str) -> Iterator[str]:
    return as_csv(asked.layer, asked.rows, [one.field for one in asked.told if one.field], noted)


def _lines(asked: Asked, noted: str) -> Iterator[str]:
    return as_lines(asked.layer, asked.rows, asked.told, asked.crs, noted)


def _packed(form: str) -> Callable[[Asked, str], Iterator[bytes]]:
    return lambda asked, noted: pieces(asked.layer, asked.rows, asked.told, asked.crs, form, noted)


FILES: dict[str, Callable[[Asked, str], Any]] = {"csv": _csv, "geojsonl": _lines} | {
    form: _packed(form) for form in PACKED
}


def _file(request: HttpRequest, asked: Asked, who: Audience, form: str) -> HttpResponseBase:
    """All items as a file, or as many as a limit says."""
    order = [*(("-" if key.falling else "") + key.property.path for key in asked.keys), "pk"]
    rows = asked.rows.order_by(*order)
    every = replace(asked, apart=rows[: asked.limit] if "limit" in request.GET else rows, box=None)
    bound(asked.layer, every.rows)
    line = keep(request, asked.layer, every.rows.count()) if asked.layer.guarded else None
    line = keep_taken(asked.layer, request.user, question(request), every.rows) or line
    about = note(asked.layer, request.user, every.rows, asked.told, line)
    kind = f"{FORMS[form]}; charset=utf-8" if form in TEXTS else FORMS[form]
    response: HttpResponseBase = HttpResponse(content_type=kind)
    if request.method != "HEAD":  # nobody waits for a file to be made whose bytes he does not want
        with spoken():
            response = StreamingHttpResponse(Parcel(FILES[form](every, about.text)), content_type=kind)
    if form != "csv":  # its two columns are degrees, always
        response["Content-Crs"] = f"<{asked.crs.uri}>"
    ending = f"-{localdate():%Y%m%d}.{SUFFIXES.get(form, form)}"
    words = (asked.layer.title, about.grade), (asked.layer.id, about.grade_en)
    name, plain = ("-".join(filter(None, said)) + ending for said in words)
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return kept(response, who)
