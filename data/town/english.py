"""What the invented places are called in English: the kind of place in words, what it is called after by its sound."""

from __future__ import annotations

import re
from functools import cache

from data.town import sketch
from gis.locate.spelling import pinyin

KINDS = (  # the longest first: what a name ends in, and the English that takes its place
    ("社区服务中心", "Community Service Centre"), ("社区卫生站", "Community Clinic"),
    ("垃圾收集点", "Waste Collection Point"), ("微花园", "Micro-garden"), ("街道办事处", "Street Office"),
    ("湿地公园", "Wetland Park"),
    ("人民医院", "People's Hospital"), ("便民市场", "Convenience Market"), ("农贸市场", "Farmers' Market"),
    ("实验小学", "Experimental Primary School"), ("生活广场", "Plaza"), ("体育中心", "Sports Centre"),
    ("体育场", "Stadium"), ("行政中心", "Administration Centre"), ("爱心驿站", "Rest Station"),
    ("大酒店", "Grand Hotel"), ("步行桥", "Footbridge"), ("环路", "Loop Road"), ("步道", "Walk"),
    ("中医院", "Chinese Medicine Hospital"), ("门诊楼", "Outpatient Building"), ("住院部", "Inpatient Building"),
    ("医技楼", "Medical Technology Building"), ("急诊楼", "Emergency Building"),
    ("感染楼", "Infectious Diseases Building"), ("教学楼", "Teaching Building"), ("办公楼", "Offices"),
    ("体育馆", "Gymnasium"), ("主楼", "Main Building"), ("公示牌", "Notice Board"), ("便利店", "Convenience Store"),
    ("派出所", "Police Station"), ("消防站", "Fire Station"), ("图书馆", "Library"), ("大剧院", "Grand Theatre"),
    ("往事馆", "Museum of Old Days"), ("加油站", "Petrol Station"), ("充电站", "Charging Station"),
    ("回收站", "Recycling Station"), ("幼儿园", "Kindergarten"), ("停车场", "Car Park"), ("万汇城", "Wanhui Mall"),
    ("饺子馆", "Dumpling House"), ("茶餐厅", "Tea Restaurant"), ("健身点", "Fitness Spot"),
    ("旧书集", "Old Book Fair"), ("农夫集", "Farmers' Fair"), ("周末集", "Weekend Fair"), ("瓜果点", "Fruit Stand"),
    ("公园", "Park"), ("公厕", "Public Toilet"), ("市场", "Market"), ("菜场", "Food Market"),
    ("早市", "Morning Market"), ("夜市", "Night Market"), ("晚市", "Evening Market"), ("小学", "Primary School"),
    ("中学", "Middle School"), ("学院", "College"), ("药房", "Pharmacy"), ("邮局", "Post Office"), ("宾馆", "Hotel"),
    ("百货", "Department Store"), ("快餐", "Fast Food"), ("咖啡", "Coffee"), ("茶馆", "Teahouse"),
    ("茶座", "Tea Garden"), ("茶铺", "Tea Shop"), ("书店", "Bookshop"), ("书屋", "Bookshop"), ("花店", "Florist"),
    ("五金", "Hardware"), ("文具", "Stationery"), ("果铺", "Fruit Shop"), ("面馆", "Noodle House"), ("小馆", "Bistro"),
    ("酒家", "Restaurant"), ("菜馆", "Restaurant"), ("饭店", "Restaurant"), ("食府", "Restaurant"),
    ("饭庄", "Restaurant"), ("酒楼", "Restaurant"), ("渔家", "Fish Restaurant"), ("人家", "Kitchen"),
    ("小厨", "Kitchen"), ("铁路", "Railway"), ("绿苑", "Green"), ("亭", "Pavilion"), ("商务中心", "Business Centre"),
    ("污水处理厂", "Sewage Works"), ("气体厂", "Gas Works"), ("产业园", "Business Park"),
    ("工业园", "Industrial Park"), ("科技园", "Science Park"), ("物流园", "Logistics Park"),
    ("金融港", "Financial Harbour"), ("国际", "International"), ("大厦", "Tower"), ("广场", "Square"),
    ("小区", "Estate"), ("家园", "Estate"), ("新村", "New Village"), ("花园", "Gardens"), ("站", "Station"),
    ("大门", "Gate"), ("北门", "North Gate"),
    ("集", "Fair"), ("铺", "Shop"), ("山", "Hill"), ("街道", "Subdistrict"), ("镇", "Town"),
    ("社区", "Community"), ("区", "District"), ("公路", "Highway"), ("高速", "Expressway"), ("绿带", "Green"),
    ("在建工地", "Building Site"), ("村", "Village"), ("名邸", "Residence"), ("苑", "Court"),
)  # fmt: skip
WHOLE = {
    "可回收物": "Recyclables", "有害垃圾": "Hazardous Waste", "厨余垃圾": "Kitchen Waste",
    "其他垃圾": "Residual Waste", "站前停车场": "Station Front Car Park", "南园": "Nanyuan Garden",
    "望江亭": "Wangjiang Pavilion", "芦汀湖": "Luting Lake", "望江亭亭": "Wangjiang Pavilion",
    "云汀区行政中心": "Yunting District Administration Centre", "云汀河": "Yunting River", "盐埠港": "Yanbu Canal",
    "菱溪": "Lingxi Creek", "莲塘": "Liantang Pond", "云汀大湖": "Yunting Great Lake", "北岸绿带": "North Bank Green",
    "南岸绿带": "South Bank Green", "渡口老街": "Dukou Old Street",
    "站前广场": "Station Front Square", "市民广场": "Civic Square", "南园新村": "Nanyuan New Village",
    "松鹤园": "Songhe Garden", "桑榆园": "Sangyu Garden", "橘颂园": "Jusong Garden", "锦帆园": "Jinfan Garden",
    "北外环公路": "North Outer Ring Highway", "南外环公路": "South Outer Ring Highway",
    "北环公路": "North Ring Highway", "环城南公路": "South Ring Highway", "环汀高速": "Yunting Ring Expressway",
    "环湖公路": "Lake Shore Highway",
}  # fmt: skip
RULED = (  # fences and works: what holds there, said of what
    ("周边禁摆区", "No Vending near {}"), ("消防通道", "{} Fire Lane"), ("校园安全区", "{} Safe Zone"),
    ("非机动车停放区", "{} Bicycle Parking"), ("商圈", "{} Shopping Quarter"), ("灯会活动区", "{} Lantern Fair"),
    ("活动区", "{} Event Area"),
    ("便民疏导区", "{} Vending Area"), ("疏导区", "{} Vending Area"), ("周边停车区", "Parking near {}"),
    ("临时停车区", "{} Temporary Parking"), ("门前禁停区", "No Parking before {}"), ("禁停区", "{} No Parking"),
    ("工地围挡", "{} Hoarding"), ("沿街摊点", "{} Street Stalls"),
    ("雨水管清淤改造", "{} Storm Drain Renewal"), ("路面整修", "{} Resurfacing"),
    ("供水管抢修", "{} Water Main Repair"),
    ("端午龙舟赛交通管制", "{} Closed for the Dragon Boat Race"), ("外墙修缮围挡", "{} Façade Scaffold"),
    ("信号灯杆迁移", "{} Signal Pole Moved"), ("燃气主管更换", "{} Gas Main Renewal"),
    ("云汀桥桥面维修", "{} Bridge Deck Repair"), ("沥青摊铺", "{} Asphalt Paving"),
    ("沿街立面改造", "{} Façade Renewal"), ("地铁勘探钻孔", "{} Metro Test Drilling"),
    ("污水支管接驳", "{} Sewer Connection"), ("古树支护", "{} Old Tree Support"),
    ("周末步行街", "{} Weekend Walking Street"),
    ("综合管廊二期", "{} Utility Tunnel, Phase 2"), ("铁路道口改造", "{} Level Crossing Renewal"),
    ("人行道翻修", "{} Pavement Renewal"), ("迎新跑步活动", "{} New Year Run"),
    ("通信管道扩容", "{} Telecom Duct Works"), ("绿化移栽", "{} Tree Moving"),
)  # fmt: skip
STATED = {"(草案)": " (draft)", "(送审)": " (in review)"}
WAYS = {"路": "Road", "街": "Street", "巷": "Lane", "大道": "Avenue"}
READINGS = {"长": "chang", "行": "hang"}  # of signs that are read in two ways, the one that is meant here
CHAINS = {"示例超市": "Sample Supermarket", "示例快餐": "Sample Fast Food", "示例银行": "Sample Bank"}
NUMBERED = re.compile(r"(?P<of>.+)第(?P<number>[一二三四五六七八九十])公厕")
STALL = re.compile(r"(?P<market>.+?)(?P<number>\d+)号摊位")
BRANCH = re.compile(rf"(?P<chain>{'|'.join(CHAINS)})(?P<at>.+?)(?:支行|店)")
GRID = re.compile(r"(?P<of>.+)第(?P<number>\d)网格")
CROSSING = re.compile(r"(?P<one>.+)与(?P<other>.+)路口")
CAMERA = re.compile(r"(?P<one>.+)与(?P<other>.+)路口(?P<number>\d)号球机")


