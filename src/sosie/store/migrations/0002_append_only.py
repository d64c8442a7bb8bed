"""Triggers that refuse UPDATE and DELETE on what is only ever added to, and on signed terms."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse

_APPEND_ONLY = (
    "store_agreement",
    "store_signedact",
    "store_contractsignature",
    "store_decisionrecord",
    "store_logentry",
    "store_seal",
    "store_release",
    "store_ledgerentry",
    "store_posting",
)
_FROZEN = {"store_license": ("terms", "terms_digest", "model_id", "brand_id", "twin_id")}


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            refuse(schema_editor, table, event, f"{table} is append-only")
    for table, columns in _FROZEN.items():
        event = f"UPDATE OF {', '.join(columns)}"
        refuse(schema_editor, table, event, f"{table} keeps its terms")
        refuse(schema_editor, table, "DELETE", f"{table} keeps its rows")


class Migration(migrations.Migration):
    """Adds the triggers; taking them away again is not offered."""

    dependencies = (("store", "0001_tables"),)
    operations = (migrations.RunPython(refuse_changes),)
