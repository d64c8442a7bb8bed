"""How often whoever made a picture ended without a word, so that a worker passes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the count."""

    dependencies = (("store", "0023_said"),)
    operations = (
        migrations.AddField(
            model_name="making",
            name="deaths",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    )
