"""Corrections and new names: a further certificate in the place of the old one, and what the old number tells to whom."""

import json

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from certificates.filecheck import verify_file
from certificates.models import Certificate, ChangeRequest, LogLeaf, StatusChange
from certificates.verification import verify_by_number, verify_by_token
from lms.lib.errors import WrongState
from lms.lib.uploads import check_upload
from tests.factories.certificates import second_officer, settle

NEW = "测试新名"


def replaced(certificate, officer, **values):
    given = {"reason": "data_correction", "name": "测试学员汪", "text": "姓氏有误。", **values}
    return certificate.replace(by=officer, proposed_by=second_officer(), at=timezone.now(), **given)


def by_number(certificate, name=None):
    return verify_by_number(certificate.number, name or certificate.holder_name, at=timezone.now())


def test_a_correction(certificate, officer, run_jobs):
    new = replaced(certificate, officer)
    run_jobs()
    new.refresh_from_db()
    assert (new.award, new.replaces, new.issued_on, new.valid_until) == (
        certificate.award, certificate, certificate.issued_on, certificate.valid_until,
    )  # fmt: skip
    assert new.number != certificate.number and new.token != certificate.token
    old = by_number(certificate)
    assert (old.state, old.state_reason, old.state_text) == ("corrected", "data_correction", "姓氏有误。")
    assert (old.replaced_by.number, old.replaced_by.state) == (new.number, "valid")
    assert old.as_json()["replaced_by"] == {"state": "valid", "number": new.number, "name": None}
    assert by_number(new).state == "valid" and by_number(new).replaces == certificate.number
    assert [leaf.kind for leaf in LogLeaf.objects.exclude(kind__in=["did", "pdf_signers"])] == ["issued", "corrected", "issued"]
    text = certificate.credentials.get().credential
    file = verify_file(text.encode(), at=timezone.now())
    assert (file.verdict.state, file.verdict.replaced_by.number) == ("corrected", new.number)


def test_the_code_on_the_old_paper_says_so_without_the_new_number(certificate, officer):
    new = replaced(certificate, officer)
    verdict = verify_by_token(certificate.token, at=timezone.now())
    assert (verdict.state, verdict.replaced_by.state, verdict.replaced_by.number) == ("corrected", "valid", "")
    text = json.dumps(verdict.as_json(), ensure_ascii=False)
    assert new.number not in text and new.holder_name not in text
    assert verify_by_number(certificate.number, "错名", at=timezone.now()).state == "unknown"


def test_the_old_number_tells_what_became_of_the_new_one(certificate, officer, run_jobs):
    new = replaced(certificate, officer)
    run_jobs()
    last = replaced(new, officer, name="测试学员望", reason="name_change")
    run_jobs()
    settle(last, "revoked", reason="misconduct", by=officer, at=timezone.now())
    verdict = by_number(certificate)
    assert (verdict.replaced_by.number, verdict.replaced_by.state) == (new.number, "revoked")


def test_a_new_name_is_not_told(certificate, officer, client_for):
    new = replaced(certificate, officer, name=NEW, reason="name_change", text="")
    verdict = by_number(certificate)
    assert (verdict.state, verdict.state_reason, verdict.replaced_by.state) == ("corrected", "name_change", "valid")
    page = client_for(None).post(reverse("verify"), {"number": certificate.number, "name": certificate.holder_name})
    file = verify_file(certificate.credentials.get().credential.encode(), at=timezone.now())
    for text in (json.dumps(verdict.as_json()), page.content.decode(), json.dumps(file.as_json())):
        assert NEW not in text and new.number not in text
    assert "该证书已因更名被新证书取代" in page.text and "更正后" not in page.text
    assert verify_by_number(new.number, certificate.holder_name, at=timezone.now()).state == "unknown"
    assert by_number(new).replaces == ""


def test_unless_the_holder_agrees(certificate, officer, run_jobs, trainee, outsider, client_for):
    new = replaced(certificate, officer, name=NEW, reason="name_change", shown=True)
    run_jobs()
    assert (by_number(certificate).replaced_by.number, by_number(certificate).replaced_by.name) == (new.number, NEW)
    url = reverse("certificate_shown", args=[new.uuid])
    assert client_for(outsider).post(url).status_code == client_for(officer).post(url).status_code == 404
    client_for(trainee).post(url, {"shown": "0"})
    assert by_number(certificate).replaced_by.name == ""


