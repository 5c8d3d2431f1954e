"""Receipts: what was answered, signed; checked by anyone; nothing can be put into our mouth."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates import receipts
from certificates.keystore import public_did_document
from certificates.models import ReceiptKey
from certificates.numbers import new_number
from certificates.receipt_keys import encode
from certificates.verification import verify_by_number
from tests.factories.certificates import settle


def offered(certificate, *, name=None, at=None):
    at = at or timezone.now()
    verdict = verify_by_number(certificate.number, name or certificate.holder_name, at=at)
    return receipts.offer(verdict, "number", certificate.number)


def signed(certificate, **kwargs):
    return receipts.sign(receipts.statement_on(receipts.taken_up(offered(certificate, **kwargs))), at=timezone.now())


def test_it_works(certificate, client):
    page = client.post(reverse("verify"), {"number": certificate.number, "name": certificate.holder_name})
    answer = page.content.decode().split('name="answer" value="')[1].split('"')[0]
    receipt = client.post(reverse("receipt_make"), {"answer": answer}).content.decode()
    assert certificate.number in receipt and certificate.holder_name not in receipt
    file = client.post(reverse("receipt_make"), {"answer": answer, "format": "json"})
    assert certificate.holder_name not in file.content.decode()
    upload = SimpleUploadedFile("receipt.json", file.content)
    checked = client.post(reverse("receipt_check"), {"receipt": upload}).content.decode()
    assert "verdict--ok" in checked and certificate.number in checked
    statement = file.json()["statement"]
    assert statement["answer"]["state"] == "valid" and statement["asked"] == {"number": certificate.number, "by": "number"}


def test_a_miss_can_be_shown_too(certificate):
    assert receipts.check(signed(certificate, name="某某某")).statement["answer"]["state"] == "unknown"


def test_any_jose_library_reads_it(certificate, client):
    """By the standard's own steps, with nothing of ours but the published key."""
    jwt = pytest.importorskip("jwt")
    jws = signed(certificate)
    published = jwt.PyJWKSet.from_dict(client.get(reverse("receipt_keys")).json())
    key = published[jwt.get_unverified_header(jws)["kid"]]
    assert jwt.decode(jws, key, algorithms=["EdDSA"])["answer"]["state"] == "valid"


def test_we_sign_only_what_we_answered(certificate, client):
    answer = offered(certificate)
    for wrong in ("", "x", answer[:-1] + ("A" if answer[-1] != "A" else "B"), answer.replace(":", ".", 1)):
        assert client.post(reverse("receipt_make"), {"answer": wrong}).status_code == 422


def test_an_old_answer_gets_no_receipt(certificate, monkeypatch):
    answer = offered(certificate)
    monkeypatch.setattr(receipts, "OFFER_SECONDS", -1)
    assert receipts.taken_up(answer) is None


def other(jws, place, change):
    parts = jws.split(".")
    value = json.loads(receipts._decode(parts[place])) | change
    parts[place] = encode(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())
    return ".".join(parts)


def test_what_is_refused(certificate):
    jws = signed(certificate)
    first, second, third = jws.split(".")
    wrong = {
        "": "unreadable",
        "a.b.c": "unreadable",
        "x" * 20_000: "unreadable",
        f"{first}.{second}": "unreadable",
        f"{first}.{second}.{third}=": "unreadable",
        f"{first}.{second}.{third[:-4]}AAAA": "signature",
        other(jws, 1, {"answered_at": "2030-01-01T00:00:00Z"}): "signature",
        other(jws, 1, {"type": "something-else"}): "unreadable",
        other(jws, 0, {"alg": "none"}): "unreadable",
        other(jws, 0, {"kid": "did:web:elsewhere.example#key-1"}): "other_key",
    }
    for text, problem in wrong.items():
        assert receipts.check(text).problem == problem, text[:60]


def test_the_readable_part_must_be_the_signed_part(certificate):
    whole = json.loads(receipts.as_file(signed(certificate)))
    assert receipts.check(json.dumps(whole)).problem == ""
    whole["statement"]["answer"]["state"] = "revoked"
    assert receipts.check(json.dumps(whole)).problem == "differs"


def test_it_counts_after_the_secret_was_changed_and_not_when_it_got_out(certificate, client, settings):
    jws = signed(certificate)
    settings.SECRET_KEY = "another" * 10
    later = signed(certificate)
    assert [receipts.check(text).problem for text in (jws, later)] == ["", ""]
    old = ReceiptKey.objects.earliest("pk")
    for _ in range(2):
        call_command("withdraw_receipt_key", old.key_id, verbosity=0)
    assert [receipts.check(text).problem for text in (jws, later)] == ["withdrawn", ""]
    assert len(client.get(reverse("receipt_keys")).json()["keys"]) == 1
    assert ModelLogEntry.objects.filter(action="certificates.receipt_key.withdraw").count() == 1


def test_a_withdrawn_key_signs_nothing(certificate):
    signed(certificate)
    ReceiptKey.objects.get().withdraw(at=timezone.now())
    with pytest.raises(RuntimeError):
        signed(certificate)


def test_web_processes_need_no_key_of_the_issuer(certificate, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "none"
    assert receipts.check(signed(certificate)).problem == ""
    assert ReceiptKey.objects.get().public_multibase not in str(public_did_document())


def test_a_receipt_is_no_certificate(certificate, client):
    """And a certificate's file no receipt."""
    text = certificate.credentials.get().credential
    assert receipts.check(text).problem == "unreadable"
    file = SimpleUploadedFile("r.json", receipts.as_file(signed(certificate)).encode())
    assert "verdict--ok" not in client.post(reverse("verify_file"), {"file": file}).content.decode()


def test_the_state_at_that_moment(certificate, officer):
    before = signed(certificate)
    settle(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    after = signed(certificate, at=timezone.now() + timedelta(seconds=1))
    states = [receipts.check(jws).statement["answer"] for jws in (before, after)]
    assert [answer["state"] for answer in states] == ["valid", "revoked"] and states[1]["state_since"]


def test_a_bad_one_stays_in_the_form_and_says_what_to_do(certificate, client_for):
    text = signed(certificate)[:-9] + "AAAAAAAAA"
    page = client_for(None, "en").post(reverse("receipt_check"), {"text": text}).content.decode()
    assert "verdict--revoked" in page and "Verify the certificate yourself" in page
    assert text in page.split("<textarea")[1].split("</textarea>")[0]


def test_the_page_tells_the_time_of_the_place(certificate, client_for):
    """The signed time is UTC; the sentence above it is by the clock of every other page."""
    at = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
    page = client_for(None, "en").post(reverse("receipt_make"), {"answer": offered(certificate, at=at)}).content.decode()
    assert "At 2026-11-29 07:30:00" in page and "2026-11-28T23:30:00Z" in page


def test_an_empty_form(client, db):
    assert client.post(reverse("receipt_check"), {}).status_code == 422


def test_a_link_that_shows_nothing_gets_none(client, db):
    page = client.get(reverse("verify_link", args=["0" * 16])).content.decode()
    assert 'name="answer"' not in page
    page = client.post(reverse("verify"), {"number": new_number("junior"), "name": "张三"}).content.decode()
    assert 'name="answer"' in page
