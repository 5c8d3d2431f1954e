"""Data Integrity proofs (W3C vc-di-eddsa), with Ed25519 behind a signer interface.

What we sign carries a set of two by the same key: eddsa-rdfc-2022 over the meaning, which all verifiers know, and
eddsa-jcs-2022 over the JSON itself, which a page of script can check. Other software is content with any good one of a
set; our own check demands both.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Protocol

import base58
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .strict import NotStrict, canonical

RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
SET = [RDFC, JCS]  # in this order
ASSERTION = "assertionMethod"
MULTIKEY_ED25519 = b"\xed\x01"
# Exactly these: a further member would let one signature stand under differently worded proofs. The standard wants the
# document's context in a JCS proof, and it is covered by its signature.
MEMBERS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Signer(Protocol):
    """Whatever can sign: a key file here, a key-management service elsewhere. `method` is the DID URL of the key."""

    method: str

    def sign(self, data: bytes) -> bytes: ...


def timestamp(at: datetime) -> str:
    """Return a moment as XML Schema dateTimeStamp in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(document: dict[str, Any], signer: Signer, *, at: datetime) -> dict[str, Any]:
    """Return the document with both proofs, made at that moment. Raises NotStrict for a document we must not sign."""
    if "proof" in document:
        raise NotStrict("the document has a proof already")
    return document | {"proof": [_proof(document, suite, signer, at) for suite in SET]}


def sign_once(document: dict[str, Any], signer: Signer, *, at: datetime) -> dict[str, Any]:
    """Return the document with the one proof that every verifier knows. For the test mode of the VC API alone."""
    return document | {"proof": _proof(document, RDFC, signer, at)}


def _proof(document: dict[str, Any], suite: str, signer: Signer, at: datetime) -> dict[str, Any]:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": timestamp(at),
        "verificationMethod": signer.method,
        "proofPurpose": ASSERTION,
    }
    if suite == JCS:
        proof = {"@context": document["@context"]} | proof
    return proof | {"proofValue": _multibase(signer.sign(_hash_data(document, proof)))}


def _hash_data(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """SHA-256 of the canonical proof options, then SHA-256 of the canonical document (vc-di-eddsa 3.2.4 and 3.3.4)."""
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    if proof["cryptosuite"] == JCS:
        return hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()
    options = {"@context": document["@context"]} | options
    return hashlib.sha256(canonical(options)).digest() + hashlib.sha256(canonical(document)).digest()


def _multibase(raw: bytes) -> str:
    return "z" + base58.b58encode(raw).decode()


def _from_multibase(text: Any) -> bytes:
    """Return the bytes of multibase base58-btc. Only the one spelling `_multibase` makes is accepted: no blanks."""
    if not isinstance(text, str) or not text.startswith("z") or len(text) > 200:
        raise ValueError("not base58-btc")
    raw = base58.b58decode(text[1:])
    if _multibase(raw) != text:
        raise ValueError("not base58-btc")
    return raw


def public_key(multibase: str) -> Ed25519PublicKey:
    """Return the key of a Multikey `z6Mk…` value. Raises ValueError for anything else."""
    raw = _from_multibase(multibase)
    if raw[:2] != MULTIKEY_ED25519 or len(raw) != 34:
        raise ValueError("not an Ed25519 Multikey")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def multikey(key: Ed25519PublicKey) -> str:
    return _multibase(MULTIKEY_ED25519 + key.public_bytes_raw())


def verify(document: dict[str, Any], did_document: dict[str, Any]) -> str:
    """Check the proofs of a signed document against the issuer's DID document: the set, or the single eddsa-rdfc-2022
    proof of what was signed before there was a set.

    Returns "" when all are good, otherwise what is wrong. The key must be one that this DID document allows for
    assertions, so a withdrawn key fails. The cheap proof is looked at first.
    """
    found = document.get("proof")
    proofs, suites = (found, SET) if isinstance(found, list) else ([found], [RDFC])
    if not all(isinstance(proof, dict) for proof in proofs):
        return "there is no proof"
    if [proof.get("cryptosuite") for proof in proofs] != suites:
        return "there are other proofs than there should be"
    unsigned = {name: part for name, part in document.items() if name != "proof"}
    return next(filter(None, (_problem(unsigned, proof, did_document) for proof in reversed(proofs))), "")


def verify_each(
    document: dict[str, Any],
    did_document: dict[str, Any],
    *,
    purpose: str = ASSERTION,
    allowed: frozenset[str] = frozenset(),
) -> str:
    """Check one or more proofs of the suites we know, in any order; all must be good. Returns "" or what is wrong.

    allowed: members a proof may have beyond ours; who allows some looks at them.
    """
    found = document.get("proof")
    proofs = found if isinstance(found, list) else [found]
    if not proofs or not all(isinstance(proof, dict) and proof.get("cryptosuite") in SET for proof in proofs):
        return "there is no proof, or one of a suite we don't know"
    unsigned = {name: part for name, part in document.items() if name != "proof"}
    problems = (_problem(unsigned, proof, did_document, purpose, allowed) for proof in proofs)
    return next(filter(None, problems), "")


def _problem(
    unsigned: dict[str, Any], proof: dict[str, Any], did_document: dict[str, Any], purpose: str = ASSERTION,
    allowed: frozenset[str] = frozenset(),
) -> str:  # fmt: skip
    """What is wrong with one proof, or ""."""
    texts = {name: value for name, value in proof.items() if name != "@context"}
    if set(texts) - allowed != MEMBERS or not all(isinstance(value, str) for value in texts.values()):
        return "the proof has other members than it should"
    if proof.get("@context") != (unsigned.get("@context") if proof["cryptosuite"] == JCS else None):
        return "the proof's context is not the document's"
    for name, value in {"type": "DataIntegrityProof", "proofPurpose": purpose}.items():
        if proof[name] != value:
            return f"the proof's {name} is not {value}"
    if not TIMESTAMP.fullmatch(proof["created"]):
        return "the proof's date is not in UTC, whole seconds"
    method = proof["verificationMethod"]
    if method not in did_document.get(purpose, []):
        return "the issuer does not allow this key for certificates"
    key = next((m for m in did_document.get("verificationMethod", []) if m.get("id") == method), None)
    if key is None or key.get("controller") != did_document.get("id") or key.get("type") != "Multikey":
        return "the key is not the issuer's own"
    try:
        signature = _from_multibase(proof["proofValue"])
        public_key(key["publicKeyMultibase"]).verify(signature, _hash_data(unsigned, proof))
    except InvalidSignature:
        return "the signature does not fit the content"
    except (ValueError, KeyError) as error:
        return f"the proof can't be read: {error}"
    return ""
