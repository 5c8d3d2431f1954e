"""Data Integrity proofs of the cryptosuite eddsa-rdfc-2022 (W3C vc-di-eddsa), with Ed25519 behind a signer interface."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Protocol

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .strict import NotStrict, canonical

SUITE = "eddsa-rdfc-2022"
MULTIKEY_ED25519 = b"\xed\x01"
# Exactly these: a further member, or a context of its own, would let one signature stand under differently worded proofs.
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
    """Return the document with a proof made at that moment. Raises NotStrict for a document we must not sign."""
    if "proof" in document:
        raise NotStrict("the document has a proof already")
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": timestamp(at),
        "verificationMethod": signer.method,
        "proofPurpose": "assertionMethod",
    }
    return document | {"proof": proof | {"proofValue": _multibase(signer.sign(_hash_data(document, proof)))}}


def _hash_data(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """SHA-256 of the canonical proof options, then SHA-256 of the canonical document (vc-di-eddsa 3.2.4)."""
    options = {"@context": document["@context"]} | {key: value for key, value in proof.items() if key != "proofValue"}
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
    """Check the one proof of a signed document against the issuer's DID document.

    Returns "" when the proof is good, otherwise what is wrong with it. The key must be one that this DID document
    allows for assertions, so a withdrawn key fails.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        return "there is not exactly one proof"
    if set(proof) != MEMBERS or not all(isinstance(value, str) for value in proof.values()):
        return "the proof has other members than it should"
    expected = {"type": "DataIntegrityProof", "cryptosuite": SUITE, "proofPurpose": "assertionMethod"}
    for name, value in expected.items():
        if proof.get(name) != value:
            return f"the proof's {name} is not {value}"
    if not TIMESTAMP.fullmatch(proof["created"]):
        return "the proof's date is not in UTC, whole seconds"
    method = proof["verificationMethod"]
    if method not in did_document.get("assertionMethod", []):
        return "the issuer does not allow this key for certificates"
    key = next((m for m in did_document.get("verificationMethod", []) if m.get("id") == method), None)
    if key is None or key.get("controller") != did_document.get("id") or key.get("type") != "Multikey":
        return "the key is not the issuer's own"
    try:
        signature = _from_multibase(proof["proofValue"])
        unsigned = {name: part for name, part in document.items() if name != "proof"}
        public_key(key["publicKeyMultibase"]).verify(signature, _hash_data(unsigned, proof))
    except InvalidSignature:
        return "the signature does not fit the content"
    except (ValueError, KeyError) as error:
        return f"the proof can't be read: {error}"
    return ""