def test_what_can_not_be_replaced(certificate, officer):
    for values in ({"name": certificate.holder_name}, {"name": "王\U0002f800"}):
        with pytest.raises(WrongState):
            replaced(certificate, officer, **values)
    certificate.refresh_from_db()
    assert (certificate.state, Certificate.objects.count()) == ("", 1)
    replaced(certificate, officer)
    with pytest.raises(WrongState):
        replaced(certificate, officer, name="再次")
    with pytest.raises(WrongState):
        settle(certificate, "suspended", reason="investigation", by=officer, at=timezone.now())


def test_its_holder_is_not_asked_to_show_it_any_more(certificate, officer, trainee, client_for, run_jobs):
    client, page = client_for(trainee), reverse("certificate_detail", args=[certificate.uuid])
    shown = [reverse(name, args=[certificate.uuid]) for name in ("wallet", "share_list", "certificate_consents", "cpd")]
    before = client.get(page).text
    assert all(f'href="{url}"' in before for url in shown)
    new = replaced(certificate, officer)
    run_jobs()
    after = client.get(page).text
    assert not any(f'href="{url}"' in after for url in shown)
    assert new.number in after and reverse("certificate_pdf", args=[certificate.uuid]) in after
    listed = client.get(reverse("certificate_list")).text
    cpd = [reverse("cpd", args=[one.uuid]) in listed for one in (certificate, new)]
    assert cpd == [False, True] and f">{new.number}</a>" in listed  # the old one leads to the one that followed


def test_the_database_keeps_chains_straight(certificate, officer):
    values = {
        "award": certificate.award, "holder": certificate.holder, "organisation": certificate.organisation,
        "holder_name": "甲", "facts": {}, "issued_on": certificate.issued_on,
    }  # fmt: skip
    for number, extra in enumerate(({}, {"replaces": certificate})):  # a second root, and a second one that stands
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.create(number=f"n{number}", token=f"t{number}", **values, **extra)
    new = replaced(certificate, officer)
    with pytest.raises(IntegrityError), transaction.atomic():  # a branch
        Certificate.objects.create(number="b", token="b", state="revoked", replaces=certificate, **values)
    from django.db.models import QuerySet

    with pytest.raises(IntegrityError), transaction.atomic():  # a circle
        QuerySet(Certificate).filter(pk=certificate.pk).update(replaces=new)


