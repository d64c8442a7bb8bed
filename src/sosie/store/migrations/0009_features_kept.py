"""Triggers for the table of local features."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for event in ("UPDATE", "DELETE"):
        refuse(schema_editor, "store_sealfeatures", event, "store_sealfeatures is append-only")


class Migration(migrations.Migration):
    """Adds the triggers; taking them away again is not offered."""

    dependencies = (("store", "0008_features"),)
    operations = (migrations.RunPython(refuse_changes),)
