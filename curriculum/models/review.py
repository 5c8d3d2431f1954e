"""The two-step review of a whole course: the base's reviewer, then the authority's. Approval publishes and freezes."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.immutable import AppendOnly

from .edition import Edition


class ReviewQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=CourseReview.OPEN)


class CourseReview(models.Model):
    """One run of a course through review, over fixed revisions of the course, its lessons and its cases."""

    class Status(models.TextChoices):
        WITH_BASE = "with_base", _("with the base's reviewer")
        WITH_AUTHORITY = "with_authority", _("with the authority")
        APPROVED = "approved", _("approved and published")
        RETURNED = "returned", _("returned to the author")
        WITHDRAWN = "withdrawn", _("withdrawn by the author")

    OPEN = ["with_base", "with_authority"]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("curriculum.CoursePage", on_delete=models.PROTECT, related_name="reviews")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="course_reviews")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WITH_BASE)
    # [{kind, page, revision, required}] in teaching order, fixed at submission
    contents = models.JSONField(default=list)
    note = models.TextField(_("note to the reviewers"), blank=True)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="review")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("course review")
        ordering = ["-submitted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                condition=Q(status__in=["with_base", "with_authority"]),
                name="one_open_review_per_course",
            ),
            models.CheckConstraint(
                condition=Q(edition=None) | Q(status="approved"), name="only_approved_review_has_edition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} – {self.get_status_display()}"


class ReviewStep(AppendOnly):
    """What one reviewer decided, when and why."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        WITHDRAWN = "withdrawn", _("withdrawn")

    review = models.ForeignKey(CourseReview, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=16, choices=CourseReview.Status.choices)
    decision = models.CharField(max_length=12, choices=Decision.choices)
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.get_decision_display()}"


class ReviewGap(Exception):
    """A course can't go to review: `gaps` names each required topic, module or competence that is missing."""

    def __init__(self, gaps: list) -> None:
        super().__init__("; ".join(str(gap) for gap in gaps))
        self.gaps = gaps
