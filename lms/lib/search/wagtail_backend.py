"""Wagtail's own search (explorer, choosers) in Chinese: its database backend, given words where Chinese has none.

Wraps `ObjectIndexer.prepare_value` of modelsearch's two backends, a private class: the tests of both databases are the
alarm for an upgrade. Run `manage.py update_index` after switching to it.
"""

import time
from functools import cache
from typing import Any, ClassVar

from django.db.models import Avg, F, QuerySet
from django.db.models.functions import Length
from modelsearch.backends import database
from modelsearch.utils import get_content_type_pk

from .text import MAX_QUERY, fold, tokens

MAX_WORDS = 24
MEAN_SECONDS = 600


def indexed(text: str) -> str:
    """Return the text followed by its Chinese pairs and characters."""
    words = [token for token in tokens(text) if not token.isascii()]
    if not words:
        return text
    characters = {character for word in words for character in word}
    return " ".join([text, *dict.fromkeys(words), *sorted(characters - set(words))])


def asked(query: Any) -> Any:
    """Return the query with its Chinese in pairs; one character and Latin words as they are. Other than text: as it is."""
    if not isinstance(query, str):
        return query
    words: list[str] = []
    for chunk in fold(query[:MAX_QUERY]).split():
        found = tokens(chunk)
        if not found or chunk.isascii():
            words.append(chunk)
            continue
        # the last character of a run is a token of its own; it says nothing once a pair has it
        words += [t for t in found if len(t) > 1 or len(found) == 1 or t.isascii()]
    return " ".join(words[:MAX_WORDS])


@cache
def _indexer(original: type) -> type:
    class ChineseIndexer(original):
        def prepare_value(self, value: Any) -> str:
            prepared = super().prepare_value(value)
            return indexed(prepared) if isinstance(value, str) else prepared

    return ChineseIndexer


@cache
def _index(original: type) -> type:
    class CheapIndex(original):
        """The stock one looks at every entry there is each time one is saved, to weigh titles by their length."""

        mean: ClassVar[tuple[float, float]] = (1.0, 0.0)  # length of titles, and until when that is good enough
        fresh: QuerySet | None = None  # the entries that are being written

        def add_items(self, model, objs) -> None:
            ids = [str(obj.pk) for obj in objs]
            self.fresh = self.entries.filter(content_type=get_content_type_pk(model), object_id__in=ids)
            try:
                super().add_items(model, objs)
            finally:
                self.fresh = None

        def _refresh_title_norms(self, full: bool = False) -> None:
            if full or self.fresh is None:
                super()._refresh_title_norms(full=full)
                return
            length, until = CheapIndex.mean
            if time.monotonic() > until:
                titles = self.entries.annotate(length=Length("title")).filter(length__gt=0)
                length = float(titles.aggregate(mean=Avg("length"))["mean"] or 1)
                CheapIndex.mean = (length, time.monotonic() + MEAN_SECONDS)
            written = self.fresh.annotate(length=Length("title")).filter(length__gt=0)
            written.update(title_norm=length / F("length"))

    return CheapIndex


@cache
def _backend(original: type) -> type:
    class ChineseBackend(original):
        index_class = _index(original.index_class)

        def search(self, query, *args, **kwargs):
            return super().search(asked(query), *args, **kwargs)

        def autocomplete(self, query, *args, **kwargs):
            return super().autocomplete(asked(query), *args, **kwargs)

    return ChineseBackend


def SearchBackend(params: dict) -> Any:
    """Return the backend of the default database, in Chinese."""
    stock = database.SearchBackend(dict(params))
    module = __import__(type(stock).__module__, fromlist=["ObjectIndexer"])
    if hasattr(module, "ObjectIndexer") and not hasattr(module.ObjectIndexer, "chinese"):
        module.ObjectIndexer = _indexer(module.ObjectIndexer)
        module.ObjectIndexer.chinese = True
    return _backend(type(stock))(dict(params))
