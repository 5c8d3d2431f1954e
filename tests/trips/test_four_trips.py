"""The four trips through the test client, page by page and form by form: author, trainee, base and authority, employer."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Allocation, Assignment, CaseRun, Result, Submission
from certificates.models import AwardProposal, Certificate, ChangeRequest
from curriculum.models import CourseReview, Edition
from tests.factories.certificates import make_rule, second_officer
from tests.factories.curriculum import make_course
from tests.factories.training import attend_everything
from training.models import Cohort, Enrolment


def stamp(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def clients(client_for, author, base_reviewer, reviewer, registrar, assessor, assessor2, moderator, officer, employer, trainee):
    people = {
        "author": author, "base_reviewer": base_reviewer, "reviewer": reviewer, "registrar": registrar,
        "assessor": assessor, "assessor2": assessor2, "moderator": moderator, "officer": officer,
        "employer": employer, "trainee": trainee,
    }  # fmt: skip
    return {name: client_for(person) for name, person in people.items()} | {"visitor": client_for(None)}


def post(client, url_name, /, *args, expect=302, **data):
    response = client.post(reverse(url_name, args=args), data)
    assert response.status_code == expect, (url_name, response.status_code, response.content.decode()[:2000])
    return response


def author_trip(clients, base, author) -> Edition:
    """The author submits; base and authority approve; an edition is frozen."""
    course = make_course(base, author)
    assert clients["author"].get(reverse("course_status", args=[course.pk])).status_code == 200
    post(clients["author"], "course_submit", course.pk, note="首版")
    review = CourseReview.objects.get()
    for who, stage in (("base_reviewer", "with_base"), ("reviewer", "with_authority")):
        assert clients[who].get(reverse("review_detail", args=[review.uuid])).status_code == 200
        post(clients[who], "review_approve", review.uuid, stage=stage, comment="同意")
    edition = Edition.objects.get()
    assert edition.recompute_hash() == edition.content_hash
    assert clients["visitor"].get(course.get_url()).status_code == 200
    return edition


def base_opens_cohort(clients, edition) -> Cohort:
    now = timezone.now()
    today = timezone.localdate()
    post(
        clients["registrar"], "cohort_create", edition=edition.pk, title="第一期", title_en="First", code="first",
        starts_on=(today - timedelta(days=2)).isoformat(), ends_on=(today + timedelta(days=30)).isoformat(),
        enrol_from=stamp(now - timedelta(hours=1)), enrol_until=stamp(now + timedelta(days=5)), seats="20",
    )  # fmt: skip
    cohort = Cohort.objects.get()
    post(clients["registrar"], "cohort_open", cohort.uuid)
    return cohort


def trainee_studies(clients, cohort, trainee, registrar) -> Enrolment:
    post(clients["trainee"], "cohort_enrol", cohort.uuid)
    enrolment = Enrolment.objects.get(user=trainee)
    lesson = cohort.edition.items_of("lesson").first()
    page = clients["trainee"].get(reverse("lesson", args=[enrolment.uuid, lesson.uuid]))
    assert page.status_code == 200
    attend_everything(enrolment, by=registrar)
    assert clients["trainee"].get(reverse("learn")).status_code == 200
    return enrolment


def trainee_practises(clients, enrolment) -> Submission:
    assignment = Assignment.objects.get()
    post(clients["trainee"], "case_begin", enrolment.uuid, assignment.uuid)
    run = CaseRun.objects.get()
    while not run.is_played:
        assert clients["trainee"].get(run.get_absolute_url()).status_code == 200
        stage = run.script().stage(run.stage_key)
        option = stage.decision.options[0].key if stage.decision else ""
        post(clients["trainee"], "case_decide", run.uuid, stage=stage.key, option=option)
        run.refresh_from_db()
    post(clients["trainee"], "submission_start", run.uuid)
    submission = Submission.objects.get()
    fields = {
        "f.problem": "水温不稳。", "f.budget": "12", "f.indicators.0.name": "水温波动", "f.indicators.0.target": "±1 ℃",
    }  # fmt: skip
    saved = clients["trainee"].post(
        reverse("submission_autosave", args=[submission.uuid]), fields | {"number": "0", "key": "k1"}
    )
    assert saved.status_code == 200 and saved.json()["number"] == 1
    page = post(
        clients["trainee"], "submission_hand_in", submission.uuid, ai_used="no", no_secrets="on"
    )
    assert page["Location"] == reverse("submission_receipt", args=[submission.uuid])
    submission.refresh_from_db()
    assert submission.receipt_holds()
    return submission


def mark(clients, who: str, submission, places: dict[str, int], **extra) -> None:
    """places: criterion key → place of the band, highest 0."""
    if who != "moderator":
        post(clients[who], "marking_take")
    allocation = Allocation.objects.get(submission=submission, status="taken")
    sheet = clients[who].get(allocation.get_absolute_url())
    assert sheet.status_code == 200
    assert "测试学员王" not in sheet.content.decode()
    data = {"comment": "总评", "number": str(allocation.draft_number), **extra}
    for criterion in submission.assignment.rubric.lines():
        points = sorted((band.points for band in criterion.bands.all()), reverse=True)
        data |= {f"points.{criterion.key}": str(points[places[criterion.key]]), f"comment.{criterion.key}": "有依据"}
    post(clients[who], "marking_give", allocation.uuid, **data)


def award_and_verify(clients, enrolment, run_jobs) -> Certificate:
    post(clients["registrar"], "award_propose", enrolment.uuid)
    proposal = AwardProposal.objects.get()
    assert clients["officer"].get(reverse("award_detail", args=[proposal.uuid])).status_code == 200
    post(clients["officer"], "award_confirm", proposal.uuid)
    run_jobs()
    certificate = Certificate.objects.get()
    assert clients["trainee"].get(reverse("certificate_pdf", args=[certificate.uuid])).status_code == 200
    name = certificate.holder_name
    for who in ("visitor", "employer"):
        page = post(clients[who], "verify", expect=200, number=certificate.number, name=name)
        assert "verdict--ok" in page.content.decode()
    return certificate


def test_from_the_syllabus_to_the_employer(clients, client_for, base, author, registrar, trainee, run_jobs):
    edition = author_trip(clients, base, author)
    make_rule(edition.level, at=timezone.now())
    cohort = base_opens_cohort(clients, edition)
    enrolment = trainee_studies(clients, cohort, trainee, registrar)
    progress = reverse("progress", args=[enrolment.uuid])
    assert "is-no" in clients["trainee"].get(progress).content.decode()
    submission = trainee_practises(clients, enrolment)
    mark(clients, "assessor", submission, {"need": 0, "terms": 0})
    mark(clients, "assessor2", submission, {"need": 0, "terms": 0})
    post(clients["registrar"], "release", submission.uuid)
    assert Result.objects.get().passed
    assert clients["trainee"].get(reverse("submission_result", args=[submission.uuid])).status_code == 200
    assert "is-no" not in clients["trainee"].get(progress).content.decode()
    certificate = award_and_verify(clients, enrolment, run_jobs)
    post(
        clients["officer"], "certificate_status", certificate.uuid, kind="revoked", reason="error", note="", sure="on"
    )
    change = ChangeRequest.objects.get()
    post(client_for(second_officer()), "change_request_decide", change.uuid, step="confirm")
    run_jobs()
    page = post(clients["visitor"], "verify", expect=200, number=certificate.number, name=certificate.holder_name)
    assert "verdict--revoked" in page.content.decode()


def test_two_assessors_disagree_and_the_moderator_decides(clients, base, author, registrar, trainee):
    edition = author_trip(clients, base, author)
    cohort = base_opens_cohort(clients, edition)
    enrolment = trainee_studies(clients, cohort, trainee, registrar)
    submission = trainee_practises(clients, enrolment)
    mark(clients, "assessor", submission, {"need": 0, "terms": 0})
    mark(clients, "assessor2", submission, {"need": 2, "terms": 2})
    submission.refresh_from_db()
    assert submission.status == Submission.Status.IN_MODERATION
    post(clients["moderator"], "moderation_take", submission.uuid)
    mark(clients, "moderator", submission, {"need": 1, "terms": 0}, reason="指标可验,需求部分略欠。")
    post(clients["registrar"], "release", submission.uuid)
    result = Result.objects.get()
    assert (result.method, str(result.total)) == ("moderated", "70.00")
    page = clients["trainee"].get(reverse("submission_result", args=[submission.uuid])).content.decode()
    assert not re.search(r"测试评阅|测试复核", page)


def test_a_course_with_a_gap_is_refused_and_the_gap_is_named(clients, base, author):
    course = make_course(base, author)
    lesson = course.get_children().last().specific
    lesson.topics.clear()
    lesson.save()
    lesson.save_revision()
    page = post(clients["author"], "course_submit", course.pk, expect=409, note="")
    assert "A2" in page.content.decode()
    assert not CourseReview.objects.exists()
