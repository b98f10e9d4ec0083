from pathlib import Path

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

PLACES = (Path(__file__).parent / "sql" / "places.sql").read_text(encoding="utf-8")
# What gis.locate.sources said when this was written; a column more is another migration.
WATCHED = {
    "addresses": (
        "spatial_address",
        "province city district street community road number estate block unit room name aliases same_as_id",
    ),
    "facilities": ("spatial_facility", "name name_en address"),
    "buildings": ("spatial_building", "name name_en address"),
    "landuse": ("spatial_landuse", "name"),
    "roads": ("spatial_road", "name name_en"),
    "areas": ("spatial_area", "name level"),
}
EVENTS = {
    "place_due": "INSERT ON {} REFERENCING NEW TABLE AS new_rows",
    "place_due_update": "UPDATE ON {} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "place_due_delete": "DELETE ON {} REFERENCING OLD TABLE AS old_rows",
    "place_due_truncate": "TRUNCATE ON {}",
}


def statements():
    """Triggers on each table, and every row that is there already."""
    for layer, (table, columns) in WATCHED.items():
        said = ", ".join(f"r.{column}" for column in columns.split())
        for name, event in EVENTS.items():
            yield (
                f"CREATE TRIGGER {name} AFTER {event.format(table)} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION spatial_place_due('{layer}', '{said}')"
            )
        yield f"INSERT INTO spatial_placedue (layer, \"row\") SELECT '{layer}', r.id FROM {table} r WHERE concat({said}) <> ''"


def undone():
    """The triggers gone."""
    for table, _ in WATCHED.values():
        yield from (f"DROP TRIGGER {name} ON {table}" for name in EVENTS)
    yield "DROP FUNCTION spatial_place_due()"


class Migration(migrations.Migration):

    dependencies = [
        ('spatial', '0015_former_codes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('layer', models.CharField(max_length=20)),
                ('row', models.BigIntegerField()),
                ('kind', models.CharField(max_length=8)),
                ('term', models.CharField(max_length=200)),
                ('number', models.CharField(default='', max_length=60)),
                ('main', models.IntegerField(null=True)),
                ('block', models.CharField(default='', max_length=60)),
                ('unit', models.CharField(default='', max_length=60)),
                ('floor', models.CharField(default='', max_length=60)),
                ('room', models.CharField(default='', max_length=60)),
                ('names', models.TextField(default='')),
                ('district', models.CharField(default='', max_length=50)),
                ('town', models.CharField(default='', max_length=100)),
                ('title', models.CharField(default='', max_length=500)),
                ('geom', django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4490)),
            ],
            options={
                'verbose_name': '地点索引',
                'verbose_name_plural': '地点索引',
                'indexes': [models.Index(fields=['term', 'number'], name='place_asked'), models.Index(fields=['term', 'main'], name='place_along'), models.Index(fields=['layer', 'row'], name='place_row')],
            },
        ),
        migrations.CreateModel(
            name='PlaceDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('layer', models.CharField(max_length=20)),
                ('row', models.BigIntegerField()),
            ],
            options={
                'verbose_name': '待更新地点',
                'verbose_name_plural': '待更新地点',
                'constraints': [models.UniqueConstraint(fields=('layer', 'row'), name='placedue_once')],
            },
        ),
        migrations.CreateModel(
            name='PlaceName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('term', models.CharField(max_length=200, unique=True)),
                ('shown', models.CharField(max_length=200)),
                ('pinyin', models.CharField(default='', max_length=600)),
                ('initials', models.CharField(default='', max_length=200)),
                ('near', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('tally', models.IntegerField(default=0)),
            ],
            options={
                'verbose_name': '地名索引',
                'verbose_name_plural': '地名索引',
                'indexes': [models.Index(django.contrib.postgres.indexes.OpClass(models.F('term'), 'varchar_pattern_ops'), name='placename_begins'), models.Index(django.contrib.postgres.indexes.OpClass(models.F('initials'), 'varchar_pattern_ops'), name='placename_initials'), models.Index(django.contrib.postgres.indexes.OpClass(models.F('pinyin'), 'varchar_pattern_ops'), name='placename_pinyin'), django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['near'], name='placename_near'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('term'), 'gin_trgm_ops'), fastupdate=False, name='placename_trgm')],
            },
        ),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        migrations.RunSQL(list(statements()), list(undone())),
    ]
