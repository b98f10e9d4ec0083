"""`manage.py settings`: what this installation runs with, as a table; secrets are masked."""

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Print the environment as it was understood."""

    help = "打印当前配置(密钥已遮盖) / Print the settings in force, secrets masked."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """Write the table."""
        self.stdout.write(settings.ENV.table())
