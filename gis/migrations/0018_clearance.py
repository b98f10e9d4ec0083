import django.contrib.gis.db.models.functions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spatial', '0017_code_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='building',
            name='clearance',
            field=models.GeneratedField(db_persist=True, expression=models.Func(django.contrib.gis.db.models.functions.Transform('geom', 3857), function='ST_MinimumClearance'), output_field=models.FloatField(), verbose_name='最小间隙(米)'),
        ),
    ]
