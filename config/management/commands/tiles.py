"""`manage.py tiles seed|purge|export`: tiles made ahead, taken back, or written into one file for a CDN."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gis.errors import ChengtuError
from layers.layer import Layer
from tiles import ahead
from tiles.cover import Cover
from tiles.export.write import export, public
from tiles.pool import Pool
from tiles.supply import Supply

STEP = 500
ZOOMS = "0-14"


class Command(BaseCommand):
    """What is seeded or exported is what residents see; nobody else's tiles are made ahead."""

    help = "预制、作废、导出瓦片 / Make tiles ahead, take them back, or export them as PMTiles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, of which layers, where, and how deep."""
        parser.add_argument("do", choices=("seed", "purge", "export"))
        parser.add_argument("name", nargs="?", default="city", help="导出文件名 / name of the export")
        parser.add_argument("--layers", default="", help="图层,以逗号分隔,默认全部公开图层 / default: all public ones")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--bbox", default="", help="西,南,东,北 / west,south,east,north in degrees")
        where.add_argument("--area", default="", help="区划代码 / code of an area")
        parser.add_argument("--zoom", default="", help=f"级别,默认 {ZOOMS},作废默认各级 / zooms; purge: all")
        parser.add_argument("--server", default="", help="运行中的服务器 / a running server, for seed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; a message in a sentence when it cannot be done."""
        supply = Supply(Pool())
        try:
            self.do(supply, options)
        except ChengtuError as error:
            raise CommandError(str(error)) from None
        finally:
            supply.forget()

    def do(self, supply: Supply, options: dict[str, Any]) -> None:
        """Find out of what and where, then do it."""
        ids = [one for one in options["layers"].split(",") if one]
        if options["do"] == "purge":
            within = options["bbox"], options["area"]
            box = ahead.box_of(supply, (), *within) if any(within) else None
            names = ahead.purge(ids, box, ahead.zooms(options["zoom"]) if options["zoom"] else None)
            self.stdout.write(f"已作废 / taken back: {'、'.join(names)}")
            return
        layers = public(ids)
        box = ahead.box_of(supply, layers, options["bbox"], options["area"])
        cover = Cover(*box, *ahead.zooms(options["zoom"] or ZOOMS))
        self.stdout.write(f"{len(cover)} 张瓦片 / tiles")
        if options["do"] == "export":
            self.export(supply, options["name"], layers, cover)
            return
        env = settings.ENV
        server = options["server"] or f"http://{env.host}:{env.port}"
        seeded, empty = ahead.seed(server, layers, cover, self.told(len(cover)))
        self.stdout.write(f"预制 {seeded},空 {empty} / {seeded} made, {empty} empty")

    def export(self, supply: Supply, name: str, layers: tuple[Layer, ...], cover: Cover) -> None:
        """Write an archive and say where it is."""
        receipt = export(supply, name, layers, cover, self.told(len(cover)))
        self.stdout.write(f"{receipt.path}  {receipt.size / 1e6:.1f} MB  /tiles/export/{name}.pmtiles")

    def told(self, count: int) -> Any:
        """Tell of every few hundred tiles."""
        return lambda done: self.stdout.write(f"  {done}/{count}") if done % STEP == 0 else None
