"""Signs a drawn PDF: PAdES, as a certification that allows no changes. Knows no database and no settings."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "IssuerSignature"
SELF_MADE_YEARS = 10


@dataclass(frozen=True)
class PdfIdentity:
    """What signs PDFs.

    signer: anything of pyHanko's shape `Signer`. Ours holds the key in memory; an HSM (pyHanko's PKCS11Signer) or a
        remote service fits the same place.
    timestamper: an RFC 3161 authority, or None.
    validation: makes the trust and revocation data to put into the file; None when there are none.
    """

    signer: signers.Signer
    timestamper: TimeStamper | None = None
    validation: Callable[[], ValidationContext] | None = None

    @property
    def profile(self) -> str:
        """The PAdES level of what it signs."""
        if self.timestamper is None:
            return "B-B"
        return "B-LT" if self.validation else "B-T"


class _Writer(IncrementalPdfFileWriter):
    """Appends the signature and leaves the metadata as they were drawn: those were checked as PDF/A when they were written."""

    def _update_meta(self) -> None:
        pass


def sign_pdf(pdf: bytes, identity: PdfIdentity) -> bytes:
    """Return the PDF with the signature appended; what was drawn stays, byte for byte, at its beginning.

    The validation data of B-LT are written with the signature, not after it, so that the signature covers the whole file.
    Raises pyHanko's errors when the authority for time, or validation data, can't be had.
    """
    lasting = identity.profile == "B-LT"
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        embed_validation_info=lasting,
        validation_context=identity.validation() if lasting and identity.validation else None,
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    signer = signers.PdfSigner(metadata, identity.signer, timestamper=identity.timestamper)
    return signer.sign_pdf(_Writer(io.BytesIO(pdf))).getvalue()


# --- Keys ------------------------------------------------------------------------------------------------------------


def make_self_signed(name: str, passphrase: str = "", *, at: datetime) -> bytes:
    """Return a new P-256 key and its self-made certificate as PEM, the key encrypted when there is a passphrase."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64]),
        ]
    )
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(days=365 * SELF_MADE_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    cipher = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher)
    return pem + certificate.public_bytes(serialization.Encoding.PEM)


def read_key(data: bytes, passphrase: str = "") -> tuple[bytes, list[x509.Certificate]]:
    """Return private key (PKCS #8, DER) and certificates, the signer's first, of a PKCS #12 or PEM file.

    Raises ValueError when the passphrase is wrong, the key fits no certificate, or it is no such file.
    """
    if b"-----BEGIN" in data:
        private = serialization.load_pem_private_key(data, passphrase.encode() or None)
        chain = x509.load_pem_x509_certificates(data)
    else:
        private, own, others = pkcs12.load_key_and_certificates(data, passphrase.encode() or None)
        chain = [*([own] if own else []), *others]
    if private is None or not chain:
        raise ValueError("a private key and its certificate are wanted")
    own = [found for found in chain if found.public_key() == private.public_key()]
    if not own:
        raise ValueError("the key belongs to none of the certificates")
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return der, [own[0], *(found for found in chain if found != own[0])]


def signer_in_memory(key: bytes, chain: list[x509.Certificate]) -> signers.Signer:
    certificates = [asn1_certificate(certificate) for certificate in chain]
    store = SimpleCertificateStore()
    store.register_multiple(certificates)
    return signers.SimpleSigner(
        signing_cert=certificates[0], signing_key=asn1_keys.PrivateKeyInfo.load(key), cert_registry=store
    )


def asn1_certificate(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
