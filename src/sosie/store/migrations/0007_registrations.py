"""Until when an agency is registered, or that it is exempt; the day on which somebody died."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the columns; what stood before has no known day."""

    dependencies = (("store", "0006_passkeys_kept"),)
    operations = (
        migrations.AddField("party", "registered_until", models.DateField(null=True, blank=True)),
        migrations.AddField("party", "registration_exempt", models.BooleanField(default=False)),
        migrations.AddField("party", "died_on", models.DateField(null=True, blank=True)),
    )
