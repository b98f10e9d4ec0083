"""What was drawn by hand: river, main streets and special places of 云汀, a town that does not exist.

Metres east and north of the town's middle. Streets that end on another street run a little past it; the
network cuts what hangs over. Names are made up; where one is borne by a real place, that is chance.
"""

from __future__ import annotations

from typing import NamedTuple

from data.town.plane import Spot

SEED = 20
SOURCE = "示例数据(虚构)"
SURVEYED = "2025-05-20"
DISTRICT, DISTRICT_NAME = "990101", "云汀区"  # 99 is no province of GB/T 2260
STREET_NAME = "听澜街道"
COMMUNITIES = ("桑园社区", "盐埠社区", "渡南社区")
MIDDLE: Spot = (60.0, 330.0)

BOUNDARY: tuple[Spot, ...] = (
    (-1120, 560), (-1040, 860), (-820, 985), (-420, 1010), (60, 960), (420, 1015), (800, 965), (1045, 850), (1130, 520),
    (1095, 120), (1140, -240), (1080, -640), (960, -880), (620, -985), (180, -945), (-260, -1000), (-680, -960),
    (-985, -840), (-1105, -520), (-1060, -140), (-1110, 200),
)  # fmt: skip

RIVER_NAME, CANAL_NAME = "云汀河", "盐埠港"
RIVER: tuple[Spot, ...] = (
    (-1300, -40), (-1000, -150), (-720, -190), (-450, -110), (-190, 40), (90, 100), (360, 40), (600, -110), (860, -230),
    (1100, -250), (1350, -180),
)  # fmt: skip
RIVER_WIDTHS = (84, 92, 100, 88, 80, 92, 98, 86, 94, 104, 100)
CANAL: tuple[Spot, ...] = ((330, 1100), (300, 900), (230, 720), (250, 520), (215, 330), (225, 190), (218, 115))
POND: tuple[Spot, ...] = (
    (-640, 470), (-590, 520), (-520, 505), (-480, 545), (-440, 500), (-470, 440), (-540, 450), (-600, 425),
)  # fmt: skip


class Avenue(NamedTuple):
    """A street drawn by hand; rank 2 arterial, 3 secondary, 5 lane, 7 for walkers."""

    name: str
    name_en: str
    rank: int
    spots: tuple[Spot, ...]


AVENUES = (
    Avenue("云汀大道", "Yunting Avenue", 2,
           ((-1200, 300), (-800, 300), (-500, 340), (-200, 420), (60, 450), (330, 420), (640, 320),
            (900, 290), (1200, 320))),
    Avenue("听澜路", "Tinglan Road", 2,
           ((-330, 1100), (-310, 800), (-260, 600), (-235, 405), (-265, 200), (-300, -20), (-250, -240), (-210, -480),
            (-250, -760), (-230, -1100))),
    Avenue("环城南路", "South Ring Road", 2,
           ((-1200, -500), (-820, -520), (-500, -590), (-230, -600), (120, -560), (480, -610), (800, -590),
            (1200, -520))),
    Avenue("东渡路", "Dongdu Road", 2,
           ((700, 1100), (680, 800), (655, 560), (640, 320), (610, 120), (540, -70), (520, -300), (560, -600),
            (620, -800), (600, -1100))),
    Avenue("北环路", "North Ring Road", 3,
           ((-1200, 640), (-880, 690), (-560, 720), (-280, 700), (20, 690), (320, 735), (670, 690),
            (930, 640), (1200, 610))),
    Avenue("渡口街", "Dukou Street", 3, ((20, 1100), (30, 840), (20, 690), (55, 450), (40, 300), (30, 170))),
    Avenue("桑园路", "Sangyuan Road", 3,
           ((-820, 1100), (-790, 880), (-740, 690), (-720, 480), (-760, 300), (-740, 100), (-720, -60), (-722, -150))),
    Avenue("石埠路", "Shibu Road", 3,
           ((960, 1000), (930, 800), (910, 640), (900, 450), (915, 290), (880, 80), (860, -120), (858, -190))),
    Avenue("采莲路", "Cailian Road", 3,
           ((-735, -235), (-700, -340), (-640, -480), (-620, -560), (-650, -780), (-620, -1060))),
    Avenue("南园路", "Nanyuan Road", 3,
           ((150, 50), (150, -180), (120, -360), (130, -560), (170, -760), (150, -1060))),
    Avenue("菱塘路", "Lingtang Road", 3,
           ((-1200, -330), (-900, -370), (-640, -400), (-420, -350), (-230, -340), (130, -330), (330, -370),
            (530, -360), (800, -400), (1200, -420))),
    Avenue("望江路", "Wangjiang Road", 3, ()),  # along the north bank
    Avenue("滨河路", "Binhe Road", 3, ()),  # along the south bank
    Avenue("盐埠西街", "Yanbu West Street", 5, ()),  # along the canal
    Avenue("盐埠东街", "Yanbu East Street", 5, ()),
)  # fmt: skip
BANKS = {"望江路": 92.0, "滨河路": -88.0}  # metres from the middle of the river, left is north
QUAYS = {"盐埠西街": -21.0, "盐埠东街": 21.0}
FOOTBRIDGE: tuple[Spot, ...] = ((30, 175), (60, 90), (150, -10))


