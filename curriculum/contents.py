"""Reads a course as it stands in its latest revisions: the course page, its lessons, its cases, ready for `alignment`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Q
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Revision

from lms.lib.hashing import content_hash

from .alignment import Gap, ItemSpec, PartSpec, gaps
from .cases import CaseScript, block_list, stream_values
from .completeness import unfinished
from .frames import Frame, frames
from .models.syllabus import Level
from .part_rules import competences, problems, rules_from
from .portable import Names, files_in, page_form

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
    return entries_of_all([course])[course.pk]


def entries_of_all(courses: "Iterable[CoursePage]") -> dict[int, list[Entry]]:
    """Return the entries of many courses by the course's id: four queries, two of them for the core, and one for each
    course whose latest revision is not loaded."""
    revisions = {course: _latest(course) for course in courses}
    contents = [revision.content for revision in revisions.values()]
    lessons: dict[str, list[Page]] = {}
    for page in _below(revisions):
        lessons.setdefault(page.path[: -page.steplen], []).append(page)
    named = {line["case"] for content in contents for line in content.get("case_placements", [])}
    pages = Page.objects.select_related("latest_revision").in_bulk(named) if named else {}
    releases = _releases([line["release"] for content in contents for line in content.get("core_inclusions", [])])
    return {
        course.pk: _arranged(course, revision, lessons.get(course.path, []), pages, releases)
        for course, revision in revisions.items()
    }


def _below(courses: "Iterable[CoursePage]") -> Iterable[Page]:
    """The lessons of these courses in the order of the tree: one query."""
    inside = Q(pk__in=[])
    for course in courses:
        inside |= Q(path__startswith=course.path, depth=course.depth + 1)
    return Page.objects.filter(inside).select_related("latest_revision").order_by("path")


def _arranged(
    course: "CoursePage", revision: Revision, lesson_pages: list[Page], pages: dict[int, Page],
    releases: "dict[int, CoreRelease]",
) -> list[Entry]:  # fmt: skip
    content = revision.content
    lessons = [Entry("lesson", page, _latest(page)) for page in lesson_pages]
    placements = sorted(content.get("case_placements", []), key=lambda p: p.get("sort_order") or 0)
    cases = [
        Entry("case", page, _latest(page), bool(placement.get("required")))
        for placement in placements
        if (page := pages.get(placement["case"]))
    ]
    lines = sorted(content.get("core_inclusions", []), key=lambda line: line.get("sort_order") or 0)
    core = [
        Entry(release.kind, release.page, release.revision, bool(line.get("required")), release)
        for line in lines
        if (release := releases.get(line["release"]))
    ]
    order = content.get("teaching_order") or []
    lessons = in_order(lessons + [entry for entry in core if entry.kind == "lesson"], order, key=lambda e: e.page.pk)
    cases = in_order(cases + [entry for entry in core if entry.kind == "case"], order, key=lambda e: e.page.pk)
    return [Entry("course", course, revision), *lessons, *cases]


def in_order(rows: list, order: list[int], *, key: Callable[[Any], int]) -> list:
    """Return the rows as `order` names their keys; rows that it doesn't name follow as they came."""
    place = {pk: at for at, pk in enumerate(order)}
    return sorted(rows, key=lambda row: place.get(key(row), len(place)))


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
            **rules_from(value),  # nothing for other kinds, which hash as before there were rules
        }
        for value in stream_values(entries[0].content.get("parts"))
    ]


def frame_of(entries: list[Entry]) -> Frame:
    """Return what the level of a course asks for: five queries, seven when it declares a track."""
    content = entries[0].content
    return frames([content["level"]], tracks=[content.get("track")])[content["level"]]


def places_left_empty(entry: Entry) -> list[str]:
    """Return what is unfinished on one page, by the labels of its fields. A course asks the database for its cases."""
    return unfinished(entry.kind, entry.content)


def gaps_of(
    entries: list[Entry], frame: Frame | None = None, *, look: Callable[[Entry], list[str]] = places_left_empty
) -> list[Gap]:
    """Compare a course with its level. frame: what that asks for, when it is at hand; look: finds what is unfinished."""
    frame = frame or frame_of(entries)
    codes = frame.codes
    items = [_item(entry, codes, look(entry)) for entry in entries if entry.kind != "course"]
    parts = [
        PartSpec(
            p["key"], p["weight"], tuple(map(str, p["cases"])), p["kind"], p["title"], p["title_en"],
            ruled="defence" in p or "portfolio" in p, rule_problems=tuple(problems(p)), rubric_competences=competences(p),
        )
        for p in parts_of(entries)
    ]
    course = entries[0].content
    of_course = [
        Gap("unfinished", "", course["title"], course.get("title_en", ""), detail=where, page=str(entries[0].page.pk))
        for where in look(entries[0])
    ]
    of_course += [
        Gap("core_level", "", entry.content["title"], entry.content.get("title_en", ""))
        for entry in entries
        if entry.release is not None and entry.release.level_id != frame.level.pk
    ]
    return of_course + gaps(
        frame.module_specs(),
        frame.topic_specs(),
        items,
        parts,
        minutes_per_hour=frame.level.syllabus.minutes_per_hour,
        competence_titles=frame.titles,
        track=frame.track_spec(course.get("track")),
    )


def _item(entry: Entry, codes: dict[int, str], empty: list[str]) -> ItemSpec:
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
        unfinished=tuple(empty),
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
    found: dict[str, set[int]] = {"image": set(), "document": set()}
    for name in ("body", "exhibits"):
        for kind, pk in files_in(stream_values(content.get(name))):
            found[kind].add(pk)
    return found["image"], found["document"]


def _file_hashes(content: dict[str, Any]) -> list[str]:
    images, documents = file_ids(content)
    found = [f"image:{i.get_file_hash()}" for i in get_image_model().objects.filter(pk__in=images)]
    found += [f"document:{d.get_file_hash()}" for d in get_document_model().objects.filter(pk__in=documents)]
    return sorted(found)
