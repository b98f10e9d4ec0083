"""What is declared of the look: what is seen at which zoom, zones that every eye tells apart, words that contrast."""

from itertools import combinations

import pytest

from gis.codelists import shipped
from layers import registry
from layers.layer import Layer
from layers.style import Class, Style
from tests.pages.test_tokens import contrast

# Machado, Oliveira and Fernandes 2009, severity 1: what linear red, green and blue become for the eye.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
APART = 12.0  # hundredths of OKLab; two of neighbouring names in a palette are about 10 apart
GROUND = "#f4f2ec"
Triple = tuple[float, float, float]


def linear(color: str) -> Triple:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def seen(color: str, eye: str) -> Triple:
    """A colour in OKLab as an eye sees it."""
    light = linear(color)
    r, g, b = (min(1.0, max(0.0, sum(a * part for a, part in zip(row, light, strict=True)))) for row in EYES[eye])
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
    )


def apart(one: str, other: str, eye: str) -> float:
    pairs = zip(seen(one, eye), seen(other, eye), strict=True)
    return 100 * float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def by_id(layer_id: str) -> Layer:
    return next(layer for layer in registry.every() if layer.id == layer_id)


ZONES = by_id("zoning").style.classes


@pytest.mark.parametrize("eye", EYES)
def test_zones_are_told_apart_by_every_eye(eye: str) -> None:
    for one, other in combinations(ZONES, 2):
        assert apart(one.paint.stroke, other.paint.stroke, eye) >= APART, (one.title, other.title)


def test_zones_have_a_pattern_beside_the_colour() -> None:
    assert len({row.paint.dash for row in ZONES}) == len(ZONES)


PARTS = [row for row in by_id("facilities").style.classes if row.title.endswith("部件")]


def test_every_component_has_one_class_and_its_colour_is_told_apart_by_every_eye() -> None:
    kinds = [kind for row in PARTS for kind in row.values]
    assert len(PARTS) == 5
    assert (
        len(kinds) == len(set(kinds)) == sum(row.attributes.get("group") == "part" for row in shipped("facility-kind"))
    )
    for one, other in combinations(PARTS, 2):  # the glyph is the second cue
        assert min(apart(one.paint.stroke, other.paint.stroke, eye) for eye in EYES) >= 7, (one.title, other.title)
    assert min(contrast(row.paint.stroke, row.paint.fill) for row in PARTS) >= 3


def test_fences_have_a_hatch_beside_the_colour() -> None:
    hatches = [row.paint.hatch for row in by_id("fences").style.classes]
    assert len(set(hatches)) == len(hatches)


def test_works_are_hatched_and_a_closure_says_no_entry() -> None:
    works = by_id("works").style.classes
    assert {row.paint.hatch for row in works} == {"diagonal"}
    assert [row.paint.glyph for row in works if "closed" in row.values] == ["no-entry"]


def labelled() -> list[tuple[str, Style, Class]]:
    return [(layer.id, layer.style, row) for layer in registry.every() for row in layer.style.classes]


@pytest.mark.parametrize(
    ("layer_id", "style", "row"), labelled(), ids=lambda value: getattr(value, "title", "") or None
)
def test_words_can_be_read_on_their_halo_and_on_the_ground(layer_id: str, style: Style, row: Class) -> None:
    label = row.label or style.label
    if label:
        assert contrast(label.color, label.halo) >= 4.5, layer_id  # WCAG AA
        assert contrast(label.color, GROUND) >= 4.5, layer_id


def drawn(zoom: int, public: bool = True) -> set[str]:
    """``layer`` or ``layer:class`` of what residents, or staff, see at a zoom of the map; a tile of z from z + 1."""
    return {
        f"{layer.id}:{row.title}"
        for layer in registry.every()
        if layer.shown and zoom > layer.min_zoom
        for row in layer.style.seen(public=public).classes
        if zoom >= row.min_zoom
    }


def named(zoom: int) -> set[str]:
    return {
        f"{layer.id}:{row.title}"
        for layer in registry.every()
        if layer.shown and zoom > layer.min_zoom
        for row in layer.style.classes
        if (label := row.label or layer.style.label) and label.min_zoom <= zoom <= label.max_zoom
    }


# look.md: z10 districts, water, main roads, and what stands for buildings (decision 0034) · z13 street names, zones,
# green · z16 footprints, facilities, names of buildings · z18 every door, kerb and cover.
@pytest.mark.parametrize(
    ("zoom", "there", "not_there"),
    [
        (10, {"areas:区县", "water:水面", "roads:快速路、主干路"}, {"roads:支路", "facilities:公厕"}),
        (
            13,
            {"landuse:公园绿地", "roads:支路", "areas:社区"},
            {"facilities:公厕", "facilities:公用设施部件", "addresses:门牌"},
        ),
        (
            16,
            {"buildings:建筑", "facilities:公厕", "zoning:严禁区"},
            {"facilities:公用设施部件", "addresses:门牌", "zoning:严控区"},
        ),
        (17, {f"zoning:{row.title}" for row in ZONES}, {"facilities:公用设施部件"}),
        (18, {"facilities:公用设施部件", "facilities:垃圾投放点", "addresses:门牌", "roads:人行非机动"}, set()),
    ],
)
def test_what_is_drawn_at_a_zoom(zoom: int, there: set[str], not_there: set[str]) -> None:
    assert there <= drawn(zoom)
    assert not not_there & drawn(zoom)


def test_who_works_with_the_zones_sees_all_of_them_from_the_first_zoom_on() -> None:
    assert {f"zoning:{row.title}" for row in ZONES} <= drawn(by_id("zoning").min_zoom + 1, public=False)
    assert "zoning:严禁区" in drawn(by_id("zoning").min_zoom + 1)


@pytest.mark.parametrize(
    ("zoom", "there", "not_there"),
    [
        (
            10,
            {"areas:区县", "water:水面", "roads:快速路、主干路", "landuse:集镇"},
            {"areas:街道", "areas:社区", "roads:次干路", "landuse:公园绿地"},
        ),
        (
            13,
            {"roads:快速路、主干路", "water:水面", "areas:街道", "landuse:村庄"},
            {"roads:支路", "buildings:建筑", "areas:社区", "areas:区县"},
        ),
        (16, {"roads:支路", "buildings:建筑", "landuse:公园绿地", "areas:社区", "facilities:医疗"}, {"areas:区县"}),
        (18, {"addresses:门牌", "facilities:公厕", "roads:内部道路"}, {"areas:社区"}),
    ],
)
def test_what_is_named_at_a_zoom(zoom: int, there: set[str], not_there: set[str]) -> None:
    assert there <= named(zoom)
    assert not not_there & named(zoom)


def test_far_out_only_the_main_roads_are_in_the_tiles() -> None:
    thin = dict(by_id("roads").thin)
    assert "('rank__lte', 2)" in str(thin[min(thin)])
