"""Many awards at once: a cohort proposed by its base as a list, decided by the authority as a list, issued as one job.

Every person still has a proposal, an award and a certificate of their own, made by the same rules; the batch is the list
they travel on, with what became of each line.
"""

import random
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from training.models import Cohort, Enrolment

from ..signals import batch_asked, batch_confirmed
from .awards import AwardProposal

SAMPLE = 10  # people drawn for the second pair of eyes to open


class AwardBatch(models.Model):
    class Status(models.TextChoices):
        COLLECTING = "collecting", pgettext_lazy("batch", "being checked")
        PROPOSED = "proposed", pgettext_lazy("batch", "proposed")
        ISSUING = "issuing", pgettext_lazy("batch", "being issued")
        DONE = "done", pgettext_lazy("batch", "finished")
        WITHDRAWN = "withdrawn", pgettext_lazy("batch", "withdrawn")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="award_batches")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="award_batches")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.COLLECTING)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    runs = models.PositiveSmallIntegerField(default=0)  # of issuing: the first, and one more for each retry of failures
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("batch of awards")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="two_pairs_of_eyes_on_a_batch"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["issuing", "done"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="issued_batch_was_decided",
            ),
            models.UniqueConstraint(
                fields=["cohort"], condition=Q(status="collecting"), name="one_batch_of_a_cohort_is_collected"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {timezone.localdate(self.proposed_at)}"

    def get_absolute_url(self) -> str:
        return reverse("award_batch", args=[self.uuid])

    @property
    def tone(self) -> str:
        return {"proposed": "info", "issuing": "info", "done": "ok", "withdrawn": "muted"}.get(self.status, "muted")

    @property
    def job_key(self) -> str:
        """Of the job that works on it now: checking, or the latest run of issuing."""
        return f"award-batch:{self.uuid}:{self.runs}"

    @classmethod
    def ask(
        cls, cohort: Cohort, *, by: User, at: datetime, people: Iterable[UUID] | None = None
    ) -> "AwardBatch":
        """Put people of a cohort on a list; a job checks each and proposes those who fulfil their rule.

        people: enrolments by their uuid; None for everybody who studies there. Left out: who withdrew, who has a proposal
        on its way or an award, and the registrar who asks. Raises WrongState when nobody is left.
        """
        wanted = Enrolment.objects.filter(cohort=cohort).exclude(status=Enrolment.Status.WITHDRAWN).exclude(user=by)
        live = AwardProposal.objects.filter(status__in=AwardProposal.LIVE)
        wanted = wanted.exclude(pk__in=live.values("enrolment"))
        if people is not None:
            wanted = wanted.filter(uuid__in=list(people))
        with transaction.atomic():
            if cls.objects.filter(cohort=cohort, status=cls.Status.COLLECTING).exists():
                raise WrongState(_("A list of this cohort is being checked already."), obj=cohort)
            ids = list(wanted.order_by("pk").values_list("pk", flat=True))
            if not ids:
                raise WrongState(_("There is nobody to propose: choose people without a proposal."), obj=cohort)
            batch = cls.objects.create(
                cohort=cohort, organisation_id=cohort.organisation_id, proposed_by=by, proposed_at=at
            )
            AwardBatchRow.objects.bulk_create(
                (AwardBatchRow(batch=batch, enrolment_id=pk) for pk in ids), batch_size=1000
            )
            log(batch, "certificates.batch.ask", by=by, organisation=batch.organisation, people=len(ids))
            batch_asked.send(sender=cls, batch=batch)
        return batch

    def collected(self, *, at: datetime) -> None:
        """Everybody is checked: the list goes to the authority, or is finished when nobody fulfils the rule."""
        with transaction.atomic():
            anybody = self.rows.filter(state=AwardBatchRow.State.PROPOSED).exists()
            fields = {"status": self.Status.PROPOSED} if anybody else {"status": self.Status.WITHDRAWN, "finished_at": at}
            AwardBatch.objects.filter(pk=self.pk, status=self.Status.COLLECTING).update(**fields)
            self.refresh_from_db()

    def confirm(self, *, by: User, at: datetime) -> None:
        """Decide on everybody who is still proposed; one job awards and issues them.

        Raises WrongState: not proposed any more, proposed by the same person, or nobody is left on it.
        """
        if by.pk == self.proposed_by_id:
            raise WrongState(_("Who proposed an award can't confirm it."), obj=self)
        with transaction.atomic():
            moved = AwardBatch.objects.filter(pk=self.pk, status=self.Status.PROPOSED).update(
                status=self.Status.ISSUING, decided_by=by, decided_at=at, runs=1
            )
            if not moved:
                raise WrongState(_("This list has already been decided, or is still being checked."), obj=self)
            if not self.waiting().exists():
                raise WrongState(_("Nobody is left on this list."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.batch.confirm", by=by, organisation=self.organisation)
            batch_confirmed.send(sender=AwardBatch, batch=self)

    def settle(self, *, at: datetime) -> None:
        """Close a list on which nobody waits any more since each was decided by itself: the job does the rest, in the name of
        who decided last. Without any decision, as the base took everybody back, it is withdrawn."""
        with transaction.atomic():
            locked = AwardBatch.objects.select_for_update().get(pk=self.pk)
            if locked.status != self.Status.PROPOSED or self.waiting().exists():
                return
            decided = AwardProposal.objects.filter(batch_row__batch=self, decided_by__isnull=False).order_by("decided_at").last()
            if decided is None:
                AwardBatch.objects.filter(pk=self.pk).update(status=self.Status.WITHDRAWN, finished_at=at)
                return
            AwardBatch.objects.filter(pk=self.pk).update(
                status=self.Status.ISSUING, decided_by=decided.decided_by_id, decided_at=at, runs=1
            )
            self.refresh_from_db()
            batch_confirmed.send(sender=AwardBatch, batch=self)

    def finish(self, *, at: datetime) -> None:
        """Everybody on the list is issued, left out or failed."""
        AwardBatch.objects.filter(pk=self.pk, status=self.Status.ISSUING).update(status=self.Status.DONE, finished_at=at)

    def retry(self, *, by: User, at: datetime) -> None:
        """Try those again that failed, and only those. Raises WrongState while it is being issued, or when none failed."""
        with transaction.atomic():
            moved = AwardBatch.objects.filter(pk=self.pk, status=self.Status.DONE).update(
                status=self.Status.ISSUING, runs=F("runs") + 1, finished_at=None
            )
            if not moved or not self.rows.filter(state=AwardBatchRow.State.FAILED).exists():
                raise WrongState(_("Nothing on this list can be tried again now."), obj=self)
            failed = self.rows.filter(state=AwardBatchRow.State.FAILED)
            failed.filter(proposal__award=None).update(state=AwardBatchRow.State.PROPOSED, said=[])
            failed.exclude(proposal__award=None).update(state=AwardBatchRow.State.AWARDED, said=[])
            self.refresh_from_db()
            log(self, "certificates.batch.retry", by=by, organisation=self.organisation)
            batch_confirmed.send(sender=AwardBatch, batch=self)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The base takes the whole list back, before it is decided; who was refused one by one stays refused."""
        with transaction.atomic():
            moved = AwardBatch.objects.filter(pk=self.pk, status=self.Status.PROPOSED).update(
                status=self.Status.WITHDRAWN, finished_at=at
            )
            if not moved:
                raise WrongState(_("This list has already been decided, or is still being checked."), obj=self)
            AwardProposal.objects.filter(pk__in=self.waiting().values("proposal")).update(
                status=AwardProposal.Status.WITHDRAWN, decided_at=at
            )
            self.refresh_from_db()
            log(self, "certificates.batch.withdraw", by=by, organisation=self.organisation)

    def lines(self) -> "models.QuerySet[AwardBatchRow]":
        """The lines with the state they show (`shows`): one whose proposal somebody decided by itself says so before the job
        comes to it."""
        cases = [
            When(state=AwardBatchRow.State.PROPOSED, proposal__status=status, then=Value(state))
            for status, state in AwardBatchRow.BY_ITSELF.items()
        ]
        return self.rows.annotate(shows=Case(*cases, default=F("state")))

    def waiting(self) -> "models.QuerySet[AwardBatchRow]":
        """Lines whose proposal is still open for a decision."""
        return self.rows.filter(state=AwardBatchRow.State.PROPOSED, proposal__status=AwardProposal.Status.PROPOSED)

    def sample(self) -> list["AwardBatchRow"]:
        """A few lines drawn at random, the same at every look. Two queries."""
        ids = list(self.rows.exclude(proposal=None).order_by("pk").values_list("pk", flat=True))
        drawn = random.Random(self.uuid.int).sample(ids, min(SAMPLE, len(ids)))
        return list(self.rows.filter(pk__in=drawn).select_related("enrolment__user", "proposal").order_by("pk"))


class AwardBatchRow(models.Model):
    """One person on the list. said: why not, as [Chinese, English] phrases: open conditions, or what failed."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("line of a batch", "not checked yet")
        OPEN = "open", pgettext_lazy("line of a batch", "not eligible")
        PROPOSED = "proposed", pgettext_lazy("line of a batch", "proposed")
        LEFT_OUT = "left_out", pgettext_lazy("line of a batch", "refused or withdrawn")
        AWARDED = "awarded", pgettext_lazy("line of a batch", "awarded, being signed")
        ISSUED = "issued", pgettext_lazy("line of a batch", "issued")
        FAILED = "failed", pgettext_lazy("line of a batch", "failed")

    BY_ITSELF: ClassVar = {
        AwardProposal.Status.REFUSED: State.LEFT_OUT, AwardProposal.Status.WITHDRAWN: State.LEFT_OUT,
        AwardProposal.Status.CONFIRMED: State.AWARDED,
    }  # fmt: skip

    batch = models.ForeignKey(AwardBatch, on_delete=models.CASCADE, related_name="rows")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField(
        AwardProposal, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_row"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    said = models.JSONField(default=list)

    class Meta:
        verbose_name = _("line of a batch")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "enrolment"], name="once_on_a_batch"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "open", "failed"]) | Q(proposal__isnull=False),
                name="proposed_line_has_its_proposal",
            ),
        ]
        indexes = [models.Index(fields=["batch", "state"])]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.state}"

    @property
    def shown(self) -> str:
        """The state that is shown, as `AwardBatch.lines` has it."""
        return self.BY_ITSELF.get(self.proposal.status, self.state) if self.state == self.State.PROPOSED else self.state

    @property
    def shown_state(self) -> str:
        return str(self.State(self.shown).label)

    @property
    def tone(self) -> str:
        return {"proposed": "info", "awarded": "info", "issued": "ok", "failed": "bad", "open": "warn"}.get(self.shown, "muted")
