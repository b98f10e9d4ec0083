"""`manage.py serve`: say what to open, then become Granian with one process, forked with all that it needs."""

import ctypes
import gc
import os
import socket
from importlib import import_module
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.urls import get_resolver
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from config import servers
from config.at_once import answer_at_once
from config.crew import MOST_WAITING
from config.env import NAMES, ROOT
from config.spelling import misspelt

APPLICATION = "config.rsgi:application"
M_ARENA_MAX, ARENAS = -8, 2
SHORT_S = 0.5
"""A worker that lived for less may never live: the next one is begun after as long."""


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


class Lasting(MPServer):
    """Granian that never gives up: it ends itself where two workers die within 5.5 s, as when memory runs out."""

    def _respawn_workers(self, workers: list[int], *given: Any, **more: Any) -> None:
        if any(monotonic() - self.wrks[number].birth < SHORT_S for number in workers):
            sleep(SHORT_S)
        super()._respawn_workers(workers, *given, **more)
        self.respawned_wrks.clear()  # by what is in here it knows the second


def become(application: str) -> None:
    """Be Granian before an application until it is stopped."""
    prepare_workers(application)
    module, _, name = application.partition(":")
    given = getattr(import_module(module), name)
    if hasattr(given, "at_once"):
        answer_at_once(given)
    Lasting(application, **choices()).serve()


def prepare_workers(application: str) -> None:
    """Import what a worker needs before it is forked: the next one, when this one was killed, is there at once."""
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)  # glibc gives each of 32 threads one, and keeps in it what was freed
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


def choices() -> dict[str, Any]:
    """What Granian is told: one process, so that one cache and one connection to the news serve everybody."""
    env = settings.ENV
    return {
        "address": env.host,
        "port": env.port,
        "interface": Interfaces.RSGI,
        "websockets": False,
        "http": HTTPModes.http1,
        "http1_settings": HTTP1Settings(),
        "workers": 1,
        "loop": Loops.uvloop,
        "backlog": 2048,
        "backpressure": MOST_WAITING,
        "respawn_failed_workers": True,
        "workers_kill_timeout": 20,
        "log_level": LogLevels.error,
    }


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
