"""The table of manifest identifiers, and its triggers."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for event in ("UPDATE", "DELETE"):
        refuse(schema_editor, "store_sealmanifest", event, "store_sealmanifest is append-only")


class Migration(migrations.Migration):
    """Adds the table and its triggers; taking them away again is not offered."""

    dependencies = (("store", "0011_shown_as"),)
    operations = (
        migrations.CreateModel(
            name="SealManifest",
            fields=[
                (
                    "seal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="manifest",
                        serialize=False,
                        to="store.seal",
                    ),
                ),
                ("label", models.CharField(max_length=200, unique=True)),
            ],
        ),
        migrations.RunPython(refuse_changes),
    )
