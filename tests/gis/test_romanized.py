"""Streets in Latin letters: what the rule is sure of, and what it leaves in Chinese."""

import pytest

from gis.romanized import street, written


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("听澜路", "Tinglan Road"),
        ("南京东路", "Nanjing East Road"),
        ("云南路", "Yunnan Road"),  # a province, no southern part of Yun
        ("城东路", "Chengdong Road"),
        ("中山东一路", "Zhongshan East 1st Road"),
        ("新洲三街", "Xinzhou 3rd Street"),
        ("五一路", "Wuyi Road"),
        ("西安路", "Xi'an Road"),
        ("绿苑巷", "Lüyuan Lane"),
        ("延安高架路", "Yan'an Elevated Road"),
        ("福田立交桥", "Futian Interchange"),
        ("长江大道", "Changjiang Avenue"),  # known as a word
        ("长庆巷", ""),  # Chang or Zhang: nobody has said
        ("米行街", ""),
        ("知行路", ""),
        ("太行路", "Taihang Road"),  # a word of places that the dictionary lacks
        ("路", ""),
        ("318国道", ""),
        ("平安里", ""),
        ("外滩", ""),
        ("复兴东路隧道", ""),
        ("Bund", ""),
        ("", ""),
    ],
)
def test_a_street_is_named_by_sound_and_kind_where_both_are_sure(name: str, told: str) -> None:
    assert street(name) == told


def test_a_stretch_is_named_after_all_its_streets_or_not_at_all() -> None:
    known = {"环城南路": "South Ring Road"}
    for name, told in {
        "环城南路(渡口街—区界)": "South Ring Road (Dukou Street – edge of the district)",
        "听澜路（2）": "Tinglan Road (2)",
        "人民路南京路至至善路": "",
        "人民路(南京路至至善路)": "Renmin Road (Nanjing Road – Zhishan Road)",
        "深南大道辅路;听澜路": "Shennan Avenue Side Road / Tinglan Road",
        "环城南路与听澜路": "South Ring Road / Tinglan Road",
        "听澜路(外滩—渡口街)": "",
    }.items():
        assert written(name, known) == told, name
