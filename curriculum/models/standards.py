"""What a syllabus version says beside its topics: who may enter a level, and the kinds of technology manager (tracks).

Both belong to the version: they are editable while it is a draft, and stand in its content hash when there are any.
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import ladder
from .syllabus import Level, Syllabus, SyllabusPart, Topic, _said


def ways_into(level: Level, levels: Iterable[Level] | None = None) -> list[list[ladder.Condition]]:
    """Return the alternatives of a level for `ladder.evaluate`, in order.

    levels: those of its version, when they are at hand. Two queries; none when levels and preconditions were fetched.
    """
    rows = list(level.preconditions.all())
    if levels is None:
        levels = Level.objects.filter(syllabus=level.syllabus_id) if rows else ()
    titles = {other.code: other for other in levels}
    ways: dict[int, list[ladder.Condition]] = {}
    for row in rows:
        ways.setdefault(row.alternative, []).append(row.as_condition(titles))
    return list(ways.values())


class Precondition(SyllabusPart):
    """One condition for entering a level. Rows with the same `alternative` have to be met together; one alternative is
    enough."""

    class Kind(models.TextChoices):
        NONE = "none", _("no condition")
        LEVEL = "level", _("certificate of a lower level")
        EXPERIENCE = "experience", _("years of work")
        DEGREE = "degree", _("degree")

    class Degree(models.TextChoices):
        SCHOOL = "school", _("secondary school")
        COLLEGE = "college", _("college diploma")
        BACHELOR = "bachelor", _("bachelor")
        MASTER = "master", _("master")
        DOCTOR = "doctor", _("doctorate")

    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="preconditions")
    alternative = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    level_code = models.CharField(max_length=12, choices=Level.Code.choices, blank=True)
    degree = models.CharField(max_length=10, choices=Degree.choices, blank=True)
    years = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    verified = models.BooleanField(_("verified"), default=False)

    class Meta:
        ordering = ["alternative", "position"]
        verbose_name = _("condition for entering a level")
        constraints = [
            models.UniqueConstraint(fields=["level", "alternative", "position"], name="precondition_place_once"),
            models.CheckConstraint(
                condition=Q(kind="none", level_code="", degree="", years=None)
                | (Q(kind="level", degree="", years=None) & ~Q(level_code=""))
                | Q(kind="experience", level_code="", years__isnull=False, years__gt=0)
                | (Q(kind="degree", level_code="", years=None) & ~Q(degree="")),
                name="precondition_says_what_its_kind_needs",
            ),
        ]

    def __str__(self) -> str:
        return ladder.describe(self.as_condition({}))[0]

    def get_syllabus(self) -> Syllabus:
        return self.level.syllabus

    def as_condition(self, levels: dict[str, Level]) -> ladder.Condition:
        """Return the row as a plain value. levels: those of the version by code, for their titles."""
        lower = levels.get(self.level_code)
        return ladder.Condition(
            self.kind, self.level_code, lower.title if lower else "", lower.title_en if lower else "", self.degree,
            self.years, self.source, self.verified,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        return _said(self, "alternative", "kind", "level_code", "degree", "years", "source", "verified")


class Track(SyllabusPart):
    """A kind of technology manager: research side 科研侧, market side 市场侧, investment side 投资侧."""

    syllabus = models.ForeignKey(Syllabus, on_delete=models.CASCADE, related_name="tracks")
    code = models.SlugField(max_length=30)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80)
    summary = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    verified = models.BooleanField(_("verified"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = pgettext_lazy("of technology managers", "track")
        constraints = [models.UniqueConstraint(fields=["syllabus", "code"], name="track_code_once")]

    def __str__(self) -> str:
        return self.title

    def get_syllabus(self) -> Syllabus:
        return self.syllabus

    def as_json(self) -> dict[str, Any]:
        own = ("code", "title", "title_en", "summary", "summary_en", "source", "verified")
        return _said(self, *own) | {"levels": [row.as_json() for row in self.requirements.all()]}


class TrackRequirement(SyllabusPart):
    """Which electives of one level a track is made of, and how much of them it asks for."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="requirements")
    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="track_requirements")
    topics = models.ManyToManyField(Topic, related_name="track_requirements")
    minimum_topics = models.PositiveSmallIntegerField(_("least number of electives"), default=0)
    minimum_hours = models.DecimalField(_("least hours of electives"), max_digits=6, decimal_places=2, default=0)

    class Meta:
        ordering = ["level__position"]
        verbose_name = _("electives of a track")
        constraints = [
            models.UniqueConstraint(fields=["track", "level"], name="track_says_a_level_once"),
            models.CheckConstraint(condition=Q(minimum_hours__gte=0), name="track_hours_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.track} – {self.level}"

    def get_syllabus(self) -> Syllabus:
        return self.track.syllabus

    def as_json(self) -> dict[str, Any]:
        codes = sorted(topic.code for topic in self.topics.all())
        return {"level": self.level.code, "topics": codes} | _said(self, "minimum_topics", "minimum_hours")
