"""`manage.py index_places`: read anew what the index of places has not read yet, or all of it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from gis.locate.index import catch_up
from gis.locate.sources import SOURCES


class Command(BaseCommand):
    """Imports and edits keep the index by themselves; this is for after an upgrade that reads lines differently."""

    help = "更新地点索引（地址查找）/ bring the index of places up to date"

    def add_arguments(self, parser: CommandParser) -> None:
        """--all: from the beginning."""
        parser.add_argument("--all", action="store_true", help="全部重建 / every row, not only those that changed")

    def handle(self, *_: Any, **options: Any) -> None:
        """Read and say how many rows."""
        if options["all"]:
            with connection.cursor() as cursor:
                for source in SOURCES.values():
                    cursor.execute(
                        f'INSERT INTO spatial_placedue (layer, "row") SELECT %s, r.id FROM {source.table} r'
                        f" WHERE concat({source.watched}) <> '' ON CONFLICT DO NOTHING", [source.layer],
                    )  # fmt: skip
        self.stdout.write(f"{catch_up()} 行已编入索引 / rows read")
