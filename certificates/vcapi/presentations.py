"""A verifiable presentation that somebody sends to be verified: for the W3C's suites, so in the test mode alone.

Outside of it nobody's DID is known but our own, and holders have none; who has a certificate of ours shows the file or a
share code.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ..credential import proof
from .checking import MALFORMED, SECURITY, Fault, did_key_document, faults, issuer_of, not_expanding, unexpected
from .model import many, presentation_problems

PURPOSES = ("authentication", "assertionMethod")
BOUND = frozenset({"challenge", "domain"})  # what binds a presentation to one asking


def presentation_faults(presentation: dict[str, Any], *, at: datetime, options: dict[str, Any]) -> list[Fault]:
    """Return what is wrong with a presentation and the credentials in it; [] when all is good."""
    unsigned = {name: part for name, part in presentation.items() if name != "proof"}
    found = [Fault(MALFORMED, text) for text in presentation_problems(unsigned, inline=True)] or not_expanding(unsigned)
    return found or list(_proof_faults(presentation, at, options))


def _proof_faults(presentation: dict[str, Any], at: datetime, options: dict[str, Any]) -> Iterator[Fault]:
    first = many(presentation.get("proof"))[0] if presentation.get("proof") else None
    if not isinstance(first, dict) or first.get("proofPurpose") not in PURPOSES:
        yield Fault(SECURITY, "the presentation has no proof made for presenting")
        return
    did = str(first.get("verificationMethod")).split("#")[0]
    document = did_key_document(did)
    if document is None:
        yield Fault(SECURITY, "the presenter is not one we know")
        return
    if problem := proof.verify_each(presentation, document, purpose=first["proofPurpose"], allowed=BOUND):
        yield Fault(SECURITY, problem)
        return
    yield from unexpected(presentation, options)
    holder = presentation.get("holder")
    holder = holder["id"] if isinstance(holder, dict) else holder
    if holder is not None and holder != did:
        yield Fault(SECURITY, "the holder is not who signed the presentation")
    for credential in many(presentation.get("verifiableCredential", [])):
        yield from _inside(credential, holder, at)


def _inside(credential: dict[str, Any], holder: str | None, at: datetime) -> list[Fault]:
    """A credential without a proof of its own is the holder's own word, and has to say so."""
    if "proof" in credential:
        return faults(credential, json.dumps(credential, ensure_ascii=False).encode(), at=at)
    if "issuer" not in credential or issuer_of(credential) != holder:
        return [Fault(SECURITY, "a credential without a proof is not the holder's own")]
    return []
