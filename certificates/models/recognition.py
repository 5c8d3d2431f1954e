"""互认: what the authority recognises of other bodies' certificates, and of whom.

    agreement: draft ──► approved (a second officer) ──► withdrawn from a day
    recognition: asked (holder, with evidence) ──► recognised (officer) ──► ended from a day (two officers: recognition_ends.py)
                        └──► refused, withdrawn

A recognition is a statement of ours about another body's certificate, with a number of its own. It is never a certificate:
nothing is signed, and nothing is awarded on it. It counts as a level held, and for exemptions, as far as its agreement says.
"""

import secrets
import uuid
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.models import User
from curriculum.models import Level, Syllabus
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.uploads import CheckedFile

from ..numbers import normalise_name
from ..old_numbers import new_statement_number
from ..signals import recognition_decided
from .evidence import BroughtEvidence


class AgreementQuerySet(models.QuerySet):
    def valid(self, at: date):
        """Approved agreements in force on that day; a withdrawn one counted up to the day before its withdrawal."""
        began = Q(valid_from__lte=at) & (Q(valid_until=None) | Q(valid_until__gte=at))
        known = Q(status="approved") | Q(status="withdrawn", approved_by__isnull=False, withdrawn_from__gt=at)
        return self.filter(began & known)


class RecognitionAgreement(models.Model):
    """That a kind of certificate of another body counts as one of our levels: who says so, from when, by which document.

    What was approved is never edited: a next version is a further row, and this one is withdrawn from a day.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", pgettext_lazy("statement", "approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("statement", "withdrawn")

    FIELDS = (
        "body", "body_en", "kind", "kind_en", "level", "standard", "valid_from", "valid_until", "source", "verified", "reason",
    )  # fmt: skip

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    body = models.CharField(_("recognised body"), max_length=120)
    body_en = models.CharField(_("recognised body in English"), max_length=160, blank=True)
    kind = models.CharField(_("its certificate"), max_length=120)
    kind_en = models.CharField(_("its certificate in English"), max_length=160, blank=True)
    level = models.CharField(_("counts as this level held"), max_length=12, choices=Level.Code.choices)
    standard = models.ForeignKey(
        Syllabus, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("and for exemptions as of"),
        help_text=_("The syllabus version whose level it stands for where statements of equivalence exempt. Empty: none."),
    )  # fmt: skip
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=400, help_text=_("The agreement or document: title, number, address."))
    verified = models.BooleanField(_("verified against an official document"), default=False)
    reason = models.TextField(_("reason"), max_length=2000)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveSmallIntegerField(default=1)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_from = models.DateField(_("withdrawn from"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("reason"), max_length=500, blank=True)
    content_hash = models.CharField(max_length=80, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement on recognition")
        verbose_name_plural = _("agreements on recognition")
        ordering = ["body", "kind", "-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("drafted_by")), name="recognition_agreement_takes_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | (Q(approved_at__isnull=False) & ~Q(content_hash="")),
                name="approved_agreement_has_hash",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="agreement_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | (Q(withdrawn_from__isnull=False) & ~Q(withdrawn_reason="")),
                name="withdrawn_agreement_says_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} · {self.kind}"

    def get_absolute_url(self) -> str:
        return reverse("recognition_agreement", args=[self.uuid])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def shown_status(self) -> str:
        """In words: a draft that was discarded was never in force, and what ends on a later day is in force until then."""
        if self.status != self.Status.WITHDRAWN:
            return self.get_status_display()
        if not self.approved_by_id:
            return pgettext("agreement", "discarded")
        over = self.withdrawn_from <= timezone.localdate()
        return pgettext("agreement", "ended") if over else pgettext("agreement", "in force, to end")

    @property
    def tone(self) -> str:
        return {"draft": "warn", "approved": "ok"}.get(self.status, "muted")

    @classmethod
    def draft(cls, fields: dict[str, Any], *, by: User, at: datetime) -> "RecognitionAgreement":
        """Write a draft; of the same body and kind it is the next version."""
        with transaction.atomic():
            same = cls.objects.filter(body=fields["body"], kind=fields["kind"])
            version = (same.aggregate(n=models.Max("version"))["n"] or 0) + 1
            made = cls.objects.create(**fields, version=version, drafted_by=by, drafted_at=at)
            log(made, "certificates.agreement.draft", by=by)
        return made

    def change(self, fields: dict[str, Any], *, by: User, at: datetime) -> None:
        """Change a draft; who changed it last can't approve it."""
        with transaction.atomic():
            self._move((self.Status.DRAFT,), **fields, drafted_by=by, drafted_at=at)
            log(self, "certificates.agreement.change", by=by)

    def approve(self, *, by: User, at: datetime) -> None:
        """A second officer puts it in force from its day."""
        if by.pk == self.drafted_by_id:
            raise WrongState(_("Somebody else has to approve this statement: you wrote it."), obj=self)
        with transaction.atomic():
            fresh = RecognitionAgreement.objects.select_for_update().get(pk=self.pk)
            if fresh.drafted_by_id == by.pk or fresh.drafted_at != self.drafted_at:
                raise WrongState(_("This draft was changed meanwhile; read it again."), obj=self)
            said = {name: str(getattr(fresh, name) or "") for name in self.FIELDS}
            self._move(
                (self.Status.DRAFT,), status=self.Status.APPROVED, approved_by=by, approved_at=at, content_hash=content_hash(said)
            )
            log(self, "certificates.agreement.approve", by=by, hash=self.content_hash)

    def withdraw(self, *, day: date, reason: str, by: User, at: datetime) -> None:
        """No further recognition by it from that day on; what was recognised stays. A draft is discarded the same way."""
        if day < timezone.localdate(at):
            raise WrongState(_("A statement can't be withdrawn for days that are over."), obj=self)
        with transaction.atomic():
            verb = "discard" if self.is_draft else "withdraw"
            fields = {"withdrawn_from": day, "withdrawn_reason": reason.strip()}
            self._move((self.status,), status=self.Status.WITHDRAWN, **fields)
            log(self, f"certificates.agreement.{verb}", by=by, day=day.isoformat(), reason=reason.strip())

    def _move(self, before: tuple[str, ...], **values: Any) -> None:
        if not RecognitionAgreement.objects.filter(pk=self.pk, status__in=before).update(**values):
            raise WrongState(_("This statement is no longer in a state that allows this."), obj=self)
        self.refresh_from_db()


