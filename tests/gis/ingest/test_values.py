"""Values as people type them."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.ingest import arrays, values
from gis.ingest.arrays import TEXT, TYPES, column
from gis.ingest.refusals import REASONS
from gis.ingest.values import PARSERS, Wrong, document, hours

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes(), st.lists(st.text())
)


@given(st.sampled_from(sorted(PARSERS)), st.lists(anything))
def test_a_column_never_breaks_and_every_refusal_has_a_reason(kind: str, raw: list[Any]) -> None:
    found, wrong = column(kind, raw)
    done = found.to_pylist()
    assert len(done) == len(raw)
    assert found.type == TYPES.get(kind, TEXT)
    assert all(reason in REASONS and done[offset] is None for offset, reason in wrong.items())
    assert all("\0" not in (value or "") for value in done if kind in ("text", "code"))


alike = st.one_of(*(st.lists(st.none() | one) for one in (
    st.text(), st.sampled_from(["1", " 2 ", "3.7E+13", "\u3000是", "0\0", "1998年"]), st.integers(), st.floats(),
    st.integers(900, 2200), st.booleans(), st.integers(-(2**62), 2**62) | st.floats(),
)))  # fmt: skip


@given(st.sampled_from(sorted(PARSERS)), alike)
def test_a_column_at_once_is_the_column_one_by_one(kind: str, raw: list[Any]) -> None:
    at_once, one_by_one = arrays.column(kind, raw), arrays.one_by_one(kind, raw)
    assert at_once[0].equals(one_by_one[0]) and at_once[1] == one_by_one[1]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_as_it_was(number: float) -> None:
    assert float(values.real(number) or "x") == number
    assert float(values.real(repr(number)) or "x") == number


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_comes_back_as_it_was(number: int) -> None:
    assert values.whole(str(number)) == str(number)
    assert values.whole(number) == str(number)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_a_date_in_every_spelling(when: date) -> None:
    y, m, d = when.year, when.month, when.day
    for words in (when.isoformat(), f"{y}年{m}月{d}日", f"{y}/{m}/{d}", f"{y}.{m:02}.{d:02}", f"{y}{m:02}{d:02}"):
        assert values.day(words) == when.isoformat()
    assert values.day(f"{when.isoformat()}T08:00:00+08:00") == when.isoformat()


@given(st.text("0123456789", min_size=1, max_size=15))
def test_a_code_keeps_its_zeros(code: str) -> None:
    assert values.code(code) == code


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("12 m", 12),
        ("３．５米", 3.5),
        ("1,234.5", 1234.5),
        ("-", None),
        ("", None),
        (math.nan, None),
        ("DN400", 400),
        ("Φ 300", 300),
        ("d600mm", 600),
    ],
)
def test_numbers_as_typed(raw: Any, number: float | None) -> None:
    found = values.real(raw)
    assert (None if found is None else float(found)) == number


@pytest.mark.parametrize(
    ("raw", "answer"), [("是", "t"), ("no", "f"), ("viaduct", "t"), (True, "t"), ("", None), (0, "f")]
)
def test_flags(raw: Any, answer: str | None) -> None:
    assert values.flag(raw) == answer


@pytest.mark.parametrize(("raw", "answer"), [("1998年5月", "1998"), ("2003-01-01", "2003"), (1987, "1987"), ("", None)])
def test_years(raw: Any, answer: str | None) -> None:
    assert values.year(raw) == answer


def test_lists() -> None:
    assert values.items('摊贩；占道、"x\\y"') == '{"摊贩","占道","\\"x\\\\y\\""}'
    assert values.items("") is None


def test_a_float_that_was_a_code_has_lost_digits() -> None:
    with pytest.raises(Wrong):
        values.code(3.1010610100000004e17)
    assert values.code(310106.0) == "310106"


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5_000, '{"rules": ' + "9" * 5_000 + "}", "{" + '"a":{' * 50_000])
def test_json_without_end_costs_its_row_alone(text: str) -> None:
    for read in (document, hours):
        with pytest.raises(Wrong):
            read(text)
