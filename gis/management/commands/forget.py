"""`manage.py forget <source>`: everything that one source brought taken out again, after a look at what that is."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from data.town import plan, registers
from gis.errors import ChengtuError
from gis.ingest import subjects
from gis.ingest.forget import Farewell, forget, survey
from gis.models import Address


class Command(BaseCommand):
    """Lists, asks, deletes; CommandError, nothing deleted, where kept records or other rows depend on the source."""

    help = "删除一个来源的全部数据 / take everything of one source out again"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options, as docs/data.md describes them."""
        parser.add_argument("source", help="数据来源 the name of the source, as imported")
        parser.add_argument("--subject", action="append", metavar="主题", help="只删除这个主题 only this subject")
        parser.add_argument("--yes", action="store_true", help="不再询问 do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what would go, have it confirmed, let it go."""
        source = options["source"]
        if source == plan.SOURCE and not options["subject"]:
            there = Address.objects.filter(source__in=registers.SOURCES.values())
            for beside in there.order_by().values_list("source", flat=True).distinct():
                self.handle(source=beside, subject=None, yes=options["yes"])
        try:
            names = options["subject"] or [*subjects.BROUGHT]
            chosen = [subjects.BROUGHT.get(name) or subjects.get(name) for name in names]
            found = survey(source, chosen, invented=source in (plan.SOURCE, *registers.SOURCES.values()))
            self.stdout.write(account(found))
            if not found.against and not options["yes"] and not confirmed(source):
                raise CommandError("未确认，没有删除任何行。 Not confirmed; nothing was deleted.")
            count = forget(found)
        except ChengtuError as error:
            raise CommandError(f"✗ {error}") from error
        self.stdout.write(f"已删除 {count} 行。 Deleted {count} rows.")


def account(found: Farewell) -> str:
    """What would be deleted, a line a table."""
    counts = found.counts().items()
    lines = [f"  {model._meta.verbose_name} {model.__name__}: {count}" for model, count in counts]
    for name, left in found.emptied():
        if count := left.count():
            lines.append(f"  {left.model._meta.verbose_name}: {count} 行将失去 rows lose their {name}")
    return "\n".join([f"来源 source: {found.source}", *lines])


def confirmed(source: str) -> bool:
    """Whether the person at the keyboard types the source's name; no keyboard is no."""
    try:
        return input(f"确认删除请输入来源名称 type the source's name to delete [{source}]: ").strip() == source
    except EOFError:
        return False
