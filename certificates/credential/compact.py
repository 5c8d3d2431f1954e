"""What a QR code can carry of a certificate: 104 bytes in a fixed layout, signed like the credential, nothing personal in clear.

    1  version, 1          3  key: start of SHA-256 of the raw public key     1  flags: 1 = sample
    1  letter of the level     7  ten characters of the number, base 31           2 + 2  issued on, valid until (0: no end)
    2  number of the status list  3  place in it                                      10  commitment to the name
    8  masked name, sealed by whoever runs the site (opaque here)                   64  Ed25519 signature

Days count from 2020-01-01; all numbers are big-endian. The signature covers a fixed line, the issuer's DID with a newline, and
the 40 bytes before it, so that no other text we sign can pass for a QR code. Written in base32 without padding: a QR code has
a dense mode for it, and an address keeps it whole. The commitment is SHA-256 of salt and name, cut; the salt (80 random
bits) stands behind the # of the address, which no browser sends: who holds the paper can check the name, a log can't.
"""

import base64
import hashlib
import struct
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature

from ..numbers import ALPHABET, normalise_name, normalise_number, write_number
from .proof import Signer, public_key

VERSION = 1
LAYOUT = struct.Struct(">B3sBc7sHHH3s10s8s")  # 40 bytes
SIGNATURE = 64
FIRST_LINE = b"technology-manager-certificate/qr/v1\n"
EPOCH = date(2020, 1, 1)
SALT = 10  # bytes
SEALED = 8


class NotCompact(ValueError):
    """No payload of ours. `code`: "damaged", "unknown_key" or "forged"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Compact:
    """sealed_name: opaque bytes; name_hash: see `commit`."""

    number: str
    issued_on: date
    valid_until: date | None
    status_list: int
    status_index: int
    name_hash: bytes
    sealed_name: bytes
    sample: bool


def base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def from_base32(text: str) -> bytes:
    """Return the bytes; capital or small letters. Raises ValueError for anything but the one spelling of `base32`."""
    raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    if base32(raw) != text.upper():
        raise ValueError("not base32")
    return raw


def key_tag(public: bytes) -> bytes:
    return hashlib.sha256(public).digest()[:3]


def commit(name: str, salt: bytes) -> bytes:
    """Return the commitment to a name. With the salt anyone can test a name; without it, it says nothing."""
    return hashlib.sha256(salt + normalise_name(name).encode()).digest()[:10]


def _day(day: date | None) -> int:
    return (day - EPOCH).days + 1 if day else 0


def _date(number: int) -> date | None:
    return EPOCH + timedelta(days=number - 1) if number else None


def pack(given: Compact, signer: Signer, did: str, multibase: str) -> str:
    """Return the signed payload as it stands in the address. multibase: the public half of the signer's key."""
    plain = normalise_number(given.number)
    if plain is None:
        raise ValueError("not a certificate number")
    _prefix, letter, first, second, _check = plain.split("-")
    value = 0
    for char in first + second:
        value = value * len(ALPHABET) + ALPHABET.index(char)
    body = LAYOUT.pack(
        VERSION, key_tag(public_key(multibase).public_bytes_raw()), int(given.sample),
        letter.encode(), value.to_bytes(7, "big"), _day(given.issued_on), _day(given.valid_until),
        given.status_list, given.status_index.to_bytes(3, "big"), given.name_hash, given.sealed_name,
    )  # fmt: skip
    return base32(body + signer.sign(_signed_text(did, body)))


def _signed_text(did: str, body: bytes) -> bytes:
    return FIRST_LINE + did.encode() + b"\n" + body


def unpack(payload: str, did_document: dict[str, Any]) -> Compact:
    """Return what a payload says when one of the issuer's published keys signed it. Raises NotCompact."""
    try:
        raw = from_base32(payload)
        body, signature = raw[: LAYOUT.size], raw[LAYOUT.size :]
        version, tag, flags, letter, value, issued, until, status_list, index, name_hash, sealed = LAYOUT.unpack(body)
    except (ValueError, struct.error) as error:
        raise NotCompact("damaged") from error
    if version != VERSION or len(signature) != SIGNATURE or not issued:
        raise NotCompact("damaged")
    _check_signature(_signed_text(did_document["id"], body), signature, tag, did_document)
    return Compact(
        number=_number(letter.decode("ascii", "replace"), int.from_bytes(value, "big")),
        issued_on=_date(issued) or EPOCH,
        valid_until=_date(until),
        status_list=status_list,
        status_index=int.from_bytes(index, "big"),
        name_hash=name_hash,
        sealed_name=sealed,
        sample=bool(flags & 1),
    )


def _check_signature(text: bytes, signature: bytes, tag: bytes, did_document: dict[str, Any]) -> None:
    tried = False
    for method in did_document["verificationMethod"]:
        key = public_key(method["publicKeyMultibase"])
        if method["id"] not in did_document["assertionMethod"] or key_tag(key.public_bytes_raw()) != tag:
            continue
        tried = True
        try:
            return key.verify(signature, text)
        except InvalidSignature:
            continue
    raise NotCompact("forged" if tried else "unknown_key")


def _number(letter: str, value: int) -> str:
    """The number with its check character. The signature was good, so this is what we wrote."""
    chars = []
    for _place in range(10):
        value, rest = divmod(value, len(ALPHABET))
        chars.append(ALPHABET[rest])
    return write_number(letter, "".join(reversed(chars)))
