from pathlib import Path

import django.contrib.gis.db.models.fields
from django.db import migrations, models

AREA_DUE = (Path(__file__).parent / "sql" / "area_due.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('spatial', '0025_streets_in_english'),
    ]

    operations = [
        migrations.CreateModel(
            name='AreaDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(null=True)),
                ('was', django.contrib.gis.db.models.fields.MultiPolygonField(null=True, spatial_index=False, srid=3857)),
                ('now', django.contrib.gis.db.models.fields.MultiPolygonField(null=True, spatial_index=False, srid=3857)),
                ('name', models.CharField(max_length=2, null=True)),
            ],
            options={
                'verbose_name': '待更新区域',
                'verbose_name_plural': '待更新区域',
            },
        ),
        migrations.RemoveConstraint(
            model_name='placedue',
            name='placedue_once',
        ),
        migrations.AddField(
            model_name='placedue',
            name='around',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name='placedue',
            constraint=models.UniqueConstraint(fields=('layer', 'row', 'around'), name='placedue_once'),
        ),
        migrations.RunSQL(AREA_DUE, """
            DROP TRIGGER area_due ON spatial_area; DROP TRIGGER area_due_update ON spatial_area;
            DROP TRIGGER area_due_delete ON spatial_area; DROP TRIGGER area_due_truncate ON spatial_area;
            DROP FUNCTION spatial_area_due()"""),
    ]
