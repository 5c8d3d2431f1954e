"""Statutes and terms of the library in the search: national ones for everyone, a base's own for its authors."""

from collections.abc import Iterable, Sequence

from django.db.models.signals import post_delete, post_save
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import content_hash
from lms.lib.search.index import hide, mark
from lms.lib.search.registry import PUBLIC, Content, Document, Source, register_kind, register_source

from .models import Statute, Term
from .models.library import LibraryEntry


def term_documents(ids: Sequence[int]) -> Iterable[Document]:
    for term in Term.objects.filter(pk__in=ids).select_related("organisation"):
        facets = (("level", term.level),) if term.level else ()
        text = _lines(term.definition, term.source, term.definition_en, term.pinyin.replace(" ", ""))
        yield _document(term, "term", Content(term.term, term.term_en, text, term.get_absolute_url(), facets))


def statute_documents(ids: Sequence[int]) -> Iterable[Document]:
    """A national statute opens where its issuer publishes it, a base's own in the library."""
    for statute in Statute.objects.filter(pk__in=ids).select_related("organisation"):
        text = _lines(statute.issuer, statute.document_number, statute.in_force_from and str(statute.in_force_from))
        own = reverse("wagtailsnippets_curriculum_statute:edit", args=[statute.pk])
        url = statute.source_url if statute.is_national else own
        yield _document(statute, "statute", Content(statute.title, statute.title_en, text, url))


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


def _document(entry: LibraryEntry, kind: str, content: Content) -> Document:
    if not entry.is_national:
        base = ("base", entry.organisation.slug)
        content = Content(content.title, content.title_en, content.text, content.url, (base, *content.facets))
    audience = PUBLIC if entry.is_national else f"draft:{entry.organisation_id}"
    said = [content.title, content.title_en, content.text, content.url, *map(list, content.facets)]
    stamp = content_hash({"entry": said})[-32:]
    name = f"{kind}:{entry.pk}"
    return Document(entry.pk, name, name, kind, stamp, frozenset({audience}), lambda: content)


def _on_saved(sender, instance: LibraryEntry, raw: bool = False, **kwargs) -> None:
    if not raw:
        mark(sender._meta.model_name, [instance.pk])


def _on_deleted(sender, instance: LibraryEntry, **kwargs) -> None:
    hide(sender._meta.model_name, [instance.pk])


register_kind("term", _("Key terms"))
register_kind("statute", _("Statutes and standards"))
for _model, _documents in ((Term, term_documents), (Statute, statute_documents)):
    _name = _model._meta.model_name
    register_source(
        Source(_name, lambda model=_model: model.objects.order_by("pk").values_list("pk", flat=True).iterator(), _documents)
    )
    post_save.connect(_on_saved, sender=_model, dispatch_uid=f"search-saved-{_name}")
    post_delete.connect(_on_deleted, sender=_model, dispatch_uid=f"search-deleted-{_name}")
