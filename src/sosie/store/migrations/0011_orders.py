"""Pictures know their place, what they are a change of, how long they took, and doubts."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

_ONE = django.db.models.deletion.PROTECT


def number_pictures(apps: Any, schema_editor: object) -> None:
    """Give each picture its place in the shoot, which its id ends with."""
    del schema_editor
    pictures = apps.get_model("store", "Picture")
    for id in pictures.objects.values_list("id", flat=True):
        pictures.objects.filter(pk=id).update(number=int(id.rsplit("-", 1)[1]))


def _signed(related: str) -> Any:
    return models.OneToOneField(
        null=True, on_delete=_ONE, related_name=related, to="store.signedact"
    )


def _field(name: str, field: Any, **more: Any) -> migrations.AddField:
    return migrations.AddField(model_name="picture", name=name, field=field, **more)


def _kept(constraint: models.BaseConstraint) -> migrations.AddConstraint:
    return migrations.AddConstraint(model_name="picture", constraint=constraint)


class Migration(migrations.Migration):
    """Adds the fields; taking them away again is not offered."""

    dependencies = (("store", "0010_shoot_files"),)

    operations = (
        migrations.AddField(
            model_name="shoot", name="paused", field=models.BooleanField(default=False)
        ),
        _field("change", _signed("changed_picture")),
        _field(
            "change_of",
            models.ForeignKey(
                null=True, on_delete=_ONE, related_name="changes", to="store.picture"
            ),
        ),
        _field("doubts", models.JSONField(default=list)),
        _field("recognized", _signed("recognized_picture")),
        _field("machine", models.CharField(blank=True, default="", max_length=16)),
        _field("seconds", models.FloatField(null=True)),
        _field("number", models.PositiveIntegerField(default=0), preserve_default=False),
        migrations.AlterField(
            model_name="picture",
            name="status",
            field=models.CharField(
                choices=[
                    ("ordered", "Ordered"),
                    ("failed", "Failed"),
                    ("undecided", "Undecided"),
                    ("made", "Made"),
                    ("refused", "Refused"),
                    ("approved", "Approved"),
                    ("sealed", "Sealed"),
                ],
                default="ordered",
                max_length=10,
            ),
        ),
        migrations.RunPython(number_pictures),
        _kept(
            models.CheckConstraint(
                condition=Q(status__in=["ordered", "failed", "undecided", "refused"])
                | Q(doubts=[])
                | Q(recognized__isnull=False),
                name="doubts_are_hers_to_end",
            )
        ),
        _kept(
            models.CheckConstraint(
                condition=Q(change_of__isnull=True, change__isnull=True)
                | Q(change_of__isnull=False, change__isnull=False),
                name="change_is_signed",
            )
        ),
        _kept(models.UniqueConstraint(fields=["shoot", "number"], name="picture_numbered_once")),
    )
