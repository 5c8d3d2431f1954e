"""Marks across bases by the authority's rule, the third mark, the agreed mark, and declared conflicts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Membership, Role
from assessments.models import Allocation, Conflict, Mark, MarkingRule, Result
from assessments.quality import ratings_of
from assessments.scoring import two_closest
from assessments.turns import FAR, NEAR, Place, kinds_for
from lms.lib.immutable import ImmutableRow
from tests.factories.assessments import give_mark, make_assessor, make_marked, make_submission, scores_for
from tests.factories.training import make_enrolment

pytestmark = pytest.mark.usefixtures("officer")  # the authority is there before the course that names it

TOP, MIDDLE, BOTTOM = [2, 2], [1, 1], [0, 0]  # 100, 50 and 0 points; the limit is 15 points, the pass mark 60


@pytest.fixture
def rule(officer, at):
    """Set a rule; it holds since yesterday."""

    def set_rule(**values) -> MarkingRule:
        made = MarkingRule(source="示例", **values)
        made.put_in_force(by=officer, at=at - timedelta(days=1))
        return made

    return set_rule


@pytest.fixture
def far(other_base):
    return make_assessor(other_base)


def take(person, at):
    return Allocation.take_next(person, at=at)


# --- The decision on plain values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks_from", "place", "waited", "kinds"),
    [
        ("own", NEAR, False, ("first", "second", "third")),
        ("own", FAR, True, ()),
        ("one", NEAR, False, ("first", "third")),  # two of the own base can't use both up
        ("one", NEAR, True, ("first", "second", "third")),
        ("one", FAR, False, ("second", "third")),
        ("other", NEAR, False, ()),
        ("other", NEAR, True, ("first", "second", "third")),
        ("other", FAR, False, ("first", "second", "third")),
        ("other", Place(near=False, far=False), True, ()),  # belongs to the base in another role
    ],
)
def test_which_marks_an_assessor_may_give(marks_from, place, waited, kinds):
    assert kinds_for(marks_from, place, waited=waited) == kinds


@pytest.mark.parametrize(
    ("totals", "pair"),
    [
        ((80, 60, 78), (0, 2)),
        ((80, 60, 63), (1, 2)),
        ((60, 80, 70), None),  # the third in the middle: a tie
        ((90, 30, 60), None),  # no two within the limit, and a tie besides
        ((90, 30, 70), None),  # the closest two are further apart than the limit
        ((50, 90, 62), None),  # within the limit, but only one of them passes
        ((70, 70, 70), None),  # all the same: no pair is nearer
    ],
)
def test_the_two_closest_of_three(totals, pair):
    assert two_closest([Decimal(total) for total in totals], limit=15, pass_mark=60) == pair


# --- Across bases ---------------------------------------------------------------------------------------------------------


def test_without_a_rule_other_bases_get_nothing(submission, far, at):
    assert take(far, at) is None


def test_one_mark_from_another_base(submission, assessor, assessor2, far, rule, at):
    rule(marks_from="one")
    first = take(assessor, at)
    assert (first.kind, first.across) == ("first", False)
    assert take(assessor2, at) is None  # the second is kept
    second = take(far, at)
    assert (second.kind, second.across) == ("second", True)


def test_the_other_base_may_come_first(submission, assessor, far, rule, at):
    rule(marks_from="one")
    assert take(far, at).kind == "second"
    assert take(assessor, at).kind == "first"


def test_after_the_days_the_own_base_gives_both(submission, assessor, assessor2, far, rule, at):
    rule(marks_from="one", own_base_days=3)
    give_mark(submission, assessor, at=at)
    assert take(assessor2, at + timedelta(days=2, hours=23)) is None
    turn = take(assessor2, at + timedelta(days=3))
    assert (turn.kind, turn.across) == ("second", False)


def test_where_nobody_else_assesses_the_own_base_does_at_once(submission, assessor, assessor2, rule, at):
    rule(marks_from="other")
    assert [take(assessor, at).kind, take(assessor2, at).kind] == ["first", "second"]


def test_both_marks_from_other_bases(submission, assessor, far, other_base, rule, at):
    rule(marks_from="other")
    assert take(assessor, at) is None
    assert [take(far, at).kind, take(make_assessor(other_base), at).kind] == ["first", "second"]


def test_a_rule_of_another_level_changes_nothing(submission, assessor, assessor2, far, rule, at):
    rule(level="senior", marks_from="other")
    assert take(assessor, at).kind == "first" and take(assessor2, at).kind == "second"
    assert take(far, at) is None


def test_the_level_s_own_rule_goes_before_the_default(submission, assessor, far, rule, at):
    rule(marks_from="own")
    rule(level="junior", marks_from="other")
    assert take(assessor, at) is None and take(far, at) is not None


def test_a_rule_set_later_does_not_hold_yet(submission, far, officer, at):
    MarkingRule(marks_from="other").put_in_force(by=officer, at=at + timedelta(hours=1))
    assert take(far, at) is None
    assert take(far, at + timedelta(hours=2)) is not None


def test_who_belongs_to_the_base_is_not_from_elsewhere(submission, base, far, rule, at):
    rule(marks_from="other")
    Membership.objects.create(user=far, organisation=base, role=Role.REGISTRAR, valid_from=date(2020, 1, 1))
    assert take(far, at) is None


def test_a_turn_across_ends_with_the_role(client_for, submission, base, far, rule, at):
    rule(marks_from="other")
    turn = take(far, at)
    client = client_for(far)
    assert client.get(turn.get_absolute_url()).status_code == 200
    Membership.objects.create(user=far, organisation=base, role=Role.REGISTRAR, valid_from=date(2020, 1, 1))
    assert client.get(turn.get_absolute_url()).status_code == 403


def test_an_assessor_from_elsewhere_marks_and_learns_nothing(client_for, submission, base, far, rule, at):
    rule(marks_from="other")
    client = client_for(far)
    page = client.post(reverse("marking_take"), follow=True)
    turn = Allocation.objects.get(assessor=far)
    pages = [page, client.get(reverse("marking_queue")), client.get(reverse("marking_give_back", args=[turn.uuid]))]
    scores = {f"points.{key}": score["points"] for key, score in scores_for(submission).items()}
    client.post(reverse("marking_give", args=[turn.uuid]), {"number": 0, **scores})
    assert Mark.objects.get().assessor == far
    pages += [client.get(turn.get_absolute_url()), client.get(reverse("marking_queue"))]
    for seen in pages:
        assert seen.status_code == 200
        for trace in (base.name, base.name_en, base.slug, submission.enrolment.cohort.title):
            assert trace not in seen.text
    assert client.get(reverse("answer_list")).context["page"].object_list == []


def test_rows_are_appended(rule):
    made = rule(marks_from="one")
    with pytest.raises(ImmutableRow):
        made.save()


def test_queries_of_the_queue_with_rules_and_conflicts(
    client_for, cohort, submission, far, rule, at, django_assert_max_num_queries
):
    rule(marks_from="one")
    rule(level="senior", marks_from="other")
    Conflict.declare(far, person="某人", reason="同事", at=at - timedelta(days=2))
    for _trainee in range(3):
        make_submission(make_enrolment(cohort, at=at), at=at)
    client = client_for(far)
    with django_assert_max_num_queries(11):
        assert client.get(reverse("marking_queue")).context["waiting"] == 4


# --- The third mark -------------------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(enrolment, rule, at):
    rule(on_disagreement="third")
    return make_marked(enrolment, first=TOP, second=MIDDLE, at=at)


def test_a_third_assessor_marks_first(disputed, assessor, registrar, at):
    assert disputed.status == "in_marking"
    turn = take(assessor, at)
    assert turn.kind == "third"
    turn.give_mark(scores_for(disputed, TOP), "", at=at)
    disputed.refresh_from_db()
    assert disputed.status == "ready"
    result = Result.release(disputed, by=registrar, at=at)
    assert (result.method, result.total) == ("third", 100)


def test_nobody_gives_two_of_three(disputed, at):
    assert take(disputed.marks.first().assessor, at) is None


def test_no_two_of_three_agree(disputed, assessor, moderator, at):
    take(assessor, at).give_mark(scores_for(disputed, BOTTOM), "", at=at)  # 100, 50, 0: a tie
    disputed.refresh_from_db()
    assert disputed.status == "in_moderation"
    turn = Allocation.take_for_moderation(disputed, moderator, at=at)
    turn.give_mark(scores_for(disputed, MIDDLE), "", at=at, reason="依据条款。")
    disputed.refresh_from_db()
    assert Result.agreed(disputed).method == "moderated"


def test_the_moderator_sees_three_marks(client_for, disputed, assessor, moderator, at):
    take(assessor, at).give_mark(scores_for(disputed, BOTTOM), "第三份意见", at=at)
    client = client_for(moderator)
    assert disputed.enrolment.anonymous_code in client.get(reverse("moderation_queue")).text
    page = client.post(reverse("moderation_take", args=[disputed.uuid]), follow=True)
    assert [mark.letter for mark in page.context["marks"]] == ["A", "B", "C"] and "第三份意见" in page.text


def test_agreement_is_computed_without_the_third(disputed, assessor, assignment, at):
    take(assessor, at).give_mark(scores_for(disputed, TOP), "", at=at)
    assert len(ratings_of([assignment.pk])) == 2


def test_the_trainee_reads_which_two_counted(client_for, disputed, assessor, registrar, trainee, at):
    take(assessor, at).give_mark(scores_for(disputed, TOP), "", at=at)
    disputed.refresh_from_db()
    Result.release(disputed, by=registrar, at=at)
    page = client_for(trainee).get(reverse("submission_result", args=[disputed.uuid]))
    voices = page.context["criteria"][0].voices
    assert [(voice.letter, voice.counts) for voice in voices] == [("A", True), ("B", False), ("C", True)]


def test_where_no_third_comes_the_moderator_decides(disputed, assessor, at):
    assert Allocation.no_third_came(at=at + timedelta(days=6)) == 0
    later = at + timedelta(days=8)
    turn = take(assessor, later)
    assert Allocation.no_third_came(at=later) == 0  # somebody has it on the table
    turn.give_back(at=later)
    assert Allocation.no_third_came(at=later) == 1
    assert Allocation.no_third_came(at=later) == 0
    disputed.refresh_from_db()
    assert disputed.status == "in_moderation"


def test_a_first_mark_alone_waits_for_no_third(submission, assessor, rule, at):
    rule(on_disagreement="third")
    give_mark(submission, assessor, at=at)
    assert Allocation.no_third_came(at=at + timedelta(days=99)) == 0


# --- The agreed mark ------------------------------------------------------------------------------------------------------


def test_an_agreed_mark_with_reason(client_for, enrolment, moderator, registrar, trainee, at):
    work = make_marked(enrolment, first=TOP, second=BOTTOM, at=at)
    client = client_for(moderator)
    client.post(reverse("moderation_take", args=[work.uuid]))
    turn = Allocation.objects.get(kind="moderated")
    post = {"number": 0, "agreed": "1", **{f"points.{k}": s["points"] for k, s in scores_for(work, TOP).items()}}
    assert client.post(reverse("marking_give", args=[turn.uuid]), post).status_code == 422  # no reason
    give = reverse("marking_give", args=[turn.uuid])
    looked = client.post(give, post | {"number": 1, "reason": "两位评阅人复核后一致。"})
    assert 'name="agreed"' in looked.text and not Mark.objects.filter(allocation=turn).exists()  # first it is looked over
    assert client.post(give, {"number": 1, "confirmed": "1", "agreed": "1"}).status_code == 409  # not what was shown
    client.post(give, {"number": 2, "confirmed": "1", "agreed": "1"})
    client.post(give, {"number": 2, "confirmed": "1", "agreed": "1"})  # a second click
    work.refresh_from_db()
    result = Result.release(work, by=registrar, at=at)
    assert (result.method, result.total) == ("agreed", 100)
    assert "两位评阅人复核后一致" in client_for(trainee).get(reverse("submission_result", args=[work.uuid])).text


def test_an_assessor_can_t_call_a_mark_agreed(submission, assessor, at):
    assert take(assessor, at).give_mark(scores_for(submission), "", at=at, agreed=True).agreed is False


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_officers_set_rules(client_for, officer, registrar, at):
    client, url = client_for(officer), reverse("marking_rules")
    values = {"level": "senior", "marks_from": "one", "own_base_days": 5, "on_disagreement": "third", "third_days": 4}
    assert client.post(url, {**values, "verified": "on"}).status_code == 422  # against what?
    assert client.post(url, {**values, "marks_from": "nowhere"}).status_code == 422
    assert client.post(url, values).status_code == 302
    assert MarkingRule.objects.get().marks_from == "one"
    page = client.get(url, {"level": "senior"})
    assert page.context["form"]["own_base_days"].value() == 5 and len(page.context["standing"]) == 2
    assert client_for(registrar).get(url).status_code == 403
