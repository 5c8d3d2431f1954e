"""After what signs PDFs was withdrawn: which PDFs are not to be relied on any more, and drawing and signing them afresh.

The credential inside stays the one that was signed; only the page around it gets a new signature.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lms.lib.audit import log
from lms.lib.hashing import data_hash

from .document.render import NotDrawable
from .document.signature_check import find_signature
from .issuing import KeyGone, Press, drawn_pdf
from .models import Certificate, FreshPdf, IssuedCredential, PdfSignerWithdrawal
from .signals import pdf_drawn_afresh

logger = logging.getLogger(__name__)


def copies_signed_by(signers: Iterable[int], wanted: Q | None = None) -> QuerySet[IssuedCredential]:
    """The copies that stand and whose present PDF one of these (ids) signed, each with `signer`, which of them. Two queries."""
    last = FreshPdf.objects.filter(copy=OuterRef("pk")).order_by("-number").values("pdf_signer")[:1]
    found = IssuedCredential.objects.accepted().filter(certificate__prepared_at__isnull=False)
    found = found.exclude(certificate__state__in=Certificate.BAD_STATES).filter(wanted or Q())
    signer = Coalesce(Subquery(last), F("pdf_signer"), output_field=BigIntegerField())
    found = found.annotate(signer=signer).filter(signer__in=list(signers))
    return found.select_related("certificate__replaces", "design").prefetch_related("fresh_pdfs").order_by("pk")


def not_to_be_relied_on(
    withdrawals: Iterable[PdfSignerWithdrawal], wanted: Q | None = None
) -> Iterator[IssuedCredential]:
    """Of these the ones that no time stamp shows to be older than the withdrawal. Reads each file that has a stamp."""
    of_signer = {withdrawal.signer_id: withdrawal for withdrawal in withdrawals}
    for copy in copies_signed_by(of_signer, wanted) if of_signer else ():
        if stamped_before(copy, of_signer[copy.signer]) is None:
            yield copy


def stamped_before(copy: IssuedCredential, withdrawal: PdfSignerWithdrawal) -> datetime | None:
    """When an authority that we trust stamped the present PDF of a copy, if that was before the withdrawal's moment."""
    pdf = copy.pdf
    if pdf.pdf_profile == "B-B":
        return None
    try:
        with storages["private"].open(pdf.pdf_name) as file:
            raw = file.read()
    except FileNotFoundError:
        return None
    return stamp_in(raw, withdrawal) if data_hash(raw) == pdf.pdf_sha256 else None


def stamp_in(raw: bytes, withdrawal: PdfSignerWithdrawal) -> datetime | None:
    """When the signature in a file was stamped, if an authority under our roots did that before the withdrawal's moment.

    raw: a file of which the register has the hash, so that nobody else's token is ever read here. Without roots (LMS_PDF_TRUST,
    LMS_LOG_TIMESTAMP_ROOTS) no stamp can be trusted.
    """
    found = find_signature(raw, [withdrawal.signer.certificate()])
    if found.state != "whole" or found.token is None:
        return None
    from .pdf_time import trusted_time  # pyHanko takes a second or two to import, and stamps are rare here

    stamped_at = trusted_time(found.token, found.value)
    return stamped_at if stamped_at is not None and stamped_at < withdrawal.as_of else None


def draw_afresh(copy: IssuedCredential, *, at: datetime) -> FreshPdf | None:
    """Draw the PDF of a copy again around the same credential, and have it signed by what signs now.

    None when its signer was not withdrawn, or another worker was first. Raises NotDrawable for a name that our font can't draw,
    KeyGone when a key went meanwhile.
    """
    from .pdf_keys import sign_drawn

    withdrawn = PdfSignerWithdrawal.objects.values_list("signer", flat=True)
    copy = copies_signed_by(withdrawn, Q(pk=copy.pk)).first()
    if copy is None:
        return None
    certificate, number = copy.certificate, max((fresh.number for fresh in copy.fresh_pdfs.all()), default=1) + 1
    drawn = drawn_pdf(certificate, Press.ready(at=at), json.loads(copy.credential), copy.credential, copy.number,
                      copy.design, at=at)  # fmt: skip
    pdf, signer, profile = sign_drawn(drawn, at=at)
    digest = data_hash(pdf)
    name = f"certificates/{certificate.uuid}/{certificate.number}-{copy.number}-pdf-{number}-{digest[7:19]}.pdf"
    name = storages["private"].save(name, ContentFile(pdf))
    try:
        with transaction.atomic():
            if PdfSignerWithdrawal.objects.filter(signer=signer).exists():
                raise KeyGone
            fresh = FreshPdf.objects.create(
                copy=copy, number=number, pdf_name=name, pdf_sha256=digest, pdf_signer=signer, pdf_profile=profile, signed_at=at
            )
            base = certificate.organisation
            log(certificate, "certificates.certificate.fresh_pdf", by=None, organisation=base, copy=copy.number, pdf=number)
            pdf_drawn_afresh.send(sender=FreshPdf, fresh=fresh)
    except (IntegrityError, KeyGone) as error:
        storages["private"].delete(name)
        if isinstance(error, KeyGone):
            raise
        return None
    return fresh


def try_afresh(copy: IssuedCredential, *, at: datetime) -> None:
    """The same for one of many: what can't be drawn is left to the nightly audit."""
    try:
        draw_afresh(copy, at=at)
    except NotDrawable as error:
        logger.warning("PDF not drawn afresh", extra={"copy": copy.pk, "why": type(error).__name__})
