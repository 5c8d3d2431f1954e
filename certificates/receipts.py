"""Receipts: what we answered, signed, so that whoever asked can show it later. Nothing of it is kept here, and it names nobody.

A receipt is a compact JWS (RFC 7515) with Ed25519 (EdDSA, RFC 8037) by the key of receipts (receipt_keys.py); the header's
`kid` is its id in the JWK set we publish. No canonicalisation: what is signed are the bytes. The type stands in the header and
in the payload.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.core import signing
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from lms.lib.hashing import data_hash

from .addresses import verify_page_address
from .credential.proof import public_key, timestamp
from .credential.strict import NotStrict, parse
from .keystore import issuer_did
from .models import ReceiptKey
from .receipt_keys import encode, signing_key
from .verification import Verdict

ANSWER, LIST = "verification-receipt/v1", "verification-list/v1"
HEADER_TYPE = "verification-receipt+jws"
SALT = "certificates.receipt"
OFFER_SECONDS = 3600
MAX_TEXT = 16 * 1024


class Problem(TextChoices):
    """Why a receipt is none."""

    UNREADABLE = "unreadable", _("This is no receipt of ours that we can read.")
    OTHER_KEY = "other_key", _("It was not signed with a key of ours.")
    WITHDRAWN = "withdrawn", _("It was signed with a key that has been withdrawn.")
    SIGNATURE = "signature", _("The signature does not fit the text: it was changed.")
    DIFFERS = "differs", _("The readable part differs from the signed part.")
    FILE = "file", _("The receipt is genuine, but this file is not one it speaks of.")


@dataclass(frozen=True)
class Checked:
    """What a receipt is worth. problem: "" or a Problem; file: which of the files it names was brought, "" for none."""

    problem: str
    statement: dict[str, Any] | None = None
    file: str = ""

    @property
    def problem_label(self) -> str:
        return str(Problem(self.problem).label) if self.problem else ""


def offer(verdict: Verdict, way: str, asked: str = "", *, at: datetime | None = None) -> str:
    """Return what the answer's page carries to ask for its receipt: the answer itself, protected against change.

    at: when it was given, if not when the verdict was made.
    """
    answer = {
        "number": verdict.number or asked[:40],
        "way": way,
        "state": verdict.state if verdict.known else "unknown",
        "since": verdict.state_since,
        "until": verdict.valid_until,
        "at": timestamp(at or verdict.checked_at),
    }
    return signing.dumps(answer, salt=SALT)


def taken_up(offered: str) -> dict[str, Any] | None:
    """Return the answer that was offered within the hour, or None."""
    try:
        return signing.loads(offered, salt=SALT, max_age=OFFER_SECONDS)
    except signing.BadSignature:
        return None


def statement_on(answer: dict[str, Any]) -> dict[str, Any]:
    """The words of a receipt. It tells the state at that moment and nothing of the person."""
    return {
        "type": ANSWER,
        "issuer": issuer_did(),
        "answered_at": answer["at"],
        "asked": {"number": answer["number"], "by": answer["way"]},
        "answer": {
            "state": answer["state"],
            "state_since": answer["since"] or None,
            "valid_until": answer["until"] or None,
        },
        "verify_at": verify_page_address(),
    }


def statement_on_list(*, rows: int, counts: dict[str, int], files: dict[str, str], at: datetime) -> dict[str, Any]:
    """The words about a list: how many lines, how they were answered, and the hashes of the files. files: {kind: sha256:…}"""
    return {
        "type": LIST,
        "issuer": issuer_did(),
        "answered_at": timestamp(at),
        "rows": rows,
        "counts": counts,
        "files": files,
        "verify_at": verify_page_address(),
    }


def sign(statement: dict[str, Any], *, at: datetime) -> str:
    """Return the statement as compact JWS."""
    key_id, private = signing_key(at=at)
    header = {"alg": "EdDSA", "kid": key_id, "typ": HEADER_TYPE}
    signed = f"{encode(_bytes(header))}.{encode(_bytes(statement))}"
    return f"{signed}.{encode(private.sign(signed.encode()))}"


def as_file(jws: str) -> str:
    """Return what is given away: the statement to read, and the JWS that counts."""
    statement = json.loads(_decode(jws.split(".")[1]))
    return json.dumps({"statement": statement, "jws": jws}, ensure_ascii=False, indent=2) + "\n"


def check(text: str, file: bytes | None = None) -> Checked:
    """Judge a receipt (the JSON file, or the bare JWS), and a result file beside it. One query."""
    readable = None
    text = text.strip()
    if len(text) > MAX_TEXT:
        return Checked(Problem.UNREADABLE)
    try:
        if text.startswith("{"):
            whole = parse(text)
            text, readable = str(whole["jws"]), whole.get("statement")
        first, second, third = text.split(".")
        header, statement = parse(_decode(first)), parse(_decode(second))
        signature, kid, kind = _decode(third), header["kid"], statement["type"]
    except (NotStrict, ValueError, KeyError):
        return Checked(Problem.UNREADABLE)
    if header != {"alg": "EdDSA", "kid": kid, "typ": HEADER_TYPE} or kind not in (ANSWER, LIST):
        return Checked(Problem.UNREADABLE)
    key = ReceiptKey.objects.filter(key_id=str(kid)[:43]).first()
    if key is None:
        return Checked(Problem.OTHER_KEY)
    try:
        public_key(key.public_multibase).verify(signature, f"{first}.{second}".encode())
    except InvalidSignature:
        return Checked(Problem.SIGNATURE)
    if key.withdrawn_at is not None:
        return Checked(Problem.WITHDRAWN)
    if readable is not None and readable != statement:
        return Checked(Problem.DIFFERS)
    if file is None:
        return Checked("", statement)
    digest = data_hash(file)
    named = next((name for name, value in statement.get("files", {}).items() if value == digest), "")
    return Checked("" if named else Problem.FILE, statement, named)


def _bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _decode(text: str) -> bytes:
    """Only the one spelling: no padding, no blanks, no spare bits. Raises ValueError."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(raw) != text:
        raise ValueError("not base64url")
    return raw
