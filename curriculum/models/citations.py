"""Which page revision quotes which entry of the library. Written with the revision, so nothing has to read content to
know who cites a statute; an entry that any kept revision cites can't be deleted."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import Q
from wagtail.models import Page, Revision

from .glossary import Term
from .statutes import Statute

KINDS = {"statute": Statute, "library_term": Term}


class CitationQuerySet(models.QuerySet):
    def of_drafts(self):
        """Citations in the latest revision of their page."""
        return self.filter(revision=models.F("page__latest_revision"))

    def note(self, revision: Revision, values: list[Any]) -> None:
        """Write the citations of one revision anew. values: what the blocks of its stream fields hold."""
        found = {kind: set() for kind in KINDS}
        for kind, key in cited(values):
            found[kind].add(key)
        self.filter(revision=revision).delete()
        page = int(revision.object_id)
        rows = []
        for kind, name in (("statute", "statute"), ("library_term", "term")):
            there = KINDS[kind].objects.filter(pk__in=found[kind]).values_list("pk", flat=True) if found[kind] else []
            rows += [Citation(revision=revision, page_id=page, **{f"{name}_id": key}) for key in there]
        self.bulk_create(rows)


class Citation(models.Model):
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    statute = models.ForeignKey(Statute, on_delete=models.PROTECT, null=True, related_name="citations")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, null=True, related_name="citations")

    objects = CitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "statute"], name="statute_cited_once_per_revision"),
            models.UniqueConstraint(fields=["revision", "term"], name="term_cited_once_per_revision"),
            models.CheckConstraint(
                condition=Q(statute=None, term__isnull=False) | Q(statute__isnull=False, term=None),
                name="citation_of_one_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.statute or self.term}"


def cited(node: Any) -> Iterator[tuple[str, int]]:
    """Yield (kind, id) of every library entry in plain block values, wherever it stands."""
    if isinstance(node, dict):
        for kind in KINDS:
            if isinstance(node.get(kind), int) and "library" in node:
                yield kind, node[kind]
        for child in node.values():
            yield from cited(child)
    elif isinstance(node, list):
        for child in node:
            yield from cited(child)
