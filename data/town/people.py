"""Who answers for what: twenty-seven departments and nine inspectors of six grids, all invented."""

from __future__ import annotations

from collections.abc import Iterator

from data.town.plane import Thing
from data.town.rules import called

BUREAU, DISTRICT, STREET, COMPANY, COMMUNITY = "监督指挥机构", "区级部门", "街道科所", "专业公司", "社区"
# name, kind, duties; what stands under another department follows it and is indented by a blank
DEPARTMENTS = (
    ("云汀区城市管理指挥中心", BUREAU, "受理、派遣、督办与考核"),
    (" 监督科", BUREAU, "监督员管理与核查"),
    (" 指挥科", BUREAU, "派遣与协调"),
    ("云汀区城市管理局", DISTRICT, "市容、户外广告、占道经营、渣土"),
    (" 综合执法大队", DISTRICT, "执法与劝导"),
    (" 市容管理科", DISTRICT, "门前责任、分区与市场"),
    (" 环卫管理所", DISTRICT, "清扫保洁、公厕与垃圾分类"),
    (" 市政管理处", DISTRICT, "道路、桥梁、雨污水管"),
    (" 园林绿化所", DISTRICT, "公园与行道树"),
    ("云汀区公安分局", DISTRICT, "交通秩序与停车"),
    (" 交通警察大队", DISTRICT, "信号、标志与占道审批会签"),
    ("云汀区住房和建设局", DISTRICT, "工地、物业与房屋安全"),
    ("云汀区交通运输局", DISTRICT, "公交站与公路"),
    ("云汀区水务局", DISTRICT, "河道、排水与防汛"),
    ("云汀区生态环境局", DISTRICT, "油烟、噪声与扬尘"),
    ("云汀区市场监督管理局", DISTRICT, "市场与食品"),
    ("云汀区应急管理局", DISTRICT, "突发事件与避难场所"),
    ("云汀区消防救援大队", DISTRICT, "消防通道"),
    ("听澜街道办事处", STREET, "属地兜底"),
    (" 桑园社区居委会", COMMUNITY, "社区事务"),
    (" 盐埠社区居委会", COMMUNITY, "社区事务"),
    (" 渡南社区居委会", COMMUNITY, "社区事务"),
    ("示例供水公司", COMPANY, "给水管线与阀门井"),
    ("示例燃气公司", COMPANY, "燃气管线与调压箱"),
    ("示例供电公司", COMPANY, "电力管线与箱变"),
    ("示例通信公司", COMPANY, "通信管线与交接箱"),
    ("示例热力公司", COMPANY, "热力管线"),
)
SHIFTS = ("早班", "晚班")


def departments() -> Iterator[tuple[str, str, str, str, str, str]]:
    """Code, name, kind, code of the one above or blank, service line, duties; those above come first."""
    above = ("", "")
    for number, (name, kind, duties) in enumerate(DEPARTMENTS, 1):
        code = f"BM-{number:02d}"
        own, over = name.strip(), above if name.startswith(" ") else ("", "")
        if not name.startswith(" "):
            above = (code, name)
        full = over[1] + own if kind in (BUREAU, DISTRICT) else own
        yield code, full, kind, over[0], f"000-0000-03{number:02d}", duties


def inspectors(grids: list[Thing]) -> Iterator[tuple[str, str, str, str]]:
    """Code of the grid, invented name, phone, shift: two shifts in every other grid, one in the rest."""
    person = 0
    for number, grid in enumerate(grids):
        for shift in SHIFTS if number % 2 == 0 else ("全天",):
            person += 1
            yield str(grid.properties["code"]), called(40 + person), f"000-0000-{1100 + person}", shift
