"""What the Verifiable Credentials Data Model 2.0 demands of a credential, member by member. Plain values, nothing fetched."""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import base58

from ..credential.contexts import CREDENTIALS_V2, DATA, manifest

MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
# Members whose every value is an object with a type, and those of them that need an id too.
TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
WITH_ID = ("credentialSchema",)


def problems(credential: dict[str, Any], *, inline: bool = False) -> list[str]:
    """Return everything that is wrong with the form of a credential, proofs aside; [] when nothing is.

    inline: whether contexts may be written out in the document, as the W3C's suites do; nobody outside the test mode may.
    """
    return [*contexts(credential, inline=inline), *(text for check in CHECKS for text in check(credential))]


def presentation_problems(presentation: dict[str, Any], *, inline: bool = False) -> list[str]:
    """The same for a verifiable presentation, without its credentials."""
    found = [
        *contexts(presentation, inline=inline),
        *_types(presentation, "VerifiablePresentation"),
        *_id(presentation),
    ]
    holder = presentation.get("holder")
    if "holder" in presentation and not is_url(holder.get("id") if isinstance(holder, dict) else holder):
        found.append("holder is neither a URL nor an object with one as its id")
    inside = many(presentation["verifiableCredential"]) if "verifiableCredential" in presentation else []
    if not all(isinstance(one, dict) for one in inside):
        found.append("verifiableCredential is not one or more credentials")
    return found


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


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def contexts(document: dict[str, Any], *, inline: bool) -> Iterator[str]:
    found = document.get("@context")
    if not isinstance(found, list) or not found or found[0] != CREDENTIALS_V2:
        yield "@context is not a list that begins with the credentials context, version 2"
        return
    named = [one for one in found if not (inline and isinstance(one, dict))]
    if not all(isinstance(one, str) and one in manifest()["contexts"] for one in named):
        yield "@context names something else than the contexts we carry"
    elif len(set(named)) != len(named):
        yield "@context names a context twice"


def _types(document: dict[str, Any], wanted: str = "VerifiableCredential") -> Iterator[str]:
    found = many(document.get("type"))
    if not all(isinstance(one, str) and one for one in found):
        yield "type is missing or not text"
    elif wanted not in found:
        yield f"type does not say {wanted}"


def _id(credential: dict[str, Any]) -> Iterator[str]:
    if "id" in credential and not is_url(credential["id"]):
        yield "id is not one URL"


def _issuer(credential: dict[str, Any]) -> Iterator[str]:
    issuer = credential.get("issuer")
    if not is_url(issuer.get("id") if isinstance(issuer, dict) else issuer):
        yield "issuer is neither a URL nor an object with one as its id"


def _subjects(credential: dict[str, Any]) -> Iterator[str]:
    found = credential.get("credentialSubject")
    if not found or not all(isinstance(one, dict) and one for one in many(found)):
        yield "credentialSubject is missing or says nothing"
        return
    for one in many(found):
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
        for one in many(credential[name]) if name in credential else []:
            if not isinstance(one, dict) or not one.get("type"):
                yield f"{name} has no type"
            elif ("id" in one or name in WITH_ID) and not is_url(one.get("id")):
                yield f"the id of {name} is not one URL"


def _words(credential: dict[str, Any]) -> Iterator[str]:
    """Names and descriptions: text, or text with its language."""
    issuer = credential.get("issuer")
    for holder, where in ((credential, ""), (issuer if isinstance(issuer, dict) else {}, "issuer ")):
        for name in ("name", "description"):
            for one in many(holder[name]) if name in holder else []:
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
    for one in many(credential["relatedResource"]) if "relatedResource" in credential else []:
        address = one.get("id") if isinstance(one, dict) else None
        if not is_url(address) or address in seen:
            yield "a relatedResource has no id of its own"
            continue
        seen.add(address)
        if "digestSRI" not in one and "digestMultibase" not in one:
            yield "a relatedResource has no digest"
        elif not all(
            _is_digest_of(address, name, one[name]) for name in ("digestSRI", "digestMultibase") if name in one
        ):
            yield "the digest of a relatedResource is another, or of something we don't carry"


def _is_digest_of(address: str, kind: str, digest: Any) -> bool:
    """kind: digestSRI (sha256, sha384, sha512 in base64), or digestMultibase (SHA-256 or SHA-384 as multihash, in base64url
    or base58)."""
    entry = manifest()["contexts"].get(address) or manifest()["schemas"].get(address)
    if entry is None or not isinstance(digest, str) or len(digest) > 200:
        return False
    raw = (DATA / entry["file"]).read_bytes()
    if kind == "digestSRI":
        name, _dash, wanted = digest.partition("-")
        if name not in ("sha256", "sha384", "sha512"):
            return False
        return base64.b64encode(hashlib.new(name, raw).digest()).decode() == wanted
    hashes = (b"\x12\x20" + hashlib.sha256(raw).digest(), b"\x20\x30" + hashlib.sha384(raw).digest())
    spelled = {"u" + base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in hashes}
    return digest in spelled | {"z" + base58.b58encode(one).decode() for one in hashes}


CHECKS = (_types, _id, _issuer, _subjects, _period, _typed, _words, _resources)
