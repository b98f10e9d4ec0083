"""Values as they are typed, made into values as they are stored: pure, and refusing what it does not understand."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from gis.errors import Invalid
from gis.schedule import Schedule

Parse = Callable[[Any], str | None]


class Wrong(ValueError):
    """A value that is refused; the argument is a key of `refusals.REASONS`."""


NUMBER = re.compile(
    r"(?:(?:DN|D|[ΦφØ⌀])\s*(?=\d))?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?:m|mm|米|毫米|层|楼|%|㎡|m2)?",
    re.IGNORECASE,
)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
COMMA = re.compile(r"[+-]?\d+,\d+")
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
SERIAL = re.compile(r"[1-7]\d{4}(?:\.\d+)?")
SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
SEPARATORS = re.compile(r"[;；、|]")
DAY_OF = re.compile(r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
YES = {
    "yes", "true", "t", "y", "1", "是", "有", "单行", "-1", "reversible", "alternating",
    "viaduct", "covered", "building_passage", "culvert", "aqueduct", "boardwalk", "movable", "trestle", "cantilever",
}  # fmt: skip
NO = {"no", "false", "f", "n", "0", "否", "无", "双行", "双向", "none"}


def text(value: Any) -> str | None:
    """Trimmed text; a whole number without its decimals, a list joined; None for nothing."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.replace("\0", "").strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list):
        return text(";".join(str(item) for item in value))
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def code(value: Any) -> str | None:
    """A code as text, its full-width letters and digits plain; refused when a spreadsheet has already rounded it."""
    found = text(value)
    if found is not None and not found.isascii():
        found = found.translate(HALF_WIDTH)
    if found is not None and (SCIENTIFIC.fullmatch(found) or (isinstance(value, float) and abs(value) >= 1e15)):
        raise Wrong("scientific")
    return found


def real(value: Any) -> str | None:
    """A finite number, with or without its unit, a bore's DN, thousands commas, full-width digits; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise Wrong("bad_number")
    if isinstance(value, int | float):
        number: float | None = None if math.isnan(value) else float(value)
    else:
        number = typed(str(value))
    if number is None:
        return None
    if not math.isfinite(number):
        raise Wrong("bad_number")
    return repr(number)


def typed(words: str) -> float | None:
    """A number as a person typed it."""
    plain = unicodedata.normalize("NFKC", words).strip()
    if plain.lower() in ("", "nan", "null", "none", "-", "/", "—"):
        return None
    if THOUSANDS.fullmatch(plain):
        return float(plain.replace(",", ""))
    if COMMA.fullmatch(plain):
        raise Wrong("decimal_comma")
    found = NUMBER.fullmatch(plain)
    if found is None:
        raise Wrong("bad_number")
    return float(found[1])


def whole(value: Any) -> str | None:
    """A whole number."""
    if type(value) is int:
        return str(value)
    number = real(value)
    if number is None:
        return None
    if not float(number).is_integer():
        raise Wrong("not_whole")
    return str(int(float(number)))


def year(value: Any) -> str | None:
    """A year, also out of a date: 1998, "1998年", "1998-05-01", "～1998"."""
    found = text(value)
    if found is None:
        return None
    digits = re.search(r"(?<!\d)(1\d{3}|20\d{2})(?!\d{5,})", unicodedata.normalize("NFKC", found))
    if digits is None:
        raise Wrong("bad_date")
    return digits[1]


def day(value: Any) -> str | None:
    """A date, ISO or as Chinese tables write it (2024年3月5日, 2024/3/5, 20240305, Excel's 45356)."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    found = text(value)
    if found is None:
        return None
    plain = unicodedata.normalize("NFKC", found)
    if SERIAL.fullmatch(plain):  # a date whose cell was formatted as a number: days since the end of 1899
        return (date(1899, 12, 30) + timedelta(days=int(plain[:5]))).isoformat()
    parts = DATE.fullmatch(plain)
    digits = [parts[1], parts[2], parts[3]] if parts else [plain[:4], plain[4:6], plain[6:]]
    try:
        return date(*(int(part) for part in digits)).isoformat()
    except (ValueError, OverflowError):
        raise Wrong("bad_date") from None


def period(value: Any) -> str | None:
    """Days from … to, both included, as a PostgreSQL range: 2026年11月1日至11月30日, 2026/11/1-2026/12/1, … 起."""
    found = text(value)
    if found is None:
        return None
    plain = unicodedata.normalize("NFKC", found)
    days: list[str | None] = []
    year: str | None = None
    for named, month, number in DAY_OF.findall(plain):
        year = named or year
        days.append(day(f"{year}-{month}-{number}") if year else None)
    if not 0 < len(days) <= 2 or None in days:
        raise Wrong("bad_date")
    first, last = str(days[0]), "" if plain.endswith("起") else str(days[-1])
    if last and last < first:
        raise Wrong("bad_date")
    return f"[{first},{last}]"


def flag(value: Any) -> str | None:
    """Yes or no, in Chinese, English or as OSM tags say it."""
    if isinstance(value, bool):
        return "t" if value else "f"
    found = text(value)
    if found is None:
        return None
    if found.lower() in YES:
        return "t"
    if found.lower() in NO:
        return "f"
    raise Wrong("bad_flag")


def document(value: Any) -> str | None:
    """JSON, checked."""
    if value is None or value == "":
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    try:
        return json.dumps(json.loads(value), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        raise Wrong("bad_json") from None


def hours(value: Any) -> str | None:
    """Times as people write them (每日06:00-22:00, OSM opening hours, our JSON), stored in the one JSON form."""
    if value is None or value == "":
        return None
    try:
        said = value if isinstance(value, dict) else str(value)
        return json.dumps(Schedule.parse(said).to_json(), ensure_ascii=False)
    except Invalid:
        raise Wrong("bad_hours") from None


def items(value: Any) -> str | None:
    """A list of words as a PostgreSQL array, from a list or from text with ; 、 or | between."""
    words = value if isinstance(value, list) else SEPARATORS.split(text(value) or "")
    plain = [str(word).replace("\0", "").strip().replace("\\", "\\\\").replace('"', '\\"') for word in words]
    quoted = [f'"{word}"' for word in plain if word]
    return "{" + ",".join(quoted) + "}" if quoted else None


PARSERS: dict[str, Parse] = {
    "text": text, "code": code, "real": real, "whole": whole, "year": year,
    "day": day, "flag": flag, "json": document, "items": items, "hours": hours,
    "period": period,
}  # fmt: skip
