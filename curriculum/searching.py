"""What of the curriculum can be found, and by whom: the public outline of what is published, a base's own drafts, the
frozen texts of editions for those who study or oversee them, the national core for all bases, topics of versions.

Of a page there are up to three texts: what its public page shows, what a trainee may read before and while studying,
and everything. A case's stages, exhibits and debrief are in the last one only: a search must not play the case.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Page, PageViewRestriction, Revision

from accounts.models import Organisation, User
from accounts.models.organisations import BASE_ROLES
from accounts.permissions import organisation_ids, user_has_role
from lms.lib.hashing import content_hash
from lms.lib.language import local
from lms.lib.search.models import SearchEntry
from lms.lib.search.registry import (
    PUBLIC,
    Audience,
    Content,
    Document,
    Facet,
    Source,
    register_facet,
    register_kind,
    register_source,
    register_viewer,
)
from lms.lib.search.text import plain

from .core_permissions import user_can_read_core, user_oversees_core
from .media import spoken
from .models import (
    CaseScenarioPage,
    CoreCollectionPage,
    CoreRelease,
    CoursePage,
    EditionItem,
    LessonPage,
    Level,
    Module,
    Syllabus,
    Topic,
    TrainingBasePage,
    Translation,
)
from .permissions import AUTHORITY_READERS, WRITERS
from .reading import Reader, translated

KIND_OF = {TrainingBasePage: "base", CoursePage: "course", LessonPage: "lesson", CaseScenarioPage: "case"}
# Of a page's content, in the order in which they are read. Whatever is not named is not found.
PUBLIC_FIELDS = {
    "base": ["summary", "summary_en", "about"],
    "course": ["summary", "summary_en", "about", "author", "source"],
    "lesson": ["summary", "summary_en", "author", "source"],  # and the headings of its body
    "case": ["summary", "summary_en", "sector", "sector_en", "role", "author", "source"],  # and the work product's name
}
READER_FIELDS = {
    "course": PUBLIC_FIELDS["course"],
    "lesson": ["summary", "summary_en", "body", "author", "source"],
    "case": ["summary", "summary_en", "sector", "sector_en", "role", "brief", "deliverable", "author", "source"],
}
ALL_FIELDS = READER_FIELDS | {
    "case": [
        "summary", "summary_en", "sector", "sector_en", "role", "brief", "exhibits", "stages", "debrief", "deliverable",
        "rubric", "author", "source",
    ],
}  # fmt: skip
# Of the values inside a body: keys, links and answers say nothing, or too much.
SILENT = {
    "id", "type", "key", "next", "correct", "feedback", "kind", "image", "file", "captions", "document", "source_url",
    "captions_en", "poster", "address", "time", "attachment", "competence", "exhibits",
}  # fmt: skip


def words(value: Any) -> str:
    """Return what one reads of a field's value: rich text, a StreamField as it stands in a revision, or plain text."""
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return "\n".join(part for part in _said(value) if part)


