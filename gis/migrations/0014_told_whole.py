from pathlib import Path

from django.db import migrations

TELL_NEWS = (Path(__file__).parent / "sql" / "tell_news.sql").read_text(encoding="utf-8")
# Marks are hashes: to try and compress them takes as long as to hash the rows, and gains nothing.
UNPACKED = "ALTER TABLE spatial_runadded ALTER marks SET STORAGE EXTERNAL"


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0013_coarse"),
    ]

    operations = [
        migrations.RunSQL(TELL_NEWS, migrations.RunSQL.noop),
        migrations.RunSQL(UNPACKED, "ALTER TABLE spatial_runadded ALTER marks SET STORAGE EXTENDED"),
    ]
