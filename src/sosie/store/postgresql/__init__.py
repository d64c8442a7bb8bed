"""PostgreSQL as this house needs it: one writer at a time, as SQLite has it by `BEGIN IMMEDIATE`.

Every transaction begins with one advisory lock that lasts until it ends (`base.py`; PostgreSQL 15,
13.3.5), and each of its statements sees all that was committed before it (READ COMMITTED, 13.2.1):
what is read in a transaction still holds when it writes. A statement outside of transactions that
writes to a table of the store waits for the same lock, by a trigger on each of them: nothing slips
in between another's reading and writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

WRITING, _LAYING = 0x505_1E, 0x505_1F
"""The numbers of advisory locks, of which each database has its own."""


@contextmanager
def laying_tables(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """While tables are laid, no other process lays any; from then on whatever writes to those of
    the store takes the lock first. On SQLite this does nothing: it locks by itself."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({_LAYING})")
        try:
            yield
            cursor.execute(
                "CREATE OR REPLACE FUNCTION one_writer() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN PERFORM pg_advisory_xact_lock({WRITING}); RETURN NULL; END $$"
            )
            for model in apps.get_app_config("store").get_models():
                cursor.execute(
                    "CREATE OR REPLACE TRIGGER one_writer BEFORE INSERT OR UPDATE OR DELETE"
                    f" ON {model._meta.db_table} FOR EACH STATEMENT EXECUTE FUNCTION one_writer()"
                )
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock({_LAYING})")
