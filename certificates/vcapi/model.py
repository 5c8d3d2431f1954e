"""What the Verifiable Credentials Data Model 2.0 demands of a credential, member by member. Plain values, nothing fetched."""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ..credential.contexts import CREDENTIALS_V2, DATA, manifest

MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
# Members whose every value is an object with a type, and those of them that need an id too.
TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
WITH_ID = ("credentialSchema",)


def problems(credential: dict[str, Any]) -> list[str]:
    """Return everything that is wrong with the form of a credential, proofs aside; [] when nothing is."""
    return [text for check in CHECKS for text in check(credential)]


def moment(text: Any) -> datetime | None:
    """Return an XML Schema dateTimeStamp, or None for anything else."""
    if not isinstance(text, str) or not MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def is_url(value: Any) -> bool:
    """An absolute URL or URN, as one string."""
    if not isinstance(value, str) or any(char.isspace() for char in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _context(credential: dict[str, Any]) -> Iterator[str]:
    found = credential.get("@context")
    if not isinstance(found, list) or not found or found[0] != CREDENTIALS_V2:
        yield "@context is not a list that begins with the credentials context, version 2"
    elif not all(isinstance(one, str) and one in manifest()["contexts"] for one in found):
        yield "@context names something else than the contexts we carry"
    elif len(set(found)) != len(found):
        yield "@context names a context twice"


def _types(credential: dict[str, Any]) -> Iterator[str]:
    found = _many(credential.get("type"))
    if not all(isinstance(one, str) and one for one in found):
        yield "type is missing or not text"
    elif "VerifiableCredential" not in found:
        yield "type does not say VerifiableCredential"


def _id(credential: dict[str, Any]) -> Iterator[str]:
    if "id" in credential and not is_url(credential["id"]):
        yield "id is not one URL"


def _issuer(credential: dict[str, Any]) -> Iterator[str]:
    issuer = credential.get("issuer")
    if not is_url(issuer.get("id") if isinstance(issuer, dict) else issuer):
        yield "issuer is neither a URL nor an object with one as its id"


def _subjects(credential: dict[str, Any]) -> Iterator[str]:
    found = credential.get("credentialSubject")
    if not found or not all(isinstance(one, dict) and one for one in _many(found)):
        yield "credentialSubject is missing or says nothing"
        return
    for one in _many(found):
        if "id" in one and not is_url(one["id"]):
            yield "the id of a credentialSubject is not one URL"


def _period(credential: dict[str, Any]) -> Iterator[str]:
    ends = {}
    for name in ("validFrom", "validUntil"):
        if name in credential:
            ends[name] = moment(credential[name])
            if ends[name] is None:
                yield f"{name} is not a date and time with an offset"
    if all(ends.values()) and len(ends) == 2 and ends["validFrom"] > ends["validUntil"]:
        yield "validUntil lies before validFrom"


def _typed(credential: dict[str, Any]) -> Iterator[str]:
    for name in TYPED:
        for one in _many(credential[name]) if name in credential else []:
            if not isinstance(one, dict) or not one.get("type"):
                yield f"{name} has no type"
            elif ("id" in one or name in WITH_ID) and not is_url(one.get("id")):
                yield f"the id of {name} is not one URL"


def _words(credential: dict[str, Any]) -> Iterator[str]:
    """Names and descriptions: text, or text with its language."""
    issuer = credential.get("issuer")
    for holder, where in ((credential, ""), (issuer if isinstance(issuer, dict) else {}, "issuer ")):
        for name in ("name", "description"):
            for one in _many(holder[name]) if name in holder else []:
                if not isinstance(one, str) and not _is_language_value(one):
                    yield f"{where}{name} is neither text nor text with a language"


def _is_language_value(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("@value"), str)
        and set(value) <= {"@value", "@language", "@direction"}
        and all(isinstance(part, str) for part in value.values())
    )


def _resources(credential: dict[str, Any]) -> Iterator[str]:
    """Related resources need a digest, and it must be the right one: of what we carry we can say so, of others not."""
    seen = set()
    for one in _many(credential["relatedResource"]) if "relatedResource" in credential else []:
        address = one.get("id") if isinstance(one, dict) else None
        if not is_url(address) or address in seen:
            yield "a relatedResource has no id of its own"
            continue
        seen.add(address)
        if "digestSRI" not in one and "digestMultibase" not in one:
            yield "a relatedResource has no digest"
        elif "digestMultibase" in one:
            yield "digestMultibase is not a digest we check"
        elif not _is_digest_of(address, one["digestSRI"]):
            yield "the digest of a relatedResource is another, or of something we don't carry"


def _is_digest_of(address: str, digest: Any) -> bool:
    entry = manifest()["contexts"].get(address) or manifest()["schemas"].get(address)
    if entry is None or not isinstance(digest, str):
        return False
    name, _dash, wanted = digest.partition("-")
    if name not in ("sha256", "sha384", "sha512"):
        return False
    return base64.b64encode(hashlib.new(name, (DATA / entry["file"]).read_bytes()).digest()).decode() == wanted


CHECKS = (_context, _types, _id, _issuer, _subjects, _period, _typed, _words, _resources)
