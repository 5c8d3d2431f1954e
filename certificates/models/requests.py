"""Steps in a certificate's life that take two people: proposed by one, confirmed by another; a change of name is first asked
for by the holder.

                    asked (holder, with evidence)
                      │ adopt (officer)
                      ▼
    propose ────► proposed ──► confirmed: the step itself, a StatusChange
   (officer)          └──────► refused, withdrawn
"""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.uploads import CheckedFile

from ..document.glyphs import missing_glyphs
from ..signals import request_decided
from .awards import Undrawable
from .certificates import Certificate, StatusChange
from .evidence import BroughtEvidence


class ChangeRequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=ChangeRequest.OPEN)

    def matters(self):
        """Of those that were asked for together only the first one: one row for each thing to look at."""
        earlier = self.order_by().filter(case=OuterRef("case"), pk__lt=OuterRef("pk"))
        return self.filter(Q(case=None) | ~Exists(earlier))


class ChangeRequest(BroughtEvidence, models.Model):
    """What is to happen to a certificate, why, and who said so. The step itself is the StatusChange it leads to."""

    EVIDENCE_FOLDER = "name-changes"
    MAX_BYTES = settings.SUBMISSION_FILE_MAX_BYTES
    TAKEN = ("pdf", "png", "jpg")

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("change of a certificate", "asked for by the holder")
        PROPOSED = "proposed", pgettext_lazy("change of a certificate", "waiting for a second person")
        CONFIRMED = "confirmed", pgettext_lazy("change of a certificate", "confirmed")
        REFUSED = "refused", pgettext_lazy("change of a certificate", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("change of a certificate", "withdrawn")

    OPEN = ("asked", "proposed")
    KINDS = (StatusChange.Kind.REINSTATED, StatusChange.Kind.REVOKED, StatusChange.Kind.CORRECTED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=12, choices=StatusChange.Kind.choices)
    reason = models.CharField(_("public reason"), max_length=20, choices=StatusChange.Reason.choices)
    text = models.CharField(_("public explanation"), max_length=300, blank=True)
    note = models.TextField(_("internal note"), max_length=2000, blank=True)
    # What the new certificate is to say; empty: as the old one.
    name = models.CharField(max_length=80, blank=True)
    name_latin = models.CharField(max_length=80, blank=True)
    facts_again = models.BooleanField(default=False)
    shown = models.BooleanField(default=False)  # the holder agrees that the old number leads to the new certificate
    # What it was asked for together with; then the evidence is there.
    case = models.ForeignKey("NameChange", on_delete=models.PROTECT, null=True, blank=True, related_name="requests")
    # The evidence is deleted with the decision; its hash stays.
    evidence_name = models.CharField(max_length=200, blank=True)  # in the private storage
    evidence_type = models.CharField(max_length=100, blank=True)
    evidence_sha256 = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(_("note"), max_length=1000, blank=True)
    change = models.OneToOneField(
        StatusChange, on_delete=models.PROTECT, null=True, blank=True, related_name="request"
    )

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a certificate")
        verbose_name_plural = _("changes of certificates")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(status__in=["asked", "proposed"]), name="one_open_change_per_certificate"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="change_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | Q(proposed_by__isnull=False, decided_by__isnull=False, change__isnull=False),
                name="confirmed_change_names_two",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(decision_note=""), name="refused_change_says_why"),
            models.CheckConstraint(
                condition=~Q(kind="corrected") | ~Q(name="") | ~Q(name_latin="") | Q(facts_again=True),
                name="replacement_says_what_changes",
            ),
            models.CheckConstraint(
                condition=Q(asked_by=None) | Q(kind="corrected", reason="name_change"), name="holders_ask_for_a_name"
            ),
            models.CheckConstraint(
                condition=Q(case=None) | Q(asked_by__isnull=False, evidence_name=""), name="together_asked_with_one_evidence"
            ),
            models.UniqueConstraint(fields=["case", "certificate"], name="certificate_once_in_a_name_change"),
        ]

    def __str__(self) -> str:
        return self.certificate.number

    def get_absolute_url(self) -> str:
        return reverse("change_request", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def step_label(self) -> str:
        """What it does to the certificate: until it is decided, what that will be."""
        if self.decided_at:
            return self.get_kind_display()
        return _("afterwards: %(state)s") % {"state": self.get_kind_display()}

    @property
    def tone(self) -> str:
        return {"asked": "warn", "proposed": "warn", "confirmed": "ok", "refused": "bad"}.get(self.status, "muted")

    @classmethod
    def _open(cls, certificate: Certificate, **values) -> "ChangeRequest":
        """Write a request. Raises WrongState where the step can't follow, another waits, or a name can't be drawn."""
        locked = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
        if values["kind"] not in cls.KINDS or locked.state not in StatusChange.FROM[values["kind"]]:
            raise WrongState(_("The certificate is no longer in a state that allows this."), obj=certificate)
        if locked.prepared_at is None:
            raise WrongState(_("The certificate is still being signed."), obj=certificate)
        if cls.objects.open().filter(certificate=locked).exists():
            raise WrongState(_("A change of this certificate is already waiting; decide on that first."), obj=certificate)
        if missing := missing_glyphs(values.get("name", "") + values.get("name_latin", "")):
            raise Undrawable(missing, obj=certificate)
        return cls.objects.create(certificate=locked, **values)

    @classmethod
    def propose(
        cls, certificate: Certificate, kind: str, *, reason: str, by: User, at: datetime, text: str = "", note: str = "",
        name: str = "", name_latin: str = "", facts_again: bool = False, shown: bool = False,
    ) -> "ChangeRequest":  # fmt: skip
        """An officer proposes a step; another has to confirm it."""
        with transaction.atomic():
            found = cls._open(
                certificate, kind=kind, reason=reason, text=text, note=note, name=name, name_latin=name_latin,
                facts_again=facts_again, shown=shown, status=cls.Status.PROPOSED, proposed_by=by, proposed_at=at,
            )  # fmt: skip
            found._log("propose", by=by, reason=reason)
        return found

    @classmethod
    def ask(
        cls, certificate: Certificate, *, name: str, name_latin: str, shown: bool, upload: UploadedFile, checked: CheckedFile,
        by: User, at: datetime,
    ) -> "ChangeRequest":  # fmt: skip
        """The holder asks for a certificate with the new name, and says whether the old number may lead to it."""
        with transaction.atomic():
            found = cls._open(
                certificate, kind=StatusChange.Kind.CORRECTED, reason=StatusChange.Reason.NAME_CHANGE, name=name,
                name_latin=name_latin, shown=shown, status=cls.Status.ASKED, asked_by=by, asked_at=at,
                evidence_type=checked.media_type, evidence_sha256=checked.sha256,
            )  # fmt: skip
            found.keep_evidence(upload, checked)
            found._log("ask", by=by)
        return found

    @classmethod
    def ask_in(cls, case, certificate: Certificate, *, name: str, name_latin: str, by: User, at: datetime) -> "ChangeRequest":
        """One of several that the holder asks for together (`NameChange.ask`), in its transaction."""
        found = cls._open(
            certificate, kind=StatusChange.Kind.CORRECTED, reason=StatusChange.Reason.NAME_CHANGE, name=name,
            name_latin=name_latin, shown=case.shown, status=cls.Status.ASKED, asked_by=by, asked_at=at, case=case,
        )  # fmt: skip
        found._log("ask", by=by)
        return found

    def adopt(self, *, by: User, at: datetime, text: str = "", note: str = "") -> None:
        """An officer has read the evidence and proposes what the holder asked for. The holder can't."""
        if by.pk == self.asked_by_id:
            raise WrongState(_("Nobody decides on their own certificate."), obj=self)
        if self.certificate.renewed_by is not None:
            raise WrongState(_("This certificate was renewed; correct the newer one."), obj=self)
        with transaction.atomic():
            self._move("asked", status=self.Status.PROPOSED, proposed_by=by, proposed_at=at, text=text, note=note)
            self._log("propose", by=by, reason=self.reason)

    def confirm(self, *, by: User, at: datetime) -> StatusChange:
        """A second officer confirms: the step is taken now. Raises WrongState when it no longer can be, or it is one's own."""
        if by.pk in (self.proposed_by_id, self.asked_by_id, self.certificate.holder_id):
            raise WrongState(_("Another person than who proposed this step has to confirm it."), obj=self)
        with transaction.atomic():
            locked = ChangeRequest.objects.select_for_update(of=("self",)).get(pk=self.pk)
            if locked.status != self.Status.PROPOSED:
                raise WrongState(_("This change has already been decided."), obj=self)
            certificate = Certificate.objects.get(pk=self.certificate_id)
            if self.kind == StatusChange.Kind.CORRECTED:
                certificate.replace(
                    reason=self.reason, by=by, proposed_by=self.proposed_by, at=at, name=self.name, name_latin=self.name_latin,
                    facts_again=self.facts_again, shown=self.shown, text=self.text, note=self.note,
                )  # fmt: skip
                change = certificate.status_changes.get(kind=self.kind)
            else:
                change = certificate.change_status(
                    self.kind, reason=self.reason, by=by, proposed_by=self.proposed_by, at=at, text=self.text, note=self.note
                )
            self._move("proposed", status=self.Status.CONFIRMED, decided_by=by, decided_at=at, change=change)
            self._over("confirm", by=by)
        return change

    def refuse(self, *, note: str, by: User, at: datetime) -> None:
        """Say no, with the reason. Who proposed it takes it back instead."""
        if by.pk == self.proposed_by_id:
            raise WrongState(_("Take your own proposal back instead."), obj=self)
        with transaction.atomic():
            self._move(*self.OPEN, status=self.Status.REFUSED, decided_by=by, decided_at=at, decision_note=note.strip())
            self._over("refuse", by=by)

    def withdraw(self, *, by: User, at: datetime) -> None:
        """Take it back: nobody decided anything, so decided_by stays empty."""
        with transaction.atomic():
            self._move(*self.OPEN, status=self.Status.WITHDRAWN, decided_at=at)
            self._over("withdraw", by=by)

    def _move(self, *before: str, **values) -> None:
        if not ChangeRequest.objects.filter(pk=self.pk, status__in=before).update(**values):
            raise WrongState(_("This change has already been decided."), obj=self)
        self.refresh_from_db()

    def _over(self, verb: str, *, by: User) -> None:
        """The evidence has served: it goes when this is committed."""
        self.drop_evidence()
        if self.case is not None and self.decided_at is not None:
            self.case.close_if_decided(at=self.decided_at)
        self._log(verb, by=by)
        request_decided.send(sender=ChangeRequest, request=self)

    def _log(self, verb: str, *, by: User, **data) -> None:
        log(self, f"certificates.change.{verb}", by=by, organisation=self.certificate.organisation, kind=self.kind, **data)
