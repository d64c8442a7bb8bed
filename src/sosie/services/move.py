"""Moving the tables of a workspace from SQLite to PostgreSQL: every row, as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, models, transaction

from sosie.core.ports import Outside
from sosie.core.values import Reason
from sosie.services import workspace

TARGET = "moved"
"""The name of the connection to which the tables are moved; `wiring.move` makes it."""
_AT_ONCE = 500
"""Rows that are read and written at a time."""


def copy() -> dict[str, int]:
    """Copy every table to an empty database in one transaction, while nobody writes to the first;
    return how many rows each has.

    Raises ``BadInput`` if the database holds tables already.
    """
    target = connections[TARGET]
    with _there():
        workspace.lay_tables(new=True)
    every = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed]
    with transaction.atomic(), transaction.atomic(using=TARGET), _unguarded(every):
        counts = {model._meta.db_table: _copied(model) for model in every}
    with transaction.atomic(using=TARGET), target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), every):
            cursor.execute(statement)
    return counts


@contextmanager
def _unguarded(every: list[type[models.Model]]) -> Iterator[None]:
    """Empty the tables of what the migrations put there, and let rows in as they are: what they
    were not allowed to become, they are not now."""
    tables = [model._meta.db_table for model in every]
    with connections[TARGET].cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # each key leads to a row
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _copied(model: type[models.Model]) -> int:
    read, written = model._base_manager, model._base_manager.using(TARGET)
    rows: list[models.Model] = []
    for row in read.order_by("pk").iterator(chunk_size=_AT_ONCE):
        rows.append(row)
        if len(rows) == _AT_ONCE:
            written.bulk_create(rows)
            rows = []
    written.bulk_create(rows)
    count = read.count()
    if written.count() != count:
        raise RuntimeError(f"{written.count()} of {count} rows of {model._meta.db_table} arrived")
    return count


def check(outside: Outside) -> tuple[Reason, ...]:
    """Check the log and every file against the rows as they were moved (`workspace.fsck`)."""
    with _there():
        return workspace.fsck(outside)


@contextmanager
def _there() -> Iterator[None]:
    """Work on the database that the tables are moved to, also where code names none."""
    default = connections["default"]
    connections["default"] = connections[TARGET]
    try:
        yield
    finally:
        connections["default"] = default
