"""W3C Bitstring Status List v1.0: one bit a certificate, published as a signed credential."""

import base64
import gzip
import io
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .contexts import STATUS_CONTEXT
from .proof import timestamp

SIZE = 131_072
MAX_BYTES = 16 * SIZE // 8


def encode(indices: Iterable[int], size: int = SIZE) -> str:
    """Return the bitstring with these bits set: multibase base64url of gzip. Bit 0 is the left-most of the first byte."""
    bits = bytearray(size // 8)
    for index in indices:
        if not 0 <= index < size:
            raise ValueError(f"{index} is not a place in the list")
        bits[index // 8] |= 0x80 >> (index % 8)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), 9, mtime=0)).rstrip(b"=").decode()


def decode(encoded: str) -> bytes:
    """Return the bits. Raises ValueError for what is not a list, or unpacks to more than any list of ours."""
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        raise ValueError("not multibase base64url")
    packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), altchars=b"-_", validate=True)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            bits = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("not gzip") from error
    if len(bits) > MAX_BYTES or len(bits) * 8 < SIZE:
        raise ValueError("not a list of the expected size")
    return bits


def is_set(bits: bytes, index: int) -> bool:
    if not 0 <= index < len(bits) * 8:
        raise ValueError(f"{index} is not a place in the list")
    return bool(bits[index // 8] & (0x80 >> (index % 8)))


def status_entry(list_url: str, index: int) -> dict[str, str]:
    """Return the one `credentialStatus` of a certificate."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def build_status_list(
    url: str, issuer: str, indices: Iterable[int], *, valid_from: datetime, valid_until: datetime
) -> dict[str, Any]:
    """Return the unsigned BitstringStatusListCredential. Past `valid_until` a verifier must say "unknown", not "valid"."""
    return {
        "@context": STATUS_CONTEXT,
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": timestamp(valid_from),
        "validUntil": timestamp(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode(indices),
        },
    }
