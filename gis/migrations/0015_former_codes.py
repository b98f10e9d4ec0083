from pathlib import Path

from django.db import migrations, models
from django.db.models.functions.datetime import Now

FORMER = (Path(__file__).parent / "sql" / "former.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0014_told_whole"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=63, verbose_name="表")),
                ("code", models.CharField(max_length=60, verbose_name="原编码")),
                ("row", models.BigIntegerField(verbose_name="现编号")),
                ("left_at", models.DateTimeField(db_default=Now(), verbose_name="停用时间")),
            ],
            options={
                "verbose_name": "原编码",
                "verbose_name_plural": "原编码",
                "constraints": [models.UniqueConstraint(fields=("code", "table"), name="formercode_once")],
            },
        ),
        migrations.RunSQL(FORMER, "DROP FUNCTION spatial_keep_former CASCADE"),
    ]
