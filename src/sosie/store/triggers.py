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

    ``event`` is SQL (`UPDATE`, `DELETE`, `UPDATE OF a, b`), ``when`` a condition on `OLD` or `NEW`.
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
    # The condition stands in the function: that of a trigger may hold no query.
    refusal = f"RAISE EXCEPTION '{message}'"
    body = f"IF {when} THEN {refusal}; END IF; RETURN COALESCE(NEW, OLD)" if when else refusal
    made = [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body}; END $$"
        ),
        (f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"),
    ]
    if event == "DELETE" and not when:  # which SQLite does by DELETE alone
        made.append(
            f"CREATE OR REPLACE TRIGGER {name}_at_once BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    return tuple(made)
