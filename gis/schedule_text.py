"""Schedules as people write them: a small JSON form, the basics of OSM opening hours, and Chinese usage.

JSON: {"rules": [{"days": ["Mo", "Fr"], "hours": ["06:00-09:00"], "dates": ["04-01/10-31"]}], "holidays": [...],
"workdays": [...]}; no days: every day, no hours: off. OSM: "Mo-Fr 06:00-09:00; Sa,Su off; PH off", "24/7",
"Apr-Oct 22:00-02:00". Chinese: 每日06:00-09:00，周一至周五 07:30—11:00，工作日，节假日除外，全天，4月1日至10月31日.
All three become one grammar: dates, then days, then hours, semicolons between rules, a later rule over an earlier.
"""

from __future__ import annotations

import calendar
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from gis.errors import Invalid
from gis.schedule import DAY, SPECIAL, WEEK, Calendar, Dates, DayKind, Rule, Schedule, Span

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_NAMES: dict[str, DayKind] = {name.lower(): name for name in (*WEEK, *SPECIAL)}

_CHINESE: tuple[tuple[str, str], ...] = (  # in order: the longer usage before the shorter
    (r"(法定)?节假日(除外|不含|停用|休息|关闭)", "; PH off"),
    (r"周末(除外|休息)", "; Sa,Su off"),
    (r"二十四小时|24小时|全天候?", " 00:00-24:00 "),
    (r"(次日|第二天|翌日)", ""),
    (r"(星期|礼拜)", "周"),
    (r"周六日|周末|双休日", "Sa,Su"),
    (r"(法定)?节假日", "PH"),
    (r"调休工作日|工作日", "WD"),
    (r"休息日", "RD"),
    (r"每天|每日|天天", " "),
    (r"停用|除外|不开放|休息|关闭|休(?=$|[\s;])", " off"),
    (r"[至到~]|-{2,}", "-"),
    (r"[、和及]", ","),
)
_CN_WEEK = dict(zip("一二三四五六日天", (*WEEK, "Su"), strict=True))


def read(value: str | Mapping[str, Any]) -> Schedule:
    """Any of the three forms; raises Invalid naming the piece that is not understood."""
    if isinstance(value, Mapping):
        return _from_json(value)
    text = unicodedata.normalize("NFKC", value).strip()
    if text.startswith("{"):
        try:
            loaded = json.loads(value)
        except (ValueError, RecursionError) as wrong:
            raise Invalid(f"时间表不是合法的 JSON：{wrong} / schedule is no JSON: {wrong}") from wrong
        return _from_json(loaded)
    try:
        rules = tuple(_rule(piece) for piece in _plain(text).split(";") if piece.strip())
    except Invalid as wrong:
        raise Invalid(f"时间表“{value}”：{wrong}") from wrong
    if not rules:
        raise Invalid("时间表为空 / the schedule is empty")
    if "除外" in text and all(rule.days and not rule.spans for rule in rules):
        rules = (*Schedule.always().rules, *rules)  # 节假日除外 and nothing more: always, but for those days
    return Schedule(rules)


def _plain(text: str) -> str:
    """Chinese usage and typographic dashes rewritten as the one grammar."""
    text = re.sub(r"[‐‑‒–—―−－]", "-", text).replace("。", ";").replace("24/7", " 00:00-24:00 ")
    text = re.sub(r"(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])", r"\1.\2.\3", text)
    text = re.sub(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})[日号]", r" \1.\2.\3 ", text)
    text = re.sub(r"([0-9]{1,2})月([0-9]{1,2})[日号]", r" \1.\2 ", text)
    text = re.sub(r"([0-9]{1,2})月(份?)", r" \1. ", text)
    text = re.sub(r"([0-9]{1,2})[点时]半", r"\1:30", text)
    text = re.sub(r"([0-9]{1,2})[点时](?:([0-9]{1,2})分?)?(?!长)", lambda m: f"{m[1]}:{m[2] or '00'}", text)
    for usage, meaning in _CHINESE:
        text = re.sub(usage, meaning, text)
    text = re.sub(r"\s*([-,])\s*", r"\1", text)
    text = re.sub(r"周([一二三四五六日天])-([一二三四五六日天])", r"周\1-周\2", text)  # 周一至五
    return re.sub(r"周([一二三四五六日天](?:,?[一二三四五六日天])*)", _weekdays, text)  # 周一、三、五


