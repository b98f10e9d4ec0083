"""The tokens of the style sheet: text can be read by day and by night (WCAG 2, AA), and both have the same names."""

import re
from itertools import product
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"
SHEET = (FRONTEND / "static" / "frontend" / "city.css").read_text(encoding="utf-8")
TEXT, EDGE = 4.5, 3.0
GROUNDS = ("paper", "ground", "sunk")
PAIRS = [
    *((ink, ground, TEXT) for ink, ground in product(("ink", "ink-2"), GROUNDS)),
    *((ink, ground, TEXT) for ink, ground in product(("accent", "warn", "danger", "good"), ("paper", "sunk"))),
    *((kind, f"{kind}-soft", TEXT) for kind in ("accent", "warn", "danger", "good")),
    *(("ink", f"{kind}-soft", TEXT) for kind in ("accent", "warn", "danger", "good")),
    ("ink-2", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("paper", "ink", TEXT),
    ("edge", "paper", EDGE),
    ("here", "ground", EDGE),
]


def tokens(selector: str) -> dict[str, str]:
    block = SHEET.partition(f"{selector} {{")[2].partition("\n}")[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})\b", block))


THEMES = {"light": tokens(":root, :root[data-theme]"), "dark": tokens(':root[data-theme="dark"]')}


def luminance(color: str) -> float:
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_it_can_be_read(theme: str, ink: str, ground: str, least: float) -> None:
    colours = THEMES[theme]
    assert contrast(colours[ink], colours[ground]) >= least


def test_night_has_every_colour_that_day_has() -> None:
    assert THEMES["light"].keys() == THEMES["dark"].keys()


def test_below_the_tokens_no_colour_is_named_that_a_token_has() -> None:
    """The map's shadows and the paper that is printed on are what they are by day and by night."""
    rules = SHEET.partition("/* ---- ground")[2].partition("@media print")[0]
    assert set(re.findall(r"#[0-9a-f]{6}\b", rules)) <= {"#ffffff"}


def test_one_sheet_dresses_every_page() -> None:
    """What comes with vendored libraries apart: no second sheet, none written into a page or made by a script."""
    own = [path for path in FRONTEND.glob("static/frontend/**/*") if path.is_file()]
    assert [path.name for path in own if path.suffix == ".css"] == ["city.css"]
    pages = [*FRONTEND.glob("templates/**/*.html"), *(path for path in own if path.suffix == ".js")]
    assert len(pages) > 80
    another = re.compile(r'<style|rel: "stylesheet"')
    assert [path.name for path in pages if another.search(path.read_text(encoding="utf-8"))] == []
