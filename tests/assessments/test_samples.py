"""Samples of marked work: drawn by lot and by risk, looked at from elsewhere, before and after the release."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Role
from assessments.models import (
    Allocation,
    Conflict,
    Mark,
    Result,
    SampleDraw,
    SampledScript,
    SampleRule,
    SimilarNote,
    SimilarPair,
)
from assessments.quality import ratings_of
from assessments.risks import pool_of, risks_of
from assessments.sampling import Size, draw, outlying
from lms.lib.errors import WrongState
from tests.factories.assessments import make_assessor, make_marked, make_result, make_submission, scores_for
from tests.factories.regrades import make_regrade
from tests.factories.training import make_enrolment, make_person

pytestmark = pytest.mark.usefixtures("officer")

TOP, MIDDLE = [2, 2], [1, 1]


@pytest.fixture
def ready(enrolment, at):
    return make_marked(enrolment, at=at)


@pytest.fixture
def released(enrolment, at):
    return make_result(enrolment, at=at).submission


@pytest.fixture
def elsewhere(other_base):
    return make_person("外地复核", at_base=other_base, role=Role.MODERATOR)


def sample(submission, by, at, pool="ready", risks=()):
    return SampleDraw.make(pool, {submission.pk: list(risks)}, organisation=None, by=by, at=at, seed=7)


# --- The draw on plain values ---------------------------------------------------------------------------------------------


POOL = {1: [], 2: ["near"], 3: [], 4: ["near", "outlying"], 5: [], 6: ["new_assessor"], 7: [], 8: []}


def test_a_draw_is_the_same_again_and_another_seed_gives_another():
    size = Size(percent=25, least=1, risky=0)
    assert draw(POOL, size, seed=1) == draw(dict(reversed(POOL.items())), size, seed=1)
    assert len({tuple(draw(POOL, size, seed=seed)) for seed in range(20)}) > 5


@pytest.mark.parametrize(
    ("percent", "least", "pool", "count"), [(10, 3, 8, 3), (50, 1, 7, 4), (0, 0, 9, 0), (10, 20, 4, 4), (100, 0, 5, 5)]
)
def test_how_many_by_lot(percent, least, pool, count):
    assert Size(percent, least, 0).by_lot(pool) == count
    found = draw(dict.fromkeys(range(pool), ()), Size(percent, least, 0), seed=3)
    assert len(found) == count and all(why == ["random"] for why in found.values())


def test_risks_take_places_of_their_own_most_risks_first():
    found = draw(POOL, Size(percent=0, least=0, risky=1), seed=5)
    assert found == {4: ["near", "outlying"]}
    found = draw(POOL, Size(percent=100, least=0, risky=3), seed=5)
    assert len(found) == 8 and found[4] == ["random", "near", "outlying"]


def test_every_script_has_the_same_chance():
    drawn = [script for seed in range(400) for script in draw(POOL, Size(25, 0, 0), seed=seed)]
    assert all(70 <= drawn.count(script) <= 130 for script in POOL)  # 100 each on average


def test_assessors_far_from_the_others():
    pairs = [(1, 90.0, 2, 70.0)] * 5 + [(3, 70.0, 4, 72.0)] * 5
    assert outlying(pairs, least=5, limit=10) == {1, 2}
    assert outlying(pairs, least=6, limit=10) == set()


# --- What is drawn from, and the risks ------------------------------------------------------------------------------------


def test_the_pool(ready, cohort, other_base, at):
    make_submission(make_enrolment(cohort, at=at), at=at)  # not marked
    assert list(pool_of("ready", organisation=None)) == [ready]
    assert not pool_of("ready", organisation=other_base).exists()
    assert not pool_of("released", organisation=None, released_since=at - timedelta(days=9)).exists()


def test_released_work_of_the_last_days(released, at):
    assert list(pool_of("released", organisation=None, released_since=at - timedelta(days=1))) == [released]
    assert not pool_of("released", organisation=None, released_since=at + timedelta(days=1)).exists()


def test_a_work_that_is_like_another_is_a_risk_until_a_moderator_sets_it_aside(ready, cohort, moderator, at):
    other = make_marked(make_enrolment(cohort, at=at), at=at)
    pair = SimilarPair.note(ready, other, share=40, at=at)

    def alike() -> set[int]:
        found = risks_of(pool_of("ready", organisation=None), at=at)
        return {script for script, risks in found.items() if "similar" in risks}

    assert alike() == {ready.pk, other.pk}
    SimilarNote.write(pair, ready, kind="set_aside", reason="同一份公开资料", by=moderator, at=at)
    assert alike() == {other.pk}
    SimilarNote.write(pair, ready, kind="passed_on", reason="再看一次", by=moderator, at=at)
    assert alike() == {ready.pk, other.pk}


def test_risks_of_new_people_and_new_cases(ready, officer, at):
    assert risks_of(pool_of("ready", organisation=None), at=at)[ready.pk] == ["new_assessor", "new_assignment"]
    SampleRule(new_scripts=0, near_points=40).put_in_force(by=officer, at=at)
    assert risks_of(pool_of("ready", organisation=None), at=at)[ready.pk] == ["near", "new_assignment"]  # 100 and 60


def test_a_case_with_older_results_is_not_new(ready, cohort, at):
    make_result(make_enrolment(cohort, at=at), at=at - timedelta(days=40))
    assert "new_assignment" not in risks_of(pool_of("ready", organisation=None), at=at)[ready.pk]


def test_queries_of_the_risks_do_not_grow(ready, cohort, at, django_assert_max_num_queries):
    for _number in range(3):
        make_marked(make_enrolment(cohort, at=at), at=at)
    with django_assert_max_num_queries(10):
        assert len(risks_of(pool_of("ready", organisation=None), at=at)) == 4


# --- Looking --------------------------------------------------------------------------------------------------------------


def test_a_draw_can_be_repeated(ready, officer, at):
    made = sample(ready, officer, at, risks=["near"])
    assert made.repeat() == {ready.pk: ["random", "near"]}
    assert [(row.submission, row.reasons) for row in made.sampled.all()] == [(ready, ["random", "near"])]


def test_the_same_script_is_not_drawn_twice(ready, officer, at):
    made = sample(ready, officer, at)
    with pytest.raises(WrongState):
        sample(ready, officer, at)
    with pytest.raises(IntegrityError), transaction.atomic():
        SampledScript.objects.create(draw=made, submission=ready)


def test_what_was_released_meanwhile_is_left_out(released, officer, at):
    with pytest.raises(WrongState):
        sample(released, officer, at, pool="ready")


def test_it_goes_to_a_moderator_of_another_base_or_of_the_authority(ready, officer, moderator, authority, elsewhere, at):
    sample(ready, officer, at)
    assert SampledScript.take_next(moderator, at=at) is None  # their own base
    central = make_person("中央复核", at_base=authority, role=Role.MODERATOR)
    assert SampledScript.objects.for_moderator(central, at=at).count() == 1
    turn = SampledScript.take_next(elsewhere, at=at)
    assert turn.kind == "sample" and SampledScript.take_next(elsewhere, at=at) == turn
    assert SampledScript.take_next(central, at=at) is None  # on somebody's table
    turn.give_back(at=at, reason="认识")
    assert SampledScript.take_next(elsewhere, at=at) is None  # declined
    assert SampledScript.take_next(central, at=at) is not None


def test_two_at_once_and_the_database_has_the_last_word(ready, officer, elsewhere, other_base, at):
    sample(ready, officer, at)
    turn = SampledScript.take_next(elsewhere, at=at)
    other = make_person("外地复核二", at_base=other_base, role=Role.MODERATOR)
    values = {"submission": ready, "kind": "sample", "taken_at": at, "lease_until": at, "assessor": other}
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(sampled=turn.sampled, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(**values)  # of no sample


def test_not_with_a_conflict_nor_of_what_one_marked(ready, officer, trainee, elsewhere, other_base, at):
    sample(ready, officer, at)
    Conflict.declare(elsewhere, person=trainee.email, reason="亲属", at=at)
    assert SampledScript.take_next(elsewhere, at=at) is None
    assert SampledScript.take_next(make_assessor(other_base), at=at) is None  # no moderator


def test_while_it_is_under_way_the_result_waits(ready, officer, elsewhere, registrar, at):
    sample(ready, officer, at)
    with pytest.raises(WrongState):
        Result.release(ready, by=registrar, at=at)
    ready.refresh_from_db()
    assert ready.status == "ready"
    turn = SampledScript.take_next(elsewhere, at=at)
    turn.sampled.confirm(turn, note="", at=at)
    turn.sampled.confirm(turn, note="", at=at)  # a second click
    assert Result.release(ready, by=registrar, at=at).method == "double"


def test_it_does_not_wait_for_ever(ready, officer, registrar, at):
    sample(ready, officer, at)
    assert Result.release(ready, by=registrar, at=at + timedelta(days=10)).method == "double"


def test_a_mark_changed_before_the_release_counts(client_for, ready, officer, elsewhere, registrar, trainee, assignment, at):
    sample(ready, officer, at)
    turn = SampledScript.take_next(elsewhere, at=at)
    turn.give_mark(scores_for(ready, MIDDLE), "", at=at, reason="两处条款没有依据。")
    assert turn.sampled.outcome == "changed"
    ready.refresh_from_db()
    result = Result.release(ready, by=registrar, at=at)
    assert (result.method, result.total, result.passed) == ("sampled", 50, False)
    page = client_for(trainee).get(reverse("submission_result", args=[ready.uuid]))
    assert "两处条款没有依据" in page.text
    assert [voice.counts for voice in page.context["criteria"][0].voices] == [True, False, False]
    assert len(ratings_of([assignment.pk])) == 2  # agreement is computed from the two as before
    cell = reverse("gradebook_history", args=[result.enrolment.cohort.uuid, result.enrolment.uuid, assignment.uuid])
    assert "两处条款没有依据" in client_for(registrar).get(cell).text


def test_a_finding_on_a_released_result_changes_nothing(client_for, released, officer, elsewhere, registrar, trainee, at):
    before = released.result
    sample(released, officer, at, pool="released")
    turn = SampledScript.take_next(elsewhere, at=at)
    turn.give_mark(scores_for(released, MIDDLE), "", at=at, reason="评分偏宽。")
    turn.sampled.refresh_from_db()
    assert turn.sampled.outcome == "finding"
    released.refresh_from_db()
    assert released.status == "released" and Result.objects.get() == before
    page = client_for(trainee).get(reverse("submission_result", args=[released.uuid]))
    assert "评分偏宽" not in page.text and len(page.context["criteria"][0].voices) == 2
    turn.sampled.record_answer("已按整改批次更正。", by=registrar, at=at)
    with pytest.raises(WrongState):
        turn.sampled.record_answer("再答一次。", by=registrar, at=at)


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_looking_first_then_drawing(client_for, ready, officer, moderator, other_base, at):
    client, url = client_for(officer), reverse("sample_draw")
    page = client.get(url, {"pool": "ready", "organisation": "", "days": 30})
    assert (page.context["counts"]["pool"], page.context["counts"]["lot"]) == (1, 1)
    assert not SampledScript.objects.exists()
    assert client.post(url, {"pool": "nonsense"}).status_code == 422
    assert client.post(url, {"pool": "ready", "organisation": "", "days": 30}).url == reverse("sample_list")
    assert client.post(url, {"pool": "ready", "organisation": "", "days": 30}).url == url  # nothing left
    assert SampledScript.objects.count() == 1
    client = client_for(moderator)  # of their own base only
    assert client.post(url, {"pool": "ready", "organisation": other_base.pk}).status_code == 422
    assert client.post(url, {"pool": "ready", "organisation": ""}).status_code == 422


def test_looking_on_the_page_without_a_name(client_for, ready, officer, elsewhere, base, trainee, at):
    sample(ready, officer, at)
    client = client_for(elsewhere)
    queue = client.get(reverse("moderation_queue"))
    assert queue.context["samples"] == 1
    sheet = client.post(reverse("sample_take"), follow=True)
    turn = Allocation.objects.get(kind="sample")
    for seen in (queue, sheet):
        for trace in (base.name, base.slug, trainee.full_name, trainee.email, ready.enrolment.cohort.title):
            assert trace not in seen.text
    assert len(sheet.context["marks"]) == 2
    give = reverse("marking_give", args=[turn.uuid])
    post = {"number": 0, **{f"points.{key}": score["points"] for key, score in scores_for(ready, MIDDLE).items()}}
    assert client.post(give, post).status_code == 422  # a change needs a reason
    assert client.post(give, {"number": 1, "confirm": "1"}).url == reverse("moderation_queue")
    turn.sampled.refresh_from_db()
    assert turn.sampled.outcome == "confirmed" and Mark.objects.count() == 2
    assert client.get(turn.get_absolute_url()).url == reverse("moderation_queue")
    assert client.get(reverse("moderation_queue")).status_code == 200


def test_the_release_list_says_what_waits(client_for, ready, officer, registrar, cohort, at):
    sample(ready, officer, at)
    client = client_for(registrar, "en")
    assert "second look by sample" in client.get(reverse("release_list")).text
    client.post(reverse("release_cohort", args=[cohort.uuid]))
    assert not Result.objects.exists()


def test_the_list_filters_and_exports_codes(client_for, ready, officer, registrar, moderator, trainee, outsider, at):
    sample(ready, officer, at, risks=["near"])
    url = reverse("sample_list")
    for person in (officer, registrar, moderator):
        client = client_for(person)
        assert len(client.get(url).context["page"]) == 1
    assert len(client.get(url, {"reason": "near", "state": "open"}).context["page"]) == 1
    assert len(client.get(url, {"reason": "outlying"}).context["page"]) == 0
    assert len(client.get(url, {"state": "finding"}).context["page"]) == 0
    text = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert ready.enrolment.anonymous_code in text and trainee.full_name not in text
    assert len(client_for(outsider).get(url).context["page"]) == 0


def test_queries_of_the_list_do_not_grow(client_for, cohort, ready, officer, at, django_assert_max_num_queries):
    works = [ready, *(make_marked(make_enrolment(cohort, at=at), at=at) for _number in range(3))]
    client, url = client_for(officer), reverse("sample_list")
    sample(works[0], officer, at)
    with django_assert_max_num_queries(8) as few:
        client.get(url)
    for work in works[1:]:
        sample(work, officer, at)
    with django_assert_max_num_queries(len(few)):
        assert len(client.get(url).context["page"]) == 4


def test_a_base_answers_its_findings(client_for, released, officer, elsewhere, registrar, outsider, at):
    sample(released, officer, at, pool="released")
    turn = SampledScript.take_next(elsewhere, at=at)
    url = reverse("sample_detail", args=[turn.sampled.uuid])
    client = client_for(registrar)
    client.post(url, {"answer": "还没有发现。"})
    turn.give_mark(scores_for(released, MIDDLE), "", at=at, reason="评分偏宽。")
    turn.sampled.refresh_from_db()
    assert turn.sampled.answer == ""
    assert "评分偏宽" in client.get(url).text
    assert client.post(url, {"answer": ""}).status_code == 422
    client.post(url, {"answer": "维持:依据见第 3 条。"})
    client.post(url, {"answer": "又点了一次"})  # harmless
    turn.sampled.refresh_from_db()
    assert turn.sampled.answer == "维持:依据见第 3 条。"
    assert client_for(officer).post(url, {"answer": "x"}).status_code == 403
    assert client_for(outsider).get(url).status_code == 404


def test_a_finding_names_the_regrade_that_corrects_it(client_for, released, officer, elsewhere, registrar, at):
    sample(released, officer, at, pool="released")
    turn = SampledScript.take_next(elsewhere, at=at)
    turn.give_mark(scores_for(released, MIDDLE), "", at=at, reason="评分偏宽。")
    batch = make_regrade(released.enrolment, by=registrar, at=at)
    client, url = client_for(registrar), reverse("sample_detail", args=[turn.sampled.uuid])
    assert client.post(url, {"answer": "已更正。", "regrade": batch.pk + 1}).status_code == 422
    client.post(url, {"answer": "已更正。", "regrade": batch.pk})
    assert batch.get_absolute_url() in client.get(url).text
    assert url in client.get(batch.get_absolute_url()).text


def test_the_rule_is_the_authority_s(client_for, officer, moderator):
    url = reverse("sample_rule")
    values = {"percent": 20, "least": 2, "risky": 5, "near_points": 3, "new_scripts": 8, "hold_days": 7}
    client = client_for(officer)
    assert client.post(url, {**values, "percent": 101}).status_code == 422
    assert client.post(url, values).status_code == 302
    assert SampleRule.objects.get().percent == 20
    assert client_for(moderator).get(url).status_code == 403
