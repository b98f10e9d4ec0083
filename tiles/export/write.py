"""A PMTiles archive of public layers: what residents see and nothing else, whole or not there at all."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import sleep
from typing import IO, Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gis.errors import Invalid
from layers import registry
from layers.layer import Layer
from layers.scope import RESIDENT
from tiles.cache import Packed
from tiles.cover import Cover
from tiles.export.shelf import Receipt, folder, named, shown
from tiles.pool import Busy
from tiles.supply import Supply
from tiles.tile import Tile

MOST = 5_000_000
"""Tiles asked for in one export: deeper or wider, and the file is no longer for a CDN."""
TRIES = 30

Told = Callable[[int], object]


def public(ids: Iterable[str]) -> tuple[Layer, ...]:
    """The layers of these ids, all public ones when there are none; NotFound for any that residents may not see."""
    wanted = sorted(set(ids))
    return tuple(registry.get(one, RESIDENT) for one in wanted) if wanted else registry.visible(RESIDENT)


def export(supply: Supply, name: str, layers: tuple[Layer, ...], cover: Cover, told: Told = lambda _: None) -> Receipt:
    """Write an archive of what residents see into ``$VAR/exports``; Invalid when that is too much or there is nothing.

    ``told`` hears how many tiles were looked at. Tiles are sorted as the format wants: by zoom, along Hilbert's curve.
    """
    layers = public(layer.id for layer in layers)  # whatever the caller believes
    if len(cover) > MOST:
        raise Invalid(f"瓦片过多（{len(cover)}）：请缩小范围。 Too many tiles ({len(cover)}): narrow box or zooms.")
    folder().mkdir(parents=True, exist_ok=True)
    part = folder() / f".{named(name)}.{os.getpid()}.part"
    try:
        with part.open("wb") as file:
            fill(file, supply, name, layers, cover, told)
            os.fsync(file.fileno())
        ids = tuple(layer.id for layer in layers)
        receipt = Receipt(name, ids, part.stat().st_size, fingerprint(part), shown(layers))
        part.rename(receipt.path)
        receipt.keep()
        return receipt
    finally:
        part.unlink(missing_ok=True)


def fill(file: IO[bytes], supply: Supply, name: str, layers: tuple[Layer, ...], cover: Cover, told: Told) -> None:
    """Write header, directories, words and tiles; Invalid when there is not one tile."""
    writer = Writer(file)
    short: Counter[str] = Counter()
    with closing(writer.tile_f):
        for number, tile in enumerate(ordered(cover), 1):
            packed = patiently(supply, layers, tile)
            if packed.gzip:
                writer.write_tile(zxy_to_tileid(tile.z, tile.x, tile.y), packed.gzip)
            short.update(filter(None, packed.cut.split(",")))
            told(number)
        if not writer.tile_entries:
            raise Invalid("范围内没有任何数据。 There is nothing within that box.")
        ids = ",".join(layer.id for layer in layers)
        described = json.loads(supply.tilejson(layers, RESIDENT, f"/tiles/{ids}"))
        writer.finalize(header(cover), metadata(described, name, short))


def ordered(cover: Cover) -> Iterable[Tile]:
    """The tiles of a cover in the archive's order."""
    for zoom in range(cover.first, cover.last + 1):
        left, right, top, bottom = cover.span(zoom)
        places = ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))
        for _, x, y in sorted((zxy_to_tileid(zoom, x, y), x, y) for x, y in places):
            yield Tile(zoom, x, y)


def patiently(supply: Supply, layers: tuple[Layer, ...], tile: Tile) -> Packed:
    """A tile, once the database has time for it."""
    for _ in range(TRIES):
        try:
            return supply.tile(layers, RESIDENT, tile)
        except Busy:
            sleep(1)
    return supply.tile(layers, RESIDENT, tile)


def header(cover: Cover) -> dict[str, Any]:
    """What the format's header says beyond what the writer knows; degrees as whole ten-millionths."""
    box = {"min_lon": cover.west, "min_lat": cover.south, "max_lon": cover.east, "max_lat": cover.north}
    middle = {"center_lon": (cover.west + cover.east) / 2, "center_lat": (cover.south + cover.north) / 2}
    whole = {f"{name}_e7": round(degrees * 10_000_000) for name, degrees in (box | middle).items()}
    return whole | {"tile_type": TileType.MVT, "tile_compression": Compression.GZIP, "center_zoom": cover.first}


def metadata(described: dict[str, Any], name: str, short: Mapping[str, int]) -> dict[str, Any]:
    """The archive's own words: those of the TileJSON of the same layers, and of which layers how many tiles do not hold
    all (``tiles.budget``)."""
    kept = {key: described[key] for key in ("vector_layers", "attribution")}
    return {
        "name": name, "description": described["name"], "type": "overlay", "format": "pbf",
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"), "cut": dict(short), **kept,
    }  # fmt: skip


def fingerprint(path: Path) -> str:
    """Twenty hexadecimal signs of a file's contents."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()[:20]
