"""`manage.py serve`: say what to open, then become Granian with one WSGI process."""

import os
import socket
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.env import ROOT

THREADS = 16  # they wait for PostgreSQL rather than compute; measured, see docs/decisions/0001


class Command(BaseCommand):
    """Replace this process by the server, so that signals reach it directly."""

    help = "启动服务器 / Run the server."

    def handle(self, *args: object, **options: object) -> None:
        """Never returns."""
        refuse_busy_port()
        self.stdout.write(welcome())
        self.stdout.flush()
        granian = str(Path(sys.executable).with_name("granian"))
        os.chdir(ROOT)
        os.execv(granian, [granian, *flags()])


def refuse_busy_port() -> None:
    """Granian tells of a taken port with a stack trace; this is the sentence instead."""
    env = settings.ENV
    with socket.socket(socket.AF_INET6 if ":" in env.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.host, env.port))
        except OSError as error:
            raise CommandError(
                f"无法使用 {env.host}:{env.port},可换端口:make run PORT=8001 / "
                f"Cannot listen on {env.host}:{env.port} ({error.strerror}); try make run PORT=8001"
            ) from None


def flags() -> list[str]:
    """Granian's command line: one process, so that one cache and one connection to the news serve everybody."""
    env = settings.ENV
    return [
        *("--interface", "wsgi", "--host", env.host, "--port", str(env.port), "--no-ws", "--http", "1"),
        *("--workers", "1", "--blocking-threads", str(THREADS), "--backlog", "2048"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "20", "--log-level", "error"),
        "config.wsgi:application",
    ]


def welcome() -> str:
    """What to open, and where the accounts and the files are."""
    env = settings.ENV
    host = f"[{env.host}]" if ":" in env.host else env.host
    lines = ["", f"  城图  http://{host}:{env.port}/map", f"  后台  http://{host}:{env.port}/admin/"]
    accounts = env.var / "secrets" / "demo-accounts.txt"
    if env.demo and accounts.is_file():
        lines.append(f"  演示账号 / demo accounts: {accounts}")
    lines.append(f"  数据 / data: {env.var}    停止 / stop: Ctrl-C, make stop")
    return "\n".join([*lines, ""])