def _weekdays(found: re.Match[str]) -> str:
    return ",".join(_CN_WEEK[sign] for sign in found[1] if sign != ",")


_HOURS = re.compile(r"([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})")
_HOURS_LIST = re.compile(rf"{_HOURS.pattern}(?:,{_HOURS.pattern})*")
_DAY = r"(?:mo|tu|we|th|fr|sa|su|ph|wd|rd)(?![a-z])"  # hours may follow at once: 周一至周五7:30
_DAYS = re.compile(rf"{_DAY}(?:[-,]{_DAY})*", re.I)
_END = r"(?:(?:[0-9]{4}[.-])?[0-9]{1,2}[.-][0-9]{1,2}|[0-9]{1,2}\.)"
_DATES = re.compile(rf"{_END}\s*(?:[-/]\s*{_END})?(?=[\s,]|$)|{_END}(?=[A-Za-z])")


def _rule(piece: str) -> Rule:
    """One rule: dates, days, hours or off, each at most once and in that order."""
    rest = _osm_dates(piece.strip().strip(","))
    dates: list[Dates] = []
    while found := _DATES.match(rest):
        dates.append(_dates(found[0], piece))
        rest = rest[found.end() :].lstrip(" ,")
    days: frozenset[DayKind] = frozenset()
    if found := _DAYS.match(rest):
        days, rest = _days(found[0]), rest[found.end() :].lstrip(" ,:")
    if rest.strip().lower() in ("off", "closed"):
        return Rule(days, (), tuple(dates))
    found = _HOURS_LIST.fullmatch(rest.strip().removesuffix(" open"))
    if found is None:
        left = rest.strip()
        zh, en = (f"看不懂“{left}”", f"{left!r} is not understood") if left else ("缺少时段", "hours are missing")
        raise Invalid(f"{zh} / {en}")
    return Rule(days, _ordered(_span(*hours) for hours in _HOURS.findall(rest)), tuple(dates))


def _osm_dates(text: str) -> str:
    """Apr-Oct, Jan 01-Mar 15, 2026 May 01-2026 May 05 → the dotted form."""
    if not re.search(r"\b(" + "|".join(_MONTHS) + r")\b", text):
        return text
    for number, month in enumerate(_MONTHS, 1):
        text = re.sub(rf"\b([0-9]{{4}}) {month} ([0-9]{{2}})\b(?!:)", rf"\1.{number}.\2", text)
        text = re.sub(rf"\b{month} ([0-9]{{2}})\b(?!:)", rf"{number}.\1", text)
        text = re.sub(rf"\b{month}\b", f"{number}.", text)
    return text


def _dates(text: str, piece: str) -> Dates:
    first, slash, last = text.replace(" ", "").partition("/")
    if not slash:
        first, _, last = first.partition("-") if "." in first else (first, "", "")
    head = _end(first, False)
    tail = _end(last or first, True)
    if len(head) == 3 and len(tail) == 2:
        tail = (head[0], *tail)
    if len(head) != len(tail):
        raise Invalid(f"“{piece.strip()}”：日期缺少年份 / {piece.strip()!r}: a year is missing")
    return Dates(head, tail)


def _end(text: str, last: bool) -> tuple[int, ...]:
    numbers = tuple(int(n) for n in re.split(r"[.-]", text) if n)
    if len(numbers) > 1:
        return numbers
    month = numbers[0]
    if not 1 <= month <= 12:
        raise Invalid(f"没有 {month} 月 / there is no month {month}")
    return (month, calendar.monthrange(2024, month)[1] if last else 1)


