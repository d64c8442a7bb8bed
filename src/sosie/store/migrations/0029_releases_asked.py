"""Files that a brand asked for, which a worker seals and lets out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0028_open_cases"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=20)),
                ("purpose", models.CharField(max_length=20)),
                ("territories", models.JSONField()),
                ("account", models.CharField(blank=True, default="", max_length=100)),
                ("campaign", models.CharField(blank=True, default="", max_length=100)),
                ("placements", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("begun", "Begun"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("begun", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "picture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested",
                        to="store.picture",
                    ),
                ),
                (
                    "release",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="request",
                        to="store.release",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested",
                        to="store.signedact",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state"], name="requests_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "begun"])),
                        fields=("picture", "channel"),
                        name="one_open_request_each",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("release__isnull", False), ("state", "done")),
                            models.Q(
                                ("release__isnull", True),
                                ("state__in", ["asked", "begun", "refused"]),
                            ),
                            _connector="OR",
                        ),
                        name="request_done_with_release",
                    ),
                ],
            },
        ),
    ]
