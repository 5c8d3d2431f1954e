"""What a learner record brought as a file is worth: the record as a whole by its signature and our list of records, every
certificate in it by its own signature and the register. Read by filecheck.py; three queries and one INSERT."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Organisation

from .addresses import status_list_address
from .copies import NOBODY, copies_of, keys_and_did, older_copy, which, withdrawn_day
from .credential import proof
from .credential.carriers import Carried, credential_id, record_members, signatures
from .credential.keys import did_document
from .credential.record import AS_SIGNED, RecordReport, verify_record
from .credential.verify import Report
from .file_verdict import Bad, FileVerdict, Member, RecordVerdict, WithdrawnCopy
from .models import IssuedCredential, LearnerRecord, Lookup, SigningKey
from .verification import Verdict, verdict_on

WHOLE = ("form", "schema", "issuer", "proof")



def judge_record(carried: Carried, *, at: datetime, way: str, organisation: Organisation | None) -> FileVerdict:
    """Judge a learner record. The words for a bad one come from the file alone."""
    record = LearnerRecord.objects.select_related("key").filter(uuid=_uuid(credential_id(carried.credential))).first()
    copies = copies_of(_uuid(name) for name in record_members(carried.credential))
    keys, did, published = keys_and_did()
    lists = {copy.status_list for copy in copies}

    def list_of(certificate: dict[str, Any]) -> str | None:
        entry = certificate.get("credentialStatus")
        wanted = entry.get("statusListCredential") if isinstance(entry, dict) else None
        return next((one.credential for one in lists if status_list_address(one.number) == wanted), None)

    report = verify_record(carried.credential, published, list_of, at=at)
    found = _verdict(carried, report, record, copies, keys, did, at=at)
    seen = [member.verdict.number for member in found.record.members] if found.record else []
    known = {copy.certificate.number: copy.certificate for copy in copies}
    looked_at = [known[number] for number in seen if number] or [None]
    Lookup.objects.bulk_create(
        Lookup(certificate=one, way=way, organisation=organisation if one else None, looked_up_at=at) for one in looked_at
    )
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NOBODY


def _verdict(
    carried: Carried, report: RecordReport, record: LearnerRecord | None, copies: list[IssuedCredential],
    keys: list[SigningKey], did: str, *, at: datetime,
) -> FileVerdict:  # fmt: skip
    outcome = {check.name: check.outcome for check in report.checks}

    def bad(state: str, **more) -> FileVerdict:
        return FileVerdict(Verdict(state=state, checked_at=at), carried.kind, None, report.checks, **more)

    if any(outcome.get(name) != "ok" for name in WHOLE):
        if day := _withdrawn(report, did, keys):
            return bad(Bad.KEY_WITHDRAWN, withdrawn=day)
        return bad(Bad.ALTERED if did.encode() in carried.credential else Bad.NOT_OURS)
    if record is None or record.signature not in signatures(carried.credential):
        return bad(Bad.NOT_RECORDED)  # a good signature with our key under something we never made
    members = tuple(_member(one, record, copies, at=at) for one in report.members)
    subject = report.record["credentialSubject"] if report.record else {}
    whole = RecordVerdict(
        record.uuid,
        subject["identifier"][0]["identityHash"],
        record.signed_at,
        record.ends_at,
        not record.partial,
        members,
    )
    state = "valid" if outcome.get("dates") == "ok" else "expired"
    same = record.credential.encode() == carried.credential if record.credential else None
    return FileVerdict(Verdict(state=state, checked_at=at), carried.kind, same, report.checks, record=whole)


def _withdrawn(report: RecordReport, did: str, keys: list[SigningKey]) -> WithdrawnCopy | None:
    """A record is not in the log and never signed anew: one under a withdrawn key has to be made again."""
    gone = [key for key in keys if key.status == SigningKey.Status.COMPROMISED]
    if not gone or report.record is None:
        return None
    if proof.verify(report.record, did_document(did, [(key.key_id, key.public_multibase, True) for key in gone])):
        return None
    return WithdrawnCopy(withdrawn_day(gone, report.record), recorded=False)


def _member(report: Report, record: LearnerRecord, copies: list[IssuedCredential], *, at: datetime) -> Member:
    """One certificate: not as signed, unknown to us, another person's, or what the register says of it."""
    mine = which(report.credential, copies)
    if report.verdict not in AS_SIGNED:
        return Member(Verdict(state=Bad.ALTERED, checked_at=at), report.checks)
    if mine is None or mine.certificate.holder_id != record.holder_id:
        return Member(Verdict(state=Bad.NOT_RECORDED, checked_at=at), report.checks)
    own = [copy for copy in copies if copy.certificate_id == mine.certificate_id]
    return Member(verdict_on(mine.certificate, at=at, full_name=True), report.checks, older_copy(mine, own))
