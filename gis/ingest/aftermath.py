"""What follows a written import, which stands whatever fails here: the planner learns of it, the search finds it."""

from __future__ import annotations

from django.db import DatabaseError, connection

from gis.ingest.order import Order, Outcome
from gis.locate import index

FEW, SHARE = 50, 0.1
"""PostgreSQL's own bounds of what is news to its planner; only its own look comes up to a minute later."""


def follow(order: Order, done: Outcome) -> None:
    """Do what the written rows want; what could not be done is noted, and done by others later."""
    if order.dry_run:
        return
    try:
        acquaint(order.subject.model._meta.db_table, done.added + done.changed)
        index.at_once()
    except DatabaseError as error:
        done.notes.append(
            f"数据已写入；搜索与统计稍后由后台补上：{error}。 "
            f"The rows are written; searching for them waits for the background work: {error}."
        )


def acquaint(table: str, written: int) -> None:
    """Gather the statistics of a table to which many rows came. A report may be asked for at once: planned for the
    empty table of a moment ago, the survey checks of a town's pipes took two minutes instead of two seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = %s::regclass", [table])
        if written > FEW + SHARE * cursor.fetchone()[0]:
            cursor.execute(f'ANALYZE "{table}"')
