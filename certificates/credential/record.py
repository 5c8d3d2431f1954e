"""The learner record: a 1EdTech `ClrCredential` (CLR 2.0 on W3C VC 2.0) that holds certificates as they were signed, each with
its own proofs, and is signed as a whole. Plain values, no database. Profile: docs/credentials.md."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise
from typing import Any

from . import proof
from .build import identity_hash
from .contexts import CLR_SCHEMA, RECORD_CONTEXT
from .proof import Signer, timestamp
from .strict import NotStrict, check_round_trip, check_shape, parse
from .verify import Check, Report, dates_problem, schema_problem, signed_later, verify_parsed

NAME = "能力学习记录 / Learner record"
TYPES = ["VerifiableCredential", "ClrCredential"]
AS_SIGNED = ("valid", "dates", "status", "unknown")  # what a certificate in a record may be worth while nothing is forged
MOST = 12  # certificates in one record; a person has three levels, in some versions of the syllabus
# The context types what these point to by the name of a class, which to JSON-LD is a datatype that no object has.
VOCABULARY = "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
NAMES = {f"{VOCABULARY}association": "association", f"{VOCABULARY}identifier-1": "identifier"}
LADDER = ["junior", "intermediate", "senior"]  # lowest first


@dataclass(frozen=True)
class RecordFacts:
    """What a record states. certificates: signed, in the order in which they are to stand.

    ladder: for each certificate, the syllabus version (slug) and level it is of. partial: something the issuer knows of is
    left out, for example a certificate that is suspended.
    """

    record_id: str
    issuer: dict[str, Any]
    holder_name: str
    email: str
    email_salt: str
    certificates: list[dict[str, Any]]
    ladder: list[tuple[str, str]]
    partial: bool
    valid_from: datetime
    valid_until: datetime


def build_record(given: RecordFacts) -> dict[str, Any]:
    """Return the unsigned record. No status entry of its own: it says nothing that its certificates don't, and ends soon."""
    subject: dict[str, Any] = {
        "id": f"{given.record_id}#holder",
        "type": ["ClrSubject"],
        "identifier": [
            {"type": "IdentityObject", "hashed": False, "identityHash": given.holder_name, "identityType": "name"},
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": identity_hash(given.email.lower(), given.email_salt),
                "identityType": "emailAddress",
                "salt": given.email_salt,
            },
        ],
        "verifiableCredential": given.certificates,
    }
    if found := associations(given):
        subject["association"] = found
    return {
        "@context": RECORD_CONTEXT,
        "id": given.record_id,
        "type": TYPES,
        "name": NAME,
        "issuer": given.issuer,
        "validFrom": timestamp(given.valid_from),
        "validUntil": timestamp(given.valid_until),
        "partial": given.partial,
        "credentialSubject": subject,
        "credentialSchema": [{"id": CLR_SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def associations(given: RecordFacts) -> list[dict[str, str]]:
    """How the achievements relate: within a version of the syllabus a level precedes the next one that is there; the same level
    of two versions are peers. Nothing is said across levels of different versions."""
    ids = [certificate["credentialSubject"]["achievement"]["id"] for certificate in given.certificates]
    placed = [
        (syllabus, LADDER.index(level), at) for at, (syllabus, level) in enumerate(given.ladder) if level in LADDER
    ]
    placed.sort()
    found = [
        ("precedes", one, other)
        for (syllabus, _low, one), (same, _high, other) in pairwise(placed)
        if syllabus == same
    ]
    found += [("isPeerOf", a[2], b[2]) for a, b in combinations(placed, 2) if a[1] == b[1] and a[0] != b[0]]
    return [
        {"type": "Association", "associationType": kind, "sourceId": ids[one], "targetId": ids[other]}
        for kind, one, other in found
    ]


def sign_record(unsigned: dict[str, Any], signer: Signer, *, at: datetime) -> dict[str, Any]:
    """Return the record with the same set of two proofs as a certificate. Raises NotStrict for one we must not sign."""
    check_form(unsigned)
    signed = proof.sign(unsigned, signer, at=at)
    if problem := schema_problem(signed, CLR_SCHEMA):
        raise NotStrict(f"the record does not fit the official schema: {problem}")
    return signed


def certificates_in(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the certificates as they stand in it. Raises NotStrict unless they are a list of 1 to MOST objects with
    different ids, none of them the record's."""
    subject = record.get("credentialSubject")
    found = subject.get("verifiableCredential") if isinstance(subject, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or not 1 <= len(found) <= MOST:
        raise NotStrict(f"there are not 1 to {MOST} certificates in it")
    names = [str(one.get("id")) for one in [record, *found]]
    if len(set(names)) != len(names):
        raise NotStrict("two of them have the same id")
    return found


def check_form(record: dict[str, Any]) -> None:
    """What is the record's own, without the certificates, for each of them has contexts of its own: exact contexts, plain
    terms, the same document after expansion and compaction."""
    certificates_in(record)
    if record.get("type") != TYPES:
        raise NotStrict("it is no learner record")
    subject = {name: part for name, part in record["credentialSubject"].items() if name != "verifiableCredential"}
    own = {name: part for name, part in record.items() if name != "proof"} | {"credentialSubject": subject}
    check_shape(own, RECORD_CONTEXT)
    check_round_trip(own, NAMES)


@dataclass(frozen=True)
class RecordReport:
    """checks: of the record as a whole; members: the full report on each certificate, in order, once the whole is good."""

    checks: tuple[Check, ...]
    record: dict[str, Any] | None = None
    members: tuple[Report, ...] = ()


def verify_record(
    raw: bytes | str, did_document: dict[str, Any], list_of: Callable[[dict[str, Any]], str | None], *, at: datetime
) -> RecordReport:
    """Check one record at a moment, fetching nothing, and every certificate in it by itself.

    list_of: gives the signed status list for a certificate, None where there is none.
    """
    try:
        record = parse(raw)
        check_form(record)
    except NotStrict as error:
        return RecordReport((Check("form", "failed", str(error)),))
    checks = [Check("form", "ok")]

    def add(name: str, problem: str) -> None:
        checks.append(Check(name, "failed" if problem else "ok", problem))

    add("schema", schema_problem(record, CLR_SCHEMA))
    issuer = record.get("issuer")
    add("issuer", "" if isinstance(issuer, dict) and issuer.get("id") == did_document.get("id") else "another issuer")
    if any(check.outcome != "ok" for check in checks):
        return RecordReport((*checks, Check("proof", "unknown", "not looked at")), record)
    add("proof", proof.verify(record, did_document))
    add("dates", dates_problem(record, at) or signed_later(record, at))
    if checks[3].outcome != "ok":  # nothing holds the certificates together any more
        return RecordReport(tuple(checks), record)
    members = _members(certificates_in(record), did_document, list_of, at)
    whole = all(report.verdict in AS_SIGNED for report in members)
    add("members", "" if whole else "a certificate in it is not as it was signed")
    return RecordReport(tuple(checks), record, members)


def _members(
    certificates: Iterable[dict[str, Any]],
    did_document: dict[str, Any],
    list_of: Callable[[dict[str, Any]], str | None],
    at: datetime,
) -> tuple[Report, ...]:
    return tuple(verify_parsed(one, did_document, list_of(one), at=at) for one in certificates)
