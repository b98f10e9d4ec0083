"""A line as people write it, and what it says: one row of a table a habit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.locate import numerals, plain
from gis.locate.gazetteer import Gazetteer, bare
from gis.locate.meaning import count, door
from gis.locate.parse import parse
from gis.locate.parts import Label, Offset, Street, Understood

CITY = Gazetteer.of(
    [(Label.CITY, "上海市"), (Label.DISTRICT, "浦东新区"), (Label.DISTRICT, "静安区"), (Label.TOWN, "方松街道")]
)
SIGNS = (
    "上海市浦东新区静安人民路街弄号幢栋楼座单元层室附旁对面东南西北门与口村镇0123456789一二三十百廿〇-、(（)）ＡB ，12"
)
lines = st.text(st.sampled_from(SIGNS), max_size=40) | st.text(max_size=40)


def said(understood: Understood) -> dict[str, object]:
    """What is not empty, streets as text."""
    names = ("district", "town", "community", "places", "estate", "block", "blocks", "unit", "floor", "room", "gate")
    told = {name: value for name in names if (value := getattr(understood, name))}
    streets = [f"{street.name}{'、'.join((street.number, *street.more))}" for street in understood.streets]
    return told | ({"streets": streets} if streets else {}) | ({"crossing": True} if understood.crossing else {})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("上海市浦东新区张杨路500号", {"district": "浦东新区", "streets": ["张杨路500"]}),
        ("上海市上海市浦东新区浦东新区张杨路500号", {"district": "浦东新区", "streets": ["张杨路500"]}),
        ("张杨路５００号", {"streets": ["张杨路500"]}),
        ("张杨路五百号", {"streets": ["张杨路500"]}),
        ("张杨路五〇〇号", {"streets": ["张杨路500"]}),
        ("张杨路500", {"streets": ["张杨路500"]}),
        ("人民路５００號", {"streets": ["人民路500"]}),
        ("中山北一路1200号3号楼", {"streets": ["中山北1路1200"], "block": "3"}),
        ("金滂路199弄2号103室", {"streets": ["金滂路199弄2"], "room": "103"}),
        ("金滂路一九九弄二号一〇三室", {"streets": ["金滂路199弄2"], "room": "103"}),
        ("人民路12号附3号", {"streets": ["人民路12附3"]}),
        ("人民路12附3号", {"streets": ["人民路12附3"]}),
        ("新府北路75号-3", {"streets": ["新府北路75-3"]}),
        ("金汇路465-1号", {"streets": ["金汇路465-1"]}),
        ("金城路456-458号", {"streets": ["金城路456、458"]}),
        ("人民路12号至16号", {"streets": ["人民路12、16"]}),
        ("人民路12号~16号3幢", {"streets": ["人民路12、16"], "block": "3"}),
        ("人民路12号、14号、16号", {"streets": ["人民路12、14、16"]}),
        ("人民路12号和14号底层", {"streets": ["人民路12、14"], "floor": "1"}),
        ("人民路98弄5号、6号", {"streets": ["人民路98弄5、98弄6"]}),
        ("人民路98弄3号楼、4号楼", {"streets": ["人民路98弄3、98弄4"], "block": "3"}),
        ("人民路12号、14号楼2室", {"streets": ["人民路12"], "block": "14", "room": "2"}),
        ("民安花苑12号楼至14号楼",
         {"places": ("民安花苑",), "estate": "民安花苑", "block": "12", "blocks": ("14",)}),
        ("人民路98弄2支弄5号", {"streets": ["人民路98弄2支弄5"]}),
        ("富民支弄5号", {"streets": ["富民支弄5"]}),
        ("人民路98衖5号", {"streets": ["人民路98弄5"]}),
        ("人民路九十八衖２支衖5号", {"streets": ["人民路98弄2支弄5"]}),
        ("文衖5号", {"streets": ["文巷5"]}),
        ("人民路12号底层", {"streets": ["人民路12"], "floor": "1"}),
        ("人民路12号地下一层", {"streets": ["人民路12"], "floor": "B1"}),
        ("人民路12号地下室", {"streets": ["人民路12"], "floor": "B"}),
        ("民安花苑第二期3号楼502室",
         {"places": ("民安花苑第2期",), "estate": "民安花苑第2期", "block": "3", "room": "502"}),
        ("方松街道人民北路2999号", {"town": "方松街道", "streets": ["人民北路2999"]}),
        ("人民路12号3幢2单元501室", {"streets": ["人民路12"], "block": "3", "unit": "2", "room": "501"}),
        ("人民路12号三栋二单元五〇一", {"streets": ["人民路12"], "block": "3", "unit": "2", "room": "501"}),
        ("华瑞大厦A座7楼", {"places": ("华瑞大厦",), "estate": "华瑞大厦", "block": "A", "floor": "7"}),
        ("东洲花园12-3-1001",
         {"places": ("东洲花园",), "estate": "东洲花园", "block": "12", "unit": "3", "room": "1001"}),
        ("东洲花园12-1001", {"places": ("东洲花园",), "estate": "东洲花园", "block": "12", "room": "1001"}),
        ("朝晖花园38、39号楼", {"places": ("朝晖花园",), "estate": "朝晖花园", "block": "38", "blocks": ("39",)}),
        ("江旗河路5号", {"streets": ["江旗河路5"]}),
        ("建设红旗大街8号", {"streets": ["建设红旗大街8"]}),
        ("准格尔旗人民路8号", {"district": "准格尔旗", "streets": ["人民路8"]}),
        ("新市街与新桥路口", {"streets": ["新市街", "新桥路"], "crossing": True}),
        ("新市街新桥路交叉口", {"streets": ["新市街", "新桥路"], "crossing": True}),
        ("新市街/新桥路", {"streets": ["新市街", "新桥路"], "crossing": True}),
        ("静安区西村四路/侨香三道", {"district": "静安区", "streets": ["西村4路", "侨香3道"], "crossing": True}),
        ("元芳弄与延安东路隧道路口", {"streets": ["元芳弄", "延安东路隧道"], "crossing": True}),
        ("人民路/同庆街", {"streets": ["人民路", "同庆街"], "crossing": True}),
        ("人民路/民安花苑", {"places": ("民安花苑",), "streets": ["人民路"], "crossing": True}),
        ("上海市/静安区/人民路", {"district": "静安区", "streets": ["人民路"]}),
        ("民安花苑元芳弄12弄3号", {"places": ("民安花苑",), "streets": ["元芳弄12弄3"]}),
        ("民安花苑北门", {"places": ("民安花苑",), "gate": "北门"}),
        ("民安花苑2号门", {"places": ("民安花苑",), "gate": "2号门"}),
        ("人民路12号(近新桥路)", {"streets": ["人民路12"]}),
        ("20号大街3号", {"streets": ["20号大街3"]}),
        ("三官村7组12号", {"community": "3官村", "places": ("3官村",), "streets": ["3官村7组12"]}),
    ],
)  # fmt: skip
def test_what_a_line_says(text: str, meant: dict[str, object]) -> None:
    assert said(parse(text, CITY)) == meant


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("人民广场东侧50米", Offset("东侧50米", 90.0, 50.0)),
        ("人民路12号西南约一百米", Offset("西南约一百米", 225.0, 100.0)),
        ("人民路12号往北1.5公里", Offset("往北1.5公里", 0.0, 1500.0)),
        ("人民广场对面", Offset("对面")),
        ("人民路12号旁", Offset("旁")),
        ("人民广场", None),
    ],
)
def test_how_far_from_a_place(text: str, offset: Offset | None) -> None:
    assert parse(text, CITY).offset == offset


@pytest.mark.parametrize("text", ["静安寺路3号", "浦东南路3号", "上海路3号"])
def test_a_road_named_after_an_area_is_a_road(text: str) -> None:
    understood = parse(text, CITY)
    assert (understood.district, understood.streets) == ("", (Street(text.removesuffix("3号"), "3"),))


def test_an_area_without_its_ending_is_one_where_nothing_contradicts() -> None:
    assert parse("浦东张杨路3号", CITY).district == "浦东"
    assert bare("浦东新区") == "浦东"


def test_what_plays_no_part_is_told() -> None:
    assert parse("人民路12号 电联13800001234").ignored == ("电联13800001234",)


@settings(max_examples=150)
@given(lines)
def test_no_line_is_too_odd(text: str) -> None:
    pieces = parse(text, CITY).pieces
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)


@settings(max_examples=80)
@given(lines)
def test_a_name_in_its_one_form_stays_so(text: str) -> None:
    once = plain.name(text)
    assert plain.name(once) == once
    assert count(count(text)) == count(text)


@settings(max_examples=80)
@given(st.integers(0, numerals.LARGEST))
def test_numerals_say_the_number_they_were_made_from(number: int) -> None:
    assert numerals.value(numerals.spoken(number)) == str(number)
    assert numerals.value("".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))) == str(number)


@settings(max_examples=40)
@given(st.integers(1, 9999), st.integers(1, 99), st.sampled_from(["{}号", "{}弄{}号", "{}号附{}号", "{}号-{}"]))
def test_a_door_has_one_form_however_it_is_written(number: int, other: int, form: str) -> None:
    wide = form.format(number, other).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    spoken = form.format(numerals.spoken(number), numerals.spoken(other))
    assert door(form.format(number, other)) == door(wide) == door(spoken)
