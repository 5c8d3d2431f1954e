"""When a PDF was signed, by the time stamp in its signature. Imports pyHanko: seldom asked, and never of a stranger's file."""

from datetime import datetime

from asn1crypto import cms
from django.conf import settings

from .log.stamping import BadStamp, read_token, roots_in


def trusted_time(token: bytes, signature: bytes) -> datetime | None:
    """Return the moment that a token states for a signature; None where it doesn't fit or ends in none of our roots."""
    roots = roots_in(settings.PDF_TRUST, settings.LOG_TIMESTAMP_ROOTS)
    if not roots:
        return None
    try:
        return read_token(cms.ContentInfo.load(token, strict=True), signature, roots).stamped_at
    except (BadStamp, ValueError, TypeError):
        return None
