"""Two states of a course compared: page by page with the words, and what the assessment asks for. A state is an edition,
a review's contents or the draft as it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .cases import BandSpec, CaseScript, CriterionSpec
from .comparing import Comparison, ShownNames, compare
from .content_diff import longest_rise
from .contents import Entry, level_of, parts_of, portable_page
from .models import Edition, Level
from .portable import Names

NEW, CHANGED, SAME, REMOVED = "new", "changed", "same", "removed"


@dataclass(frozen=True)
class PageState:
    """One page of a course as it stands on one side. place: from 0, the course page first."""

    place: int
    kind: str
    page_id: int
    required: bool
    content: dict[str, Any]

    @property
    def title(self) -> str:
        return self.content["title"]

    @property
    def title_en(self) -> str:
        return self.content.get("title_en") or ""

    @property
    def minutes(self) -> int:
        return self.content.get("minutes") or 0


@dataclass(frozen=True)
class Side:
    """One state of a course. parts name their cases by page id."""

    pages: tuple[PageState, ...]
    parts: tuple[dict[str, Any], ...]
    level: Level
    edition: Edition | None = None

    @classmethod
    def of_edition(cls, edition: Edition) -> "Side":
        """Two queries; level and syllabus are read with the edition where they were not loaded."""
        items = list(edition.items.select_related("revision"))
        by_uuid = {str(item.uuid): item.page_id for item in items}
        parts = tuple(part | {"cases": [by_uuid[case] for case in part["cases"]]} for part in edition.parts)
        pages = tuple(PageState(i.position, i.kind, i.page_id, i.required, i.content()) for i in items)
        return cls(pages, parts, edition.level, edition)

    @classmethod
    def of_entries(cls, entries: list[Entry]) -> "Side":
        pages = tuple(
            PageState(place, entry.kind, entry.page.pk, entry.required, entry.content)
            for place, entry in enumerate(entries)
        )
        return cls(pages, tuple(parts_of(entries)), level_of(entries))

    @property
    def minutes(self) -> int:
        """Nominal minutes of the lessons and cases together."""
        return sum(page.minutes for page in self.pages)


@dataclass(frozen=True)
class PageChange:
    """One page on both sides. comparison: the words, for a page that changed. `moved`: it stands elsewhere among the
    pages that both sides have."""

    state: str
    before: PageState | None
    after: PageState | None
    moved: bool = False
    comparison: Comparison | None = None

    @property
    def shown(self) -> PageState:
        return self.after or self.before

    @property
    def kind(self) -> str:
        return self.shown.kind

    @property
    def title(self) -> str:
        return self.shown.title

    @property
    def title_en(self) -> str:
        return self.shown.title_en

    @property
    def requirement(self) -> str:
        """required or optional, when that is what a case has become; else ""."""
        if self.before is None or self.after is None or self.before.required == self.after.required:
            return ""
        return "required" if self.after.required else "optional"

    @property
    def differs(self) -> bool:
        return self.state != SAME or self.moved or bool(self.requirement)


@dataclass(frozen=True)
class PartChange:
    """One part of the assessment on both sides, by its key; None where a side does not have it."""

    state: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def shown(self) -> dict[str, Any]:
        return self.after or self.before

    @property
    def other_weight(self) -> bool:
        return self.state == CHANGED and self.before["weight"] != self.after["weight"]

    @property
    def other_pass_mark(self) -> bool:
        return self.state == CHANGED and self.before["pass_mark"] != self.after["pass_mark"]

    @property
    def other_cases(self) -> bool:
        return self.state == CHANGED and self.before["cases"] != self.after["cases"]


@dataclass(frozen=True)
class CriterionChange:
    """One criterion of a case's rubric, by its key. bands: (before, after) in their order, only those that differ."""

    state: str
    before: CriterionSpec | None
    after: CriterionSpec | None
    bands: tuple[tuple[BandSpec | None, BandSpec | None], ...] = ()

    @property
    def shown(self) -> CriterionSpec:
        return self.after or self.before

    @property
    def other_competence(self) -> bool:
        return self.state == CHANGED and self.before.competence != self.after.competence


@dataclass(frozen=True)
class RubricChange:
    """The criteria that differ in a case both sides have, and the limit where two assessors disagree too much."""

    page: PageState
    criteria: tuple[CriterionChange, ...]
    limits: tuple[int, int]

    @property
    def other_limit(self) -> bool:
        return self.limits[0] != self.limits[1]


