from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"
MIDDLES, STORED = ((SQL / name).read_text(encoding="utf-8") for name in ("middles.sql", "stored.sql"))


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0034_names_read_in_two_ways"),
    ]

    operations = [
        migrations.RunSQL(MIDDLES, migrations.RunSQL.noop),
        migrations.RunSQL(STORED, migrations.RunSQL.noop),
    ]
