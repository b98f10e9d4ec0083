"""Open or shut out of a pack: what the phone says at any instant is what the server would have said."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.backends.postgresql.psycopg_any import DateRange

from gis.schedule import BEIJING
from layers import registry
from layers.city.turns import turns
from layers.items import state
from layers.scope import Audience, Role
from tests.pages.test_modules import answered

MADE = datetime(2026, 11, 20, 22, 41, 7, tzinfo=BEIJING)  # a Friday night
HOURS: tuple[Any, ...] = (
    None,
    {"rules": [{"hours": ["06:00-22:00"]}]},
    {"rules": [{"hours": ["00:00-24:00"]}]},
    {"rules": [{"hours": ["05:30-09:30", "16:00-20:00"]}]},
    {"rules": [{"hours": ["20:00-28:00"], "days": ["Fr", "Sa"]}]},
    {"rules": [{"hours": ["09:00-17:00"], "days": ["Mo", "Tu", "We", "Th", "Fr"]}]},
    {"rules": [{"hours": ["09:00-17:00"], "days": ["WD"]}, {"hours": [], "days": ["PH"]}], "holidays": ["2026-11-23"]},
    {"rules": [{"hours": ["08:00-12:00"], "dates": ["12-01/12-31"]}]},
    {"rules": [{"hours": []}]},
    {"nonsense": 1},
)
CLERK = Audience(Role.MANAGER)
SAID = ("open", "until", "until_en", "opens", "opens_en")
TOLD = """asked.times.map((at) => asked.rows.map((id) => {
  const pack = { made: asked.made, layers: new Map([[asked.layer, { turns: turnsOf(asked) }]]) };
  return standing(pack, { layer: asked.layer, id }, at);
}))"""


class Held(NamedTuple):
    """A layer with rows of it, and what the phone makes of their turns."""

    layer: str
    rows: list[dict[str, Any]]


def facilities() -> Held:
    rows = [{"pk": i, "hours": hours, "features": [], "state": "normal"} for i, hours in enumerate(HOURS)]
    rows += [{**rows[1], "pk": 90, "state": "damaged"}, {**rows[0], "pk": 91, "features": ["always"]}]
    return Held("facilities", rows)


def fences() -> Held:
    span = DateRange(date(2026, 1, 1), None)
    kinds = ("temporary-market", "no-parking")
    return Held("fences", [{"pk": 10 * i + k, "hours": hours, "purpose": kind, "state": "published", "valid": span}
                           for i, hours in enumerate(HOURS) for k, kind in enumerate(kinds)])  # fmt: skip


def heard(held: Held, times: list[datetime]) -> Any:
    """What the phone says at these instants of each row."""
    layer = registry.get(held.layer, CLERK)
    asked = {"layer": held.layer, "made": MADE.isoformat(), "turns": turns(layer, held.rows, MADE),
             "rows": [row["pk"] for row in held.rows], "times": [at.timestamp() * 1000 for at in times]}  # fmt: skip
    return answered({"turns.js": "standing", "packed.js": "turnsOf"}, TOLD, asked)


def test_the_phone_says_what_the_server_would() -> None:
    chance = random.Random(3)
    times = [MADE + timedelta(minutes=chance.randrange(0, 72 * 60), seconds=chance.randrange(60)) for _ in range(150)]
    times += [datetime(2026, 11, 21, hour, 0, tzinfo=BEIJING) for hour in (0, 4, 6, 9, 22)]
    verdicts = set()
    for held in (facilities(), fences()):
        layer = registry.get(held.layer, CLERK)
        for at, said in zip(times, heard(held, times), strict=True):
            for row, one in zip(held.rows, said, strict=True):
                expected = state(layer, row, at)
                assert {key: one[key] for key in SAID} == {key: expected[key] for key in SAID}, (at, row)
                verdicts.add(one["open"])
    assert verdicts == {True, False, None}


def test_beyond_its_reach_and_before_it_was_made_nothing_is_known() -> None:
    always = facilities()._replace(rows=[facilities().rows[2]])
    days = [MADE - timedelta(days=1), MADE, MADE + timedelta(hours=71), MADE + timedelta(hours=73)]
    assert [one["open"] for (one,) in heard(always, days)] == [None, True, True, None]


def test_a_fence_that_ends_tomorrow_is_shut_the_day_after() -> None:
    market = {**fences().rows[2], "valid": DateRange(date(2026, 11, 1), date(2026, 11, 22))}  # 06:00-22:00
    noon = [datetime(2026, 11, day, 12, tzinfo=BEIJING) for day in (20, 21, 22, 23)]
    said = [one for (one,) in heard(Held("fences", [market]), noon)]
    assert [one["open"] for one in said] == [True, True, False, False]
    assert [one["opens"] for one in said] == [None] * 4
