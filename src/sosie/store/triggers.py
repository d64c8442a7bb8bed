"""Triggers that refuse what must never happen, in the dialects of SQLite and PostgreSQL."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def refuse(
    schema_editor: BaseDatabaseSchemaEditor,
    table: str,
    event: str,
    message: str,
    *,
    when: str = "",
    name: str = "",
) -> None:
    """This function will make the database refuse an event on a table, and say why.

    ``event`` is SQL (`UPDATE`, `DELETE`, `UPDATE OF a, b`), ``when`` a condition on the old row.
    A trigger of that name is replaced.
    """
    name = name or f"{table}_no_{event.split(maxsplit=1)[0].lower()}"
    vendor = schema_editor.connection.vendor
    for statement in {"sqlite": _sqlite, "postgresql": _postgresql}[vendor](
        name, table, event, message, when
    ):
        schema_editor.execute(statement)


def allow(schema_editor: BaseDatabaseSchemaEditor, table: str, event: str) -> None:
    """This function will take back what `refuse` did, while a migration fills a new column."""
    name = f"{table}_no_{event.lower()}"
    on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _sqlite(name: str, table: str, event: str, message: str, when: str) -> tuple[str, ...]:
    condition = f" WHEN {when}" if when else ""
    return (
        f"DROP TRIGGER IF EXISTS {name}",
        (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table}{condition}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ),
    )


def _postgresql(name: str, table: str, event: str, message: str, when: str) -> tuple[str, ...]:
    condition = f" WHEN ({when})" if when else ""
    return (
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        ),
        (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
            f" FOR EACH ROW{condition} EXECUTE FUNCTION {name}()"
        ),
    )
