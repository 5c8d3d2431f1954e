"""The index: texts, who may find them, and what waits to be indexed again.

The tokens are not a field: on SQLite they live in the FTS5 table `search_fts` (rowid = id of the entry), on PostgreSQL
in the column `search_searchentry.vector` (a tsvector); `index.py` writes them and `find.py` reads them.
"""

from django.db import models


class SearchEntry(models.Model):
    """One text of one thing. Things with several texts (published outline, draft, frozen lesson) share `thing`."""

    source = models.CharField(max_length=30)  # name of the registry.Source it comes from
    object_id = models.BigIntegerField()  # which row of the source
    key = models.CharField(max_length=80, unique=True)
    thing = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    stamp = models.CharField(max_length=80)  # differs when anything below or the tokens would
    facets = models.CharField(max_length=400, blank=True)  # "level=junior module=skills module=general"
    url = models.CharField(max_length=400, blank=True)
    indexed_at = models.DateTimeField()
    title = models.CharField(max_length=255)
    title_en = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)  # last: rows are read without it

    class Meta:
        indexes = [models.Index(fields=["source", "object_id"])]

    def __str__(self) -> str:
        return self.title


class SearchGrant(models.Model):
    """An audience that may find an entry: "public", "draft:3", "edition:7"."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="grants")
    audience = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "audience"], name="search_grant_once")]
        indexes = [models.Index(fields=["audience", "entry"])]

    def __str__(self) -> str:
        return self.audience


class SearchDirty(models.Model):
    """A row of a source that has changed and waits for the worker. Written with the change; two of one row are fine."""

    source = models.CharField(max_length=30)
    object_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.source} {self.object_id}"
