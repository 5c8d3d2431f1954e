"""An expert of the firm reads released work and comments on it, if the trainee wants that; no score changes."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from assessments.models import ExpertComment, ExpertConsent, Result, SubmissionFile
from assessments.models.expert import expert_code
from curriculum.demand_case import withdraw
from curriculum.models import CaseOrigin, CaseScenarioPage
from lms.lib.errors import WrongState
from tests.factories.assessments import make_submission
from tests.factories.certificates import mark
from tests.factories.curriculum import make_edition
from tests.factories.demands import make_demand, take
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def demand(employer_org, employer, base, author, at):
    found = make_demand(employer_org, employer, at=at)
    take(found, base, author, at=at)
    return found


@pytest.fixture
def released(base, author, base_reviewer, reviewer, registrar, trainee, assessor, assessor2, demand, at):
    """A trainee's released work on a case that came from the demand. (Its link is written here; how a case is made of a demand
    has its own tests.)"""
    edition = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer)
    page = CaseScenarioPage.objects.get(pk=edition.items.get(kind="case").page_id)
    CaseOrigin.objects.create(page=page, organisation=base, kind="demand", family="demand:x", demand=demand, made_at=at)
    cohort = make_cohort(edition, at=at, by=registrar)
    submission = make_submission(make_enrolment(cohort, trainee, at=at), at=at, text="测试学员王写的说明。")
    for person in (assessor, assessor2):
        mark(submission, person, at=at)
    submission.refresh_from_db()
    Result.release(submission, by=registrar, at=at)
    submission.refresh_from_db()
    return submission


def agree(client, submission, **data):
    return client.post(reverse("expert_consent", args=[submission.uuid]), data)


def comment(text="现场没有这么多水。"):
    return {"key": str(uuid.uuid4()), "text": text}


def test_it_works(client_for, employer, trainee, instructor, registrar, released, run_jobs):
    before = Result.objects.get().total
    firm, person = client_for(employer), client_for(trainee)
    url = reverse("expert_work", args=[released.uuid])
    assert firm.get(url).status_code == 404  # nobody was asked yet
    assert "真实需求" in person.get(reverse("submission_result", args=[released.uuid])).content.decode()
    agree(person, released)
    agree(person, released)  # a second click
    assert ExpertConsent.objects.count() == 1
    page = firm.get(url).content.decode()
    assert expert_code(released) in page and "测试学员王" not in page and released.enrolment.anonymous_code not in page
    assert "〔学员〕写的说明" in page
    data = comment()
    firm.post(url, data)
    firm.post(url, data)
    assert ExpertComment.objects.count() == 1
    result = person.get(reverse("submission_result", args=[released.uuid])).content.decode()
    assert "现场没有这么多水" in result and "测试用人单位" not in result  # the case does not name its firm
    run_jobs()
    assert trainee.email in {m.to[0] for m in mail.outbox} and not any("现场没有" in m.body for m in mail.outbox)
    cohort = released.enrolment.cohort
    history = reverse("gradebook_history", args=[cohort.uuid, released.enrolment.uuid, released.assignment.uuid])
    assert "现场没有这么多水" in client_for(registrar).get(history).content.decode()
    cohort.instructors.add(instructor)
    assert "现场没有这么多水" in client_for(instructor).get(history).content.decode()
    assert Result.objects.get().total == before


def test_the_name_is_shown_when_the_trainee_says_so(client_for, employer, trainee, released):
    agree(client_for(trainee), released, show_name="on")
    page = client_for(employer).get(reverse("expert_work", args=[released.uuid])).content.decode()
    assert "测试学员王" in page and "〔学员〕" not in page


def test_taken_back_the_work_is_closed_and_the_comment_stays(client_for, employer, employer_org, trainee, released, at):
    firm, person = client_for(employer), client_for(trainee)
    agree(person, released)
    firm.post(reverse("expert_work", args=[released.uuid]), comment())
    agree(person, released, stop="1")
    agree(person, released, stop="1")
    assert [c.given for c in ExpertConsent.objects.all()] == [True, False]
    assert firm.get(reverse("expert_work", args=[released.uuid])).status_code == 404
    assert "现场没有这么多水" in person.get(reverse("submission_result", args=[released.uuid])).content.decode()
    with pytest.raises(WrongState):
        ExpertComment.write(released, employer_org, "还有", key=uuid.uuid4(), by=employer, at=at)


def test_a_firm_that_withdrew_reads_nothing_more(client_for, employer, trainee, released, demand, at):
    agree(client_for(trainee), released)
    withdraw(demand, reason="", by=employer, at=at)
    assert client_for(employer).get(reverse("expert_work", args=[released.uuid])).status_code == 404
    assert agree(client_for(trainee), released, stop="1").status_code == 302  # the consent can still be taken back


def test_work_that_is_not_released_is_not_offered(client_for, trainee, released):
    type(released).objects.filter(pk=released.pk).update(status="ready")
    assert agree(client_for(trainee), released).status_code == 404
    released.refresh_from_db()
    with pytest.raises(WrongState):
        ExpertConsent.say(released, given=True, at=timezone.now())


def test_a_case_without_a_demand_asks_nothing(client_for, trainee, released):
    CaseOrigin.objects.all().delete()
    assert agree(client_for(trainee), released).status_code == 404
    assert "真实需求" not in client_for(trainee).get(reverse("submission_result", args=[released.uuid])).content.decode()


def test_files_go_as_the_copy_without_names_and_only_if_wanted(client_for, employer, trainee, released, at, run_jobs):
    file = SubmissionFile.objects.create(
        submission=released, file=ContentFile("数据".encode(), name="x"), original_name="王某.txt", extension="txt",
        media_type="text/plain", size=6, sha256="sha256:0", uploaded_at=at,
    )  # fmt: skip
    firm, person = client_for(employer), client_for(trainee)
    url = reverse("expert_file", args=[released.uuid, 1])
    agree(person, released)
    assert firm.get(url).status_code == 404
    agree(person, released, with_files="on")
    assert firm.get(url).url == reverse("expert_work", args=[released.uuid])  # being prepared: never the original meanwhile
    run_jobs()
    answer = firm.get(url)
    assert b"".join(answer.streaming_content).decode() == "数据" and "A1.txt" in answer["Content-Disposition"]
    SubmissionFile.objects.filter(pk=file.pk).update(extension="zip")
    assert firm.get(url).status_code == 409
    SubmissionFile.objects.filter(pk=file.pk).update(extension="txt")
    file.copy.state = "infected"
    file.copy.save()
    assert firm.get(url).status_code == 302


def test_lists_filter_and_keep_their_queries(client_for, employer, trainee, released, django_assert_num_queries):
    agree(client_for(trainee), released)
    firm = client_for(employer)
    firm.get(reverse("expert_works"))
    with django_assert_num_queries(7):
        firm.get(reverse("expert_works"))
    assert len(firm.get(reverse("expert_works"), {"state": "done"}).context["page"].object_list) == 0
    csv = b"".join(firm.get(reverse("expert_works"), {"format": "csv"}).streaming_content).decode()
    assert expert_code(released) in csv and "王" not in csv


def test_others_are_turned_away(client_for, trainee, author, outsider, assessor, released):
    agree(client_for(trainee), released)
    for person in (author, outsider, assessor):
        assert client_for(person).get(reverse("expert_works")).status_code == 403
        assert client_for(person).get(reverse("expert_work", args=[released.uuid])).status_code == 404
        assert agree(client_for(person), released).status_code == 404
