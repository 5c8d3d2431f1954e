"""One request for the same new name on all certificates of a holder: one evidence, one case, two officers, each its own chain."""

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates.models import Certificate, ChangeRequest, NameChange
from certificates.models.name_changes import candidates_of
from certificates.verification import verify_by_number
from lms.lib.errors import WrongState
from lms.lib.uploads import check_upload
from tests.factories.certificates import make_certificate, second_officer
from tests.factories.training import make_cohort, make_enrolment

NEW = "测试新名"


@pytest.fixture
def both(certificate, edition, trainee, registrar, officer, at) -> list[Certificate]:
    """The trainee's certificates: the one of the cast and one of another cohort."""
    cohort = make_cohort(edition, at=at, by=registrar)
    other = make_certificate(make_enrolment(cohort, trainee, at=at), registrar=registrar, officer=officer, at=at)
    return [certificate, other]


def evidence():
    return SimpleUploadedFile("户口页.pdf", b"%PDF-1.4 x")


def ask(holder, *, name=NEW, shown=False) -> NameChange:
    upload = evidence()
    checked = check_upload(upload, max_bytes=1000)
    return NameChange.ask(holder, name=name, name_latin="", shown=shown, upload=upload, checked=checked, at=timezone.now())


def by_number(certificate, name=None):
    return verify_by_number(certificate.number, name or certificate.holder_name, at=timezone.now())


def decide(client, case, step, **data):
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.post(reverse("name_change_decide", args=[case.uuid]), {"step": step, **data})


def test_asked_once_decided_together(both, client_for, trainee, officer, outsider, run_jobs):
    client, first, second = client_for(trainee), client_for(officer), client_for(second_officer())
    url = reverse("name_change_ask")
    page = client.get(url).content.decode()
    assert all(one.number in page for one in both) and url in client.get(reverse("certificate_list")).content.decode()
    assert url in client.get(reverse("certificate_rename", args=[both[0].uuid])).content.decode()
    assert client.post(url, {"name": trainee.full_name, "evidence": evidence()}).status_code == 422
    assert client.post(url, {"name": NEW}).status_code == 422
    assert client.post(url, {"name": NEW, "evidence": evidence()}).status_code == 302
    case = NameChange.objects.get()
    kept = case.evidence_name
    assert [row.certificate for row in case.of_each()] == both and storages["private"].exists(kept)
    assert client.get(url).url == case.get_absolute_url()  # not asked for twice

    listed = first.get(reverse("change_request_list")).content.decode()
    assert listed.count(case.get_absolute_url()) == 1 and "2 张证书" in listed
    proof = reverse("name_change_evidence", args=[case.uuid])
    assert b"".join(first.get(proof).streaming_content) == b"%PDF-1.4 x"
    assert ModelLogEntry.objects.filter(action="certificates.name_change.evidence").count() == 1
    assert client_for(outsider).get(proof).status_code == 404
    assert decide(client, case, "confirm").status_code == 403
    assert decide(first, case, "adopt", note="户口页相符").status_code == 302
    assert decide(first, case, "confirm").status_code == 403  # not who proposed it
    mail.outbox.clear()
    decide(second, case, "confirm")
    run_jobs()
    case.refresh_from_db()
    assert (case.is_open, case.evidence_name, storages["private"].exists(kept)) == (False, "", False)
    assert first.get(proof).status_code == 404
    new = list(Certificate.objects.filter(replaces__in=both).order_by("replaces_id"))
    assert [one.holder_name for one in new] == [NEW, NEW] and len({one.number for one in new}) == 2
    for old, one in zip(both, new, strict=True):
        verdict = by_number(old)
        assert (verdict.state, verdict.state_reason) == ("corrected", "name_change")
        assert (verdict.replaced_by.state, verdict.replaced_by.number, verdict.replaced_by.name) == ("valid", "", "")
        assert by_number(one).state == "valid" and by_number(one).replaces == ""
    told = [message for message in mail.outbox if message.to == [trainee.email]]
    assert len(told) == 1 and all(one.number in told[0].body for one in both) and NEW not in told[0].body
    assert decide(second, case, "confirm").status_code == 409


def test_the_holders_word_on_old_numbers_goes_for_all(both, trainee, officer):
    case = ask(trainee, shown=True)
    case.adopt(by=officer, at=timezone.now())
    assert case.confirm(by=second_officer(), at=timezone.now()) == (2, [])
    assert {row.shown for row in case.requests.all()} == {True}
    new = Certificate.objects.get(replaces=both[0])
    Certificate.objects.filter(replaces__in=both).update(prepared_at=timezone.now())
    assert (by_number(both[0]).replaced_by.number, by_number(both[0]).replaced_by.name) == (new.number, NEW)
    new.show_from_old(False, by=trainee)  # taken back for one, it stays for the other
    assert by_number(both[0]).replaced_by.name == "" and by_number(both[1]).replaced_by.name == NEW


