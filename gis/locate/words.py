"""The endings by which parts of an address are told apart, as patterns; each list is what people really write."""

from __future__ import annotations

import re

from gis.locate.numerals import SIGNS

HAN = r"[\u4e00-\u9fff]"
N = rf"(?:[0-9]+|[{SIGNS}]+)"
JOIN = r"[-/、,，至到和&+]"
LIST = r"[/、,，至到和与及&+]"
ANOTHER = rf"(?:号{LIST}(?:第?{N})[A-Z]?(?=号(?!院?楼|馆|房|室|铺|商铺|店|摊|档|门|线|桥|码|出入?口|入口|大?街|路)))"
"""The next of several doors that each have their 号: 12号至16号, 12号、14号."""
FAR = r"(?:正|斜)?(?:东北|东南|西北|西南|东|南|西|北)"

CITY = re.compile(rf"{HAN}{{2,5}}?市(?!场|政|民|区|中心|委|郊|立|[东西南北中](?:路|街))")
DISTRICT = re.compile(
    rf"(?:(?:(?![路街巷弄号幢栋楼座]){HAN}){{1,5}}?(?:自治县|(?<!小|园|社|校|业|院|矿|辖|景|库|厂|市|属|心|务|一|二|三|四|五|六|七|八|九|十|发|险|术|税|验|济|东|西|南|北|中)"
    rf"(?<!市城)(?<!加工)(?<!工业)(?<!住宅)(?<!生活)(?<!服务)区|(?<!郊)县)|(?:(?![路街巷弄号幢栋楼座]){HAN}){{2,5}}?旗)"
    rf"(?!委|政府|医院|人民[政医法检公]|[东西南北中]?(?:路|街)|大[街道])"
)
TOWN = re.compile(
    rf"(?:(?!街(?!道)|[路巷弄号幢栋楼座区县]){HAN}){{1,6}}?"
    rf"(?:街道(?:办事处)?|(?:(?<!集)镇|(?<!城)乡)"
    rf"(?!路|街(?!道)|道|大|公|人民[政医法检公]|中心|卫生|政府|中学|小学|医院|敬老|文化|{HAN}?[东西南北中]?(?:路|街)))"
)
COMMUNITY = re.compile(
    rf"{HAN}{{1,7}}?(?:社区(?:居委会)?|居委会?|村委会?|居民区|(?<!新|花|邻|度|农|地|球|民)村)"
    rf"(?!路|街|道|大|公|{HAN}?[东西南北中]?(?:路|街|巷)|卫生|小学|口|委|民|镇|店|饭|庄|酒)"
)
ZONE = re.compile(
    rf"{HAN}{{0,8}}?(?:(?:经济|高新)?(?:技术)?(?:产业)?开发区|高新区|高新技术产业园区|保税区|(?:出口)?加工区|实验区|经济区|"
    rf"(?<!业|小)新区(?={HAN}|$))"
)
ROAD_END = (
    r"(?:(?:大道|大街|公路|高架路|马路|环路|辅路|支路|(?<!十字|丁字|三岔|交叉)路(?!易|桥[区街镇]|虎|边|由|灯|面|透|段)|街(?!道(?!\d)|坊|区|边|舞)|胡同|"
    rf"巷(?!子)|(?<!街|大|通|味|跑|频|渠|赤|人)道(?=\d)|支弄(?!\d)|隧道(?!路)|(?<![{SIGNS}里])弄(?!堂|里)))"
    r"(?:[东西南北中](?:段|路|街|支路)(?!口))?(?:延伸段|辅路|支路|隧道(?!路(?!口)))?"
)
ROAD = re.compile(rf"(?:{HAN}|[A-Z])(?:{HAN}|[A-Z]|[0-9](?=号?(?:路|街|巷|大街|大道))|[·])*?{ROAD_END}")
CROSSED = re.compile(rf"(?:{HAN}|[A-Z0-9])+?(?:路|街|道|巷|公路|大道|弄)")
NUMBERED_ROAD = re.compile(rf"第?{N}号?(?:大街|大道|马路|公路|路|街|巷|胡同)")
GROUP = re.compile(rf"{N}(?:村民)?(?:小组|组|队)(?!团)")

