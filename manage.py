#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.env import Refused, read


def main() -> None:
    """Run the command; a refused variable is one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        read(os.environ)
    except Refused as refused:
        sys.exit(str(refused))
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):  # a statement failed; without one, nobody answered
            raise
        reason = str(error).partition("\n")[0]
        sys.exit(f"无法连接数据库 / Cannot reach the database: {reason}")


if __name__ == "__main__":
    main()
