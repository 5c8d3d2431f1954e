"""What is said of a certificate's file: the shapes of the answer and the words for it. filecheck.py finds it out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .credential.verify import Check
from .models import Certificate, StatusChange
from .verification import Verdict


class Bad(TextChoices):
    """Why a file is no certificate."""

    ALTERED = "altered", _("This file was changed after it was signed.")
    NOT_OURS = "not_ours", _("This certificate was not issued by us.")
    KEY_WITHDRAWN = "key_withdrawn", _("This copy was signed with a key that has been withdrawn.")
    NOT_RECORDED = "not_recorded", _("It is signed with our key, but we have no record of having issued it.")
    UNREADABLE = "unreadable", _("There is no certificate in this file that we can read.")


CHECKS = {
    "form": _("Form: strict JSON, exactly our contexts, no unknown or doubled terms"),
    "schema": _("Official 1EdTech schema (Open Badges 3.0, CLR 2.0)"),
    "issuer": _("Issuer of the credential"),
    "proof": _("Digital signature"),
    "dates": _("Dates of the credential"),
    "status": _("Signed status list"),
    "members": _("Every certificate in it as it was signed"),
}
UNREADABLE = {
    "too_large": _("The file is larger than a certificate can be."),
    "unknown_kind": _("It is neither PDF, PNG, SVG nor JSON."),
    "packed": _(
        "It is a package (ZIP). Unpack it and bring certificate.pdf or credential.json from it, or bring the whole package to "
        "“Verify without us”."
    ),
    "none_inside": _("It carries no signed part: a scan, a photo, a printout saved anew, or another document."),
    "more_than_one": _("It carries more than one signed part, so that two readers could see different certificates."),
    "beside": _(
        "It belongs to a certificate, as its status list, its log proof and the issuer's keys do, but is none itself. Bring the "
        "certificate: the PDF or the JSON file."
    ),
    "receipt": _("It is the receipt of an answer of ours, not a certificate. “Check a receipt” says whether it is genuine."),
    "damaged": _("It is damaged, locked, or packed in a way a certificate never is."),
}
OTHERWISE = {  # nothing is wrong with these: they are only not what is judged here
    "packed": _("This is a whole package: bring one file of it."),
    "beside": _("This file is not the certificate itself."),
    "receipt": _("This file is a receipt, not a certificate."),
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
    "withdrawn": _(
        "The key that signed this PDF has been withdrawn as of %(as_of)s: since then others may have signed with it, and nothing "
        "shows that this PDF is older. Don't rely on its signature; ask the holder for a fresh PDF."
    ),
    "stamped": _(
        "The key that signed this PDF has been withdrawn as of %(as_of)s. A trusted time stamp shows that this PDF was signed on "
        "%(stamped_on)s, before that: its signature still holds, and nothing was changed since."
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
        return {
            "copy_number": self.number,
            "signed_anew_on": self.signed_anew_on.isoformat(),
            "reason": self.reason or None,
        }


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
class WithdrawnSigner:
    """What signed the PDF was withdrawn as of a day. stamped_on: the day before that on which a trusted authority stamped the
    signature. fresh_on: the day of the latest PDF that was signed since for this certificate."""

    as_of: date
    stamped_on: date | None = None
    fresh_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        days = {"as_of": self.as_of, "stamped_on": self.stamped_on, "fresh_pdf_on": self.fresh_on}
        return {name: day.isoformat() if day else None for name, day in days.items()}


@dataclass(frozen=True)
class Member:
    """One certificate in a learner record. verdict: as the register has it; state is a code of Bad for one that is not as we
    signed it. checks: of its signed text by itself."""

    verdict: Verdict
    checks: tuple[Check, ...] = ()
    older: OlderCopy | None = None

    @property
    def state_label(self) -> str:
        if self.verdict.known:
            return str(Certificate.State(self.verdict.state).label)
        return str(Bad(self.verdict.state).label)

    def as_json(self) -> dict[str, Any]:
        checks = [{"name": c.name, "outcome": c.outcome, "detail": c.detail} for c in self.checks]
        return self.verdict.as_json() | {"older_copy": self.older.as_json() if self.older else None, "checks": checks}


@dataclass(frozen=True)
class RecordVerdict:
    """A learner record that we made, whole. complete: False when it says that it leaves something out."""

    uuid: UUID
    name: str
    made_at: datetime
    ends_at: datetime
    complete: bool
    members: tuple[Member, ...]

    @property
    def all_valid(self) -> bool:
        return all(member.verdict.state == Certificate.State.VALID and not member.older for member in self.members)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": f"urn:uuid:{self.uuid}",
            "name": self.name,
            "made_at": self.made_at.isoformat(),
            "valid_until": self.ends_at.isoformat(),
            "complete": self.complete,
            "all_valid": self.all_valid,
            "certificates": [member.as_json() for member in self.members],
        }


@dataclass(frozen=True)
class FileVerdict:
    """verdict: what the signed part says, `known` only when its signature is ours.

    kind: of the file; as_issued: True when it is byte for byte what we gave out, False when not, None for a picture.
    picture: of a badge, "same" as we draw it today or "other", which an earlier version of ours may have drawn.
    problem: a code of UNREADABLE.
    signature: of a PDF, a code of PDF_SIGNATURES; empty when there is none and none is missed.
    self_made: our own certificate signed it, so that a PDF reader does not know the signer.
    withdrawn_signer: of a PDF whose signature is "withdrawn" or "stamped".
    record: of a learner record that is ours; the verdict is then about the record, "valid" or "expired".
    """

    verdict: Verdict
    kind: str = ""
    as_issued: bool | None = None
    checks: tuple[Check, ...] = ()
    problem: str = ""
    older: OlderCopy | None = None
    withdrawn: WithdrawnCopy | None = None
    picture: str = ""
    signature: str = ""
    self_made: bool = False
    withdrawn_signer: WithdrawnSigner | None = None
    record: RecordVerdict | None = None

    @property
    def page_changed(self) -> bool:
        """A good signed part in a PDF whose page is not the one we drew."""
        return self.verdict.known and self.kind == "pdf" and self.as_issued is False

    @property
    def title(self) -> str:
        return str(OTHERWISE.get(self.problem) or Bad(self.verdict.state).label)

    @property
    def next_step(self) -> bool:
        """Whether the words for the problem leave open what to do."""
        return self.problem not in OTHERWISE

    @property
    def problem_text(self) -> str:
        return str(UNREADABLE.get(self.problem, ""))

    @property
    def signature_text(self) -> str:
        text, gone = str(PDF_SIGNATURES.get(self.signature, "")), self.withdrawn_signer
        return text % {"as_of": gone.as_of, "stamped_on": gone.stamped_on} if gone else text

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [(str(CHECKS[check.name]), check.outcome) for check in self.checks]

    def as_json(self) -> dict[str, Any]:
        file = {"kind": self.kind or None, "as_issued": self.as_issued, "problem": self.problem or None}
        file |= {"signature": self.signature or None, "picture": self.picture or None}
        file["withdrawn_pdf_key"] = self.withdrawn_signer.as_json() if self.withdrawn_signer else None
        checks = [{"name": c.name, "outcome": c.outcome, "detail": c.detail} for c in self.checks]
        file |= {"page_changed": self.page_changed, "older_copy": self.older.as_json() if self.older else None}
        file |= {"learner_record": self.record.as_json() if self.record else None}
        file |= {"withdrawn_key": self.withdrawn.as_json() if self.withdrawn else None}
        return self.verdict.as_json() | {"file": file, "checks": checks}
