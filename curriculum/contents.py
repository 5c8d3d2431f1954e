"""Reads a course as it stands in its latest revisions: the course page, its lessons, its cases, ready for `alignment`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Revision

from lms.lib.hashing import content_hash

from .alignment import Gap, ItemSpec, ModuleSpec, PartSpec, TopicSpec, TrackSpec, gaps
from .cases import CaseScript, block_list, stream_values
from .completeness import unfinished
from .models.standards import TrackRequirement
from .models.syllabus import Competence, Level, Topic
from .portable import Names, page_form

if TYPE_CHECKING:  # the page models name forms and panels that read this module
    from .models.core import CoreRelease
    from .models.pages import CoursePage

# Where a page stands, who looked at it and when: not what it teaches.
NOT_CONTENT = {
    "pk", "path", "depth", "numchild", "translation_key", "locale", "live", "has_unpublished_changes", "url_path",
    "owner", "seo_title", "show_in_menus", "search_description", "first_published_at", "last_published_at",
    "latest_revision_created_at", "live_revision", "latest_revision", "go_live_at", "expire_at", "expired", "locked",
    "locked_at", "locked_by", "alias_of", "draft_title", "wagtail_admin_comments", "content_type", "slug",
}  # fmt: skip


# The order of a course's pages is that of its edition, which names them by hash and not by id.
NOT_HASHED = NOT_CONTENT | {"teaching_order"}


@dataclass(frozen=True)
class Entry:
    """One page of a course at one revision. release: set when it is national core, which the base only includes."""

    kind: str  # "course", "lesson" or "case"
    page: Page
    revision: Revision
    required: bool = True
    release: "CoreRelease | None" = None

    @property
    def waits_for_publication(self) -> bool:
        """Whether the public page shows something else. The national core's pages are published by its authority."""
        return self.release is None and not (self.page.live and self.page.live_revision_id == self.revision.pk)

    @property
    def content(self) -> dict[str, Any]:
        return self.revision.content

    def as_json(self) -> dict[str, Any]:
        line = {"kind": self.kind, "page": self.page.pk, "revision": self.revision.pk, "required": self.required}
        return line | ({"release": self.release.pk} if self.release else {})


def entries_of(course: "CoursePage") -> list[Entry]:
    """Return the course in teaching order at its latest revisions: course page, lessons, cases; each kind holds the
    base's own and the included core, in the order its author chose.

    A page without any revision (made by a script) gets one, so that there is something to freeze. Cases that are
    gone are left out.
    """
    course_revision = _latest(course)
    content = course_revision.content
    lessons = [
        Entry("lesson", page, _latest(page))
        for page in course.get_children().select_related("latest_revision").order_by("path")
    ]
    placements = sorted(content.get("case_placements", []), key=lambda p: p.get("sort_order") or 0)
    pages = Page.objects.select_related("latest_revision").in_bulk([placement["case"] for placement in placements])
    cases = [
        Entry("case", page, _latest(page), bool(placement.get("required")))
        for placement in placements
        if (page := pages.get(placement["case"]))
    ]
    core = _core_entries(content)
    order = content.get("teaching_order") or []
    lessons = in_order(lessons + [entry for entry in core if entry.kind == "lesson"], order, key=lambda e: e.page.pk)
    cases = in_order(cases + [entry for entry in core if entry.kind == "case"], order, key=lambda e: e.page.pk)
    return [Entry("course", course, course_revision), *lessons, *cases]


def in_order(rows: list, order: list[int], *, key: Callable[[Any], int]) -> list:
    """Return the rows as `order` names their keys; rows that it doesn't name follow as they came."""
    place = {pk: at for at, pk in enumerate(order)}
    return sorted(rows, key=lambda row: place.get(key(row), len(place)))


def _core_entries(content: dict[str, Any]) -> list[Entry]:
    """The core pages that a course's content includes, each at the release it names: two queries when there are any."""
    lines = sorted(content.get("core_inclusions", []), key=lambda line: line.get("sort_order") or 0)
    if not lines:
        return []
    releases = _releases([line["release"] for line in lines])
    return [
        Entry(release.kind, release.page, release.revision, bool(line.get("required")), release)
        for line in lines
        if (release := releases.get(line["release"]))
    ]


def _releases(keys: list[int]) -> "dict[int, CoreRelease]":
    releases = apps.get_model("curriculum", "CoreRelease").objects.select_related("page", "revision")
    return releases.in_bulk(keys) if keys else {}


def load_entries(contents: list[dict[str, Any]]) -> list[Entry]:
    """Return the entries that a review fixed when it was submitted."""
    pages = Page.objects.in_bulk([line["page"] for line in contents])
    revisions = Revision.objects.in_bulk([line["revision"] for line in contents])
    releases = _releases([line["release"] for line in contents if "release" in line])
    return [
        Entry(
            line["kind"], pages[line["page"]], revisions[line["revision"]], line["required"],
            releases.get(line.get("release")),
        )
        for line in contents
    ]  # fmt: skip


def _latest(page: Page) -> Revision:
    return page.latest_revision or page.specific.save_revision()


def level_of(entries: list[Entry]) -> Level:
    return Level.objects.select_related("syllabus").get(pk=entries[0].content["level"])


