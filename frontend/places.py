"""What holds at a place, in a shape, along a street: the spatial questions over HTTP, answered by right."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from frontend import parameters as read
from frontend.passport import audience
from frontend.questions import told
from gis.along import Stretch
from gis.covering import surface
from layers.city import asked, shapes
from layers.city.at import Spot
from layers.city.at import at as held
from layers.city.heads import heads
from layers.city.over_time import Steps
from layers.onward import handover

LONGEST_SHAPE, LARGEST_BODY = 200_000, 1_000_000
FAR_M = 500
WIDE_M = 20_000
DRAWN = ("shape", "place", "lon", "lat", "reach")


def spot(request: HttpRequest, *names: str) -> Spot:
    """Read the time, who asks and what for, and the point where one is needed; other names are refused."""
    said = request.GET
    read.only(said, "at", "purpose", *names)
    point = read.position(said, required="lon" in names and "shape" not in names)
    reader = request.user if isinstance(request.user, User) else None
    return Spot(point or read.NOWHERE, read.instant(said), audience(request), reader, read.word(said, "purpose"))


@require_safe
def at(request: HttpRequest) -> JsonResponse:
    """All that holds at a point."""
    asking = spot(request, "lon", "lat")
    found = held(asking)
    if street := found.get("segment"):
        street |= {"heads": people} if (people := heads([street["id"]], asking.audience).get(street["id"])) else {}
    name = (found.get("address") or {}).get("title", "")
    onward = {"handover": handover(name or settings.CITY_NAME, asking.point.x, asking.point.y)}
    return told(request, asking.audience, found | onward)


@csrf_exempt  # a body of JSON is no form of another site: its browser would ask us first, and is not let
@require_http_methods(["GET", "HEAD", "POST"])
def within(request: HttpRequest) -> JsonResponse:
    """How many and which rows of some layers lie in a shape, at a time and over time."""
    posted, said = request.method == "POST", request.GET
    asking = spot(request, *(() if posted else DRAWN), "layers", "kind", "limit", "per", "from", "to")
    shape = surface(read.geojson(request, LARGEST_BODY)) if posted else region(said, asking).shape
    layers = read.words(said, "layers") or read.refuse("layers", "须给出图层", "name some layers")
    limit, steps = read.count(said, "limit", 20), steps_of(said, asking)
    found = asked.lying_in(asking, shape, layers, limit, steps, read.words(said, "kind"))
    return told(request, asking.audience, found)


@require_safe
def shape(request: HttpRequest) -> JsonResponse:
    """How large a shape is that somebody means to ask about, and where it lies."""
    asking = spot(request, *DRAWN)
    return told(request, asking.audience, shapes.told(region(request.GET, asking)))


def region(said: QueryDict, asking: Spot) -> shapes.Region:
    """Read a shape, said in one of three ways: drawn, around a point, or the ground of a place."""
    ways = [way for way in ("shape", "place", "lon") if way in said]
    if len(ways) > 1:
        read.refuse("shape, place, lon", "只能给其一", "one of them only")
    reach = float(read.count(said, "reach", 0, WIDE_M)) or None
    if ways == ["place"]:
        return shapes.ground(read.word(said, "place"), asking.audience, reach)
    if ways == ["lon"]:
        if reach is None:
            read.refuse("reach", "须给出半径（米）", "say how many metres around")
        return shapes.circle(asking.point, reach)
    return shapes.Region(surface(read.word(said, "shape", LONGEST_SHAPE)))


def steps_of(said: QueryDict, asking: Spot) -> Steps | None:
    """Read by which steps of time to count, if by any."""
    per, first, last = read.word(said, "per"), read.day(said, "from"), read.day(said, "to")
    if not per and (first or last):
        read.refuse("from, to", "须同时给出 per", "only with per")
    return Steps.of(per, asking.at.date(), first, last) if per else None


@require_safe
def along(request: HttpRequest) -> JsonResponse:
    """What stands along a stretch of a segment."""
    asking = spot(request, "segment", "from", "to", "side", "layer", "reach", "limit")
    limit, reach = read.count(request.GET, "limit", 50), read.count(request.GET, "reach", asked.REACH_M, FAR_M)
    layer = read.word(request.GET, "layer") or "facilities"
    return told(
        request, asking.audience, asked.standing_along(asking, stretch(request.GET, asking), layer, reach, limit)
    )


def stretch(said: QueryDict, asking: Spot) -> Stretch:
    """Read a stretch; without metres it is the whole segment."""
    segment = asked.segment(asking, read.word(said, "segment"))
    start, end = read.metres(said, "from", 0.0), read.metres(said, "to", segment.length_m)
    return Stretch(segment, start, end, read.word(said, "side") or "both")


@require_safe
def crossings(request: HttpRequest) -> JsonResponse:
    """Where two streets meet; as they are now, so no time is asked for."""
    read.only(request.GET, "a", "b")
    asking = spot(request, "a", "b")
    return told(
        request, asking.audience, asked.meeting(asking, read.word(request.GET, "a"), read.word(request.GET, "b"))
    )
