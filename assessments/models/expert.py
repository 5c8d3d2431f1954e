"""An expert of the firm behind a case reads released work and comments on it, if the trainee wants that. No effect on scores.

What is shared, and under which name, is the trainee's own, asked for each submission, and taken back by a further row.
"""

import uuid
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from curriculum.models import CaseOrigin, Demand
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from ..signals import expert_commented
from .submissions import Submission

MAX_COMMENT = 3000
MAX_COMMENTS = 5  # of one firm on one work product


class ExpertConsentQuerySet(AppendOnlyQuerySet):
    def latest_given(self):
        """A subquery: what the outer submission's trainee said last, None when nothing."""
        rows = self.filter(submission=OuterRef("pk")).order_by("-at", "-pk")
        return Subquery(rows.values("given")[:1])

    def standing(self, submission: Submission) -> "ExpertConsent | None":
        """Return the trainee's yes that holds now."""
        last = self.filter(submission=submission).order_by("-at", "-pk").first()
        return last if last and last.given else None


class ExpertConsent(AppendOnly):
    """One person's word on their own row of a submission; in a team everybody gives theirs."""

    # The version of assessments/expert_consent_*.html. Change it with the text.
    TEXT_VERSION = "2026-11"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="expert_consents")
    given = models.BooleanField()
    show_name = models.BooleanField(default=False)
    with_files = models.BooleanField(default=False)
    text_version = models.CharField(max_length=20)
    at = models.DateTimeField()

    objects = ExpertConsentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.given}"

    @classmethod
    def say(cls, row: Submission, *, given: bool, at: datetime, show_name: bool = False, with_files: bool = False):
        """Append what the trainee says, if it says anything new. Raises WrongState while there is no released result, or
        the case is not from a firm that still takes part."""
        said = {"given": given, "show_name": given and show_name, "with_files": given and with_files}
        with transaction.atomic():
            Submission.objects.select_for_update().get(pk=row.pk)
            last = cls.objects.filter(submission=row).order_by("-at", "-pk").first()
            if not given and (last is None or not last.given):
                return last
            if last and all(getattr(last, name) == value for name, value in said.items()):
                return last
            if given and (row.status != Submission.Status.RELEASED or demand_behind(row) is None):
                raise WrongState(_("Only released work on a case from a real demand can be shown to the firm."), obj=row)
            consent = cls.objects.create(submission=row, text_version=cls.TEXT_VERSION, at=at, **said)
            base = row.enrolment.cohort.organisation
            log(row, "assessments.expert.consent", by=row.enrolment.user, organisation=base, **said)
        return consent


class ExpertComment(AppendOnly):
    """What an expert of the firm wrote. `key` makes a second sending of the form harmless."""

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="expert_comments")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("comment"), max_length=MAX_COMMENT)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="expert_comment_says_something")]

    def __str__(self) -> str:
        return self.text[:60]

    @classmethod
    def write(cls, work: Submission, organisation: Organisation, text: str, *, key: UUID, by: User, at: datetime):
        """Append a comment; the trainee is told. Raises WrongState when consent was taken back, or there are enough."""
        with transaction.atomic():
            Submission.objects.select_for_update().get(pk=work.pk)
            if found := cls.objects.filter(key=key, submission=work).first():
                return found
            if not open_to_firms({organisation.pk}).filter(pk=work.pk).exists():
                raise WrongState(_("The trainee has taken the consent back."))
            if cls.objects.filter(submission=work, organisation=organisation).count() >= MAX_COMMENTS:
                raise WrongState(_("At most %(count)s comments on one work product.") % {"count": MAX_COMMENTS})
            comment = cls.objects.create(submission=work, organisation=organisation, text=text, key=key, by=by, at=at)
            log(work, "assessments.expert.comment", by=by, organisation=work.enrolment.cohort.organisation)
            expert_commented.send(sender=cls, comment=comment)
        return comment


def demand_behind(row: Submission) -> Demand | None:
    """Return the demand of the case, while its firm takes part: one query."""
    origin = CaseOrigin.objects.filter(
        page=row.assignment.item.page_id, demand__status=Demand.Status.TAKEN
    ).select_related("demand__organisation").first()  # fmt: skip
    return origin.demand if origin else None


def open_to_firms(firms: set[int]):
    """Released work on cases from demands of these firms, everybody whose work it is consenting."""
    cases = CaseOrigin.objects.filter(demand__organisation__in=firms, demand__status=Demand.Status.TAKEN)
    said = ExpertConsent.objects.latest_given()
    silent = Submission.objects.filter(leader=OuterRef("pk")).annotate(said=said).exclude(said=True)
    found = Submission.objects.filter(
        leader=None, status=Submission.Status.RELEASED, assignment__item__page__in=cases.values("page")
    )
    return found.annotate(said=said).filter(said=True).filter(~Exists(silent))


def expert_code(work: Submission) -> str:
    """What an expert sees instead of a name: another code than assessors see, another one for each work product."""
    return "E-" + content_hash([str(work.uuid), "expert"]).rpartition(":")[2][:6].upper()
