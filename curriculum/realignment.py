"""What a new version changes for a course, and the draft that points to it. What is public or frozen stays as it is.

The draft is a revision of the same pages, not a copy: the next edition can be compared with this one page by page, and
publication goes through review as ever. Running cohorts keep their edition. A case may stand in other courses too, so it
gets the new topics and competences beside the old ones.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import PageLogEntry

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from . import syllabus_diff
from .cases import stream_values
from .contents import Entry, entries_of
from .frames import Frame, frames
from .models import Competence, CoursePage, Edition, EquivalenceStatement, Level, Syllabus, Topic, Track
from .running import running_editions
from .syllabus_changes import aspect_label
from .syllabus_diff import HOURS
from .topic_mapping import Mapped, Rule, map_topics

ACTION = "curriculum.course.realign"


@dataclass(frozen=True)
class TopicLine:
    """A topic of the old version that the course covers, with the pages that do, and what stands for it."""

    mapped: Mapped
    pages: list[Entry]
    elsewhere: Level | None = None  # the level of the new version in which it stands now, where it is another one

    @property
    def lost(self) -> bool:
        return not self.mapped.after

    @property
    def words(self) -> list[str]:
        """In what it differs, one word each, in the language of the page."""
        return [aspect_label(name) for name in self.mapped.aspects]

    @property
    def hours(self) -> tuple[Decimal, Decimal] | None:
        """Hours before and after, when they differ."""
        return (self.mapped.before.hours, self.mapped.after[0].hours) if HOURS in self.mapped.aspects else None

    @property
    def differs(self) -> bool:
        return bool(self.lost or self.mapped.aspects or self.mapped.how == "statement")


@dataclass(frozen=True)
class HoursLine:
    """A module's required hours before and after; None: not there."""

    code: str
    title: str
    title_en: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Impact:
    """What the new version changes for one course."""

    course: CoursePage
    old: Frame
    new: Frame
    lines: list[TopicLine]
    lacking: list[Topic]  # required by the new version, and nothing that the course has stands for them
    hours: list[HoursLine]  # modules whose hours change
    competences: list[str]  # codes that its rubrics name and the new version does not have
    track: Track | None  # declared, and not in the new version
    core: list[Entry]  # included core of the old version
    entries: list[Entry]

    @property
    def touched(self) -> list[TopicLine]:
        return [line for line in self.lines if line.differs]

    @property
    def kept(self) -> int:
        return len(self.lines) - len(self.touched)

    @property
    def unmapped(self) -> list[TopicLine]:
        return [line for line in self.lines if line.lost]

    @property
    def nothing(self) -> bool:
        return not (self.touched or self.lacking or self.hours or self.competences or self.track or self.core)


def impact_of(course: CoursePage, new_level: Level, *, at: datetime) -> Impact:
    """Return what changes for the draft of a course when it goes over to that level of another version."""
    entries = entries_of(course)
    old_level = entries[0].content["level"]
    both = frames([old_level, new_level.pk])
    old, new = both[old_level], both[new_level.pk]
    covering: dict[str, list[Entry]] = {}
    codes = old.codes
    for entry in entries[1:]:
        for pk in entry.content.get("topics", []):
            if pk in codes:
                covering.setdefault(codes[pk], []).append(entry)
    mapped = map_topics(_plain(old), _plain(new), _rules(old.level, new.level, at), covering)
    gone = {m.before.lineage for m in mapped if m.before.code in covering and not m.after}
    moved = {
        str(topic.lineage): topic.module.level
        for topic in Topic.objects.filter(lineage__in=gone, module__level__syllabus=new.level.syllabus_id)
        .select_related("module__level")
    }  # fmt: skip
    lines = [
        TopicLine(m, covering[m.before.code], moved.get(m.before.lineage)) for m in mapped if m.before.code in covering
    ]
    reached = {topic.code for line in lines for topic in line.mapped.after}
    lacking = [topic for topic in new.topics.values() if topic.required and topic.code not in reached]
    track = entries[0].content.get("track")
    declared = Track.objects.filter(pk=track).first() if track else None
    without = declared and not Track.objects.filter(syllabus=new.level.syllabus_id, code=declared.code).exists()
    return Impact(
        course, old, new, lines, lacking, _hours(old, new), _unknown_competences(entries, new), declared if without else None,
        [e for e in entries if e.release is not None and e.release.level_id != new.level.pk], entries,
    )  # fmt: skip


def _plain(frame: Frame) -> list[syllabus_diff.Topic]:
    return [
        syllabus_diff.Topic(
            lineage=str(t.lineage), level=frame.level.code, module=t.module.code, code=t.code, title=t.title,
            title_en=t.title_en, required=t.required, hours=t.hours, outcomes=tuple(t.outcomes),
            outcomes_en=tuple(t.outcomes_en), competences=tuple(sorted(c.code for c in t.competences.all())),
            hours_source=t.hours_source, hours_verified=t.hours_verified,
        )
        for t in frame.topics.values()
    ]  # fmt: skip


