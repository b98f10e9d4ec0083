from itertools import islice

import django.contrib.postgres.indexes
import django.db.models.expressions
from django.db import migrations, models

AT_ONCE = 2_000
TOO = {"pinyin_too": 600, "initials_too": 200}


def read_again(apps, schema_editor):
    """Spell the names anew that have a sign of several readings: 太行路 was taixinglu, 知行路 not zhihanglu, too."""
    from gis.locate.spelling import SEVERAL, also, initials, pinyin

    names = apps.get_model("spatial", "PlaceName").objects
    doubtful = names.filter(shown__regex=f"[{''.join(sorted(SEVERAL))}]").only("shown").iterator(AT_ONCE)
    while some := list(islice(doubtful, AT_ONCE)):
        for name in some:
            name.pinyin, name.initials = pinyin(name.shown)[:600], initials(name.shown)[:200]
            sound, first = also(name.shown)
            name.pinyin_too, name.initials_too = sound and sound[:600], first and first[:200]
        names.bulk_update(some, ["pinyin", "initials", *TOO])


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0033_turned_shapes"),
    ]

    operations = [
        *(
            migrations.AddField("placename", name, models.CharField(max_length=longest, null=True))
            for name, longest in TOO.items()
        ),
        migrations.RunPython(read_again, migrations.RunPython.noop),
        *(
            migrations.AddIndex(
                "placename",
                models.Index(
                    django.contrib.postgres.indexes.OpClass(
                        django.db.models.expressions.F(name), "varchar_pattern_ops"
                    ),
                    condition=models.Q((f"{name}__isnull", False)),
                    name=f"placename_{name}",
                ),
            )
            for name in TOO
        ),
    ]
