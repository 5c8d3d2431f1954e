"""Playing a case: the verbs, and the page that shows one stage after the other."""

import uuid

import pytest
from django.urls import reverse

from assessments.models import Assignment, CaseRun, Decision
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.assessments import make_run, make_submission
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment


def test_starting_twice_gives_one_run(enrolment, assignment, at):
    first = CaseRun.start(enrolment, assignment, at=at)
    assert CaseRun.start(enrolment, assignment, at=at) == first
    assert first.stage_key == "visit"
    assert not first.is_played


def test_a_case_of_another_course_is_refused(enrolment, other_base, at):
    other = Assignment.objects.get(part__plan__edition=make_edition(other_base, at))
    with pytest.raises(WrongState):
        CaseRun.start(enrolment, other, at=at)


def test_who_left_cannot_begin_or_decide(enrolment, assignment, trainee, at):
    run = make_run(enrolment, at=at, played=False)
    enrolment.withdraw(by=trainee, at=at)
    with pytest.raises(WrongState):
        CaseRun.objects.get(pk=run.pk).decide("visit", "users", at=at)


def test_a_decision_moves_on_and_keeps_what_was_visible(fresh_run, at):
    decision = fresh_run.decide("visit", "users", at=at)
    assert (decision.position, decision.stage_key, decision.option_key) == (0, "visit", "users")
    assert decision.visible == ["memo"]
    assert fresh_run.stage_key == "draft"
    last = fresh_run.decide("draft", "", at=at)
    assert sorted(last.visible) == ["data", "memo"]
    assert fresh_run.is_played
    assert fresh_run.finished_at == at


def test_the_same_decision_twice_is_harmless(fresh_run, at):
    first = fresh_run.decide("visit", "users", at=at)
    assert fresh_run.decide("visit", "users", at=at) == first
    assert fresh_run.decisions.count() == 1


@pytest.mark.parametrize(("stage", "option"), [("visit", "price"), ("draft", "users"), ("nowhere", "")])
def test_a_stale_or_forged_decision_is_refused(fresh_run, at, stage, option):
    fresh_run.decide("visit", "users", at=at)
    with pytest.raises(WrongState):
        fresh_run.decide(stage, option, at=at)
    assert fresh_run.decisions.count() == 1


def test_a_choice_there_is_not_is_refused(fresh_run, at):
    with pytest.raises(WrongState):
        fresh_run.decide("visit", "fly", at=at)
    assert fresh_run.decisions.count() == 0


def test_a_decision_is_never_changed(run):
    decision = run.decisions.first()
    with pytest.raises(ImmutableRow):
        decision.save()
    with pytest.raises(ImmutableRow):
        decision.delete()
    with pytest.raises(ImmutableRow):
        Decision.objects.update(option_key="price")


# --- Pages --------------------------------------------------------------------------------------------------------------


def test_it_works(client_for, trainee, enrolment, assignment):
    client = client_for(trainee)
    begin = reverse("case_begin", args=[enrolment.uuid, assignment.uuid])
    page = client.get(begin)
    assert "你是技术经理人" in page.text
    assert "问用户怎么用" not in page.text  # nothing of the stages is given away
    play = client.post(begin).url
    page = client.get(play)
    assert "你到了企业" in page.text
    assert "用户来信" in page.text
    assert "写需求说明" not in page.text
    assert "得到来信" not in page.text
    run = CaseRun.objects.get()
    decide = reverse("case_decide", args=[run.uuid])
    page = client.post(decide, {"stage": "visit", "option": "users"}, follow=True)
    assert "得到来信" in page.text  # what followed
    assert "写需求说明" in page.text
    page = client.post(decide, {"stage": "draft"}, follow=True)
    assert "技术需求说明书" in page.text
    assert reverse("submission_start", args=[run.uuid]) in page.text
    assert client.get(begin).url == play


def test_no_choice_is_an_error_beside_the_question(client_for, trainee, fresh_run):
    page = client_for(trainee, "en").post(reverse("case_decide", args=[fresh_run.uuid]), {"stage": "visit"})
    assert page.status_code == 422
    assert 'class="errorlist"' in page.text
    assert "你到了企业" in page.text
    assert not fresh_run.decisions.exists()


def test_a_stale_page_is_shown_where_the_run_is_now(client_for, trainee, fresh_run, at):
    fresh_run.decide("visit", "users", at=at)
    url = reverse("case_decide", args=[fresh_run.uuid])
    page = client_for(trainee).post(url, {"stage": "visit", "option": "price"})
    assert page.status_code == 409
    assert "写需求说明" in page.text
    assert fresh_run.decisions.get().option_key == "users"
    assert client_for(trainee).post(url, {"stage": "visit", "option": "users"}).status_code == 302  # the same: harmless


def test_new_exhibits_are_marked(client_for, trainee, fresh_run, at):
    fresh_run.decide("visit", "users", at=at)
    page = client_for(trainee, "en").get(fresh_run.get_absolute_url())
    new, old = page.context["exhibits"]
    assert (new.exhibit.key, new.is_new) == ("data", True)
    assert (old.exhibit.key, old.is_new) == ("memo", False)


def test_the_debrief_opens_after_the_hand_in(client_for, trainee, run, enrolment, at):
    url = reverse("case_debrief", args=[run.uuid])
    client = client_for(trainee)
    assert client.get(url).status_code == 302
    make_submission(enrolment, at=at)
    page = client.get(url)
    assert "对方不愿说" in page.text  # what the other way would have brought
    assert "事后讲评" in page.text


def test_it_takes_a_constant_number_of_queries(client_for, trainee, fresh_run, django_assert_max_num_queries):
    client = client_for(trainee)
    client.get(fresh_run.get_absolute_url())
    with django_assert_max_num_queries(5):
        client.get(fresh_run.get_absolute_url())


@pytest.mark.parametrize("name", ["case_play", "case_decide", "case_debrief", "submission_start"])
def test_nobody_else_finds_it(client_for, run, name, outsider, registrar, assessor):
    for person in (outsider, registrar, assessor):
        client = client_for(person)
        url = reverse(name, args=[run.uuid])
        assert client.get(url).status_code in (404, 405)
        assert client.post(url, {"stage": "visit"}).status_code in (404, 405)
    assert client_for(None).post(reverse("case_decide", args=[run.uuid])).status_code == 302


def test_foreign_ids_are_not_found(client_for, trainee, enrolment, other_base, at):
    other = Assignment.objects.get(part__plan__edition=make_edition(other_base, at))
    client = client_for(trainee)
    for arguments in ([enrolment.uuid, other.uuid], [enrolment.uuid, uuid.uuid4()], [uuid.uuid4(), other.uuid]):
        assert client.get(reverse("case_begin", args=arguments)).status_code == 404
        assert client.post(reverse("case_begin", args=arguments)).status_code == 404
    classmate = make_enrolment(make_cohort(other.item.edition, at=at), at=at)
    assert client.get(reverse("practice", args=[classmate.uuid])).status_code == 404
