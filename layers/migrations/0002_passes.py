"""Grants of accounts, and passes that can be withdrawn. Who has an account keeps the phone numbers that all staff saw."""

from pathlib import Path
from typing import Any

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from gis.operations import TellNews

PASSES = (Path(__file__).parent / "sql" / "passes.sql").read_text(encoding="utf-8")


def keep_contacts(apps: Any, _editor: Any) -> None:
    apps.get_model("layers", "Account").objects.update(grants=["contacts"])


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0001_initial"),
        ("spatial", "0012_touched"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="grants",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="另可查看",
            ),
        ),
        migrations.CreateModel(
            name="Epoch",
            fields=[
                ("account", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
            ],
            options={"verbose_name": "权限变更", "verbose_name_plural": "权限变更"},
        ),
        migrations.CreateModel(
            name="Ended",
            fields=[
                ("sitting", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"verbose_name": "已退出的会话", "verbose_name_plural": "已退出的会话"},
        ),
        migrations.RunPython(keep_contacts, migrations.RunPython.noop),
        TellNews("layers_epoch"),
        TellNews("layers_ended"),
        migrations.RunSQL(PASSES, migrations.RunSQL.noop),
    ]
