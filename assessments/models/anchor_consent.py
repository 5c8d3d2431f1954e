"""Whether a trainee's released work may serve, without its author, to train and test assessors. Asked for each submission."""

from datetime import datetime

from django.db import models, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .submissions import Submission


class AnchorConsentQuerySet(AppendOnlyQuerySet):
    def latest_given(self, path: str = "pk"):
        """A subquery: what was said last of the outer row's submission, None when nothing."""
        rows = self.filter(submission=OuterRef(path)).order_by("-at", "-pk")
        return Subquery(rows.values("given")[:1])

    def holds(self, submission: Submission) -> bool:
        """Whether the trainee's last word is yes. One query."""
        last = self.filter(submission=submission).order_by("-at", "-pk").first()
        return last is not None and last.given


class AnchorConsent(AppendOnly):
    """The trainee's yes or no. The last one counts; a no makes an anchor of the work unusable at once."""

    # The version of assessments/anchor_consent_*.html. Change it with the text.
    TEXT_VERSION = "2026-11"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="anchor_consents")
    given = models.BooleanField()
    text_version = models.CharField(max_length=20)
    at = models.DateTimeField()

    objects = AnchorConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent to training assessors")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.given}"

    @classmethod
    def say(cls, row: Submission, *, given: bool, at: datetime) -> None:
        """Append what the trainee says, if it says anything new. Raises WrongState before the result is released."""
        with transaction.atomic():
            Submission.objects.select_for_update().get(pk=row.pk)
            if cls.objects.holds(row) == given:
                return
            if given and (row.status != Submission.Status.RELEASED or row.team_id is not None):
                raise WrongState(_("Only released work of one person can serve this."), obj=row)
            cls.objects.create(submission=row, given=given, text_version=cls.TEXT_VERSION, at=at)
            base = row.enrolment.cohort.organisation
            log(row, "assessments.anchor.consent", by=row.enrolment.user, organisation=base, given=given)