@dataclass(frozen=True)
class CourseComparison:
    before: Side
    after: Side
    pages: tuple[PageChange, ...]
    parts: tuple[PartChange, ...]
    rubrics: tuple[RubricChange, ...]

    def count(self, state: str) -> int:
        return sum(page.state == state for page in self.pages)

    @property
    def counts(self) -> dict[str, int]:
        """How many pages: new, changed, same, removed, moved, and cases that became required or optional."""
        found = {state: self.count(state) for state in (NEW, CHANGED, SAME, REMOVED)}
        found["moved"] = sum(page.moved for page in self.pages)
        found["requirement"] = sum(bool(page.requirement) for page in self.pages)
        return found

    @property
    def other_level(self) -> bool:
        return self.before.level.pk != self.after.level.pk

    @property
    def differs(self) -> bool:
        return self.other_level or any(page.differs for page in self.pages) or bool(self.parts)

    @property
    def differing(self) -> list[PageChange]:
        return [page for page in self.pages if page.differs]


def compare_sides(before: Side, after: Side, *, only: int | None = None) -> CourseComparison:
    """Return what differs. Pages are matched by the page they are, parts and criteria by their keys.

    only: words of this page alone (its id), the others are only told changed or not. The number of queries does not
    grow with the pages.
    """
    contents = [page.content for side in (before, after) for page in side.pages]
    names = Names(contents)
    shown = ShownNames(*contents)
    old = {page.page_id: page for page in before.pages}
    moved = _moved(before.pages, after.pages)
    pages = []
    for page in after.pages:
        was = old.pop(page.page_id, None)
        if was is None:
            pages.append(PageChange(NEW, None, page))
        elif portable_page(was.content, names=names) == portable_page(page.content, names=names):
            pages.append(PageChange(SAME, was, page, page.page_id in moved))
        else:
            words = None
            if only in (None, page.page_id):
                words = compare(page.kind, was.content, page.content, names=shown)
            pages.append(PageChange(CHANGED, was, page, page.page_id in moved, words))
    pages += [PageChange(REMOVED, page, None) for page in old.values()]
    return CourseComparison(
        before, after, tuple(pages), tuple(_parts(before.parts, after.parts)), tuple(_rubrics(pages))
    )


def pages_by_id(*sides: Side) -> dict[int, PageState]:
    """The pages of the sides by id, the last side's where both have it: names of the cases that parts name."""
    return {page.page_id: page for side in sides for page in side.pages}


def _moved(before: Iterable[PageState], after: Iterable[PageState]) -> set[int]:
    """Ids of the pages to be picked up and put elsewhere so that the order of the ones is that of the others."""
    places = {page.page_id: page.place for page in before}
    both = [page.page_id for page in after if page.page_id in places]
    staying = longest_rise([places[pk] for pk in both])
    return {pk for pk in both if places[pk] not in staying}


def _parts(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> Iterable[PartChange]:
    old = {part["key"]: part for part in before}
    for part in after:
        was = old.pop(part["key"], None)
        if was != part:
            yield PartChange(NEW if was is None else CHANGED, was, part)
    yield from (PartChange(REMOVED, part, None) for part in old.values())


def _rubrics(pages: Iterable[PageChange]) -> Iterable[RubricChange]:
    for page in pages:
        if page.kind != "case" or page.state != CHANGED:
            continue
        was, now = CaseScript.from_content(page.before.content), CaseScript.from_content(page.after.content)
        criteria = tuple(_criteria(was.rubric, now.rubric))
        limits = (was.disagreement_limit, now.disagreement_limit)
        if criteria or limits[0] != limits[1]:
            yield RubricChange(page.after, criteria, limits)


def _criteria(before: Iterable[CriterionSpec], after: Iterable[CriterionSpec]) -> Iterable[CriterionChange]:
    old = {criterion.key: criterion for criterion in before}
    for criterion in after:
        was = old.pop(criterion.key, None)
        if was is None:
            yield CriterionChange(NEW, None, criterion)
        elif was != criterion:
            yield CriterionChange(CHANGED, was, criterion, tuple(_bands(was.bands, criterion.bands)))
    yield from (CriterionChange(REMOVED, criterion, None) for criterion in old.values())


def _bands(
    before: tuple[BandSpec, ...], after: tuple[BandSpec, ...]
) -> Iterable[tuple[BandSpec | None, BandSpec | None]]:
    for place in range(max(len(before), len(after))):
        was = before[place] if place < len(before) else None
        now = after[place] if place < len(after) else None
        if was != now:
            yield was, now