@cache
def english(name: str) -> str:
    """Return the English of a name; nothing of no name."""
    if not name or name in WHOLE:
        return WHOLE.get(name, "")
    return _streets().get(name) or _ruled(name) or _counted(name) or _crossing(name) or _of_kind(name)


@cache
def _streets() -> dict[str, str]:
    return {avenue.name: avenue.name_en for avenue in sketch.AVENUES}


def _ruled(name: str) -> str:
    """What a fence or a permit is called: after its place, with the state of a plan."""
    bare, mark, inside = name.partition("(")
    for ending, told in RULED:
        if bare.endswith(ending) and bare != ending:
            number = re.search(r"\d+", inside)
            more = STATED.get(mark + inside, f" ({number[0]} at the Peak)" if number else "")
            return told.format(english(bare.removesuffix(ending))) + more
    return ""


def _counted(name: str) -> str:
    """The second toilet of a street, a stall of a market, a branch of a chain, a camera of a crossing."""
    if found := NUMBERED.fullmatch(name):
        return f"{english(found['of'])} Public Toilet {'一二三四五六七八九十'.index(found['number']) + 1}"
    if found := STALL.fullmatch(name):
        return f"{english(found['market'])} Stall {found['number']}"
    if found := BRANCH.fullmatch(name):
        return f"{CHAINS[found['chain']]}, {spelt(found['at'])}"
    if found := GRID.fullmatch(name):
        return f"{spelt(found['of'])} Grid {found['number']}"
    if found := CROSSING.fullmatch(name):
        return f"{english(found['one'])} / {english(found['other'])}"
    if found := CAMERA.fullmatch(name):
        return f"{english(found['one'])} / {english(found['other'])} Camera {found['number']}"
    return ""


def _crossing(name: str) -> str:
    """A stop is called after its street and the one that meets it."""
    for street, told in _streets().items():
        other = name.removeprefix(street)
        if other != name and other[-1:] in "路街巷道":
            return f"{told} / {english(other)}"
    return ""


def _of_kind(name: str) -> str:
    for ending, kind in KINDS:
        if name.endswith(ending) and name != ending:
            return f"{_before(name.removesuffix(ending))} {kind}"
    for ending, way in WAYS.items():
        if name.endswith(ending):
            return f"{spelt(name.removesuffix(ending))} {way}"
    return spelt(name)


def _before(name: str) -> str:
    """What a place is called after may be a street or a place itself."""
    kind = name in WHOLE or name[-1:] in WAYS or any(name.endswith(ending) and name != ending for ending, _ in KINDS)
    return english(name) if kind else spelt(name)


def spelt(name: str) -> str:
    """How a name sounds: Sangyuan."""
    return "".join(READINGS.get(sign) or pinyin(sign) for sign in name).capitalize()
