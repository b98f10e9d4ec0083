"""What a migration of another app adds, so that its table takes part in the model."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL


class TellNews(RunSQL):
    """Have every change of a table told in ``spatial_news``, so that tiles of it are never stale."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f'CREATE TRIGGER tell_news AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}"'
            " FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news()",
            f'DROP TRIGGER tell_news ON "{table}"',
        )
        self.table = table

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        """Return what a squashed migration writes."""
        return "TellNews", [self.table], {}
