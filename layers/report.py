"""Telling the city of a problem with a place: who answers for it, and a sentence that names it and no other.

Nothing is taken or kept: whoever tells calls the city's number or hands the sentence on. It says of the place what its
reader may see, and of whom it belongs to the office or the body, never a person.
"""

from __future__ import annotations

from typing import Any

from layers.items import CODES

LOCAL = 2
"""How many of the areas around a place are named, the smallest: the street's office and the community's."""
BODIES = ("builder", "owner")
"""Facts that name a body which answers for a thing."""
CODED = frozenset(code.replace("__", "_") for code in CODES)
AREAS, GRIDS = "areas", "grids"

Json = dict[str, Any]


def report(card: Json, link: str, hotline: str) -> Json:
    """Return who answers for the place of a card, the number to call, and the sentence to tell it by."""
    return {
        "responsible": [*_bodies(card), *_offices(card)],
        "hotline": hotline,
        "text": _sentence(card, link),
        "text_en": _sentence_en(card, link),
    }


def _bodies(card: Json) -> list[Json]:
    said = ("title", "title_en", "value", "value_en")
    return [{key: row[key] for key in said} for row in card["rows"] if row["key"] in BODIES]


def _offices(card: Json) -> list[Json]:
    """The smallest areas that hold the place, itself if it is one, and its grid."""
    chain = [*card["within"], card]
    grids = [part for part in chain if part["layer"] == GRIDS][-1:]
    named = (("属地", "Local office", _areas(chain)), ("责任网格", "Unit grid", grids))
    return [
        {"title": zh, "title_en": en, "value": _named(parts), "value_en": _named(parts, english=True)}
        for zh, en, parts in named
        if parts
    ]


def _areas(chain: list[Json]) -> list[Json]:
    return [part for part in chain if part["layer"] == AREAS][-LOCAL:]


def _named(parts: list[Json], english: bool = False) -> str:
    return " · ".join((english and part["title_en"]) or part["title"] for part in parts)


def _sentence(card: Json, link: str) -> str:
    what = [card["layer_title"], *(f"{row['title']} {row['value']}" for row in _codes(card))]
    north, east = "北纬" if card["lat"] >= 0 else "南纬", "东经" if card["lon"] >= 0 else "西经"
    at = f"{north} {abs(card['lat']):.5f}°、{east} {abs(card['lon']):.5f}°（CGCS2000）"
    named = f"{card['title']}（{'，'.join(what)}）"
    return f"问题地点：{'，'.join(filter(None, (named, _named(_areas(card['within'])), at)))}\n{link}\n问题："


def _sentence_en(card: Json, link: str) -> str:
    what = [card["layer_title_en"], *(f"{row['title_en']} {row['value']}" for row in _codes(card))]
    at = f"{abs(card['lat']):.5f}° {'N' if card['lat'] >= 0 else 'S'}"
    at += f" {abs(card['lon']):.5f}° {'E' if card['lon'] >= 0 else 'W'} (CGCS2000)"
    named = f"{card['title_en'] or card['title']} ({', '.join(what)})"
    areas = _named(_areas(card["within"]), english=True)
    return f"Place: {', '.join(filter(None, (named, areas, at)))}\n{link}\nProblem: "


def _codes(card: Json) -> list[Json]:
    return [row for row in card["rows"] if row["key"] in CODED and row["value"] != card["title"]]
