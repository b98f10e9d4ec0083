"""`manage.py undo <run>`: a whole import taken back, or a plain account of what stands against it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gis.errors import ChengtuError
from gis.ingest.undo import Reversal, survey, undo
from gis.models import ImportRun

WORDS = {
    "deleted": "行删除 rows deleted",
    "restored": "行恢复原状 rows put back",
    "gone": "行此前已删除 rows gone before",
    "closed": "条记录关闭 records closed",
    "reopened": "条记录重新记录 records recorded anew",
}
LISTED = 10


class Command(BaseCommand):
    """Without a number it lists the last imports; with one it undoes that import, or says why it cannot."""

    help = "撤销一次导入。 Undo a whole import."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options, as docs/data.md describes them."""
        parser.add_argument(
            "run", nargs="?", type=int, help="导入编号，省略则列出最近的导入 its number; without, a list"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="只查看，不撤销 say what would happen, change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """List, survey or undo; CommandError with every sentence that stands against it."""
        if options["run"] is None:
            for run in ImportRun.objects.order_by("-pk")[:LISTED]:
                self.stdout.write(line(run))
            return
        try:
            run = ImportRun.objects.get(pk=options["run"])
            found = survey(run) if options["dry_run"] else undo(run)
        except ImportRun.DoesNotExist as error:
            raise CommandError(f"没有导入 № {options['run']}。 There is no import № {options['run']}.") from error
        except ChengtuError as error:
            raise CommandError(f"✗ {error}") from error
        if found.against:
            raise CommandError("✗ " + "\n".join(found.against))
        self.stdout.write(account(found, options["dry_run"]))


def line(run: ImportRun) -> str:
    """An import in a line."""
    undone = "  已撤销 undone" if run.undone_at else ""
    return f"№ {run.pk}  {run.at:%Y-%m-%d %H:%M}  {run.subject}  {run.source}  +{run.added} ~{run.changed}{undone}"


def account(found: Reversal, dry_run: bool) -> str:
    """What an undo does or did, Chinese first."""
    title = "试运行，未撤销 DRY RUN, nothing undone" if dry_run else "已撤销 undone"
    said = "，".join(f"{count} {WORDS[name]}" for name, count in found.counts.items() if count)
    return f"{title}: {line(found.run)}: {said}"
