"""`manage.py serve`: say what to open, then become Granian with one process, forked with all that it needs."""

import gc
import os
import socket
from importlib import import_module

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.urls import get_resolver
from granian.cli import cli

from config import servers
from config.crew import MOST_WAITING
from config.env import NAMES, ROOT
from config.spelling import misspelt

APPLICATION = "config.rsgi:application"


class Command(BaseCommand):
    """Make this process the server, so that signals reach it directly."""

    help = "启动服务器 / Run the server."
    requires_system_checks: list[str] = []  # `prepare` made them; they import all that the server will import again

    def add_arguments(self, parser: CommandParser) -> None:
        """For `make run`, which asks before it prepares anything."""
        parser.add_argument("--check-port", action="store_true", help="只检查端口 / only see that the port is free")

    def handle(self, *args: object, **options: object) -> None:
        """Ends with the server, unless only the port was asked about."""
        for sentence in misspelt(os.environ, NAMES):
            self.stderr.write(sentence)
        refuse_busy_port()
        if options["check_port"]:
            return
        self.stdout.write(welcome())
        self.stdout.flush()
        os.chdir(ROOT)
        servers.mark(settings.VAR, settings.ENV.port)
        become(APPLICATION)


def become(application: str, *more: str) -> None:
    """Be Granian before an application until it is stopped."""
    prepare_workers(application)
    cli([*flags(), *more, application], prog_name="granian", auto_envvar_prefix="GRANIAN")


def prepare_workers(application: str) -> None:
    """Import what a worker needs before it is forked: the next one, when this one was killed, is there at once."""
    import_module(application.partition(":")[0])
    get_resolver().url_patterns  # noqa: B018  imports the views
    connections.close_all()  # a connection belongs to one process
    gc.collect()
    gc.freeze()  # the collector would write to each of these objects, and each process have a copy of its own


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
        *("--interface", "rsgi", "--host", env.host, "--port", str(env.port), "--no-ws", "--http", "1"),
        *("--workers", "1", "--loop", "uvloop", "--backlog", "2048", "--backpressure", str(MOST_WAITING)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "20", "--log-level", "error"),
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
