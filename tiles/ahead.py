"""Tiles made before somebody asks, through a running server into its caches; and taken back, everywhere at once."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from time import sleep

from django.db import connection, transaction

from gis.errors import Invalid, NotFound
from gis.models import Area, Coarse
from layers import registry
from layers.layer import Layer
from layers.scope import RESIDENT
from tiles.cover import Cover
from tiles.generations import PURGED
from tiles.supply import Supply
from tiles.tile import HALF_WORLD_M, MAX_ZOOM

TRIES = 10
SECONDS = 60
Degrees = tuple[float, float, float, float]


def zooms(text: str) -> tuple[int, int]:
    """Read "12" or "10-16"; Invalid for anything else."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise Invalid(f"级别应如 10-16：{text}。 Zooms are written like 10-16: {text}.")
    return int(first), int(last or first)


def box_of(supply: Supply, layers: tuple[Layer, ...], bbox: str, area: str) -> Degrees:
    """The box named, or that of an area by its code, or that of all rows; degrees. Invalid or NotFound without one."""
    if bbox:
        try:
            west, south, east, north = (float(part) for part in bbox.split(","))
        except ValueError:
            raise Invalid(f"范围应为 西,南,东,北：{bbox}。 A box is west,south,east,north: {bbox}.") from None
        return west, south, east, north
    if area:
        found = Area.objects.filter(code=area).first()
        if found is None:
            raise NotFound(f"没有代码为 {area} 的区划。 There is no area with the code {area}.")
        west, south, east, north = found.geom.extent
        return west, south, east, north
    told = json.loads(supply.tilejson(layers, RESIDENT, "/tiles/x"))
    if "bounds" not in told:
        raise Invalid("这些图层没有数据。 There is nothing in these layers.")
    west, south, east, north = told["bounds"]
    return west, south, east, north


def seed(server: str, layers: tuple[Layer, ...], cover: Cover, told: Callable[[int], object]) -> tuple[int, int]:
    """Ask a server for every tile of a cover, one after the other; how many there were, and how many were empty.

    Invalid when it does not answer. A busy one is given the time it asks for.
    """
    ids, made, empty = ",".join(layer.id for layer in layers), 0, 0
    for number, tile in enumerate(cover.tiles(), 1):
        status = asked(f"{server.rstrip('/')}/tiles/{ids}/{tile.z}/{tile.x}/{tile.y}.mvt")
        made, empty = made + (status == 200), empty + (status == 204)
        told(number)
    return made, empty


def asked(url: str) -> int:
    """The status of a GET, after as many tries as it takes a busy server; Invalid when nobody answers."""
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            if refused.code != 503:
                raise Invalid(
                    f"服务器回答 {refused.code}：{url}。 The server answered {refused.code}: {url}."
                ) from None
            sleep(float(refused.headers.get("Retry-After") or 2))
        except OSError as away:
            raise Invalid(f"无法访问 {url}（{away}）。 {url} does not answer ({away}).") from None
    raise Invalid(f"服务器一直繁忙：{url}。 The server stays busy: {url}.")


def purge(ids: Iterable[str], box: Degrees | None, depth: tuple[int, int] | None = None) -> list[str]:
    """Tell the news that the tiles of layers, of all layers without ids, are to be cut anew within a box in degrees, or
    everywhere, from a zoom to another, or at all: every server, and every cache that goes by the news, takes them for
    old. Returns the layers' titles.

    What stands for rows far out is one table for all layers; nothing is gathered anew for it.
    """
    wanted = set(ids)
    layers = [layer for layer in registry.every() if not wanted or layer.id in wanted]
    if unknown := wanted - {layer.id for layer in layers}:
        raise NotFound(f"没有图层 {'、'.join(sorted(unknown))}。 No such layer: {', '.join(sorted(unknown))}.")
    tables = {layer.model._meta.db_table for layer in layers}
    if any(layer.coarse for layer in layers):
        tables.add(Coarse._meta.db_table)
    if depth and not depth[0] <= depth[1] <= MAX_ZOOM:
        raise Invalid(f"级别为 0 至 {MAX_ZOOM}。 Zooms are from 0 to {MAX_ZOOM}, the lesser first.")
    zooms = f"{depth[0]}-{depth[1]} " if depth else ""
    corners = [[edge] for edge in metres(box)] if box else [None] * 4
    with transaction.atomic(), connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(
                "SELECT spatial_note(%s, %s, %s::float8[], %s::float8[], %s::float8[], %s::float8[])",
                [PURGED + zooms + table, box is None, *corners],
            )
    return [layer.title for layer in layers]


def metres(box: Degrees) -> Degrees:
    """A box of degrees in metres of EPSG:3857."""
    west, south, east, north = box
    low, high = (math.asinh(math.tan(math.radians(max(-85.05, min(85.05, lat))))) for lat in (south, north))
    share = HALF_WORLD_M / math.pi
    return math.radians(west) * share, low * share, math.radians(east) * share, high * share
