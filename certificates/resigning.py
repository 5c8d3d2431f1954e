"""After a key was withdrawn: what the log shows to be older than that gets a new signature, the rest is suspended.

The log decides, for whoever has the key can write any date into a certificate, but not into our log.
"""

import logging
from contextlib import suppress
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from lms.lib.errors import WrongState

from .document.render import NotDrawable
from .issuing import NotIssuable, issue
from .models import Certificate, IssuedCredential, LogLeaf, SigningKey, StatusChange

logger = logging.getLogger(__name__)


def left_of(key: SigningKey) -> QuerySet[IssuedCredential]:
    """The copies that wait: signed with the withdrawn key, not yet refused, of certificates that stand. One query; it does not
    ask whether the key is withdrawn yet, only as of when.

    Each with `was_recorded`: whether the log had it before the date as of which the key is withdrawn.
    """
    before = LogLeaf.objects.filter(credential=OuterRef("pk"), kind=LogLeaf.Kind.ISSUED, logged_at__lt=key.withdrawn_as_of)
    found = IssuedCredential.objects.filter(key=key, refusal=None)
    found = found.exclude(certificate__state__in=Certificate.BAD_STATES).annotate(was_recorded=Exists(before))
    # The unrecorded first: they are refused, which protects.
    return found.select_related("certificate__award", "certificate__replaces", "key__withdrawn_by").order_by(
        F("was_recorded").asc(), "pk"
    )


def renew(copy: IssuedCredential, *, at: datetime) -> None:
    """Sign the certificate of a recorded copy anew; suspend that of an unrecorded one until an officer has looked at it.

    Done once: again does nothing. A certificate whose award no longer holds is left without a good copy, which the nightly
    audit reports.
    """
    certificate = copy.certificate
    if not copy.was_recorded:
        with suppress(WrongState):  # an officer was faster
            certificate.change_status(
                StatusChange.Kind.SUSPENDED, reason=StatusChange.Reason.NOT_RECORDED, by=copy.key.withdrawn_by, at=at
            )
        return
    try:
        issue(certificate, at=at)
    except (NotIssuable, NotDrawable) as error:
        logger.warning("certificate not signed anew", extra={"certificate": certificate.pk, "why": type(error).__name__})
