"""What must never be, held by triggers where a constraint cannot say it."""

from pathlib import Path

from django.db import migrations

TRIGGERS = (Path(__file__).parent / "sql" / "triggers.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Create the triggers of ``sql/triggers.sql``."""

    dependencies = [("spatial", "0001_initial")]

    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
