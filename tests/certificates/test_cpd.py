"""The ledger of continuing education: handing in, deciding, leave, and the page that counts."""

import re
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certificates.models import CpdEntry, CpdNotebook, Leave, ValidityTerms
from certificates.models.validity import period_of
from lms.jobs import drop_kept_uploads
from lms.lib import kept_uploads
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.life import hand_in_cpd, make_terms


@pytest.fixture
def terms(officer, at):
    return make_terms(by=officer, at=at - timedelta(days=1))


def typed(**changes) -> dict:
    values = {"category": "general", "title": "公需科目", "organiser": "示例机构", "hours": "6",
              "held_on": f"{timezone.localdate():%Y-%m-%d}", "request_id": str(uuid4())}  # fmt: skip
    return {**values, **changes}


def test_the_holder_hands_in_and_the_registrar_accepts(certificate, terms, client_for, trainee, registrar):
    client, add = client_for(trainee), reverse("cpd_add", args=[certificate.uuid])
    sent = typed(evidence=SimpleUploadedFile("a.pdf", b"%PDF-1.4 x"))
    assert client.post(add, sent).status_code == 302
    sent["evidence"] = SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")
    client.post(add, sent)  # a second click
    entry = CpdEntry.objects.get()
    page = reverse("cpd", args=[certificate.uuid])
    assert client.get(page).context["count"].counted == 0
    assert entry.title in client_for(registrar).get(reverse("cpd_list")).content.decode()
    decide = reverse("cpd_entry", args=[entry.uuid])
    assert client_for(registrar).post(decide, {"kind": "accepted"}).status_code == 302
    answer = client.get(page)
    assert answer.context["count"].counted == 6
    assert not answer.context["count"].ok


def test_what_was_typed_is_kept_until_it_is_right(certificate, terms, client_for, trainee):
    client, add = client_for(trainee), reverse("cpd_add", args=[certificate.uuid])
    tomorrow = f"{timezone.localdate() + timedelta(days=1):%Y-%m-%d}"
    assert client.post(add, typed(held_on=tomorrow)).status_code == 422  # a day to come, no evidence
    assert client.get(add).context["form"]["title"].value() == "公需科目"
    disguised = SimpleUploadedFile("a.pdf", b"not a pdf")
    assert client.post(add, typed(evidence=disguised)).status_code == 422
    assert not CpdEntry.objects.exists()
    assert client.post(add, typed(draft="1", title="改过的草稿")).status_code == 302
    assert CpdNotebook.objects.get(holder=trainee).draft["title"] == "改过的草稿"


