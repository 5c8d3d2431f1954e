"""Our own full check of a certificate file, offline: every check by name, none of them guessed.

A library that follows the standards accepts a re-spelled or duplicated member and calls a revoked credential
"verified"; this one also demands strict JSON, exact contexts, the official schema, the round trip and a fresh status.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from jsonschema import Draft201909Validator
from referencing import Registry

from . import proof, status
from .contexts import ACHIEVEMENT_SCHEMA, BADGE_CONTEXT, STATUS_CONTEXT, document
from .strict import NotStrict, check_round_trip, check_shape, parse

SKEW = timedelta(minutes=5)
LISTED = "revoked or suspended"  # the detail of the status check when the list is good and the bit is set


@dataclass(frozen=True)
class Check:
    """outcome: "ok", "failed", or "unknown" when what it needs was not given or is stale."""

    name: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]
    credential: dict[str, Any] | None = None

    @property
    def verdict(self) -> str:
        """ "valid", "unknown" or the name of the first check that failed."""
        for check in self.checks:
            if check.outcome == "failed":
                return check.name
        return "unknown" if any(check.outcome == "unknown" for check in self.checks) else "valid"


@cache
def _schema(address: str) -> Draft201909Validator:
    return Draft201909Validator(document(address), registry=Registry())  # empty: a reference outside fails


def schema_problem(credential: dict[str, Any], address: str = ACHIEVEMENT_SCHEMA) -> str:
    """Return the first violation of an official schema, that of Open Badges 3.0 unless another is named, or ""."""
    error = next(iter(_schema(address).iter_errors(credential)), None)
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:160]}" if error else ""


def verify_offline(
    raw: bytes | str, did_document: dict[str, Any], status_list: bytes | str | None, *, at: datetime
) -> Report:
    """Check one credential file at a moment, against the issuer's DID document and status list, fetching nothing."""
    try:
        credential = parse(raw)
    except NotStrict as error:
        return Report((Check("form", "failed", str(error)),))
    return verify_parsed(credential, did_document, status_list, at=at)


def verify_parsed(
    credential: dict[str, Any], did_document: dict[str, Any], status_list: bytes | str | None, *, at: datetime
) -> Report:
    """The same for what `parse` has read already: alone in a file, or a part of one."""
    try:
        check_shape({k: v for k, v in credential.items() if k != "proof"}, BADGE_CONTEXT)
        check_round_trip({k: v for k, v in credential.items() if k != "proof"})
    except NotStrict as error:
        return Report((Check("form", "failed", str(error)),))
    checks = [Check("form", "ok")]

    def add(name: str, problem: str) -> None:
        checks.append(Check(name, "failed" if problem else "ok", problem))

    add("schema", schema_problem(credential))
    issuer = credential.get("issuer", {})
    add("issuer", "" if isinstance(issuer, dict) and issuer.get("id") == did_document.get("id") else "another issuer")
    if all(check.outcome == "ok" for check in checks):  # nobody makes us do arithmetic for what is no certificate of ours
        add("proof", proof.verify(credential, did_document))
    else:
        checks.append(Check("proof", "unknown", "not looked at"))
    add("dates", dates_problem(credential, at) or signed_later(credential, at))
    if all(check.outcome == "ok" for check in checks):
        checks.append(status_check(credential, did_document, status_list, at))
    return Report(tuple(checks), credential)


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text))


def dates_problem(credential: dict[str, Any], at: datetime) -> str:
    try:
        if _moment(credential["validFrom"]) > at + SKEW:
            return "not valid yet"
        if "validUntil" in credential and _moment(credential["validUntil"]) < at:
            return "expired"
    except (KeyError, ValueError, TypeError):
        return "a date can't be read"
    return ""


def signed_later(credential: dict[str, Any], at: datetime) -> str:
    """A proof from the future. What has no readable date has failed already, as a proof."""
    proofs = credential.get("proof")
    try:
        created = [_moment(proof["created"]) for proof in (proofs if isinstance(proofs, list) else [proofs])]
        return "signed in the future" if max(created) > at + SKEW else ""
    except (KeyError, ValueError, TypeError):
        return ""


def status_check(
    credential: dict[str, Any], did_document: dict[str, Any], status_list: bytes | str | None, at: datetime
) -> Check:
    """Say what a signed status list says of the credential's entry: unknown without a list, or with one that ran out."""
    entry = credential.get("credentialStatus")
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        return Check("status", "failed", "there is not exactly one status entry")
    if entry.get("statusPurpose") != "revocation":
        return Check("status", "failed", "the status entry is not for revocation")
    if status_list is None:
        return Check("status", "unknown", "no status list was given")
    try:
        found = parse(status_list)
        check_shape({k: v for k, v in found.items() if k != "proof"}, STATUS_CONTEXT)
    except NotStrict as error:
        return Check("status", "failed", str(error))
    if found.get("id") != entry.get("statusListCredential") or found.get("issuer") != did_document.get("id"):
        return Check("status", "failed", "the status list is another one")
    if problem := proof.verify(found, did_document):
        return Check("status", "failed", f"status list: {problem}")
    if problem := dates_problem(found, at) or ("no end date" if "validUntil" not in found else ""):
        return Check("status", "unknown", f"status list: {problem}")
    subject = found.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("type") != "BitstringStatusList":
        return Check("status", "failed", "the status list is not one")
    if subject.get("statusPurpose") != entry["statusPurpose"]:
        return Check("status", "failed", "the status list is for another purpose")
    try:
        revoked = status.is_set(status.decode(subject["encodedList"]), int(entry["statusListIndex"]))
    except (KeyError, ValueError, TypeError) as error:
        return Check("status", "failed", f"status list: {error}")
    return Check("status", "failed", LISTED) if revoked else Check("status", "ok")


def list_made_at(status_list: str) -> datetime:
    """The moment for which a list that `status_check` found good was signed."""
    return _moment(parse(status_list)["validFrom"])
