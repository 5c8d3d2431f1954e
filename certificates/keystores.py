"""Where private keys live and sign. What the rest of the house knows of a key is `sign(data, key_id)`.

`LMS_KEY_STORE` names the class. The one of the house keeps files; a key-management service or a hardware module is another
class of this shape (tests/certificates/kms.py is one that speaks HTTP). No private key leaves a store.
"""

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.module_loading import import_string

from .credential.keys import load_key_file, make_key_file
from .credential.proof import multikey


class KeyStore(Protocol):
    """Ed25519 keys by name. `create` again with the same name gives the key that is there."""

    def create(self, key_id: str) -> str:
        """Make a key and return its public half as Multikey (`z6Mk…`)."""

    def sign(self, data: bytes, key_id: str) -> bytes:
        """Return the 64 bytes of the signature. Raises OSError when there is no such key or the store is out of reach."""


class FileKeyStore:
    """One file a key (PKCS #8, mode 0600) in `LMS_KEYS_DIR`, encrypted when there is a passphrase."""

    def __init__(self) -> None:
        self.opened: dict[str, Ed25519PrivateKey] = {}

    def create(self, key_id: str) -> str:
        path = settings.KEYS_DIR / f"{key_id}.pem"
        if path.exists():  # made by an attempt whose row was rolled back
            self.opened[key_id] = load_key_file(path, settings.KEY_PASSPHRASE)
        else:
            self.opened[key_id] = make_key_file(path, settings.KEY_PASSPHRASE)
        return multikey(self.opened[key_id].public_key())

    def sign(self, data: bytes, key_id: str) -> bytes:
        if key_id not in self.opened:
            self.opened[key_id] = load_key_file(settings.KEYS_DIR / f"{key_id}.pem", settings.KEY_PASSPHRASE)
        return self.opened[key_id].sign(data)


def key_store() -> KeyStore:
    return import_string(settings.KEY_STORE)()


@dataclass(frozen=True)
class StoredSigner:
    """One key of a store, as a proof wants it. method: the DID URL of the key."""

    method: str
    key_id: str
    store: KeyStore

    def sign(self, data: bytes) -> bytes:
        return self.store.sign(data, self.key_id)
