"""Versions of a twin, marks that stay, what belongs to a twin, and days of capture. What stood
before is version 1 of its twin, and its plates belong to it."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q

import sosie.store.models
from sosie.store.triggers import refuse


def tell_of_older(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write version 1 of each twin, and that its plates belong to it."""
    del schema_editor
    versions, files = apps.get_model("store", "TwinVersion"), apps.get_model("store", "TwinFile")
    erased = set(
        apps.get_model("store", "SignedAct")
        .objects.filter(act="consent.withdraw")
        .values_list("subject", flat=True)
    )
    for twin in apps.get_model("store", "Twin").objects.all():
        versions.objects.create(
            twin=twin, number=1, measurements=twin.measurements, captured_at=twin.made_at
        )
        for digest in set(twin.plates.values_list("digest", flat=True)):
            files.objects.create(
                twin=twin,
                kind="plate",
                digest=digest,
                added_at=twin.made_at,
                erased_at=twin.made_at if twin.pk in erased else None,
            )


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers: what is erased of a twin may be emptied, never taken away."""
    del apps
    for table, columns in {
        "store_captureday": "",
        "store_twinversion": "twin_id, number, protocol, captured_at",
        "store_twinfile": "twin_id, kind, digest, added_at",
        "store_plate": "twin_id, version, name, digest, captured_at",
    }.items():
        of = f" OF {columns}" if columns else ""
        refuse(schema_editor, table, f"UPDATE{of}", f"{table} keeps what was said")
        refuse(schema_editor, table, "DELETE", f"{table} keeps its rows")


def _key() -> tuple[str, models.BigAutoField[int, int]]:
    field: models.BigAutoField[int, int] = models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )
    return "id", field


def _of(name: str, to: str) -> tuple[str, Any]:
    protect = django.db.models.deletion.PROTECT
    return to, models.ForeignKey(on_delete=protect, related_name=name, to=f"store.{to}")


class Migration(migrations.Migration):
    """Adds the tables and tells of older twins."""

    dependencies = (("store", "0012_resolution"),)

    operations = (
        migrations.CreateModel(
            name="TwinVersion",
            fields=[
                _key(),
                _of("versions", "twin"),
                ("number", models.PositiveIntegerField()),
                ("protocol", models.CharField(blank=True, default="", max_length=40)),
                ("measurements", models.JSONField(default=dict)),
                ("captured_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["twin", "number"], name="version_numbered_once"
                    ),
                    models.CheckConstraint(condition=Q(number__gte=1), name="versions_from_one"),
                ]
            },
        ),
        migrations.CreateModel(
            name="TwinFile",
            fields=[
                _key(),
                _of("files", "twin"),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("plate", "Plate"),
                            ("template", "Template"),
                            ("weights", "Weights"),
                            ("index", "Index"),
                        ],
                        max_length=12,
                    ),
                ),
                ("digest", sosie.store.models.Digests()),
                ("added_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["twin", "digest"], name="belongs_once"),
                    models.CheckConstraint(
                        condition=Q(kind__in=["plate", "template", "weights", "index"]),
                        name="twin_file_kind_known",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="TwinMark",
            fields=[
                _key(),
                _of("marks", "twin"),
                ("number", models.PositiveIntegerField()),
                ("place", models.CharField(max_length=80)),
                ("words", models.CharField(max_length=200)),
                ("plate", models.CharField(blank=True, default="", max_length=40)),
                ("region", models.JSONField(null=True)),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["twin", "number"], name="mark_numbered_once"),
                    models.CheckConstraint(
                        condition=~Q(place="") & ~Q(words=""), name="mark_has_words"
                    ),
                    models.CheckConstraint(
                        condition=~Q(plate="") | Q(region__isnull=True), name="region_on_a_plate"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CaptureDay",
            fields=[
                _key(),
                ("twin", models.SlugField(max_length=40)),
                ("model", _of("days", "party")[1]),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("facts", models.JSONField()),
                (
                    "statement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="store.signedact"
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="store.ledgerentry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(ends_at__gt=F("starts_at")), name="day_ends_after_it_starts"
                    )
                ]
            },
        ),
        migrations.AddField("plate", "version", models.PositiveIntegerField(default=1)),
        migrations.RemoveConstraint("plate", "plate_once_a_twin"),
        migrations.AddConstraint(
            "plate",
            models.UniqueConstraint(
                fields=["twin", "version", "name"], name="plate_once_a_version"
            ),
        ),
        migrations.RunPython(tell_of_older),
        migrations.RunPython(refuse_changes),
    )
