"""Triggers that refuse UPDATE and DELETE on what is only ever added to, and on signed terms."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

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


def _sqlite(table: str, event: str, message: str) -> str:
    name = f"{table}_no_{event.split()[0].lower()}"
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _postgresql(table: str, event: str, message: str) -> str:
    name = f"{table}_no_{event.split()[0].lower()}"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{message}'; END $$;"
        f" CREATE TRIGGER {name} BEFORE {event} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    spell = {"sqlite": _sqlite, "postgresql": _postgresql}[schema_editor.connection.vendor]
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(spell(table, event, f"{table} is append-only"))
    for table, columns in _FROZEN.items():
        event = f"UPDATE OF {', '.join(columns)}"
        schema_editor.execute(spell(table, event, f"{table} keeps its terms"))
        schema_editor.execute(spell(table, "DELETE", f"{table} keeps its rows"))


class Migration(migrations.Migration):
    """Adds the triggers; taking them away again is not offered."""

    dependencies = (("store", "0001_tables"),)
    operations = (migrations.RunPython(refuse_changes),)
