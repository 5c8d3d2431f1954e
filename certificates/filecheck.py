"""What a certificate file is worth: the signed part by our own full check, the state from the register.

The file is judged in memory and never kept. The words for a bad file come from the file alone, so that nobody learns
from them what the register holds. At most three queries: the copies, the keys, and one INSERT.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.hashing import data_hash

from .credential import proof
from .credential.carriers import Carried, NotReadable, credential_id, extract, signatures
from .credential.keys import did_document
from .credential.verify import Check, verify_offline
from .document.signature_check import check_signature
from .keystore import configured_did
from .models import IssuedCredential, LogLeaf, Lookup, PdfSigner, SigningKey, StatusChange
from .verification import Verdict, verdict_on

NOBODY = UUID(int=0)  # looked up when the file names no certificate, so that this costs a query too
WITHDRAWN = SigningKey.Status.COMPROMISED
DECISIVE = ("form", "schema", "issuer", "proof")


class Bad(TextChoices):
    """Why a file is no certificate."""

    ALTERED = "altered", _("This file was changed after it was signed.")
    NOT_OURS = "not_ours", _("This certificate was not issued by us.")
    KEY_WITHDRAWN = "key_withdrawn", _("This copy was signed with a key that has been withdrawn.")
    NOT_RECORDED = "not_recorded", _("It is signed with our key, but we have no record of having issued it.")
    UNREADABLE = "unreadable", _("There is no certificate in this file that we can read.")


CHECKS = {
    "form": _("Form: strict JSON, exactly our contexts, no unknown or doubled terms"),
    "schema": _("Official Open Badges 3.0 schema"),
    "issuer": _("Issuer of the credential"),
    "proof": _("Digital signature"),
    "dates": _("Dates of the credential"),
    "status": _("Signed status list"),
}
UNREADABLE = {
    "too_large": _("The file is larger than a certificate can be."),
    "unknown_kind": _("It is neither PDF, PNG, SVG nor JSON."),
    "none_inside": _("It carries no signed part: a scan, a photo, a printout saved anew, or another document."),
    "more_than_one": _("It carries more than one signed part, so that two readers could see different certificates."),
    "damaged": _("It is damaged, locked, or packed in a way a certificate never is."),
}
PDF_SIGNATURES = {
    "whole": _("The PDF's own signature is whole: nothing was changed since we signed it."),
    "added": _(
        "We signed this PDF, and something was added to it afterwards, which the signature does not allow. "
        "What you see may not be what we signed."
    ),
    "changed": _("This PDF was changed after it was signed: its signature no longer fits."),
    "foreign": _("This PDF carries a signature that is not ours."),
    "removed": _("This PDF carries no signature, although we signed the one that we issued."),
    "unsigned": _(
        "This PDF carries no signature: the certificate was issued before we began to sign PDFs. "
        "Whether the file is the one we issued is told by comparison with our register."
    ),
}


@dataclass(frozen=True)
class OlderCopy:
    """The file is an earlier copy: other people's software refuses it, whatever state the certificate is in.

    signed_anew_on: the day on which the copy after it was signed. reason: why it was refused.
    """

    number: int
    signed_anew_on: date
    reason: str

    @property
    def reason_label(self) -> str:
        return str(StatusChange.Reason(self.reason).label) if self.reason else ""

    def as_json(self) -> dict[str, Any]:
        return {"copy_number": self.number, "signed_anew_on": self.signed_anew_on.isoformat(), "reason": self.reason or None}


@dataclass(frozen=True)
class WithdrawnCopy:
    """The file is signed with a key that was withdrawn as of a date: what the log says of the file, and what came after.

    recorded: True when exactly this file was in our log before that date, so that it is genuine, though its signature
    proves nothing any more.
    """

    as_of: date
    recorded: bool
    signed_anew_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        anew = self.signed_anew_on.isoformat() if self.signed_anew_on else None
        return {"as_of": self.as_of.isoformat(), "recorded_before": self.recorded, "signed_anew_on": anew}


@dataclass(frozen=True)
class FileVerdict:
    """verdict: what the signed part says, `known` only when its signature is ours.

    kind: of the file; as_issued: True when it is byte for byte what we gave out, False when not, None for a picture,
    which proves nothing either way. problem: a code of UNREADABLE.
    signature: of a PDF, a code of PDF_SIGNATURES; empty when there is none and none is missed.
    self_made: our own certificate signed it, so that a PDF reader does not know the signer.
    """

    verdict: Verdict
    kind: str = ""
    as_issued: bool | None = None
    checks: tuple[Check, ...] = ()
    problem: str = ""
    older: OlderCopy | None = None
    withdrawn: WithdrawnCopy | None = None
    signature: str = ""
    self_made: bool = False

    @property
    def page_changed(self) -> bool:
        """A good signed part in a PDF whose page is not the one we drew."""
        return self.verdict.known and self.kind == "pdf" and self.as_issued is False

    @property
    def title(self) -> str:
        return str(Bad(self.verdict.state).label)

    @property
    def problem_text(self) -> str:
        return str(UNREADABLE.get(self.problem, ""))

    @property
    def signature_text(self) -> str:
        return str(PDF_SIGNATURES.get(self.signature, ""))

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [(str(CHECKS[check.name]), check.outcome) for check in self.checks]

    def as_json(self) -> dict[str, Any]:
        file = {"kind": self.kind or None, "as_issued": self.as_issued, "problem": self.problem or None}
        file["signature"] = self.signature or None
        checks = [{"name": c.name, "outcome": c.outcome, "detail": c.detail} for c in self.checks]
        file |= {"page_changed": self.page_changed, "older_copy": self.older.as_json() if self.older else None}
        file |= {"withdrawn_key": self.withdrawn.as_json() if self.withdrawn else None}
        return self.verdict.as_json() | {"file": file, "checks": checks}


def verify_file(
    raw: bytes, *, at: datetime, way: str = Lookup.Way.FILE, organisation: Organisation | None = None
) -> FileVerdict:
    """Judge a file: unreadable, altered, not ours, or what the register says of the certificate it carries."""
    try:
        carried, problem = extract(raw), NotReadable("")
    except NotReadable as error:
        carried, problem = Carried(error.kind, b""), error
    if problem.code == "none_inside" and problem.kind == "pdf":
        copies, found = [], _emptied(raw, at=at)
    else:
        copies = _copies(carried.credential)
        found = _judge(raw, carried, copies, at=at) if not problem.code else _unreadable(problem, at)
    certificate = copies[0].certificate if copies else None
    Lookup.objects.create(
        certificate=certificate if found.verdict.known else None,
        way=way,
        organisation=organisation if found.verdict.known else None,
        looked_up_at=at,
    )
    return found


def _copies(credential: bytes) -> list[IssuedCredential]:
    """Every copy we issued of the certificate that this text says it is. One query."""
    try:
        wanted = UUID(credential_id(credential))
    except ValueError:
        wanted = NOBODY
    found = IssuedCredential.objects.filter(certificate__uuid=wanted, certificate__prepared_at__isnull=False)
    found = found.select_related("certificate__replaces", "status_list", "key", "refusal__change", "pdf_signer")
    issue = LogLeaf.objects.filter(credential=OuterRef("pk"), kind=LogLeaf.Kind.ISSUED)
    return list(found.annotate(recorded_at=Subquery(issue.values("logged_at")[:1])).order_by("number"))


def _unreadable(error: NotReadable, at: datetime) -> FileVerdict:
    return FileVerdict(Verdict(state=Bad.UNREADABLE, checked_at=at), kind=error.kind, problem=error.code)


def _emptied(raw: bytes, *, at: datetime) -> FileVerdict:
    """A PDF without a signed part: perhaps one of ours with the attachment taken out, which its signature tells. One query."""
    signature = check_signature(raw, [signer.certificate() for signer in PdfSigner.objects.all()])
    verdict = Verdict(state=Bad.UNREADABLE, checked_at=at)
    return FileVerdict(verdict, "pdf", problem="none_inside", signature="" if signature == "none" else signature)


def _signature(raw: bytes, copies: list[IssuedCredential]) -> dict[str, Any]:
    """What the PDF's own signature says, by the certificates that signed this certificate's PDFs."""
    signers = {copy.pdf_signer.pk: copy.pdf_signer for copy in copies if copy.pdf_signer}.values()
    state = check_signature(raw, [signer.certificate() for signer in signers])
    if state == "none":
        state = "removed" if signers else "unsigned"
    return {"signature": state, "self_made": state == "whole" and all(signer.self_made for signer in signers)}


def _judge(raw: bytes, carried: Carried, copies: list[IssuedCredential], *, at: datetime) -> FileVerdict:
    keys = list(SigningKey.objects.order_by("active_from", "pk"))
    did = keys[0].did if keys else configured_did()
    published = did_document(did, [(key.key_id, key.public_multibase, key.status != WITHDRAWN) for key in keys])
    digest = data_hash(carried.credential)
    mine = _which(carried.credential, copies)
    report = verify_offline(carried.credential, published, mine.status_list.credential if mine else None, at=at)
    checks = report.checks
    outcome = {check.name: check.outcome for check in checks}
    if any(outcome.get(name) != "ok" for name in DECISIVE):
        if report.credential is None and not _is_signed_text(carried.credential):
            return FileVerdict(Verdict(state=Bad.UNREADABLE, checked_at=at), carried.kind, None, checks, "none_inside")
        if withdrawn := _withdrawn(report.credential, did, keys, mine, copies):
            verdict = Verdict(state=Bad.KEY_WITHDRAWN, checked_at=at)
            return FileVerdict(verdict, carried.kind, None, checks, withdrawn=withdrawn)
        state = Bad.ALTERED if did.encode() in carried.credential else Bad.NOT_OURS
        return FileVerdict(Verdict(state=state, checked_at=at), carried.kind, None, checks)
    if mine is None:  # a good signature with our key under something we never recorded
        return FileVerdict(Verdict(state=Bad.NOT_RECORDED, checked_at=at), carried.kind, None, checks)
    signature = {}
    if carried.kind == "pdf":
        signature = _signature(raw, copies)
        as_issued = data_hash(raw) in {copy.pdf_sha256 for copy in copies}
    else:
        as_issued = mine.credential_sha256 == digest if carried.kind == "json" else None
    verdict = verdict_on(copies[0].certificate, at=at, full_name=True)
    return FileVerdict(verdict, carried.kind, as_issued, checks, older=_older(mine, copies), **signature)


def _which(credential: bytes, copies: list[IssuedCredential]) -> IssuedCredential | None:
    """The copy this text is, by the signatures it carries, so that a text written anew is found too."""
    found = signatures(credential)
    return next((copy for copy in copies if found and found <= signatures(copy.credential.encode())), None)


def _withdrawn(
    credential: dict | None, did: str, keys: list[SigningKey], mine: IssuedCredential | None, copies: list[IssuedCredential]
) -> WithdrawnCopy | None:
    """What is said of a file whose signature is good but for its key being withdrawn; None for any other."""
    gone = [key for key in keys if key.status == WITHDRAWN]
    if not gone or credential is None:
        return None
    if proof.verify(credential, did_document(did, [(key.key_id, key.public_multibase, True) for key in gone])):
        return None
    if mine is None:
        named = [key for key in gone if str(key) in json.dumps(credential.get("proof"))]
        return WithdrawnCopy(_day((named or gone)[0].withdrawn_as_of), recorded=False)
    recorded = mine.recorded_at is not None and mine.recorded_at < mine.key.withdrawn_as_of
    later = [copy for copy in copies if copy.number > mine.number]
    return WithdrawnCopy(_day(mine.key.withdrawn_as_of), recorded, _day(later[0].signed_at) if later else None)


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _older(mine: IssuedCredential, copies: list[IssuedCredential]) -> OlderCopy | None:
    """What is said of a copy that was followed by another of the same certificate."""
    if mine == copies[-1]:
        return None
    change = mine.refusal.change if hasattr(mine, "refusal") else None
    following = copies[copies.index(mine) + 1]
    return OlderCopy(mine.number, _day(following.signed_at), change.reason if change else "")


def _is_signed_text(credential: bytes) -> bool:
    """Whether this is meant as a certificate at all, ours or another's."""
    return b'"issuer"' in credential or b'"proof"' in credential
