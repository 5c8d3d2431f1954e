"""Where the tokens live: an FTS5 table on SQLite, a tsvector column with its index on PostgreSQL."""

from django.db.backends.base.base import BaseDatabaseWrapper

POSTGRESQL = (
    "ALTER TABLE search_searchentry ADD COLUMN IF NOT EXISTS vector tsvector NOT NULL DEFAULT ''",
    "CREATE INDEX IF NOT EXISTS search_searchentry_vector ON search_searchentry USING gin (vector)",
)
# `ascii`: every character beyond ASCII is part of a word, so that no table of Unicode decides which Chinese signs count.
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_fts USING fts5(head, body, tokenize = 'ascii')",
    "CREATE TRIGGER IF NOT EXISTS search_entry_gone AFTER DELETE ON search_searchentry "
    "BEGIN DELETE FROM search_fts WHERE rowid = old.id; END",
)


def make(connection: BaseDatabaseWrapper) -> None:
    """Make what is missing; twice is harmless."""
    with connection.cursor() as cursor:
        for statement in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


def make_after_migrate(sender, using: str, **kwargs) -> None:
    """Receiver of `post_migrate`: also a database that is made without migrations (the tests') gets its tokens."""
    from django.db import connections

    from .models import SearchEntry

    if SearchEntry._meta.db_table in connections[using].introspection.table_names():
        make(connections[using])
