"""Ed25519 key files and the issuer's `did:web` document."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .contexts import DID_CONTEXT
from .proof import multikey


@dataclass(frozen=True)
class FileSigner:
    """A signer whose private key lies in a file. Has the shape of a key-management service's client."""

    method: str
    key: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)

    @property
    def public_multibase(self) -> str:
        return multikey(self.key.public_key())


def did_from_url(base_url: str) -> str:
    """Return the did:web of a site: http://localhost:8000 → did:web:localhost%3A8000."""
    parts = urlsplit(base_url)
    path = [quote(part, safe="") for part in parts.path.split("/") if part]
    return ":".join(["did", "web", quote(parts.netloc, safe=""), *path])


def did_document_url(did: str) -> str:
    """Return where a did:web's document is fetched by others (https, as the method says)."""
    host, *path = did.removeprefix("did:web:").split(":")
    where = "/".join(unquote(part) for part in path) or ".well-known"
    return f"https://{unquote(host)}/{where}/did.json"


def make_key_file(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """Make a key and write it (PKCS #8, mode 0600, in a folder of mode 0700). Never overwrites: raises FileExistsError."""
    key = Ed25519PrivateKey.generate()
    cipher = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    write_key_file(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher))
    return key


def write_key_file(path: Path, pem: bytes) -> None:
    """Write a key, mode 0600, in a folder of mode 0700. Never overwrites: raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def load_key_file(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), passphrase.encode() or None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return key


def did_document(did: str, keys: list[tuple[str, str, bool]]) -> dict[str, Any]:
    """Return the DID document.

    keys: (key id, publicKeyMultibase, good). A retired key stays good, for what it signed stays true. A compromised one
    is left out altogether and everything it signed fails: there is software that takes any key it finds listed, whether
    or not it may assert (openbadgeslib 4.6.3 does; tests/certificates/credential/test_third_party.py).
    """
    methods = [
        {"id": f"{did}#{key_id}", "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
        for key_id, multibase, good in keys
        if good
    ]
    return {
        "@context": DID_CONTEXT,
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
