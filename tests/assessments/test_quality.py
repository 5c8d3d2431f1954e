"""Quality of marking: what is held back, marking again, the authority's policy, licences that lapse, and the pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from assessments.models import Allocation, LicenceEvent, QualityPolicy, RemarkOrder, Result, Submission
from assessments.models.quality import held_back, totals_of
from assessments.quality import lapse_licences, report_of, state_of
from curriculum.models import Edition
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.conftest import make_base, make_user
from tests.factories.assessments import give_mark, make_assessor, make_marked, make_submission, scores_for
from tests.factories.training import make_cohort, make_enrolment
from tests.stage import make_reviewed, standing, stands
from training.models import Cohort

# Bands of the factory's rubric, by place: need 0/30/60, terms 0/20/40. [2, 1] is 80 points, [1, 2] 70: within the limit of 15,
# both pass, one band apart on each criterion. Each pair of marks agrees, and yet there is no agreement on the whole.
HIGH, LOW, MIDDLE = [2, 2], [0, 0], [1, 1]


standing_edition = stands(lambda at: make_reviewed(at).pk)  # reviewed by the authority that sets the policy


@pytest.fixture
def cohort(edition, registrar, at) -> Cohort:
    return Cohort.objects.filter(edition=edition).first() or make_cohort(edition, at=at, by=registrar)


@pytest.fixture
def policy(officer, at):
    made = QualityPolicy(floor=Decimal("0.667"), minimum_scripts=3, source="示例")
    made.put_in_force(by=officer, at=at - timedelta(days=30))
    return made


def marked(cohort, at, pairs):
    """Scripts of new trainees with these pairs of marks, whatever they come to."""
    return [make_marked(make_enrolment(cohort, at=at), first=one, second=other, at=at) for one, other in pairs]


@pytest.fixture(scope="module")
def standing_low(standing_edition, django_db_blocker):
    def make() -> list[int]:
        at = timezone.now().replace(microsecond=0)
        by = make_user("registrar", "测试教务冯", make_base(), Role.REGISTRAR)
        cohort = make_cohort(Edition.objects.get(pk=standing_edition), at=at, by=by)
        pairs = [([2, 1], [1, 2]), ([1, 2], [2, 1]), ([2, 1], [1, 2]), ([1, 2], [2, 1]), ([2, 1], [1, 2])]
        return [submission.pk for submission in marked(cohort, at, pairs)]

    yield from standing(make, django_db_blocker)


@pytest.fixture
def low(standing_low, cohort, assignment):
    """Five scripts on which the two assessors agree on the decision only: α is far below any floor."""
    return [Submission.objects.get(pk=pk) for pk in standing_low]


def test_results_are_held_back_below_the_floor(low, policy, registrar, at):
    assert {submission.status for submission in low} == {Submission.Status.READY}
    assert held_back(low[0].assignment_id, policy)
    with pytest.raises(WrongState):
        Result.release(low[0], by=registrar, at=at)
    low[0].refresh_from_db()
    assert low[0].status == Submission.Status.READY
    assert not Result.objects.exists()


def test_marking_again_frees_a_result(low, policy, moderator, registrar, at):
    order = RemarkOrder.give(low[0], reason="一致性不足", by=moderator, at=at)
    assert RemarkOrder.give(low[0], reason="再次", by=moderator, at=at) == order  # a second click
    low[0].refresh_from_db()
    assert low[0].status == Submission.Status.IN_MODERATION
    turn = Allocation.take_for_moderation(low[0], moderator, at=at)
    turn.give_mark(scores_for(low[0], HIGH), "总评", at=at, reason="按证据")
    low[0].refresh_from_db()
    result = Result.release(low[0], by=registrar, at=at)
    assert (result.method, result.total) == (Result.Method.MODERATED, Decimal("100"))
    with pytest.raises(WrongState):  # the others still wait
        Result.release(low[1], by=registrar, at=at)


def test_nothing_is_held_back_without_policy_with_few_scripts_or_enough_agreement(cohort, assignment, registrar, officer, at):
    pairs = [(HIGH, HIGH), (LOW, LOW), (MIDDLE, MIDDLE), (HIGH, HIGH)]
    good = marked(cohort, at, pairs)
    Result.release(good[0], by=registrar, at=at)
    QualityPolicy(floor=Decimal("0.9"), minimum_scripts=3).put_in_force(by=officer, at=at)
    Result.release(good[1], by=registrar, at=at)  # α = 1
    assert len(totals_of(assignment.pk)) == 4
    assert not held_back(assignment.pk, QualityPolicy(floor=Decimal(1), minimum_scripts=5))


def test_a_released_result_is_not_marked_again(low, registrar, moderator, at):
    Result.release(low[0], by=registrar, at=at)
    with pytest.raises(WrongState):
        RemarkOrder.give(low[0], reason="晚了", by=moderator, at=at)
    assert not RemarkOrder.objects.exists()


def test_policies_are_appended(policy):
    with pytest.raises(ImmutableRow):
        policy.save()


@pytest.mark.parametrize(
    ("scripts", "value", "state"),
    [(0, None, "few"), (2, 0.1, "few"), (3, None, "same"), (3, 0.66, "below"), (3, 0.667, "ok"), (9, 0.99, "ok")],
)
def test_the_state_of_agreement(scripts, value, state):
    assert state_of(scripts, value, QualityPolicy(floor=Decimal("0.667"), minimum_scripts=3)) == state
    assert state_of(scripts, value, None) == "open"


def test_the_report_counts_blind_marks_only(low, policy, moderator, at, django_assert_num_queries):
    RemarkOrder.give(low[0], reason="一致性不足", by=moderator, at=at)
    Allocation.take_for_moderation(low[0], moderator, at=at).give_mark(scores_for(low[0]), "", at=at, reason="按证据")
    report = report_of(low[0].assignment)
    assert (report.scripts, report.moderated) == (5, 1)
    assert report.alpha.value < 0
    assert {line.key: line.apart for line in report.criteria} == {"need": {1: 5}, "terms": {1: 5}}
    assert len(report.markers) == 10
    with django_assert_num_queries(1):  # kept: marks never change
        assert report_of(low[0].assignment) == report


# --- Licences -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(officer, at):
    policy = QualityPolicy(floor=Decimal("0.667"), minimum_scripts=3, licences_required=True, licence_months=12)
    policy.put_in_force(by=officer, at=at - timedelta(days=300))
    return policy


def grant(person, officer, policy, at):
    until = policy.licence_until(at)
    return LicenceEvent.record(LicenceEvent.Kind.GRANTED, person, reason="通过培训", by=officer, at=at, until=until)


def test_without_a_licence_nobody_gets_a_script(submission, assessor, officer, strict, at, client_for):
    assert Allocation.take_next(assessor, at=at) is None
    page = client_for(assessor, "en").get(reverse("marking_queue"))
    assert "licence" in page.text
    grant(assessor, officer, strict, at - timedelta(days=200))
    assert Allocation.take_next(assessor, at=at)


def test_a_licence_ends(submission, assessor, officer, strict, at):
    event = grant(assessor, officer, strict, at - timedelta(days=200))
    assert event.until == event.at.replace(year=event.at.year + 1)
    assert Allocation.take_next(assessor, at=event.until) is None


def test_a_withdrawn_licence_is_gone_and_only_a_valid_one_can_be_withdrawn(submission, assessor, officer, strict, at):
    withdraw = {"reason": "利益冲突未申报", "by": officer, "at": at}
    with pytest.raises(WrongState):
        LicenceEvent.record(LicenceEvent.Kind.WITHDRAWN, assessor, **withdraw)
    grant(assessor, officer, strict, at - timedelta(days=1))
    LicenceEvent.record(LicenceEvent.Kind.WITHDRAWN, assessor, **withdraw)
    assert Allocation.take_next(assessor, at=at) is None


def test_a_licence_lapses_when_agreement_falls(cohort, officer, strict, base, moderator, at):
    """One assessor marks top where the other sees the middle, and the reverse; the moderator sides with the other."""
    odd, steady = make_assessor(base), make_assessor(base)
    for person in (odd, steady):
        grant(person, officer, strict, at - timedelta(days=20))
    for number in range(12):
        right, wrong = (HIGH, MIDDLE) if number % 2 else (MIDDLE, HIGH)
        submission = make_submission(make_enrolment(cohort, at=at), at=at)
        give_mark(submission, odd, wrong, at=at)
        give_mark(submission, steady, right, at=at)
        assert lapse_licences(at=at) == []  # nobody knows yet who was right
        turn = Allocation.take_for_moderation(submission, moderator, at=at)
        turn.give_mark(scores_for(submission, right), "", at=at, reason="按证据")
        if number < 9:
            assert lapse_licences(at=at) == []  # too few scripts to cost a licence
            continue
        break
    made = lapse_licences(at=at)
    assert [(event.assessor, event.reason) for event in made] == [(odd, "agreement")]
    assert made[0].measured["scripts"] == 10
    assert lapse_licences(at=at) == []  # once
    assert Allocation.take_next(odd, at=at) is None


def test_a_licence_lapses_for_severity_when_two_others_say_so(cohort, assignment, officer, base, at):
    """Ten points below the others on every script, good and bad alike: agreement holds, severity does not."""
    policy = QualityPolicy(
        floor=Decimal("0"), minimum_scripts=3, licences_required=True, licence_months=12, severity_limit=Decimal("5")
    )
    policy.put_in_force(by=officer, at=at - timedelta(days=30))
    severe, one, two = (make_assessor(base) for _ in range(3))
    for person in (severe, one, two):
        grant(person, officer, policy, at - timedelta(days=20))
    for number in range(10):
        assert lapse_licences(at=at) == []
        given, seen = ([1, 2], [2, 1]) if number % 2 else ([0, 1], [1, 0])  # 70 beside 80, 20 beside 30
        submission = make_submission(make_enrolment(cohort, at=at), at=at)
        give_mark(submission, severe, given, at=at)
        give_mark(submission, one if number < 5 else two, seen, at=at)
    made = lapse_licences(at=at)
    assert [(event.assessor, event.reason, event.measured) for event in made] == [
        (severe, "severity", {"severity": -10.0, "scripts": 10})
    ]


def test_no_licence_lapses_where_none_is_asked_for(policy, assessor, officer, at):
    grant(assessor, officer, policy, at)
    assert lapse_licences(at=at) == []


# --- Pages --------------------------------------------------------------------------------------------------------------


def test_the_pages(client_for, low, policy, moderator, registrar, officer):
    uuid = low[0].assignment.uuid
    for person, names in ((moderator, True), (officer, True), (registrar, False)):
        client = client_for(person, "en")
        assert "below the floor" in client.get(reverse("quality_list")).text
        page = client.get(reverse("quality_detail", args=[uuid]))
        assert "Results are held back" in page.text
        assert (low[0].marks.first().assessor.full_name in page.text) is names
        assert low[0].enrolment.user.full_name not in page.text
    lines = b"".join(client_for(officer).get(reverse("quality_list"), {"format": "csv"}).streaming_content).decode()
    assert "below" in lines and "-0." in lines


def test_the_list_filters_and_queries_do_not_grow(client_for, cohort, low, policy, officer, at, django_assert_max_num_queries):
    client, url = client_for(officer), reverse("quality_list")
    assert len(client.get(url, {"base": cohort.organisation.slug, "level": "junior"}).context["rows"]) == 1
    assert client.get(url, {"base": "nonsense"}).context["rows"] == []
    with django_assert_max_num_queries(9) as few:
        client.get(url)
    marked(cohort, at, [(HIGH, HIGH), (LOW, LOW)])
    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_ordering_to_mark_again(client_for, low, policy, moderator, registrar):
    url = reverse("quality_remark", args=[low[0].assignment.uuid])
    assert client_for(registrar).post(url, {"reason": "x"}).status_code == 403
    client = client_for(moderator, "en")
    assert client.post(url, {"reason": ""}).status_code == 422
    assert not RemarkOrder.objects.exists()
    client.post(url, {"reason": "一致性不足"})
    assert RemarkOrder.objects.count() == 5
    assert "一致性不足" in client.get(reverse("moderation_queue")).text


def test_the_release_list_says_what_is_held_back(client_for, low, policy, registrar):
    client = client_for(registrar, "en")
    page = client.get(reverse("release_list"))
    assert "held back" in page.text
    client.post(reverse("release_cohort", args=[low[0].enrolment.cohort.uuid]))
    assert not Result.objects.exists()


def test_setting_a_policy(client_for, officer, policy):
    client, url = client_for(officer, "en"), reverse("quality_policy")
    assert 'value="0.667"' in client.get(url).text  # begins with what holds now
    values = {"floor": "0.8", "minimum_scripts": "20", "licence_months": "24", "severity_limit": "10"}
    page = client.post(url, {**values, "floor": "1.5"})
    assert page.status_code == 422 and "errorlist" in page.text and 'value="20"' in page.text
    assert client.post(url, {**values, "verified": "on"}).status_code == 422  # verified against what?
    client.post(url, values)
    assert QualityPolicy.objects.count() == 2
    assert QualityPolicy.objects.order_by("pk").last().floor == Decimal("0.8")


def test_granting_and_withdrawing(client_for, officer, assessor, strict):
    client = client_for(officer, "en")
    url = reverse("licence", args=[assessor.uuid])
    assert client.post(url, {"kind": "withdrawn", "reason": "x"}).status_code == 422  # there is none
    client.post(url, {"kind": "granted", "reason": "通过锚定卷培训"})
    rows = client.get(reverse("licence_list"), {"state": "granted", "name": assessor.full_name}).context["page"].object_list
    assert [row["person"] for row in rows] == [assessor]
    client.post(url, {"kind": "withdrawn", "reason": "离岗"})
    assert [event.kind for event in assessor.licence_events.order_by("at", "pk")] == ["granted", "withdrawn"]
    assert client.get(reverse("licence_list"), {"state": "granted"}).context["page"].object_list == []
    text = b"".join(client.get(reverse("licence_list"), {"format": "csv"}).streaming_content).decode()
    assert assessor.email in text


@pytest.mark.parametrize("role", ["trainee", "author", "assessor", "instructor", "employer"])
def test_who_may_not(client_for, low, request, role):
    client = client_for(request.getfixturevalue(role))
    assert client.get(reverse("quality_list")).status_code == 403
    assert client.get(reverse("quality_detail", args=[low[0].assignment.uuid])).status_code == 404


def test_another_base_sees_nothing(client_for, low, outsider):
    client = client_for(outsider)
    assert client.get(reverse("quality_list")).context["rows"] == []
    for name in ("quality_detail", "quality_remark"):
        assert client.get(reverse(name, args=[low[0].assignment.uuid])).status_code == 404
    for name in ("quality_policy", "licence_list"):
        assert client.get(reverse(name)).status_code == 403