def _days(text: str) -> frozenset[DayKind]:
    found: set[DayKind] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        head, tail = _DAY_NAMES[first], _DAY_NAMES[last or first]
        if not dash:
            found.add(head)
            continue
        if head in SPECIAL or tail in SPECIAL:
            raise Invalid(f"“{part}”：只有星期可以写成范围 / {part!r}: only weekdays make a range")
        start, stop = WEEK.index(head), WEEK.index(tail)
        found.update(WEEK[n % 7] for n in range(start, (stop if stop >= start else stop + 7) + 1))
    return frozenset(found)


def _span(first: str, last: str) -> Span:
    start, end = _minute(first), _minute(last)
    if start == end:
        raise Invalid(f"时段 {first}-{last} 没有长度；全天请写 00:00-24:00 / {first}-{last} has no length")
    return Span(start, end if end > start else end + DAY)


def _minute(text: str) -> int:
    hour, minute = (int(n) for n in text.split(":"))
    if minute > 59 or hour > 48:
        raise Invalid(f"没有 {text} 这个时刻 / no such time of day: {text}")
    return hour * 60 + minute


def _ordered(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order, overlaps and touching hours made one; two that together pass 24 hours stay two."""
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start <= out[-1].end and max(span.end, out[-1].end) - out[-1].start <= DAY:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return tuple(out)


def _from_json(value: Any) -> Schedule:
    if not isinstance(value, Mapping) or set(value) - {"rules", "holidays", "workdays"}:
        raise Invalid("时间表 JSON 只有 rules、holidays、workdays / a schedule has rules, holidays, workdays only")
    rules = tuple(_json_rule(rule) for rule in _strings_or(value.get("rules"), "rules", Mapping))
    if not rules:
        raise Invalid("时间表没有规则 / the schedule has no rule")
    holidays, workdays = (_json_days(value.get(name, []), name) for name in ("holidays", "workdays"))
    return Schedule(rules, Calendar(holidays, workdays))


def _strings_or(value: Any, name: str, kind: type = str) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise Invalid(f"时间表的 {name} 应为列表 / {name} of a schedule must be a list")
    return value


def _json_rule(rule: Mapping[str, Any]) -> Rule:
    if unknown := set(rule) - {"days", "hours", "dates"}:
        name = min(map(str, unknown))
        raise Invalid(f"时间表规则中有未知的“{name}” / unknown {name!r} in a schedule rule")
    days = _strings_or(rule.get("days", []), "days")
    if unknown := set(days) - set(_DAY_NAMES.values()):
        raise Invalid(f"没有“{min(unknown)}”这种日子 / no such kind of day: {min(unknown)!r}")
    spans = []
    for hours in _strings_or(rule.get("hours", []), "hours"):
        if (found := _HOURS.fullmatch(hours)) is None:
            raise Invalid(f"时段“{hours}”应写作 06:00-09:00 / hours {hours!r}: write 06:00-09:00")
        spans.append(_span(found[1], found[2]))
    return Rule(frozenset(days), _ordered(spans), tuple(map(_json_dates, _strings_or(rule.get("dates", []), "dates"))))


def _json_dates(text: str) -> Dates:
    if not re.fullmatch(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}(?:/(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2})?", text):
        raise Invalid(f"日期“{text}”应写作 04-01/10-31 / dates {text!r}: write 04-01/10-31 or 2026-05-01/2026-05-05")
    return _dates(text if "/" in text else f"{text}/{text}", text)


def _json_days(value: Any, name: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(day) for day in _strings_or(value, name))
    except ValueError as wrong:
        raise Invalid(f"时间表的 {name}：{wrong} / {name} of a schedule: {wrong}") from wrong
