"""The many ways in which people write one address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.address_text import Parts, alike, counted, plain


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("１２幢", "12幢"),
        ("二单元", "2单元"),
        ("一百二十号", "120号"),
        ("廿三号", "23号"),
        ("卅", "30"),
        ("二〇一室", "201室"),
        ("十号", "10号"),
        ("两千零五", "2005"),
        ("萬邨 路（北）", "万村路北"),
        ("ａ座", "A座"),
    ],
)
def test_plain(written: str, meant: str) -> None:
    assert plain(written) == meant


@pytest.mark.parametrize("written", ["3幢", "三栋", "03号楼", "3座", "３"])
def test_a_block_by_any_word(written: str) -> None:
    assert counted(plain(written)) == "3"


SPLIT = {"road": "人民路", "number": "12号", "block": "3幢", "unit": "2单元", "room": "501室"}


@pytest.mark.parametrize("column", ["road", "name", "estate"])
@pytest.mark.parametrize(
    "line", ["人民路12号3幢2单元501室", "人民路 十二号三栋二单元５０１", "人民路12号 3号楼2单元501"]
)
def test_a_whole_line_in_one_column_is_taken_apart(column: str, line: str) -> None:
    assert Parts.of({column: line}).key == Parts.of(SPLIT).key


def test_lanes_and_annexes() -> None:
    assert Parts.of({"name": "中山北路3663弄14号1102室"}).number == "3663弄14"
    assert Parts.of({"name": "解放路二十三号附1号"}) == Parts.of({"road": "解放路", "number": "23号附1号"})
    assert Parts.of({"name": "人民路十二号楼"}).number == ""


def test_hardly_anything_is_no_key() -> None:
    assert Parts.of({"number": "12"}).key == ""
    assert Parts.of({"road": "人民路"}).key == ""
    assert Parts.of({"name": "东方明珠"}).key == Parts.of({"name": "东方 明珠"}).key != ""


def test_names_alike() -> None:
    assert alike("浦东新区世纪大道", "世纪大道") == 0.95
    assert alike("世纪大道", "世纪大道") == 1
    assert alike("世纪大道", "张杨路") < 0.5


@given(st.text(max_size=200))
def test_any_text_is_read_and_reading_it_again_changes_nothing(text: str) -> None:
    once = plain(text)
    assert plain(once) == once or not once.isascii()
    Parts.of({"name": text})


@given(st.integers(1, 9999))
def test_numerals_mean_their_number(value: int) -> None:
    assert plain(numeral(value) + "号") == f"{value}号"


def numeral(value: int) -> str:
    """A number as it is spoken."""
    signs = "零一二三四五六七八九"
    text, gap = "", False
    for unit, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if gap and text else "") + signs[digit] + word
            gap = False
        else:
            gap = True
    return text
