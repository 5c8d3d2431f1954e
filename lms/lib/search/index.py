"""Keeps the index as the sources say: marks what changed, writes what differs, takes away what is gone.

A change marks its row in its own transaction; the worker brings the index up to date moments later. What must not be
found any more is taken out at once (`hide`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.timezone import now

from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import enqueue

from .models import SearchDirty, SearchEntry, SearchGrant
from .registry import SOURCES, Content, Document
from .text import tokens

VERSION = "1"  # of how texts become tokens: another one makes every entry stale
BATCH = 50
# A position in PostgreSQL's tsvector ends at 16,383, and a token counts its first 255 places: more is left out on both
# databases alike. No lesson of ours comes near.
MAX_TOKENS = 16_000
GAP = 2  # so that no phrase reaches from the title into the text
MAX_TEXT = 200_000


def mark(source: str, ids: Iterable[int]) -> None:
    """Note that these rows have changed, in the caller's transaction; a worker is told when it commits."""
    rows = [SearchDirty(source=source, object_id=pk) for pk in ids]
    if not rows:
        return
    SearchDirty.objects.bulk_create(rows, batch_size=500)
    if not Job.objects.filter(kind="search.sync", state=Job.State.QUEUED).exists():
        enqueue("search.sync")


def hide(source: str, ids: Sequence[int], *, audience: str | None = None) -> None:
    """Take rows out of the index at once: for one audience, or for everybody."""
    entries = SearchEntry.objects.filter(source=source, object_id__in=ids)
    if audience is None:
        entries.delete()
    else:
        SearchGrant.objects.filter(entry__in=entries, audience=audience).delete()


def sync_dirty(limit: int = BATCH) -> int:
    """Bring up to `limit` marked rows up to date; returns how many marks are done with. A row that is marked again
    meanwhile keeps that mark."""
    marks = list(SearchDirty.objects.order_by("pk")[: limit * 4])
    by_source: dict[str, dict[int, list[int]]] = {}
    for row in marks:
        by_source.setdefault(row.source, {}).setdefault(row.object_id, []).append(row.pk)
    done = 0
    for source, rows in by_source.items():
        for ids in batches(list(rows), limit):
            sync(source, ids)
            settled = [pk for object_id in ids for pk in rows[object_id]]
            SearchDirty.objects.filter(pk__in=settled).delete()
            done += len(settled)
    return done


def batches(ids: Iterable[int], size: int = BATCH) -> Iterator[list[int]]:
    batch: list[int] = []
    for pk in ids:
        batch.append(pk)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass
class Difference:
    """What the index would have to learn about some rows."""

    write: list[Document]  # new or changed
    grant: list[tuple[SearchEntry, frozenset[str]]]  # the text stands, the audiences differ
    gone: list[SearchEntry]

    @property
    def count(self) -> int:
        return len(self.write) + len(self.grant) + len(self.gone)


def difference(source: str, ids: Sequence[int]) -> Difference:
    """Compare the index with the source: two queries beside the source's own."""
    documents = list(SOURCES[source].documents(ids)) if source in SOURCES else []
    entries = SearchEntry.objects.filter(source=source, object_id__in=ids).defer("text")
    known = {entry.key: entry for entry in entries.prefetch_related("grants")}
    write, grant = [], []
    for document in documents:
        entry = known.pop(document.key, None)
        if entry is None or entry.stamp != _stamp(document):
            write.append(document)
        elif {g.audience for g in entry.grants.all()} != document.audiences:
            grant.append((entry, document.audiences))
    return Difference(write, grant, list(known.values()))


def sync(source: str, ids: Sequence[int], *, at: datetime | None = None) -> int:
    """Make the index say about these rows what the source says. Returns how many entries were touched."""
    with transaction.atomic():
        found = difference(source, ids)
        if found.gone:
            SearchEntry.objects.filter(pk__in=[entry.pk for entry in found.gone]).delete()
        for document in found.write:
            _write(source, document, at or now())
        for entry, audiences in found.grant:
            _grant(entry, audiences)
    return found.count


def _stamp(document: Document) -> str:
    return f"{VERSION}:{document.stamp}"[:80]


def _write(source: str, document: Document, at: datetime) -> None:
    content = document.build()
    entry, _created = SearchEntry.objects.update_or_create(
        key=document.key,
        defaults={
            "source": source,
            "object_id": document.object_id,
            "thing": document.thing,
            "kind": document.kind,
            "stamp": _stamp(document),
            "facets": " ".join(f"{name}={value}" for name, value in content.facets)[:400],
            "url": content.url[:400],
            "indexed_at": at,
            "title": content.title[:255],
            "title_en": content.title_en[:255],
            "text": content.text[:MAX_TEXT].replace("\x00", ""),
        },
    )
    _grant(entry, document.audiences)
    _write_tokens(entry.pk, content)


def _grant(entry: SearchEntry, audiences: frozenset[str]) -> None:
    entry.grants.exclude(audience__in=audiences).delete()
    rows = [SearchGrant(entry=entry, audience=audience) for audience in sorted(audiences)]
    SearchGrant.objects.bulk_create(rows, ignore_conflicts=True)


def _write_tokens(pk: int, content: Content) -> None:
    head = tokens(f"{content.title}\n{content.title_en}")[:1000]
    body = tokens(content.text[:MAX_TEXT])[: MAX_TOKENS - 1000 - GAP]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            vector = tsvector(head, body)
            cursor.execute("UPDATE search_searchentry SET vector = %s::tsvector WHERE id = %s", [vector, pk])
        else:
            cursor.execute("DELETE FROM search_fts WHERE rowid = %s", [pk])
            sql = "INSERT INTO search_fts (rowid, head, body) VALUES (%s, %s, %s)"
            cursor.execute(sql, [pk, " ".join(head), " ".join(body)])


def tsvector(head: list[str], body: list[str]) -> str:
    """Return the tokens with their places as PostgreSQL writes a tsvector; those of the title weigh more (A).

    Written out instead of `to_tsvector`, so that no parser and no locale of the server has a say. Tokens are letters,
    digits and Chinese characters only: nothing in them needs escaping.
    """
    places: dict[str, list[str]] = {}
    for position, token in enumerate(head, 1):
        places.setdefault(token, []).append(f"{position}A")
    for position, token in enumerate(body, len(head) + GAP + 1):
        places.setdefault(token, []).append(str(position))
    return " ".join(f"'{token}':{','.join(where[:255])}" for token, where in places.items())


# --- All of it -------------------------------------------------------------------------------------------------------


def stale(source: str) -> Iterator[tuple[int, Difference]]:
    """Yield (rows looked at, what differs) for one batch of a source after the other, then what the index knows of rows
    that the source no longer has."""
    seen: set[int] = set()
    for ids in batches(SOURCES[source].ids()):
        seen.update(ids)
        yield len(ids), difference(source, ids)
    known = SearchEntry.objects.filter(source=source).values_list("object_id", flat=True).distinct()
    for ids in batches(pk for pk in known.iterator() if pk not in seen):
        yield len(ids), difference(source, ids)


def orphans() -> list[str]:
    """Names of sources that the index knows and no app registers any more."""
    names = SearchEntry.objects.values_list("source", flat=True).distinct()
    return sorted(set(names) - set(SOURCES))


def clear() -> None:
    """Empty the index. The triggers of SQLite's table take the tokens along."""
    SearchGrant.objects.all().delete()
    SearchEntry.objects.all().delete()
