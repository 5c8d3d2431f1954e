"""What a certificate file is worth: the signed part by our own full check, the state from the register.

The file is judged in memory and never kept. The words for a bad file come from the file alone, so that nobody learns
from them what the register holds. Two queries, whatever the file: one SELECT, one INSERT.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from lms.lib.hashing import data_hash

from .credential.carriers import Carried, NotReadable, credential_id, extract
from .credential.keys import did_document
from .credential.verify import Check, verify_offline
from .keystore import configured_did
from .models import IssuedCredential, Lookup, SigningKey
from .verification import Verdict, verdict_on

NOBODY = UUID(int=0)  # looked up when the file names no certificate, so that this costs a query too
DECISIVE = ("form", "schema", "issuer", "proof")


class Bad(TextChoices):
    """Why a file is no certificate."""

    ALTERED = "altered", _("This file was changed after it was signed.")
    NOT_OURS = "not_ours", _("This certificate was not issued by us.")
    KEY_WITHDRAWN = "key_withdrawn", _("This copy was signed with a key that has been withdrawn.")
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


@dataclass(frozen=True)
class FileVerdict:
    """verdict: what the signed part says, `known` only when its signature is ours.

    kind: of the file; as_issued: True when it is byte for byte what we gave out, False when not, None for a picture,
    which proves nothing either way. problem: a code of UNREADABLE.
    """

    verdict: Verdict
    kind: str = ""
    as_issued: bool | None = None
    checks: tuple[Check, ...] = ()
    problem: str = ""

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
    def lines(self) -> list[tuple[str, str]]:
        return [(str(CHECKS[check.name]), check.outcome) for check in self.checks]

    def as_json(self) -> dict[str, Any]:
        file = {"kind": self.kind or None, "as_issued": self.as_issued, "problem": self.problem or None}
        checks = [{"name": c.name, "outcome": c.outcome, "detail": c.detail} for c in self.checks]
        return self.verdict.as_json() | {"file": file | {"page_changed": self.page_changed}, "checks": checks}


def verify_file(
    raw: bytes, *, at: datetime, way: str = Lookup.Way.FILE, organisation: Organisation | None = None
) -> FileVerdict:
    """Judge a file: unreadable, altered, not ours, or what the register says of the certificate it carries."""
    try:
        carried, problem = extract(raw), NotReadable("")
    except NotReadable as error:
        carried, problem = Carried(error.kind, b""), error
    copies = _copies(carried.credential)
    certificate = copies[0].certificate if copies else None
    found = _judge(raw, carried, copies, at=at) if not problem.code else _unreadable(problem, at)
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
    return list(found.select_related("certificate__status_list", "key").defer("credential").order_by("number"))


def _unreadable(error: NotReadable, at: datetime) -> FileVerdict:
    return FileVerdict(Verdict(state=Bad.UNREADABLE, checked_at=at), kind=error.kind, problem=error.code)


def _judge(raw: bytes, carried: Carried, copies: list[IssuedCredential], *, at: datetime) -> FileVerdict:
    did = copies[0].key.did if copies else configured_did()
    keys = {copy.key.key_id: copy.key for copy in copies}
    bad = SigningKey.Status.COMPROMISED
    published = did_document(did, [(k.key_id, k.public_multibase, k.status != bad) for k in keys.values()])
    status_list = copies[0].certificate.status_list.credential if copies else ""
    report = verify_offline(carried.credential, published, status_list or None, at=at)
    checks, digest = report.checks, data_hash(carried.credential)
    outcome = {check.name: check.outcome for check in checks}
    same = [copy for copy in copies if copy.credential_sha256 == digest]
    if any(outcome.get(name) != "ok" for name in DECISIVE):
        if same and same[0].key.status == bad:
            state = Bad.KEY_WITHDRAWN
        elif report.credential is None and not _is_signed_text(carried.credential):
            return FileVerdict(Verdict(state=Bad.UNREADABLE, checked_at=at), carried.kind, None, checks, "none_inside")
        else:
            state = Bad.ALTERED if did.encode() in carried.credential else Bad.NOT_OURS
        return FileVerdict(Verdict(state=state, checked_at=at), carried.kind, None, checks)
    if carried.kind == "pdf":
        as_issued = data_hash(raw) in {copy.pdf_sha256 for copy in copies}
    else:
        as_issued = bool(same) if carried.kind == "json" else None
    return FileVerdict(verdict_on(copies[0].certificate, at=at, full_name=True), carried.kind, as_issued, checks)


def _is_signed_text(credential: bytes) -> bool:
    """Whether this is meant as a certificate at all, ours or another's."""
    return b'"issuer"' in credential or b'"proof"' in credential
