"""Where exported archives lie, each with a receipt: which public layers are in it, how long it is, and its fingerprint.

Only what has a receipt that fits is ever handed out, and only while all its layers are public and declare to residents
what they declared when it was written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings

from gis.errors import Invalid, NotFound
from layers import registry
from layers.layer import Layer
from layers.scope import RESIDENT
from tiles.statement import holdings

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What ``export`` wrote; the fingerprint is part of the archive's file name, so that the two change in one step.
    ``shown`` stands for what the layers told residents then."""

    name: str
    layers: tuple[str, ...]
    size: int
    digest: str
    shown: str

    @property
    def path(self) -> Path:
        """Where the archive is."""
        return folder() / f"{self.name}.{self.digest}.pmtiles"

    def keep(self) -> None:
        """Take the place of an earlier receipt of this name, then drop what that one stood for."""
        part = folder() / f".{self.name}.{os.getpid()}.json.part"
        part.write_text(json.dumps(asdict(self)), encoding="utf-8")
        part.rename(folder() / f"{self.name}.json")
        for older in folder().glob(f"{self.name}.*.pmtiles"):
            if older != self.path:
                older.unlink(missing_ok=True)


def folder() -> Path:
    """The shelf."""
    return Path(settings.VAR) / "exports"


def named(name: str) -> str:
    """A name that an archive may have; Invalid for any other."""
    if not _NAME.fullmatch(name):
        said = name[:80]
        raise Invalid(f"名称只能是小写字母、数字和连字符：{said}。 A name is small letters, digits, hyphens: {said}.")
    return name


def found(name: str) -> Receipt:
    """The receipt of an archive that may be handed out; NotFound for every other file and name."""
    try:
        told = json.loads((folder() / f"{named(name)}.json").read_text(encoding="utf-8"))
        receipt = Receipt(name, tuple(told["layers"]), int(told["size"]), str(told["digest"]), str(told["shown"]))
        path = receipt.path
        whole = path.is_file() and not path.is_symlink() and path.stat().st_size == receipt.size
    except (Invalid, OSError, ValueError, KeyError, TypeError):
        raise NotFound(f"没有导出文件「{name[:80]}」 (no such export)") from None
    if not whole or not receipt.layers:
        raise NotFound(f"没有导出文件「{name[:80]}」 (no such export)")
    if shown([registry.get(layer, RESIDENT) for layer in receipt.layers]) != receipt.shown:
        raise NotFound(f"「{name}」是旧声明下导出的，请重新导出 (exported under an older declaration; export it again)")
    return receipt


def shown(layers: Sequence[Layer]) -> str:
    """A fingerprint of the fields and the choice of rows that layers show to residents, the same in every process."""
    told = [_declared(layer) for layer in sorted(layers, key=lambda layer: layer.id)]
    return blake2b(repr(told).encode(), digest_size=10).hexdigest()


@lru_cache(maxsize=256)
def _declared(layer: Layer) -> tuple[object, ...]:
    rows = holdings(layer, RESIDENT)
    return layer.id, tuple(field.key for field in layer.tile_fields(RESIDENT)), rows.sql, rows.constants
