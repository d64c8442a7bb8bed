"""Django's PostgreSQL backend, whose transactions begin with the lock of all writers."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from sosie.store.postgresql import WRITING


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions wait for each other."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that sees what others committed, whatever the server's default is."""
        connection = super().get_new_connection(conn_params)
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        """Begin a transaction and wait for the lock: what the outermost `atomic` calls."""
        self._set_autocommit(False)  # type: ignore[attr-defined]
        try:
            with self.wrap_database_errors:
                self.connection.execute(f"SELECT pg_advisory_xact_lock({WRITING})")
        except BaseException:
            self._rollback()  # type: ignore[attr-defined]
            self._set_autocommit(True)  # type: ignore[attr-defined]
            raise
