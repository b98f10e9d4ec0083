"""`manage.py import_queue [lane]`: do what people ordered at /import, one thing after the other."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import servers
from gis.ingest import desk, queue
from gis.locate import index


class Command(BaseCommand):
    """The server starts it when there is something to do; an operator may keep it running instead."""

    help = "处理网页导入的队列。 Work on the queue of the import page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The lane, and whether to end when it is empty."""
        parser.add_argument("lane", choices=sorted(queue.LANES), help="look 查看文件 · load 导入")
        parser.add_argument("--until-idle", action="store_true", help="空闲后退出 end when idle for a while")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until idle, or until told to stop; SIGTERM rolls back what is under way."""
        signal.signal(signal.SIGTERM, leave)
        servers.mark(settings.VAR, f"import-{options['lane']}")  # so that `stop` ends it with the server
        os.nice(10)  # people look at the map meanwhile
        patience, server = (queue.IDLE_S, os.getppid()) if options["until_idle"] else (float("inf"), None)
        queue.work(options["lane"], desk.do, patience, lambda: server in (None, os.getppid()))
        index.catch_up()  # what a large import left


def leave(_number: int, _frame: FrameType | None) -> None:
    """End as if by `exit`, so that every `finally` is passed."""
    sys.exit(0)
