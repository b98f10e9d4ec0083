"""Which class of the legend values are of; values as JSON text, because truth and numbers are values too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from layers.style import Style
from tiles.coarse.store import Values


def class_of(style: Style, text: str) -> int:
    """The place in the legend of a value; the number of classes when none takes it."""
    value = json.loads(text)
    rest = len(style.classes)
    for index, row in enumerate(style.classes):
        if value in row.values and value is not None:
            return index
        if not row.values:
            rest = index
    return rest


def leading(style: Style, tally: Mapping[str, int]) -> str:
    """The most frequent value of the most frequent class."""
    sums: Counter[int] = Counter()
    for text, number in tally.items():
        sums[class_of(style, text)] += number
    first = min(sums, key=lambda index: (-sums[index], index))
    return min((text for text in tally if class_of(style, text) == first), key=lambda text: (-tally[text], text))


def painted(style: Style, text: str) -> Values:
    """The properties by which the style paints a value."""
    value = json.loads(text)
    return {style.by: value} if style.by and value is not None else {}
