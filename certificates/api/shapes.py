"""What goes in and out of the API, as OpenAPI tells it."""

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict

from ..models import Certificate

STATES = [*Certificate.State.values, "imported", "recognised", "taken_back", "unknown"]
FILE_STATES = ["unreadable", "altered", "not_ours", "key_withdrawn", "not_recorded"]


class Strict(Schema):
    """A request: a misspelled member is an error, not silently left out."""

    model_config = ConfigDict(extra="forbid")


class NumberQuestion(Strict):
    number: str = Field(max_length=40, description="As printed on the certificate.", examples=["TM-J-4K7QX-93HPB-T"])
    name: str = Field(max_length=80, description="The holder's whole name, in Chinese or Latin letters.", examples=["陈样本"])
    receipt: bool = Field(False, description="Also return a signed receipt of the answer (one more query on our side).")


class ShareQuestion(Strict):
    code: str = Field(max_length=80, description="The code a holder gave out: the last part of the link.")


class Successor(Schema):
    """The certificate that replaced this one. Where a name was changed, number and name are told only if the holder agreed."""

    state: str = Field(description="of the one that stands now", json_schema_extra={"enum": STATES})
    number: str | None = None
    name: str | None = Field(None, description="where the name was changed and may be told")


class Answer(Schema):
    """The answer of the register. For `unknown` nothing else is told; which of number and name was wrong is never said."""

    state: str = Field(json_schema_extra={"enum": STATES})
    checked_at: datetime
    kind: str | None = Field(
        None, description="imported_record, recognition: no certificate of ours",
        json_schema_extra={"enum": ["certificate", "imported_record", "recognition"]},
    )  # fmt: skip
    record: dict[str, Any] | None = Field(None, description="of what is no certificate of ours: level, issuer, source and more")
    statement: dict[str, str] | None = Field(None, description="what the kind means, in words (zh, en); show it with the answer")
    number: str | None = None
    name: str | None = None
    issued_on: date | None = None
    valid_until: date | None = Field(None, description="null: no end date")
    state_since: date | None = None
    state_reason: str | None = None
    state_text: str | None = Field(None, description="in words, written by the authority for the public")
    replaced_by: Successor | None = None
    renewed_by: str | None = Field(None, description="the number of the certificate that renews this one")
    replaces: str | None = Field(None, description="number of the certificate that this one corrects")
    level: dict[str, Any] | None = None
    syllabus: dict[str, Any] | None = None
    base: dict[str, Any] | None = None
    edition: dict[str, Any] | None = Field(None, description="the course, frozen as it was taught")
    cohort: Any = None
    hours: list[dict[str, Any]] | None = Field(None, description="by module: earned and required")
    cases: list[dict[str, Any]] | None = Field(
        None, description="case work that was done, how it was marked, and how well such marks agree (Krippendorff's alpha)"
    )
    parts: list[dict[str, Any]] | None = Field(None, description="of the assessment, each with whether it was passed")
    competences: list[dict[str, Any]] | None = None
    marking: Any = None
    sample: bool | None = Field(None, description="true: fictional, from the sample site")
    receipt: str | None = Field(None, description="Compact JWS (EdDSA) over the answer, where it was asked for.")


class Check(Schema):
    name: str
    outcome: str = Field(json_schema_extra={"enum": ["ok", "failed", "unknown"]})
    detail: str


class OlderCopy(Schema):
    """The file is an earlier copy of a certificate that was signed anew: other software refuses it."""

    copy_number: int
    signed_anew_on: date
    reason: str | None


class WithdrawnKey(Schema):
    """State `key_withdrawn`: what our log says of the file, and whether the certificate was signed anew since."""

    as_of: date
    recorded_before: bool = Field(description="false: anybody who had the key could have made it")
    signed_anew_on: date | None


class WithdrawnPdfKey(Schema):
    """The key that signed the PDF was withdrawn; the signed part in it has another key and is not concerned."""

    as_of: date
    stamped_on: date | None = Field(description="When a trusted authority stamped it, before that day; null: nothing shows it")
    fresh_pdf_on: date | None = Field(description="When the latest PDF of this certificate was signed since")


class LearnerRecord(Schema):
    """A learner record (CLR 2.0) of ours: `state` is that of the record, each certificate in it has one of its own."""

    id: str
    name: str
    made_at: datetime
    valid_until: datetime
    complete: bool = Field(description="false: the record itself says that something was left out")
    all_valid: bool = Field(description="true: every certificate in it is valid at this moment")
    certificates: list[dict[str, Any]] = Field(description="each as an answer of this endpoint, with its checks")


class FileFacts(Schema):
    kind: str | None
    as_issued: bool | None = Field(description="true: byte for byte what we gave out; null: a picture proves nothing")
    problem: str | None
    page_changed: bool = Field(description="true: the signed part is genuine, the page of the PDF is not the one we drew")
    picture: str | None = Field(
        None, description="of a badge: same (as we draw it today) or other (edited, scaled, or drawn by an earlier version)"
    )
    signature: str | None = Field(
        description="of a PDF: whole, added (something was appended), changed, foreign, removed, unsigned (issued before PAdES); "
        "by a key that was withdrawn: stamped (a trusted time stamp shows that it is older) or withdrawn (don't rely on it)"
    )
    older_copy: OlderCopy | None = None
    withdrawn_key: WithdrawnKey | None = None
    withdrawn_pdf_key: WithdrawnPdfKey | None = Field(None, description="Where `signature` is stamped or withdrawn")
    learner_record: LearnerRecord | None = None


class FileAnswer(Answer):
    """As for a number; a file that is no certificate of ours has a state of its own."""

    state: str = Field(json_schema_extra={"enum": STATES + FILE_STATES})
    file: FileFacts
    checks: list[Check]


class Issuer(Schema):
    id: str = Field(description="UUID of the training base")
    profile: str = Field(description="Its address, which stands in certificates as `credentialSubject.source.id`")
    name: str
    name_en: str
    region: str
    region_en: str
    accredited_from: date | None
    accredited_until: date | None
    levels: list[str]
    accredited_now: bool


class IssuerList(Schema):
    did: str | None = Field(description="The DID whose keys sign every certificate")
    count: int
    offset: int
    issuers: list[Issuer]


class HeadTime(Schema):
    time: str = Field(description="By the clock of the authority, UTC")
    authority: str
    text: str = Field(description="Address of the exact bytes that were stamped: the six lines of the head and its signature")
    response: str = Field(description="Address of the answer of the authority (RFC 3161, TimeStampResp in DER)")


class HeadCosignature(Schema):
    witness: str = Field(description="Code of the witness, a part of the signed text")
    name: str
    key: str = Field(description="Ed25519, multibase")
    time: str = Field(description="By the clock of the witness, UTC")
    signature: str = Field(description="Hexadecimal")


class LogHead(Schema):
    model_config = ConfigDict(extra="allow")

    log: str
    size: int
    root: str
    time: str
    key: str
    signature: str
    timestamp: HeadTime | None = Field(description="Null until a third party has put its time to this head")
    cosignatures: list[HeadCosignature] = Field(description="Of outside witnesses who compared the log and signed this head")


class Usage(Schema):
    today: int = Field(description="Calls of this key today (UTC)")
    per_day: int
    per_minute: int
    scopes: list[str]
    expires_at: datetime


class ProblemDetails(Schema):
    """RFC 9457, `application/problem+json`. `code` is stable; title and detail are in the language you accept."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
