"""A piece of the city for a phone to take along: which pieces there are and how large, and what is in one.

A pack is for staff, made for one sitting as the kept page is, and nobody's cache keeps it; its tiles are fetched where
all tiles are. Who takes rooms along is kept (受限数据查询记录).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import timedelta
from hashlib import sha256
from itertools import chain
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseNotModified, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.api import answer
from frontend.opendata import Parcel
from frontend.passport import audience, sitting
from frontend.report import public
from gis.errors import Invalid, NotAllowed, NotFound
from gis.models import Area
from layers import registry
from layers.city import pack
from layers.city.piece import Piece, own_area, parts, piece
from layers.features import within
from layers.inquiry import keep
from layers.scope import Audience

AT_ONCE = 3
_ways = BoundedSemaphore(AT_ONCE)
"""Places of their own: a desk that exports layers turns no phone away."""
PURPOSE = "带走离线资料"
ROW_BYTES, ROOM_BYTES = 60, 12
"""Of an index as it comes, compressed: about."""


def staff(request: HttpRequest) -> Audience:
    """Return who asks; nobody else takes anything along."""
    who = audience(request)
    if who.public:
        raise NotAllowed("离线资料供工作人员使用 / Packs are for staff")
    return who


@require_safe
def pieces(request: HttpRequest) -> JsonResponse:
    """What can be taken along from where one looks: the own area, those around the spot, what is in view.

    An own area that is too large comes with its parts.
    """
    read.only(request.GET, "lon", "lat", "bbox")
    who, point, box = staff(request), read.position(request.GET, required=True), read.box(request.GET)
    own = own_area(who)
    around = [place["id"] for place in reversed(within(point)) if place["layer"] == "areas"] if point else []
    asked = dict.fromkeys(
        [own.pk, *around[: around.index(own.pk)]] if own and own.pk in around else [own.pk] if own else around
    )
    asked |= dict.fromkeys(parts(who, own, point) if own and point else [])
    found = [_described(who, {"area": pk}, lambda pk=pk: piece(who, pk, None), pk) for pk in asked]
    if box:
        found.append(_described(who, {"bbox": request.GET["bbox"]}, lambda: piece(who, None, box), None))
    about = {"rooms": pack.has_rooms(who), "own": own.pk if own else None}
    return _private(answer(about | {"pieces": [one for one in found if one]}))


def _described(
    who: Audience, asked: dict[str, Any], find: Callable[[], Piece], area: int | None
) -> dict[str, Any] | None:
    """A piece with its size, or why it cannot be taken; nothing where it is not the asker's."""
    title = Area.objects.filter(pk=area).values_list("name", flat=True).first() or "" if area else ""
    try:
        where = find()
        rows, rooms = pack.fitting(who, where)
    except Invalid as wrong:
        return asked | {"title": title, "refused": str(wrong)}
    except NotFound:
        return None
    sizes = {"rows": rows, "rooms": rooms, "bytes": rows * ROW_BYTES, "room_bytes": rooms * ROOM_BYTES}
    return asked | {"title": title, "km2": round(where.km2, 2), "outline": where.outline, **sizes}


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The pack of a piece, a part a line; 304 when it is what the phone has."""
    read.only(request.GET, "area", "bbox", "rooms")
    who, box = staff(request), read.box(request.GET)
    area = read.count(request.GET, "area", 0, 10**6 - 1) or None
    if (area is None) == (box is None):
        read.refuse("area, bbox", "须给出其中一个", "name one of them")
    where, rooms = piece(who, area, box), read.flag(request.GET, "rooms")
    if rooms and not pack.has_rooms(who):
        raise NotAllowed("您的角色不能查看房屋 / Rooms are not for your role")
    tag = _tag(request, who, where, rooms)
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        _, many = pack.fitting(who, where)
        if rooms and isinstance(request.user, User):
            keep(registry.get(pack.ROOMS, who), request.user, PURPOSE, f"pack {where.title} {where.shape.extent}", many)
        response = StreamingHttpResponse(
            Parcel(_lines(who, where, rooms, public(request, "")), _ways), content_type="application/x-ndjson"
        )
    response["ETag"], response["Kept-For"] = tag, sitting(request)
    return _private(response)


def _lines(who: Audience, where: Piece, rooms: bool, site: str) -> Generator[str, None, None]:
    made = timezone.localtime()
    about = {
        "part": "about",
        "title": where.title,
        "made": made.isoformat(timespec="seconds"),
        "ends": (made + timedelta(hours=pack.HOURS)).isoformat(timespec="seconds"),
        "outline": where.outline,
        "tiles": pack.drawn(who),
        "rooms": rooms,
        "hotline": settings.HOTLINE,
        "site": site,
    }
    for part in chain([about], pack.contents(who, where, rooms, made)):
        yield json.dumps(part, ensure_ascii=False, separators=(",", ":")) + "\n"


def _tag(request: HttpRequest, who: Audience, where: Piece, rooms: bool) -> str:
    """What decides the pack: who asks, the piece, the news of every table in it, and where a problem is told."""
    at = localdate(), pack.news(who, rooms), pack.responsible(who, where), settings.HOTLINE, public(request, "")
    said = repr((sitting(request), who, bytes(where.shape.wkb), rooms, at))
    return f'"{sha256(said.encode()).hexdigest()[:32]}"'


def _private(response: Any) -> Any:
    patch_cache_control(response, private=True, no_store=True)
    return response


urlpatterns: list[URLPattern] = [
    path("api/field/pieces", pieces),
    path("api/field/pack", index),
]
