"""更名申请: a person whose name has changed asks once, with one evidence, for all their certificates that stand.

Each certificate has its own `ChangeRequest`, with two officers and its own outcome; what they share stands here: the new name,
the holder's word on what old numbers may tell, and the evidence, which goes when the last of them is decided.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.uploads import CheckedFile

from .certificates import Certificate, StatusChange
from .evidence import BroughtEvidence
from .requests import ChangeRequest


@dataclass(frozen=True)
class Candidate:
    """A certificate of the holder that has not ended. why_not: why a new name can't be asked for now, "" when it can."""

    certificate: Certificate
    why_not: str = ""


def candidates_of(holder: User) -> list[Candidate]:
    """Return the certificates that a new name could be asked for, and those for which it can't be now, with the reason. Two
    queries."""
    standing = Certificate.objects.standing().filter(holder=holder).select_related("organisation", "replaced_by")
    waiting = set(ChangeRequest.objects.open().filter(certificate__holder=holder).values_list("certificate", flat=True))
    return [Candidate(certificate, _why_not(certificate, waiting)) for certificate in standing]


def _why_not(certificate: Certificate, waiting: set[int]) -> str:
    if certificate.prepared_at is None:
        return str(_("The certificate is still being signed."))
    if certificate.state not in StatusChange.FROM[StatusChange.Kind.CORRECTED]:
        return str(_("It is suspended; a new name waits until that is settled."))
    if certificate.successor is not None:
        return str(_("It was renewed: the newer one gets the new name, this one ends on its day."))
    return str(_("A change of it waits to be decided.")) if certificate.pk in waiting else ""


def names_for(certificate: Certificate, name: str, name_latin: str) -> dict[str, str]:
    """What a certificate would say otherwise: "" for what stays."""
    old = {"name": certificate.holder_name, "name_latin": certificate.holder_name_latin}
    new = {"name": name, "name_latin": name_latin}
    return {field: new[field] if new[field] != old[field] else "" for field in old}


class NameChange(BroughtEvidence, models.Model):
    """One person's request for the same new name on several certificates."""

    EVIDENCE_FOLDER = "name-changes"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="name_changes")
    name = models.CharField(_("full name"), max_length=80)
    name_latin = models.CharField(_("name in Latin letters"), max_length=80, blank=True)
    shown = models.BooleanField(default=False)  # the holder agrees that the old numbers lead to the new certificates
    evidence_name = models.CharField(max_length=200, blank=True)  # in the private storage, until the last one is decided
    evidence_type = models.CharField(max_length=100)
    evidence_sha256 = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("change of name")
        verbose_name_plural = _("changes of names")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["holder"], condition=Q(closed_at=None), name="one_open_name_change_per_holder"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(evidence_name=""), name="evidence_goes_with_the_last_decision"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("name_change", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @classmethod
    def ask(
        cls, holder: User, *, name: str, name_latin: str, shown: bool, upload: UploadedFile, checked: CheckedFile, at: datetime
    ) -> "NameChange":
        """Ask for all certificates that stand and would read otherwise; the others are left as they are.

        Raises WrongState when an earlier request is open, no certificate is left to be changed, or the name can't be drawn.
        """
        with transaction.atomic():
            User.objects.select_for_update().get(pk=holder.pk)
            if cls.objects.filter(holder=holder, closed_at=None).exists():
                raise WrongState(_("You have asked for a new name already; wait for the decision, or take it back."))
            free = [one.certificate for one in candidates_of(holder) if not one.why_not]
            names = [(certificate, names_for(certificate, name, name_latin)) for certificate in free]
            to_change = [(certificate, new) for certificate, new in names if any(new.values())]
            if not to_change:
                raise WrongState(_("None of your certificates would read otherwise."))
            found = cls.objects.create(
                holder=holder, name=name, name_latin=name_latin, shown=shown, evidence_type=checked.media_type,
                evidence_sha256=checked.sha256, asked_at=at,
            )  # fmt: skip
            for certificate, new in to_change:
                ChangeRequest.ask_in(found, certificate, **new, by=holder, at=at)
            found.keep_evidence(upload, checked)
            log(found, "certificates.name_change.ask", by=holder, certificates=len(to_change))
        return found

    def of_each(self) -> list[ChangeRequest]:
        """What became of each certificate, the oldest certificate first. One query."""
        with_ = ("certificate__organisation", "certificate__holder", "certificate__replaced_by", "proposed_by", "decided_by")
        found = list(self.requests.select_related(*with_).order_by("certificate__issued_on", "certificate_id"))
        for request in found:
            request.case = self
        return found

    def adopt(self, *, by: User, at: datetime, text: str = "", note: str = "") -> int:
        """An officer has read the evidence and proposes all that nobody has proposed yet. Returns how many."""
        with transaction.atomic():
            asked = [request for request in self.of_each() if request.status == ChangeRequest.Status.ASKED]
            for request in self._some(asked):
                request.adopt(by=by, at=at, text=text, note=note)
        return len(asked)

    def confirm(self, *, by: User, at: datetime) -> tuple[int, list[tuple[str, str]]]:
        """A second officer confirms all that others proposed. Returns how many were replaced, and (number, why) of those that
        can't be: they go on waiting."""
        proposed = [
            request for request in self.of_each()
            if request.status == ChangeRequest.Status.PROPOSED and request.proposed_by_id != by.pk
        ]  # fmt: skip
        left = []
        with transaction.atomic():  # one commit, so that the holder gets one mail
            for request in self._some(proposed):
                try:
                    request.confirm(by=by, at=at)
                except WrongState as error:
                    left.append((request.certificate.number, str(error.message)))
        return len(proposed) - len(left), left

    def refuse(self, *, note: str, by: User, at: datetime) -> int:
        """Say no to all that is open, with one reason; what this officer proposed is not theirs to refuse. Returns how many."""
        with transaction.atomic():
            others = [request for request in self.of_each() if request.is_open and request.proposed_by_id != by.pk]
            for request in self._some(others):
                request.refuse(note=note, by=by, at=at)
        return len(others)

    def withdraw(self, *, by: User, at: datetime) -> int:
        """The holder takes back all that is open. Returns how many."""
        with transaction.atomic():
            waiting = [request for request in self.of_each() if request.is_open]
            for request in self._some(waiting):
                request.withdraw(by=by, at=at)
        return len(waiting)

    def _some(self, found: Iterable[ChangeRequest]) -> list[ChangeRequest]:
        if not (some := list(found)):
            raise WrongState(_("This change has already been decided."), obj=self)
        return some

    def close_if_decided(self, *, at: datetime) -> None:
        """Once nothing of it is open, the evidence goes. In the transaction of the decision; two at the same moment wait here."""
        fresh = NameChange.objects.select_for_update().get(pk=self.pk)
        if fresh.closed_at is None and not self.requests.open().exists():
            fresh.drop_evidence()
            NameChange.objects.filter(pk=self.pk).update(closed_at=at)
            self.refresh_from_db()
