"""`manage.py load_codes [FOLDER]`: put the code lists and code patterns that ship into the database.

Run it as often as you like: it adds what is new, corrects what differs, leaves alone what is equal, and never
deletes, for a code may be in use and a city may have added its own. A pattern the city changed is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from gis.codelists import SHIPPED, CodeRow, read_folder
from gis.codes import CodeScheme
from gis.errors import Invalid
from gis.models import Code, CodePattern

KEY = ("list", "edition", "code")
REST = ("parent", "name", "name_en", "symbol", "color", "attributes")


class Command(BaseCommand):
    """Load the lists; report added, changed and unchanged."""

    help = "载入代码表与编码规则 / load the code lists and code patterns that ship"

    def add_arguments(self, parser: CommandParser) -> None:
        """One optional folder of CSV files."""
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED, help="CSV 目录 / folder of CSV files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything first, so that a fault in any file changes nothing."""
        try:
            rows, schemes = read_folder(options["folder"])
        except Invalid as wrong:
            raise CommandError(str(wrong)) from wrong
        missing = {Code._meta.db_table, CodePattern._meta.db_table} - set(connection.introspection.table_names())
        if missing:
            names = "、".join(sorted(missing))
            raise CommandError(
                f"数据库缺少表 {names}，请先运行 migrate / tables are missing ({names}): run migrate first"
            )
        with transaction.atomic():
            added, changed, kept = store(rows)
            patterns = store_patterns(schemes)
        equal = len(rows) - added - changed
        self.stdout.write(
            f"代码：新增 {added}，更改 {changed}，未变 {equal}，库中另有 {kept}；编码规则：新增 {patterns}"
            f" / codes: {added} added, {changed} changed, {equal} unchanged, {kept} others kept;"
            f" patterns: {patterns} added"
        )


def store(rows: Sequence[CodeRow]) -> tuple[int, int, int]:
    """Insert or correct the rows; returns how many were added, changed, and how many others the table holds."""
    known = {(code.list, code.edition, code.code): code for code in Code.objects.all()}
    added = [row for row in rows if row.key not in known]
    changed = [row for row in rows if row.key in known and _rest(row) != _rest(known[row.key])]
    Code.objects.bulk_create(
        [Code(**dict(zip(KEY, row.key, strict=True)), **_rest(row)) for row in (*added, *changed)],
        batch_size=500,
        update_conflicts=True,
        unique_fields=KEY,
        update_fields=REST,
    )
    return len(added), len(changed), len(known.keys() - {row.key for row in rows})


def store_patterns(schemes: Sequence[CodeScheme]) -> int:
    """Insert the patterns the city has not set; returns how many."""
    known = set(CodePattern.objects.values_list("scheme", flat=True))
    new = [scheme for scheme in schemes if scheme.name not in known]
    CodePattern.objects.bulk_create(
        CodePattern(scheme=scheme.name, pattern=scheme.pattern, title=scheme.title, title_en=scheme.title_en)
        for scheme in new
    )
    return len(new)


def _rest(row: CodeRow | Code) -> dict[str, Any]:
    return {name: getattr(row, name) for name in REST}
