"""What a verifier is told. Three ways in (link, share code, number + name), one shape out, and one neutral answer for every miss.

A hit and a miss cost the same: one SELECT, and a line that becomes a row (lookups.py); one that was replaced costs one SELECT
more on a hit.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from curriculum.models import Level
from lms.lib.compiled import Compiled

from .credential.compact import Compact
from .lookups import note
from .models import Certificate, HistoricRecord, LogLeaf, Lookup, Recognition, ShareCode, SigningKey, StatusChange
from .numbers import normalise_number
from .old_numbers import statement_number

RENEWABLE = (Certificate.State.VALID, Certificate.State.EXPIRED)


@dataclass(frozen=True)
class Successor:
    """What is said of the certificate that replaced this one.

    state: of the one that stands at the end of the chain now, always told, for an old paper must not look better than
    what became of it. number, name: of the next one; "" where the reader may not learn them.
    """

    state: str
    number: str = ""
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"state": self.state, "number": self.number or None, "name": self.name or None}

    @property
    def state_label(self) -> str:
        return str(Certificate.State(self.state).label)


@dataclass(frozen=True)
class Verdict:
    """The answer. `state` is one of Certificate.State, or "unknown" for every kind of miss; of a number that is not ours also
    "imported" (an old record, taken over as it was), "recognised" (another body's certificate, by statement) or "taken_back".

    name: as the verifier may see it, masked unless they typed it correctly themselves.
    record: of what is no certificate of ours: {"level", "issuer", "source", "since"} in the words of whoever gave it out.
    """

    state: str
    checked_at: datetime
    number: str = ""
    name: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    issued_on: str = ""
    valid_until: str = ""
    state_since: str = ""
    state_reason: str = ""
    state_text: str = ""
    replaced_by: Successor | None = None
    replaces: str = ""  # the number of the certificate that this one corrects
    renews: str = ""  # the number of the certificate that this one renews
    renewed_by: str = ""  # the number of the certificate that renews this one, told by number and name
    token: str = ""
    record: dict[str, str] = field(default_factory=dict)
    record_kind: str = ""

    @property
    def kind(self) -> str:
        """certificate, imported_record, recognition; "" for a miss."""
        if not self.known:
            return ""
        return self.record_kind or "certificate"

    @property
    def known(self) -> bool:
        return bool(self.number)

    @property
    def reason_label(self) -> str:
        return StatusChange.Reason(self.state_reason).label if self.state_reason else ""

    def as_json(self) -> dict[str, Any]:
        """The public answer of the JSON API. Nothing in it that the page does not show."""
        answer: dict[str, Any] = {"state": self.state, "checked_at": self.checked_at.isoformat()}
        if not self.known:
            return answer
        facts = {"record": self.record, "statement": STATEMENTS[self.kind]} if self.record else {
            key: self.facts[key] for key in PUBLIC_FACTS
        }  # fmt: skip
        return answer | {
            "kind": self.kind,
            "number": self.number,
            "name": self.name,
            "issued_on": self.issued_on,
            "valid_until": self.valid_until or None,
            "state_since": self.state_since or None,
            "state_reason": self.state_reason or None,
            "state_text": self.state_text or None,
            "replaced_by": self.replaced_by.as_json() if self.replaced_by else None,
            "renewed_by": self.renewed_by or None,
            "replaces": self.replaces or None,
            **facts,
        }


PUBLIC_FACTS = ["level", "syllabus", "base", "edition", "cohort", "hours", "cases", "parts", "competences", "marking", "sample"]


def verify_by_token(token: str, *, at: datetime, way: str = Lookup.Way.LINK, organisation=None, known: bool = True) -> Verdict:
    """Answer for the token in a QR code's address. The name is masked: whoever has the paper can compare.

    known: False where the register was asked already and has no such token.
    """
    certificate = _by_token.first(token) if known else None
    return _answer(certificate, certificate is not None, at=at, way=way, organisation=organisation, full_name=False)


_by_token = Compiled(lambda token: Certificate.objects.prepared().filter(token=token))


def verify_by_number(number: str, name: str, *, at: datetime, way: str = Lookup.Way.NUMBER, organisation=None) -> Verdict:
    """Answer for a number and the holder's full name. Only both together are a hit; nobody learns which was wrong."""
    wanted = normalise_number(number)
    if wanted is None:  # not of our form: an imported record may have it
        if statement := statement_number(number):
            return _verify_recognition(statement, name, at=at, way=way, organisation=organisation)
        return _verify_record(number, name, at=at, way=way, organisation=organisation)
    certificate = Certificate.objects.prepared().select_related("replaces", "replaced_by").filter(number=wanted).first()
    match = (certificate or DECOY).belongs_to(name) and certificate is not None
    return _answer(certificate, match, at=at, way=way, organisation=organisation, full_name=True)


def _verify_record(number: str, name: str, *, at: datetime, way: str, organisation) -> Verdict:
    """Answer for an old number; as many queries and the same neutral miss."""
    record = HistoricRecord.objects.answering(number).first()
    match = (record or DECOY_RECORD).belongs_to(name) and record is not None
    note(way=way, at=at, record_id=record.pk if match else None, organisation_id=_key(organisation) if match else None)
    return record_verdict(record, at=at) if match else Verdict(state="unknown", checked_at=at)


def record_verdict(record: HistoricRecord, *, at: datetime) -> Verdict:
    """What is said of an imported record: what the list said and where the list came from, never that it is valid."""
    ended = record.ended_at is not None
    return Verdict(
        state="taken_back" if ended else "imported", checked_at=at, number=record.number, name=record.name,
        issued_on=record.issued_on.isoformat(), valid_until=record.valid_until.isoformat() if record.valid_until else "",
        state_since=timezone.localdate(record.ended_at).isoformat() if ended else "",
        state_text=record.ended_reason if ended else "",
        record_kind="imported_record",
        record={
            "level": record.level, "issuer": record.issuer, "source": record.batch.source, "import": record.batch.title,
            "since": timezone.localdate(record.batch.finished_at).isoformat(),
        },
    )  # fmt: skip


def _verify_recognition(number: str, name: str, *, at: datetime, way: str, organisation) -> Verdict:
    """Answer for the number of a statement of recognition; as many queries and the same neutral miss."""
    found = Recognition.objects.answering(number).first()
    match = (found or DECOY_RECOGNITION).belongs_to(name) and found is not None
    note(way=way, at=at, recognition_id=found.pk if match else None, organisation_id=_key(organisation) if match else None)
    return recognition_verdict(found, at=at) if match else Verdict(state="unknown", checked_at=at)


def recognition_verdict(found: Recognition, *, at: datetime) -> Verdict:
    """What is said of a recognition: whose certificate it is, what it counts as here and by which document."""
    day, agreement = timezone.localdate(at), found.agreement
    state = found.state_on(day)
    ended = state == "taken_back"
    return Verdict(
        state=state, checked_at=at, number=found.number, name=found.holder_name, issued_on=found.recognised_on.isoformat(),
        valid_until=found.valid_until.isoformat() if found.valid_until else "",
        state_since=found.ended_on.isoformat() if ended else "", state_text=found.ended_reason if ended else "",
        record_kind="recognition",
        record={
            "level": Level.Code(agreement.level).label, "counts_as": agreement.level, "issuer": agreement.body,
            "issuer_en": agreement.body_en, "kind": agreement.kind, "kind_en": agreement.kind_en, "number": found.their_number,
            "awarded_on": found.their_day.isoformat(), "source": agreement.source, "verified": agreement.verified,
        },
    )  # fmt: skip


# Said with every answer that is about no certificate of ours, in both languages, as software reads it too.
STATEMENTS = {
    "imported_record": {
        "zh": "历史导入记录：由他处名册转录，本系统未据实训与考核记录核实，也不是本系统颁发的证书。",
        "en": "Imported record: copied from another register, not checked by us against recorded facts; no certificate of ours.",
    },
    "recognition": {
        "zh": "互认决定：依互认协议认可其他机构颁发的证书，不是本系统颁发的证书。",
        "en": "Recognised by statement: another body's certificate, recognised under an agreement; no certificate of ours.",
    },
}


def verify_by_compact(compact: Compact, *, at: datetime, organisation=None) -> Verdict:
    """Answer for a QR code whose signature was found good. The name is masked, as by link."""
    certificate = Certificate.objects.prepared().filter(number=compact.number).first()
    way = Lookup.Way.LINK
    return _answer(certificate, certificate is not None, at=at, way=way, organisation=organisation, full_name=False)


def verify_by_withdrawn_code(compact: Compact, key: SigningKey, *, at: datetime, organisation=None) -> Verdict:
    """Answer for a QR code signed with a key that was withdrawn: only for the place of a copy that the log has from before that
    date. Everything else could be made by whoever had the key."""
    recorded = LogLeaf.objects.filter(
        kind=LogLeaf.Kind.ISSUED, logged_at__lt=key.withdrawn_as_of, credential__key=key,
        credential__status_list__number=compact.status_list, credential__status_index=compact.status_index,
        credential__certificate__number=compact.number,
    )  # fmt: skip
    leaf = recorded.select_related("credential__certificate").first()
    certificate = leaf.credential.certificate if leaf else None
    return _answer(certificate, leaf is not None, at=at, way=Lookup.Way.LINK, organisation=organisation, full_name=False)


def verify_by_share(code: str, *, at: datetime, organisation=None) -> Verdict:
    """Answer for a holder's share code, with the full name, be it of a certificate or of what is none of ours. The permanent link
    is not given away with it."""
    share = ShareCode.objects.answering(code, at).first()
    of = {key: getattr(share, key) for key in ("certificate_id", "record_id", "recognition_id")} if share else {}
    note(
        way=Lookup.Way.SHARE, at=at, share_id=_key(share), organisation_id=_key(organisation) if share else None, **of,
    )  # fmt: skip
    if share is None:
        return Verdict(state="unknown", checked_at=at)
    if share.record is not None:
        return record_verdict(share.record, at=at)
    if share.recognition is not None:
        return recognition_verdict(share.recognition, at=at)
    return replace(verdict_on(share.certificate, at=at, full_name=True), token="")


def _answer(certificate: Certificate | None, match: bool, *, at: datetime, way: str, organisation, full_name: bool):
    found = certificate if match else None
    note(way=way, at=at, certificate_id=_key(found), organisation_id=_key(organisation) if found else None)
    if not match or certificate is None:
        return Verdict(state="unknown", checked_at=at)
    verdict = verdict_on(certificate, at=at, full_name=full_name)
    return replace(verdict, renewed_by=_renewal(certificate)) if full_name and verdict.state in RENEWABLE else verdict


def _key(row: Model | None) -> int | None:
    return row.pk if row is not None else None


def verdict_on(certificate: Certificate, *, at: datetime, full_name: bool) -> Verdict:
    """What the register says of a certificate that was found.

    full_name: the reader has the name too, by number and name, from the holder, or out of the file; only then a corrected
    certificate leads to the one that replaced it.
    """
    state = certificate.state_on(timezone.localdate(at))
    shown = state in Certificate.BAD_STATES
    return Verdict(
        state=state,
        checked_at=at,
        number=certificate.number,
        name=certificate.holder_name if full_name else certificate.masked_name,
        facts=certificate.facts,
        issued_on=certificate.issued_on.isoformat(),
        valid_until=certificate.valid_until.isoformat() if certificate.valid_until else "",
        state_since=timezone.localdate(certificate.state_at).isoformat() if shown else "",
        state_reason=certificate.state_reason if shown else "",
        state_text=certificate.state_text if shown else "",
        replaced_by=_successor(certificate, at=at, told=full_name) if state == Certificate.State.CORRECTED else None,
        replaces=certificate.number_it_may_name() if full_name and not certificate.is_renewal() else "",
        renews=certificate.number_it_may_name() if full_name and certificate.is_renewal() else "",
        token=certificate.token,
    )


def _renewal(certificate: Certificate) -> str:
    """The number of the certificate that renews this one, once it answers."""
    new = certificate.renewed_by
    return new.number if new is not None and new.prepared_at else ""


def _successor(certificate: Certificate, *, at: datetime, told: bool) -> Successor | None:
    """The next certificate as far as this reader may know it. A new name is told only where its holder agreed."""
    later = certificate.later_ones()
    if not later:
        return None
    new, state = later[0], later[-1].state_on(timezone.localdate(at))
    renamed = certificate.state_reason == StatusChange.Reason.NAME_CHANGE
    if not told or (renamed and not new.shown_from_old):
        return Successor(state)
    return Successor(state, new.number, new.holder_name if renamed else "")


DECOY = Certificate(holder_name="无", holder_name_latin="")
DECOY_RECOGNITION = Recognition(holder_name="无")
DECOY_RECORD = HistoricRecord(name="无")
