"""Qualifying on anchors: the verdict follows from the marks alone, gives or refuses the licence, and does not tell the bands."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from assessments.anchor_rules import Gap, Rule, judge
from assessments.models import AnchorTerms, AnchorTurn, LicenceEvent, Mark, Qualification, QualityPolicy
from assessments.models.policy import may_mark
from lms.lib.errors import WrongState
from tests.factories.anchors import make_anchor, make_terms
from tests.factories.assessments import scores_for

RULE = Rule(scripts=2, within=2, total=Decimal(10), bands=1, exact=50)


@pytest.fixture
def terms(officer, at):
    return make_terms(officer, at=at, exact_percent=50, waiting_days=14, licence_months=12)


@pytest.fixture
def pool(cohort, moderator, at):
    """Two to qualify on: top bands, and a middle one."""
    return [make_anchor(cohort, moderator, at=at, bands=bands) for bands in ("top", [1, 2])]


@pytest.fixture
def licences(pool, officer, at):
    """From now on nobody marks without one."""
    QualityPolicy(floor=Decimal("0.5"), minimum_scripts=5, licences_required=True).put_in_force(by=officer, at=at)


def sit(assessor, at, *, right: bool) -> Qualification:
    """Begin and mark everything, as agreed or all at the bottom."""
    test = Qualification.start(assessor, at=at)
    for turn in test.turns.select_related("anchor", "assessor", "qualification", "assignment__rubric"):
        agreed = {key: row.band.points for key, row in turn.anchor.agreed().items()}
        scores = {key: {"points": points, "comment": ""} for key, points in agreed.items()}
        turn.give_mark(scores if right else scores_for(turn.submission, "bottom"), "", at=at)
    test.refresh_from_db()
    return test


# --- The rule on plain values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gaps", "short"),
    [
        ([("0", {"a": 0, "b": 0}), ("-10", {"a": -1, "b": 0})], ()),
        ([("0", {"a": 0, "b": 0}), ("10.01", {"a": 1, "b": 0})], ("within",)),
        ([("0", {"a": 0, "b": 0}), ("5", {"a": 2, "b": -1})], ("within",)),
        ([("0", {"a": 1, "b": -1}), ("0", {"a": 1, "b": -1})], ("exact",)),
        ([("50", {"a": 2, "b": 2}), ("50", {"a": 2, "b": 2})], ("within", "exact")),
    ],
)
def test_both_tolerances_and_the_share_of_exact_bands(gaps, short):
    verdict = judge(RULE, [Gap(Decimal(total), bands) for total, bands in gaps])
    assert (verdict.short, verdict.passed) == (short, not short)


def test_only_as_many_scripts_as_were_asked_for():
    with pytest.raises(ValueError):
        judge(RULE, [])


# --- The licence ----------------------------------------------------------------------------------------------------------


def test_passing_gives_the_licence_and_computes_the_same_again(terms, pool, licences, assessor, at):
    assert not may_mark(assessor, at=at)
    test = sit(assessor, at, right=True)
    assert (test.outcome, test.licence.until) == ("passed", terms.licence_until(at))
    assert may_mark(assessor, at=at + timedelta(minutes=1))
    assert test.replay().passed and test.replay().exact == test.facts["exact"] == 4
    assert Mark.objects.filter(assessor=assessor).count() == 0
    assert not may_mark(assessor, at=terms.licence_until(at))  # it lapses


def test_later_terms_change_no_verdict(terms, pool, assessor, officer, at):
    test = sit(assessor, at, right=True)
    make_terms(officer, at=at + timedelta(days=1), scripts=9, within=9)
    assert test.replay().passed


def test_failing_means_waiting_and_no_licence(terms, pool, cohort, moderator, assessor, at):
    for _one in range(2):
        make_anchor(cohort, moderator, at=at)
    test = sit(assessor, at, right=False)
    assert (test.outcome, test.licence, test.facts["short"]) == ("failed", None, ["within", "exact"])
    assert not LicenceEvent.objects.exists()
    with pytest.raises(WrongState):
        Qualification.start(assessor, at=at + timedelta(days=13))
    assert Qualification.start(assessor, at=at + timedelta(days=14)).outcome == ""


def test_nothing_that_was_practised_read_or_met(terms, pool, cohort, moderator, assessor, at):
    AnchorTurn.practise(pool[0], assessor, at=at)
    with pytest.raises(WrongState):
        Qualification.start(assessor, at=at)
    make_anchor(cohort, moderator, at=at)
    drawn = {turn.anchor_id for turn in Qualification.start(assessor, at=at).turns.all()}
    assert pool[0].pk not in drawn
    assert len(drawn) == 2


def test_a_withdrawn_licence_comes_back_by_a_person_only(terms, pool, licences, assessor, officer, at):
    LicenceEvent.record("granted", assessor, reason="开始", by=officer, at=at, until=at + timedelta(days=9))
    LicenceEvent.record("withdrawn", assessor, reason="尺度偏离", by=officer, at=at)
    test = sit(assessor, at, right=True)
    assert (test.outcome, test.licence) == ("passed", None)
    assert not may_mark(assessor, at=at)


def test_what_is_handed_back_is_replaced_or_ends_it(terms, pool, cohort, moderator, assessor, at):
    spare = make_anchor(cohort, moderator, at=at)
    test = Qualification.start(assessor, at=at)
    turns = list(test.turns.select_related("qualification__assessor", "assessor"))
    turns[0].give_back(at=at, reason="认识作者")
    left = {spare.pk, *(anchor.pk for anchor in pool)} - {turns[0].anchor_id}
    assert {turn.anchor_id for turn in test.turns.filter(status="taken")} == left
    turns[1].give_back(at=at, reason="认识作者")
    test.refresh_from_db()
    assert test.outcome == "left"


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_it_works_and_does_not_tell_the_bands(client_for, terms, pool, assessor, at):
    client, url = client_for(assessor), reverse("qualification")
    assert client.post(url).url == url
    for turn in AnchorTurn.objects.all():
        sheet = turn.get_absolute_url()
        assert sheet in client.get(url).text
        typed = {f"points.{key}": score["points"] for key, score in scores_for(turn.submission, "bottom").items()}
        assert client.post(sheet + "give/", {"number": 0, **typed}).url == url
        assert client.get(reverse("anchor_compare", args=[turn.uuid])).status_code == 404
    page = client.get(url)
    assert Qualification.objects.get().outcome == "failed"
    assert "因为指标写到了可以检验的程度" not in page.text
    assert page.context["waits"] is not None


def test_without_terms_nobody_qualifies(client_for, pool, assessor, trainee, at):
    assert not AnchorTerms.objects.exists()
    with pytest.raises(WrongState):
        Qualification.start(assessor, at=at)
    assert client_for(assessor).get(reverse("qualification")).status_code == 200
    assert client_for(trainee).get(reverse("qualification")).status_code == 403
