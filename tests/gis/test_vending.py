"""May one sell here now: the order of rules, and that a verdict says truly until when it stands."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.schedule import BEIJING, Schedule
from gis.vending import Rule, judge

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=BEIJING)
DAY, MORNING = Schedule.parse("每日07:00-22:00"), Schedule.parse("每日06:00-09:00")
STRICT = Rule("zone", "strict", "云汀大道", DAY)
MARKET = Rule("allow", "temporary-market", "早市", MORNING, 5)
BANNED = Rule("forbid", "no-vending", "校门口", None, 5)


@pytest.mark.parametrize(
    ("rules", "at", "allowed", "reason"),
    [
        ([], MONDAY, None, "unknown"),
        ([STRICT], MONDAY, False, "zone"),
        ([STRICT], MONDAY.replace(hour=23), None, "off-hours"),
        ([Rule("zone", "forbidden", "x")], MONDAY.replace(hour=3), False, "zone"),
        ([Rule("zone", "controlled", "x")], MONDAY, None, "controlled"),
        ([STRICT, MARKET], MONDAY, True, "market"),
        ([STRICT, MARKET], MONDAY.replace(hour=10), False, "zone"),
        ([STRICT, MARKET], MONDAY.replace(hour=23), None, "off-hours"),
        ([MARKET], MONDAY.replace(hour=12), None, "off-hours"),
        ([MARKET, BANNED], MONDAY, False, "banned"),
        ([Rule("allow", "vending", "疏导", None, 9), BANNED], MONDAY, True, "market"),
        ([Rule("zone", "controlled", "x"), STRICT], MONDAY, False, "zone"),
    ],
)
def test_the_order_of_rules(rules: list[Rule], at: datetime, allowed: bool | None, reason: str) -> None:
    verdict = judge(rules, at)
    assert (verdict.allowed, verdict.reason) == (allowed, reason)


def test_it_says_when_the_answer_will_be_another_one() -> None:
    verdict = judge([STRICT], MONDAY)
    assert (verdict.until, verdict.after) == (MONDAY.replace(hour=22, minute=0), "off-hours")
    in_market = judge([STRICT, MARKET], MONDAY)
    assert (in_market.until, in_market.after) == (MONDAY.replace(hour=9, minute=0), "zone")
    assert judge([BANNED], MONDAY).until is None


HOURS = st.sampled_from([None, DAY, MORNING, Schedule.parse("Mo-Fr 20:00-02:00"), Schedule.parse("Sa,Su 00:00-24:00")])
RULES = st.lists(
    st.one_of(
        st.builds(Rule, st.just("zone"), st.sampled_from(["forbidden", "strict", "controlled"]), st.just("z"), HOURS),
        st.builds(Rule, st.just("allow"), st.just("vending"), st.just("a"), HOURS, st.integers(0, 2)),
        st.builds(Rule, st.just("forbid"), st.just("no-vending"), st.just("f"), HOURS, st.integers(0, 2)),
    ),
    max_size=4,
)


@given(RULES, st.integers(0, 7 * 24 * 60))
def test_the_answer_stands_until_it_says_and_not_longer(rules: list[Rule], minutes: int) -> None:
    at = MONDAY + timedelta(minutes=minutes)
    verdict = judge(rules, at)
    end = verdict.until or at + timedelta(days=8)
    step = (end - at) / 40
    between = [judge(rules, at + step * n) for n in range(40)]
    assert {(one.allowed, one.reason) for one in between} == {(verdict.allowed, verdict.reason)}
    if verdict.until:
        after = judge(rules, verdict.until)
        assert (after.allowed, after.reason, after.rule) != (verdict.allowed, verdict.reason, verdict.rule)
        assert after.reason == verdict.after


@given(RULES, st.integers(0, 7 * 24 * 60))
def test_nothing_is_allowed_but_by_a_rule_that_allows(rules: list[Rule], minutes: int) -> None:
    at = MONDAY + timedelta(minutes=minutes)
    verdict = judge(rules, at)
    if verdict.allowed:
        assert verdict.rule is not None
        assert verdict.rule.kind == "allow"
        assert verdict.rule.in_force(at)
    if not rules:
        assert verdict.allowed is None
