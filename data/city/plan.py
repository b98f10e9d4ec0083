"""How large the sheets are, where they lie, and the syllables of which their names are made."""

from __future__ import annotations

from dataclasses import dataclass

SURVEYED = "2025-05-20"
CRS = "EPSG:4549"  # CGCS2000, three degrees around 120° E: what a survey office would hand over
MIDDLE = (519_000.0, 3_452_000.0)  # easting, northing: open water of a large lake


@dataclass(frozen=True, slots=True)
class Size:
    """A sheet of `cells` × `cells` large blocks; `areas` districts, street offices in each, communities in each."""

    title: str
    prefix: str
    cells: int
    areas: tuple[int, int, int]
    core: float  # share of the half width that is densely built
    wells: float  # share of the half width under which mains are known

    @property
    def source(self) -> str:
        """What its rows say of their origin."""
        return f"{self.title}(虚构)"


SIZES = {
    "trial": Size("云汀试验田", "9901", 3, (1, 1, 2), 0.9, 0.9),
    "district": Size("云汀试验区", "9902", 20, (1, 8, 8), 0.92, 0.5),
    "city": Size("云汀市", "9903", 62, (8, 8, 8), 0.9, 0.35),
}

FRONT = "云澜听采望枕临怀知秋晴松竹兰荷菱芦桂梅杏槐柳稻麦渔帆橹鸥鹭石青麻砖木斜方圆双永宁太平安乐长庆福和同仁义礼智信"
BACK = "汀溪浦埠渡桥湾塘洲渚岸泽川源泉岭岗坡坪田园圃林苑庭亭台阁楼堂坊里巷井闸堰坝滩湖汇津"
ESTATE_ENDINGS = ("苑", "花园", "新村", "家园", "小区", "里")


def names(count: int, start: int = 0) -> list[str]:
    """`count` different names of two syllables, and of three when those are used up."""
    pairs = len(FRONT) * len(BACK)
    made = []
    for number in range(start, start + count):
        step = (number * 7919) % pairs  # a prime far from both lengths: neighbours do not share syllables
        name = FRONT[step // len(BACK)] + BACK[step % len(BACK)]
        lap = number // pairs
        made.append(name if not lap else name + BACK[(step + lap) % len(BACK)])
    return made
