"""`manage.py generalise`: what far-out tiles draw in place of single rows, made from all rows."""

from __future__ import annotations

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers import registry
from tiles.coarse.keeping import catch_up


class Command(BaseCommand):
    """Bring stored generalisations up to date, or make them anew."""

    help = "更新小比例尺的概括图形 / Bring the generalised shapes of low zooms up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which layers, and how thoroughly."""
        parser.add_argument("--layer", action="append", help="图层,可多次 / a layer; may be repeated")
        parser.add_argument("--all", action="store_true", help="全部重做 / make everything anew")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say how long it took."""
        known = {layer.id: layer for layer in registry.every() if layer.coarse}
        wanted = options["layer"] or list(known)
        if unknown := [name for name in wanted if name not in known]:
            raise CommandError(f"没有概括的图层 {'、'.join(unknown)} (nothing is generalised of: {', '.join(unknown)})")
        for name in wanted:
            began = monotonic()
            changed = catch_up([known[name]], anew=options["all"])
            said = "更新 / updated" if changed else "无变化 / unchanged"
            self.stdout.write(f"{known[name].title} {name}: {said}, {monotonic() - began:.1f} s")
