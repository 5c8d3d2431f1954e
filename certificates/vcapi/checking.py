"""A credential that somebody sends to be verified: form, expansion, proofs, dates, status. Nothing is ever fetched.

In production only our own DID is known, and a certificate of ours goes through the very check that files go through. The
test mode knows did:key as well: there a good signature says nothing about who signed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from ..credential import proof
from ..credential.strict import NotStrict, expand
from ..filecheck import verify_file
from ..keystore import public_did_document
from .model import is_url, many, moment, problems

BASE = "https://www.w3.org/TR/vc-data-model#"
PARSING, MALFORMED, SECURITY, RANGE, STATUS = (
    "PARSING_ERROR", "MALFORMED_VALUE_ERROR", "CRYPTOGRAPHIC_SECURITY_ERROR", "RANGE_ERROR", "STATUS_VERIFICATION_ERROR",
)  # fmt: skip


EXPECTED = {"expectedProofPurpose": "proofPurpose", "domain": "domain", "challenge": "challenge"}


@dataclass(frozen=True)
class Fault:
    """kind: one of the names above; detail: where, in English, for whoever writes software."""

    kind: str
    detail: str

    def as_json(self) -> dict[str, str]:
        return {"type": BASE + self.kind, "title": self.kind.replace("_", " ").capitalize(), "detail": self.detail}


def did_key_document(did: str) -> dict[str, Any] | None:
    """Return the document that a did:key with an Ed25519 key stands for, or None."""
    multibase = did.removeprefix("did:key:")
    try:
        proof.public_key(multibase)
    except ValueError:
        return None
    method = f"{did}#{multibase}"
    key = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
    return {"id": did, "verificationMethod": [key], "assertionMethod": [method], "authentication": [method]}


def faults(
    credential: dict[str, Any], text: bytes, *, at: datetime, options: dict[str, Any] | None = None
) -> list[Fault]:
    """Return what is wrong with a credential; [] when it is good. text: the credential alone, as JSON.

    options: of the caller: what the proofs have to say of themselves (EXPECTED).
    """
    unsigned = {name: part for name, part in credential.items() if name != "proof"}
    found = malformed(unsigned) or _stranger(credential) or not_expanding(unsigned)
    found = found or list(_proof_faults(credential, at)) or list(unexpected(credential, options or {}))
    if not found and not _is_test_issuer(credential):
        judged = verify_file(text, at=at)
        if judged.verdict.state != "valid":
            found.append(Fault(STATUS, f"the state of the certificate is {judged.verdict.state}"))
        elif judged.record is not None and not judged.record.all_valid:
            found.append(Fault(STATUS, "not every certificate in the learner record is valid"))
    return found


def form_faults(unsigned: dict[str, Any]) -> list[Fault]:
    """What is wrong before any signature is looked at."""
    return malformed(unsigned) or not_expanding(unsigned)


def malformed(unsigned: dict[str, Any]) -> list[Fault]:
    return [Fault(MALFORMED, text) for text in problems(unsigned, inline=settings.VC_TEST_API)]


def not_expanding(unsigned: dict[str, Any]) -> list[Fault]:
    try:
        expand(unsigned)
    except NotStrict as error:
        return [Fault(MALFORMED, str(error))]
    return []


def unexpected(document: dict[str, Any], options: dict[str, Any]) -> Iterator[Fault]:
    """What the caller expects of every proof and doesn't find there."""
    for option, member in EXPECTED.items():
        if option in options and any(proof.get(member) != options[option] for proof in many(document["proof"])):
            yield Fault(SECURITY, f"a proof's {member} is not the one of the options")


def _is_test_issuer(credential: dict[str, Any]) -> bool:
    return settings.VC_TEST_API and issuer_of(credential).startswith("did:key:")


def issuer_of(credential: dict[str, Any]) -> str:
    issuer = credential["issuer"]
    return issuer["id"] if isinstance(issuer, dict) else issuer


def _stranger(credential: dict[str, Any]) -> list[Fault]:
    """Looked at before the document is expanded: nobody makes us do that work for what is no certificate of ours."""
    if _is_test_issuer(credential):
        return []
    document = public_did_document()
    known = document is not None and document["id"] == issuer_of(credential)
    return [] if known else [Fault(SECURITY, "the issuer is not one we know")]


def _proof_faults(credential: dict[str, Any], at: datetime) -> Iterator[Fault]:
    did = issuer_of(credential)
    document = did_key_document(did) if _is_test_issuer(credential) else public_did_document()
    if document is None or document["id"] != did or not is_url(did):
        yield Fault(SECURITY, "the issuer is not one we know")
        return
    if problem := proof.verify_each(credential, document):
        yield Fault(SECURITY, problem)
        return
    begins, ends = moment(credential.get("validFrom")), moment(credential.get("validUntil"))
    if begins and begins > at:
        yield Fault(RANGE, "not valid yet")
    if ends and ends < at:
        yield Fault(RANGE, "expired")