def _rules(old: Level, new: Level, at: datetime) -> list[Rule]:
    """Statements valid that day that let topics of the old level stand in full for topics of the new one: two queries."""
    found = []
    full = EquivalenceStatement.objects.valid(timezone.localdate(at)).filter(coverage=EquivalenceStatement.Coverage.FULL)
    for rule in full.as_rules():
        ways = [(rule.sources, rule.targets)] + ([(rule.targets, rule.sources)] if rule.both_ways else [])
        for sources, targets in ways:
            if all(_is_topic(ref, old) for ref in sources) and all(_is_topic(ref, new) for ref in targets):
                found.append(Rule(frozenset(r.topic for r in sources), frozenset(r.topic for r in targets)))
    return found


def _is_topic(ref, level: Level) -> bool:
    return bool(ref.topic) and (ref.standard, ref.level) == (level.syllabus.slug, level.code)


def _hours(old: Frame, new: Frame) -> list[HoursLine]:
    before, after = ({m.code: m for m in frame.modules} for frame in (old, new))
    lines = []
    for code in dict.fromkeys([*after, *before]):
        was, now = before.get(code), after.get(code)
        row = now or was
        if was is None or now is None or was.hours != now.hours:
            lines.append(HoursLine(code, row.title, row.title_en, was and was.hours, now and now.hours))
    return lines


def _unknown_competences(entries: list[Entry], new: Frame) -> list[str]:
    from_rubrics = {
        value.get("competence")
        for entry in entries
        if entry.kind == "case"
        for value in stream_values(entry.content.get("rubric"))
    }
    return sorted(from_rubrics - set(new.competences) - {None, ""})


def realign(course: CoursePage, target: Syllabus, *, by: User, at: datetime) -> Impact | None:
    """Point the drafts of the course, its lessons and its cases to the new version; None when they do already.

    Raises WrongState when the version is not a newer adopted one of the same standard, or has no such level.
    """
    with transaction.atomic():
        held = CoursePage.objects.select_for_update(of=("self",)).get(pk=course.pk)
        draft = held.get_latest_revision_as_object()
        old = Level.objects.select_related("syllabus").get(pk=draft.level_id)
        if old.syllabus_id == target.pk:
            return None
        newer = not target.is_draft and target.in_force_from > old.syllabus.in_force_from
        if not newer or target.standard_id != old.syllabus.standard_id:
            raise WrongState(_("This is not a newer version of the standard that the course follows."), obj=course)
        new_level = Level.objects.filter(syllabus=target, code=old.code).first()
        if new_level is None:
            raise WrongState(_("The new version has no level of this kind."), obj=course)
        impact = impact_of(held, new_level, at=at)
        pages = [entry.page.pk for entry in impact.entries[1:] if entry.release is None and _point(entry, impact, by)]
        declared = draft.track
        draft.level = new_level
        draft.track = declared and Track.objects.filter(syllabus=target, code=declared.code).first()
        draft.save_revision(user=by, clean=False)
        log(
            held, ACTION, by=by, organisation=held.get_parent().specific.organisation, old=old.syllabus.slug,
            new=target.slug, pages=pages, unmapped=[line.mapped.before.code for line in impact.unmapped],
        )  # fmt: skip
    return impact


def _point(entry: Entry, impact: Impact, by: User) -> bool:
    """Save a draft of a lesson or case with the new topics; False when nothing changes."""
    page = entry.page.specific.get_latest_revision_as_object()
    codes = {t.code: pk for pk, t in impact.new.topics.items()}
    after = {line.mapped.before.code: [codes[t.code] for t in line.mapped.after] for line in impact.lines}
    named = entry.content.get("topics", [])
    fresh = [pk for old in named for pk in after.get(impact.old.codes.get(old, ""), ())]
    kept = named if entry.kind == "case" else [pk for pk in named if pk not in impact.old.topics]
    topics = list(dict.fromkeys([*kept, *fresh]))
    competences = list(entry.content.get("competences", []))
    if entry.kind == "case":
        mine = {row.pk: code for code, row in impact.old.competences.items()}
        competences += [impact.new.competences[mine[pk]].pk for pk in competences if mine.get(pk) in impact.new.competences]
        competences = list(dict.fromkeys(competences))
    if topics == named and competences == entry.content.get("competences", []):
        return False
    page.topics = Topic.objects.filter(pk__in=topics)
    if entry.kind == "case":
        page.competences = Competence.objects.filter(pk__in=competences)
    page.save_revision(user=by, clean=False)
    return True


def last_realignment(course: CoursePage) -> PageLogEntry | None:
    """Return the log's entry of the latest draft that was made for a course, with `data`: old, new, pages, unmapped."""
    entries = PageLogEntry.objects.filter(page=course.pk, action=ACTION).select_related("user")
    return entries.order_by("-timestamp", "-pk").first()


def running_of(course: CoursePage) -> list[Edition]:
    """Return the editions of the course that are taught now or soon: they stay as they are."""
    running = running_editions()
    return list(course.editions.filter(pk__in=running).select_related("syllabus").order_by("number")) if running else []