class Place(NamedTuple):
    """A block with a purpose: a kind of land use, a name, a spot in it, and whether it stays undivided."""

    kind: str
    name: str
    spot: Spot
    whole: bool = False


PLACES = (
    Place("park", "莲塘公园", (-520, 480), True),
    Place("park", "南园", (320, -200), True),
    Place("park", "东渡绿苑", (780, 470)),
    Place("plaza", "市民广场", (-90, 330)),
    Place("school", "云汀实验小学", (-480, 130)),
    Place("school", "听澜中学", (420, -470), True),
    Place("kindergarten", "桑园幼儿园", (-560, 620)),
    Place("hospital", "云汀人民医院", (470, 260)),
    Place("office", "听澜街道办事处", (-140, 560)),
    Place("retail", "盐埠市场", (330, 560)),
    Place("retail", "云汀百货", (150, 370)),
    Place("commercial", "渡口商务中心", (480, 520)),
    Place("commercial", "滨河广场", (-120, -230)),
    Place("hotel", "听澜宾馆", (-130, 200)),
    Place("industrial", "采莲工业园", (820, -720)),
    Place("industrial", "南环物流园", (-850, -700)),
    Place("parking", "东渡停车场", (740, 200)),
    Place("construction", "菱塘在建工地", (-430, -480)),
)
# Old houses stand close around these spots, in circles of this many metres.
OLD_TOWN = ((MIDDLE, 290.0), ((240, 620), 170.0), ((-60, -250), 130.0))

ESTATES = (  # noqa: SIM905 (a list of 150 quoted words is read by nobody)
    "澜庭苑 莲溪里 桑榆园 听雨轩 云栖小区 采薇苑 石埠新村 菱塘新村 东渡花园 望江名邸 竹隐里 "
    "南园新村 橘颂园 桂子里 芦汀苑 银杏里 渔歌小区 青禾园 晴川里 书香苑 枫桥里 锦帆园 "
    "荷风里 学宫新村 半亩园 沁园小区 松涛里 明月坊 长亭里 稻香村 秋水苑 临溪里 怀谷园 "
    "知春里 溪畔家园 流芳苑 安居里 百合园 海棠里 紫藤园 兰馨苑 杏花里 梧桐里 翠微园 鹤鸣里 "
    "清和园 嘉树里 文澜苑"
).split()
LANES = (  # noqa: SIM905 (as above)
    "米行 竹器 灯笼 石板 酱园 豆腐 铁匠 油车 染坊 书院 学宫 文昌 荷花 菱角 芦花 桂花 "
    "梅园 杏林 槐荫 柳浪 稻香 麦浪 渔市 船坞 帆影 橹声 钓台 鸥鹭 白鹭 听雨 观澜 枕河 "
    "邻水 枫林 松风 竹林 兰草 菊圃 药圃 瓜田 井亭 钟楼 鼓楼 更楼 戏台 茶亭 酒坊 糖坊 "
    "布市 丝绸 绣坊 砚台 笔坊 墨池 棋盘 琴台 画舫 月桥 虹桥 秋千 晒谷 磨坊 水车 蚕房 "
    "果园 青石 麻石 砖桥 木桥 斜塘 方塘 圆塘 双井 三眼井 四牌楼 五福 六合 七星 八角 "
    "九曲 长弄 短弄 东仓 西仓 南仓 北仓 前浜 后浜 里河 外河 新丰 永宁 太平 安乐 长庆 "
    "福寿 和合 同心 仁里 义和 礼让 智水 信步 忠恕 明德 崇文 尚礼 乐道 百果 千帆 万松 "
    "云起 星河 朝晖 晚晴 春晓 夏荷 秋实 冬青 风铃 雨巷 雪松"
).split()