class RecognitionQuerySet(models.QuerySet):
    def good_on(self, day: date):
        """Statements that stood on that day, whatever came later."""
        began = Q(status__in=["recognised", "ended"], recognised_on__lte=day)
        return self.filter(
            began, Q(valid_until=None) | Q(valid_until__gte=day), Q(ended_on=None) | Q(ended_on__gt=day)
        )  # fmt: skip

    def answering(self, number: str):
        return self.filter(number=number, status__in=["recognised", "ended"]).select_related("agreement", "holder")


class Recognition(BroughtEvidence, models.Model):
    """Of one person: that their certificate of another body is recognised by statement."""

    EVIDENCE_FOLDER = "recognition"

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("recognition", "to be decided")
        RECOGNISED = "recognised", pgettext_lazy("recognition", "recognised")
        REFUSED = "refused", pgettext_lazy("recognition", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("recognition", "withdrawn by the applicant")
        ENDED = "ended", pgettext_lazy("recognition", "ended")

    MAX_BYTES = 10 * 1024 * 1024
    TAKEN = ("pdf", "png", "jpg")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(RecognitionAgreement, on_delete=models.PROTECT, related_name="recognitions")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recognitions")
    number = models.CharField(max_length=20, unique=True, null=True, blank=True)  # given with the decision
    holder_name = models.CharField(_("name on that certificate"), max_length=80)
    their_number = models.CharField(_("number of that certificate"), max_length=60)
    their_day = models.DateField(_("awarded on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("As on that certificate. Empty: no end."))
    evidence_name = models.CharField(max_length=200, blank=True)  # in the private storage, deleted with the decision
    evidence_type = models.CharField(max_length=100)
    evidence_sha256 = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    recognised_on = models.DateField(null=True, blank=True)
    basis = models.CharField(_("basis"), max_length=500, blank=True)  # what the officer saw, or why not
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.CharField(_("public reason"), max_length=300, blank=True)
    request_id = models.UUIDField(unique=True)

    objects = RecognitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("recognition")
        verbose_name_plural = _("recognitions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "their_number"], condition=Q(status__in=["asked", "recognised"]),
                name="their_certificate_is_recognised_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["recognised", "ended"])
                | (Q(number__isnull=False, decided_by__isnull=False, recognised_on__isnull=False) & ~Q(basis="")),
                name="recognition_says_who_when_and_on_what_basis",
            ),
            models.CheckConstraint(
                condition=~Q(status="ended") | (Q(ended_on__isnull=False, ended_by__isnull=False) & ~Q(ended_reason="")),
                name="ended_recognition_says_when_and_why",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(basis=""), name="refused_recognition_says_why"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("holder")), name="nobody_recognises_their_own_certificate"
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("recognition", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.ASKED

    @property
    def tone(self) -> str:
        return {"asked": "warn", "recognised": "ok", "refused": "bad"}.get(self.status, "muted")

    @property
    def same_name(self) -> bool:
        return normalise_name(self.holder.full_name) == normalise_name(self.holder_name)

    def state_on(self, day: date) -> str:
        """recognised, expired or taken_back, on that day."""
        if self.ended_on is not None and self.ended_on <= day:
            return "taken_back"
        return "expired" if self.valid_until is not None and self.valid_until < day else "recognised"

    def stood_on(self, day: date) -> bool:
        """As `RecognitionQuerySet.good_on`, on rows that were read already."""
        return self.recognised_on is not None and self.recognised_on <= day and self.state_on(day) == "recognised"

    def belongs_to(self, typed_name: str) -> bool:
        """Whether a typed name is the holder's, in time that does not depend on where the two differ."""
        return secrets.compare_digest(normalise_name(typed_name).encode(), normalise_name(self.holder_name).encode())

    @classmethod
    def ask(
        cls, agreement: RecognitionAgreement, *, holder_name: str, their_number: str, their_day: date, valid_until: date | None,
        upload: UploadedFile, checked: CheckedFile, request_id: UUID, by: User, at: datetime,
    ) -> "Recognition":  # fmt: skip
        """Apply. The same form sent twice applies once. Raises WrongState: no agreement in force; that certificate is known."""
        with transaction.atomic():
            if made := cls.objects.filter(request_id=request_id, holder=by).first():
                return made
            if not RecognitionAgreement.objects.valid(timezone.localdate(at)).filter(pk=agreement.pk).exists():
                raise WrongState(_("This agreement is not in force."), obj=None)
            live = cls.objects.filter(agreement=agreement, their_number=their_number, status__in=["asked", "recognised"])
            if live.exists():
                raise WrongState(_("An application for this certificate can't be taken; ask the authority."), obj=None)
            made = cls.objects.create(
                agreement=agreement, holder=by, holder_name=holder_name, their_number=their_number, their_day=their_day,
                valid_until=valid_until, evidence_type=checked.media_type, evidence_sha256=checked.sha256, asked_at=at,
                request_id=request_id,
            )  # fmt: skip
            made.keep_evidence(upload, checked)
            log(made, "certificates.recognition.ask", by=by)
        return made

    def recognise(self, *, basis: str, by: User, at: datetime) -> None:
        """State that it is recognised from today on. Raises WrongState: one's own, decided already, ended, or no agreement."""
        day = timezone.localdate(at)
        self._not_own(by)
        if not RecognitionAgreement.objects.valid(day).filter(pk=self.agreement_id).exists():
            raise WrongState(_("This agreement is not in force."), obj=self)
        if self.valid_until is not None and self.valid_until < day:
            raise WrongState(_("That certificate has expired."), obj=self)
        with transaction.atomic():
            self._move(
                self.Status.ASKED, status=self.Status.RECOGNISED, number=new_statement_number(), recognised_on=day,
                basis=basis.strip(), decided_by=by, decided_at=at,
            )  # fmt: skip
            self._over("recognise", by=by)

    def refuse(self, *, basis: str, by: User, at: datetime) -> None:
        self._not_own(by)
        with transaction.atomic():
            self._move(self.Status.ASKED, status=self.Status.REFUSED, basis=basis.strip(), decided_by=by, decided_at=at)
            self._over("refuse", by=by)

    def withdraw(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move(self.Status.ASKED, status=self.Status.WITHDRAWN, decided_at=at)
            self._over("withdraw", by=by)

    def end(self, *, day: date, reason: str, by: User) -> None:
        """It counts no longer from that day on, with a public reason; what was decided on it before stays.

        by: who confirmed it. Two officers end it, so only `RecognitionEnd.confirm` asks for this.
        """
        self._not_own(by)
        if not self.ends.filter(status="confirmed", decided_by=by).exclude(proposed_by=by).exists():
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self)
        with transaction.atomic():
            self._move(self.Status.RECOGNISED, status=self.Status.ENDED, ended_on=day, ended_reason=reason.strip(), ended_by=by)
            self._over("end", by=by, day=day.isoformat(), reason=reason.strip())

    def _not_own(self, by: User) -> None:
        if by.pk == self.holder_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=self)

    def _move(self, before: str, **values: Any) -> None:
        if not Recognition.objects.filter(pk=self.pk, status=before).update(**values):
            raise WrongState(_("This was decided meanwhile."), obj=self)
        self.refresh_from_db()

    def _over(self, verb: str, *, by: User, **told: str) -> None:
        self.drop_evidence()
        log(self, f"certificates.recognition.{verb}", by=by, **told)
        recognition_decided.send(sender=Recognition, recognition=self)
