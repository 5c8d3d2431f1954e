"""Queries compiled once: the same SQL asked again with other values.

Django builds the SQL of a query anew each time, which takes several times as long as a small query takes in the database.
Where a page lives on a few fixed queries, each is written once as a `Compiled`:

    deadline_of = Compiled(lambda assignment, cohort: Deadline.objects.filter(assignment=assignment, cohort=cohort)[:1])
    rows = deadline_of(submission.assignment_id, cohort.pk)     # a list, read at once

The values are numbers, texts, times, dates, UUIDs, or lists of one of these; never None, as that is another query, and never
something that decides what is asked for (that is another `Compiled`). While tests run, the first calls, and ever rarer ones
after them, compare their SQL with what Django makes of the real values.
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model, QuerySet, prefetch_related_objects
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from .prepared import preparing

# What stands for the values while the SQL is made, and is nobody's real value: one of each kind, and those after it.
STANDS_FOR: dict[type, Callable[[int], Any]] = {
    int: lambda number: 1_900_000_001 + number,
    str: lambda number: f"\ue000{number}",
    datetime: lambda number: datetime(2922, 2, 2, tzinfo=UTC) + timedelta(seconds=number),
    date: lambda number: date(2922, 2, 2) + timedelta(days=number),
    UUID: lambda number: UUID(int=(0x51 << 120) + number),
}
# SQL is kept for lists up to this length; a longer one comes once, from a job or a list of people, and asks as ever.
MOST_IN_A_LIST = 40
Value = int | str | datetime | date | UUID
Kind = type | tuple[type, int]  # tuple: a list of so many


class _Place(NamedTuple):
    """Where in the params of the SQL which of the values goes, and what makes it what the database is given."""

    place: int
    index: int
    written: Callable[[Any, BaseDatabaseWrapper], Any]


class _Kept(NamedTuple):
    queryset: QuerySet
    compiler: SQLCompiler
    sql: str
    params: tuple
    places: list[_Place]


class Compiled:
    """A query whose SQL is made once in each process, for each shape of its values."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self._build = build
        self._kept: dict[tuple[Kind, ...], _Kept] = {}
        self._asked: Counter[tuple[Kind, ...]] = Counter()

    def __call__(self, *values: Value | list[Value]) -> list:
        """Return the rows, as the query set would give them. One with `select_for_update` needs its transaction, as ever."""
        if any(isinstance(value, list) and not 0 < len(value) <= MOST_IN_A_LIST for value in values):
            return list(self._build(*values))
        kept, compiler, params = self._asking(values)
        compiler.as_sql = lambda: (kept.sql, params)
        return _rows(kept.queryset, compiler)

    def raw(self, *values: Value) -> list[tuple]:
        """Return the rows as the driver gives them: to see whether one is still what it was, without making objects of it."""
        kept, compiler, params = self._asking(values)
        with compiler.connection.cursor() as cursor:
            cursor.execute(kept.sql, params)
            return cursor.fetchall()

    def _asking(self, values: tuple) -> tuple[_Kept, SQLCompiler, list]:
        shape = tuple((type(value[0]), len(value)) if isinstance(value, list) else type(value) for value in values)
        kept = self._kept.get(shape)
        if kept is None:
            kept = self._kept[shape] = self._compile(shape)
        compiler = copy.copy(kept.compiler)
        connection = connections[compiler.using]
        compiler.connection = preparing(connection)
        flat = list(_flat(values))
        params = list(kept.params)
        for place, index, written in kept.places:
            params[place] = written(flat[index], connection)
        if settings.TESTING and self._is_compared(shape):
            self._compare(values, kept.sql, params)
        return kept, compiler, params

    def first(self, *values: Value | list[Value]) -> Any:
        """Return the first row, or None. The query asks for no more than it wants: `[:1]`."""
        rows = self(*values)
        return rows[0] if rows else None

    def _compile(self, shape: tuple[Kind, ...]) -> _Kept:
        standing, numbers = [], iter(range(10**6))
        for kind in shape:
            one, count = kind if isinstance(kind, tuple) else (kind, None)
            made = [STANDS_FOR[one](next(numbers)) for _ in range(count or 1)]
            standing.append(made if count else made[0])
        queryset = self._build(*standing)
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, params = compiler.as_sql()
        where = {_written(value, compiler.connection): index for index, value in enumerate(_flat(standing))}
        places = [_Place(place, where[param], _writer(param)) for place, param in enumerate(params) if _key(param) in where]
        if {place.index for place in places} != set(where.values()):
            raise TypeError("A value of a compiled query is not among what the database is given.")
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        compiler.get_converters = lambda expressions: converters
        return _Kept(queryset, compiler, sql, tuple(params), places)

    def _is_compared(self, shape: tuple[Kind, ...]) -> bool:
        self._asked[shape] += 1
        return self._asked[shape].bit_count() == 1  # the first, second, fourth …

    def _compare(self, values: tuple, sql: str, params: list) -> None:
        queryset = self._build(*values)
        made, given = queryset.query.get_compiler(using=queryset.db).as_sql()
        if (sql, params) != (made, list(given)):
            raise AssertionError(f"Not the query that was compiled:\n{made} {given}\n{sql} {params}")


