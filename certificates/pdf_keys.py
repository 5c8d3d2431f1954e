"""What signs PDFs: by setting, or a certificate of our own making beside the issuer's keys; and the rows that remember it."""

from datetime import datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko_certvalidator import ValidationContext

from accounts.models import Organisation
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


def sign_drawn(pdf: bytes, *, at: datetime) -> tuple[bytes, PdfSigner, str]:
    """Return the drawn PDF signed by what signs now, the row of that, and the level of PAdES."""
    identity, row = pdf_identity(at=at)
    return sign_pdf(pdf, identity), row, identity.profile


def pdf_identity(*, at: datetime) -> tuple[PdfIdentity, PdfSigner]:
    """Return what signs now and its row; the first self-made certificate, and its successor, are made when asked for."""
    self_made = not settings.PDF_SIGNER
    if self_made:
        key, chain = _self_made(at=at)
    else:
        key, chain = read_key(Path(settings.PDF_SIGNER).read_bytes(), settings.PDF_SIGNER_PASSPHRASE)
    if not _is_valid(chain[0], at):
        raise ValueError(f"the certificate in {settings.PDF_SIGNER} is not valid at {at:%Y-%m-%d}")
    stamps = timestamper(settings.TIMESTAMP_URL) if settings.TIMESTAMP_URL else None
    trusted = Path(settings.PDF_TRUST) if settings.PDF_TRUST and not self_made else None
    identity = PdfIdentity(
        signer_in_memory(key, chain), stamps, (lambda: _validation(trusted, at=at)) if trusted else None
    )
    return identity, _row(chain, self_made=self_made, at=at)


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


def _self_made(*, at: datetime) -> tuple[bytes, list[x509.Certificate]]:
    paths = sorted(settings.KEYS_DIR.glob("pdf-*.pem"))
    for path in reversed(paths):
        key, chain = read_key(path.read_bytes(), settings.KEY_PASSPHRASE)
        if _is_valid(chain[0], at):
            return key, chain
    authority = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY).first()
    pem = make_self_signed(authority.name if authority else settings.WAGTAIL_SITE_NAME, settings.KEY_PASSPHRASE, at=at)
    write_key_file(settings.KEYS_DIR / f"pdf-{len(paths) + 1:03}.pem", pem)
    return read_key(pem, settings.KEY_PASSPHRASE)


def _row(chain: list[x509.Certificate], *, self_made: bool, at: datetime) -> PdfSigner:
    pem = [certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in chain]
    row, _ = PdfSigner.objects.get_or_create(
        fingerprint=data_hash(chain[0].public_bytes(serialization.Encoding.DER)),
        defaults={
            "certificates": "".join(pem),
            "subject": chain[0].subject.rfc4514_string()[:300],
            "self_made": self_made,
            "valid_from": chain[0].not_valid_before_utc,
            "valid_until": chain[0].not_valid_after_utc,
            "first_used_at": at,
        },
    )
    return row
