"""What signs PDFs can be withdrawn: what is said of the files, who gets a fresh PDF, and how the next key comes in."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates import issuing
from certificates.audit import award_findings
from certificates.document.signing import PdfIdentity, read_key, sign_pdf, signer_in_memory
from certificates.filecheck import verify_file
from certificates.fresh_pdfs import draw_afresh, not_to_be_relied_on
from certificates.models import (
    AuditFinding,
    AuditRepair,
    Certificate,
    FreshPdf,
    PdfSigner,
    PdfSignerWithdrawal,
    StatusList,
)
from certificates.pdf_keys import SignerWithdrawn, announce_signer, pdf_identity
from certificates.repairs import proposals
from lms.lib.errors import WrongState
from tests.certificates.document.test_signing import updated, without_attachment
from tests.certificates.log import tsa
from tests.factories.certificates import settle


@pytest.fixture
def certificate(fresh_certificate):
    return fresh_certificate


def bytes_of(pdf) -> bytes:
    with storages["private"].open(pdf.pdf_name) as file:
        return file.read()


def told(raw: bytes):
    return verify_file(raw, at=timezone.now())


def withdraw(officer, *, as_of=None, at=None) -> PdfSignerWithdrawal:
    at = at or timezone.now()
    return PdfSigner.objects.first().withdraw(as_of=as_of or at, reason="演练", by=officer, at=at)


@pytest.fixture
def stamped(settings, tmp_path, edition, request):
    """A certificate whose PDF has a time stamp of the tests' own authority, which is trusted."""
    with tsa.over_http() as address:
        settings.TIMESTAMP_URL, settings.PDF_TRUST = address, str(tsa.roots_file(tmp_path))
        certificate = request.getfixturevalue("certificate")
        yield certificate.credentials.get()


def test_without_a_stamp_nothing_shows_that_a_pdf_is_older(certificate, officer, client_for):
    """Not even one from long before the moment: whoever has the key writes any date into a signature without a stamp."""
    copy = certificate.credentials.get()
    raw = bytes_of(copy)
    withdrawal = withdraw(officer)
    file = told(raw)
    assert (file.verdict.state, file.as_issued, file.signature) == ("valid", True, "withdrawn")
    assert file.as_json()["file"]["withdrawn_pdf_key"] == {
        "as_of": timezone.localdate(withdrawal.as_of).isoformat(), "stamped_on": None, "fresh_pdf_on": None,
    }  # fmt: skip
    page = client_for(None, "en").post(reverse("verify_file"), {"file": SimpleUploadedFile("x.pdf", raw)}).content.decode()
    assert "ask the holder for a fresh PDF" in page and "signature is whole" not in page
    assert told(copy.credential.encode()).verdict.state == "valid"  # the signed part is of another key


def test_a_forger_with_the_key(certificate, officer, settings):
    """A false page around a true attachment, well signed: never the one that we issued, and no word for its signature."""
    copy = certificate.credentials.get()
    raw, signed_by = bytes_of(copy), copy.pdf_signer.certificate()
    kept = [read_key(path.read_bytes(), settings.KEY_PASSPHRASE) for path in settings.KEYS_DIR.glob("pdf-*.pem")]
    (stolen,) = [(key, chain) for key, chain in kept if chain[0] == signed_by]  # other tests leave keys behind
    thief = PdfIdentity(signer_in_memory(*stolen), tsa.local_stamper())
    drawn = raw[: raw.index(b"%%EOF") + 6]  # without what was appended: the signature
    forged = sign_pdf(drawn, thief)
    assert (told(forged).signature, told(forged).as_issued) == ("whole", False)
    withdraw(officer)
    for file in (told(forged), told(updated(raw)), told(forged.replace(b"/EmbeddedFile", b"/EmbeddedFild"))):
        assert file.signature in ("withdrawn", "changed") and not file.as_issued
    assert told(forged).signature == told(updated(raw)).signature == "withdrawn"
    bare = sign_pdf(without_attachment(drawn), thief)  # nothing inside, and yet our signature
    assert (told(bare).verdict.state, told(bare).signature) == ("unreadable", "withdrawn")


