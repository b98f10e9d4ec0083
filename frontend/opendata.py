"""Open data: whole layers as files, and feeds by which anyone may follow a place or a street without an account."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.share import found
from gis.errors import Busy, NotFound
from gis.schedule import BEIJING
from layers import registry
from layers.city.lately import around_place, changes
from layers.export import as_csv, as_geojson, rows_of
from layers.scope import RESIDENT

FORMATS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "geojson": (as_geojson, "application/geo+json; charset=utf-8"),
}
AT_ONCE = 3
"""Files on their way at the same time; each holds a connection to the database."""
FED_DAYS = 90
FED = 100
FRESH_S = 300
_ways = BoundedSemaphore(AT_ONCE)


class Parcel:
    """The pieces of a file on its way; gives its place free when it is closed: the reader has it all, or hung up.

    An answer that nobody began to read is dropped, and its place is free with it.

    The first piece is made at once: what goes wrong until then is an answer, not a file that breaks off.
    """

    _open = False

    def __init__(self, pieces: Generator[str | bytes, None, None], places: BoundedSemaphore = _ways) -> None:
        if not places.acquire(blocking=False):
            raise Busy("正在下载的人多，请稍后再试 / Several files are on their way; try again in a moment")
        self._pieces, self._places, self._open = pieces, places, True
        try:
            self._first = next(pieces, b"")
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces as bytes."""
        for piece in chain([self._first], self._pieces):
            yield piece if isinstance(piece, bytes) else piece.encode()

    def close(self) -> None:
        """Give the place free, once."""
        if self._open:
            self._open = False
            self._pieces.close()
            self._places.release()

    __del__ = close


@require_safe
def export(request: HttpRequest, layer_id: str, form: str) -> StreamingHttpResponse:
    """A public layer as a file, as anyone may see it, whoever asks."""
    read.only(request.GET, "kind", "bbox", "lang")
    if form not in FORMATS:
        raise NotFound(f"没有格式「{form}」，有 {' '.join(FORMATS)} (no such format)")
    layer, (write, kind), english = registry.get(layer_id, RESIDENT), FORMATS[form], read.in_english(request.GET)
    rows = rows_of(layer, read.words(request.GET, "kind"), read.box(request.GET))
    response = StreamingHttpResponse(Parcel(write(layer, rows, english=english)), content_type=kind)
    name = f"{layer.title_en if english else layer.title}-{localdate():%Y%m%d}.{form}"
    plain = f"{layer.id}-{localdate():%Y%m%d}.{form}"
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    patch_cache_control(response, public=True, max_age=FRESH_S)
    return response


@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """The feed of a place: what changed on it or close to it in the last months."""
    read.only(request.GET, "lang")
    return fed(request, code, found(code, RESIDENT))


@require_safe
def follow_road(request: HttpRequest, pk: int) -> HttpResponse:
    """The feed of a street, by the number of one of its pieces."""
    read.only(request.GET, "lang")
    code = f"roads:{pk}"
    return fed(request, code, found(code, RESIDENT))


def fed(request: HttpRequest, code: str, place: dict[str, Any]) -> HttpResponse:
    """Return the changes of a place as Atom."""
    today = localdate()
    window = around_place(place, RESIDENT, today - timedelta(days=FED_DAYS), today)
    events = changes(window, RESIDENT, FED)
    english = read.in_english(request.GET)
    words = "?lang=en" if english else ""
    link = request.build_absolute_uri(f"/p/{quote(code)}{words}")
    feed = Feed(
        title=f"{called(place, english)} · {settings.CITY_NAME}",
        link=link,
        description="",
        author_name=settings.CITY_NAME,  # RFC 4287 wants one
        language="en" if english else "zh-CN",
        feed_url=request.build_absolute_uri(f"{request.path}{words}"),
        feed_guid=link,
    )
    for event in events:
        there = request.build_absolute_uri(f"/p/{event['layer']}:{event['id']}")
        feed.add_item(**entry(event, english), link=there + words,
                      unique_id=f"{there}#{event['on']}-{quote(event['what_en'])}")  # fmt: skip
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    patch_cache_control(response, public=True, max_age=FRESH_S)
    return response


def called(place: dict[str, Any], english: bool) -> str:
    """The name of a place, or what it is."""
    layer = registry.get(place["layer"], RESIDENT)
    names = [name for name in (layer.name, layer.name_en) if name]
    row = layer.rows_for(RESIDENT).filter(pk=place["id"]).values(*names).get() if names else {}
    kind = layer.title_en if english else layer.title
    return str((english and row.get(layer.name_en)) or row.get(layer.name) or kind)


def entry(event: dict[str, Any], english: bool) -> dict[str, Any]:
    """What a feed says of an event; in Chinese also its kind in English."""
    zh, en = event["title"], event["title_en"] or event["title"]
    title = f"{event['what_en']}: {en}" if english else f"{event['what']}：{zh}"
    told = title if english else f"{event['what']} {zh} / {event['what_en']}"
    when = min(moment(event["on"]), datetime.now(BEIJING))
    return {"title": title, "description": f"{event['on']} {told}", "updateddate": when}


class Feed(Atom1Feed):
    """Atom whose date, while nothing has happened, is today's: the standard wants one."""

    def latest_post_date(self) -> datetime:
        """Return the day of the last event."""
        dates = [item["updateddate"] for item in self.items]
        return max(dates, default=moment(localdate().isoformat()))


def moment(day: str) -> datetime:
    """The beginning of a day in the city's time."""
    return datetime.combine(date.fromisoformat(day), time(), BEIJING)
