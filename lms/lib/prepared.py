"""Statements that PostgreSQL plans once for each connection: those of `lms.lib.compiled`, which come again and again.

Planning a query of several tables takes PostgreSQL ten times as long as answering it. Its driver prepares a statement only when
the values travel beside it, while Django writes them into it; so these have cursors of their own. The driver keeps a hundred
statements a connection, those used last. `LMS_DATABASE_PREPARED=0` where a pooler between does not know them.
"""

from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def preparing(connection: BaseDatabaseWrapper) -> Any:
    """Return the connection, or on PostgreSQL what stands for it, with cursors that have what they execute prepared."""
    if connection.vendor == "postgresql" and connection.settings_dict["OPTIONS"].get("prepare_threshold"):
        return _Preparing(connection)
    return connection


class _Preparing:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Any:
        """The steps of Django's `BaseDatabaseWrapper._cursor`."""
        connection = self._connection
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        with connection.wrap_database_errors:
            return connection._prepare_cursor(_cursor_class()(connection.connection))


@cache
def _cursor_class() -> type:
    from django.db.backends.postgresql.base import ServerBindingCursor  # only where its driver is
    from psycopg.errors import FeatureNotSupported
    from psycopg.pq import TransactionStatus

    class PreparedCursor(ServerBindingCursor):
        def execute(self, query: Any, params: Any = None, **kwargs: Any) -> Any:
            try:
                return super().execute(query, params, prepare=True, **kwargs)
            except FeatureNotSupported:  # a migration changed a column under a plan: the next ones are made anew
                self.connection._prepared.clear()
                if self.connection.info.transaction_status != TransactionStatus.IDLE:
                    raise
                return super().execute(query, params, prepare=False, **kwargs)

        def _convert_query(self, query: Any, params: Any = None) -> Any:
            self._query = super()._convert_query(query, params)  # where Django's log of queries looks for it
            return self._query

    return PreparedCursor
