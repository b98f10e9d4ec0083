"""The logs of who read what stay as they were written, for three years."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "kept.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("layers", "0004_tokens"), ("spatial", "0002_triggers")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
