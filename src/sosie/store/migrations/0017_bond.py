"""What an agency says of its surety bond, and of how many people need it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the columns; what stood before has said nothing."""

    dependencies = (("store", "0016_act_evidence"),)
    operations = (
        migrations.AddField("party", "staff", models.PositiveIntegerField(null=True, blank=True)),
        migrations.AddField(
            "party", "bond_usd", models.PositiveIntegerField(null=True, blank=True)
        ),
        migrations.AddField("party", "bond_until", models.DateField(null=True, blank=True)),
    )
