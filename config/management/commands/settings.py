"""`manage.py settings`: what this installation runs with, as a table; secrets are masked."""

import os

from django.conf import settings
from django.core.management.base import BaseCommand

from config.env import NAMES
from config.spelling import misspelt


class Command(BaseCommand):
    """Print the environment as it was understood."""

    help = "打印当前配置(密钥已遮盖) / Print the settings in force, secrets masked."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """Write the table."""
        self.stdout.write(settings.ENV.table())
        for sentence in misspelt(os.environ, NAMES):
            self.stderr.write(sentence)