PLACE_END = (
    r"(?:小区|新村|花园|花苑|公寓|家园|嘉园|名苑|景苑|雅苑|新苑|佳苑|豪庭|别墅|名邸|山庄|家苑|人家|华庭|新城|名城|大厦|大楼|"
    r"商厦|广场(?!舞)|写字楼|国际(?!旅|贸|学|物|货|饭|酒|影|幼|机)|工业区|工业园区?|科技园区?|产业园区?|创业园|创意园|园区|开发区|商贸城|小商品城|商城|批发市场|市场|"
    r"有限责任公司|有限公司|公司|集团|大酒店|酒店|宾馆|饭店|医院|大学|学院|中学|小学|幼儿园|超市|银行|购物中心|商业中心|中心(?!小|幼|医|卫|校|店|路)|校区|公园|"
    r"村委会|居委会|宿舍|商务楼|科技城|电子城|食品城|轻纺城|影城|大剧院|体育馆|图书馆|车站|火车站|客运中心|加油站|派出所|服务站|"
    r"(?<=[\u4e00-\u9fff]{2})(?:苑|里弄))"
)
PLACE = re.compile(rf"[^-0-9,，()（）、/]*?{PLACE_END}(?:{HAN}?{PLACE_END})?(?!{HAN}?(?:路|街|大道|店\)))")
PART_OF_PLACE = re.compile(rf"(?:第?{N}|[A-Z]|[东西南北中]|前|后|新|老)(?:区|期|苑|园|校区|村|号?地块|组团)")
GATE_WORD = rf"(?:{FAR}{N}?|正|大|后|侧|边|前|{N}号)(?:大?门|出入?口|入口)(?:口)?"
GATE = re.compile(rf"{GATE_WORD}(?!诊|店|面|路|街|{HAN})")
GATE_FIRST = re.compile(rf"(?P<gate>(?:{FAR}{N}?|正|后|侧)大?门|大门)的?(?P<place>{HAN}{{2}}.*)")
GATE_LAST = re.compile(rf"[(（]?(?P<gate>{GATE_WORD})[)）]?$")

BLOCK = re.compile(
    rf"第?(?P<value>(?:{N}|[A-Z])(?:[-A-Z]?{N}?[A-Z]?)(?:(?:{JOIN}|(?:号楼|幢|栋|座){LIST})(?:{N}|[A-Z]))*)"
    rf"(?P<word>号楼|幢|栋|座|号院?楼|#楼|#|号馆)(?![\u4e00-\u9fff]?(?:路|街))"
)
NAMED_BLOCK = re.compile(rf"(?:{FAR}|主|副|裙|前|后)(?:楼|座|幢|栋)(?!下|上|梯|层|道)")
UNIT = re.compile(rf"第?(?P<value>{N}|[A-Z])(?:单元|梯(?!口))")
FLOOR = re.compile(
    rf"(?P<value>(?:地下|负|B|-|L|F)?(?:{N})(?:-(?:{N}))?)(?P<word>楼层|层半?|楼(?!下|上|梯|盘|宇|房|道)|F(?![A-Z0-9]))|"
    rf"(?P<named>底层|底楼|顶楼|顶层|夹层|地下室|架空层)|(?P<coded>[BLF]{N}(?:层|楼)?(?![0-9-]))"
)
ROOM = re.compile(
    rf"(?P<value>[A-Z]{{0,2}}-?(?:{N})[A-Z]?(?:[-/、,和&](?:[A-Z]?(?:{N})[A-Z]?))*|[A-Z])"
    rf"(?P<word>室|房(?!产|屋)|号房|号室|铺(?!路)|号铺位?|号商铺|号店铺|商铺|店面|号摊位|号档口|摊|铺位)"
)
LANE = re.compile(rf"(?P<value>{N}(?:-{N})*)(?P<word>支?弄)")
NUMBER = re.compile(
    rf"(?P<value>(?:{N})[A-Z]?(?:{JOIN}(?:{N}))*{ANOTHER}*)(?P<tail>[甲乙丙丁戊])?(?P<word>号院|号大院|号|#)(?P<more>(?:[-之](?:{N})(?!室|层|楼|F|幢|栋|单元|[0-9-])号?)|(?:[-]?附(?:{N})号?))?"
)
ANNEX = re.compile(rf"附(?P<value>{N})号?")
TRIPLE = re.compile(
    r"(?P<block>[0-9]{1,4}[A-Z]?|[A-Z][0-9]{0,3})[-/](?P<unit>[0-9]{1,2}|[A-Z])[-/](?P<room>[A-Z]?[0-9]{1,5}[A-Z]?)(?![0-9-])"
)
PAIR = re.compile(r"(?P<block>[0-9]{1,4}[A-Z]?|[A-Z][0-9]{0,3})[-/](?P<room>[A-Z]?[0-9]{1,5}[A-Z]?)(?![0-9-])")
DIGITS = re.compile(r"[A-Z]?[0-9]+[A-Z]?")
SPOKEN = re.compile(rf"[A-Z]?[0-9]+[A-Z]?|[{SIGNS}]{{2,}}(?!{HAN})")
PHONE = re.compile(r"[0-9]{8,}|[0-9]{3,4}-[0-9]{7,8}|1[0-9]{2}-[0-9]{4}-[0-9]{4}")

