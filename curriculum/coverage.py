"""A course beside its level and beside its last edition: which lesson or case covers which topic, and what changed."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.cache import cache

from .contents import SCHEME, Entry, frame_of, gaps_of, page_hash
from .frames import Frame
from .models import Edition, Module, Topic
from .portable import Names


@dataclass
class TopicRow:
    """One topic with the entries of the course that name it."""

    topic: Topic
    lessons: list[Entry] = field(default_factory=list)
    cases: list[Entry] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        return self.topic.required and not self.lessons and not self.cases


@dataclass
class ModuleRows:
    """A module with its topics; `minutes`: nominal minutes of the lessons and cases that teach it."""

    module: Module
    topics: list[TopicRow]
    minutes: Decimal = Decimal(0)
    minutes_per_hour: int = 45

    @property
    def hours(self) -> Decimal:
        return (self.minutes / self.minutes_per_hour).quantize(Decimal("0.1"))

    @property
    def enough(self) -> bool:
        return self.hours >= self.module.hours

    @property
    def short(self) -> Decimal:
        """Hours that lessons and cases leave to classes."""
        return max(self.module.hours - self.hours, Decimal(0))


def coverage(entries: list[Entry], frame: Frame | None = None) -> list[ModuleRows]:
    """Return the modules of the course's level with their topics and who covers them. frame: what the level asks for,
    when it is at hand; else five queries."""
    frame = frame or frame_of(entries)
    rows: dict[int, TopicRow] = {}
    modules: list[ModuleRows] = []
    for module in frame.modules:
        topics = [TopicRow(topic) for topic in module.topics.all()]
        rows |= {row.topic.pk: row for row in topics}
        modules.append(ModuleRows(module, topics, minutes_per_hour=frame.level.syllabus.minutes_per_hour))
    by_pk = {line.module.pk: line for line in modules}
    for entry in entries:
        named = [pk for pk in entry.content.get("topics", []) if pk in rows]
        for pk in named:
            row = rows[pk]
            (row.cases if entry.kind == "case" else row.lessons).append(entry)
            by_pk[row.topic.module_id].minutes += Decimal(entry.content.get("minutes") or 0) / len(named)
    return modules


def count_blocking_gaps(entries: list[Entry]) -> int:
    """Return how many gaps keep a course from review. Syllabus versions in force never change, and a revision only when
    the editor saves by itself, which moves its time: the number is remembered by both."""
    names = "-".join(
        f"{entry.revision.pk}@{entry.revision.created_at.timestamp()}{'' if entry.required else 'o'}" for entry in entries
    )
    key = f"course-gaps:{hashlib.sha256(names.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = sum(gap.blocking for gap in gaps_of(entries))
        cache.set(key, found, timeout=24 * 60 * 60)
    return found


@dataclass(frozen=True)
class Change:
    """How one page of a course stands to the last edition. state: new, changed, same or removed."""

    state: str
    kind: str
    title: str
    title_en: str
    entry: Entry | None = None


def changes(entries: list[Entry], edition: Edition | None) -> list[Change]:
    """Return one line for each page of the course, then those the edition had and the course no longer has.

    Pages are compared by the hash of what they teach, so a mere move or a new web address is no change.
    """
    before = {item.page_id: item for item in edition.items.all()} if edition else {}
    kept = [entry.page.pk for entry in entries if entry.page.pk in before]
    reordered = kept != [pk for pk in before if pk in set(kept)]
    scheme = edition.hash_scheme if edition else SCHEME
    names = Names([entry.content for entry in entries]) if before and scheme == SCHEME else None
    lines = []
    for entry in entries:
        old = before.pop(entry.page.pk, None)
        if old is None:
            state = "new"
        elif old.content_hash != page_hash(entry.content, scheme=scheme, names=names) or old.required != entry.required:
            state = "changed"
        elif reordered and entry.kind == "course":
            state = "changed"  # the pages stand in another order
        else:
            state = "same"
        content = entry.content
        lines.append(Change(state, entry.kind, content["title"], content.get("title_en", ""), entry))
    lines += [Change("removed", item.kind, item.title, item.title_en) for item in before.values()]
    return lines
