"""The review of one core page by two people of the authority, neither of them its author. The second approval releases it."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..alignment import Gap
from ..contents import file_ids, page_gaps, page_hash
from .core import CoreCollectionPage, CoreRelease
from .pages import CaseScenarioPage, LessonPage
from .review import ReviewGap
from .syllabus import Topic


class CoreReviewQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=CoreReview.OPEN)


class CoreReview(models.Model):
    """One run of a core page through review, over a fixed revision."""

    class Status(models.TextChoices):
        FIRST = "first", _("waits for the first approval")
        SECOND = "second", _("waits for the second approval")
        RELEASED = "released", _("released")
        RETURNED = "returned", _("returned to the author")
        WITHDRAWN = "withdrawn", _("withdrawn by the author")

    OPEN = ["first", "second"]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.PROTECT, related_name="core_reviews")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.PROTECT, related_name="+")
    collection = models.ForeignKey(CoreCollectionPage, on_delete=models.PROTECT, related_name="reviews")
    status = models.CharField(_("state"), max_length=12, choices=Status.choices, default=Status.FIRST)
    note = models.TextField(_("what is new"))
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    release = models.OneToOneField(CoreRelease, on_delete=models.PROTECT, null=True, blank=True, related_name="review")

    objects = CoreReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a core page")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["page"], condition=Q(status__in=["first", "second"]), name="one_open_core_review_per_page"
            ),
            models.CheckConstraint(
                condition=Q(release=None) | Q(status="released"), name="only_released_core_review_has_release"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page} – {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        return reverse("core_review", args=[self.uuid])

    @property
    def kind(self) -> str:
        return kind_of(self.page)

    @classmethod
    def submit(cls, page: Page, *, by: User, at: datetime, note: str) -> "CoreReview":
        """Send a core page, at its latest revision, to the authority's reviewers.

        note: what is new; the bases read it with the offer. Raises ReviewGap naming what is not finished; WrongState
        when a review is under way, nothing differs from the last release, or the page is no core page.
        """
        if not note.strip():
            raise WrongState(gettext("Say what is new: the bases decide by it."), obj=page)
        collection = CoreCollectionPage.objects.parent_of(page).first()
        if collection is None:
            raise WrongState(gettext("This page is not part of the national core."), obj=page)
        with transaction.atomic():
            page = Page.objects.select_for_update().get(pk=page.pk)
            if cls.objects.open().filter(page=page).exists():
                raise WrongState(gettext("This page is under review already."), obj=page)
            revision = page.latest_revision or page.specific.save_revision(user=by)
            if gaps := _gaps(page, revision.content):
                raise ReviewGap(gaps)
            last = CoreRelease.objects.filter(page=page).first()
            if last is not None and last.content_hash == page_hash(revision.content, scheme=last.hash_scheme):
                raise WrongState(
                    gettext("Nothing has changed since version %(number)s.") % {"number": last.number}, obj=page
                )
            review = cls.objects.create(
                page=page, revision=revision, collection=collection, note=note, submitted_at=at, submitted_by=by
            )
            log(review, "curriculum.core.submit", by=by, organisation=collection.organisation)
        return review

    def approve(self, *, by: User, at: datetime, comment: str = "") -> None:
        """Approve at the stage where the review stands; the second approval releases exactly what was submitted.

        Raises WrongState when it was decided meanwhile, or by the person who submitted it or approved it before.
        """
        if by.pk == self.submitted_by_id:
            raise WrongState(gettext("Who submitted a page can't approve it."), obj=self)
        stage = self.status
        if self.steps.filter(decided_by=by).exists():
            raise WrongState(gettext("The second approval needs a second person."), obj=self)
        with transaction.atomic():
            if stage == self.Status.FIRST:
                self._move(self.Status.FIRST, self.Status.SECOND)
            else:
                self._move(self.Status.SECOND, self.Status.RELEASED, finished_at=at)
            self._step(stage, CoreReviewStep.Decision.APPROVED, comment, by=by, at=at)
            log(self, "curriculum.core.approve", by=by, organisation=self.collection.organisation, stage=stage)
            if self.status == self.Status.RELEASED:
                self._release(by=by, at=at)

    def _release(self, *, by: User, at: datetime) -> None:
        content = self.revision.content
        if gaps := _gaps(self.page, content):
            raise ReviewGap(gaps)
        codes = dict(Topic.objects.filter(module__level=self.collection.level_id).values_list("pk", "code"))
        number = CoreRelease.objects.filter(page=self.page_id).aggregate(n=models.Max("number"))["n"] or 0
        self.revision.publish(user=by, log_action=True, skip_permission_checks=True)
        self.release = CoreRelease.objects.create(
            page_id=self.page_id,
            revision=self.revision,
            level_id=self.collection.level_id,
            kind=self.kind,
            number=number + 1,
            title=content["title"],
            title_en=content.get("title_en", ""),
            summary=content.get("summary", ""),
            summary_en=content.get("summary_en", ""),
            minutes=content.get("minutes") or 0,
            topic_codes=[codes[pk] for pk in content.get("topics", []) if pk in codes],
            documents=sorted(file_ids(content)[1]),
            note=self.note,
            content_hash=page_hash(content),
            released_at=at,
            released_by=by,
        )
        CoreReview.objects.filter(pk=self.pk).update(release=self.release)
        log(
            self.release, "curriculum.core.release", by=by, organisation=self.collection.organisation,
            number=self.release.number, hash=self.release.content_hash,
        )  # fmt: skip

    def return_to_author(self, *, by: User, at: datetime, comment: str) -> None:
        """Give the page back with a comment. Raises WrongState when decided meanwhile, or without a comment."""
        if not comment.strip():
            raise WrongState(gettext("Say what has to change."), obj=self)
        self._end(self.Status.RETURNED, CoreReviewStep.Decision.RETURNED, comment, by=by, at=at)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The author takes the page back to go on working. Raises WrongState when decided meanwhile."""
        self._end(self.Status.WITHDRAWN, CoreReviewStep.Decision.WITHDRAWN, "", by=by, at=at)

    def _end(self, status: str, decision: str, comment: str, *, by: User, at: datetime) -> None:
        stage = self.status
        with transaction.atomic():
            self._move(stage if stage in self.OPEN else self.Status.FIRST, status, finished_at=at)
            self._step(stage, decision, comment, by=by, at=at)
            log(self, f"curriculum.core.{'return' if comment else 'withdraw'}", by=by,
                organisation=self.collection.organisation, stage=stage)  # fmt: skip

    def _step(self, stage: str, decision: str, comment: str, *, by: User, at: datetime) -> None:
        CoreReviewStep.objects.create(
            review=self, stage=stage, decision=decision, comment=comment, decided_at=at, decided_by=by
        )

    def _move(self, old: str, new: str, **fields) -> None:
        if not CoreReview.objects.filter(pk=self.pk, status=old).update(status=new, **fields):
            raise WrongState(gettext("This review has been decided meanwhile."), obj=self)
        self.refresh_from_db()


class CoreReviewStep(AppendOnly):
    """What one person of the authority decided, when and why."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        WITHDRAWN = "withdrawn", _("withdrawn")

    review = models.ForeignKey(CoreReview, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=12, choices=CoreReview.Status.choices)
    decision = models.CharField(max_length=12, choices=Decision.choices)
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "stage"], name="core_stage_decided_once"),
            models.UniqueConstraint(
                fields=["review", "decided_by"],
                condition=Q(decision="approved"),
                name="core_approvals_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.get_decision_display()}"


def kind_of(page: Page) -> str:
    """Return "lesson" or "case". Raises WrongState for any other page."""
    model = page.specific_class
    if model is LessonPage:
        return "lesson"
    if model is CaseScenarioPage:
        return "case"
    raise WrongState(gettext("Only lessons and case scenarios are released as national core."), obj=page)


def _gaps(page: Page, content: dict) -> list[Gap]:
    return page_gaps(kind_of(page), content)
