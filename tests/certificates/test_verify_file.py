"""A certificate file brought to the verify page: what is inside decides, by signature and register."""

import io
import json
import zlib

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from certificates.credential import proof
from certificates.credential.carriers import MAX_FILE, bake_png, bake_svg
from certificates.filecheck import verify_file
from certificates.models import IssuedCredential, Lookup, SigningKey
from tests.certificates.credential.conftest import make_signer
from tests.factories.certificates import settle

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>'


@pytest.fixture
def issued(certificate) -> IssuedCredential:
    return certificate.credentials.get()


@pytest.fixture
def text(issued) -> str:
    return issued.credential


@pytest.fixture
def pdf(issued) -> bytes:
    with storages["private"].open(issued.pdf_name) as file:
        return file.read()


def judge(raw: bytes | str):
    return verify_file(raw.encode() if isinstance(raw, str) else raw, at=timezone.now())


def state(raw: bytes | str) -> str:
    return judge(raw).verdict.state


def upload(client, raw: bytes, name: str = "x.bin"):
    return client.post(reverse("verify_file"), {"file": SimpleUploadedFile(name, raw)})


def picture() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    return buffer.getvalue()


def test_json_as_issued(certificate, text):
    found = judge(text)
    assert (found.verdict.state, found.verdict.name) == ("valid", certificate.holder_name)
    assert (found.kind, found.as_issued) == ("json", True)
    assert {check.outcome for check in found.checks} == {"ok"}


def test_json_written_anew_is_good_but_not_the_same_bytes(text):
    found = judge(json.dumps(json.loads(text)))
    assert (found.verdict.state, found.as_issued) == ("valid", False)


def test_pdf_as_issued(pdf):
    found = judge(pdf)
    assert (found.verdict.state, found.kind, found.as_issued, found.page_changed) == ("valid", "pdf", True, False)


def test_a_good_attachment_in_another_pdf_is_said(pdf, text):
    pikepdf = pytest.importorskip("pikepdf")
    other = pikepdf.new()
    other.add_blank_page()
    other.attachments["credential.json"] = pikepdf.AttachedFileSpec(other, text.encode(), filename="credential.json")
    buffer = io.BytesIO()
    other.save(buffer)
    for raw in (buffer.getvalue(), pdf.replace(b"%%EOF", b"%%EOF\n% more")):
        found = judge(raw)
        assert (found.verdict.state, found.page_changed) == ("valid", True)


def test_pictures(text):
    for raw in (bake_png(picture(), text), bake_svg(SVG, text)):
        found = judge(raw)
        assert (found.verdict.state, found.as_issued, found.picture) == ("valid", None, "other")


def test_one_changed_character(certificate, text, pdf):
    changed = text.replace(certificate.holder_name, certificate.holder_name + "甲")
    assert changed != text
    assert state(changed) == "altered"
    assert state(bake_svg(SVG, changed)) == "altered"
    assert judge(changed).verdict.known is False and judge(changed).verdict.name == ""


def test_a_changed_id_finds_nothing_and_is_altered(text, certificate):
    assert state(text.replace(str(certificate.uuid), "00000000-0000-4000-8000-000000000001")) == "altered"


def test_a_swapped_proof(text):
    document = json.loads(text)
    other = proof.sign(
        {k: v for k, v in document.items() if k != "proof"} | {"name": "其他"}, make_signer(), at=timezone.now()
    )
    for own, foreign in zip(document["proof"], other["proof"], strict=True):
        own["proofValue"] = foreign["proofValue"]
    assert state(json.dumps(document)) == "altered"


def test_another_key_under_our_name(text):
    document = json.loads(text)
    key = SigningKey.objects.get()
    forged = proof.sign(
        {k: v for k, v in document.items() if k != "proof"}, make_signer(key.key_id, key.did), at=timezone.now()
    )
    assert state(json.dumps(forged)) == "altered"


def test_somebody_elses_certificate(text):
    did = json.loads(text)["issuer"]["id"]
    assert state(text.replace(did, "did:web:else.example")) == "not_ours"


def test_an_extra_term_and_a_doubled_member(text):
    assert state(json.dumps(json.loads(text) | {"honour": "1"})) == "altered"
    assert state(text.replace("{", '{"name": "甲", ', 1)) == "altered"


@pytest.mark.parametrize(("kind", "reason"), [("revoked", "misconduct"), ("suspended", "investigation")])
def test_the_register_speaks_before_the_next_status_list(certificate, text, pdf, officer, kind, reason):
    settle(certificate, kind, reason=reason, by=officer, at=timezone.now())
    assert state(text) == state(pdf) == kind


def test_a_lifted_suspension_is_not_told(certificate, text, officer, client_for, run_jobs):
    """The file from before is an earlier copy, which other people's software refuses; why, is nobody's business any more."""
    for kind, reason in (("suspended", "investigation"), ("reinstated", "cleared")):
        settle(certificate, kind, reason=reason, by=officer, at=timezone.now())
        run_jobs()
    found = judge(text)
    assert (found.verdict.state, found.older.number, found.older.reason) == ("valid", 1, "")
    page = upload(client_for(None, "en"), text.encode()).content.decode()
    assert "earlier copy" in page and "Public reason" not in page


def test_expired(text, certificate):
    from datetime import timedelta

    later = timezone.now() + timedelta(days=366 * 10)
    found = verify_file(text.encode(), at=later)
    assert found.verdict.state == "expired"
    with override("en"):
        page = render_to_string("certificates/_verdict.html", {"verdict": found.verdict, "file": found})
    assert f"It was valid until {certificate.valid_until:%Y-%m-%d}." in page


