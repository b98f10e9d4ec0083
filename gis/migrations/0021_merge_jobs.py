from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spatial", "0020_grid_days")]

    operations = [
        migrations.AlterField(
            model_name="importjob",
            name="kind",
            field=models.CharField(
                choices=[("look", "查看"), ("trial", "试运行"), ("load", "导入"), ("undo", "撤销"), ("merge", "归并地址")],
                max_length=10,
                verbose_name="任务",
            ),
        ),
    ]
