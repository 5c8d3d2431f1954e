"""What a certificate file is worth: the signed part by our own full check, the state from the register.

The file is judged in memory and never kept. The words for a bad file come from the file alone, so that nobody learns
from them what the register holds. At most three queries: the copies, the keys, and one INSERT; one more for a learner record,
for a picture, and for a PDF that is not the first of its copy.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Organisation
from lms.lib.hashing import data_hash

from .badges import MEDIA_TYPES, is_our_picture
from .copies import NOBODY, WITHDRAWN, copies_of, day_of, keys_and_did, older_copy, withdrawn_day
from .credential import proof
from .credential.carriers import Carried, NotReadable, belongs_to_one, credential_id, extract, is_record, signatures
from .credential.keys import did_document
from .credential.verify import verify_offline
from .document.signature_check import find_signature
from .file_verdict import Bad, FileVerdict, WithdrawnCopy, WithdrawnSigner
from .fresh_pdfs import stamp_in
from .lookups import note
from .models import FreshPdf, IssuedCredential, Lookup, PdfSigner, SigningKey
from .record_check import judge_record
from .verification import Verdict, verdict_on

DECISIVE = ("form", "schema", "issuer", "proof")


def verify_file(
    raw: bytes, *, at: datetime, way: str = Lookup.Way.FILE, organisation: Organisation | None = None
) -> FileVerdict:
    """Judge a file: unreadable, altered, not ours, or what the register says of the certificate it carries."""
    try:
        carried, problem = extract(raw), NotReadable("")
        if other := belongs_to_one(carried.credential):
            raise NotReadable(other, carried.kind)
    except NotReadable as error:
        carried, problem = Carried(error.kind, b""), error
    if problem.code == "none_inside" and problem.kind == "pdf":
        copies, found = [], _emptied(raw, at=at)
    elif is_record(carried.credential):
        return judge_record(carried, at=at, way=way, organisation=organisation)
    else:
        copies = copies_of([_named(carried.credential)])
        found = _judge(raw, carried, copies, at=at) if not problem.code else _unreadable(problem, at)
    certificate = copies[0].certificate if copies else None
    known = found.verdict.known
    note(
        way=way, at=at, certificate_id=certificate.pk if certificate and known else None,
        organisation_id=organisation.pk if organisation and known else None,
    )  # fmt: skip
    return found


def _named(credential: bytes) -> UUID:
    """The certificate that this text says it is."""
    try:
        return UUID(credential_id(credential))
    except ValueError:
        return NOBODY


def _unreadable(error: NotReadable, at: datetime) -> FileVerdict:
    return FileVerdict(Verdict(state=Bad.UNREADABLE, checked_at=at), kind=error.kind, problem=error.code)


def _emptied(raw: bytes, *, at: datetime) -> FileVerdict:
    """A PDF without a signed part: perhaps one of ours with the attachment taken out, which its signature tells. One query."""
    signers = {signer.certificate(): signer for signer in PdfSigner.objects.select_related("withdrawal")}
    found = find_signature(raw, list(signers))
    state, gone = "" if found.state == "none" else found.state, None
    if found.certificate and (withdrawal := signers[found.certificate].withdrawn):
        state, gone = "withdrawn", WithdrawnSigner(day_of(withdrawal.as_of))
    verdict = Verdict(state=Bad.UNREADABLE, checked_at=at)
    return FileVerdict(verdict, "pdf", problem="none_inside", signature=state, withdrawn_signer=gone)


def _pdf(raw: bytes, copies: list[IssuedCredential]) -> dict[str, Any]:
    """What is said of the PDF around a genuine signed part: whether we issued it, and its own signature by the certificates that
    signed this certificate's PDFs. One query more where it is not the first PDF of a copy, or its signer was withdrawn."""
    digest, pdfs = data_hash(raw), list(copies)
    signers = {copy.pdf_signer.certificate(): copy.pdf_signer for copy in copies if copy.pdf_signer}
    found = find_signature(raw, list(signers))
    if digest not in {pdf.pdf_sha256 for pdf in pdfs} or (found.certificate and signers[found.certificate].withdrawn):
        fresh = FreshPdf.objects.filter(copy__in=copies).select_related("pdf_signer__withdrawal").order_by("copy", "number")
        pdfs += fresh
        signers |= {pdf.pdf_signer.certificate(): pdf.pdf_signer for pdf in fresh}
        found = find_signature(raw, list(signers))
    mine = next((pdf for pdf in pdfs if pdf.pdf_sha256 == digest), None)
    state, gone = found.state, None
    if state == "none":
        state = "removed" if signers else "unsigned"
    signer = signers[found.certificate] if found.certificate else None
    if signer and signer.withdrawn:
        stamped = stamp_in(raw, signer.withdrawn) if mine else None
        later = [pdf for pdf in pdfs if pdf.signed_at > signer.withdrawn.withdrawn_at]
        state = "stamped" if stamped else "withdrawn"
        gone = WithdrawnSigner(
            day_of(signer.withdrawn.as_of), day_of(stamped) if stamped else None, day_of(later[-1].signed_at) if later else None
        )
    self_made = state in ("whole", "stamped") and signer.self_made
    return {"as_issued": mine is not None, "signature": state, "self_made": self_made, "withdrawn_signer": gone}


def _judge(raw: bytes, carried: Carried, copies: list[IssuedCredential], *, at: datetime) -> FileVerdict:
    keys, did, published = keys_and_did()
    digest, found = data_hash(carried.credential), signatures(carried.credential)
    mine = next((copy for copy in copies if found and found <= signatures(copy.credential.encode())), None)
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
    around: dict[str, Any]
    if carried.kind == "pdf":
        around = _pdf(raw, copies)
    elif carried.kind in MEDIA_TYPES:
        same = is_our_picture(raw, carried.credential, copies[0].certificate, carried.kind)
        around = {"picture": "same" if same else "other"}
    else:
        around = {"as_issued": mine.credential_sha256 == digest}
    verdict = verdict_on(copies[0].certificate, at=at, full_name=True)
    return FileVerdict(verdict, carried.kind, checks=checks, older=older_copy(mine, copies), **around)


def _withdrawn(
    credential: dict | None,
    did: str,
    keys: list[SigningKey],
    mine: IssuedCredential | None,
    copies: list[IssuedCredential],
) -> WithdrawnCopy | None:
    """What is said of a file whose signature is good but for its key being withdrawn; None for any other."""
    gone = [key for key in keys if key.status == WITHDRAWN]
    if not gone or credential is None:
        return None
    if proof.verify(credential, did_document(did, [(key.key_id, key.public_multibase, True) for key in gone])):
        return None
    if mine is None:
        return WithdrawnCopy(withdrawn_day(gone, credential), recorded=False)
    recorded = mine.recorded_at is not None and mine.recorded_at < mine.key.withdrawn_as_of
    later = [copy for copy in copies if copy.number > mine.number]
    return WithdrawnCopy(day_of(mine.key.withdrawn_as_of), recorded, day_of(later[0].signed_at) if later else None)


def _is_signed_text(credential: bytes) -> bool:
    """Whether this is meant as a certificate at all, ours or another's."""
    return b'"issuer"' in credential or b'"proof"' in credential
