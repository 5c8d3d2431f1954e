"""Many rows as one text: made by the database, compared and kept as it is, and read only where somebody needs the rows."""

import json
from decimal import Decimal

from django.db.models import Func, TextField


class RowsAsText(Func):
    """The values of all rows as one JSON text, "[[1, 2], …]", in no order. None where there is no row on PostgreSQL.

    Asked for alone, in a query without an order: `values_list(RowsAsText(…), flat=True)` gives the one text.
    Numbers with decimals are JSON numbers, truth is 0 and 1 or false and true, times are texts that sort as the times do.
    """

    def __init__(self, *expressions, **extra) -> None:
        super().__init__(*expressions, output_field=TextField(), **extra)

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="JSON_GROUP_ARRAY(JSON_ARRAY(%(expressions)s))", **extra)

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="JSON_AGG(JSON_BUILD_ARRAY(%(expressions)s))::text", **extra)


def rows_in(text: str | tuple | None) -> list[list] | tuple:
    """Return the rows of such a text, decimals as Decimal. Rows that were read already are given back."""
    if isinstance(text, tuple):
        return text
    return json.loads(text, parse_float=Decimal) if text else []


def list_in(value: list | str) -> list:
    """Return a JSON column that is a list, out of such rows: SQLite gives its text."""
    return json.loads(value) if isinstance(value, str) else value
