"""What a migration of another app adds, so that its table takes part in the model."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

EVENTS = {
    "tell_news": "INSERT ON {table} REFERENCING NEW TABLE AS new_rows",
    "tell_news_update": "UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "tell_news_delete": "DELETE ON {table} REFERENCING OLD TABLE AS old_rows",
    "tell_news_truncate": "TRUNCATE ON {table}",
}


class TellNews(RunSQL):
    """Have every change of a table told in ``spatial_news``, and where it was, so that tiles of it are never stale.

    Rows with ``id`` and ``shape`` (EPSG:3857) touch the tiles that they reach; of others the whole table is told.
    """

    def __init__(self, table: str) -> None:
        quoted = f'"{table}"'
        super().__init__(
            [
                f"CREATE TRIGGER {name} AFTER {event.format(table=quoted)}"
                " FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news()"
                for name, event in EVENTS.items()
            ],
            [f"DROP TRIGGER {name} ON {quoted}" for name in EVENTS],
        )
        self.table = table

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        """Return what a squashed migration writes."""
        return "TellNews", [self.table], {}
