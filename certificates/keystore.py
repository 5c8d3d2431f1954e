"""The issuer's keys: the public half and life of each as rows, the private half in a key store; and what is published of them.

Every version of the DID document is kept, for a did:web has no history, and is an entry of the transparency log.
"""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .credential.keys import did_document, did_from_url
from .keystores import StoredSigner, key_store
from .models import DidVersion, SigningKey
from .signals import key_withdrawn

Status = SigningKey.Status


def issuer_did() -> str:
    """Return the issuer's DID: kept by the first key, so that it does not change with the address of a later start."""
    first = SigningKey.objects.order_by("active_from", "pk").first()
    return first.did if first else configured_did()


def issuer_name(authority: Organisation | None) -> str:
    """The issuer's name in both languages, as credentials state it."""
    return f"{authority.name} / {authority.name_en}" if authority else settings.WAGTAIL_SITE_NAME


def configured_did() -> str:
    """Return the DID by the settings alone, without a query: what a first key would be made for."""
    return settings.ISSUER_DID or did_from_url(settings.BASE_URL)


def active_key(*, at: datetime) -> SigningKey:
    """Return the key that signs now; the very first is made when it is asked for."""
    key = SigningKey.objects.filter(status=Status.ACTIVE).first()
    return key or _make_key(at=at, by=None)


def _make_key(*, at: datetime, by: User | None, status: str = Status.ACTIVE) -> SigningKey:
    number = SigningKey.objects.count() + 1
    key_id = f"key-{at:%Y}-{number}"
    public = key_store().create(key_id)
    with transaction.atomic():
        key = SigningKey.objects.create(
            key_id=key_id, did=issuer_did(), public_multibase=public, active_from=at, status=status
        )
        log(key, "certificates.key.create", by=by)
        keep_did_version(at=at)
    return key


def signer_of(key: SigningKey) -> StoredSigner:
    """Return the signer of one of our keys."""
    return StoredSigner(f"{key.did}#{key.key_id}", key.key_id, key_store())


def announce(*, at: datetime, by: User | None = None) -> SigningKey:
    """Publish the next key before it signs, so that whoever keeps the DID document for a while knows it by then.

    Raises WrongState when one is announced already.
    """
    if SigningKey.objects.filter(status=Status.NEXT).exists():
        raise WrongState(_("The next key is announced already."))
    return _make_key(at=at, by=by, status=Status.NEXT)


def rotate(*, at: datetime, by: User | None = None) -> SigningKey:
    """Retire the active key and let the announced one sign, or a new one. What the old one signed stays good: it remains
    published."""
    with transaction.atomic():
        old = SigningKey.objects.filter(status=Status.ACTIVE).first()
        if old is None:
            raise WrongState(_("There is no active key yet."))
        SigningKey.objects.filter(pk=old.pk, status=Status.ACTIVE).update(status=Status.RETIRED, retired_at=at)
        log(old, "certificates.key.retire", by=by)
        return _next_signs(at=at, by=by)


def _next_signs(*, at: datetime, by: User | None) -> SigningKey:
    announced = SigningKey.objects.filter(status=Status.NEXT).first()
    if announced is None:
        return _make_key(at=at, by=by)
    announced.status = Status.ACTIVE
    announced.save(update_fields=["status"])
    log(announced, "certificates.key.activate", by=by)
    return announced


def withdraw(key: SigningKey, *, as_of: datetime, reason: str, by: User, at: datetime) -> None:
    """Take back a key that others may have had since `as_of`: it leaves the DID document at once, and all it signed fails.

    What the log shows to be older is signed anew, the rest suspended, by a job (certificates/resigning.py). If it was the
    active key, the next one signs. Raises WrongState when it was withdrawn before, or the date lies ahead.
    """
    if as_of > at:
        raise WrongState(_("A key is withdrawn as of a date that has passed."), obj=key)
    with transaction.atomic():
        was_active = SigningKey.objects.filter(pk=key.pk, status=Status.ACTIVE).exists()
        moved = SigningKey.objects.filter(pk=key.pk).exclude(status=Status.COMPROMISED).update(
            status=Status.COMPROMISED, withdrawn_as_of=as_of, withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason.strip()
        )  # fmt: skip
        if not moved:
            raise WrongState(_("This key was withdrawn before."), obj=key)
        key.refresh_from_db()
        log(key, "certificates.key.withdraw", by=by, as_of=as_of.isoformat(), reason=reason)
        if was_active:
            _next_signs(at=at, by=by)
        keep_did_version(at=at)
        key_withdrawn.send(sender=SigningKey, key=key)


def public_did_document() -> dict[str, Any] | None:
    """Return the DID document as served, or None before the first key. One query."""
    keys = list(SigningKey.objects.order_by("active_from", "pk"))
    if not keys:
        return None
    return did_document(keys[0].did, [(key.key_id, key.public_multibase, key.status != Status.COMPROMISED) for key in keys])


def did_text(document: dict[str, Any]) -> str:
    """The exact text that is served, kept and hashed."""
    return json.dumps(document, ensure_ascii=False)


def keep_did_version(*, at: datetime) -> DidVersion | None:
    """Keep the document as it is now when it differs from the last version. Who changes a key calls this in the same
    transaction; the daily job catches up with what was published before versions were kept."""
    document = public_did_document()
    if document is None:
        return None
    return DidVersion.keep(did_text(document), at=at)
