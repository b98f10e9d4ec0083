from pathlib import Path

from django.db import migrations

EPOCH = (Path(__file__).parent / "sql" / "epoch.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0021_merge_jobs"),
    ]

    operations = [
        migrations.RunSQL(EPOCH, migrations.RunSQL.noop),
    ]