@pytest.mark.parametrize(("moment", "state"), [(timedelta(minutes=5), "stamped"), (timedelta(minutes=-5), "withdrawn")])
def test_a_trusted_stamp_on_both_sides_of_the_moment(stamped, officer, run_jobs, moment, state):
    raw, later = bytes_of(stamped), timezone.now() + timedelta(minutes=10)
    assert stamped.pdf_profile == "B-T" and told(raw).signature == "whole"
    withdrawal = withdraw(officer, as_of=timezone.now() + moment, at=later)
    file = told(raw)
    assert file.signature == state
    on = timezone.localdate() if state == "stamped" else None
    assert file.withdrawn_signer.stamped_on == on
    assert len(list(not_to_be_relied_on([withdrawal]))) == (state == "withdrawn")
    run_jobs()
    assert FreshPdf.objects.count() == (state == "withdrawn")
    codes = {finding.code for finding in award_findings(at=later + timedelta(hours=2))}
    assert "pdf_key" not in codes


def test_a_stamp_nobody_trusts_is_none(stamped, officer, settings, tmp_path):
    raw = bytes_of(stamped)
    withdraw(officer, as_of=timezone.now() + timedelta(minutes=5), at=timezone.now() + timedelta(minutes=10))
    assert told(raw).signature == "stamped"
    from tests.certificates.document.test_signing import Authority

    other = tmp_path / "other.pem"
    other.write_bytes(Authority().root.public_bytes(serialization.Encoding.PEM))
    for roots in (str(other), ""):
        settings.PDF_TRUST = roots
        assert told(raw).signature == "withdrawn"


def test_those_that_stand_get_a_fresh_pdf_and_nothing_else_changes(certificate, officer, run_jobs, mailoutbox, client_for):
    copy = certificate.credentials.get()
    old, mailoutbox[:] = bytes_of(copy), []
    withdraw(officer)
    run_jobs()
    fresh = FreshPdf.objects.get()
    assert (fresh.number, fresh.copy, fresh.pdf_signer.withdrawn) == (2, copy, None)
    assert certificate.credentials.count() == 1 and StatusList.objects.get().set_bits() == []
    assert told(copy.credential.encode()).verdict.state == "valid"
    new = told(bytes_of(fresh))
    assert (new.verdict.state, new.as_issued, new.signature) == ("valid", True, "whole")
    assert told(old).withdrawn_signer.fresh_on == timezone.localdate()
    (mail,) = mailoutbox
    assert mail.to == [certificate.holder.email] and str(certificate.uuid) in mail.body
    client = client_for(certificate.holder, "en")
    assert b"".join(client.get(reverse("certificate_pdf", args=[certificate.uuid])).streaming_content) == bytes_of(fresh)
    assert "signed afresh on" in client.get(reverse("certificate_detail", args=[certificate.uuid])).content.decode()
    assert draw_afresh(copy, at=timezone.now()) is None  # done once
    assert ModelLogEntry.objects.get(action="certificates.pdf_signer.withdraw").user == officer
    withdraw_again = PdfSigner.objects.last().withdraw(as_of=timezone.now(), reason="再次", by=officer, at=timezone.now())
    run_jobs()
    assert [pdf.number for pdf in copy.fresh_pdfs.all()] == [2, 3] and withdraw_again.signer == fresh.pdf_signer


def test_a_revoked_certificate_gets_none(certificate, officer, run_jobs):
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    withdraw(officer)
    run_jobs()
    assert not FreshPdf.objects.exists()


def test_the_audit_finds_who_was_left_out_and_proposes_a_fresh_one(certificate, officer, run_jobs):
    at = timezone.now()
    withdraw(officer)
    connection.cursor().execute("DELETE FROM jobs_job WHERE kind = 'certificates.draw_afresh'")
    assert "pdf_key" not in {finding.code for finding in award_findings(at=at)}  # the worker has an hour
    AuditFinding.objects.record(list(award_findings(at=at + timedelta(hours=2))), at=at + timedelta(hours=2))
    finding = AuditFinding.objects.get()
    assert (finding.code, finding.subject) == ("pdf_key", certificate.number)
    (proposal,) = proposals(finding)
    assert proposal.kind == "fresh_pdf"
    plan = [[str(cell) for cell in row] for row in proposal.plan]
    repair = AuditRepair.accept(finding, proposal.kind, plan=plan, by=officer, at=timezone.now())
    run_jobs()
    repair.refresh_from_db()
    finding.refresh_from_db()
    assert (repair.state, finding.status, FreshPdf.objects.count()) == ("done", "gone", 1)
    assert list(award_findings(at=at + timedelta(hours=2))) == []


