"""Codes: parse and format, parents as prefixes, sentences for what is refused, zeros given back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import codes
from gis.codes import AreaCode, CameraCode, CodeScheme, ComponentCode, FeatureCode, GridCode, HouseCode, restore_zeros
from gis.errors import Invalid

EXAMPLES = {
    GridCode: "110105001002003",
    ComponentCode: "3205080101000001",
    AreaCode: "110105001002",
    codes.ShenzhenBuilding: "4403040010020300001",
    codes.ShenzhenRoom: "4403040010020300001000101",
    HouseCode: "11010101020200109000003",
    codes.PropertyUnit: "110105001002GB00001F00010001",
    CameraCode: "34020000001320000101",
    FeatureCode: "51022203",
}


@pytest.mark.parametrize("kind", codes.KINDS, ids=lambda k: k.__name__)
def test_every_kind_has_parts_that_join_and_a_parent_that_is_a_prefix(kind):
    code = kind.parse(f" {EXAMPLES[kind]} ")
    assert str(code) == EXAMPLES[kind] == "".join(code.parts.values())
    assert kind.of(*code.parts.values()) == code
    assert code.text.startswith(code.parent) and len(code.parent) < len(code.text)


@pytest.mark.parametrize("kind", codes.KINDS, ids=lambda k: k.__name__)
@given(data=st.data())
def test_whatever_follows_the_pattern_round_trips(kind, data):
    text = data.draw(st.from_regex(re.compile(kind.SCHEME.pattern, re.ASCII), fullmatch=True))
    code = kind.parse(text)
    assert kind.of(*code.parts.values()).text == text
    assert code.parent is None or text.startswith(code.parent)


@pytest.mark.parametrize("kind", codes.KINDS, ids=lambda k: k.__name__)
@given(st.text(alphabet="0123456789AXW*", max_size=30))
def test_a_wrong_code_is_refused_with_a_sentence(kind, text):
    if not kind.SCHEME.holds(text):
        with pytest.raises(Invalid, match=kind.SCHEME.title + ".* / " + kind.SCHEME.title_en):
            kind.parse(text)


@pytest.mark.parametrize("text", ["11010500100200", "1101050010020030", "11010500100200a", "١١٠١٠٥٠٠١٠٠٢٠٠٣", ""])
def test_a_grid_of_another_length_or_script_is_refused(text):
    with pytest.raises(Invalid, match="单元网格编码"):
        GridCode.parse(text)


def test_areas_climb_to_the_province():
    seen, code = [], "110105001002"
    while code:
        seen.append(code)
        code = AreaCode(code).parent
    assert seen == ["110105001002", "110105001", "110105", "1101", "11"]
    assert AreaCode("110105").parts == {"province": "11", "city": "01", "county": "05"}
    assert [AreaCode(text).level for text in reversed(seen)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("text", "area"), [
    ("110000000000", "11"), ("110000", "11"), ("110100", "1101"), ("110105000000", "110105"),
    ("441900003000", "441900003"), ("110105001002", "110105001002"), ("460200", "4602"),
])  # fmt: skip
def test_statistical_zeros_are_trimmed(text, area):
    assert AreaCode.trim(text).text == area


def test_parts_that_carry_meaning():
    assert ComponentCode("3205080101000001").class_code == "0101"
    assert CameraCode("34020000001320000101").is_camera
    assert not CameraCode("34020000001180000101").is_camera
    assert FeatureCode("52010000").parent == FeatureCode("52012202").parent == "5201"


@pytest.mark.parametrize("body", ["0" * 22, "1101010102020010900000", "11010101020200109*****"])
def test_check_character_by_hand(body):
    weights = [2, 4, 8, 5, 10, 9, 7, 3, 6, 1] * 2 + [2, 4]
    total = sum(w * (10 if c == "*" else int(c)) for w, c in zip(weights, body, strict=True))
    assert codes.check_character(body) == "10X98765432"[total % 11]


@given(st.text(alphabet="0123456789", min_size=22, max_size=22), st.integers(0, 21), st.integers(1, 9))
def test_check_character_sees_every_single_wrong_digit(body, at, by):
    other = body[:at] + str((int(body[at]) + by) % 10) + body[at + 1 :]
    assert codes.check_character(body) != codes.check_character(other)


def test_house_check_is_a_finding_not_a_refusal():
    body = "1101010102020010900000"
    assert HouseCode(body + codes.check_character(body)).check_holds
    assert sum(HouseCode(body + c).check_holds for c in "0123456789X") == 1
    with pytest.raises(Invalid, match="22"):
        codes.check_character("12")


def test_a_city_writes_its_own_pattern():
    scheme = CodeScheme("grid", "[0-9]{16}", "单元网格编码", "unit grid code")
    assert scheme.check("1101050001002003") == "1101050001002003"
    assert not scheme.holds("1101050001002003\n")
    with pytest.raises(Invalid, match="编码规则"):
        CodeScheme("grid", "[0-9", "单元网格编码")


@pytest.mark.parametrize(("values", "widths", "text", "changed"), [
    (("1", "1"), (2, 2), "0101", True), (("1", "03"), (2, 2), "0103", True), ((1.0, 99), (2, 2), "0199", True),
    (("101",), (4,), "0101", True), (("110105",), (6,), "110105", False), (("01", "01"), (2, 2), "0101", False),
    (("3205080101000001",), (16,), "3205080101000001", False),
])  # fmt: skip
def test_zeros_come_back(values, widths, text, changed):
    assert restore_zeros(values, widths) == codes.Restored(text, changed)


@pytest.mark.parametrize(("values", "widths"), [
    (("101", "1"), (2, 2)), (("",), (2,)), (("1a",), (4,)), (("1",), (2, 2)), ((3205080101000001.0,), (16,)),
    (("3.20508E+15",), (16,)), (("-1",), (2,)), (("1.5",), (2,)),
])  # fmt: skip
def test_what_cannot_be_known_is_refused(values, widths):
    with pytest.raises(Invalid, match=" / "):
        restore_zeros(values, widths)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 10**6)), min_size=1, max_size=5))
def test_zeros_survive_a_spreadsheet(spec):
    parts = [str(number % 10**width).zfill(width) for width, number in spec]
    assert restore_zeros([int(part) for part in parts], [w for w, _ in spec]).text == "".join(parts)
