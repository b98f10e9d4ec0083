"""The look of the map in a browser: words that do not collide, surfaces named once, numbers for crowds, the night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import PHONE, WIDE, Visit, until
from tests.pages.test_map import colours, paints

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
PLACE = "/31.27000/120.03000"

# The library keeps what it placed in an index; the page hides it, so the test takes hold of the layer as it is made.
HOLD = """
  let library;
  Object.defineProperty(window, "protomapsL", { configurable: true, get: () => library, set(value) {
    const make = value.leafletLayer;
    library = { ...value, leafletLayer: (...options) => (window.held = make(...options)) };
  } });
"""
PLACED = """() => {
  const zoom = Math.round(held._map.getZoom());
  const index = held.labelers.getIndex(zoom);
  const labels = new Set(index.tree.all().map((entry) => entry.indexedLabel));
  const { min, max } = held._map.getPixelBounds();
  return [...labels].map(({ anchor: { x, y }, bboxes, deduplicationKey }) => ({ key: deduplicationKey ?? "", x, y,
    boxes: bboxes.map((box) => [box.minX, box.minY, box.maxX, box.maxY]) }))
    .filter(({ x, y }) => x > min.x && x < max.x && y > min.y && y < max.y);
}"""
LETTERED = """() => Object.values(held._tiles).every(({ coords: { x, y, z } }) =>
  held.labelers.getIndex(z)?.has(`${x}:${y}:${z - 1}:`))"""
Label = dict[str, Any]


def look(visit: Visit, path: str) -> Page:
    visit.page.add_init_script(HOLD)
    return visit.open(path)


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether two boxes share more than a hair."""
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.01 and min(one[3], other[3]) - max(one[1], other[1]) > 0.01


@pytest.mark.parametrize("zoom", [13, 15, 16, 18])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "desk"])
def test_no_two_labels_collide_and_each_surface_is_named_once(visit: Begin, size: tuple[int, int], zoom: int) -> None:
    labels: list[Label] = look(visit(size), f"/map#{zoom}.00{PLACE}").evaluate(PLACED)
    assert len(labels) > 3
    boxes = sorted((box, number) for number, label in enumerate(labels) for box in label["boxes"])
    hits = []
    for at, (box, number) in enumerate(boxes):
        for other, second in boxes[at + 1 :]:
            if other[0] >= box[2]:
                break
            if number != second and overlap(box, other):
                hits.append((labels[number]["key"], labels[second]["key"]))
    assert hits == []
    named = Counter(label["key"] for label in labels if label["key"].endswith(":words"))
    assert [key for key, times in named.items() if times > 1] == []


def test_a_street_is_named_again_only_far_away(visit: Begin) -> None:
    page = look(visit(WIDE), f"/map#16.00{PLACE}")
    labels: list[Label] = page.evaluate(PLACED)
    streets: dict[str, list[Label]] = {}
    for label in labels:
        if label["key"].startswith("roads:"):
            streets.setdefault(label["key"], []).append(label)
    assert len(streets) > 5
    for same in streets.values():
        for at, one in enumerate(same):
            for other in same[at + 1 :]:
                assert ((one["x"] - other["x"]) ** 2 + (one["y"] - other["y"]) ** 2) ** 0.5 >= 200
    page.set_viewport_size({"width": 2560, "height": 1440})  # the library would remember the words of 16 tiles
    until(page, "Object.keys(held._tiles).length > 20")
    until(page, LETTERED)


def test_in_english_words_on_the_map_are_english_where_there_is_any(visit: Begin) -> None:
    labels: list[Label] = look(visit(), f"/map?lang=en#16.00{PLACE}").evaluate(PLACED)
    streets = {label["key"].removeprefix("roads:") for label in labels if label["key"].startswith("roads:")}
    assert "Yunting Avenue" in streets
    assert all(name.isascii() for name in streets)


def test_points_that_stand_together_are_one_with_a_number_when_seen_from_afar(visit: Begin) -> None:
    page = look(visit(), f"/map?on=facilities#14.00{PLACE}")
    far = [label for label in page.evaluate(PLACED) if label["key"].startswith("facilities:")]
    numbers = page.evaluate("""() => {
      const said = [];
      const canvas = document.createElement("canvas").getContext("2d");
      const context = new Proxy(canvas, {
        get: (of, name) => name === "fillText" ? (text) => said.push(text)
          : typeof of[name] === "function" ? of[name].bind(of) : of[name],
        set: (of, name, value) => ((of[name] = value), true),
      });
      for (const { indexedLabel } of held.labelers.getIndex(14).tree.all()) indexedLabel.draw(context);
      return said.filter((text) => /^[0-9]+$/.test(text)).map(Number);
    }""")
    assert far
    assert numbers
    assert min(numbers) >= 2


def test_the_night_is_painted_and_the_switch_repaints_map_and_legend(visit: Begin) -> None:
    view = visit(color_scheme="dark")
    page = view.open(f"/map#16.00{PLACE}")
    night = colours(page)
    expect(page.locator("[data-layer=zoning] .far small")).to_have_text(["放大到 17 级可见"] * 2)  # as is drawn
    assert not {"#b9d8e8", "#fff4d6", "#dcead0"} & night
    legend = "document.querySelector('canvas.swatch').toDataURL()"
    before = page.evaluate(legend)
    page.select_option("#theme", "light")
    view.settle()
    page.wait_for_timeout(400)
    view.settle()
    paints(page, "#b9d8e8", "#fff4d6")
    assert page.evaluate(legend) != before
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 242, 236)"
    tall = "document.querySelector('.preferences .button').offsetHeight"
    assert page.evaluate(tall) == 36
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(tall) == 44, "for a thumb"