def test_a_withdrawn_key_signs_nothing(certificate, officer, settings, tmp_path, monkeypatch):
    before = pdf_identity(at=timezone.now())
    withdraw(officer)
    row = pdf_identity(at=timezone.now())[1]
    assert row != before[1] and not row.withdrawn
    key = ec.generate_private_key(ec.SECP256R1())
    bought = tmp_path / "bought.pem"
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = tsa.authority().certify("Bought", key)
    bought.write_bytes(key.private_bytes(*pem) + chain.public_bytes(serialization.Encoding.PEM))
    settings.PDF_SIGNER = str(bought)
    pdf_identity(at=timezone.now())[1].withdraw(as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    with pytest.raises(SignerWithdrawn, match="LMS_PDF_SIGNER"):
        pdf_identity(at=timezone.now())
    monkeypatch.setattr("certificates.pdf_keys.pdf_identity", lambda *, at: before)  # it went while this was drawn
    with pytest.raises(issuing.KeyGone):
        issuing.issue_further(Certificate.objects.get(), by=officer, at=timezone.now())
    assert certificate.credentials.count() == 1


def test_the_next_one_is_published_before_it_signs(certificate, client, settings, django_assert_num_queries):
    settings.KEY_OVERLAP_HOURS = 72
    at, out = timezone.now(), StringIO()
    first = pdf_identity(at=at)[1]
    call_command("rotate_pdf_key", stdout=out)
    assert "signs from" in out.getvalue()
    with django_assert_num_queries(1):
        listed = client.get(reverse("pdf_signers")).json()["signers"]
    assert [row["fingerprint"] == first.fingerprint for row in listed] == [True, False]
    assert pdf_identity(at=at + timedelta(hours=71))[1] == first
    assert pdf_identity(at=at + timedelta(hours=73))[1].fingerprint == listed[1]["fingerprint"]
    with pytest.raises(WrongState):
        announce_signer(at=at)
    with pytest.raises(CommandError):
        call_command("rotate_pdf_key", file="/no/such/file.p12")
    assert told(bytes_of(certificate.credentials.get())).signature == "whole"


def test_the_command(certificate, officer, registrar, run_jobs, client):
    signer, out = PdfSigner.objects.get(), StringIO()
    given = {"as_of": "2026-01-01", "reason": "演练", "by": officer.email}
    short = signer.fingerprint.removeprefix("sha256:")[:12]
    call_command("withdraw_pdf_key", short, **given, dry_run=True, stdout=out)
    assert "would get a fresh PDF: 1" in out.getvalue() and not PdfSignerWithdrawal.objects.exists()
    for changed in ({"by": registrar.email}, {"as_of": "gestern"}, {"reason": " "}, {"as_of": "2126-01-01"}):
        with pytest.raises(CommandError):
            call_command("withdraw_pdf_key", short, **(given | changed))
    for wrong in ("0" * 12, short[:4]):
        with pytest.raises(CommandError):
            call_command("withdraw_pdf_key", wrong, **given)
    call_command("withdraw_pdf_key", short, **given, stdout=out)
    assert "to get a fresh PDF: 1" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("withdraw_pdf_key", short, **given)
    listed = json.loads(client.get(reverse("pdf_signers")).content)["signers"]
    assert listed[0]["withdrawn_as_of"].startswith("2025-12-31T16") or listed[0]["withdrawn_as_of"].startswith("2026-01-01")


def test_the_database_wants_a_reason_and_a_moment_that_has_passed(certificate, officer):
    at = timezone.now()
    for values in ({"reason": "", "as_of": at}, {"reason": "演练", "as_of": at + timedelta(days=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PdfSignerWithdrawal.objects.create(
                signer=PdfSigner.objects.get(), withdrawn_at=at, withdrawn_by=officer, **values
            )
