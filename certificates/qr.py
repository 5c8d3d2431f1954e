"""The QR code of a certificate: what is packed into it when it is issued, and what it says when the database is away."""

import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from curriculum.models import Level

from . import published
from .addresses import qr_address, status_list_address
from .credential.compact import SALT, SEALED, Compact, NotCompact, base32, commit, pack, unpack
from .credential.keys import did_document
from .credential.proof import Signer
from .credential.status import status_entry
from .credential.verify import LISTED, list_made_at, status_check
from .models import Certificate, SigningKey
from .numbers import LEVEL_LETTERS, mask_name

LEVELS = {letter: code for code, letter in LEVEL_LETTERS.items()}


def qr_parts(certificate: Certificate, signed: dict[str, Any], signer: Signer, key: SigningKey) -> tuple[str, ...]:
    """Return the address in the QR code, in pieces: each piece is written in the densest mode it fits.

    signed: the credential, whose place in a status list the code repeats. The salt is kept nowhere else.
    """
    salt, entry = secrets.token_bytes(SALT), signed["credentialStatus"]
    given = Compact(
        number=certificate.number,
        issued_on=certificate.issued_on,
        valid_until=certificate.valid_until,
        status_list=int(entry["statusListCredential"].rstrip("/").rpartition("/")[2]),
        status_index=int(entry["statusListIndex"]),
        name_hash=commit(certificate.holder_name, salt),
        sealed_name=seal_name(certificate.holder_name, certificate.number),
        sample=bool(certificate.facts["sample"]),
    )
    payload = pack(given, signer, key.did, key.public_multibase)
    return (qr_address(payload).removesuffix(payload), payload, "#", base32(salt))


def _pads(number: str) -> Iterator[bytes]:
    """One for each secret of the installation, the present one first."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield hmac.digest(secret.encode(), f"certificates.qr.name:{number}".encode(), "sha256")[:SEALED]


def seal_name(name: str, number: str) -> bytes:
    """Return what a stranger may see of a name (`mask_name`) so that only this installation can read it: eight bytes.

    Of a Chinese name the first character and how many follow; of a Latin one up to six initials.
    """
    masked = mask_name(name)
    latin = masked.isascii()
    shown = "".join(char for char in masked if char.isalnum())[:6] if latin else masked[:1]
    count = 0x80 if latin else min(len(masked) - 1, 0x7F)
    plain = bytes([count]) + shown.encode().ljust(SEALED - 2, b"\0")
    plain += bytes([sum(plain) % 256])
    return bytes(a ^ b for a, b in zip(plain, next(_pads(number)), strict=True))


def unseal_name(sealed: bytes, number: str) -> str:
    """Return the masked name, or "" when no secret of ours opens it."""
    for pad in _pads(number):
        plain = bytes(a ^ b for a, b in zip(sealed, pad, strict=True))
        shown = plain[1:-1].rstrip(b"\0").decode("utf-8", "replace")
        if sum(plain[:-1]) % 256 == plain[-1] and shown.isprintable() and "\ufffd" not in shown:
            return " ".join(f"{char}." for char in shown) if plain[0] == 0x80 else shown + "*" * plain[0]
    return ""


@dataclass(frozen=True)
class QrVerdict:
    """What the code itself says. problem: "" or a code of `NotCompact`, or "no_keys" when nothing is there to check with.

    listed: "revoked" (by the signed list: revoked or suspended), "not_listed", or "unknown" (no list, or too old).
    """

    checked_at: datetime
    compact: Compact | None = None
    problem: str = ""
    name: str = ""
    listed: str = "unknown"
    listed_at: datetime | None = None

    @property
    def level(self) -> str:
        code = LEVELS.get(self.compact.number.split("-")[1], "") if self.compact else ""
        return str(Level.Code(code).label) if code else ""

    @property
    def expired(self) -> bool:
        until = self.compact.valid_until if self.compact else None
        return until is not None and timezone.localdate(self.checked_at) > until


def read_qr(payload: str, *, at: datetime) -> QrVerdict:
    """Check the signature of a payload by the published keys: at most one query, and none that must be answered."""
    did_document = published.keys()
    if did_document is None:
        return QrVerdict(at, problem="no_keys")
    try:
        compact = unpack(payload, did_document)
    except NotCompact as error:
        return QrVerdict(at, problem=error.code)
    return QrVerdict(at, compact=compact, name=unseal_name(compact.sealed_name, compact.number))


def read_withdrawn(payload: str) -> tuple[Compact, SigningKey] | None:
    """Return what a payload says that a withdrawn key of ours had signed, and that key. Proves nothing by itself: whoever had
    the key could have made it. One query."""
    for key in SigningKey.objects.filter(status=SigningKey.Status.COMPROMISED):
        try:
            return unpack(payload, did_document(key.did, [(key.key_id, key.public_multibase, True)])), key
        except NotCompact:
            continue
    return None


def with_list(found: QrVerdict) -> QrVerdict:
    """Add what the status list as it was last published says: for when the register itself can't be asked."""
    compact, did_document = found.compact, published.keys()
    if compact is None or did_document is None:
        return found
    entry = status_entry(status_list_address(compact.status_list), compact.status_index)
    text = published.published_list(compact.status_list)
    check = status_check({"credentialStatus": entry}, did_document, text or None, found.checked_at)
    if check.outcome != "ok" and check.detail != LISTED:
        return found
    return replace(found, listed="not_listed" if check.outcome == "ok" else "revoked", listed_at=list_made_at(text))
