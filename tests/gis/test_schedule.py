"""Schedules: three ways of writing, one answer for any instant, checked minute by minute against a plain table."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import Invalid
from gis.schedule import BEIJING, DAY, SPECIAL, WEEK, Calendar, Dates, Rule, Schedule, Span

MONDAY = date(2026, 3, 2)


def at(text, day=MONDAY):
    return datetime.combine(day, datetime.strptime(text, "%H:%M").time())


def hours(schedule, day):
    """The day as a string of "in force" spans, read minute by minute."""
    midnight = datetime.combine(day, datetime.min.time())
    return [m for m in range(DAY) if schedule.in_force(midnight + timedelta(minutes=m))]


SAME = [
    ("每日06:00-09:00", "06:00-09:00"),
    ("周一至周五 07:30—11:00", "Mo-Fr 07:30-11:00"),
    ("全天", "24/7"),
    ("每日全天", "24/7"),
    ("24小时", "00:00-24:00"),
    ("星期一到星期五 7时30分至11时", "Mo-Fr 07:30-11:00"),
    ("周一至周五7:30-9:00", "Mo-Fr 07:30-09:00"),
    ("周一至周五 6:00－9:00；周六、周日 停用", "Mo-Fr 06:00-09:00; Sa,Su off"),
    ("工作日 7点半至9点、17:00~19:00，节假日除外", "WD 07:30-09:00,17:00-19:00; PH off"),
    ("每天22:00至次日06:00", "22:00-06:00"),
    ("周六日 08:00-20:00", "Sa,Su 08:00-20:00"),
    ("周末全天", "Sa-Su 00:00-24:00"),
    ("周一、三、五 08:00-09:00", "Mo,We,Fr 08:00-09:00"),
    ("周一至五 08:00-09:00", "Mo-Fr 08:00-09:00"),
    ("周一三五 08:00-09:00", "Mo,We,Fr 08:00-09:00"),
    ("4月1日至10月31日 每日 20:00-23:00", "Apr 01-Oct 31 20:00-23:00"),
    ("4月至10月 20:00-23:00", "Apr-Oct 20:00-23:00"),
    ("12月1日至2月28日 09:00-10:00", "Dec 01-Feb 28 09:00-10:00"),
    ("2026年5月1日至5月5日 全天", "2026 May 01-2026 May 05 00:00-24:00"),
    ("2026-05-01至2026-05-05 全天", "2026-05-01/2026-05-05 00:00-24:00"),
    ("节假日除外", "24/7; PH off"),
    ("法定节假日 10:00-18:00", "PH 10:00-18:00"),
    ("０６：００－０９：００", "06:00-09:00"),
]


@pytest.mark.parametrize(("chinese", "osm"), SAME)
def test_chinese_and_osm_say_the_same(chinese, osm):
    assert Schedule.parse(chinese) == Schedule.parse(osm)


@pytest.mark.parametrize("text", [
    "", " ; ", "Mo-Fr", "周一至周五", "sometimes", "06:00", "06:00-06:00", "25:70-26:00", "Xx 06:00-09:00", "每日早上",
    "PH-Fr 06:00-09:00", "2026.2.30 全天", "13月 全天", "5.1-2026.5.5 全天", "2026.5.5-2026.5.1 全天", "50:00-51:00",
    "24:00-25:00", "Mo-Fr 06:00-09:00 Sa", "{", '{"rule": []}', '{"rules": []}', '{"rules": [1]}', '{"rules": null}',
    '{"rules": [{"days": ["Xx"]}]}', '{"rules": [{"hours": ["6-9"]}]}', '{"rules": [{"hour": []}]}',
    '{"rules": [{"dates": ["May"]}]}', '{"rules": [{"hours": "06:00-09:00"}]}',
    '{"rules": [{"hours": []}], "holidays": ["x"]}',
    '{"rules": [{"dates": ["2026-05-01/05-03"]}, {"dates": ["00-00"]}]}',
    '{"rules": [{}], "holidays": ["2026-05-01"], "workdays": ["2026-05-01"]}',
])  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_sentence(text):
    with pytest.raises(Invalid, match=" / "):
        Schedule.parse(text)


def test_the_refusal_names_the_piece():
    with pytest.raises(Invalid, match="时间表“周一至周五 06:00-09:00；周六 早上”：看不懂“早上”"):
        Schedule.parse("周一至周五 06:00-09:00；周六 早上")


def test_weekly_hours_end_before_the_last_minute():
    market = Schedule.parse("Mo-Fr 06:00-09:00; Sa,Su off")
    assert not market.in_force(at("05:59"))
    assert market.in_force(at("06:00")) and market.in_force(at("08:59"))
    assert not market.in_force(at("09:00"))
    assert not market.in_force(at("07:00", date(2026, 3, 7)))


def test_aware_instants_are_brought_to_beijing():
    market = Schedule.parse("每日06:00-09:00")
    assert market.in_force(datetime(2026, 3, 1, 22, 30, tzinfo=UTC))
    assert market.next_change(datetime(2026, 3, 1, 22, 30, tzinfo=UTC)) == datetime(2026, 3, 2, 9, tzinfo=BEIJING)


def test_night_hours_belong_to_the_day_they_began():
    night = Schedule.parse("Fr 22:00-02:00; Sa off")
    friday = date(2026, 3, 6)
    assert night.in_force(at("23:00", friday))
    assert night.in_force(at("01:59", friday + timedelta(days=1)))
    assert not night.in_force(at("02:00", friday + timedelta(days=1)))
    assert not night.in_force(at("01:00", friday))
    assert night.next_change(at("23:00", friday)) == datetime(2026, 3, 7, 2, tzinfo=BEIJING)


def test_holidays_and_worked_weekends():
    new_year = Calendar(frozenset({date(2026, 2, 17)}), frozenset({date(2026, 2, 14)}))
    works = Schedule.parse("工作日 08:00-18:00", new_year)
    literal = Schedule.parse("Mo-Fr 08:00-18:00; PH off", new_year)
    assert works.in_force(at("09:00", date(2026, 2, 14))) and not works.in_force(at("09:00", date(2026, 2, 17)))
    assert not literal.in_force(at("09:00", date(2026, 2, 14))) and not literal.in_force(at("09:00", date(2026, 2, 17)))
    assert Schedule.parse("RD 08:00-18:00", new_year).in_force(at("09:00", date(2026, 2, 17)))


def test_seasons_wrap_over_new_year():
    winter = Schedule.parse("12月1日至2月28日 09:00-10:00")
    assert winter.in_force(at("09:30", date(2026, 1, 15))) and not winter.in_force(at("09:30", date(2026, 3, 1)))
    assert winter.next_change(at("00:00", date(2026, 3, 1))) == datetime(2026, 12, 1, 9, tzinfo=BEIJING)


def test_what_never_changes_has_no_next_change():
    assert Schedule.always().next_change(at("12:00")) is None
    assert Schedule.parse("off").next_change(at("12:00")) is None
    assert Schedule.parse("Mo-Su 00:00-24:00").next_change(at("12:00")) is None
    assert Schedule.parse("2020-01-01/2020-02-01 06:00-09:00").next_change(at("12:00")) is None


@pytest.mark.parametrize(("text", "zh", "en"), [
    ("24/7", "每日全天", "24/7"),
    ("Mo-Fr 6:00-9:00; PH off", "周一至周五 06:00-09:00；节假日 停用", "Mo-Fr 06:00-09:00; PH off"),
    ("Mo,Tu 22:00-02:00", "周一、周二 22:00-02:00", "Mo,Tu 22:00-02:00"),
    ("4月1日至10月31日 全天", "4月1日至10月31日 每日 全天", "04-01/10-31 00:00-24:00"),
    ("2026年5月1日 全天", "2026年5月1日 每日 全天", "2026-05-01/2026-05-01 00:00-24:00"),
    ("8:00-10:00,9:00-12:00", "每日 08:00-12:00", "08:00-12:00"),
])  # fmt: skip
def test_text(text, zh, en):
    schedule = Schedule.parse(text)
    assert (schedule.text("zh"), schedule.text("en")) == (zh, en)


def test_a_calendar_that_contradicts_itself_is_refused():
    with pytest.raises(Invalid, match="2026-05-01"):
        Calendar(frozenset({date(2026, 5, 1)}), frozenset({date(2026, 5, 1)}))


# --- against a plain table of minutes -------------------------------------------------------------------------------

span = st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).map(lambda p: Span(p[0], p[0] + p[1]))
near = st.dates(MONDAY - timedelta(days=3), MONDAY + timedelta(days=9))
yearly = st.tuples(near, near).map(lambda p: Dates((p[0].month, p[0].day), (p[1].month, p[1].day)))
dated = st.tuples(near, near).map(sorted).map(lambda p: Dates(*((d.year, d.month, d.day) for d in p)))
rule = st.builds(
    Rule,
    st.frozensets(st.sampled_from((*WEEK, *SPECIAL)), max_size=4),
    st.lists(span, max_size=3).map(tuple),
    st.lists(yearly | dated, max_size=1).map(tuple),
)
calendars = st.tuples(st.frozensets(near, max_size=3), st.frozensets(near, max_size=3)).map(
    lambda p: Calendar(p[0], p[1] - p[0])
)
schedules = st.builds(Schedule, st.lists(rule, min_size=1, max_size=4).map(tuple), calendars)


def table(schedule, first, days):
    """Minute flags from `first`, painted day by day by the rule that speaks last."""
    flags = bytearray((days + 2) * DAY)
    for n in range(-1, days):
        day = first + timedelta(days=n)
        for painted in reversed(schedule.rules):
            if _speaks(painted, day, schedule.calendar):
                for s in painted.spans:
                    for minute in range(s.start, s.end):
                        flags[(n + 1) * DAY + minute] = 1
                break
    return flags[DAY : (days + 1) * DAY]


def _speaks(painted, day, calendar):
    worked = (day.isoweekday() <= 5 or day in calendar.workdays) and day not in calendar.holidays
    names = {day.strftime("%a")[:2], "WD" if worked else "RD"}
    if day in calendar.holidays:
        names.add("PH")
    return (not painted.days or painted.days & names) and (not painted.dates or any(_in(d, day) for d in painted.dates))


def _in(dates, day):
    if len(dates.first) == 3:
        return date(*dates.first) <= day <= date(*dates.last)
    walk = date(2024, *dates.first)
    while (walk.month, walk.day) != (day.month, day.day):
        if (walk.month, walk.day) == dates.last:
            return False
        walk += timedelta(days=1)
    return True


@settings(max_examples=60, deadline=None)
@given(schedules)
def test_every_minute_of_four_days(schedule):
    flags = table(schedule, MONDAY, 4)
    for n in range(4):
        assert hours(schedule, MONDAY + timedelta(days=n)) == [m for m in range(DAY) if flags[n * DAY + m]]


@settings(max_examples=150, deadline=None)
@given(schedules, st.integers(0, 3 * DAY - 1))
def test_next_change_is_the_first_minute_that_differs(schedule, minute):
    flags = table(schedule, MONDAY, 9)
    start = datetime.combine(MONDAY, datetime.min.time(), BEIJING)
    expected = next((m for m in range(minute, 9 * DAY) if flags[m] != flags[minute]), None)
    found = schedule.next_change(start + timedelta(minutes=minute))
    if expected is not None:
        assert found == start + timedelta(minutes=expected)
    else:
        assert found is None or found >= start + timedelta(days=9)


@settings(deadline=None)
@given(schedules, st.sampled_from(["zh", "en"]))
def test_what_is_written_is_read_back(schedule, lang):
    again = Schedule.parse(schedule.text(lang), schedule.calendar)
    for n in (0, 5):
        day = MONDAY + timedelta(days=n)
        assert [again.in_force(at("12:00", day))] == [schedule.in_force(at("12:00", day))]
    assert again.text(lang) == Schedule.parse(again.text(lang)).text(lang)


@settings(deadline=None)
@given(schedules)
def test_json_keeps_everything(schedule):
    again = Schedule.parse(json.dumps(schedule.to_json()))
    assert again.calendar == schedule.calendar
    assert again.to_json() == Schedule.parse(again.to_json()).to_json()
    assert again.rules == Schedule.parse(schedule.to_json()).rules


@given(st.text(alphabet='MoTuFrPH周一至五日节假除外全天0123456789:-,;年月. /off{}[]"', max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        schedule = Schedule.parse(text)
    except Invalid as refused:
        assert " / " in str(refused)
    else:
        schedule.in_force(at("12:00"))
