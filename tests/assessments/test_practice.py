"""The list of cases, its panel on the course page, and the next steps."""

import pytest
from django.urls import reverse

from assessments.models import Submission
from assessments.practice import next_cases, rows_of
from tests.factories.assessments import make_marked, make_result, make_run, make_submission
from tests.factories.curriculum import make_edition
from tests.factories.training import make_cohort, make_enrolment


def state(enrolment):
    return rows_of([enrolment])[enrolment.pk][0].state


def test_states_follow_the_way(enrolment, at):
    assert state(enrolment) == "todo"
    make_run(enrolment, at=at, played=False)
    assert state(enrolment) == "playing"
    make_run(enrolment, at=at)
    assert state(enrolment) == "writing"
    make_submission(enrolment, at=at)
    assert state(enrolment) == "waiting"


@pytest.mark.parametrize(("passed", "expected", "kind"), [(True, "passed", "result"), (False, "again", "result")])
def test_after_the_release(enrolment, at, passed, expected, kind):
    result = make_result(enrolment, passed=passed, at=at)
    assert state(enrolment) == expected
    assert next_cases([enrolment], at)[enrolment.pk][0].kind == kind
    if not passed:
        Submission.start(result.submission.run, at=at)
        assert state(enrolment) == "writing"


def test_what_waits_for_others_is_no_next_step(enrolment, at):
    make_marked(enrolment, at=at)
    assert next_cases([enrolment], at) == {enrolment.pk: []}


def test_who_left_has_no_next_step(enrolment, trainee, at):
    enrolment.withdraw(by=trainee, at=at)
    assert next_cases([enrolment], at) == {}


def test_three_queries_for_all(enrolment, other_base, at, django_assert_num_queries):
    other = make_enrolment(make_cohort(make_edition(other_base, at), at=at), at=at)
    make_result(enrolment, at=at)
    with django_assert_num_queries(3):
        rows_of([enrolment, other])


def test_it_works(client_for, trainee, enrolment, assignment, at):
    client = client_for(trainee)
    begin = reverse("case_begin", args=[enrolment.uuid, assignment.uuid])
    assert begin in client.get(reverse("practice", args=[enrolment.uuid])).text
    assert begin in client.get(enrolment.get_absolute_url()).text  # the panel
    make_run(enrolment, at=at, played=False)
    assert "/practice/runs/" in client.get(reverse("learn")).text  # the next step


def test_nobody_else_sees_it(client_for, enrolment, registrar, outsider):
    for person in (registrar, outsider):
        assert client_for(person).get(reverse("practice", args=[enrolment.uuid])).status_code == 404


def test_the_desk_counts(client_for, enrolment, assessor, moderator, registrar, at):
    make_submission(enrolment, at=at)
    for person, name in ((assessor, "marking_queue"), (moderator, "moderation_queue"), (registrar, "release_list")):
        assert reverse(name) in client_for(person).get(reverse("desk")).text