def test_a_withdrawn_key(text):
    SigningKey.objects.update(status="compromised", withdrawn_as_of=timezone.now())
    assert state(text) == "key_withdrawn"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "unknown_kind"), (b"PK\x03\x04" + b"\0" * 500, "packed"), (b"\xff" * 999, "unknown_kind"),
        (b"%PDF-1.7\n%%EOF", "none_inside"), (b"x" * (MAX_FILE + 1), "too_large"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 60, "damaged"), (b"<svg>", "damaged"), (SVG.encode(), "none_inside"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><svg>&b;</svg>', "damaged"), (b'{"a": 1}', "none_inside"),
        (b"{" * 5000, "none_inside"), (b'{"id": ' + b"[" * 100_000, "none_inside"),
        (b"%PDF-1.7\n1 0 obj\n<</Type/EmbeddedFile/Filter/FlateDecode>>\nstream\n" + zlib.compress(b"{" * 2**24), "too_large"),
    ],
)  # fmt: skip
def test_garbage_and_bombs(db, raw, problem):
    found = judge(raw)
    assert (found.verdict.state, found.problem) == ("unreadable", problem)


def test_what_comes_with_a_certificate_is_not_called_altered(certificate, client_for):
    """Our own status list, log proof and keys, and a receipt: each said as what it is, with what to bring instead."""
    proof = client_for(certificate.holder).get(reverse("certificate_log_proof", args=[certificate.uuid])).content
    status, keys = (client_for(None).get(url).content for url in ("/status/1/", "/.well-known/did.json"))
    for raw in (status, proof, keys):
        found = judge(raw)
        assert (found.verdict.state, found.problem) == ("unreadable", "beside")
    page = upload(client_for(None, "en"), status).content.decode()
    assert "not the certificate itself" in page and "changed after it was signed" not in page
    page = upload(client_for(None, "en"), b'{"statement": {}, "jws": "a.b.c"}').content.decode()
    box = page.split("verdict__word")[1].split("</section>")[0]
    assert "This file is a receipt" in box and reverse("receipt_check") in box


def test_a_package_is_not_called_empty(client_for, db):
    page = upload(client_for(None, "en"), b"PK\x03\x04" + bytes(500)).content.decode()
    assert "This is a whole package" in page and "no certificate in this file" not in page
    assert reverse("verify_offline") in page.split("verdict__word")[1].split("</section>")[0]


def test_two_signed_parts(text):
    assert judge(bake_png(bake_png(picture(), text), text)).problem == "more_than_one"


@pytest.mark.parametrize("kind", ["good", "altered", "unreadable"])
def test_two_queries_whatever_the_file(text, django_assert_num_queries, client_for, kind):
    raw = {"good": text, "altered": text.replace("Open Badge", "Open"), "unreadable": "?"}[kind].encode()
    client = client_for(None)
    with django_assert_num_queries(2 if kind == "unreadable" else 3):
        upload(client, raw)


def test_the_page(client_for, text, certificate, pdf, employer):
    page = upload(client_for(employer), pdf).content.decode()
    assert "verdict--ok" in page and certificate.holder_name in page
    changed = upload(client_for(None, "en"), pdf + b"\n")
    assert "The page of this PDF is not the one we issued." in changed.content.decode()
    assert "verdict--ok" not in changed.content.decode()
    altered = upload(client_for(None, "en"), text.replace(certificate.number, "TM-J-00000-00000-0").encode())
    assert "This file was changed after it was signed." in altered.content.decode()
    assert certificate.holder_name not in altered.content.decode()
    nothing = client_for(None).post(reverse("verify_file"))
    assert nothing.status_code == 422
    rows = Lookup.objects.filter(way="file").order_by("pk")
    assert [(r.certificate_id, bool(r.organisation_id)) for r in rows] == [
        (certificate.pk, True), (certificate.pk, False), (None, False),
    ]  # fmt: skip


def test_too_large_is_refused_unread(client_for, db):
    page = upload(client_for(None), b"x" * (3 * 1024 * 1024))
    assert page.status_code == 413
    assert not Lookup.objects.exists()


def test_json_answers(client_for, text, pdf):
    client = client_for(None)
    address = reverse("verify_file_json")
    answer = client.post(address, data=pdf, content_type="application/octet-stream")
    assert answer.status_code == 200
    assert answer.json()["state"] == "valid"
    assert answer.json()["file"] == {
        "kind": "pdf", "as_issued": True, "problem": None, "page_changed": False, "older_copy": None, "withdrawn_key": None,
        "learner_record": None, "picture": None, "signature": "whole", "withdrawn_pdf_key": None,
    }  # fmt: skip
    assert [check["name"] for check in answer.json()["checks"]] == ["form", "schema", "issuer", "proof", "dates", "status"]
    bad = client.post(address, data=text.replace("2026", "2025"), content_type="application/json")
    assert bad.status_code == 200 and bad.json()["state"] == "altered" and "number" not in bad.json()
    assert client.post(address, {"file": SimpleUploadedFile("c.json", text.encode())}).json()["state"] == "valid"
    assert client.get(address).status_code == 405


def test_rate_limit(client_for, db):
    client = client_for(None)
    codes = [upload(client, b"?").status_code for _ in range(22)]
    assert codes == [200] * 20 + [429] * 2
