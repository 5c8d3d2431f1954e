"""The two-step review of a whole course: the base's reviewer, then the authority's. Approval publishes and freezes."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..alignment import Gap
from ..contents import Entry, entries_of, level_of, load_entries, page_hash, parts_of
from ..demand_checks import review_gaps
from ..portable import Names
from ..wording import gap_text
from .edition import Edition
from .pages import CoursePage


class ReviewGap(Exception):
    """A course can't go to review: `gaps` names each required topic, part or case that stands in the way."""

    def __init__(self, gaps: list[Gap]) -> None:
        super().__init__("; ".join(str(gap) for gap in gaps))
        self.gaps = gaps


class ReviewQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=CourseReview.OPEN)

    def due(self, at: datetime):
        """Approved courses whose day of publication has come."""
        return self.filter(status=CourseReview.Status.SCHEDULED, go_live_at__lte=at)


class CourseReview(models.Model):
    """One run of a course through review, over fixed revisions of the course, its lessons and its cases."""

    class Status(models.TextChoices):
        WITH_BASE = "with_base", _("with the base's reviewer")
        WITH_AUTHORITY = "with_authority", _("with the authority")
        SCHEDULED = "scheduled", _("approved, to be published on its day")
        APPROVED = "approved", _("approved and published")
        RETURNED = "returned", _("returned to the author")
        WITHDRAWN = "withdrawn", _("withdrawn by the author")

    OPEN = ["with_base", "with_authority", "scheduled"]
    DECIDED = ["with_base", "with_authority"]  # stages at which someone approves

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("curriculum.CoursePage", on_delete=models.PROTECT, related_name="reviews")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="course_reviews")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WITH_BASE)
    # [{kind, page, revision, required}] in teaching order, fixed at submission
    contents = models.JSONField(default=list)
    note = models.TextField(_("note to the reviewers"), blank=True)
    go_live_at = models.DateTimeField(
        _("not before"), null=True, blank=True, help_text=_("Approval publishes at this time, or at once when it is empty.")
    )
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
                condition=Q(status__in=["with_base", "with_authority", "scheduled"]),
                name="one_open_review_per_course",
            ),
            models.CheckConstraint(
                condition=Q(edition=None) | Q(status="approved"), name="only_approved_review_has_edition"
            ),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(go_live_at__isnull=False), name="scheduled_review_has_its_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} – {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        return reverse("review_detail", args=[self.uuid])

    @classmethod
    def submit(
        cls, course: CoursePage, *, by: User, at: datetime, note: str = "", go_live_at: datetime | None = None
    ) -> "CourseReview":
        """Send the course, at its latest revisions, to the base's reviewer. go_live_at: not to be published before.

        Raises ReviewGap naming everything that stands in the way; WrongState when a review is under way, or the base
        is not accredited for the level.
        """
        organisation = course.get_parent().specific.organisation
        entries = entries_of(course)
        level = level_of(entries)
        if not organisation.is_accredited_for(level.code, timezone.localdate(at)):
            raise WrongState(_("This training base is not accredited for the level of the course."), obj=course)
        day = timezone.localdate(go_live_at or at)
        if blocking := [gap for gap in review_gaps(entries, day=day) if gap.blocking]:
            raise ReviewGap(blocking)
        with transaction.atomic():
            if cls.objects.filter(course=course, status__in=cls.OPEN).exists():
                raise WrongState(_("This course is under review already."), obj=course)
            review = cls.objects.create(
                course=course,
                organisation=organisation,
                contents=[entry.as_json() for entry in entries],
                note=note,
                go_live_at=go_live_at,
                submitted_at=at,
                submitted_by=by,
            )
            log(review, "curriculum.review.submit", by=by, organisation=organisation)
        return review

    def entries(self) -> list[Entry]:
        """The course as it was submitted."""
        return load_entries(self.contents)

    def approve(self, *, by: User, at: datetime, comment: str = "", at_once: int | None = None) -> None:
        """Approve at the stage where the review stands. After the second approval the pages are published, and the
        edition is made from exactly the revisions that were submitted: at once, or by the job when `go_live_at` comes.

        at_once: how many pages may be published while somebody waits; with more of them that are not public as they are,
        the course is scheduled for this moment and the job does it. None: however many.

        Raises WrongState when the review was decided meanwhile, or the same person submitted it; ReviewGap when the
        level no longer fits.
        """
        if by.pk == self.submitted_by_id:
            raise WrongState(_("Who submitted a course can't approve it."), obj=self)
        stage = self.status
        if stage == self.Status.WITH_AUTHORITY and self.steps.filter(decided_by=by).exists():
            raise WrongState(_("The second review needs a second person."), obj=self)
        later = stage == self.Status.WITH_AUTHORITY and self.go_live_at is not None and self.go_live_at > at
        many = stage == self.Status.WITH_AUTHORITY and at_once is not None and len(self.contents) > at_once
        entries = self.entries() if later or many else []
        many = many and not later and sum(entry.waits_for_publication for entry in entries) > at_once
        if later or many:
            day = timezone.localdate(self.go_live_at if later else at)
            if blocking := [gap for gap in review_gaps(entries, day=day) if gap.blocking]:
                raise ReviewGap(blocking)
        with transaction.atomic():
            if stage == self.Status.WITH_BASE:
                self._move(self.Status.WITH_BASE, self.Status.WITH_AUTHORITY)
            elif later or many:
                day = self.go_live_at if later else at
                self._move(self.Status.WITH_AUTHORITY, self.Status.SCHEDULED, go_live_at=day)
            else:
                self._move(self.Status.WITH_AUTHORITY, self.Status.APPROVED, finished_at=at)
            self._step(stage, ReviewStep.Decision.APPROVED, comment, by=by, at=at)
            log(self, "curriculum.review.approve", by=by, organisation=self.organisation, stage=stage)
            if self.status == self.Status.APPROVED:
                self._publish(by=by, at=at)

    def plan(self, go_live_at: datetime | None, *, by: User, at: datetime) -> None:
        """Set or clear the day before which nothing is published; a scheduled course without one goes at once.

        Raises WrongState when the review is finished.
        """
        if self.status == self.Status.SCHEDULED and go_live_at is None:
            go_live_at = at
        with transaction.atomic():
            if not CourseReview.objects.open().filter(pk=self.pk, status=self.status).update(go_live_at=go_live_at):
                raise WrongState(_("This review has been decided meanwhile."), obj=self)
            self.refresh_from_db()
            day = go_live_at and go_live_at.isoformat()
            log(self, "curriculum.review.plan", by=by, organisation=self.organisation, go_live_at=day)

    def publish_scheduled(self, *, at: datetime) -> bool:
        """Publish a course whose day has come, in the name of who approved it. Returns whether it was.

        When the course no longer fits its level it goes back to its author with what is missing. Raises WrongState when
        it is not due, or someone took it back first.
        """
        if self.status != self.Status.SCHEDULED or self.go_live_at > at:
            raise WrongState(_("This course is not due to be published."), obj=self)
        by = self.steps.filter(stage=self.Status.WITH_AUTHORITY).latest("decided_at").decided_by
        try:
            with transaction.atomic():
                self._move(self.Status.SCHEDULED, self.Status.APPROVED, finished_at=at)
                self._publish(by=by, at=at)
                log(self, "curriculum.review.publish", by=None, organisation=self.organisation)
        except ReviewGap as refusal:
            self.refresh_from_db()
            reason = _("Not published on its day, because the course no longer fits its level: %(gaps)s") % {
                "gaps": "; ".join(map(gap_text, refusal.gaps)),
            }  # fmt: skip
            self.return_to_author(by=by, at=at, comment=str(reason))
            return False
        return True

    def _publish(self, *, by: User, at: datetime) -> None:
        entries = self.entries()
        if blocking := [gap for gap in review_gaps(entries, day=timezone.localdate(at)) if gap.blocking]:
            raise ReviewGap(blocking)
        for entry in entries:
            if not entry.waits_for_publication:
                continue
            entry.revision.publish(user=by, log_action=True, skip_permission_checks=True)
        names = Names([entry.content for entry in entries])
        edition = Edition.freeze(
            entries,
            parts_of(entries),
            [page_hash(entry.content, names=names) for entry in entries],
            level=level_of(entries),
            organisation=self.organisation,
            by=by,
            at=at,
        )
        CourseReview.objects.filter(pk=self.pk).update(edition=edition)
        self.edition = edition

    def return_to_author(self, *, by: User, at: datetime, comment: str) -> None:
        """Give the course back with a comment. Raises WrongState when decided meanwhile, or without a comment."""
        if not comment.strip():
            raise WrongState(_("Say what has to change."), obj=self)
        stage = self.status
        with transaction.atomic():
            self._move(stage if stage in self.OPEN else self.Status.WITH_BASE, self.Status.RETURNED, finished_at=at)
            self._step(stage, ReviewStep.Decision.RETURNED, comment, by=by, at=at)
            log(self, "curriculum.review.return", by=by, organisation=self.organisation, stage=stage)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The author takes the course back to go on working."""
        stage = self.status
        with transaction.atomic():
            self._move(stage if stage in self.OPEN else self.Status.WITH_BASE, self.Status.WITHDRAWN, finished_at=at)
            self._step(stage, ReviewStep.Decision.WITHDRAWN, "", by=by, at=at)
            log(self, "curriculum.review.withdraw", by=by, organisation=self.organisation)

    def _step(self, stage: str, decision: str, comment: str, *, by: User, at: datetime) -> None:
        ReviewStep.objects.create(
            review=self, stage=stage, decision=decision, comment=comment, decided_at=at, decided_by=by
        )

    def _move(self, old: str, new: str, **fields) -> None:
        if not CourseReview.objects.filter(pk=self.pk, status=old).update(status=new, **fields):
            raise WrongState(_("This review has been decided meanwhile."), obj=self)
        self.refresh_from_db()


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
