"""Triggers for the tables of passkeys, and anew for the table that was altered."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse

_APPEND_ONLY = ("store_passkey", "store_signingevidence", "store_contractsignature")


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            refuse(schema_editor, table, event, f"{table} is append-only")


class Migration(migrations.Migration):
    """Adds the triggers; taking them away again is not offered."""

    dependencies = (("store", "0005_passkeys"),)
    operations = (migrations.RunPython(refuse_changes),)
