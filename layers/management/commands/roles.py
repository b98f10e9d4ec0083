"""`manage.py roles`: the four staff groups with their permissions, after every migration that brings new tables."""

from typing import Any

from django.core.management.base import BaseCommand

from layers.roles import grant


class Command(BaseCommand):
    """Run it as often as you like; it only adds."""

    help = "建立工作人员组及其权限 / make the staff groups and their permissions"

    def handle(self, *args: Any, **options: Any) -> None:
        """Grant what is missing and say how much that was."""
        added = grant()
        self.stdout.write(
            f"工作人员组已就绪，新增权限 {added} 项。 The staff groups are ready; {added} permissions added."
        )
