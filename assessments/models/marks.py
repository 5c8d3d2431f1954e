"""评分: what somebody gave a submission, by its rubric. Appended; which of them count is decided in `Result.agreed`."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.immutable import AppendOnly

from ..scoring import Disagreement, disagreement, two_closest
from .plans import Assignment
from .rubrics import Band, Criterion, Rubric
from .submissions import Submission


class Kind(models.TextChoices):
    """What a mark is for."""

    FIRST = "first", _("first mark")
    SECOND = "second", _("second mark")
    THIRD = "third", _("third mark")
    MODERATED = "moderated", _("moderator's mark")
    APPEAL = "appeal", _("fresh mark after an appeal")
    SAMPLE = "sample", _("second look by sample")


BLIND = (Kind.FIRST, Kind.SECOND)  # independent of each other and of a disagreement: what agreement is computed from
DECIDING = (Kind.MODERATED, Kind.SAMPLE)  # given with the marks before in sight, and with a reason


class MarkIncomplete(Exception):
    """A mark can't be given yet; `missing` holds the keys of criteria without a band, "reason" for a moderator's."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class Mark(AppendOnly):
    """评分: one person's judgement of one submission by its rubric."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="marks")
    allocation = models.OneToOneField("assessments.Allocation", on_delete=models.PROTECT, related_name="mark")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="marks")
    # Points of 100, two decimals: points given ÷ points possible × 100.
    total = models.DecimalField(max_digits=5, decimal_places=2)
    comment = models.TextField(_("comment for the trainee"), blank=True)
    reason = models.TextField(_("moderator's reason"), blank=True)
    marked_at = models.DateTimeField()
    # The moderator wrote down what the two assessors agreed on, with their reason, instead of deciding alone.
    agreed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("mark")
        ordering = ["marked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind"], condition=~Q(kind__in=["appeal", "sample"]), name="one_mark_per_kind"
            ),
            models.UniqueConstraint(fields=["submission", "assessor"], name="one_mark_per_assessor"),
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="mark_of_100"),
            models.CheckConstraint(condition=~Q(kind__in=["moderated", "sample"]) | ~Q(reason=""), name="moderator_gives_reason"),
            models.CheckConstraint(
                condition=Q(agreed=False) | Q(kind="moderated"), name="moderator_records_what_is_agreed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.kind}: {self.total}"

    def points(self) -> dict[str, int]:
        """{criterion key: points}"""
        return {score.criterion.key: score.band.points for score in self.scores.all()}

    def as_draft(self) -> dict[str, Any]:
        """What was given, in the shape of a sheet's draft. One query."""
        scores = {score.criterion.key: score for score in self.scores.select_related("criterion", "band")}
        chosen = {key: {"points": str(score.band.points), "comment": score.comment} for key, score in scores.items()}
        return {"scores": chosen, "comment": self.comment, "reason": self.reason}

    @staticmethod
    def settling(marks: "dict[str, Mark]", assignment: Assignment) -> "list[Mark] | None":
        """Return the two of a first, second and third mark that settle a disagreement, or None: the moderator decides."""
        three = [marks[Kind.FIRST], marks[Kind.SECOND], marks[Kind.THIRD]]
        pair = two_closest(
            [mark.total for mark in three], limit=assignment.disagreement_limit, pass_mark=assignment.part.pass_mark
        )
        return None if pair is None else [three[place] for place in pair]

    @staticmethod
    def compare(first: "Mark", second: "Mark") -> Disagreement:
        """Say whether, and why, two marks of one submission have to go to the moderator."""
        assignment = first.submission.assignment
        lines = {criterion.key: criterion for criterion in first.rubric.lines()}
        one, other = first.points(), second.points()
        places = []
        for key, criterion in lines.items():
            ladder = [band.points for band in criterion.bands.all()]
            places.append((key, ladder.index(one[key]), ladder.index(other[key])))
        return disagreement(
            first.total,
            second.total,
            limit=assignment.disagreement_limit,
            pass_mark=assignment.part.pass_mark,
            places=places,
        )


class Score(AppendOnly):
    """分数: the band chosen for one criterion, with a comment."""

    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    band = models.ForeignKey(Band, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)

    class Meta:
        verbose_name = _("score")
        ordering = ["criterion__position"]
        constraints = [models.UniqueConstraint(fields=["mark", "criterion"], name="one_score_per_criterion")]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.band_id}"

    @classmethod
    def prefetch(cls, path: str = "scores") -> models.Prefetch:
        """Prefetch scores with their criterion and band: one query. path: from what is asked for to its scores."""
        return models.Prefetch(path, cls.objects.select_related("criterion", "band"))