def _said(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield plain(value)
    elif isinstance(value, list):
        for child in value:
            yield from _said(child)
    elif isinstance(value, dict):
        if "value" in value and "type" in value:  # a block of a stream, an item of a list
            yield from _said(value["value"])
        else:
            for name, child in value.items():
                if name not in SILENT:
                    yield from _said(child)


def text_of(kind: str, content: dict[str, Any], fields: list[str], *, public: bool = False) -> str:
    parts = [words(content.get(name) or "") for name in fields]
    if kind == "lesson" and "body" in fields:
        parts += spoken(_blocks(content, "body"))
    if public and kind == "lesson":
        parts.append(words([b for b in _blocks(content, "body") if b.get("type") == "heading"]))
    if public and kind == "case":
        for block in _blocks(content, "deliverable"):
            parts += [block["value"].get("title") or "", block["value"].get("title_en") or ""]
    return "\n".join(part for part in parts if part)


def _blocks(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = content.get(name) or []
    return json.loads(value) if isinstance(value, str) else value


# --- Pages -----------------------------------------------------------------------------------------------------------


class _Batch:
    """Some pages with what their documents need, each loaded once and only when asked for."""

    def __init__(self, ids: Sequence[int]) -> None:
        pages = Page.objects.filter(pk__in=ids).select_related("content_type")
        self.pages = [page for page in pages if page.specific_class in KIND_OF]
        self.items = list(
            EditionItem.objects.filter(page__in=[page.pk for page in self.pages]).values_list(
                "page_id", "revision_id", "edition_id", "edition__organisation_id"
            )
        )
        self.bases = list(TrainingBasePage.objects.values_list("path", "organisation_id", "organisation__slug"))
        self.core = list(CoreCollectionPage.objects.values_list("path", flat=True))
        self.releases = set(CoreRelease.objects.filter(page__in=ids).values_list("page_id", "revision_id"))
        self.closed = list(PageViewRestriction.objects.values_list("page__path", flat=True))

    def base_of(self, page: Page) -> tuple[int, str] | None:
        return next((found[1:] for found in self.bases if page.path.startswith(found[0])), None)

    @cached_property
    def revisions(self) -> dict[int, Revision]:
        wanted = {item[1] for item in self.items}
        for page in self.pages:
            wanted |= {page.latest_revision_id, page.live_revision_id if page.live else None}
        return Revision.objects.in_bulk([pk for pk in wanted if pk])

    @cached_property
    def readers(self) -> dict[int, Reader]:
        rows = Translation.objects.filter(page__in=[page.pk for page in self.pages], version__gt=0)
        return {page: Reader(entries, version) for page, entries, version in rows.values_list("page_id", "entries", "version")}

    def version(self, page: Page) -> str:
        """Part of a text's stamp: it says something else when its translation does."""
        return f".t{self.readers[page.pk].version}" if page.pk in self.readers else ""

    def english(self, page: Page, kind: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """The content as English readers get it; None where nothing is translated."""
        reader = self.readers.get(page.pk)
        overlaid = translated(kind, content, reader) if reader and kind != "base" else None
        return overlaid.content if overlaid else None

    @cached_property
    def topics(self) -> dict[int, tuple[str, str, str]]:
        rows = Topic.objects.values_list("pk", "module__code", "module__level__code", "module__level__syllabus__slug")
        return {pk: tuple(codes) for pk, *codes in rows}

    @cached_property
    def levels(self) -> dict[int, tuple[str, str]]:
        return {pk: (code, slug) for pk, code, slug in Level.objects.values_list("pk", "code", "syllabus__slug")}

    def content(self, page: Page, revision: int | None) -> dict[str, Any]:
        found = self.revisions.get(revision) if revision else None
        return found.content if found else page.specific.serializable_data()

    def facets(self, page: Page, content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        found = [("base", base[1])] if (base := self.base_of(page)) else []
        if (level := content.get("level")) in self.levels:
            code, syllabus = self.levels[level]
            found += [("level", code), ("syllabus", syllabus)]
        for topic in content.get("topics", []):
            if topic in self.topics:
                module, code, syllabus = self.topics[topic]
                found += [("module", module), ("level", code), ("syllabus", syllabus)]
        return tuple(dict.fromkeys(found))


def page_documents(ids: Sequence[int]) -> Iterable[Document]:
    """Eight queries for a batch; the texts are read only of pages whose stamp is new."""
    batch = _Batch(ids)
    frozen: dict[int, dict[int, set[str]]] = {}
    for page, revision, edition, organisation in batch.items:
        readers = frozen.setdefault(page, {}).setdefault(revision, set())
        readers |= {f"edition:{edition}", f"staff:{organisation}", "authority"}
    for page in batch.pages:
        kind = KIND_OF[page.specific_class]
        base = batch.base_of(page)
        if page.live and not any(page.path.startswith(path) for path in batch.closed):
            yield _public(batch, page, kind)
        core = base is None and page.path.startswith(tuple(batch.core))
        if kind == "base" or not (base or core):
            continue
        texts = frozen.get(page.pk, {})
        for _page, revision in (pair for pair in batch.releases if pair[0] == page.pk):
            texts.setdefault(revision, set()).add("core")
        if page.latest_revision_id:
            texts.setdefault(page.latest_revision_id, set()).add(f"draft:{base[0]}" if base else "core-draft")
        for revision, readers in texts.items():
            yield from _of_revision(batch, page, kind, revision, readers)


def _public(batch: _Batch, page: Page, kind: str) -> Document:
    def build() -> Content:
        content = batch.content(page, page.live_revision_id)
        return _content(batch, page, kind, content, PUBLIC_FIELDS[kind], public=True, url=page.get_url() or "")

    said = [page.live_revision_id, str(page.last_published_at), page.title, page.url_path, batch.base_of(page)]
    said.append(batch.version(page))
    stamp = content_hash({"page": [str(part) for part in said]})[-32:]
    return Document(page.pk, f"page:{page.pk}", f"page:{page.pk}", kind, stamp, frozenset({PUBLIC}), build)


def _of_revision(batch: _Batch, page: Page, kind: str, revision: int, readers: set[str]) -> Iterable[Document]:
    """A revision never changes, so its number is its stamp, with the version of its translation. A case's
    trainees get a text of their own."""

    def build(fields: dict[str, list[str]]) -> Callable[[], Content]:
        def make() -> Content:
            content = batch.content(page, revision)
            return _content(batch, page, kind, content, fields[kind])

        return make

    trainees = frozenset(name for name in readers if name.startswith("edition:"))
    base = batch.base_of(page)
    stamp = f"r{revision}.{base[1] if base else ''}{batch.version(page)}"
    key, thing = f"revision:{revision}", f"page:{page.pk}"
    everything = frozenset(readers) if kind != "case" else frozenset(readers) - trainees
    yield Document(page.pk, key, thing, kind, stamp, everything, build(ALL_FIELDS))
    if kind == "case" and trainees:
        yield Document(page.pk, f"{key}:reader", thing, kind, stamp, trainees, build(READER_FIELDS))


def _content(
    batch: _Batch, page: Page, kind: str, content: dict[str, Any], fields: list[str], *, public: bool = False, url: str = "",
) -> Content:  # fmt: skip
    """Both languages in one text: whoever looks for English words finds the translation."""
    text, title_en = text_of(kind, content, fields, public=public), content.get("title_en") or ""
    if english := batch.english(page, kind, content):
        title_en = title_en or english.get("title_en") or ""
        said = set(text.split("\n"))
        lines = text_of(kind, english, fields, public=public).split("\n")
        text = "\n".join([text, *(line for line in lines if line not in said)])
    return Content(content.get("title") or page.title, title_en, text, url, batch.facets(page, content))


# --- Syllabus --------------------------------------------------------------------------------------------------------


def public_topics():
    return Topic.objects.exclude(module__level__syllabus__status=Syllabus.Status.DRAFT)


def topic_documents(ids: Sequence[int]) -> Iterable[Document]:
    topics = public_topics().filter(pk__in=ids).select_related("module__level__syllabus")
    for topic in topics.prefetch_related("competences"):
        yield _topic(topic)


def _topic(topic: Topic) -> Document:
    module, level = topic.module, topic.module.level
    competences = topic.competences.all()
    chinese = [topic.code, *topic.outcomes, module.title, level.title, *(c.title for c in competences)]
    english = [*topic.outcomes_en, module.title_en, level.title_en, *(c.title_en for c in competences)]
    lines = [*chinese, *english]
    url = reverse("syllabus_level", args=[level.syllabus.slug, level.code]) + f"#m-{module.code}"
    facets = (("module", module.code), ("level", level.code), ("syllabus", level.syllabus.slug))
    content = Content(topic.title, topic.title_en, "\n".join(line for line in lines if line), url, facets)
    stamp = content_hash({"topic": [content.title, content.title_en, content.text, url]})[-32:]
    name = f"topic:{topic.pk}"
    return Document(topic.pk, name, name, "topic", stamp, frozenset({PUBLIC}), lambda: content)


# --- Who sees what ---------------------------------------------------------------------------------------------------


@register_viewer
def curriculum_audiences(user: User) -> Iterable[Audience]:
    """Authors and the base's reviewers find their base's drafts; everyone of a base its editions; the authority all
    editions."""
    for organisation in organisation_ids(user, *WRITERS):
        yield Audience(f"draft:{organisation}", 20, editor_links, pgettext_lazy("search result", "working copy"))
    for organisation in organisation_ids(user, *BASE_ROLES):
        yield Audience(f"staff:{organisation}", 30, edition_links, pgettext_lazy("search result", "edition"))
    if user_oversees_core(user):
        yield Audience("core-draft", 25, core_page_links, pgettext_lazy("search result", "working copy"))
    if user_can_read_core(user):
        yield Audience("core", 35, release_links, pgettext_lazy("search result", "national core"))
    if user_has_role(user, *AUTHORITY_READERS):
        yield Audience("authority", 40, edition_links, pgettext_lazy("search result", "edition"))


def editor_links(user: User, entries: list[SearchEntry]) -> dict[int, str]:
    """Pages open in the editor; whatever else a base writes has its own address."""
    return {
        entry.pk: reverse("wagtailadmin_pages:edit", args=[entry.object_id]) if entry.source == "page" else entry.url
        for entry in entries
    }


def edition_links(user: User, entries: list[SearchEntry]) -> dict[int, str]:
    """The page as the newest edition the person may open has it: one query."""
    own = Q() if user_has_role(user, *AUTHORITY_READERS) else Q(edition__organisation__in=organisation_ids(user, *BASE_ROLES))
    items = EditionItem.objects.filter(own, revision__in=[revision_of(entry) for entry in entries])
    newest = {}
    for revision, edition, item in items.order_by("edition_id").values_list("revision_id", "edition__uuid", "uuid"):
        newest[revision] = reverse("edition_item_preview", args=[edition, item])
    return {entry.pk: newest[revision_of(entry)] for entry in entries if revision_of(entry) in newest}


def core_page_links(user: User, entries: list[SearchEntry]) -> dict[int, str]:
    return {entry.pk: reverse("core_page", args=[entry.object_id]) for entry in entries}


def release_links(user: User, entries: list[SearchEntry]) -> dict[int, str]:
    """The release whose text it is: one query."""
    found = CoreRelease.objects.filter(revision__in=[revision_of(entry) for entry in entries])
    urls = {release.revision_id: release.get_absolute_url() for release in found.only("revision_id", "uuid")}
    return {entry.pk: urls[revision_of(entry)] for entry in entries if revision_of(entry) in urls}


def revision_of(entry: SearchEntry) -> int:
    """Return the revision whose text an entry is, from its key."""
    return int(entry.key.split(":")[1])


# --- Registered ------------------------------------------------------------------------------------------------------


def _level_labels(codes: set[str]) -> dict[str, str]:
    return {code: capfirst(str(label)) for code, label in Level.Code.choices if code in codes}


def _module_labels(codes: set[str]) -> dict[str, str]:
    """Words of the newest version that has the module."""
    modules = Module.objects.filter(code__in=codes).order_by("level__syllabus__in_force_from", "-level__position")
    labels = {module.code: local(module, "title") for module in modules}
    order = {code: place for place, code in enumerate(module.code for module in modules)}
    return {code: labels[code] for code in sorted(labels, key=lambda code: order[code])}


def _base_labels(slugs: set[str]) -> dict[str, str]:
    return {o.slug: o.display_name for o in Organisation.objects.filter(slug__in=slugs).order_by("name")}


def _syllabus_labels(slugs: set[str]) -> dict[str, str]:
    found = Syllabus.objects.public().filter(slug__in=slugs)
    return {s.slug: f"{local(s, 'title')} ({s.version})" for s in found}


for _order, (_name, _label) in enumerate((
    ("course", _("Courses")), ("lesson", _("Lessons")), ("case", _("Case scenarios")), ("topic", _("Syllabus topics")),
    ("base", _("Training bases")),
)):  # fmt: skip
    register_kind(_name, _label, order=_order)
register_facet(Facet("level", pgettext_lazy("of ability", "Level"), _level_labels, 10))
register_facet(Facet("module", _("Module"), _module_labels, 20))
register_facet(Facet("base", _("Training base"), _base_labels, 30))
register_facet(Facet("syllabus", _("Syllabus version"), _syllabus_labels, 40))


def page_ids() -> Iterable[int]:
    return Page.objects.filter(depth__gt=2).order_by("pk").values_list("pk", flat=True).iterator()


register_source(Source("page", page_ids, page_documents))
register_source(
    Source("topic", lambda: public_topics().order_by("pk").values_list("pk", flat=True).iterator(), topic_documents)
)
