"""Who and when: the names of 云汀, a town that does not exist, and the numbers it was ordered with.

Names are made up; where one is borne by a real place, that is chance.
"""

from __future__ import annotations

from datetime import date

from data.town.plane import Spot

SEED = 20
DAY = date(2026, 11, 20)  # the day on which the town is founded, unless another is given
SOURCE = "示例数据(虚构)"
SURVEYED = "2025-05-20"
DISTRICT, DISTRICT_NAME = "990101", "云汀区"  # 99 is no province of GB/T 2260
STREET_NAME = "听澜街道"
COMMUNITIES = ("桑园社区", "盐埠社区", "渡南社区")
MIDDLE: Spot = (60.0, 330.0)

SEGMENTS = 788
GRIDS_EACH = 2  # in each community
STALLS = {"盐埠市场": 80, "渡南菜场": 62, "桑园便民市场": 55, "西塘农贸市场": 48, "东湖市场": 42}
MODEL_ROADS = (
    "云汀大道",
    "听澜路",
    "西塘大道",
    "渡口街",
    "桑园路",
    "石埠路",
    "文澜路",
    "芦汀路",
    "晴川路",
)  # together 19 km
BIG_ESTATE, BIG_BLOCKS = "渡南新村", 106
COUNTED_ESTATE, COUNTED_BLOCKS, HOUSEHOLDS = "澜庭苑", 11, 704  # 11 blocks of 16 floors, 2 units, 2 homes a floor
WASTE_LITRES = 7000  # that these put out a day

LANES = (  # noqa: SIM905 (a list of 110 quoted words is read by nobody)
    "米行 竹器 灯笼 石板 酱园 豆腐 铁匠 油车 染坊 书院 学宫 文昌 荷花 菱角 芦花 桂花 "
    "梅园 杏林 槐荫 柳浪 稻花 麦浪 渔市 船坞 帆影 橹声 钓台 鸥鹭 白鹭 听雨 观澜 枕河 "
    "邻水 枫桥 松风 竹林 兰草 菊圃 药圃 瓜田 井亭 钟楼 鼓楼 更楼 戏台 茶亭 酒坊 糖坊 "
    "布市 丝绸 绣坊 砚台 笔坊 墨池 棋盘 琴台 画舫 月桥 虹桥 秋千 晒谷 磨坊 水车 蚕房 "
    "果园 青石 麻石 砖桥 木桥 斜塘 方塘 圆塘 双井 三眼井 四牌楼 五福 六合 七星 八角 "
    "九曲 长弄 短弄 东仓 西仓 南仓 北仓 前浜 后浜 里河 外河 新丰 永宁 太平 安乐 长庆 "
    "福寿 和合 同心 仁里 义和 礼让 智水 信步 忠恕 明德 崇文 尚礼 乐道 百果 千帆 万松 "
    "云起 星河 朝晖 晚晴 春晓 夏荷 秋实 冬青 风铃 雨巷 雪松"
).split()
MORE_LANES = tuple(a + b for b in "园塘桥溪汀浜田井亭台" for a in "春秋冬梅兰竹菊松柏藕")