OFFSET = re.compile(
    rf"(?:以|之|约|往|向|偏|侧|边)*(?P<way>{FAR})?(?P<side>侧|边|面|方向|方|首|部)?(?:约|大约|大概|走|行|往)*(?P<far>[0-9]+(?:\.[0-9]+)?|{N})(?P<unit>公里|千米|米|M(?![A-Z]))"
    r"(?:左右|处|远)?(?:旁)?"
)
SIDE = re.compile(
    rf"(?:以|之)?(?P<way>{FAR})(?:侧|边(?!缘)|面(?!馆|店)|首|方向|方|角|端|头(?=$))(?:旁|的)?|(?:以|之)(?P<there>{FAR})"
)
BESIDE = re.compile(
    r"(?:的)?(?:正对面|斜对面|对面|对过|对门|旁边|旁侧|旁|边上|隔壁|附近|一带|周边|后面|前面|门前|门口|楼下|院内|里面|里边|内侧|中间|左边|右边|左侧|右侧|"
    r"内(?=$|[0-9)])|外(?=$)|后(?=$)|前(?=$)|近(?=[\u4e00-\u9fff]+[路街巷道]))"
)
FORMERLY = re.compile(r"(?:旧址|原址|故址|旧称|旧名|原名|曾用名|老地名)(?=$|[()（）])")
CROSSING = re.compile(
    r"(?:交叉路口|交叉口|交叉处|交叉|交汇处|交汇口|交汇|交会处|交界处|交界口|交界|交接处|相交处|相交|十字路口|丁字路口|三岔路口|路口|转角处?|拐角处?|(?:出)?口(?=$|[东西南北正斜约旁对附交(0-9]))"
)
AND = re.compile(r"[与和跟及至到、/&,，近]|靠近|临近")
STREET_END = r"(?:路|街|道|巷|弄|胡同|立交|桥(?!路))"
TWO_STREETS = re.compile(
    rf"(?P<one>{HAN}{{1,11}}{STREET_END})[/与](?P<other>{HAN}{{1,11}}?{STREET_END})(?=$|{CROSSING.pattern})"
)
NOISE = re.compile(
    r"(?:中国(?=[\u4e00-\u9fff]{2,8}[省市区])|电联|电话联系|送货上门|自取|代收|收件人?|辖区|城区|市区|NULL|NONE|号(?=$)|[-_,，、/#&+()（）的在])+|收$"
)


def _any_of(*patterns: re.Pattern[str]) -> re.Pattern[str]:
    """What the first of these matches that does; their groups lose their names, of which each may stand but once."""
    return re.compile("|".join(re.sub(r"\?P<\w+>", "?:", one.pattern) for one in patterns))


HINT = _any_of(OFFSET, CROSSING, BESIDE, SIDE, FORMERLY)
HINT_BEHIND_NAME = _any_of(BESIDE, GATE, CROSSING, OFFSET, FORMERLY)
BRACKET = re.compile(r"[(（]([^()（）]*)[)）]?")
