"""The signature of the issued PDF: made once by the worker, and told on the page that checks files."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from certificates.file_verdict import PDF_SIGNATURES
from certificates.filecheck import verify_file
from certificates.issuing import issue
from certificates.models import IssuedCredential, PdfSigner
from certificates.pdf_keys import pdf_identity
from lms.lib.hashing import data_hash
from tests.certificates.document.test_signing import Authority, flipped, updated, without_attachment


@pytest.fixture
def certificate(fresh_certificate):
    return fresh_certificate


@pytest.fixture
def issued(certificate) -> IssuedCredential:
    return certificate.credentials.get()


@pytest.fixture
def pdf(issued) -> bytes:
    with storages["private"].open(issued.pdf_name) as file:
        return file.read()


def signature_of(raw: bytes) -> str:
    return verify_file(raw, at=timezone.now()).signature


def upload(client, raw: bytes) -> str:
    return client.post(reverse("verify_file"), {"file": SimpleUploadedFile("x.pdf", raw)}).content.decode()


def unsigned(issued: IssuedCredential) -> None:
    """As it was before PDFs were signed. Rows of fact refuse to be changed, so by hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE certificates_issuedcredential SET pdf_signer_id = NULL, pdf_profile = '' WHERE id = %s", [issued.pk]
        )


def test_signed_once_and_kept(certificate, issued, pdf, at):
    assert (issued.pdf_signer.self_made, issued.pdf_profile) == (True, "B-B")
    assert issued.pdf_sha256 == data_hash(pdf)  # the register holds the hash of the signed bytes
    assert issue(certificate, at=timezone.now()).pk == issued.pk
    assert PdfSigner.objects.count() == 1
    pdf_identity(at=timezone.now())
    assert PdfSigner.objects.count() == 1


@pytest.mark.parametrize(
    ("subject", "name"),
    [("CN=示例主管机构,O=示例主管机构", "示例主管机构"), ("O=B,CN=A\\, B,C=CN", "A, B"), ("O=某机构", "O=某机构")],
)
def test_the_signer_by_its_name(subject, name):
    assert PdfSigner(subject=subject).name == name


def test_what_the_page_says(client_for, pdf, issued):
    client = client_for(None, "en")
    for raw, state in (
        (pdf, "whole"), (updated(pdf), "added"), (flipped(pdf), "changed"), (pdf + b"\n", "added"),
        (pdf[: pdf.rindex(b"/ByteRange")] + b"/x", "removed"),
    ):  # fmt: skip
        assert signature_of(raw) == state
    assert "signature is whole" in upload(client, pdf) and "call the signer unknown" in upload(client, pdf)
    assert "something was added to it afterwards" in upload(client, updated(pdf))
    unsigned(issued)
    bare = pdf[: pdf.rindex(b"/ByteRange")] + b"/x"
    assert signature_of(bare) == "unsigned" and "before we began to sign" in upload(client, bare)


def test_the_attachment_taken_out(client_for, pdf, django_assert_num_queries):
    """By an incremental update it is still found; written anew, the signature tells that the file is no longer whole."""
    found = verify_file(without_attachment(pdf), at=timezone.now())
    assert (found.verdict.state, found.problem) == ("unreadable", "none_inside")
    cut = pdf.replace(b"/EmbeddedFile", b"/EmbeddedFild")
    with django_assert_num_queries(2):
        assert signature_of(cut) == "changed"
    assert "its signature no longer fits" in upload(client_for(None, "en"), cut)


def test_three_queries_for_a_pdf(pdf, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert signature_of(pdf) == "whole"


def test_a_bought_certificate_by_setting(settings, tmp_path, db):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12

    ca, key = Authority(), ec.generate_private_key(ec.SECP256R1())
    cipher = serialization.BestAvailableEncryption(b"pw")
    path = tmp_path / "seal.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"s", key, ca.certify("Bought", key), [ca.root], cipher))
    roots = tmp_path / "roots.pem"
    roots.write_bytes(ca.root.public_bytes(serialization.Encoding.PEM))
    settings.PDF_SIGNER, settings.PDF_SIGNER_PASSPHRASE = str(path), "pw"
    settings.TIMESTAMP_URL, settings.PDF_TRUST, settings.PDF_CRL_DIR = "http://tsa.invalid/", str(roots), str(tmp_path)
    identity, row = pdf_identity(at=timezone.now())
    assert (row.subject, row.self_made, identity.profile) == ("CN=Bought", False, "B-LT")
    settings.PDF_TRUST = ""
    assert pdf_identity(at=timezone.now())[0].profile == "B-T"
    with pytest.raises(ValueError, match="not valid"):
        pdf_identity(at=timezone.now() + timedelta(days=900))


def test_the_next_self_made_one_comes_when_the_first_has_run_out(settings, tmp_path, db):
    settings.KEYS_DIR = tmp_path / "keys"
    now = timezone.now()
    first, later = pdf_identity(at=now)[1], pdf_identity(at=now + timedelta(days=3700))[1]
    assert first.pk != later.pk and pdf_identity(at=now)[1].pk == first.pk
    files = sorted(settings.KEYS_DIR.iterdir())
    assert [file.name for file in files] == ["pdf-001.pem", "pdf-002.pem"]
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}


def test_a_profile_needs_a_signer(issued):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE certificates_issuedcredential SET pdf_signer_id = NULL WHERE id = %s", [issued.pk])


def test_every_state_has_words():
    assert set(PDF_SIGNATURES) == {"whole", "added", "changed", "foreign", "removed", "unsigned", "withdrawn", "stamped"}
