"""What a question says in its URL, read into values once; what cannot be read is refused with what would be right."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from math import isfinite
from typing import NoReturn

from django.contrib.gis.geos import Point
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from frontend.language import LANGUAGES
from gis.errors import Invalid, TooLarge, UnknownForm
from gis.queries import Box
from gis.schedule import BEIJING

MOST = 200
LONGEST = 200  # characters of a word
NOWHERE = Point(0, 0, srid=4490)
FARTHEST_M = 1_000_000
JSON_TYPES = ("application/geo+json", "application/json")
DEEPEST = 4  # lists in lists of a multipolygon
YEARS = 5  # around today: schedules are looked ahead day by day


def position(asked: QueryDict, required: bool = False) -> Point | None:
    """Return the point of lon and lat; ``Invalid`` when only one is there or they are no position."""
    texts = asked.get("lon"), asked.get("lat")
    if texts == (None, None) and not required:
        return None
    try:
        lon, lat = (float(text or "") for text in texts)
    except ValueError:
        refuse("lon, lat", "须为数字，例 lon=121.5&lat=31.2", "numbers, such as lon=121.5&lat=31.2")
    if not (isfinite(lon) and isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        refuse("lon, lat", "lon 须在 ±180, lat 须在 ±90 之内", "lon within 180, lat within 90 degrees")
    return Point(lon, lat, srid=4490)


def box(asked: QueryDict) -> Box | None:
    """Return the box of ``bbox``: west,south,east,north in degrees."""
    text = asked.get("bbox")
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(isfinite(number) for number in numbers):
        refuse("bbox", "应为 西,南,东,北（度），例 121.4,31.1,121.6,31.3", "west,south,east,north in degrees")
    return Box(*numbers)


def instant(asked: QueryDict) -> datetime:
    """Return the instant of ``at`` in the city's own time: ``now``, or ISO, local where it names no offset."""
    text = asked.get("at") or "now"
    if text == "now":
        return timezone.now().astimezone(BEIJING)
    try:
        found = datetime.fromisoformat(text.replace(" ", "+") if text[19:20] == " " else text)
        found = found.replace(tzinfo=BEIJING) if found.tzinfo is None else found.astimezone(BEIJING)
    except (ValueError, OverflowError):
        refuse("at", "应为 now 或本地时间，例 2026-11-22T07:00", "now, or local time such as 2026-11-22T07:00")
    if abs(found - timezone.now()) > timedelta(days=366 * YEARS):
        refuse("at", f"须在今天前后 {YEARS} 年之内", f"within {YEARS} years of today")
    return found


def days_to_ask(today: date) -> tuple[date, date]:
    """The first and the last day of which one may ask."""
    far = timedelta(days=366 * YEARS - 1)
    return today - far, today + far


def day(asked: QueryDict, name: str) -> date | None:
    """Return a day, YYYY-MM-DD."""
    text = asked.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(name, "应为日期 YYYY-MM-DD", "a day, YYYY-MM-DD")


def count(asked: QueryDict, name: str, usual: int, most: int = MOST) -> int:
    """Return a whole number from 1 to ``most``."""
    text = asked.get(name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= most):
        refuse(name, f"应为 1–{most} 的整数", f"a whole number from 1 to {most}")
    return int(text)


def words(asked: QueryDict, name: str, usual: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the words of a list with commas between, each once."""
    text = word(asked, name, 1000)
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or usual


def word(asked: QueryDict, name: str, longest: int = LONGEST) -> str:
    """Return a text; one with a zero byte or of excess length is refused."""
    text = (asked.get(name) or "").strip()
    if "\0" in text or len(text) > longest:
        refuse(name, f"不超过 {longest} 字，不含空字符", f"at most {longest} characters, none of them zero")
    return text


def in_english(asked: QueryDict) -> bool:
    """Whether a file or a feed is asked for in English; it is in Chinese unless its link says otherwise."""
    text = asked.get("lang") or "zh"
    if text not in LANGUAGES:
        refuse("lang", "应为 zh 或 en", "zh or en")
    return text == "en"


def flag(asked: QueryDict, name: str) -> bool:
    """Return yes or no: 1 or 0."""
    text = asked.get(name) or "0"
    if text not in ("0", "1"):
        refuse(name, "应为 1 或 0", "1 or 0")
    return text == "1"


def metres(asked: QueryDict, name: str, usual: float) -> float:
    """Return a length in metres."""
    try:
        found = float(asked.get(name) or usual)
    except ValueError:
        found = -1.0
    if not 0 <= found <= FARTHEST_M:  # not a number is neither
        refuse(name, "应为米数，例 120.5", "metres, such as 120.5")
    return found


def only(asked: QueryDict, *names: str, often: tuple[str, ...] = ()) -> None:
    """Refuse a parameter that is not among those the question knows, or is there twice but may not be there often: a
    typing error must not widen an answer."""
    for name, values in asked.lists():
        if name not in (*names, *often):
            known = " ".join(sorted((*names, *often)))
            right = (f"可用 {known}", f"there are {known}") if known else ("这里没有参数", "there are none")
            refuse(name[:LONGEST], f"不认识这个参数，{right[0]}", f"not known; {right[1]}")
        if len(values) > 1 and name not in often:
            refuse(name, "只能给一次", "once only")


def said(asked: QueryDict) -> str:
    """Return a question as the log keeps it: what it was asked for stands beside it there."""
    kept = asked.copy()
    kept.pop("purpose", None)
    return kept.urlencode(safe=",:")


def geojson(request: HttpRequest, most: int) -> str:
    """Return the shape in a body of at most ``most`` bytes: a GeoJSON geometry, or a feature's."""
    if request.content_type not in JSON_TYPES:
        raise UnknownForm("正文应为 GeoJSON，Content-Type: application/geo+json / the body is GeoJSON")
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:  # what is longer than it says is cut off
        raise TooLarge(f"正文超过 {most} 字节 / the body has more than {most} bytes")
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or _deep(value.get("coordinates")) > DEEPEST:
        raise Invalid("正文应为 GeoJSON 面或其要素 / the body is a polygon in GeoJSON, or a feature with one")
    return json.dumps({"type": value.get("type"), "coordinates": value.get("coordinates")})


def _deep(value: object, at: int = 0) -> int:
    """How deep lists lie in each other, as far as it matters."""
    if not isinstance(value, list) or at > DEEPEST:
        return at
    return max((_deep(one, at + 1) for one in value), default=at + 1)


def refuse(name: str, right: str, right_en: str) -> NoReturn:
    """Say which parameter is wrong and what would be right."""
    raise Invalid(f"参数 {name}：{right} / parameter {name}: {right_en}")
