"""What people look for and what a city maintains: services at their places, components along the kerbs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from shapely import LineString, Point, STRtree, union_all
from shapely.geometry.base import BaseGeometry

from data.town import plan
from data.town.houses import House
from data.town.layout import Block, Layout, inner
from data.town.plane import Thing
from data.town.streets import HALF_WIDTH_M, Edge

EDITION = "GB/T 30428.2-2013"
CLASSES = {  # kind of facility → class of component in this edition
    "toilet": "0301", "bin": "0305", "collection-point": "0304", "bus-stop": "0204", "parking": "0201",
    "bicycle-parking": "0225", "charging": "0154", "lamp": "0137", "manhole": "0102", "bench": "0407",
    "power-box": "0128", "street-sign": "0212",
}  # fmt: skip
WASTE = ("可回收物", "有害垃圾", "厨余垃圾", "其他垃圾")
DAILY = {"rules": [{"hours": ["06:00-22:00"]}]}
ALWAYS = {"rules": [{"hours": ["00:00-24:00"]}]}
MARKET = {"rules": [{"hours": ["05:30-18:30"]}]}
OFFICE = {"rules": [{"days": ["Mo", "Tu", "We", "Th", "Fr"], "hours": ["09:00-12:00", "13:30-17:00"]}]}
Found = tuple[str, str, Point, dict[str, Any]]

PLACES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "云汀人民医院": ("hospital", "", {"phone": "000-0000-0120", "hours": ALWAYS, "capacity": 320}),
    "云汀实验小学": ("school", "", {"capacity": 960}),
    "听澜中学": ("school", "", {"capacity": 1500}),
    "桑园幼儿园": ("kindergarten", "", {"capacity": 240}),
    "盐埠市场": ("market", "", {"hours": MARKET, "capacity": 180}),
    "听澜街道办事处": ("government", "", {"hours": OFFICE, "phone": "000-0000-0001"}),
    "云汀百货": ("mall", "", {"hours": {"rules": [{"hours": ["10:00-21:30"]}]}}),
    "听澜宾馆": ("hotel", "", {"phone": "000-0000-0800"}),
    "东渡停车场": ("parking", "", {"hours": ALWAYS, "capacity": 210}),
    "莲塘公园": ("park", "", {"hours": DAILY}),
    "南园": ("park", "", {"hours": DAILY}),
    "东渡绿苑": ("park", "", {"hours": ALWAYS}),
}
ALONG: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("supermarket", ("示例超市桑园店", "示例超市南园店", "示例超市石埠店")),
    (
        "restaurant",
        ("渡口面馆", "莲塘小馆", "盐埠酒家", "枕河茶餐厅", "采莲菜馆", "石埠饭店", "南园食府", "听雨楼", "北环饺子馆"),
    ),
    ("cafe", ("望江咖啡", "橹声茶馆", "半日闲茶铺")),
    ("pharmacy", ("仁里药房", "南园药房", "东渡药房", "桑园药房")),
    ("clinic", ("桑园社区卫生站", "盐埠社区卫生站", "渡南社区卫生站")),
    ("bank", ("示例银行云汀支行", "示例银行南园支行", "示例银行东渡支行")),
    ("police", ("听澜派出所",)),
    ("fire-station", ("云汀消防站",)),
    ("community-centre", ("桑园社区服务中心", "盐埠社区服务中心", "渡南社区服务中心")),
    ("library", ("云汀图书馆",)),
    ("museum", ("渡口往事馆",)),
    ("market", ("渡南菜场", "桑园便民市场")),
    ("charging", ("东渡充电站", "北环充电站", "南环充电站")),
    ("rest-station", ("望江爱心驿站", "南园爱心驿站")),
    (
        "shop",
        ("竹器铺", "灯笼铺", "石埠五金", "采莲文具", "南园花店", "听澜书店", "北环便利店", "菱塘便利店", "东渡便利店"),
    ),
)


def facility_things(layout: Layout, houses: list[House], nodes: list[Thing], rng: Random) -> list[Thing]:
    """Every facility; those with a class of component get their 16 digits, numbered within the class."""
    counter: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    found = []
    for kind, name, spot, more in everything(layout, houses, nodes, rng):
        kinds[kind] += 1
        properties = {"kind": kind, "name": name, "state": "intact", **more}
        properties.setdefault("class_code", CLASSES.get(kind, ""))
        if properties["class_code"]:
            counter[properties["class_code"]] += 1
            code = f"{plan.DISTRICT}{properties['class_code']}{counter[properties['class_code']]:06d}"
            properties |= {"code": code, "edition": EDITION, "owner": "示例市容管理所"}
        found.append(Thing(f"facility-{kind}-{kinds[kind]:04d}", spot, properties))
    return found


def everything(layout: Layout, houses: list[House], nodes: list[Thing], rng: Random) -> Iterator[Found]:
    """One kind after the other."""
    yield from at_places(layout.blocks)
    yield from trades(layout, houses, rng)
    yield from toilets(layout)
    yield from bus_stops(layout)
    yield from bins(layout, rng)
    yield from covers(nodes, rng)
    yield from lamps(layout, rng)
    yield from plates(houses)
    yield from benches(layout, rng)


def at_places(blocks: list[Block]) -> Iterator[Found]:
    """The named places of the plan."""
    seen = set()
    for block in sorted(blocks, key=lambda block: -block.shape.area):
        if block.name in PLACES and block.name not in seen:
            seen.add(block.name)
            kind, _, more = PLACES[block.name]
            yield kind, block.name, block.shape.representative_point(), more


def trades(layout: Layout, houses: list[House], rng: Random) -> Iterator[Found]:
    """Shops and services: on the street their name speaks of, else in the old town, each in a house of its own."""
    houses = [house for house in houses if house.use in ("retail", "mixed", "commercial", "residential")]
    fronts = [house for house in houses if house.road]
    rng.shuffle(fronts)
    taken: set[str] = set()
    index = STRtree([house.shape for house in houses])
    for kind, names in ALONG:
        for name in names:
            free = (house for house in [*fitting(name, layout, houses, index), *fronts] if house.code not in taken)
            house = next(free)
            taken.add(house.code)
            yield kind, name, house.shape.representative_point(), {"address": house.address}


def fitting(name: str, layout: Layout, houses: list[House], index: STRtree) -> list[House]:
    """The houses beside the street whose name a name holds, those nearest to the middle of the town first."""
    lines = [edge.line for edge in layout.named if len(edge.street.name) > 2 and edge.street.name[:2] in name]
    if not lines:
        return []
    middle = Point(plan.MIDDLE)
    near = [houses[int(number)] for number in index.query(union_all(lines), predicate="dwithin", distance=32)]
    return sorted(near, key=lambda house: (house.shape.distance(middle), house.code))[::5]


def kerb(line: BaseGeometry, at: float, aside: float) -> Point:
    """A point beside a line, left for positive distances."""
    shifted = line.offset_curve(aside) if isinstance(line, LineString) else line
    share = at / line.length
    return shifted.interpolate(share, normalized=True) if not shifted.is_empty else line.interpolate(at)


def edges_by(layout: Layout, ranks: tuple[int, ...], longer: float) -> list[Edge]:
    """Edges of these ranks on land."""
    return [
        edge for edge in layout.named
        if edge.street.rank in ranks and edge.line.length > longer and not edge.line.intersects(layout.river)
    ]  # fmt: skip


def spread(edges: Iterable[Edge], apart: float) -> Iterator[Edge]:
    """Edges whose middles keep a distance from each other."""
    kept: list[Point] = []
    for edge in edges:
        middle = edge.line.interpolate(0.5, normalized=True)
        if all(middle.distance(other) > apart for other in kept):
            kept.append(middle)
            yield edge


def toilets(layout: Layout) -> Iterator[Found]:
    """Public toilets a short walk apart; those of main streets never close."""
    for edge in spread(edges_by(layout, (2, 3, 4), 70), 380):
        spot = kerb(edge.line, edge.line.length / 2, HALF_WIDTH_M[edge.street.rank] + 3)
        if inner(spot) and not layout.water.contains(spot):
            hours = ALWAYS if edge.street.rank == 2 else DAILY
            more = {"hours": hours, "capacity": 8, "address": edge.street.name, "phone": "000-0000-0310"}
            yield "toilet", f"{edge.street.name}公厕", spot, more


def bus_stops(layout: Layout) -> Iterator[Found]:
    """Pairs of stops on main streets, a little past each other."""
    for number, edge in enumerate(spread(edges_by(layout, (2, 3), 110), 380)):
        crossed = (
            other.street.name
            for other in layout.named
            if other.street.name not in ("", edge.street.name) and other.line.distance(edge.line) < 1
        )
        name = edge.street.name + next(crossed, "")
        for side, at in ((1, 0.35), (-1, 0.65)):
            spot = kerb(edge.line, edge.line.length * at, side * (HALF_WIDTH_M[edge.street.rank] - 1))
            yield "bus-stop", name, spot, {"extra": {"lines": [f"示例{number % 6 + 1}路", f"示例{number % 4 + 7}路"]}}


def bins(layout: Layout, rng: Random) -> Iterator[Found]:
    """Stations of four bins, one a kind of waste, in estates and beside main streets."""
    estates = [block for block in layout.blocks if block.kind == "residential" and block.shape.area > 6000]
    for block in rng.sample(estates, 15):
        middle = block.shape.boundary.interpolate(rng.random(), normalized=True)
        for number, waste in enumerate(WASTE):
            spot = Point(middle.x + number * 1.4, middle.y)
            yield "bin", "", spot, {"address": block.name, "extra": {"waste": waste, "litres": 240}}
    for edge in spread(edges_by(layout, (2, 3), 60), 420):
        spot = kerb(edge.line, 20, HALF_WIDTH_M[edge.street.rank] - 2)
        yield "collection-point", f"{edge.street.name}垃圾收集点", spot, {"hours": DAILY, "address": edge.street.name}


def covers(nodes: list[Thing], rng: Random) -> Iterator[Found]:
    """Covers over the wells of the drains, some damaged; their class tells whose they are."""
    classes = {"YS": "0103", "WS": "0102", "JP": "0101"}
    wells = [node for node in nodes if node.properties["appendage"] and node.properties["小类"] in classes]
    for node in wells[::6]:
        state = "damaged" if rng.random() < 0.04 else "intact"
        more = {
            "class_code": classes[node.properties["小类"]],
            "state": state,
            "extra": {"node": node.properties["code"]},
        }
        yield "manhole", "", Point(node.shape.x, node.shape.y), more


def lamps(layout: Layout, rng: Random) -> Iterator[Found]:
    """Lamps along arterial streets, on both sides in turn."""
    for edge in edges_by(layout, (2,), 40):
        for number in range(int(edge.line.length / 75)):
            side = 1 if number % 2 else -1
            spot = kerb(edge.line, 37 + number * 75, side * (HALF_WIDTH_M[2] - 1.5))
            yield "lamp", "", spot, {"state": "damaged" if rng.random() < 0.02 else "intact"}


def plates(houses: list[House]) -> Iterator[Found]:
    """QR plates at every sixth numbered door."""
    for house in [house for house in houses if house.road][::6]:
        spot = house.shape.exterior.interpolate(0.02, normalized=True)
        yield "qr-plate", "", spot, {"address": house.address, "extra": {"building": house.code}}


def benches(layout: Layout, rng: Random) -> Iterator[Found]:
    """Benches and cabinets along the promenades."""
    for edge in layout.edges:
        if edge.street.rank != 7 or edge.line.length < 60:
            continue
        for number in range(min(4, int(edge.line.length / 140))):
            spot = kerb(edge.line, 40 + number * 140, 2.5)
            if not layout.water.contains(spot):
                yield "bench", "", spot, {"capacity": rng.choice((3, 4))}