def test_four_eyes_in_the_database_too(certificate, officer):
    for other in (None, officer):
        with pytest.raises(WrongState):
            certificate.change_status("revoked", reason="error", by=officer, proposed_by=other, at=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            StatusChange.objects.create(
                certificate=certificate, kind="revoked", reason="error", changed_by=officer, proposed_by=other,
                changed_at=timezone.now(),
            )  # fmt: skip


def test_an_officer_proposes_and_another_confirms(client_for, certificate, officer, registrar, trainee, run_jobs):
    client, other = client_for(officer), client_for(second_officer())
    data = {"kind": "revoked", "reason": "misconduct", "text": "公开的话", "note": "内部的话", "sure": "on"}
    client.post(reverse("certificate_status", args=[certificate.uuid]), data)
    found = ChangeRequest.objects.get()
    assert Certificate.objects.get().state == ""
    url = reverse("change_request_decide", args=[found.uuid])
    assert client.post(url, {"step": "confirm"}).status_code == 403
    assert client_for(registrar).post(url, {"step": "confirm"}).status_code == 404
    assert certificate.number in other.get(reverse("change_request_list")).content.decode()
    assert other.post(url, {"step": "confirm"}).status_code == 302
    assert other.post(url, {"step": "confirm"}).status_code == 409
    certificate.refresh_from_db()
    assert (certificate.state, certificate.state_text) == ("revoked", "公开的话")
    run_jobs()
    assert mail.outbox[-1].to == [trainee.email] and certificate.number in mail.outbox[-1].body
    assert "内部" not in mail.outbox[-1].body and "公开" not in mail.outbox[-1].body
    page = client_for(None).get(reverse("verify_link", args=[certificate.token])).content.decode()
    assert "公开的话" in page and "内部的话" not in page


def test_suspending_takes_one_and_while_a_change_waits_too(client_for, certificate, officer):
    ChangeRequest.propose(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    with pytest.raises(WrongState):
        ChangeRequest.propose(certificate, "revoked", reason="error", by=officer, at=timezone.now())
    data = {"kind": "suspended", "reason": "investigation", "sure": "on"}
    client_for(officer).post(reverse("certificate_status", args=[certificate.uuid]), data)
    assert Certificate.objects.get().state == "suspended"


def test_a_correction_from_the_desk(client_for, certificate, officer, run_jobs):
    url, client = reverse("certificate_correct", args=[certificate.uuid]), client_for(officer)
    same = {"name": certificate.holder_name, "name_latin": certificate.holder_name_latin, "reason": "data_correction"}
    assert client.post(url, same).status_code == 422
    assert client.post(url, same | {"name_latin": "Trainee Wang"}).status_code == 302
    found = ChangeRequest.objects.get()
    client_for(second_officer()).post(reverse("change_request_decide", args=[found.uuid]), {"step": "refuse"})
    assert ChangeRequest.objects.get().status == "proposed"  # without a reason nothing is refused
    client_for(second_officer()).post(reverse("change_request_decide", args=[found.uuid]), {"step": "confirm"})
    run_jobs()
    new = Certificate.objects.get(replaces=certificate)
    assert (new.holder_name, new.holder_name_latin) == (certificate.holder_name, "Trainee Wang")
    assert client.get(reverse("certificate_detail", args=[certificate.uuid])).status_code == 200


@pytest.fixture
def asked(client_for, certificate, trainee):
    data = {"name": NEW, "name_latin": "", "evidence": SimpleUploadedFile("户口页.pdf", b"%PDF-1.4 x")}
    client_for(trainee).post(reverse("certificate_rename", args=[certificate.uuid]), data)
    return ChangeRequest.objects.get()


def test_a_new_name_takes_the_holder_and_two_officers(client_for, asked, certificate, officer, trainee, outsider, run_jobs):
    url = reverse("change_request_decide", args=[asked.uuid])
    evidence = reverse("change_request_evidence", args=[asked.uuid])
    name = asked.evidence_name
    assert client_for(outsider).get(evidence).status_code == 404
    assert b"".join(client_for(officer).get(evidence).streaming_content) == b"%PDF-1.4 x"
    assert client_for(trainee).post(url, {"step": "confirm"}).status_code == 403
    client_for(officer).post(url, {"step": "adopt", "text": "", "note": "户口页相符"})
    assert client_for(officer).post(url, {"step": "confirm"}).status_code == 403
    assert storages["private"].exists(name)
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        client_for(second_officer()).post(url, {"step": "confirm"})
    asked.refresh_from_db()
    assert (asked.status, asked.evidence_name, storages["private"].exists(name)) == ("confirmed", "", False)
    assert asked.evidence_sha256.startswith("sha256:")
    assert client_for(officer).get(evidence).status_code == 404
    run_jobs()
    new = Certificate.objects.get(replaces=certificate)
    assert (new.holder_name, by_number(certificate).replaced_by.number) == (NEW, "")
    page = client_for(trainee).get(reverse("certificate_detail", args=[new.uuid]))
    assert reverse("certificate_shown", args=[new.uuid]) in page.content.decode()


def test_a_refused_name_says_why(client_for, asked, certificate, officer, trainee, run_jobs):
    url = reverse("change_request_decide", args=[asked.uuid])
    client_for(officer).post(url, {"step": "refuse", "note": "看不清"})
    run_jobs()
    assert "看不清" in client_for(trainee).get(asked.get_absolute_url()).content.decode()
    assert "看不清" not in mail.outbox[-1].body and mail.outbox[-1].to == [trainee.email]
    assert Certificate.objects.get().state == ""


def test_only_pictures_and_pdf_as_evidence(db, certificate):
    from certificates.change_forms import RenameForm

    files = {"evidence": SimpleUploadedFile("a.txt", b"text")}
    assert "evidence" in RenameForm({"name": NEW}, files, certificate=certificate).errors
    assert check_upload(SimpleUploadedFile("a.pdf", b"%PDF-1.4"), max_bytes=99).extension == "pdf"


def test_the_pages_ask_little(client_for, certificate, officer, run_jobs, django_assert_max_num_queries):
    replaced(certificate, officer)
    run_jobs()
    client = client_for(officer)
    for name, args, most in (("change_request_list", [], 9), ("certificate_detail", [certificate.uuid], 20)):
        client.get(reverse(name, args=args))
        with django_assert_max_num_queries(most):
            client.get(reverse(name, args=args))
