"""A case with variables, news, a negotiation and variants, played in the pages: what is shown, kept and refused."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import CaseRun, Submission
from assessments.talks import chapters
from curriculum.models import CaseScenarioPage, CoursePage
from lms.lib.errors import WrongState
from tests.curriculum.test_engine import COUNTERPARTS, STAGES, VARIABLES, VARIANTS
from tests.factories.assessments import NO_AI, assignment_of, complete_fields
from tests.factories.curriculum import make_course, make_edition, stream
from tests.factories.training import make_cohort, make_enrolment


def with_rules(course: CoursePage) -> CoursePage:
    case = CaseScenarioPage.objects.get()
    case.stages = stream(CaseScenarioPage, "stages", [("stage", stage) for stage in STAGES])
    case.variables = stream(CaseScenarioPage, "variables", [("variable", value) for value in VARIABLES])
    case.counterparts = stream(CaseScenarioPage, "counterparts", [("counterpart", value) for value in COUNTERPARTS])
    case.variants = stream(CaseScenarioPage, "variants", [("variant", value) for value in VARIANTS])
    case.save_revision()
    return course


@pytest.fixture
def edition(base, at):
    return make_edition(base, at, course=with_rules(make_course(base)))


@pytest.fixture
def run(enrolment, at) -> CaseRun:
    """Begun now, in the variant with much money whatever the lot says."""
    begun = CaseRun.start(enrolment, assignment_of(enrolment), at=at)
    CaseRun.objects.filter(pk=begun.pk).update(variant="large")
    begun.refresh_from_db()
    return begun


def url(run, name="case_play"):
    return reverse(name, args=[run.uuid])


def test_the_page_shows_what_there_is(client_for, trainee, run):
    page = client_for(trainee, "en").get(url(run))
    assert "预算 30 万元" in page.text
    assert "Budget" in page.text
    assert "示例热能" in page.text
    assert "底线 100" not in page.text  # the private brief
    assert 'value="test"' in page.text  # 30 is enough for the test


def test_a_choice_that_is_closed_is_not_offered(client_for, trainee, run):
    CaseRun.objects.filter(pk=run.pk).update(variant="small")
    client = client_for(trainee)
    assert 'value="test"' not in client.get(url(run)).text
    assert client.post(url(run, "case_decide"), {"stage": "visit", "option": "test"}).status_code == 409
    assert not run.decisions.exists()


def test_what_could_be_seen_is_kept_with_the_decision(run, at):
    decision = run.decide("visit", "users", at=at)
    assert decision.variables == {"budget": 30, "trust": 50}
    assert decision.visible == ["memo"]
    assert run.state().variables == {"budget": 26, "trust": 70}


def test_news_breaks_in_once_and_is_kept(client_for, trainee, run, at):
    assert run.tick(at=at + timedelta(minutes=9)) == []
    assert [row.data for row in run.tick(at=at + timedelta(minutes=10))] == [{"key": "call"}]
    assert run.tick(at=at + timedelta(minutes=11)) == []
    page = client_for(trainee).get(url(run))
    assert "总经理来电。" in page.text
    assert run.state().variables["trust"] == 55


def test_a_pause_stops_the_clock(client_for, trainee, run, at):
    run.pause(at=at + timedelta(minutes=5))
    run.pause(at=at + timedelta(minutes=6))  # twice is harmless
    assert run.decisions.count() == 1
    with pytest.raises(WrongState):
        run.decide("visit", "users", at=at + timedelta(minutes=7))
    run.resume(at=at + timedelta(minutes=65))
    assert run.tick(at=at + timedelta(minutes=69)) == []
    assert run.tick(at=at + timedelta(minutes=70))
    client = client_for(trainee, "en")
    client.post(url(run, "case_pause"))
    assert "Paused" in client.get(url(run)).text
    client.post(url(run, "case_pause"), {"go_on": "1"})
    assert "Paused" not in client.get(url(run)).text


def test_a_negotiation_to_a_deal(client_for, trainee, run, at):
    run.decide("visit", "users", at=at)
    client = client_for(trainee, "en")
    page = client.get(url(run))
    assert "Your offer in round 1 of 3" in page.text
    answer = client.post(url(run, "case_talk"), {"stage": "talk", "turn": "1", "t.fee": "zwölf"})
    assert answer.status_code == 422
    assert 'value="zwölf"' in answer.text and "Enter a number." in answer.text
    client.post(url(run, "case_talk"), {"stage": "talk", "turn": "1", "t.fee": "150"})
    page = client.get(url(run))
    assert "Your offer in round 2 of 3" in page.text
    assert "Take their proposal" in page.text
    kept = run.decisions.get(kind="offer")
    assert kept.data["offer"] == {"fee": 150}
    assert 0 < kept.data["answer"]["worth"] < kept.data["answer"]["asked"]
    assert str(kept.data["answer"]["worth"]) not in page.text  # what it is worth to them is theirs
    client.post(url(run, "case_talk"), {"stage": "talk", "step": "accept"})
    page = client.get(url(run))
    assert "成交。" in page.text
    assert CaseRun.objects.get(pk=run.pk).stage_key == "after"


def test_the_same_offer_twice_is_one(run, at):
    run.decide("visit", "users", at=at)
    first = run.offer("talk", {"fee": "150"}, turn=1, at=at)
    assert run.offer("talk", {"fee": "150"}, turn=1, at=at) == first
    with pytest.raises(WrongState):  # a stale page with another offer
        run.offer("talk", {"fee": "90"}, turn=1, at=at)
    assert run.decisions.filter(kind="offer").count() == 1


def test_the_talks_end_without_a_deal(client_for, trainee, run, at):
    run.decide("visit", "users", at=at)
    with pytest.raises(WrongState):
        run.leave("talk", at=at)
    run.offer("talk", {"fee": "200"}, turn=1, at=at)
    assert run.leave("talk", at=at) == run.leave("talk", at=at)
    assert CaseRun.objects.get(pk=run.pk).stage_key == "end"
    assert "破裂。" in client_for(trainee).get(url(run)).text


@pytest.fixture
def handed_in(run, at) -> Submission:
    run.tick(at=at + timedelta(minutes=10))
    run.decide("visit", "users", at=at + timedelta(minutes=12))
    run.offer("talk", {"fee": "150"}, turn=1, at=at + timedelta(minutes=13))
    run.accept("talk", at=at + timedelta(minutes=14))
    run.decide("after", "", at=at + timedelta(minutes=15))
    run.decide("end", "", at=at + timedelta(minutes=16))
    work = Submission.start(run, at=at + timedelta(minutes=17))
    work.save_draft(complete_fields(work.assignment.script()), number=0, key="x", at=at + timedelta(minutes=18))
    return work.hand_in(at=at + timedelta(minutes=19), ai_use=NO_AI)


def test_the_receipt_covers_offers_and_news(handed_in):
    assert handed_in.receipt_holds()
    kinds = [line[1] for line in handed_in.run.trace() if len(line) == 3]
    assert kinds == ["inject", "offer", "accept"]


def test_the_debrief_compares_and_tells_what_the_others_knew(client_for, trainee, handed_in):
    client = client_for(trainee, "en")
    page = client.get(url(handed_in.run, "case_debrief"))
    assert "Where your way ended" in page.text
    assert "底线 100" in page.text
    line = next(row["line"] for row in page.context["compared"] if row["line"].key == "budget")
    assert line.own == handed_in.run.state().variables["budget"]
    assert line.least <= line.own


def test_the_replay_shows_each_moment_as_it_was(client_for, trainee, handed_in):
    client = client_for(trainee, "en")
    first = client.get(url(handed_in.run, "case_replay"))
    assert "总经理来电。" in first.text
    assert {shown.exhibit.key for shown in first.context["exhibits"]} == {"memo"}
    third = client.get(url(handed_in.run, "case_replay"), {"step": "3"})
    assert third.context["step"].counter and "They propose" in third.text
    assert {shown.exhibit.key for shown in third.context["exhibits"]} == {"memo", "data"}
    assert [gauge.value for gauge in third.context["before"]] == [26, 75]
    assert client.get(url(handed_in.run, "case_replay"), {"step": "nonsense"}).context["place"] == 1
    assert client.get(url(handed_in.run, "case_replay"), {"step": "99"}).context["place"] == 6


def test_neither_before_the_hand_in(client_for, trainee, run):
    for name in ("case_debrief", "case_replay"):
        assert client_for(trainee).get(url(run, name)).url == url(run)


def test_a_repeated_case_is_another_variant(edition, enrolment, trainee, registrar, at):
    first = CaseRun.start(enrolment, assignment_of(enrolment), at=at)
    assert first.variant in ("small", "large")
    enrolment.withdraw(by=trainee, at=at)
    again = make_enrolment(make_cohort(edition, at=at, by=registrar), trainee, at=at)
    second = CaseRun.start(again, assignment_of(again), at=at)
    assert {first.variant, second.variant} == {"small", "large"}


def test_queries_do_not_grow_with_what_happened(client_for, trainee, run, at, django_assert_max_num_queries):
    client = client_for(trainee)
    run.tick(at=at + timedelta(minutes=10))
    run.decide("visit", "users", at=at)
    with django_assert_max_num_queries(8) as few:
        client.get(url(run))
    for turn in (1, 2):
        run.offer("talk", {"fee": "150"}, turn=turn, at=at)
    with django_assert_max_num_queries(len(few)):
        client.get(url(run))


@pytest.mark.parametrize("name", ["case_talk", "case_pause", "case_replay"])
def test_nobody_elses(client_for, outsider, run, name):
    client = client_for(outsider)
    answer = client.get(url(run, name)) if name == "case_replay" else client.post(url(run, name), {"stage": "talk"})
    assert answer.status_code == 404


def test_the_preview_plays_the_rules_and_keeps_nothing(client_for, edition, base):
    from curriculum.models import EditionItem

    author = base.memberships.filter(role="author").first().user
    place = EditionItem.objects.get(edition=edition, kind="case").position
    address = reverse("edition_walk_page", args=[edition.uuid, place])
    client = client_for(author, "en")
    start = client.get(address).text
    assert "预算 10 万元" in start  # the first variant
    assert 'value="test"' not in start
    assert "总经理来电。" in client.get(address, {"way": "news:call"}).text
    talk = client.get(address, {"way": ["news:call", "users"], "t.fee": "150"}).text
    assert "Take their proposal" in talk
    assert "成交。" in client.get(address, {"way": ["users", "offer:fee=150", "accept"]}).text
    assert "破裂。" in client.get(address, {"way": ["users", "offer:fee=200", "leave"]}).text
    for wrong in ("offer:fee=9999", "offer:fee=nan", "accept", "news:nothing", "offer:"):
        assert client.get(address, {"way": ["users", wrong]}).status_code == 200
    assert not CaseRun.objects.exists()


def test_an_offer_can_be_worked_out_before_it_is_made(client_for, trainee, run, at):
    """The figures of what was typed are shown, nothing is kept, and what is wrong is said beside its field."""
    run.decide("visit", "users", at=at)
    client, address = client_for(trainee, "en"), url(run, "case_talk")
    step = {"stage": "talk", "turn": "1", "step": "reckon"}
    page = client.post(address, step | {"t.fee": "100"})
    assert page.status_code == 200
    assert "Worked out, not offered" in page.text
    assert "117.36 万元" in page.text and 'value="100"' in page.text
    wrong = client.post(address, step | {"t.fee": "much"})
    assert wrong.status_code == 422
    assert "Enter a number." in wrong.text and "Worked out, not offered" not in wrong.text
    assert not run.decisions.filter(kind="offer").exists()
    assert "Your offer in round 1 of 3" in page.text
    assert client.post(address, step | {"stage": "visit", "t.fee": "100"}).status_code == 409


def test_the_debrief_tells_how_the_talks_went(client_for, trainee, handed_in):
    kept = handed_in.run.decisions.get(kind="offer").data["answer"]
    page = client_for(trainee, "en").get(url(handed_in.run, "case_debrief"))
    talks = next(chapter.talks for chapter in page.context["chapters"] if chapter.talks)
    assert [(round(turn.worth), turn.accepted) for turn in talks.rounds] == [(round(kept["worth"] * 100), False)]
    assert talks.result == "deal" and talks.proposal_taken
    assert "Worth to them" in page.text and "You took their last proposal:" in page.text


def test_the_debrief_tells_of_talks_that_failed(client_for, trainee, run, at):
    run.decide("visit", "users", at=at)
    run.offer("talk", {"fee": "200"}, turn=1, at=at)
    run.leave("talk", at=at)
    talks = chapters(run.script(), run.decisions.all(), started_at=run.started_at)[-1].talks
    assert (talks.result, talks.text, talks.terms, talks.figures) == ("failure", "<p>破裂。</p>", (), [])


def test_the_forms_of_a_case_carry_their_token(trainee, run, at):
    """The test client asks for no token; a browser's post without one is refused."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trainee)
    run.decide("visit", "users", at=at)
    for turn in (1, 2):
        page = client.get(url(run)).text
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"[^>]*><input type="hidden" name="stage"', page)
        assert len(token) == turn  # the offer's form, then also the one that takes their proposal
        sent = {"stage": "talk", "turn": str(turn), "t.fee": "150", "csrfmiddlewaretoken": token[-1]}
        assert client.post(url(run, "case_talk"), sent).status_code == 302


def test_an_exhibit_is_new_once(client_for, trainee, run, at):
    run.decide("visit", "users", at=at)
    now = client_for(trainee).get(url(run)).context["exhibits"]
    assert {shown.exhibit.key: shown.is_new for shown in now} == {"memo": False, "data": True}
    run.offer("talk", {"fee": "150"}, turn=1, at=at)
    run.accept("talk", at=at)
    assert not any(shown.is_new for shown in client_for(trainee).get(url(run)).context["exhibits"])
