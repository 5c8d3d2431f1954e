"""Errata in effect: what trainees read, what stays as it was earned; and the pages of those who propose and sign."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import ProtectedError
from django.urls import reverse

from assessments.models import CaseRun
from curriculum.models import Edition, Erratum, ErratumChange, ErratumSignature, LessonPage
from lms.lib.hashing import content_hash
from tests.curriculum.errata.verbs import sign
from tests.factories.assessments import assignment_of, make_run
from tests.factories.training import make_enrolment, study
from training.errata import corrections_for
from training.models import StudyRecord

# --- In effect ------------------------------------------------------------------------------------------------------


def test_the_edition_and_what_was_earned_stay(erratum, edition, lesson, enrolment, base_reviewer, officer, at):
    study(enrolment, lesson, 50, at=at - timedelta(hours=2))
    before = [(r.item_id, r.minutes) for r in StudyRecord.objects.order_by("pk")]
    hours = enrolment.hours()
    sign(erratum, base_reviewer, at)
    sign(erratum, officer, at)
    assert [(r.item_id, r.minutes) for r in StudyRecord.objects.order_by("pk")] == before
    enrolment.refresh_from_db()
    assert enrolment.hours() == hours
    assert sum((minutes for _item, minutes in before), Decimal(0)) == Decimal(45)  # not the 60 of the new text
    fresh = Edition.objects.get(pk=edition.pk)
    assert fresh.recompute_hash() == edition.content_hash
    assert enrolment.cohort.edition_id == edition.pk


def test_trainees_read_the_corrected_text_and_may_read_the_earlier(applied, lesson, enrolment, trainee, client_for):
    client, url = client_for(trainee), reverse("lesson", args=[enrolment.uuid, lesson.uuid])
    page = client.get(url).text
    assert "高校和企业" in page
    assert "实验室和企业" not in page
    assert "“实验室”应为“高校”。" in page
    earlier = client.get(f"{url}?text=earlier").text
    assert "实验室和企业" in earlier
    assert "这是勘误之前的内容" in earlier


def test_a_notice_on_the_course_page_names_what_changed(applied, lesson, enrolment, trainee, client_for):
    page = client_for(trainee).get(enrolment.get_absolute_url()).text
    assert "课程中的一处错误已更正" in page
    assert "“实验室”应为“高校”。" in page
    assert page.count(lesson.title) >= 2


def test_another_cohort_reads_on_as_it_was(applied, lesson, other_cohort, at, client_for):
    other = make_enrolment(other_cohort, at=at)
    page = client_for(other.user).get(reverse("lesson", args=[other.uuid, lesson.uuid])).text
    assert "实验室和企业" in page
    assert corrections_for(other_cohort) == {}


def test_a_later_correction_takes_the_place_of_an_earlier(applied, lesson, propose, cohort, base_reviewer, officer, at):
    page = LessonPage.objects.get(pk=lesson.page_id)
    page = page.get_latest_revision_as_object()
    page.title = "第二次更正"
    page.save_revision()
    again = propose(lesson)
    assert again.number == 2
    later = at + timedelta(seconds=1)
    sign(again, base_reviewer, later)
    sign(again, officer, later)
    cohort.refresh_from_db()
    assert corrections_for(cohort)[lesson.pk].change.title == "第二次更正"


def test_a_case_under_way_goes_on_with_the_corrected_words(propose, case, enrolment, base_reviewer, officer, at):
    run = make_run(enrolment, at=at - timedelta(hours=1), played=False)
    erratum = propose(case)
    sign(erratum, base_reviewer, at)
    sign(erratum, officer, at)
    run = CaseRun.objects.get(pk=run.pk)
    assert run.script().stages[1].narrative == "<p>更正后的情境。</p>"
    assert run.script().rubric == assignment_of(enrolment).script().rubric


def test_a_case_played_before_stays_as_it_was_played(propose, case, enrolment, base_reviewer, officer, at):
    run = make_run(enrolment, at=at - timedelta(hours=1))
    erratum = propose(case)
    sign(erratum, base_reviewer, at)
    sign(erratum, officer, at)
    assert CaseRun.objects.get(pk=run.pk).script().stages[1].narrative == "<p>写需求说明。</p>"


def test_revisions_and_files_of_a_correction_stay(applied, lesson):
    change = ErratumChange.objects.get()
    with pytest.raises(ProtectedError):
        change.revision.delete()


def test_reading_costs_two_queries_more_at_most(lesson, erratum, enrolment, trainee, client_for, base_reviewer, officer, at,
                                                django_assert_max_num_queries):  # fmt: skip
    client, url = client_for(trainee), reverse("lesson", args=[enrolment.uuid, lesson.uuid])
    sign(erratum, base_reviewer, at)
    sign(erratum, officer, at)
    client.get(url)
    with django_assert_max_num_queries(8):
        client.get(url)


# --- Pages ----------------------------------------------------------------------------------------------------------


def test_the_whole_way_by_its_pages(edition, lesson, cohort, enrolment, author, base_reviewer, officer, client_for):
    client = client_for(author)
    url = reverse("erratum_propose", args=[edition.uuid])
    assert lesson.title in client.get(url).text
    typed = {"items": [str(lesson.uuid)], "cohorts": [str(cohort.uuid)], "reason": ""}
    refused = client.post(url, typed)
    assert refused.status_code == 422
    assert "checked" in refused.text  # what was chosen is not lost
    client.post(url, typed | {"reason": "写错了。"})
    erratum = Erratum.objects.get()
    for person in (base_reviewer, officer):
        client = client_for(person)
        assert erratum.get_absolute_url() in client.get(reverse("erratum_list"), {"status": "waiting"}).text
        page = client.get(erratum.get_absolute_url()).text
        assert "<ins>" in page
        assert cohort.title in page
        seen = content_hash(erratum.impact())
        assert seen in page
        address = reverse("erratum_sign", args=[erratum.uuid])
        assert client.post(address, {"seen": seen}).status_code == 422  # not ticked
        for _click in range(2):
            assert client.post(address, {"seen": seen, "agreed": "on"}).status_code == 302
    erratum.refresh_from_db()
    assert erratum.status == "applied"
    assert erratum.signatures.count() == 2
    data = client_for(officer).get(reverse("erratum_impact", args=[erratum.uuid])).json()
    assert [s["genuine"] for s in data["signatures"]] == [True, True]


def test_the_officer_is_told_when_it_goes_back(erratum, lesson, enrolment, base_reviewer, officer, at, client_for):
    sign(erratum, base_reviewer, at)
    client = client_for(officer)
    study(enrolment, lesson, 3, at=at)
    assert "须由基地重新签署" in client.get(erratum.get_absolute_url()).text
    seen = content_hash(erratum.impact())
    response = client.post(reverse("erratum_sign", args=[erratum.uuid]), {"seen": seen, "agreed": "on"}, follow=True)
    assert "已退回基地重新签署" in response.text


def test_a_stale_page_signs_nothing(erratum, lesson, enrolment, base_reviewer, at, client_for):
    seen = content_hash(erratum.impact())
    study(enrolment, lesson, 3, at=at)
    response = client_for(base_reviewer).post(
        reverse("erratum_sign", args=[erratum.uuid]), {"seen": seen, "agreed": "on"}
    )
    assert response.status_code == 409
    assert not ErratumSignature.objects.exists()


def test_the_authority_sees_it_once_the_base_has_signed(erratum, base_reviewer, officer, at, client_for):
    assert client_for(officer).get(erratum.get_absolute_url()).status_code == 404
    sign(erratum, base_reviewer, at)
    assert client_for(officer).get(erratum.get_absolute_url()).status_code == 200


def test_refusing_and_taking_back_by_page(erratum, base_reviewer, author, client_for):
    address = reverse("erratum_refuse", args=[erratum.uuid])
    assert client_for(base_reviewer).post(address, {"note": ""}).status_code == 422
    assert client_for(author).post(address, {"note": "x"}).status_code == 403
    for _click in range(2):
        assert client_for(author).post(reverse("erratum_withdraw", args=[erratum.uuid])).status_code == 302
    erratum.refresh_from_db()
    assert erratum.status == "withdrawn"


def test_the_list_is_filtered_and_exported(erratum, author, outsider, trainee, client_for):
    client, url = client_for(author), reverse("erratum_list")
    assert erratum.get_absolute_url() in client.get(url, {"status": "proposed"}).text
    assert erratum.get_absolute_url() not in client.get(url, {"status": "applied"}).text
    rows = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "待基地签署" in rows
    assert erratum.get_absolute_url() not in client_for(outsider).get(url).text
    assert client_for(trainee).get(url).status_code == 403


def test_others_find_nothing(erratum, edition, outsider, trainee, client_for):
    for person in (outsider, trainee):
        assert client_for(person).get(erratum.get_absolute_url()).status_code == 404
        assert client_for(person).get(reverse("erratum_propose", args=[edition.uuid])).status_code == 404
