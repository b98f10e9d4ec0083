"""`manage.py stop`: end the servers that run on this VAR, or say which one goes on."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import servers


class Command(BaseCommand):
    """End what `manage.py serve` began; the database is another matter (`python -m config.cluster stop`)."""

    help = "停止服务器 / Stop the server."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """CommandError names the process that still runs."""
        found = servers.running(settings.VAR)
        try:
            left = servers.stop(settings.VAR)
        except PermissionError:
            left = servers.running(settings.VAR)
        if left:
            numbers = ", ".join(map(str, left))
            raise CommandError(f"服务器仍在运行,进程号 {numbers} / The server still runs, process {numbers}.")
        self.stdout.write("服务器已停止 / server stopped" if found else "服务器未在运行 / no server was running")
