"""What levels ask for, read at once for many courses: modules, topics with their competences, tracks. Six queries at most."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Prefetch

from .alignment import ModuleSpec, TopicSpec, TrackSpec
from .models.standards import TrackRequirement
from .models.syllabus import Competence, Level, Module, Topic


@dataclass(frozen=True)
class Frame:
    """One level of one syllabus version. competences: {code: row}, those of the version in its order."""

    level: Level
    modules: list[Module]
    topics: dict[int, Topic]  # by id, in the order of the syllabus
    competences: dict[str, Competence]
    requirements: dict[int, TrackRequirement] = field(default_factory=dict)  # by track

    @property
    def codes(self) -> dict[int, str]:
        return {pk: topic.code for pk, topic in self.topics.items()}

    @property
    def titles(self) -> dict[str, tuple[str, str]]:
        return {code: (row.title, row.title_en) for code, row in self.competences.items()}

    def module_specs(self) -> list[ModuleSpec]:
        return [ModuleSpec(m.code, m.title, m.title_en, m.hours) for m in self.modules]

    def topic_specs(self) -> list[TopicSpec]:
        return [
            TopicSpec(
                t.code, t.title, t.title_en, t.required, t.hours, t.module.code,
                frozenset(c.code for c in t.competences.all()),
            )
            for t in self.topics.values()
        ]  # fmt: skip

    def track_spec(self, track: int | None) -> TrackSpec | None:
        """Return what a declared track asks for at this level; None without one, or when it asks for nothing here."""
        wanted = self.requirements.get(track) if track else None
        if wanted is None:
            return None
        codes = frozenset(topic.code for topic in wanted.topics.all())
        row = wanted.track
        return TrackSpec(row.code, row.title, row.title_en, codes, wanted.minimum_topics, Decimal(wanted.minimum_hours))


def frames(levels: Iterable[int], *, tracks: Iterable[int | None] = ()) -> dict[int, Frame]:
    """Return the frames of these levels by id. tracks: those that courses declare; without any, no query is made for them."""
    rows = Level.objects.select_related("syllabus").in_bulk(set(levels))
    found = {pk: Frame(level, [], {}, {}) for pk, level in rows.items()}
    modules = Module.objects.filter(level__in=found).order_by("level", "position")
    for module in modules.prefetch_related(Prefetch("topics", Topic.objects.prefetch_related("competences"))):
        frame = found[module.level_id]
        module.level = frame.level
        frame.modules.append(module)
        for topic in module.topics.all():
            topic.module = module
            frame.topics[topic.pk] = topic
    of_version: dict[int, dict[str, Competence]] = {}
    for row in Competence.objects.filter(syllabus__in={level.syllabus_id for level in rows.values()}).order_by("position"):
        of_version.setdefault(row.syllabus_id, {})[row.code] = row
    for frame in found.values():
        frame.competences.update(of_version.get(frame.level.syllabus_id, {}))
    if declared := {track for track in tracks if track}:
        wanted = TrackRequirement.objects.filter(track__in=declared, level__in=found).select_related("track")
        for requirement in wanted.prefetch_related("topics"):
            found[requirement.level_id].requirements[requirement.track_id] = requirement
    return found