def parts_of(entries: list[Entry]) -> list[dict[str, Any]]:
    """Return the assessment parts of the course page; `cases` are page ids."""
    return [
        {
            "key": value["key"],
            "kind": value["kind"],
            "title": value["title"],
            "title_en": value.get("title_en") or "",
            "weight": value["weight"] or 0,  # empty in an unfinished draft
            "pass_mark": value["pass_mark"] or 0,
            "cases": [page for page in block_list(value.get("cases")) if page],
        }
        for value in stream_values(entries[0].content.get("parts"))
    ]


def gaps_of(entries: list[Entry]) -> list[Gap]:
    """Compare a course with its level."""
    level = level_of(entries)
    topics = list(Topic.objects.filter(module__level=level).select_related("module").prefetch_related("competences"))
    codes = {topic.pk: topic.code for topic in topics}
    items = [_item(entry, codes) for entry in entries if entry.kind != "course"]
    parts = [
        PartSpec(p["key"], p["weight"], tuple(map(str, p["cases"])), p["kind"], p["title"], p["title_en"])
        for p in parts_of(entries)
    ]
    course = entries[0].content
    of_course = [
        Gap("unfinished", "", course["title"], course.get("title_en", ""), detail=where)
        for where in unfinished("course", course)
    ]
    titles = {c.code: (c.title, c.title_en) for c in Competence.objects.filter(syllabus=level.syllabus)}
    of_course += [
        Gap("core_level", "", entry.content["title"], entry.content.get("title_en", ""))
        for entry in entries
        if entry.release is not None and entry.release.level_id != level.pk
    ]
    return of_course + gaps(
        [ModuleSpec(m.code, m.title, m.title_en, m.hours) for m in level.modules.all()],
        [
            TopicSpec(
                t.code,
                t.title,
                t.title_en,
                t.required,
                t.hours,
                t.module.code,
                frozenset(c.code for c in t.competences.all()),
            )
            for t in topics
        ],
        items,
        parts,
        minutes_per_hour=level.syllabus.minutes_per_hour,
        competence_titles=titles,
        track=_track(course.get("track"), level),
    )


def _track(pk: int | None, level: Level) -> TrackSpec | None:
    """Return what the declared track asks for at this level; None without one, or when it asks for nothing here."""
    wanted = pk and TrackRequirement.objects.filter(track=pk, level=level).select_related("track").first()
    if not wanted:
        return None
    codes = frozenset(wanted.topics.values_list("code", flat=True))
    track = wanted.track
    return TrackSpec(track.code, track.title, track.title_en, codes, wanted.minimum_topics, wanted.minimum_hours)


def _item(entry: Entry, codes: dict[int, str]) -> ItemSpec:
    content = entry.content
    script = CaseScript.from_content(content) if entry.kind == "case" else None
    return ItemSpec(
        kind=entry.kind,
        title=content["title"],
        minutes=content.get("minutes") or 0,
        topics=frozenset(codes[pk] for pk in content.get("topics", []) if pk in codes),
        key=str(entry.page.pk),
        required=entry.required,
        rubric_competences=frozenset(c.competence for c in script.rubric) if script else frozenset(),
        problems=tuple(script.problems()) if script else (),
        title_en=content.get("title_en", ""),
        unfinished=tuple(unfinished(entry.kind, content)),
    )


def page_gaps(kind: str, content: dict[str, Any]) -> list[Gap]:
    """Return what keeps one lesson or case from being taught, without a course around it."""
    problems = CaseScript.from_content(content).problems() if kind == "case" else []
    found = [("unfinished", where) for where in unfinished(kind, content)] + [("case_problem", p) for p in problems]
    return [Gap(name, "", content["title"], content.get("title_en", ""), detail=detail) for name, detail in found]


SCHEME = 2  # of page hashes: 1 named topics and files by database ids, 2 is the same everywhere (docs/editions.md)


def page_hash(content: dict[str, Any], *, scheme: int = SCHEME, names: Names | None = None) -> str:
    """Return the hash of what a page teaches: its content and the bytes of the images and files it shows.

    scheme: how an edition was frozen; names: fetched for many pages at once, else for this one.
    """
    if scheme == 1:
        kept = {key: value for key, value in content.items() if key not in NOT_HASHED}
        return content_hash({"content": _plain(kept), "files": _file_hashes(kept)})
    return content_hash(portable_page(content, names=names))


def portable_page(content: dict[str, Any], *, names: Names | None = None) -> dict[str, Any]:
    """Return what a page teaches in the form that is hashed and exported."""
    return page_form(content, names or Names([content]), without=NOT_HASHED)


def _plain(value: Any) -> Any:
    """Child objects carry primary keys that say nothing about the content."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items() if key != "pk"}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value


def file_ids(content: dict[str, Any]) -> tuple[set[int], set[int]]:
    """Return the ids of the images and of the documents that a page's content shows."""
    images: set[int] = set()
    documents: set[int] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key == "image" and isinstance(child, int):
                    images.add(child)
                elif key in ("file", "captions", "document") and isinstance(child, int):
                    documents.add(child)
                else:
                    walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for name in ("body", "exhibits"):
        walk(stream_values(content.get(name)))
    return images, documents


def _file_hashes(content: dict[str, Any]) -> list[str]:
    images, documents = file_ids(content)
    found = [f"image:{i.get_file_hash()}" for i in get_image_model().objects.filter(pk__in=images)]
    found += [f"document:{d.get_file_hash()}" for d in get_document_model().objects.filter(pk__in=documents)]
    return sorted(found)
