"""Blocks with a purpose, drawn by hand: parks, schools, markets, works, and the sixteen estates."""

from __future__ import annotations

from typing import NamedTuple

from data.town.plane import Spot


class Place(NamedTuple):
    """A block with a purpose: a kind of land use, a name, a spot in it, and whether it stays undivided.

    `least` is the smallest ground in square metres that will do.
    """

    kind: str
    name: str
    spot: Spot
    whole: bool = False
    least: float = 0.0


PLACES = (
    Place("park", "莲塘公园", (-520, 480), True),
    Place("park", "芦汀湖公园", (-1700, 660), True),
    Place("park", "南园", (320, -200), True),
    Place("park", "东渡绿苑", (780, 470), True),
    Place("park", "菱溪湿地公园", (1300, -900), True),
    Place("park", "文澜山", (-900, 1050), True),
    Place("park", "望江亭公园", (1400, 150)),
    Place("plaza", "市民广场", (-90, 330)),
    Place("plaza", "站前广场", (-80, -1330)),
    Place("sports", "云汀体育中心", (1330, 770), True),
    Place("college", "云汀学院", (-1230, 800), True),
    Place("school", "云汀实验小学", (-480, 130), False, 16_000),
    Place("school", "听澜中学", (420, -470), True),
    Place("school", "文澜中学", (-1240, 120), True),
    Place("school", "东湖小学", (1760, 850), False, 18_000),
    Place("school", "稻香小学", (-430, -700), False, 18_000),
    Place("school", "枫林小学", (1070, 480), False, 18_000),
    Place("school", "鹤鸣小学", (-1650, -420), False, 18_000),
    Place("school", "锦帆小学", (500, 1040), False, 18_000),
    Place("kindergarten", "桑园幼儿园", (-560, 620)),
    Place("kindergarten", "东渡幼儿园", (800, 780)),
    Place("kindergarten", "渡南幼儿园", (-80, -480)),
    Place("kindergarten", "晴川幼儿园", (1800, 550)),
    Place("hospital", "云汀人民医院", (470, 260), True),
    Place("hospital", "云汀中医院", (-1200, -660)),
    Place("office", "听澜街道办事处", (-140, 560)),
    Place("office", "云汀区行政中心", (1080, 130), True),
    Place("market", "盐埠市场", (330, 560)),
    Place("market", "渡南菜场", (-100, -420)),
    Place("market", "桑园便民市场", (-640, 800)),
    Place("market", "西塘农贸市场", (-1560, 250)),
    Place("market", "东湖市场", (1720, 480)),
    Place("retail", "云汀百货", (150, 370)),
    Place("retail", "东湖万汇城", (1480, 560)),
    Place("retail", "西塘生活广场", (-1280, 480)),
    Place("commercial", "渡口商务中心", (480, 520)),
    Place("commercial", "滨河广场", (-120, -230)),
    Place("commercial", "望江国际", (760, 180)),
    Place("commercial", "锦帆大厦", (-160, 800)),
    Place("commercial", "东湖金融港", (1740, 250)),
    Place("hotel", "听澜宾馆", (-130, 200)),
    Place("hotel", "望江大酒店", (1000, -20)),
    Place("station", "云汀站", (-60, -1390)),
    Place("industrial", "采莲工业园", (820, -1230), True),
    Place("industrial", "云汀气体厂", (-448, -1259), True),
    Place("industrial", "南环物流园", (-900, -1240), True),
    Place("industrial", "鹤鸣科技园", (-1700, -830), True),
    Place("industrial", "菱溪产业园", (1860, -740), True),
    Place("utility", "云汀污水处理厂", (1980, -120)),
    Place("cemetery", "松鹤园", (-1150, 1500)),
    Place("parking", "东渡停车场", (740, 200)),
    Place("parking", "站前停车场", (200, -1330)),
    Place("construction", "菱塘在建工地", (-430, -480)),
)
ESTATES = (
    Place("residential", "澜庭苑", (-420, 620), False, 27_000),
    Place("residential", "渡南新村", (397, -1240), True),
    Place("residential", "桑榆园", (-920, 500), True),
    Place("residential", "云栖小区", (-560, 1050), True),
    Place("residential", "石埠新村", (800, 1060), True),
    Place("residential", "东渡花园", (1080, 790), True),
    Place("residential", "望江名邸", (-1000, 80), True),
    Place("residential", "南园新村", (0, -690), True),
    Place("residential", "橘颂园", (730, -690), True),
    Place("residential", "枫林里", (1080, 1060), True),
    Place("residential", "晴川里", (1760, 540), False, 40_000),
    Place("residential", "鹤鸣家园", (-850, -655), True),
    Place("residential", "稻香村", (380, -920), True),
    Place("residential", "秋水苑", (-1220, -400), False, 40_000),
    Place("residential", "锦帆园", (120, 1030), True),
    Place("residential", "湖畔家园", (1300, 470), True),
)
# Old houses stand close around these spots, in circles of this many metres.
OLD_TOWN = (((60.0, 330.0), 290.0), ((240, 620), 170.0), ((-60, -250), 130.0), ((120, 860), 120.0))
WORKS_TOWN = (((-1800, -850), 420.0), ((1900, -800), 380.0), ((830, -1250), 200.0), ((-1000, -1270), 300.0))
TALL_TOWN = (((1720, 300), 330.0), ((480, 420), 200.0))
