from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0016_places"),
    ]

    operations = [
        migrations.AddIndex(
            model_name=name,
            index=models.Index(fields=["code"], condition=condition, name=f"{name}_code"),
        )
        for name, condition in (
            ("address", ~Q(code="")),
            ("pipenode", None),
            ("pipesegment", ~Q(code="")),
            ("room", ~Q(code="")),
        )
    ]
