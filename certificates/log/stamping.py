"""Time stamps of log heads by a third party (RFC 3161): asked for by a worker, checked before they are kept.

Whoever holds the issuer's key could sign a head with any date; an authority outside puts its own time to it. One stamp is for
a whole head, so it costs the same for one certificate and for ten thousand. Imports pyHanko: for workers and audits only.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import cms, tsp
from cryptography import x509
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from ..document.signing import asn1_certificate
from ..models import HeadStamp, TreeHead
from ..pdf_keys import timestamper
from .tree import signed_text_of

logger = logging.getLogger(__name__)


class BadStamp(Exception):
    """What the authority sent does not stand for these bytes, in words."""


@dataclass(frozen=True)
class ReadStamp:
    """What a token says. trusted: its chain ends in one of the roots that are set; None when none are."""

    stamped_at: datetime
    authority: str
    trusted: bool | None


def where() -> str:
    """The address of the authority, or the dotted name of a class of pyHanko's shape `TimeStamper`; empty: none."""
    return settings.LOG_TIMESTAMPS or settings.TIMESTAMP_URL


def _stamper() -> TimeStamper:
    wanted = where()
    return timestamper(wanted) if "://" in wanted else import_string(wanted)()


def stamp_latest(*, at: datetime, stamper: TimeStamper | None = None) -> HeadStamp | None:
    """Have the newest head stamped, unless it is. None when there is nothing to do or no answer: the next round asks again.

    stamper: who is asked; without one the authority that is set, if any.

    Heads in between that were passed over need none: the consistency proof leads from each of them to a stamped one.
    """
    head = TreeHead.latest()
    if not (stamper or where()) or head is None or head.stamp_or_none:
        return None
    text = signed_text_of(head).encode()
    try:
        token = asyncio.run((stamper or _stamper()).async_timestamp(hashlib.sha256(text).digest(), "sha256"))
        response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
        read = read_stamp(response, text)
    except (BadStamp, TimestampRequestError, SigningError, OSError, ValueError, TypeError, KeyError) as error:
        # Nothing waits for it. HeadStamp.missing_since() tells the officers' desk and /health/ when it goes on.
        logger.warning("log head not stamped", extra={"head": head.pk, "problem": type(error).__name__})
        return None
    try:
        with transaction.atomic():
            return HeadStamp.objects.create(
                head=head, response=response, stamped_at=read.stamped_at, authority=read.authority, received_at=at
            )
    except IntegrityError:  # another worker was first
        return None


def read_stamp(response: bytes, text: bytes) -> ReadStamp:
    """Return what the token in a response says of these bytes. Raises BadStamp.

    The signature is checked by the certificate in the token, that one for its purpose, and its chain against the roots of
    LMS_LOG_TIMESTAMP_ROOTS (or LMS_PDF_TRUST) where there are some: as of the moment of the stamp, for it outlives them.
    """
    try:
        token = tsp.TimeStampResp.load(response, strict=True)["time_stamp_token"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadStamp(f"it can't be read ({type(error).__name__})") from error
    return read_token(token, text, roots_in(settings.LOG_TIMESTAMP_ROOTS or settings.PDF_TRUST))


def read_token(token: cms.ContentInfo, text: bytes, roots: list) -> ReadStamp:
    """The same of a token by itself, its chain held to these roots where there are some."""
    try:
        info = token["content"]["encap_content_info"]["content"].parsed
        stamped_at = info["gen_time"].native
        # Without roots nothing is said of trust: the token's own certificates are taken, so that no missing path is reported.
        known = roots or [one.chosen for one in token["content"]["certificates"]]
        context = ValidationContext(
            trust_roots=known, allow_fetching=False, revocation_mode="soft-fail", moment=stamped_at,
            best_signature_time=stamped_at,
        )  # fmt: skip
        status = asyncio.run(
            validate_tst_signed_data(token["content"], context, lambda name: hashlib.new(name, text).digest())
        )
        signer = status["signing_cert"]
        authority, purposes = signer.subject.human_friendly[:300], signer.extended_key_usage_value
    except (SignatureValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadStamp(f"it can't be read ({type(error).__name__})") from error
    if not status["intact"]:
        raise BadStamp("it is of other bytes than the signed head")
    if not status["valid"]:
        raise BadStamp("its signature does not fit")
    if purposes is None or "time_stamping" not in purposes.native:
        raise BadStamp("it is signed by a certificate that is not for time stamps")
    trusted = status["trust_problem_indic"] is None if roots else None
    if trusted is False:
        raise BadStamp("its authority's chain ends in none of the roots that are set")
    return ReadStamp(stamped_at, authority, trusted)


def roots_in(*paths: str) -> list:
    """The certificates of these files, those that are set."""
    found = [x509.load_pem_x509_certificates(Path(path).read_bytes()) for path in paths if path]
    return [asn1_certificate(root) for roots in found for root in roots]
