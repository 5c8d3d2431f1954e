"""A course walked page by page as a trainee would see it: an edition, what a review holds, or the draft."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from wagtail.models import Page

from . import reading
from .cases import CaseScript
from .contents import Entry, level_of, parts_of
from .models import CoreRelease, Edition, Level, Topic


@dataclass(frozen=True)
class Step:
    """One page of the walk. place: in the course, 0 is the course page itself."""

    place: int
    kind: str
    content: dict[str, Any]
    required: bool
    url: str
    core_release: CoreRelease | None = None

    @property
    def title(self) -> str:
        return self.content["title"]

    @property
    def title_en(self) -> str:
        return self.content.get("title_en") or ""

    @property
    def summary(self) -> str:
        return self.content.get("summary") or ""

    @property
    def summary_en(self) -> str:
        return self.content.get("summary_en") or ""

    @property
    def minutes(self) -> int:
        return self.content.get("minutes") or 0

    def page(self) -> Page:
        """The page as this revision has it, to be drawn, in the reader's language; `said` is what to tell about that."""
        return reading.page_of(self.kind, self.content, reading.reader_of_content(self.content))[0]

    def script(self) -> CaseScript:
        return reading.script_of(self.content, reading.reader_of_content(self.content))[0]

    def topics(self) -> list[Topic]:
        return list(Topic.objects.filter(pk__in=self.content.get("topics", [])))


@dataclass(frozen=True)
class Walk:
    steps: tuple[Step, ...]
    level: Level
    parts: tuple[dict[str, Any], ...]
    url: str

    @classmethod
    def of_edition(cls, edition: Edition) -> "Walk":
        items = list(edition.items.select_related("revision", "core_release"))
        steps = tuple(
            Step(
                i.position, i.kind, i.content(), i.required,
                reverse("edition_walk_page", args=[edition.uuid, i.position]), i.core_release,
            )
            for i in items
        )  # fmt: skip
        return cls(steps, edition.level, tuple(edition.parts), reverse("edition_walk", args=[edition.uuid]))

    @classmethod
    def of_entries(cls, entries: list[Entry], name: str, key: Any) -> "Walk":
        """name: of the address of the outline; that of a page is `<name>_page`. key: its argument."""
        steps = tuple(
            Step(place, e.kind, e.content, e.required, reverse(f"{name}_page", args=[key, place]), e.release)
            for place, e in enumerate(entries)
        )
        return cls(steps, level_of(entries), tuple(parts_of(entries)), reverse(name, args=[key]))

    @property
    def course(self) -> Step:
        return self.steps[0]

    @cached_property
    def lessons(self) -> list[Step]:
        return [step for step in self.steps if step.kind == "lesson"]

    @cached_property
    def cases(self) -> list[Step]:
        return [step for step in self.steps if step.kind == "case"]

    def step(self, place: int) -> Step | None:
        """The page at this place; the course page has the outline instead."""
        return self.steps[place] if 0 < place < len(self.steps) else None

    def around(self, step: Step) -> tuple[Step | None, Step | None]:
        """The pages before and after, lessons first, then cases."""
        return self.step(step.place - 1), self.step(step.place + 1)