def insert(model: type[Model], **values: Any) -> None:
    """Write one row with these values, the others being null: no defaults, no signals, nothing read back. For rows that a
    page writes for every reader. Keys are attributes of the columns, such as "certificate_id"."""
    insert_many(model, tuple(values), [tuple(values.values())])


def insert_one(model: type[Model], **values: Any) -> int:
    """The same, and return the primary key of the row."""
    connection = connections[router.db_for_write(model)]
    sql, fields = _insert_into(model, tuple(values), connection.ops.quote_name)
    with preparing(connection).cursor() as cursor:
        params = _as_saved(fields, [tuple(values.values())], connection)
        cursor.execute(f"{sql} RETURNING {connection.ops.quote_name(model._meta.pk.column)}", params)
        return cursor.fetchone()[0]


def insert_many(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The same for many rows, each with the values of these names, so many in a statement as every database takes."""
    connection = connections[router.db_for_write(model)]
    sql, fields = _insert_into(model, tuple(names), connection.ops.quote_name)
    head, places = sql.split(" VALUES ")
    most = MOST_VALUES // len(fields)
    with (preparing(connection) if len(rows) == 1 else connection).cursor() as cursor:
        for start in range(0, len(rows), most):
            some = rows[start : start + most]
            cursor.execute(f"{head} VALUES {', '.join([places] * len(some))}", _as_saved(fields, some, connection))


def _as_saved(fields: list[Field], rows: Iterable[Sequence[Any]], connection: BaseDatabaseWrapper) -> list[Any]:
    """The values of all rows, as the database is given them."""
    return [field.get_db_prep_save(value, connection) for row in rows for field, value in zip(fields, row, strict=True)]


MOST_VALUES = 900  # SQLite's least limit is 999
_inserts: dict[tuple[type[Model], tuple[str, ...]], tuple[str, list[Field]]] = {}


def _insert_into(model: type[Model], names: tuple[str, ...], quote: Callable[[str], str]) -> tuple[str, list[Field]]:
    if (model, names) not in _inserts:
        fields = [model._meta.get_field(name) for name in names]
        columns, places = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
        _inserts[model, names] = (f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", fields)
    return _inserts[model, names]


def change(model: type[Model], which: dict[str, Any], **values: Any) -> int:
    """Give the rows that have the values of `which` these values, and return how many they are: no signals, nothing about the
    objects in memory. Both by attributes of the columns; of `which` none is null."""
    connection = connections[router.db_for_write(model)]
    sql, fields = _update_of(model, tuple(values), tuple(which), connection.ops.quote_name)
    given = zip(fields, [*values.values(), *which.values()], strict=True)
    with preparing(connection).cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(value, connection) for field, value in given])
        return cursor.rowcount


_updates: dict[tuple[type[Model], tuple[str, ...], tuple[str, ...]], tuple[str, list[Field]]] = {}


def _update_of(
    model: type[Model], names: tuple[str, ...], which: tuple[str, ...], quote: Callable[[str], str]
) -> tuple[str, list[Field]]:
    if (model, names, which) not in _updates:
        fields = [model._meta.get_field(name) for name in (*names, *which)]
        given = [f"{quote(field.column)} = %s" for field in fields]
        new, old = ", ".join(given[: len(names)]), " AND ".join(given[len(names) :])
        _updates[model, names, which] = (f"UPDATE {quote(model._meta.db_table)} SET {new} WHERE {old}", fields)
    return _updates[model, names, which]


def attach(rows: Iterable[Model], relation: str, found: Iterable[Model], column: str) -> None:
    """Give each row those that belong to it, as `prefetch_related` does, where they were asked for by a `Compiled`.

    relation: the reverse name of the foreign key. column: its attribute on what was found, such as "part_id".
    """
    own: dict[Any, list[Model]] = {}
    for one in found:
        own.setdefault(getattr(one, column), []).append(one)
    for row in rows:
        related = getattr(row, relation).all()
        related._result_cache = own.get(row.pk, [])
        row._prefetched_objects_cache = {**getattr(row, "_prefetched_objects_cache", {}), relation: related}


class _Bound:
    """A query that gives the compiler it is told to."""

    def __init__(self, query: Query, compiler: SQLCompiler) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *args: Any, **kwargs: Any) -> SQLCompiler:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


def _rows(queryset: QuerySet, compiler: SQLCompiler) -> list:
    bound = QuerySet(queryset.model, _Bound(queryset.query, compiler), compiler.using)
    rows = list(queryset._iterable_class(bound))
    if rows and queryset._prefetch_related_lookups:
        prefetch_related_objects(rows, *queryset._prefetch_related_lookups)
    return rows


def _flat(values: Any) -> Iterator[Value]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)


def _written(value: Value, connection: BaseDatabaseWrapper) -> Any:
    """The value as the database is given it: Django's fields do the same."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


def _key(param: Any) -> Any:
    """The param, if it can stand in a dictionary at all."""
    try:
        hash(param)
    except TypeError:
        return None
    return param


def _writer(param: Any) -> Callable[[Any, BaseDatabaseWrapper], Any]:
    """psycopg is given numbers by their size, as kinds of int."""
    kind = type(param)
    return (lambda value, _connection: kind(value)) if isinstance(param, int) and kind is not int else _written
