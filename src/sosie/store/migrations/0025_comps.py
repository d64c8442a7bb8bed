"""By what layout comps are found again."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds their fingerprints and local features."""

    dependencies: ClassVar = [("store", "0024_deaths")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="CompMark",
            fields=[
                (
                    "picture",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="comp_mark",
                        serialize=False,
                        to="store.picture",
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64)),
                ("features", models.BinaryField()),
            ],
        ),
    ]
