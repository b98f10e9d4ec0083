"""Part 4: features made, replaced, updated and taken away over HTTP; reading goes on where it was (OGC 20-002).

A session's cookie comes along with whatever page asks a browser, so a change wants the CSRF token as well, and JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_protect

from frontend.ogc import items
from frontend.ogc.answers import GEOJSON, JSON, url
from frontend.ogc.systems import systems
from frontend.parameters import only
from frontend.passport import audience, roles
from gis.crs_served import CRS84, Served, find
from gis.errors import Invalid, NotAllowed, TooLarge, UnknownForm
from layers import edits, registry
from layers.edits import About, Editor
from layers.layer import Layer

FEATURE = (GEOJSON, JSON)
PATCH = ("application/merge-patch+json",)
MOST_BYTES = 2 * 2**20
DEEPEST, MOST_VALUES = 32, 100_000
READING = ("GET", "HEAD", "OPTIONS")
Json = dict[str, Any]


class Change(NamedTuple):
    """What a method does: the act, what it takes, how it is done."""

    act: str
    forms: tuple[str, ...]
    view: Callable[..., HttpResponse]


def editor(request: HttpRequest) -> Editor:
    """Return who asks, as an editor."""
    return Editor(audience(request), roles(request), request.user)  # type: ignore[arg-type]  # ours is Django's own user


def collection(request: HttpRequest, layer_id: str) -> HttpResponseBase:
    """The items of a collection, or a new one."""
    if request.method in ("GET", "HEAD"):
        return items.listing(request, layer_id)
    return _changed(request, layer_id, ON_MANY)


def feature(request: HttpRequest, layer_id: str, item_id: str) -> HttpResponseBase:
    """One item, or a change of it. Who may change it is told its state, as it was before it was read."""
    pk = items.number(item_id)
    if request.method not in ("GET", "HEAD"):
        return _changed(request, layer_id, ON_ONE, pk)
    who = editor(request)
    layer = registry.get(layer_id, who.audience)
    state = edits.version(layer, pk) if permitted(layer, who, ON_ONE) else ""
    response = items.single(request, layer_id, item_id)
    if state and response["Content-Type"] == GEOJSON:
        response["ETag"] = tag(state, response.content)
    return response


def _changed(request: HttpRequest, layer_id: str, changes: Mapping[str, Change], *about: int) -> HttpResponse:
    who = editor(request)
    layer = registry.get(layer_id, who.audience)
    only(request.GET)
    allowed = permitted(layer, who, changes)
    if request.method == "OPTIONS":
        return _options(allowed, changes)
    change = changes.get(request.method or "")
    if change is None or not layer.editors:
        return HttpResponseNotAllowed([*READING, *allowed])
    if request.method not in allowed:
        raise NotAllowed(f"您不能这样修改{layer.title} / You may not edit {layer.id} in this way")
    response = change.view(request, layer, who, change.forms, *about)
    patch_cache_control(response, private=True, no_store=True)
    return response


def permitted(layer: Layer, who: Editor, changes: Iterable[str] | None = None) -> list[str]:
    """Return the methods by which somebody may change a layer."""
    return [method for method, change in CHANGES.items()
            if (changes is None or method in changes) and edits.may(layer, who, change.act)]  # fmt: skip


def _options(allowed: list[str], changes: Mapping[str, Change]) -> HttpResponse:
    response = HttpResponse(headers={"Allow": ", ".join((*READING, *allowed))})
    for method in ("POST", "PATCH"):
        if method in allowed:
            response[f"Accept-{method.title()}"] = ", ".join(changes[method].forms)
    patch_cache_control(response, private=True, no_store=True)
    return response


@csrf_protect
def _created(request: HttpRequest, layer: Layer, who: Editor, forms: tuple[str, ...]) -> HttpResponse:
    pk = edits.create(layer, who, _feature(request, forms), _system(request))
    response = HttpResponse(status=201, headers={"Location": url(request, f"/collections/{layer.id}/items/{pk}")})
    return _tagged(response, layer, pk)


@csrf_protect
def _replaced(request: HttpRequest, layer: Layer, who: Editor, forms: tuple[str, ...], pk: int) -> HttpResponse:
    edits.replace(layer, who, About(pk, states(request)), _feature(request, forms), _system(request))
    return _tagged(HttpResponse(status=204), layer, pk)


@csrf_protect
def _updated(request: HttpRequest, layer: Layer, who: Editor, forms: tuple[str, ...], pk: int) -> HttpResponse:
    edits.update(layer, who, About(pk, states(request)), read(request, forms), _system(request))
    return _tagged(HttpResponse(status=204), layer, pk)


@csrf_protect
def _removed(request: HttpRequest, layer: Layer, who: Editor, _forms: tuple[str, ...], pk: int) -> HttpResponse:
    edits.remove(layer, who, About(pk, states(request)))
    return HttpResponse(status=204)


ON_MANY = {"POST": Change("add", FEATURE, _created)}
ON_ONE = {
    "PUT": Change("change", FEATURE, _replaced),
    "PATCH": Change("change", PATCH, _updated),
    "DELETE": Change("delete", (), _removed),
}
CHANGES = ON_MANY | ON_ONE


def _tagged(response: HttpResponse, layer: Layer, pk: int) -> HttpResponse:
    response["ETag"] = f'"{edits.version(layer, pk)}"'
    return response


def states(request: HttpRequest) -> frozenset[str] | None:
    """Return the states that If-Match names; None without it. What our tags say of a representation does not count."""
    said = request.headers.get("If-Match")
    if said is None:
        return None
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in said.split(","))
    return frozenset(tag.partition(".")[0] for tag in tags)


def tag(state: str, told: bytes) -> str:
    """Return the ETag of an answer that tells a state: strong, as a change wants it (RFC 9110 13.1.1), and so another
    one for other bytes: another form or language, a reading that is noted in it."""
    return f'"{state}.{blake2b(told, digest_size=8).hexdigest()}"'


def _system(request: HttpRequest) -> Served:
    """The system of the shape that is sent: what Content-Crs says, else CRS84."""
    said = request.headers.get("Content-Crs", "").strip().removeprefix("<").removesuffix(">")
    return find(said, systems()) if said else CRS84


def _feature(request: HttpRequest, forms: tuple[str, ...]) -> Json:
    document = read(request, forms)
    if document.get("type") != "Feature":
        raise Invalid("请求体：应为一个 GeoJSON Feature / body: should be one GeoJSON Feature")
    return document


def read(request: HttpRequest, forms: tuple[str, ...]) -> Json:
    """Return the JSON object that was sent; ``Invalid`` and its kind when it is none, too large, too deep."""
    named = " ".join(forms)
    if not request.content_type:
        raise Invalid(f"缺少 Content-Type，应为 {named} / There is no Content-Type; it should be {named}")
    if request.content_type not in forms:
        raise UnknownForm(f"Content-Type 应为 {named} / Content-Type should be {named}")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise TooLarge(f"请求体不超过 {MOST_BYTES} 字节 / A body has at most {MOST_BYTES} bytes")
    try:
        document = json.loads(request.body.decode(), parse_constant=_no_number)
        if "\\u0000" in json.dumps(document) or not json.dumps(document, ensure_ascii=False).encode():
            raise ValueError("\\u0000")
    except json.JSONDecodeError as wrong:
        where = f"{wrong.lineno}:{wrong.colno}"
        raise Invalid(f"请求体（{where} 处）：不是 JSON / body at {where}: no JSON: {wrong.msg}") from None
    except RecursionError:
        raise Invalid("请求体：嵌套过深 / body: nested too deeply") from None
    except ValueError:  # not UTF-8, half a sign, a zero sign, a number of thousands of digits
        raise Invalid("请求体：有不能保存的字符或数字 / body: a sign or number that cannot be kept") from None
    return _measured(document)


def _no_number(name: str) -> Any:
    raise Invalid(f"请求体：{name} 不是数字 / body: {name} is no number")


def _measured(document: Any) -> Json:
    if not isinstance(document, dict):
        raise Invalid("请求体：应为对象 / body: should be an object")
    left, seen = [(document, 1)], 0
    while left:
        node, depth = left.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_VALUES:
            raise Invalid(
                f"请求体：至多 {DEEPEST} 层、{MOST_VALUES} 个值 / body: at most {DEEPEST} deep, {MOST_VALUES} values"
            )
        inner: Any = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        left += [(part, depth + 1) for part in inner]
    return document
