from pathlib import Path

from django.db import migrations

EMPTIED = (Path(__file__).parent / "sql" / "emptied.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0005_kept"),
    ]

    operations = [
        migrations.RunSQL(EMPTIED, migrations.RunSQL.noop),
    ]
