"""Certificates held against themselves: chain, copies, status lists, keys, log and files. By night, and by `manage.py audit_*`.

Each finding names what it is about; nothing is mended here (repairs.py proposes, an officer accepts). What a worker may still
be busy with gets an hour.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import storages
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import file_hash
from lms.lib.jobs.models import Job

from .credential import status
from .credential.strict import NotStrict, parse
from .credential.verify import verify_offline
from .fresh_pdfs import not_to_be_relied_on
from .keystore import did_text, public_did_document
from .log import audit as log_audit
from .models import (
    Award,
    Certificate,
    CopyRefusal,
    DidVersion,
    EndReminder,
    IssuedCredential,
    LogLeaf,
    PdfSignerWithdrawal,
    ResultNotice,
    StatusChange,
    StatusList,
    TreeHead,
)

LAG = timedelta(hours=1)
HEAD_LAG, REMINDER_LAG, NOTICE_LAG = timedelta(hours=6), timedelta(days=2), timedelta(days=7)
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
    "pdf_key": _("The key that signed a PDF was withdrawn, and the certificate has no fresh PDF yet."),
    "issue": _("A certificate was decided on and is still not signed."),
    "head": _("The transparency log has entries that no signed head covers."),
    "job": _("A job was given up after its last attempt."),
    "reminder": _("A reminder before the end of a certificate was due and is not written."),
    "notice": _("A result behind a certificate was changed, and for a week nobody has looked at it."),
}


@dataclass(frozen=True)
class Finding:
    """code: one of WORDS. subject: number of a certificate or list, uuid of an award. detail: for whoever runs the site.
    part: what of the subject it is, in words that stay the same from night to night; without one the detail is that."""

    code: str
    subject: str = ""
    detail: str = ""
    part: str = ""

    @property
    def words(self) -> str:
        return str(WORDS[self.code])

    @property
    def fingerprint(self) -> str:
        """The same for the same finding every night, whatever counts and times its detail tells."""
        return hashlib.sha256("\x1f".join((self.code, self.subject, self.part or self.detail)).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "subject": self.subject, "detail": self.detail}

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.code}:", self.subject, self.detail)))


def every_finding(*, at: datetime) -> Iterator[Finding]:
    """Everything that the night looks at."""
    yield from chain_findings(at=at)
    yield from log_findings()
    yield from award_findings(at=at)
    yield from work_findings(at=at)


def chain_findings(*, at: datetime) -> Iterator[Finding]:
    """What the rows say of each other. Reads every certificate once, and the lists."""
    yield from _states()
    yield from _chains()
    yield from _copies(at)
    yield from _refusals()
    yield from _lists(at)
    yield from _keys()


def _of(number: str, field: str = "number") -> Q:
    """Of one certificate when a number is given, else of all."""
    return Q(**{field: number}) if number else Q()


def _states(number: str = "") -> Iterator[Finding]:
    last: dict[int, StatusChange] = {}
    changes = StatusChange.objects.exclude(kind=StatusChange.Kind.SIGNED_ANEW).filter(_of(number, "certificate__number"))
    for change in changes.order_by("changed_at", "pk").iterator():
        last[change.certificate_id] = change
    for certificate in Certificate.objects.filter(_of(number)).defer("facts").iterator():
        change = last.get(certificate.pk)
        said = (change.kind, change.changed_at, change.reason) if change else ("", None, "")
        if (certificate.state, certificate.state_at, certificate.state_reason) != said:
            yield Finding("state", certificate.number, f"{certificate.state or 'none'} / {said[0] or 'none'}", "state")


def _chains() -> Iterator[Finding]:
    for new in Certificate.objects.exclude(replaces=None).select_related("replaces").iterator():
        old = new.replaces
        if (new.award_id, new.holder_id) != (old.award_id, old.holder_id):
            yield Finding("chain", new.number, "another award or holder than the one it replaces")
        if new.term == old.term and old.state != Certificate.State.CORRECTED:  # a renewal leaves the old one to its day
            yield Finding("chain", old.number, "is replaced and does not say so")
    for old in Certificate.objects.filter(state=Certificate.State.CORRECTED, replaced_by=None):
        yield Finding("chain", old.number, "says it is replaced, and no certificate replaces it")


def _copies(at: datetime, number: str = "") -> Iterator[Finding]:
    """A change or a withdrawn key of the last hour may still have its job before it."""
    accepted = IssuedCredential.objects.accepted().filter(certificate=OuterRef("pk"))
    standing = Certificate.objects.prepared().exclude(state__in=Certificate.BAD_STATES).filter(~Exists(accepted))
    for certificate in standing.filter(_of(number)):
        if certificate.state_at is None or certificate.state_at < at - LAG:
            yield Finding("copy", certificate.number)


def _refusals(number: str = "") -> Iterator[Finding]:
    later = IssuedCredential.objects.filter(certificate=OuterRef("certificate"), number__gt=OuterRef("number"))
    old_or_bad = Q(certificate__state__in=Certificate.BAD_STATES) | Q(Exists(later))
    copies = IssuedCredential.objects.filter(old_or_bad, refusal=None).select_related("certificate")
    for copy in copies.filter(_of(number, "certificate__number")):
        yield Finding("refusal", copy.certificate.number, f"copy {copy.number}")


def _keys() -> Iterator[Finding]:
    document, last = public_did_document(), DidVersion.objects.last()
    if document is not None and (last is None or last.text != did_text(document)):
        yield Finding("keys", f"v{last.number}" if last else "", part="keys")


def _lists(at: datetime) -> Iterator[Finding]:
    for status_list in StatusList.objects.exclude(credential=""):
        yield from _list(status_list, at)


def _list(status_list: StatusList, at: datetime) -> Iterator[Finding]:
    name = f"/status/{status_list.number}/"
    if status_list.valid_until <= at:
        yield Finding("list", name, f"good until {status_list.valid_until.isoformat()}", "stale")
    try:
        bits = status.decode(parse(status_list.credential)["credentialSubject"]["encodedList"])
        served = {index for index in range(StatusList.SIZE) if status.is_set(bits, index)}
    except (NotStrict, KeyError, TypeError, ValueError) as error:
        yield Finding("list", name, str(error), "unreadable")
        return
    refused = CopyRefusal.objects.filter(copy__status_list=status_list)
    if missing := set(refused.filter(refused_at__lt=at - LAG).values_list("copy__status_index", flat=True)) - served:
        yield Finding("list", name, f"{len(missing)} refused copies are not in it", "missing")
    if more := served - set(refused.values_list("copy__status_index", flat=True)):
        yield Finding("list", name, f"{len(more)} places in it that nothing refuses", "more")


def log_findings() -> Iterator[Finding]:
    for problem in log_audit.problems():
        yield Finding("log", detail=problem)


def award_findings(*, at: datetime) -> Iterator[Finding]:
    """Every award from the recorded facts, and every issued file by its signature: some hundredths of a second each."""
    yield from _awards()
    yield from _files(at)
    yield from _pdf_keys(at)


def _awards(uuid: str = "") -> Iterator[Finding]:
    """What was revoked since is dealt with: its award may be as wrong as it is."""
    awards = Award.objects.select_related("proposal", "rule__level__syllabus", "enrolment__cohort__edition")
    for award in awards.filter(_of(uuid, "uuid")):
        if problems := award.problems():
            certificate = award.certificate
            if certificate is None or certificate.state != Certificate.State.REVOKED:
                yield Finding("award", str(award.uuid), "; ".join(problems), "award")


def _files(at: datetime, number: str = "") -> Iterator[Finding]:
    did = public_did_document()
    copies = IssuedCredential.objects.select_related("certificate", "status_list", "refusal", "key")
    copies = copies.prefetch_related("fresh_pdfs")
    copies = copies.filter(_of(number, "certificate__number"), certificate__prepared_at__isnull=False)
    for copy in copies.iterator(chunk_size=200):
        certificate = copy.certificate
        report = verify_offline(copy.credential, did, copy.status_list.credential, at=at)
        wanted = "proof" if copy.key.status == "compromised" else "status" if hasattr(copy, "refusal") else "valid"
        if report.verdict != wanted and certificate.state_on(timezone.localdate(at)) != "expired":
            detail = f"copy {copy.number} reads {report.verdict}, the register {wanted}"
            yield Finding("file", certificate.number, detail, f"reads {copy.number}")
        pdf = copy.pdf
        try:
            with storages["private"].open(pdf.pdf_name) as file:
                changed = file_hash(file) != pdf.pdf_sha256
        except FileNotFoundError:
            changed = True
        if changed and not (hasattr(copy, "refusal") and _has_later(copy)):  # an old copy's paper serves nobody any more
            detail = f"copy {copy.number}: the PDF was changed or is gone"
            yield Finding("file", certificate.number, detail, f"pdf {copy.number}")


def _pdf_keys(at: datetime, number: str = "") -> Iterator[Finding]:
    """A PDF that a trusted time stamp shows to be older than the withdrawal is left as it is."""
    withdrawals = PdfSignerWithdrawal.objects.select_related("signer").filter(withdrawn_at__lt=at - LAG)
    for copy in not_to_be_relied_on(withdrawals, _of(number, "certificate__number")):
        yield Finding("pdf_key", copy.certificate.number, f"copy {copy.number}", f"pdf key {copy.number}")


def _has_later(copy: IssuedCredential) -> bool:
    return IssuedCredential.objects.filter(certificate=copy.certificate_id, number__gt=copy.number).exists()


def work_findings(*, at: datetime) -> Iterator[Finding]:
    """What waits longer than it should: signatures, heads, jobs, reminders, people who should look."""
    yield from _unsigned(at)
    yield from _head(at)
    yield from _jobs()
    yield from _reminders(at)
    yield from _notices(at)


def _unsigned(at: datetime, number: str = "") -> Iterator[Finding]:
    before = at - LAG
    first = Q(replaces=None, award__awarded_at__lt=before)
    corrected = Q(replaces__state=Certificate.State.CORRECTED, replaces__state_at__lt=before)
    renewed = Q(term__gt=1, issued_on__lt=timezone.localdate(before)) & ~Q(replaces__state=Certificate.State.CORRECTED)
    for certificate in Certificate.objects.filter(first | corrected | renewed, _of(number), prepared_at=None):
        yield Finding("issue", certificate.number, part="unsigned")


def _head(at: datetime) -> Iterator[Finding]:
    latest = TreeHead.latest()
    size = latest.size if latest else 0
    if waiting := LogLeaf.objects.filter(index__gte=size, logged_at__lt=at - HEAD_LAG).count():
        yield Finding("head", "", f"{waiting} entries after {size}", "head")


def _jobs(subject: str = "") -> Iterator[Finding]:
    """Jobs of this app that failed for good. One that comes again by itself counts while none of its kind succeeded since."""
    failed = Job.objects.filter(state=Job.State.FAILED, kind__startswith="certificates.")
    for row in failed.filter(_of(subject.removeprefix("#"), "pk")):
        later = Job.objects.filter(kind=row.kind, state=Job.State.DONE, finished_at__gt=row.finished_at)
        if not ((row.key or "").startswith("every:") and later.exists()):
            yield Finding("job", f"#{row.pk}", f"{row.kind}: {row.last_error}"[:300], row.kind)


def _reminders(at: datetime, number: str = "") -> Iterator[Finding]:
    for certificate, days in EndReminder.due(timezone.localdate(at - REMINDER_LAG)):
        if certificate.prepared_at < at - REMINDER_LAG and number in ("", certificate.number):
            yield Finding("reminder", certificate.number, f"{days} days before the end", f"{days} days")


def _notices(at: datetime, number: str = "") -> Iterator[Finding]:
    waiting = ResultNotice.objects.filter(looked_at=None, noticed_at__lt=at - NOTICE_LAG).select_related("certificate")
    for notice in waiting.filter(_of(number, "certificate__number")):
        if notice.certificate.state not in Certificate.ENDED:
            yield Finding("notice", notice.certificate.number, notice.verdict, str(notice.uuid))


# What looks again for one subject: as narrow as it can be.
AGAIN: dict[str, Callable[[str, datetime], Iterator[Finding]]] = {
    "state": lambda subject, at: _states(subject),
    "chain": lambda subject, at: _chains(),
    "copy": lambda subject, at: _copies(at, subject),
    "refusal": lambda subject, at: _refusals(subject),
    "list": lambda subject, at: _lists(at),
    "keys": lambda subject, at: _keys(),
    "log": lambda subject, at: log_findings(),
    "award": lambda subject, at: _awards(subject),
    "file": lambda subject, at: _files(at, subject),
    "pdf_key": lambda subject, at: _pdf_keys(at, subject),
    "issue": lambda subject, at: _unsigned(at, subject),
    "head": lambda subject, at: _head(at),
    "job": lambda subject, at: _jobs(subject),
    "reminder": lambda subject, at: _reminders(at, subject),
    "notice": lambda subject, at: _notices(at, subject),
}


def look_again(code: str, subject: str, *, at: datetime) -> list[Finding]:
    """Return what is found of that kind now, of this subject where the kind can be asked for one."""
    return list(AGAIN[code](subject, at))
