from django.db import migrations


class Migration(migrations.Migration):
    """Django's own index beside a unique text (`…_term_…_like`) is the very same."""

    dependencies = [
        ("spatial", "0018_clearance"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="placename", name="placename_begins"),
    ]
