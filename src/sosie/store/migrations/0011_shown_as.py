from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("store", "0010_shoot_files"),)

    # Null, so that SQLite adds the column and need not make a kept table anew.
    operations = (
        migrations.AddField(
            model_name="party",
            name="shown_as",
            field=models.CharField(max_length=120, null=True),
        ),
    )
