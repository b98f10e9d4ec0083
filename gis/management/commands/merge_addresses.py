"""`manage.py merge_addresses`: registers of several offices brought together, the doubtful left to people."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from gis.merging import merge_addresses


class Command(BaseCommand):
    """Can be run as often as one likes; what people decided stays. The import page has it done after every import of
    addresses, ``/checks/addresses`` when asked."""

    help = "合并多个来源的地址，存疑者列入待定。 Join addresses of several registers; the doubtful are queued."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and say what came of it."""
        done = merge_addresses()
        self.stdout.write(
            f"{done.addresses} 条地址：{done.copies} 条归并（规则确认 {done.same} 对），存疑 {done.doubtful} 对，"
            f"见 /checks/addresses。 {done.addresses} addresses: {done.copies} joined to another ({done.same} pairs by "
            f"rule), {done.doubtful} pairs to be decided at /checks/addresses."
        )