def test_each_may_be_decided_otherwise(both, client_for, trainee, officer, run_jobs):
    case, at = ask(trainee), timezone.now()
    one, other = case.of_each()
    page = client_for(officer).get(one.get_absolute_url()).content.decode()
    assert case.get_absolute_url() in page
    one.refuse(note="这一张的姓名另行核实", by=officer, at=at)
    case.refresh_from_db()
    assert case.is_open and case.evidence_name
    other.adopt(by=officer, at=at)
    other.confirm(by=second_officer(), at=at)
    case.refresh_from_db()
    assert not case.is_open and case.evidence_name == ""
    assert [by_number(certificate).state for certificate in both] == ["valid", "corrected"]
    page = client_for(trainee).get(case.get_absolute_url()).content.decode()
    assert "这一张的姓名另行核实" in page


def test_what_can_not_be_replaced_waits_and_says_why(both, client_for, trainee, officer, run_jobs):
    case = ask(trainee)
    case.adopt(by=officer, at=timezone.now())
    both[1].change_status("suspended", reason="investigation", by=officer, at=timezone.now())
    page = decide(client_for(second_officer()), case, "confirm")
    page = client_for(second_officer()).get(page.url)
    assert [row.status for row in case.of_each()] == ["confirmed", "proposed"]
    assert both[1].number in page.content.decode() and "1 项待处理" in page.content.decode()
    assert by_number(both[0]).state == "corrected" and by_number(both[1]).state == "suspended"


def test_refused_and_taken_back_together(both, client_for, trainee, officer, run_jobs):
    case = ask(trainee)
    url = reverse("name_change_decide", args=[case.uuid])
    assert client_for(officer).post(url, {"step": "refuse"}).status_code == 422
    decide(client_for(officer), case, "refuse", note="看不清")
    mail.outbox.clear()
    run_jobs()
    told = [message for message in mail.outbox if message.to == [trainee.email]]
    assert len(told) == 1 and case.get_absolute_url() in told[0].body and "看不清" not in told[0].body
    again = ask(trainee)
    assert decide(client_for(officer), again, "withdraw").status_code == 403
    decide(client_for(trainee), again, "withdraw")
    assert {row.status for row in again.of_each()} == {"withdrawn"}
    again.refresh_from_db()
    assert not again.is_open and {by_number(one).state for one in both} == {"valid"}


def test_nobody_decides_twice_or_on_their_own(both, trainee, officer):
    case = ask(trainee)
    for verb in (case.adopt, case.confirm):
        with pytest.raises(WrongState):
            verb(by=trainee, at=timezone.now())
    case.adopt(by=officer, at=timezone.now())
    for verb in (case.adopt, case.confirm):
        with pytest.raises(WrongState):
            verb(by=officer, at=timezone.now())
    with pytest.raises(WrongState):
        ask(trainee)
    with pytest.raises(IntegrityError), transaction.atomic():
        NameChange.objects.create(holder=trainee, name="乙", evidence_type="", evidence_sha256="", asked_at=timezone.now())


def test_which_certificates_are_asked_for(both, trainee, officer):
    both[1].change_status("suspended", reason="investigation", by=officer, at=timezone.now())
    assert {one.certificate: bool(one.why_not) for one in candidates_of(trainee)} == {both[0]: False, both[1]: True}
    case = ask(trainee)
    assert [row.certificate for row in case.of_each()] == both[:1]
    assert all(one.why_not for one in candidates_of(trainee))
    case.withdraw(by=trainee, at=timezone.now())
    with pytest.raises(WrongState):
        ask(trainee, name=trainee.full_name)
    assert NameChange.objects.count() == 1


def test_the_database_ties_a_request_to_one_evidence(both, trainee):
    case = ask(trainee)
    row = case.requests.first()
    for values in ({"evidence_name": "x"}, {"asked_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ChangeRequest.objects.filter(pk=row.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        NameChange.objects.filter(pk=case.pk).update(closed_at=timezone.now())


def test_lists_say_what_will_be_and_what_became(both, client_for, trainee, officer, run_jobs):
    case, url = ask(trainee), reverse("change_request_list") + "?state=all"
    assert "变更后：已更正" in client_for(officer).get(url).content.decode()
    case.adopt(by=officer, at=timezone.now())
    case.confirm(by=second_officer(), at=timezone.now())
    run_jobs()
    page = client_for(officer).get(url).content.decode()
    assert "变更后：" not in page and "已更正" in page
    old, new = both[0].number, Certificate.objects.get(replaces=both[0])
    mine = client_for(trainee).get(reverse("certificate_list")).content.decode()
    assert old in mine and "已被取代" in mine and reverse("certificate_detail", args=[new.uuid]) in mine
    assert mine.count(">继续教育<") == 2  # not for those that were replaced
    request = case.requests.get(certificate=both[0])
    assert new.number in client_for(officer).get(request.get_absolute_url()).content.decode()


def test_the_pages_ask_little(both, client_for, trainee, officer, django_assert_max_num_queries):
    case, client = ask(trainee), client_for(officer)
    for url, most in ((case.get_absolute_url(), 9), (reverse("change_request_list"), 9)):
        client.get(url)
        with django_assert_max_num_queries(most):
            client.get(url)
