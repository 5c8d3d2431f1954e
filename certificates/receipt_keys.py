"""The key that signs receipts: not the issuer's, which only workers hold, but one that every web process can derive.

It comes out of the installation's secret (HKDF) and stands in no DID document, so whoever got hold of a web process could
sign receipts and no certificate. Its public half is a row, published at /.well-known/receipt-keys.json as a JWK set.
"""

import base64
import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from .credential.proof import multikey, public_key
from .models import ReceiptKey


def encode(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@lru_cache(maxsize=2)
def _derived(secret: str) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), 32, salt=None, info=b"lms.receipts/v1").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def _jwk(public_multibase: str) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": encode(public_key(public_multibase).public_bytes_raw())}


def thumbprint(public_multibase: str) -> str:
    """The id of a key: RFC 7638 over its JWK."""
    text = json.dumps(_jwk(public_multibase), sort_keys=True, separators=(",", ":"))
    return encode(hashlib.sha256(text.encode()).digest())


def signing_key(*, at: datetime) -> tuple[str, Ed25519PrivateKey]:
    """Return the id and the private half of the key that signs now; the first use writes its public half. One query.

    A withdrawn key signs nothing: the secret has to be changed first.
    """
    private = _derived(settings.SECRET_KEY)
    public = multikey(private.public_key())
    row, _new = ReceiptKey.objects.get_or_create(
        public_multibase=public, defaults={"key_id": thumbprint(public), "active_from": at}
    )
    if row.withdrawn_at is not None:
        raise RuntimeError("The key of receipts was withdrawn; change LMS_SECRET_KEY.")
    return row.key_id, private


def published() -> dict[str, Any]:
    """The JWK set of all keys whose receipts count."""
    rows = ReceiptKey.objects.filter(withdrawn_at=None)
    return {"keys": [_jwk(row.public_multibase) | {"kid": row.key_id, "alg": "EdDSA", "use": "sig"} for row in rows]}
