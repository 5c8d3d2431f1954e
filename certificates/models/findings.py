"""What the audit found, kept from night to night, and the repairs that officers accepted.

    open ──accept──► in repair ──► gone, or open again
      │ set aside (reason) ◄──► reopen
      └──► gone (a later audit no longer finds it) ──► open (it is found again)
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.language import is_english

from ..signals import repair_accepted
from .awards import Award
from .certificates import Certificate
from .requests import ChangeRequest

if TYPE_CHECKING:
    from ..audit import Finding

BATCH = 500
STUCK = timedelta(hours=6)  # a repair whose job came to no end in this time gave nothing


class AuditFindingQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=AuditFinding.Status.OPEN)

    def record(self, found: "Iterable[Finding]", *, at: datetime) -> None:
        """Write what one audit found. New ones are opened, known ones seen again, the others are gone.

        A finding set aside stays so while it is found; one in repair waits for its repair, but no longer than `STUCK`.
        """
        now_found = {finding.fingerprint: finding for finding in found}
        with transaction.atomic():
            known = {row.fingerprint: row for row in self.select_for_update().exclude(status=AuditFinding.Status.GONE)}
            others = [key for key in now_found if key not in known]
            for start in range(0, len(others), BATCH):
                known |= {row.fingerprint: row for row in self.filter(fingerprint__in=others[start : start + BATCH])}
            self.bulk_create(
                [
                    AuditFinding(fingerprint=key, code=one.code, subject=one.subject, part=one.part, detail=one.detail[:500],
                                 first_seen_at=at, last_seen_at=at)
                    for key, one in now_found.items() if key not in known
                ],
                batch_size=BATCH,
            )  # fmt: skip
            seen = [row for key, row in known.items() if key in now_found]
            for row in seen:
                row.see(now_found[row.fingerprint], at=at)
            self.bulk_update(seen, ["status", "detail", "last_seen_at", "gone_at", "times"], batch_size=BATCH)
            left = [row.pk for key, row in known.items() if key not in now_found]
            for start in range(0, len(left), BATCH):
                self.filter(pk__in=left[start : start + BATCH]).update(status=AuditFinding.Status.GONE, gone_at=at)
        for repair in AuditRepair.objects.filter(state=AuditRepair.State.ACCEPTED, accepted_at__lt=at - STUCK):
            repair.fail(str(_("The job did not come to its end.")), at=at)


class AuditFinding(models.Model):
    """One thing that does not fit, with an identity that stays from night to night (audit.Finding.fingerprint)."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("finding of an audit", "open")
        IN_REPAIR = "in_repair", pgettext_lazy("finding of an audit", "being repaired")
        SET_ASIDE = "set_aside", pgettext_lazy("finding of an audit", "set aside")
        GONE = "gone", pgettext_lazy("finding of an audit", "gone")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fingerprint = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=12)
    subject = models.CharField(max_length=80, blank=True)
    part = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    times = models.PositiveIntegerField(default=1)  # audits that found it
    reason = models.CharField(_("why it is set aside"), max_length=500, blank=True)
    set_aside_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    set_aside_at = models.DateTimeField(null=True, blank=True)

    objects = AuditFindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding of an audit")
        verbose_name_plural = _("findings of audits")
        ordering = ["-first_seen_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="set_aside") | (~Q(reason="") & Q(set_aside_by__isnull=False)),
                name="finding_set_aside_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("audit_finding", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.OPEN, self.Status.SET_ASIDE)

    @property
    def tone(self) -> str:
        return {"open": "bad", "in_repair": "info", "gone": "ok"}.get(self.status, "muted")

    @property
    def certificate(self) -> Certificate | None:
        """The certificate it is about, if it is about one; of an award the last of the chain. One query or two."""
        if self.code == "award":
            award = Award.objects.filter(uuid=self.subject).first()
            return award.certificate if award else None
        return Certificate.objects.filter(number=self.subject).select_related("organisation", "holder").first()

    def see(self, found: "Finding", *, at: datetime) -> None:
        """Note on this row, without saving, that it was found again."""
        self.detail, self.last_seen_at, self.times = found.detail[:500], at, self.times + 1
        if self.status == self.Status.GONE:
            self.status, self.gone_at = self.Status.OPEN, None

    def set_aside(self, *, reason: str, by: User, at: datetime) -> None:
        """Leave it as it is, with the reason; later audits don't open it again. Raises WrongState when it is not open."""
        with transaction.atomic():
            values = {"reason": reason.strip(), "set_aside_by": by, "set_aside_at": at}
            self._move(self.Status.OPEN, status=self.Status.SET_ASIDE, **values)
            self._log("set_aside", by=by, reason=self.reason)

    def reopen(self, *, by: User) -> None:
        with transaction.atomic():
            self._move(self.Status.SET_ASIDE, status=self.Status.OPEN, reason="", set_aside_by=None, set_aside_at=None)
            self._log("reopen", by=by)

    def check_again(self, found: "Iterable[Finding]", *, at: datetime) -> bool:
        """Hold it against what was found just now; say whether it is still there. What is in repair is left to its repair."""
        again = {one.fingerprint: one for one in found}.get(self.fingerprint)
        row = AuditFinding.objects.filter(pk=self.pk).exclude(status=self.Status.IN_REPAIR)
        if again is None:
            row.update(status=self.Status.GONE, gone_at=at)
        else:
            row.update(last_seen_at=at, detail=again.detail[:500])
            row.filter(status=self.Status.GONE).update(status=self.Status.OPEN, gone_at=None)
        self.refresh_from_db()
        return again is not None

    def _move(self, before: str, **values: Any) -> None:
        if not AuditFinding.objects.filter(pk=self.pk, status=before).update(**values):
            raise WrongState(_("This finding is no longer in a state that allows this."), obj=self)
        self.refresh_from_db()

    def _log(self, verb: str, *, by: User | None, **data: Any) -> None:
        certificate = self.certificate
        base: Organisation | None = certificate.organisation if certificate else None
        log(self, f"certificates.finding.{verb}", by=by, organisation=base, code=self.code, **data)


class AuditRepair(models.Model):
    """A proposed repair that an officer accepted, with what was to be changed, and what came of it."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("repair", "accepted, being done")
        WAITING = "waiting", pgettext_lazy("repair", "waiting for a second officer")
        DONE = "done", pgettext_lazy("repair", "done, the finding is gone")
        STILL_THERE = "still_there", pgettext_lazy("repair", "done, the finding is still there")
        FAILED = "failed", pgettext_lazy("repair", "failed")

    RUNNING = ("accepted", "waiting")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    finding = models.ForeignKey(AuditFinding, on_delete=models.PROTECT, related_name="repairs")
    kind = models.CharField(max_length=20)  # a key of repairs.REPAIRS
    # As it was accepted: [what, before, after] in each row, by language; of older ones in that of who accepted alone.
    plan = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACCEPTED)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    change = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="repairs")

    class Meta:
        verbose_name = _("repair")
        ordering = ["-accepted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=Q(state__in=["accepted", "waiting"]), name="one_repair_of_a_finding_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(change__isnull=False), name="waiting_repair_names_its_change"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.kind} {self.state}"

    @property
    def tone(self) -> str:
        return {"done": "ok", "failed": "bad", "still_there": "warn"}.get(self.state, "info")

    @property
    def lines(self) -> list[list[str]]:
        """The plan in the reader's language."""
        return self.plan["en" if is_english() else "zh-hans"] if isinstance(self.plan, dict) else self.plan

    @classmethod
    def accept(
        cls, finding: AuditFinding, kind: str, *, plan: dict[str, list[list[str]]], by: User, at: datetime
    ) -> "AuditRepair":
        """An officer accepts a proposal; the repair follows as a job. A second click finds the finding in repair: WrongState."""
        with transaction.atomic():
            finding._move(AuditFinding.Status.OPEN, status=AuditFinding.Status.IN_REPAIR)
            repair = cls.objects.create(finding=finding, kind=kind, plan=plan, accepted_by=by, accepted_at=at)
            finding._log("accept", by=by, repair=kind)
            repair_accepted.send(sender=cls, repair=repair)
        return repair

    def wait_for(self, change: ChangeRequest) -> None:
        """The step was proposed; what becomes of it a second officer says."""
        self._end((self.State.ACCEPTED,), self.State.WAITING, finding=AuditFinding.Status.IN_REPAIR, change=change)

    def settle(self, found: "Iterable[Finding]", *, at: datetime) -> None:
        """The repair was made, or its change decided: whether the finding is gone says what is found now."""
        gone = self.finding.fingerprint not in {one.fingerprint for one in found}
        state = self.State.DONE if gone else self.State.STILL_THERE
        status = AuditFinding.Status.GONE if gone else AuditFinding.Status.OPEN
        self._end(self.RUNNING, state, finding=status, ended_at=at)

    def fail(self, problem: str, *, at: datetime) -> None:
        self._end(self.RUNNING, self.State.FAILED, finding=AuditFinding.Status.OPEN, ended_at=at, problem=problem[:500])

    def _end(self, before: tuple[str, ...], state: str, *, finding: str, **values: Any) -> None:
        """Move the repair and its finding together; what has come to its end already stays as it is."""
        with transaction.atomic():
            if not AuditRepair.objects.filter(pk=self.pk, state__in=before).update(state=state, **values):
                return
            rows = AuditFinding.objects.filter(pk=self.finding_id, status=AuditFinding.Status.IN_REPAIR)
            at = values.get("ended_at")
            gone = {"gone_at": at} if finding == AuditFinding.Status.GONE else {}
            rows.update(status=finding, **gone, **({"last_seen_at": at} if at and not gone else {}))
            self.refresh_from_db()
            self.finding.refresh_from_db()
            if at:
                self.finding._log("repaired", by=self.accepted_by, repair=self.kind, came_of_it=state)
