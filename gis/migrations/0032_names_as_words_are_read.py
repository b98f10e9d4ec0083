from itertools import islice

from django.db import migrations

AT_ONCE = 2_000


def read_again(apps, schema_editor):
    """Spell the names anew that have a sign of several readings: 重庆路 was zhongqinglu."""
    from gis.locate.spelling import SEVERAL, initials, pinyin

    names = apps.get_model("spatial", "PlaceName").objects
    doubtful = names.filter(shown__regex=f"[{''.join(sorted(SEVERAL))}]").only("shown").iterator(AT_ONCE)
    while some := list(islice(doubtful, AT_ONCE)):
        for name in some:
            name.pinyin, name.initials = pinyin(name.shown)[:600], initials(name.shown)[:200]
        names.bulk_update(some, ["pinyin", "initials"])


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0031_places_in_english"),
    ]

    operations = [
        migrations.RunPython(read_again, migrations.RunPython.noop),
    ]
