"""The PDF's own signature: PAdES by a self-made certificate, and by one of a made-up CA with time stamps and CRLs."""

import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.document.render import render_pdf
from certificates.document.signature_check import check_signature
from certificates.document.signing import (
    PdfIdentity,
    asn1_certificate,
    make_self_signed,
    read_key,
    sign_pdf,
    signer_in_memory,
)  # fmt: skip
from tests.certificates.document.test_pdf import CREDENTIAL, DOCUMENT

NOW = datetime.now(UTC).replace(microsecond=0)
PKCS8 = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return render_pdf(DOCUMENT, CREDENTIAL)


@pytest.fixture(scope="module")
def own() -> PdfIdentity:
    key, chain = read_key(make_self_signed("示例主管机构", "pass", at=NOW), "pass")
    return PdfIdentity(signer_in_memory(key, chain))


@pytest.fixture(scope="module")
def ours(own) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(own.signer.signing_cert.dump())]


@pytest.fixture(scope="module")
def signed(drawn, own) -> bytes:
    return sign_pdf(drawn, own)


class Authority:
    """A CA of the tests: a root, its revocation list, and whatever it certifies."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self.certify("Test Root", self.key, ca=True)

    def certify(self, name: str, key, *, ca: bool = False, stamps_time: bool = False) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test Root")])
        rights = (not ca, not ca, False, False, False, ca, ca, False, False)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=2)).not_valid_after(NOW + timedelta(days=700))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(*rights), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )  # fmt: skip
        if stamps_time:
            builder = builder.add_extension(x509.ExtendedKeyUsage([x509.OID_TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def crl(self) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder().issuer_name(self.root.subject)
            .last_update(NOW - timedelta(days=1)).next_update(NOW + timedelta(days=30))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )  # fmt: skip
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def timestamper(self) -> DummyTimeStamper:
        key = rsa.generate_private_key(65537, 2048)
        certificate = asn1_certificate(self.certify("Test TSA", key, stamps_time=True))
        store = SimpleCertificateStore()
        store.register_multiple([certificate, asn1_certificate(self.root)])
        return DummyTimeStamper(certificate, asn1_keys.PrivateKeyInfo.load(key.private_bytes(*PKCS8)), store)

    def context(self, *, crls: bool = True) -> ValidationContext:
        return ValidationContext(
            trust_roots=[asn1_certificate(self.root)], crls=[self.crl()] if crls else [], allow_fetching=False,
            revocation_mode="require",
        )  # fmt: skip

    def bought(self, passphrase: str = "pw") -> tuple[bytes, list[x509.Certificate]]:
        """A certificate as a CA delivers it: PKCS #12 with the chain."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = self.certify("示例主管机构", key)
        cipher = serialization.BestAvailableEncryption(passphrase.encode())
        return read_key(
            pkcs12.serialize_key_and_certificates(b"seal", key, certificate, [self.root], cipher), passphrase
        )


@pytest.fixture(scope="module")
def ca() -> Authority:
    return Authority()


def status_of(pdf: bytes, root) -> object:
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    return validate_pdf_signature(signature, signer_validation_context=context, ts_validation_context=context)


