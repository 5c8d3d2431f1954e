"""The copies we signed and the keys they were signed with, as whoever judges a file asks for them."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from .credential.carriers import signatures_of
from .credential.keys import did_document
from .file_verdict import OlderCopy
from .keystore import configured_did
from .models import IssuedCredential, LogLeaf, SigningKey, StatusChange

NOBODY = UUID(int=0)  # looked up when the file names no certificate, so that this costs a query too
WITHDRAWN = SigningKey.Status.COMPROMISED


def copies_of(certificates: Iterable[UUID]) -> list[IssuedCredential]:
    """Every copy we issued of these certificates, by their uuid, each with when the log had it. One query."""
    wanted = set(certificates) or {NOBODY}
    found = IssuedCredential.objects.filter(certificate__uuid__in=wanted, certificate__prepared_at__isnull=False)
    found = found.select_related("certificate__replaces", "status_list", "key", "refusal__change", "pdf_signer__withdrawal")
    issue = LogLeaf.objects.filter(credential=OuterRef("pk"), kind=LogLeaf.Kind.ISSUED)
    return list(found.annotate(recorded_at=Subquery(issue.values("logged_at")[:1])).order_by("certificate", "number"))


def keys_and_did() -> tuple[list[SigningKey], str, dict[str, Any]]:
    """Return all keys, the issuer's DID, and the DID document without the withdrawn ones. One query."""
    keys = list(SigningKey.objects.order_by("active_from", "pk"))
    did = keys[0].did if keys else configured_did()
    return keys, did, did_document(did, [(key.key_id, key.public_multibase, key.status != WITHDRAWN) for key in keys])


def which(credential: dict[str, Any] | None, copies: list[IssuedCredential]) -> IssuedCredential | None:
    """The copy this is, by the signatures it carries, so that a text written anew is found too."""
    found = signatures_of(credential or {})
    return next((copy for copy in copies if found and found <= signatures_of(json.loads(copy.credential))), None)


def older_copy(mine: IssuedCredential, copies: list[IssuedCredential]) -> OlderCopy | None:
    """What is said of a copy that was followed by another of the same certificate. copies: of that certificate, in order."""
    if mine == copies[-1]:
        return None
    change = mine.refusal.change if hasattr(mine, "refusal") else None
    if change and change.kind == StatusChange.Kind.SUSPENDED:
        change = None  # lifted, or no copy had followed: that there was a suspicion is nobody's business any more
    following = copies[copies.index(mine) + 1]
    return OlderCopy(mine.number, day_of(following.signed_at), change.reason if change else "")


def withdrawn_day(gone: list[SigningKey], credential: dict[str, Any]) -> date:
    """Since when the withdrawn key that a credential names was withdrawn."""
    named = [key for key in gone if str(key) in json.dumps(credential.get("proof"))]
    return day_of((named or gone)[0].withdrawn_as_of)


def day_of(moment: datetime) -> date:
    return timezone.localdate(moment)
