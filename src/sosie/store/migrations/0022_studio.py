"""What brands say of pictures, plans that nobody has ordered yet, and who makes a shoot."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def _key() -> tuple[str, Any]:
    key = models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )
    return ("id", key)


def _one(to: str, **more: Any) -> Any:
    return models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to=to, **more)


class Migration(migrations.Migration):
    """Adds the tables; taking them away again is not offered."""

    dependencies = (("store", "0021_places"),)
    operations = (
        migrations.CreateModel(
            name="Making",
            fields=[
                _key(),
                ("started", models.BooleanField(default=False)),
                ("picture", models.CharField(blank=True, default="", max_length=24)),
                ("share", models.FloatField(default=0.0)),
                ("what", models.CharField(blank=True, default="", max_length=80)),
                ("heard_at", models.DateTimeField(null=True)),
                ("shoot", _one("store.shoot", related_name="making")),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                _key(),
                ("accepted", models.BooleanField()),
                ("picture", _one("store.picture", related_name="review")),
                ("statement", _one("store.signedact")),
            ],
        ),
        migrations.CreateModel(
            name="ShootDraft",
            fields=[
                _key(),
                ("plan", models.JSONField()),
                ("files", models.JSONField(default=dict)),
                ("told", models.JSONField()),
                ("checked_at", models.DateTimeField()),
                ("license", _one("store.license", related_name="plan")),
            ],
        ),
    )