def test_a_refused_one_says_what_comes_next(certificate, terms, client_for, trainee, registrar):
    client, add = client_for(trainee), reverse("cpd_add", args=[certificate.uuid])
    client.post(add, typed(evidence=SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")))
    page = reverse("cpd_entry", args=[CpdEntry.objects.get().uuid])
    assert add not in client.get(page).content.decode()
    client_for(registrar).post(page, {"kind": "refused", "reason": "没有姓名"})
    shown = client.get(page).content.decode()
    assert add in shown and reverse("cpd", args=[certificate.uuid]) in shown
    assert add not in client_for(registrar).get(page).content.decode()


def test_decisions_are_taken_back_not_edited(trainee, registrar, officer, at):
    entry = hand_in_cpd(trainee, at=at, accept=registrar)
    with pytest.raises(WrongState):
        entry.decide("refused", by=officer, at=at, reason="迟了")
    with pytest.raises(WrongState):
        entry.decide("taken_back", by=officer, at=at)  # without a reason
    entry.decide("taken_back", by=officer, at=at, reason="证明不清楚")
    assert CpdEntry.objects.with_state().get().state == "waiting"
    entry.decide("refused", by=officer, at=at, reason="证明不清楚")
    assert CpdEntry.objects.with_state().get().state == "refused"
    entry.hours = 99
    with pytest.raises(ImmutableRow):
        entry.save()


def test_nobody_decides_on_their_own(trainee, registrar, at):
    entry = hand_in_cpd(trainee, at=at)
    with pytest.raises(WrongState):
        entry.decide("accepted", by=trainee, at=at)
    with pytest.raises(WrongState):
        entry.decide("withdrawn", by=registrar, at=at)
    entry.decide("withdrawn", by=trainee, at=at)
    with pytest.raises(WrongState):
        entry.decide("accepted", by=registrar, at=at)


def test_the_evidence_is_for_the_holder_and_the_deciders(certificate, client_for, trainee, registrar, outsider, employer, at):
    entry = hand_in_cpd(trainee, at=at)
    url = reverse("cpd_evidence", args=[entry.uuid])
    assert [client_for(person).get(url).status_code for person in (trainee, registrar, employer)] == [200, 200, 404]


def test_a_course_on_the_platform_counts_by_itself(certificate, terms, edition, client_for, trainee, registrar):
    from tests.factories.training import make_cohort, make_enrolment, make_session

    now = timezone.now()
    other = make_enrolment(make_cohort(edition, at=now, by=registrar), trainee, at=now)
    session = make_session(other.cohort, at=now - timedelta(minutes=50), by=registrar)
    session.record_attendance([other], by=registrar, at=now)
    context = client_for(trainee).get(reverse("cpd", args=[certificate.uuid])).context
    assert [line["by_itself"] for line in context["lines"]] == [True]  # not the course the certificate was earned with
    assert context["count"].counted > 0


def test_leave_moves_the_last_day_and_not_the_end(certificate, terms, client_for, registrar, trainee):
    before = period_of(certificate, terms)
    url = reverse("leave_grant", args=[certificate.uuid])
    sent = {"kind": "parental", "days": 98, "reason": "看过证明", "request_id": str(uuid4())}
    for _twice in range(2):
        assert client_for(registrar).post(url, sent).status_code == 302
    after = period_of(certificate, terms)
    assert (after.closes - before.closes).days == 98
    assert after.ends == before.ends == certificate.valid_until
    assert client_for(trainee).post(url, {**sent, "request_id": str(uuid4())}).status_code == 403
    assert client_for(registrar).post(url, {**sent, "days": 731, "request_id": str(uuid4())}).status_code == 422
    more = client_for(registrar, "en").post(url, {**sent, "days": 700, "request_id": str(uuid4())})
    assert more.status_code == 422 and "看过证明" in more.text
    assert "No more than 730 days of leave are counted in all; 632 are left." in more.text
    page = client_for(registrar).get(reverse("cpd", args=[certificate.uuid])).text
    assert "看过证明" in page and registrar.full_name in page
    assert "看过证明" not in client_for(trainee).get(reverse("cpd", args=[certificate.uuid])).text
    with pytest.raises(WrongState):
        Leave.grant(certificate, kind="illness", days=700, reason="x", request_id=uuid4(), by=registrar, at=timezone.now())


def test_a_certificate_keeps_the_terms_of_its_day(certificate, terms, officer, at):
    make_terms(by=officer, at=at + timedelta(days=1), hours=400)
    assert ValidityTerms.objects.for_certificate(certificate) == terms
    own = make_terms(by=officer, at=at - timedelta(days=2), level=certificate.facts["level"]["code"])
    assert ValidityTerms.objects.for_certificate(certificate) == own


def test_the_officer_sets_terms(client_for, officer, registrar):
    url = reverse("validity_terms")
    assert client_for(registrar).get(url).status_code == 403
    sent = {"level": "", "months": 36, "hours": "40", "window_days": 180, "grace_days": 90, "sample_percent": 10,
            "reminder_days": "180，90, 30", "general_least": "10", "general_most": "5"}  # fmt: skip
    assert client_for(officer).post(url, sent).status_code == 422  # asks for more than it lets count
    assert client_for(officer).post(url, {**sent, "general_most": ""}).status_code == 302
    terms = ValidityTerms.objects.get()
    assert (terms.reminders, terms.categories) == ([180, 90, 30], {"general": {"least": "10", "most": "", "each": ""}})
    form = client_for(officer).get(url).context["form"]
    again = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    answer = client_for(officer).post(url, again)  # a second click on what is set already
    assert answer.status_code == 422 and ValidityTerms.objects.count() == 1
    assert client_for(officer).post(url, {**again, "months": 24}).status_code == 302


def test_the_pages_cost_the_same_however_many_entries(
    certificate, terms, client_for, trainee, registrar, at, django_assert_max_num_queries
):
    for _n in range(4):
        hand_in_cpd(trainee, at=at, accept=registrar)
    client, staff = client_for(trainee), client_for(registrar)
    with django_assert_max_num_queries(22):
        assert client.get(reverse("cpd", args=[certificate.uuid])).status_code == 200
    with django_assert_max_num_queries(16):
        assert staff.get(reverse("cpd_list") + "?state=all").status_code == 200


def word_in(page: str) -> str:
    found = re.search(r'name="evidence-kept" value="([^"]+)"', page)
    return found[1] if found else ""


def test_the_evidence_survives_an_error_elsewhere(certificate, terms, client_for, trainee):
    client, add = client_for(trainee), reverse("cpd_add", args=[certificate.uuid])
    answer = client.post(add, typed(title="", evidence=SimpleUploadedFile("证明.pdf", b"%PDF-1.4 x")))
    assert answer.status_code == 422 and "证明.pdf" in answer.text and "已保留" in answer.text
    word = word_in(answer.text)
    again = client.post(add, typed(title="", **{"evidence-kept": word}))
    assert again.status_code == 422 and word_in(again.text) == word  # as often as it takes
    assert client.post(add, typed(**{"evidence-kept": word})).status_code == 302
    entry = CpdEntry.objects.get()
    assert entry.file_name == "证明.pdf" and entry.sha256 == "sha256:" + sha256(b"%PDF-1.4 x").hexdigest()


def test_another_file_counts_more_than_the_kept_one(certificate, terms, client_for, trainee):
    client, add = client_for(trainee), reverse("cpd_add", args=[certificate.uuid])
    word = word_in(client.post(add, typed(title="", evidence=SimpleUploadedFile("a.pdf", b"%PDF-1.4 x"))).text)
    client.post(add, typed(evidence=SimpleUploadedFile("b.pdf", b"%PDF-1.4 y"), **{"evidence-kept": word}))
    assert CpdEntry.objects.get().file_name == "b.pdf"


def test_what_is_wrong_itself_is_not_kept_and_no_word_can_be_made_up(certificate, terms, client_for, trainee):
    client, add = client_for(trainee), reverse("cpd_add", args=[certificate.uuid])
    answer = client.post(add, typed(evidence=SimpleUploadedFile("a.pdf", b"not a pdf")))
    assert answer.status_code == 422 and not word_in(answer.text)
    for word in ("made-up", signing.dumps(["certificates/x.pdf", "a.pdf", "application/pdf"], salt="another")):
        assert client.post(add, typed(**{"evidence-kept": word})).status_code == 422
    assert not CpdEntry.objects.exists()


def test_kept_for_a_day(monkeypatch):
    word = kept_uploads.keep(SimpleUploadedFile("a.pdf", b"%PDF-1.4 x"))
    assert kept_uploads.find(word).read() == b"%PDF-1.4 x"
    monkeypatch.setattr(kept_uploads, "KEPT_FOR", timedelta(seconds=-1))
    assert kept_uploads.find(word) is None
    drop_kept_uploads(None)
    monkeypatch.setattr(kept_uploads, "KEPT_FOR", timedelta(days=1))
    assert kept_uploads.find(word) is None
