"""Footprints' tile copies with rings as tiles want them, and their surfaces: the table is written anew once for both."""

import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
from django.db import migrations, models

SHAPE = "ALTER TABLE spatial_building DROP COLUMN shape, ADD COLUMN shape geometry(MultiPolygon, 3857) GENERATED ALWAYS AS"
TURNED = f"""{SHAPE} (ST_ForcePolygonCW(ST_Transform(geom, 3857))) STORED,
  ADD COLUMN surface double precision GENERATED ALWAYS AS (ST_Area(geom)) STORED"""
BEFORE = f"{SHAPE} (ST_Transform(geom, 3857)) STORED, DROP COLUMN surface"
INDEXES = """CREATE INDEX building_shape ON spatial_building USING gist (shape);
CREATE INDEX building_named ON spatial_building USING gist (shape) WHERE NOT (name = '')"""


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0032_names_as_words_are_read"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([TURNED, INDEXES], [BEFORE, INDEXES])],
            state_operations=[
                migrations.AddField(
                    model_name="building",
                    name="surface",
                    field=models.GeneratedField(
                        db_persist=True,
                        expression=models.Func("geom", function="ST_Area"),
                        output_field=models.FloatField(),
                        verbose_name="面积(平方度)",
                    ),
                ),
                migrations.AlterField(
                    model_name="building",
                    name="shape",
                    field=models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            django.contrib.gis.db.models.functions.Transform("geom", 3857),
                            function="ST_ForcePolygonCW",
                        ),
                        output_field=django.contrib.gis.db.models.fields.MultiPolygonField(srid=3857),
                        verbose_name="切片图形",
                    ),
                ),
            ],
        )
    ]
