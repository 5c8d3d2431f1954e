"""Makes the national core of the sample site from the YAML files beside it: written by the authority's author, approved by
two others, released in numbered versions."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Organisation, User

from ..models import CoreRelease, CoreReview, LessonPage, Level, Topic
from ..walls import ensure_core_site
from .loader import HERE, SYLLABUS, lesson_from, read


@dataclass(frozen=True)
class CoreLesson:
    """A core lesson of the sample: its page, and what its file says of each version, oldest first."""

    page: LessonPage
    data: dict[str, Any]
    organisation: Organisation
    author: User

    def release(self, number: int, *, approvers: Iterable[tuple[User, datetime]], at: datetime) -> CoreRelease:
        """Write version `number` into the draft and take it through review. approvers: two people, each with when.

        A version says what the ones before it said, and more; blocks that stay keep their ids, so that the diff shows
        what is new and nothing else.
        """
        versions = self.data["releases"][:number]
        whole = self.data | {
            "body": [block for version in versions for block in version["body"]],
            "minutes": next((v["minutes"] for v in reversed(versions) if "minutes" in v), self.data["minutes"]),
        }
        draft = self.page.get_latest_revision_as_object()
        there = {_said(block): block for block in draft.body.get_prep_value()}
        written = lesson_from(whole, self.organisation, self.author)
        blocks = [there.get(_said(block), block) for block in written.body.get_prep_value()]
        draft.body = LessonPage.body.field.stream_block.to_python(blocks)
        draft.minutes = written.minutes
        draft.save_revision(user=self.author)
        review = CoreReview.submit(self.page, by=self.author, at=at, note=versions[-1]["note"])
        for person, when in approvers:
            review.approve(by=person, at=when)
        review.refresh_from_db()
        return review.release


def core_files() -> dict[str, list[dict[str, Any]]]:
    """Return the contents of the core lessons by level code, in order of their file names."""
    levels = sorted(path for path in (HERE / "core").iterdir() if path.is_dir())
    return {level.name: [read(path) for path in sorted(level.glob("*.yaml"))] for level in levels}


def load_core(authority: Organisation, author: User) -> list[CoreLesson]:
    """Return the core lessons as empty drafts below the authority's pages; `CoreLesson.release` writes and releases."""
    made = []
    for code, lessons in core_files().items():
        level = Level.objects.get(syllabus__slug=SYLLABUS, code=code)
        topics = {topic.code: topic for topic in Topic.objects.filter(module__level=level)}
        collection = ensure_core_site(authority, level)
        for data in lessons:
            page = lesson_from(data | {"body": [], "sources": []}, authority, author)
            page.topics.set([topics[each] for each in data["topics"]])
            collection.add_child(instance=page)
            page.save_revision(user=author)
            made.append(CoreLesson(page, data, authority, author))
    return made


def _said(block: dict[str, Any]) -> str:
    return json.dumps([block["type"], block["value"]], sort_keys=True, default=str)
