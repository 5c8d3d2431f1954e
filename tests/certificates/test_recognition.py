"""互认: agreements by two officers, applications, what a recognition counts as and what it answers."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from certificates.eligibility import evaluate
from certificates.facts import facts_of
from certificates.models import Certificate, CheckList, Lookup, Recognition, RecognitionAgreement
from certificates.numbers import normalise_number
from certificates.old_numbers import looks_like_ours, new_statement_number, statement_number
from certificates.verification import verify_by_number
from lms.lib.errors import WrongState
from tests.factories.certificates import second_officer
from tests.factories.employers import make_list
from tests.factories.recognition import apply_for, end_it, make_agreement
from training import holdings


def test_numbers_of_statements():
    number = new_statement_number()
    assert statement_number(number.lower().replace("-", " ")) == number and normalise_number(number) is None
    assert looks_like_ours(number)
    last = "0" if number[-1] != "0" else "1"
    assert statement_number(number[:-1] + last) is None and statement_number("HR-1") is None


def test_an_agreement_takes_two_officers(officer, authority):
    at, day = timezone.now(), timezone.localdate()
    found = make_agreement(officer)
    assert list(RecognitionAgreement.objects.valid(day)) == []
    with pytest.raises(WrongState):
        found.approve(by=officer, at=at)
    found.approve(by=second_officer(), at=at)
    with pytest.raises(WrongState):
        found.approve(by=second_officer(), at=at)
    with pytest.raises(WrongState):
        found.change({"source": "x"}, by=officer, at=at)
    assert list(RecognitionAgreement.objects.valid(day)) == [found]
    with pytest.raises(WrongState):
        found.withdraw(day=day - timedelta(days=1), reason="x", by=officer, at=at)
    found.withdraw(day=day + timedelta(days=2), reason="协议终止", by=officer, at=at)
    assert list(RecognitionAgreement.objects.valid(day)) == [found]
    assert list(RecognitionAgreement.objects.valid(day + timedelta(days=2))) == []
    assert make_agreement(officer).version == 2


def test_who_changed_a_draft_last_can_not_approve_it(officer, authority):
    found, second = make_agreement(officer), second_officer()
    found.change({"source": "另一文件"}, by=second, at=timezone.now())
    with pytest.raises(WrongState):
        found.approve(by=second, at=timezone.now())
    found.approve(by=officer, at=timezone.now())
    assert found.status == "approved"


@pytest.fixture
def agreement(officer, authority):
    return make_agreement(officer, approve=second_officer())


def test_a_recognition_from_application_to_end(agreement, trainee, officer, run_jobs, mailoutbox):
    at, day = timezone.now(), timezone.localdate()
    found = apply_for(agreement, trainee)
    with pytest.raises(WrongState):
        apply_for(agreement, second_officer())  # the same certificate
    with pytest.raises(WrongState):
        found.recognise(basis="看过", by=trainee, at=at)
    found.recognise(basis="与原件核对一致", by=officer, at=at)
    with pytest.raises(WrongState):
        found.recognise(basis="再次", by=officer, at=at)
    run_jobs()
    assert found.evidence_name == "" and mailoutbox[-1].to == [trainee.email] and Certificate.objects.count() == 0
    assert holdings.levels_held([trainee.pk], day)[trainee.pk] == {"junior"}
    assert holdings.levels_held([trainee.pk], day - timedelta(days=1))[trainee.pk] == frozenset()
    agreement.withdraw(day=day, reason="协议终止", by=officer, at=at)
    assert holdings.levels_held([trainee.pk], day)[trainee.pk] == {"junior"}  # what was recognised stays
    end_it(found, by=officer, day=day + timedelta(days=3), reason="对方机构撤销了证书", at=at)
    assert list(Recognition.objects.good_on(day)) == [found] and not Recognition.objects.good_on(day + timedelta(days=3))
    assert found.stood_on(day) and not found.stood_on(day + timedelta(days=3))
    other = second_officer()
    with pytest.raises(WrongState):
        apply_for(agreement, other, their_number="示协0002")


def test_an_expired_certificate_is_not_recognised(agreement, trainee, officer):
    found = apply_for(agreement, trainee, valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(WrongState):
        found.recognise(basis="看过", by=officer, at=timezone.now())
    found.refuse(basis="已过期", by=officer, at=timezone.now())
    assert found.status == "refused"


def test_it_counts_in_the_rule_and_the_tree_says_why(agreement, enrolment, officer, at):
    rule = {"lower_level": "junior"}
    assert not evaluate(facts_of(enrolment), rule).ok
    found = apply_for(agreement, enrolment.user, at=at - timedelta(days=4))
    found.recognise(basis="看过", by=officer, at=enrolment.enrolled_at)
    fresh = type(enrolment).objects.get(pk=enrolment.pk)
    facts = facts_of(fresh)
    assert facts.levels_by_statement == (("junior", found.number),)
    (leaf,) = evaluate(facts, rule).tree.children
    assert leaf.ok and leaf.evidence == found.number and found.number in leaf.reason_en
    # Not before it began, and not one that ended before the enrolment.
    Recognition.objects.update(recognised_on=timezone.localdate(enrolment.enrolled_at) + timedelta(days=1))
    assert not evaluate(facts_of(type(enrolment).objects.get(pk=enrolment.pk)), rule).ok


def test_the_answer(agreement, trainee, officer, client_for, employer, employer_org, run_jobs, django_assert_num_queries):
    at = timezone.now()
    found = apply_for(agreement, trainee)
    found.recognise(basis="看过", by=officer, at=at)
    with django_assert_num_queries(2):
        hit = verify_by_number(found.number.lower(), trainee.full_name, at=at)
    with django_assert_num_queries(2):
        miss = verify_by_number(found.number, "别人", at=at)
    assert miss.as_json() == {"state": "unknown", "checked_at": at.isoformat()}
    assert (hit.state, hit.kind, hit.record["counts_as"]) == ("recognised", "recognition", "junior")
    assert "互认" in hit.as_json()["statement"]["zh"] and Lookup.objects.filter(recognition=found).count() == 1
    page = client_for(None, "en").post(reverse("verify"), {"number": found.number, "name": trainee.full_name}).text
    assert "Recognised by statement." in page and "no certificate of ours" in page and "certificate is valid" not in page
    assert "Sample Society" in page and "Sample certificate" in page and "示例协会" not in page
    page = client_for(None).post(reverse("verify"), {"number": found.number, "name": trainee.full_name}).text
    assert "示例协会" in page and "示例技术经理人证书" in page and "Sample Society" not in page
    listed = make_list(employer_org, [(found.number, trainee.full_name), (found.number[:-1], "x")], by=employer, at=at)
    run_jobs()
    assert [line.state for line in CheckList.objects.get(pk=listed.pk).lines.all()] == ["recognised", "no_match"]
    end_it(found, by=officer, reason="对方撤销", at=at)
    gone = verify_by_number(found.number, trainee.full_name, at=at)
    assert (gone.state, gone.state_text) == ("taken_back", "对方撤销")


def test_the_pages(agreement, trainee, officer, registrar, outsider, client_for, django_assert_max_num_queries):
    client, url = client_for(trainee, "en"), reverse("recognition_ask")
    data = {"agreement": agreement.pk, "holder_name": "测试", "their_number": "示协9", "their_day": "2024-05-01"}
    page = client.get(url).text
    request_id = page.split('name="request_id" value="')[1].split('"')[0]
    for _click in range(2):
        file = SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")
        assert client.post(url, data | {"request_id": request_id, "evidence": file}).status_code == 302
    found = Recognition.objects.get()
    waiting = client.get(found.get_absolute_url()).text
    assert "counts for nothing here" in waiting and "recognised under an agreement" not in waiting
    assert "counts as" not in client.get(reverse("certificate_list")).text
    assert client_for(outsider).get(found.get_absolute_url()).status_code == 404
    decide = reverse("recognition_decide", args=[found.uuid])
    assert client.post(decide, {"step": "recognise", "basis": "x"}).status_code == 403
    desk = client_for(officer, "en")
    with django_assert_max_num_queries(10):
        assert trainee.full_name in desk.get(reverse("recognition_list")).text
    assert desk.post(decide, {"step": "recognise", "basis": ""}).status_code == 422
    assert desk.get(reverse("recognition_evidence", args=[found.uuid])).status_code == 200
    for status in (302, 409):
        assert desk.post(decide, {"step": "recognise", "basis": "核对一致"}).status_code == status
    found.refresh_from_db()
    assert found.number in client.get(reverse("certificate_list")).text
    assert reverse("certificate_list") in client.get(reverse("desk")).text  # also of whom nothing was issued here
    assert desk.post(decide, {"step": "end", "day": timezone.localdate().isoformat(), "reason": "对方撤销"}).status_code == 302
    found.refresh_from_db()
    assert found.status == "recognised"
    assert "CSV" in desk.get(reverse("recognition_list"), {"state": "all"}).text
    assert client_for(registrar).get(reverse("recognition_list")).status_code == 403
    listing = reverse("recognition_agreements")
    fields = {"body": "新协会", "kind": "证书", "level": "senior", "valid_from": "2026-01-01", "source": "示例", "reason": "示例"}
    assert desk.post(listing, fields | {"valid_until": "2025-01-01"}).status_code == 422
    desk.post(listing, fields)
    made = RecognitionAgreement.objects.get(body="新协会")
    desk.post(made.get_absolute_url(), fields | {"source": "另一文件"})
    made.refresh_from_db()
    assert made.source == "另一文件" and made.valid_from == date(2026, 1, 1)
    step = reverse("agreement_decide", args=[made.uuid])
    assert desk.post(step, {"step": "approve"}).status_code == 409
    client_for(second_officer()).post(step, {"step": "approve"})
    assert desk.post(made.get_absolute_url(), fields).status_code == 409
    assert desk.post(step, {"step": "withdraw", "day": "", "reason": ""}).status_code == 422
    assert desk.post(step, {"step": "x"}).status_code == 400


@pytest.mark.parametrize("named", [True, False])
def test_it_exempts_only_as_of_the_version_that_the_agreement_names(named, officer, enrolment, at, monkeypatch):
    syllabus, seen = enrolment.syllabus, []
    monkeypatch.setattr("certificates.facts.exemptions", lambda earned, level, at: seen.append(earned) or [])
    agreement = make_agreement(officer, approve=second_officer(), standard=syllabus if named else None)
    apply_for(agreement, enrolment.user).recognise(basis="看过", by=officer, at=enrolment.enrolled_at)
    facts = facts_of(type(enrolment).objects.get(pk=enrolment.pk))
    assert facts.levels_held == {"junior"}
    assert [{(ref.standard, ref.level) for ref in earned} for earned in seen] == ([{(syllabus.slug, "junior")}] if named else [])


def test_a_day_that_is_over_is_said_beside_the_day(client_for, officer, trainee):
    """And the reason that was typed is still there."""
    desk, yesterday = client_for(officer), (timezone.localdate() - timedelta(days=1)).isoformat()
    agreement = make_agreement(officer, approve=second_officer())
    found = apply_for(agreement, trainee)
    found.recognise(basis="看过", by=officer, at=timezone.now())
    typed = {"day": yesterday, "reason": "对方停办此证书"}
    for name, uuid, step in (("agreement_decide", agreement.uuid, "withdraw"), ("recognition_decide", found.uuid, "end")):
        answer = desk.post(reverse(name, args=[uuid]), typed | {"step": step})
        assert answer.status_code == 422 and answer.context["end_form"].errors.keys() == {"day"}
        assert "对方停办此证书" in answer.text


def test_what_ends_later_is_in_force_until_then(client_for, officer):
    agreement, today = make_agreement(officer, approve=second_officer()), timezone.localdate()
    agreement.withdraw(day=today + timedelta(days=30), reason="到期", by=officer, at=timezone.now())
    page = client_for(officer, "en").get(agreement.get_absolute_url()).text
    assert "in force, to end" in page and (today + timedelta(days=30)).isoformat() in page
    assert RecognitionAgreement.objects.valid(today).exists()


def test_a_draft_is_discarded_without_a_day(client_for, officer):
    """It was never in force, so the page neither asks from when it ends nor says so; one approved meanwhile is left alone."""
    made, desk = make_agreement(officer), client_for(officer, "en")
    decide = reverse("agreement_decide", args=[made.uuid])
    assert 'type="date" name="day"' not in desk.get(made.get_absolute_url()).text
    assert desk.post(decide, {"step": "discard", "reason": " "}).status_code == 422
    made.approve(by=second_officer(), at=timezone.now())
    assert desk.post(decide, {"step": "discard", "reason": "写错级别"}).status_code == 409
    other = make_agreement(officer, kind="另一种")
    page = desk.post(reverse("agreement_decide", args=[other.uuid]), {"step": "discard", "reason": "写错级别"}, follow=True).text
    assert "The draft was discarded" in page and "Ended from" not in page and "写错级别" in page
    entry = ModelLogEntry.objects.get(action="certificates.agreement.discard")
    assert (entry.user, entry.data["reason"]) == (officer, "写错级别")
