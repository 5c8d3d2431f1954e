"""Declared conflicts of interest: obeyed wherever work is given out, without telling whether there was any."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Membership, Role
from assessments.models import Allocation, Appeal, Conflict
from assessments.views.moderation import in_moderation
from lms.lib.errors import WrongState
from tests.factories.assessments import make_assessor, make_marked, make_result
from tests.factories.training import make_enrolment, make_person

pytestmark = pytest.mark.usefixtures("officer")  # the authority is there before the course that names it

TOP, BOTTOM = [2, 2], [0, 0]


def take(person, at):
    return Allocation.take_next(person, at=at)


@pytest.mark.parametrize("named", ["email", "full_name", "name_latin"])
def test_a_person_is_kept_from_you(submission, assessor, trainee, at, named):
    type(trainee).objects.filter(pk=trainee.pk).update(name_latin="WANG Trainee")
    trainee.refresh_from_db()
    Conflict.declare(assessor, person=f" {getattr(trainee, named).upper()} ", reason="亲属", at=at)
    assert take(assessor, at) is None


def test_a_cohort_a_base_and_an_employer(submission, cohort, base, assessor, employer_org, trainee, at):
    Membership.objects.create(user=trainee, organisation=employer_org, role=Role.EMPLOYER, valid_from=date(2020, 1, 1))
    for target in ({"cohort": cohort}, {"base": base}, {"employer": employer_org.name_en.upper()}):
        made = Conflict.declare(assessor, reason="兼职", at=at, **target)
        assert take(assessor, at) is None, target
        made.end(by=assessor, at=at)
        made.refresh_from_db()
        with pytest.raises(WrongState):
            made.end(by=assessor, at=at)
    assert take(assessor, at) is not None


def test_somebody_else_is_not(submission, assessor, at):
    Conflict.declare(assessor, person="另一个人", reason="亲属", at=at)
    Conflict.declare(assessor, employer="另一家单位", reason="兼职", at=at)
    assert take(assessor, at) is not None


def test_the_days_are_kept(submission, assessor, cohort, at):
    day = localdate(at)
    Conflict.declare(assessor, cohort=cohort, reason="x", at=at, since=day + timedelta(days=3), until=day + timedelta(days=4))
    assert take(assessor, at) is not None
    assert Allocation.waiting_for(make_assessor(cohort.organisation), at=at).count() == 1
    assert Allocation.waiting_for(assessor, at=at + timedelta(days=3)).count() == 0
    assert Allocation.waiting_for(assessor, at=at + timedelta(days=6)).count() == 1


def test_what_is_on_the_table_goes_back(submission, assessor, trainee, at):
    turn = take(assessor, at)
    Conflict.declare(assessor, person=trainee.email, reason="亲属", at=at)
    turn.refresh_from_db()
    assert turn.status == "given_back"


def test_the_number_shown_does_not_tell(client_for, submission, assessor, trainee, at):
    client = client_for(assessor)
    assert client.get(reverse("marking_queue")).context["waiting"] == 1
    Conflict.declare(assessor, person=trainee.email, reason="亲属", at=at)
    assert client.get(reverse("marking_queue")).context["waiting"] == 1  # until tomorrow
    assert take(assessor, at) is None
    assert Allocation.count_for(assessor, at=at + timedelta(days=1)) == 0


def test_moderation_and_appeals_obey(enrolment, other_base, moderator, registrar, trainee, cohort, at):
    work = make_marked(enrolment, first=TOP, second=BOTTOM, at=at)
    Conflict.declare(moderator, person=trainee.email, reason="亲属", at=at)
    assert not in_moderation(moderator).exists()
    with pytest.raises(WrongState):
        Allocation.take_for_moderation(work, moderator, at=at)
    other = make_result(make_enrolment(cohort, make_person("另一学员"), at=at), at=at)
    appeal = Appeal.lodge(other, ground="other", statement="理由。", at=at)
    appeal.admit(reason="受理", by=registrar, at=at)
    fresh = make_assessor(other_base)
    assert Appeal.objects.for_marker(fresh, at=at).count() == 1
    Conflict.declare(fresh, person=other.enrolment.user.full_name, reason="亲属", at=at)
    assert Appeal.objects.for_marker(fresh, at=at).count() == 0


def test_declaring_twice_is_once(assessor, at):
    one = Conflict.declare(assessor, person="张三", reason="亲属", at=at)
    assert Conflict.declare(assessor, person="张三 ", reason="又点了一次", at=at) == one


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_declaring_and_ending_on_the_page(client_for, assessor, outsider, trainee):
    client, url = client_for(assessor), reverse("conflicts")
    values = {"person": trainee.email, "reason": "亲属", "since": "2026-01-01"}
    assert client.post(url, values | {"employer": "某公司"}).status_code == 422  # one of them
    assert client.post(url, {"reason": "x", "since": "2026-01-01"}).status_code == 422
    assert client.post(url, values | {"until": "2025-01-01"}).status_code == 422
    known = client.post(url, values, follow=True)
    unknown = client.post(url, values | {"person": "nobody@nowhere.example"}, follow=True)
    assert [str(m) for m in known.context["messages"]] == [str(m) for m in unknown.context["messages"]]
    made = Conflict.objects.get(person=trainee.email)
    ending = reverse("conflict_end", args=[made.uuid])
    assert client_for(outsider).post(ending).status_code == 404
    assert client.get(ending).status_code == 200 and client.post(ending).status_code == 302
    client.post(ending)  # a second click
    made.refresh_from_db()
    assert made.ended_at is not None


def test_registrars_read_their_people_s_and_officers_all(client_for, assessor, outsider, registrar, officer, at):
    Conflict.declare(assessor, person="张三", reason="亲属", at=at)
    Conflict.declare(outsider, person="李四", reason="亲属", at=at)
    url = reverse("conflict_list")
    rows = client_for(registrar).get(url).context["page"].object_list
    assert [row.declared_by for row in rows] == [assessor]
    client = client_for(officer)
    assert len(client.get(url).context["page"].object_list) == 2
    assert len(client.get(url, {"name": outsider.email, "kind": "person", "state": "holding"}).context["page"].object_list) == 1
    assert client.get(url, {"kind": "base"}).context["page"].object_list == []
    text = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "张三" in text and "李四" in text


def test_queries_of_the_list_do_not_grow(client_for, assessor, registrar, at, django_assert_max_num_queries):
    client, url = client_for(registrar), reverse("conflict_list")
    for number in range(4):
        Conflict.declare(assessor, person=f"学员{number}", reason="x", at=at)
    with django_assert_max_num_queries(7):
        assert len(client.get(url).context["page"]) == 4
