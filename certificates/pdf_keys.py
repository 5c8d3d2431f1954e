"""What signs PDFs: by setting, or a certificate of our own making beside the issuer's keys; and the rows that remember it."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko_certvalidator import ValidationContext

from accounts.models import Organisation
from lms.lib.errors import WrongState
from lms.lib.hashing import data_hash

from .credential.keys import write_key_file
from .document.signing import (
    PdfIdentity,
    asn1_certificate,
    make_self_signed,
    read_key,
    sign_pdf,
    signer_in_memory,
)  # fmt: skip
from .models import PdfSigner
from .pdf_signers import keep_signer_list


def sign_drawn(pdf: bytes, *, at: datetime) -> tuple[bytes, PdfSigner, str]:
    """Return the drawn PDF signed by what signs now, the row of that, and the level of PAdES."""
    identity, row = pdf_identity(at=at)
    return sign_pdf(pdf, identity), row, identity.profile


class SignerWithdrawn(Exception):
    """The certificate that is set was withdrawn; LMS_PDF_SIGNER has to name another before anything is issued."""


def pdf_identity(*, at: datetime) -> tuple[PdfIdentity, PdfSigner]:
    """Return what signs now and its row; the first self-made certificate, and its successor, are made when asked for.

    Raises ValueError for a certificate that is set and not valid today, SignerWithdrawn for one that was withdrawn.
    """
    self_made = not settings.PDF_SIGNER
    if self_made:
        key, chain, row = _self_made(at=at)
    else:
        key, chain = read_key(Path(settings.PDF_SIGNER).read_bytes(), settings.PDF_SIGNER_PASSPHRASE)
        if not _is_valid(chain[0], at):
            raise ValueError(f"the certificate in {settings.PDF_SIGNER} is not valid at {at:%Y-%m-%d}")
        row = _row(chain, self_made=False, at=at)
        if row.withdrawn:
            raise SignerWithdrawn(f"{row.fingerprint} was withdrawn; set LMS_PDF_SIGNER to another certificate")
    stamps = timestamper(settings.TIMESTAMP_URL) if settings.TIMESTAMP_URL else None
    trusted = Path(settings.PDF_TRUST) if settings.PDF_TRUST and not self_made else None
    identity = PdfIdentity(
        signer_in_memory(key, chain), stamps, (lambda: _validation(trusted, at=at)) if trusted else None
    )
    return identity, row


@cache
def timestamper(url: str) -> TimeStamper:
    """One for the life of the process: it remembers how large the authority's answers are."""
    return HTTPTimeStamper(url, timeout=15)


def _validation(trusted: Path, *, at: datetime) -> ValidationContext:
    lists = sorted(Path(settings.PDF_CRL_DIR).glob("*.crl")) if settings.PDF_CRL_DIR else []
    return ValidationContext(
        trust_roots=[asn1_certificate(root) for root in x509.load_pem_x509_certificates(trusted.read_bytes())],
        crls=[path.read_bytes() for path in lists],
        allow_fetching=not settings.PDF_CRL_DIR,
        revocation_mode="require",
        moment=None,
    )


def _is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _self_made(*, at: datetime) -> tuple[bytes, list[x509.Certificate], PdfSigner]:
    """The newest that is valid and was not withdrawn. One that is announced becomes valid when its overlap is over."""
    for path in reversed(_self_made_files()):
        key, chain = read_key(path.read_bytes(), settings.KEY_PASSPHRASE)
        if _is_valid(chain[0], at) and not (row := _row(chain, self_made=True, at=at)).withdrawn:
            return key, chain, row
    key, chain = _make(at=at)
    return key, chain, _row(chain, self_made=True, at=at)


def _self_made_files() -> list[Path]:
    return sorted(settings.KEYS_DIR.glob("pdf-*.pem"))


def _make(*, at: datetime) -> tuple[bytes, list[x509.Certificate]]:
    authority = Organisation.objects.authority()
    pem = make_self_signed(authority.name if authority else settings.WAGTAIL_SITE_NAME, settings.KEY_PASSPHRASE, at=at)
    write_key_file(settings.KEYS_DIR / f"pdf-{len(_self_made_files()) + 1:03}.pem", pem)
    return read_key(pem, settings.KEY_PASSPHRASE)


def announce_signer(file: str = "", passphrase: str = "", *, at: datetime) -> PdfSigner:
    """Make the next certificate known before it signs, so that whoever keeps the published list has it by then.

    Without a file the next self-made one is made; it begins to be valid, and then signs, when LMS_KEY_OVERLAP_HOURS are over.
    A bought one signs when LMS_PDF_SIGNER names its file. Raises WrongState when a self-made one is announced already.
    """
    signs_from = at + timedelta(hours=settings.KEY_OVERLAP_HOURS)
    if file:
        chain = read_key(Path(file).read_bytes(), passphrase)[1]
        return _row(chain, self_made=False, at=at, signs_from=max(signs_from, chain[0].not_valid_before_utc))
    if PdfSigner.objects.filter(self_made=True, first_used_at__gt=at, withdrawal=None).exists():
        raise WrongState(_("The next key is announced already."))
    chain = _make(at=signs_from + timedelta(hours=1))[1]  # it is valid an hour before the moment it is made for
    return _row(chain, self_made=True, at=at, signs_from=chain[0].not_valid_before_utc)


def _row(
    chain: list[x509.Certificate], *, self_made: bool, at: datetime, signs_from: datetime | None = None
) -> PdfSigner:
    """The row of a certificate. One that is new is published at once: the list with it is kept, and entered in the log."""
    fingerprint = data_hash(chain[0].public_bytes(serialization.Encoding.DER))
    known = PdfSigner.objects.select_related("withdrawal")
    if row := known.filter(fingerprint=fingerprint).first():
        return row
    pem = [certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in chain]
    with transaction.atomic():
        row, new = known.get_or_create(
            fingerprint=fingerprint,
            defaults={
                "certificates": "".join(pem),
                "subject": chain[0].subject.rfc4514_string()[:300],
                "self_made": self_made,
                "valid_from": chain[0].not_valid_before_utc,
                "valid_until": chain[0].not_valid_after_utc,
                "first_used_at": signs_from or at,
            },
        )
        if new:
            keep_signer_list(at=at)
    return row
