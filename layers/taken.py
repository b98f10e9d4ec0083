"""What leaves in bulk: a file of what is guarded covers only so much ground, and who takes flats home is kept."""

from __future__ import annotations

import math

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.db.models import Extent

from gis.errors import Invalid
from layers.inquiry import TAKEN, Reader, keep
from layers.layer import Layer, Rows
from layers.models import Inquiry

KM = 111.32
"""Of a degree, along the equator."""
MANY = 100
"""Rows of a page; with more of them it is as good as a file."""


def bound(layer: Layer, rows: Rows) -> None:
    """``Invalid`` where the rows of what is guarded reach over more ground than one file may."""
    box = rows.aggregate(box=Extent(layer.geometry))["box"] if layer.guarded else None
    if box is None:
        return
    west, south, east, north = box
    km2 = (east - west) * (north - south) * KM**2 * math.cos(math.radians((south + north) / 2))
    if km2 > settings.EXPORT_KM2:
        raise Invalid(
            f"{layer.title}的范围约 {km2:.0f} 平方公里，一份文件不超过 {settings.EXPORT_KM2} 平方公里，请用 bbox 分片"
            f" / {layer.id} reach over {km2:.0f} km², a file over {settings.EXPORT_KM2} at most: take less by bbox"
        )


def keep_taken(layer: Layer, reader: Reader, question: str, rows: Rows) -> Inquiry | None:
    """Keep who took how many rows that tell of a flat; doors are everybody's, and residents are told of no flat."""
    if layer.personal is None or not isinstance(reader, User):
        return None
    taken = layer.model._default_manager.filter(layer.personal, pk__in=rows.values("pk")).count()
    return keep(layer, reader, TAKEN, question, taken) if taken else None
