"""Heights as light and shade: slopes by Horn's formula (Hill Shading and the Reflectance Map, 1981), a sun in the
north-west, and colours by height for who wants them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

AZIMUTH, ALTITUDE = math.radians(315), math.radians(45)
RAMP = ((46, 125, 91), (156, 185, 106), (232, 220, 166), (200, 155, 106), (143, 107, 82), (246, 244, 240))
"""From the lowest to the highest."""
SOFT = 0.55
"""How much of a colour is left in full shade."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def shade(heights: Floats, valid: NDArray[np.bool_], metres: NDArray[Any]) -> Bytes:
    """Brightness 0 to 255 of all but the outermost pixels; ``metres`` is how wide a pixel of each of those rows is.

    A neighbour that is not known counts as high as the pixel itself.
    """
    middle = heights[1:-1, 1:-1]
    around = {
        (down, across): np.where(_part(valid, down, across), _part(heights, down, across), middle)
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
    }
    eight = 8 * metres.astype(np.float32)[:, None]
    east = sum(weight * (around[row, 1] - around[row, -1]) for row, weight in ((-1, 1), (0, 2), (1, 1))) / eight
    south = sum(weight * (around[1, col] - around[-1, col]) for col, weight in ((-1, 1), (0, 2), (1, 1))) / eight
    # The light on a surface is the cosine between its normal (-east, south, 1) and the direction of the sun.
    sun_east, sun_north = math.sin(AZIMUTH) * math.cos(ALTITUDE), math.cos(AZIMUTH) * math.cos(ALTITUDE)
    light = (sun_north * south - sun_east * east + math.sin(ALTITUDE)) / np.sqrt(1 + east**2 + south**2)
    bright: Bytes = np.rint(255 * np.clip(light, 0, 1)).astype(np.uint8)
    return bright


def coloured(heights: Floats, bright: Bytes, lowest: float, highest: float) -> Bytes:
    """Red, green and blue by height between two heights, darker in the shade; (row, column, 3)."""
    share = np.clip((heights - lowest) / max(highest - lowest, 1e-6), 0, 1)
    stops = np.linspace(0, 1, len(RAMP))
    light = SOFT + (1 - SOFT) * bright / 255
    bands = [np.interp(share, stops, band) * light for band in zip(*RAMP, strict=True)]
    colours: Bytes = np.rint(np.stack(bands, -1)).astype(np.uint8)
    return colours


def _part(values: NDArray[Any], down: int, across: int) -> NDArray[Any]:
    height, width = values.shape
    return values[1 + down : height - 1 + down, 1 + across : width - 1 + across]
