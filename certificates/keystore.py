"""The issuer's keys: the public half and life of each as rows, the private half as files in `LMS_KEYS_DIR`."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .credential.keys import FileSigner, did_document, did_from_url, load_key_file, make_key_file
from .models import SigningKey


def issuer_did() -> str:
    """Return the issuer's DID: kept by the first key, so that it does not change with the address of a later start."""
    first = SigningKey.objects.order_by("active_from", "pk").first()
    return first.did if first else configured_did()


def configured_did() -> str:
    """Return the DID by the settings alone, without a query: what a first key would be made for."""
    return settings.ISSUER_DID or did_from_url(settings.BASE_URL)


def active_key(*, at: datetime) -> SigningKey:
    """Return the key that signs now; the very first is made when it is asked for."""
    key = SigningKey.objects.filter(status=SigningKey.Status.ACTIVE).first()
    return key or _make_key(at=at, by=None)


def _make_key(*, at: datetime, by: User | None) -> SigningKey:
    number = SigningKey.objects.count() + 1
    key_id = f"key-{at:%Y}-{number}"
    path = settings.KEYS_DIR / f"{key_id}.pem"
    if path.exists():  # made by an attempt whose row was rolled back
        private = load_key_file(path, settings.KEY_PASSPHRASE)
    else:
        private = make_key_file(path, settings.KEY_PASSPHRASE)
    did = issuer_did()
    signer = FileSigner(f"{did}#{key_id}", private)
    key = SigningKey.objects.create(
        key_id=key_id, did=did, public_multibase=signer.public_multibase, active_from=at
    )
    log(key, "certificates.key.create", by=by)
    return key


def signer_of(key: SigningKey) -> FileSigner:
    """Return the signer of a key whose private half lies in our key folder."""
    private = load_key_file(settings.KEYS_DIR / f"{key.key_id}.pem", settings.KEY_PASSPHRASE)
    return FileSigner(f"{key.did}#{key.key_id}", private)


def rotate(*, at: datetime, by: User | None = None) -> SigningKey:
    """Retire the active key and make the next. What the old one signed stays good: it remains published."""
    with transaction.atomic():
        old = SigningKey.objects.filter(status=SigningKey.Status.ACTIVE).first()
        if old is None:
            raise WrongState(_("There is no active key yet."))
        SigningKey.objects.filter(pk=old.pk, status=SigningKey.Status.ACTIVE).update(
            status=SigningKey.Status.RETIRED, retired_at=at
        )
        log(old, "certificates.key.retire", by=by)
        return _make_key(at=at, by=by)


def public_did_document() -> dict[str, Any] | None:
    """Return the DID document as served, or None before the first key. One query."""
    keys = list(SigningKey.objects.order_by("active_from", "pk"))
    if not keys:
        return None
    bad = SigningKey.Status.COMPROMISED
    return did_document(keys[0].did, [(key.key_id, key.public_multibase, key.status != bad) for key in keys])
