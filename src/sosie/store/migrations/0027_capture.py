"""Captures that go on: their photographs, before a version of a twin is made of them."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import sosie.store.digests


class Migration(migrations.Migration):
    """Adds the two tables."""

    dependencies: ClassVar = [("store", "0026_said_again")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="CaptureDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("twin", models.SlugField(max_length=40, unique=True)),
                ("shown_as", models.CharField(max_length=120)),
                ("measurements", models.JSONField(default=dict)),
                ("begun_at", models.DateTimeField()),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="store.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DraftPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=40)),
                ("digest", sosie.store.digests.Digests()),
                ("length", models.PositiveIntegerField()),
                ("judged", models.JSONField()),
                ("added_at", models.DateTimeField()),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="store.capturedraft",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("draft", "name"), name="photo_named_once")
                ],
            },
        ),
    ]
