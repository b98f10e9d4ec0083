from pathlib import Path

from django.db import migrations

WHOLE = (Path(__file__).parent / "sql" / "whole.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0013_coarse"),
    ]

    operations = [
        migrations.RunSQL(WHOLE, migrations.RunSQL.noop),
    ]
