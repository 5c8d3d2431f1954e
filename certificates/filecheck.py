"""What a certificate file is worth: the signed part by our own full check, the state from the register.

The file is judged in memory and never kept. The words for a bad file come from the file alone, so that nobody learns
from them what the register holds. At most three queries: the copies, the keys, and one INSERT; one more for a learner record.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Organisation
from lms.lib.hashing import data_hash

from .copies import NOBODY, WITHDRAWN, copies_of, day_of, keys_and_did, older_copy, withdrawn_day
from .credential import proof
from .credential.carriers import Carried, NotReadable, credential_id, extract, is_record, signatures
from .credential.keys import did_document
from .credential.verify import verify_offline
from .document.signature_check import check_signature
from .file_verdict import Bad, FileVerdict, WithdrawnCopy
from .models import IssuedCredential, Lookup, PdfSigner, SigningKey
from .record_check import judge_record
from .verification import Verdict, verdict_on

DECISIVE = ("form", "schema", "issuer", "proof")


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
    elif is_record(carried.credential):
        return judge_record(carried, at=at, way=way, organisation=organisation)
    else:
        copies = copies_of([_named(carried.credential)])
        found = _judge(raw, carried, copies, at=at) if not problem.code else _unreadable(problem, at)
    certificate = copies[0].certificate if copies else None
    Lookup.objects.create(
        certificate=certificate if found.verdict.known else None,
        way=way,
        organisation=organisation if found.verdict.known else None,
        looked_up_at=at,
    )
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
    signature = {}
    if carried.kind == "pdf":
        signature = _signature(raw, copies)
        as_issued = data_hash(raw) in {copy.pdf_sha256 for copy in copies}
    else:
        as_issued = mine.credential_sha256 == digest if carried.kind == "json" else None
    verdict = verdict_on(copies[0].certificate, at=at, full_name=True)
    return FileVerdict(verdict, carried.kind, as_issued, checks, older=older_copy(mine, copies), **signature)


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