def updated(pdf: bytes) -> bytes:
    """An incremental update, as editors write it: the first page gets another size."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = NumberObject(90)
    writer.update_container(page)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def without_attachment(pdf: bytes) -> bytes:
    opened = pikepdf.open(io.BytesIO(pdf))
    del opened.attachments["credential.json"]
    for entry in ("/AF", "/Names"):
        if entry in opened.Root:
            del opened.Root[entry]
    buffer = io.BytesIO()
    opened.save(buffer)
    return buffer.getvalue()


def flipped(pdf: bytes) -> bytes:
    at = pdf.index(b"stream\n") + 40
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def test_pyhanko_takes_the_fresh_file(signed, own):
    status = status_of(signed, own.signer.signing_cert)
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert status.docmdp_ok and status.modification_level == ModificationLevel.NONE
    reference = PdfFileReader(io.BytesIO(signed)).embedded_signatures[0]
    assert reference.sig_object["/SubFilter"] == "/ETSI.CAdES.detached" and reference.docmdp_level.value == 1


def test_what_was_drawn_stays(signed, drawn):
    """Attachment, metadata and the claim of PDF/A-3b are those of the drawn file: the signature is appended."""
    assert signed.startswith(drawn)
    before, after = pikepdf.open(io.BytesIO(drawn)), pikepdf.open(io.BytesIO(signed))
    assert after.attachments["credential.json"].get_file().read_bytes() == CREDENTIAL
    assert str(after.Root.AF[0].AFRelationship) == "/Data"
    assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
    with after.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")


def test_our_check(signed, drawn, ours):
    assert check_signature(signed, ours) == "whole"
    assert check_signature(updated(signed), ours) == "added"
    assert check_signature(signed + b"\n", ours) == "added"
    assert check_signature(flipped(signed), ours) == "changed"
    assert check_signature(without_attachment(signed), ours) in ("changed", "none")
    assert check_signature(drawn, ours) == "none"
    assert check_signature(signed, []) == "foreign"


def test_a_signature_of_somebody_else(drawn, ours):
    key, chain = read_key(make_self_signed("示例主管机构", at=NOW))
    assert check_signature(sign_pdf(drawn, PdfIdentity(signer_in_memory(key, chain))), ours) == "foreign"


@pytest.mark.parametrize(
    "tail",
    [
        b"/ByteRange [0 1 2 3]", b"/ByteRange [0 9 11 999999999]", b"/ByteRange [5 9 11 2]", b"/ByteRange [0 x",
        b"/ByteRange [0 22 24 1] <" + b"0" * 50 + b">", b"/ByteRange" + b" " * 4000 + b"[",
    ],
)  # fmt: skip
def test_rubbish_is_changed_and_nothing_raises(tail, ours):
    assert check_signature(b"%PDF-1.7\n" + tail, ours) == "changed"


def test_digits_that_are_no_signature(signed, ours):
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    for rubbish in (b"00" * 20, b"3080" * 10, b"ff" * 20, signed[start + 40 : start + 80]):
        assert check_signature(signed[:start] + rubbish + signed[start + len(rubbish) :], ours) == "changed"


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="pdfsig (poppler-utils) is not installed")
def test_poppler_agrees(signed, tmp_path):
    def told(pdf: bytes) -> str:
        path = tmp_path / "c.pdf"
        path.write_bytes(pdf)
        return subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout

    fresh = told(signed)
    assert "Signature is Valid." in fresh and "Total document signed" in fresh
    assert "Not total document signed" in told(updated(signed))
    assert "Signature is Valid." not in told(flipped(signed))


def test_pyhanko_refuses_the_changed_ones(signed, own):
    assert not status_of(updated(signed), own.signer.signing_cert).bottom_line
    assert not status_of(flipped(signed), own.signer.signing_cert).intact


def test_a_bought_certificate_with_time_and_validation_data(drawn, ca):
    """B-T names the authority's time; B-LT adds what checks it in years to come, and still covers the whole file."""
    key, chain = ca.bought()
    signer, stamps = signer_in_memory(key, chain), ca.timestamper()
    timed = PdfIdentity(signer, stamps)
    lasting = PdfIdentity(signer, stamps, ca.context)
    assert (PdfIdentity(signer).profile, timed.profile, lasting.profile) == ("B-B", "B-T", "B-LT")
    stamped = status_of(sign_pdf(drawn, timed), asn1_certificate(ca.root))
    assert stamped.bottom_line and stamped.timestamp_validity.valid
    pdf = sign_pdf(drawn, lasting)
    assert status_of(pdf, asn1_certificate(ca.root)).bottom_line and check_signature(pdf, chain[:1]) == "whole"
    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(pdf)))
    assert store.crls and len(store.certs) >= 2


def test_no_lasting_profile_without_revocation_data(drawn, ca):
    key, chain = ca.bought()
    identity = PdfIdentity(signer_in_memory(key, chain), ca.timestamper(), lambda: ca.context(crls=False))
    with pytest.raises(SigningError):
        sign_pdf(drawn, identity)


def test_key_files(ca):
    pem = make_self_signed("示例", "secret", at=NOW)
    assert b"ENCRYPTED" in pem and b"ENCRYPTED" not in make_self_signed("示例", at=NOW)
    for wrong in ("", "other"):
        with pytest.raises((ValueError, TypeError)):
            read_key(pem, wrong)
    with pytest.raises(ValueError, match="none of the certificates"):
        read_key(make_self_signed("甲", at=NOW).split(b"-----BEGIN CERT")[0]
                 + ca.root.public_bytes(serialization.Encoding.PEM))  # fmt: skip
    assert ca.bought()[1][1] == ca.root
