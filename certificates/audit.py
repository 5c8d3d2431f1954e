"""Certificates held against themselves: chain, copies, status lists, keys, log and files. By night, and by `manage.py audit_*`.

Each finding names what it is about; nothing is mended here. What a worker may still be busy with gets an hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import storages
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import file_hash

from .credential import status
from .credential.strict import NotStrict, parse
from .credential.verify import verify_offline
from .keystore import did_text, public_did_document
from .log import audit as log_audit
from .models import Award, Certificate, CopyRefusal, DidVersion, IssuedCredential, StatusChange, StatusList

LAG = timedelta(hours=1)
WORDS = {
    "state": _("The state of a certificate is not what its last change says."),
    "chain": _("A certificate and the one that replaced it do not fit together."),
    "copy": _("A certificate stands, but none of its copies is accepted by other software."),
    "refusal": _("A copy should be refused by other software and is not."),
    "list": _("A status list ran out, or does not say what the register says."),
    "keys": _("The published keys are not the version that was kept last."),
    "log": _("The transparency log does not agree with itself or with the register."),
    "award": _("An award is no longer borne out by its records."),
    "file": _("An issued file is not what it has to be."),
}


@dataclass(frozen=True)
class Finding:
    """code: one of WORDS. subject: number of a certificate or list, uuid of an award. detail: for whoever runs the site."""

    code: str
    subject: str = ""
    detail: str = ""

    @property
    def words(self) -> str:
        return str(WORDS[self.code])

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "subject": self.subject, "detail": self.detail}

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.code}:", self.subject, self.detail)))


def chain_findings(*, at: datetime) -> Iterator[Finding]:
    """What the rows say of each other. Reads every certificate once, and the lists."""
    yield from _states()
    yield from _chains()
    yield from _copies(at)
    for status_list in StatusList.objects.exclude(credential=""):
        yield from _list(status_list, at)
    document, last = public_did_document(), DidVersion.objects.last()
    if document is not None and (last is None or last.text != did_text(document)):
        yield Finding("keys", f"v{last.number}" if last else "")


def _states() -> Iterator[Finding]:
    last: dict[int, StatusChange] = {}
    for change in StatusChange.objects.exclude(kind=StatusChange.Kind.SIGNED_ANEW).order_by("changed_at", "pk").iterator():
        last[change.certificate_id] = change
    for certificate in Certificate.objects.defer("facts").iterator():
        change = last.get(certificate.pk)
        said = (change.kind, change.changed_at, change.reason) if change else ("", None, "")
        if (certificate.state, certificate.state_at, certificate.state_reason) != said:
            yield Finding("state", certificate.number, f"{certificate.state or 'none'} / {said[0] or 'none'}")


def _chains() -> Iterator[Finding]:
    for new in Certificate.objects.exclude(replaces=None).select_related("replaces").iterator():
        old = new.replaces
        if (new.award_id, new.holder_id) != (old.award_id, old.holder_id):
            yield Finding("chain", new.number, "another award or holder than the one it replaces")
        if new.term == old.term and old.state != Certificate.State.CORRECTED:  # a renewal leaves the old one to its day
            yield Finding("chain", old.number, "is replaced and does not say so")
    for old in Certificate.objects.filter(state=Certificate.State.CORRECTED, replaced_by=None):
        yield Finding("chain", old.number, "says it is replaced, and no certificate replaces it")


def _copies(at: datetime) -> Iterator[Finding]:
    """A change or a withdrawn key of the last hour may still have its job before it."""
    accepted = IssuedCredential.objects.accepted().filter(certificate=OuterRef("pk"))
    standing = Certificate.objects.prepared().exclude(state__in=Certificate.BAD_STATES).filter(~Exists(accepted))
    for certificate in standing:
        if certificate.state_at is None or certificate.state_at < at - LAG:
            yield Finding("copy", certificate.number)
    later = IssuedCredential.objects.filter(certificate=OuterRef("certificate"), number__gt=OuterRef("number"))
    old_or_bad = Q(certificate__state__in=Certificate.BAD_STATES) | Q(Exists(later))
    for copy in IssuedCredential.objects.filter(old_or_bad, refusal=None).select_related("certificate"):
        yield Finding("refusal", copy.certificate.number, f"copy {copy.number}")


def _list(status_list: StatusList, at: datetime) -> Iterator[Finding]:
    name = f"/status/{status_list.number}/"
    if status_list.valid_until <= at:
        yield Finding("list", name, f"good until {status_list.valid_until.isoformat()}")
    try:
        bits = status.decode(parse(status_list.credential)["credentialSubject"]["encodedList"])
        served = {index for index in range(StatusList.SIZE) if status.is_set(bits, index)}
    except (NotStrict, KeyError, TypeError, ValueError) as error:
        yield Finding("list", name, str(error))
        return
    refused = CopyRefusal.objects.filter(copy__status_list=status_list)
    if missing := set(refused.filter(refused_at__lt=at - LAG).values_list("copy__status_index", flat=True)) - served:
        yield Finding("list", name, f"{len(missing)} refused copies are not in it")
    if more := served - set(refused.values_list("copy__status_index", flat=True)):
        yield Finding("list", name, f"{len(more)} places in it that nothing refuses")


def log_findings() -> Iterator[Finding]:
    for problem in log_audit.problems():
        yield Finding("log", detail=problem)


def award_findings(*, at: datetime) -> Iterator[Finding]:
    """Every award from the recorded facts, and every issued file by its signature: some hundredths of a second each."""
    for award in Award.objects.select_related("proposal", "rule__level__syllabus", "enrolment__cohort__edition"):
        for problem in award.problems():
            yield Finding("award", str(award.uuid), problem)
    did = public_did_document()
    copies = IssuedCredential.objects.select_related("certificate", "status_list", "refusal", "key")
    for copy in copies.filter(certificate__prepared_at__isnull=False).iterator(chunk_size=200):
        certificate = copy.certificate
        report = verify_offline(copy.credential, did, copy.status_list.credential, at=at)
        wanted = "proof" if copy.key.status == "compromised" else "status" if hasattr(copy, "refusal") else "valid"
        if report.verdict != wanted and certificate.state_on(at.date()) != "expired":
            yield Finding("file", certificate.number, f"copy {copy.number} reads {report.verdict}, the register {wanted}")
        try:
            with storages["private"].open(copy.pdf_name) as file:
                changed = file_hash(file) != copy.pdf_sha256
        except FileNotFoundError:
            changed = True
        if changed:
            yield Finding("file", certificate.number, f"copy {copy.number}: the PDF was changed or is gone")
