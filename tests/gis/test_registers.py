"""Four registers of one street, and random ones: order is nothing, nor a second run; people have the last word."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from gis.address_text import Parts
from gis.errors import Conflict, NotFound
from gis.merging import decide, merge_addresses
from gis.models import Address, AddressPair, Verdict
from gis.registers import Entry, Likeness, settled

WEST, SOUTH, METRE = 121.5, 31.2, 1 / 111_320


@st.composite
def registers(draw: st.DrawFn) -> dict[int, Entry]:
    one_of = st.sampled_from
    row = st.tuples(
        one_of("甲乙丙丁"), one_of(["", "A", "B"]), one_of(["人民路", "仁民路", "中山路"]), one_of(["1", "2"]),
        one_of(["", "3"]), st.integers(0, 8), one_of([None, 7, 8]),
    )  # fmt: skip
    rows = draw(st.lists(row, max_size=9))
    return {
        n: Entry(n, source, f"{n:02}", code, Parts(road=road, number=number, block=block),
                 (WEST + 60 * east * METRE, SOUTH), building)
        for n, (source, code, road, number, block, east, building) in enumerate(rows, 1)
    }  # fmt: skip


def by_key(found: dict[int, Entry], leads: dict[int, int], pairs: Any) -> tuple[Any, ...]:
    key = {ident: entry.key for ident, entry in found.items()}
    return (
        {key[copy]: key[best] for copy, best in leads.items()},
        {(frozenset((key[a], key[b])), link.score, sure) for (a, b), (link, sure) in pairs.items()},
    )


@given(registers(), st.randoms(use_true_random=False), st.data())
def test_the_order_of_registers_does_not_matter(
    found: dict[int, Entry], chance: random.Random, data: st.DataObject
) -> None:
    apart = (
        frozenset(data.draw(st.sets(st.sampled_from(pairs_of(found)), max_size=3))) if len(found) > 1 else frozenset()
    )
    ids = list(found)
    chance.shuffle(ids)
    renamed = dict(zip(found, ids, strict=True))
    shuffled = {renamed[n]: replace(found[n], id=renamed[n]) for n in chance.sample(list(found), len(found))}
    apart_too = frozenset(frozenset(renamed[n] for n in pair) for pair in apart)
    assert by_key(found, *settled(found, [], apart)) == by_key(shuffled, *settled(shuffled, [], apart_too))


def pairs_of(found: dict[int, Entry]) -> list[frozenset[int]]:
    return [frozenset((a, b)) for a in found for b in found if a < b]


@given(registers(), st.data())
def test_people_have_the_last_word(found: dict[int, Entry], data: st.DataObject) -> None:
    if len(found) < 2:
        return
    different = frozenset(data.draw(st.sets(st.sampled_from(pairs_of(found)), max_size=4)))
    others = sorted(map(sorted, set(pairs_of(found)) - different))
    same = data.draw(st.lists(st.sampled_from(others), max_size=2)) if others else []
    people = [Likeness(a, b, 0.1, True, True) for a, b in same]
    leads, pairs = settled(found, people, different)
    stands = {ident: leads.get(ident, ident) for ident in found}
    assert all(stands[a] != stands[b] for a, b in map(tuple, different))
    assert not different & {frozenset(pair) for pair in pairs}
    assert all(stands[best] == best for best in leads.values())
    if not different:
        assert all(stands[a] == stands[b] for a, b in same)


@given(registers())
def test_rules_never_join_two_rows_of_one_register(found: dict[int, Entry]) -> None:
    leads, _ = settled(found, [], frozenset())
    groups: dict[int, list[str]] = {}
    for ident, entry in found.items():
        groups.setdefault(leads.get(ident, ident), []).append(entry.source)
    assert all(len(set(sources)) == len(sources) for sources in groups.values())


# --- in the database ------------------------------------------------------------------------------------------------


def address(source: str, east: float = 0, **given: Any) -> Address:
    place = Point(WEST + east * METRE, SOUTH, srid=4490)
    number = Address.objects.filter(source=source).count()
    return Address.objects.create(source=source, source_id=f"{source}{number}", geom=place, **given)


@pytest.fixture
def street(db: None) -> dict[str, Address]:
    """人民路12号 in four registers, and what lies around it."""
    return {
        "police": address("公安", code="DZ001", road="人民路", number="12号"),
        "housing": address("住建", 8, road="人民路", number="１２号"),
        "civil": address("民政", 15, name="上海市浦东新区人民路十二号", code="dz001"),
        "planning": address("规划", 30, road="仁民路", number="12"),
        "next": address("公安", 40, code="DZ002", road="人民路", number="14号"),
        "flat": address("住建", 8, road="人民路", number="12号", block="3幢", room="501室"),
        "far": address("规划", 5000, road="人民路", number="12号"),
    }


def state() -> tuple[Any, ...]:
    return (
        list(Address.objects.order_by("pk").values_list("pk", "same_as_id")),
        list(AddressPair.objects.order_by("pk").values_list("pk", "first", "second", "score", "verdict", "decided_at")),
    )


def copies_of(row: Address) -> set[str]:
    return {copy.source for copy in row.copies.all()}


def test_four_registers_of_one_house(street: dict[str, Address]) -> None:
    done = merge_addresses()
    assert copies_of(street["police"]) == {"住建", "民政"}
    (open_,) = AddressPair.objects.filter(verdict=Verdict.OPEN, second=street["planning"], first=street["police"])
    assert 0.6 <= open_.score < 1
    assert open_.reasons["metres"] == pytest.approx(30, abs=5)
    alone = {row.pk for name, row in street.items() if name in ("next", "flat", "far")}
    assert not AddressPair.objects.filter(first__in=alone).exists()
    assert not AddressPair.objects.filter(second__in=alone).exists()
    assert (done.addresses, done.copies) == (7, 2)


def test_a_second_run_changes_nothing(street: dict[str, Address]) -> None:
    merge_addresses()
    before = state()
    call_command("merge_addresses", verbosity=0, stdout=None)
    assert state() == before


def test_same_joins_different_parts_and_both_can_be_withdrawn(street: dict[str, Address]) -> None:
    user = User.objects.create(username="p")
    merge_addresses()
    untouched = state()
    pair = AddressPair.objects.get(first=street["police"], second=street["planning"])
    decide(pair.pk, Verdict.SAME, user)
    assert copies_of(street["police"]) == {"住建", "民政", "规划"}
    pair.refresh_from_db()
    assert (pair.decided_by, pair.decided_at is not None) == (user, True)
    decide(pair.pk, Verdict.OPEN, user)
    assert state() == untouched


def test_what_people_call_different_is_never_proposed_again(street: dict[str, Address]) -> None:
    user = User.objects.create(username="p")
    merge_addresses()
    pair = AddressPair.objects.get(first=street["police"], second=street["housing"])
    assert pair.verdict == Verdict.SAME
    decide(pair.pk, Verdict.DIFFERENT, user)
    for _ in range(2):
        street["police"].refresh_from_db()
        street["housing"].refresh_from_db()
        stands = {row.same_as_id or row.pk for row in (street["police"], street["housing"])}
        assert len(stands) == 2
        pair.refresh_from_db()
        assert pair.verdict == Verdict.DIFFERENT
        merge_addresses()


def test_a_verdict_against_another_is_refused(street: dict[str, Address]) -> None:
    user = User.objects.create(username="p")
    merge_addresses()
    first = AddressPair.objects.get(first=street["police"], second=street["planning"])
    decide(first.pk, Verdict.DIFFERENT, user)
    decide(AddressPair.objects.get(first=street["police"], second=street["housing"]).pk, Verdict.SAME, user)
    last = AddressPair.objects.get(first=street["housing"], second=street["planning"])
    before = state()
    with pytest.raises(Conflict, match="矛盾"):
        decide(last.pk, Verdict.SAME, user)
    assert state() == before


def test_people_may_take_a_row_from_where_a_rule_put_it(street: dict[str, Address]) -> None:
    user = User.objects.create(username="p")
    merge_addresses()
    decide(AddressPair.objects.get(first=street["police"], second=street["planning"]).pk, Verdict.DIFFERENT, user)
    decide(AddressPair.objects.get(first=street["housing"], second=street["planning"]).pk, Verdict.SAME, user)
    stands = {name: row.same_as_id or row.pk for name, row in street.items() if not row.refresh_from_db()}
    assert stands["housing"] == stands["planning"] != stands["police"]
    held = AddressPair.objects.get(first=street["police"], second=street["housing"])
    assert (held.verdict, held.decided_at) == (Verdict.OPEN, None)


def test_there_is_no_such_pair(db: None) -> None:
    with pytest.raises(NotFound):
        decide(0, Verdict.SAME, None)


def test_two_rows_of_one_register_stay_two(db: None) -> None:
    first, second = (address("公安", east, road="人民路", number="12号") for east in (0, 4))
    address("住建", 2, road="人民路", number="12号")
    merge_addresses()
    assert Address.objects.filter(same_as__isnull=False).count() == 1
    assert AddressPair.objects.filter(verdict=Verdict.OPEN).count() == 1
    assert {first.pk, second.pk}
