"""Tokens of programs; a look at what is guarded names the one it came by, and one that is deleted ends its passes."""

import datetime
from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "tokens.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("layers", "0003_inquiry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="inquiry",
            name="token",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="令牌"),
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "made_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="生成时间"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="到期时间")),
                ("used_on", models.DateField(null=True, verbose_name="最近使用")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "程序令牌",
                "verbose_name_plural": "程序令牌",
                "default_permissions": ("view", "delete"),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name"), name="token_name_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="token_has_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "expires_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("made_at"), "+", models.Value(datetime.timedelta(days=366))
                                ),
                            )
                        ),
                        name="token_ends",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
