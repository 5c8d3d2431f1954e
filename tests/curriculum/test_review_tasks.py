"""Review tasks: opened once for what gives cause, closed by an author or by a newer revision; readers are told."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from curriculum import law_notices
from curriculum.models import ContentRules, Edition, ReviewTask
from curriculum.models.tasks import months_after
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from tests.factories.curriculum import LESSON_BODY, make_course, make_edition, make_lesson, stream
from tests.factories.library import make_statute, statute_block
from tests.factories.training import make_cohort, make_enrolment

DAY = date(2026, 6, 1)


@pytest.fixture
def statute(authority):
    return make_statute(authority, "旧条例")


@pytest.fixture
def lesson(course, author, statute):
    body = [*LESSON_BODY, statute_block(statute)]
    return make_lesson(course, "第三课 引用", list(course.level.modules.first().topics.all()[:1]), author=author, body=body)


def end(statute, **values) -> None:
    for name, value in ({"ended_on": date(2026, 5, 20)} | values).items():
        setattr(statute, name, value)
    statute.save()


def sweep(at):
    return ReviewTask.objects.sweep(at=at)


def rewrite(lesson, body=LESSON_BODY, **values):
    page = type(lesson).objects.get(pk=lesson.pk).get_latest_revision_as_object()
    page.body = stream(type(lesson), "body", body)
    for name, value in values.items():
        setattr(page, name, value)
    return page.save_revision()


# --- Opening ----------------------------------------------------------------------------------------------------------


def test_sound_statutes_give_no_cause(lesson, at):
    assert sweep(at) == (0, 0)
    assert not ReviewTask.objects.exists()


@pytest.mark.parametrize(
    ("values", "cause", "since"),
    [
        ({}, "repealed", date(2026, 5, 20)),
        ({"ended_on": None, "in_force_until": date(2026, 4, 30)}, "expired", date(2026, 5, 1)),
        ({"ended_on": None, "next_check_on": date(2026, 5, 31)}, "check_due", date(2026, 5, 31)),
    ],
)
def test_each_page_that_quotes_it_gets_one_task(lesson, statute, base, at, values, cause, since):
    end(statute, **values)
    assert sweep(at) == (1, 0)
    task = ReviewTask.objects.get()
    assert (task.page_id, task.organisation, task.cause, task.since) == (lesson.pk, base, cause, since)
    assert task.due_on == date(2026, 7, 1)
    assert sweep(at + timedelta(days=1)) == (0, 0)
    assert ReviewTask.objects.get().opened_at == at


def test_a_replaced_statute_names_its_successor(lesson, statute, authority, author, at, client_for):
    end(statute, replaced_by=make_statute(authority, "新条例"))
    sweep(at)
    task = ReviewTask.objects.get()
    assert task.cause == "replaced"
    assert "新条例" in client_for(author).get(task.get_absolute_url()).text


def test_tasks_are_for_the_base_of_the_page(lesson, statute, other_base, outsider, at):
    theirs = make_course(other_base, outsider)
    make_lesson(theirs, "也引用", [], author=outsider, body=[statute_block(statute)])
    end(statute)
    assert sweep(at) == (2, 0)
    assert set(ReviewTask.objects.values_list("organisation__slug", flat=True)) == {"base-a", "base-b"}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)), (date(2026, 5, 1), 12, date(2027, 5, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)  # fmt: skip
def test_months(day, months, later):
    assert months_after(day, months) == later


def test_an_old_check_of_the_page_itself(course, author, at):
    pages = [course.get_children().first().specific, course.case_placements.get().case, course]
    for page in pages:
        page.legally_valid_on = date(2025, 5, 31)
        page.save_revision(user=author)
    young = course.get_children().last().specific
    young.legally_valid_on = date(2025, 6, 1)
    young.save_revision(user=author)
    assert sweep(at) == (3, 0)
    assert set(ReviewTask.objects.values_list("cause", "page_id")) == {("law_check_old", page.pk) for page in pages}
    ContentRules(law_check_months=24, task_days=10).change(by=author, at=at)
    assert sweep(at) == (0, 3)


def test_the_database_keeps_its_shape(lesson, statute, at):
    end(statute)
    sweep(at)
    for wrong in ({"statute": None}, {"status": "done"}, {"cause": "law_check_old"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewTask.objects.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContentRules.objects.create(pk=2)


# --- Closing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def task(lesson, statute, at):
    end(statute)
    sweep(at)
    return ReviewTask.objects.get()


def test_a_newer_revision_that_no_longer_quotes_it_settles(task, lesson, author, at):
    rewrite(lesson, [*LESSON_BODY, ("heading", "还没有改"), statute_block(task.statute)])
    task.refresh_from_db()
    assert task.status == "open"
    rewrite(lesson)
    task.refresh_from_db()
    assert (task.status, task.closed_by) == ("settled", None)
    assert sweep(at) == (0, 0)


def test_quoted_again_it_is_open_again(task, lesson, at):
    rewrite(lesson)
    rewrite(lesson, [statute_block(task.statute)])
    assert sweep(at) == (1, 0)
    task.refresh_from_db()
    assert (task.status, task.closed_at) == ("open", None)
    assert ReviewTask.objects.count() == 1


def test_a_newer_check_of_the_page_settles(lesson, at):
    rewrite(lesson, legally_valid_on=date(2020, 1, 1))
    sweep(at)
    rewrite(lesson, legally_valid_on=timezone.localdate())
    assert ReviewTask.objects.get().status == "settled"


def test_a_check_of_the_statute_settles(lesson, statute, reviewer, at):
    end(statute, ended_on=None, next_check_on=date(2026, 5, 10))
    sweep(at)
    statute.mark_checked(by=reviewer, at=at, next_check_on=date(2027, 5, 10))
    assert sweep(at) == (0, 1)


def test_an_author_closes_with_a_comment_once(task, author, at):
    with pytest.raises(WrongState):
        task.close(by=author, at=at, comment=" ")
    task.close(by=author, at=at, comment="作为历史对照引用，保留")
    assert (task.status, task.closed_by, task.comment) == ("done", author, "作为历史对照引用，保留")
    with pytest.raises(WrongState):
        ReviewTask.objects.get(pk=task.pk).close(by=author, at=at, comment="再来")
    assert sweep(at + timedelta(days=40)) == (0, 0)  # the same cause is not asked twice
    assert ReviewTask.objects.get().status == "done"


# --- The job ----------------------------------------------------------------------------------------------------------


def test_a_changed_statute_is_swept_by_the_worker(lesson, statute, run_jobs):
    run_jobs()
    end(statute)
    assert Job.objects.filter(kind="curriculum.sweep_review_tasks", state="queued").exists()
    run_jobs()
    assert ReviewTask.objects.count() == 1


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_the_author_finds_it_everywhere(task, course, lesson, author, client_for):
    client = client_for(author)
    for url in (
        reverse("authoring_home"), reverse("course_status", args=[course.pk]), reverse("review_task_list"),
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]), reverse("wagtailadmin_pages:edit", args=[course.pk]),
    ):  # fmt: skip
        assert task.get_absolute_url() in client.get(url).text, url
    assert reverse("review_task_list") in client.get(reverse("desk")).text
    assert "旧条例" in client.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk])).text


def test_a_page_that_is_sound_has_no_banner_in_the_editor(task, course, author, client_for):
    url = reverse("wagtailadmin_pages:edit", args=[course.get_children().first().pk])
    assert "法规状况" not in client_for(author).get(url).text


def test_an_author_closes_it_on_its_page(task, author, client_for):
    client = client_for(author)
    assert client.post(task.get_absolute_url(), {"comment": " "}).status_code == 422
    for _click in range(2):
        assert client.post(task.get_absolute_url(), {"comment": "保留原文"}).status_code == 302
    task.refresh_from_db()
    assert (task.status, task.comment) == ("done", "保留原文")
    assert "保留原文" in client.get(task.get_absolute_url()).text


def test_who_sees_and_who_closes(task, base_reviewer, reviewer, officer, outsider, trainee, client_for):
    for person in (base_reviewer, reviewer, officer):
        client = client_for(person)
        assert task.page.title in client.get(reverse("review_task_list")).text
        assert client.get(task.get_absolute_url()).status_code == 200
        assert client.post(task.get_absolute_url(), {"comment": "x"}).status_code == 403
    assert task.page.title not in client_for(outsider).get(reverse("review_task_list")).text
    assert client_for(outsider).get(task.get_absolute_url()).status_code == 404
    assert client_for(trainee).get(reverse("review_task_list")).status_code == 403
    assert client_for(trainee).get(task.get_absolute_url()).status_code == 404


def test_the_list_filters_and_exports(task, author, at, client_for):
    client = client_for(author)

    def count(**query):
        return client.get(reverse("review_task_list"), query).context["page"].paginator.count

    assert (count(), count(cause="repealed"), count(cause="expired"), count(status="done")) == (1, 1, 0, 0)
    assert (count(status="all"), count(base="base-a"), count(base="base-b"), count(status="???")) == (1, 1, 0, 1)
    ReviewTask.objects.update(due_on=date(2026, 1, 1))
    assert count(status="overdue") == 1
    csv = b"".join(client.get(reverse("review_task_list") + "?format=csv").streaming_content).decode()
    assert task.page.title in csv and "旧条例" in csv and "2026-05-20" in csv


def test_queries_do_not_grow(course, author, statute, at, client_for, django_assert_num_queries):
    for number in range(3):
        make_lesson(course, f"引用 {number}", [], author=author, body=[statute_block(statute)])
    end(statute)
    sweep(at)
    client = client_for(author)
    with django_assert_num_queries(8) as few:
        client.get(reverse("review_task_list"))
    for number in range(9):
        make_lesson(course, f"又引用 {number}", [], author=author, body=[statute_block(statute)])
    sweep(at)
    with django_assert_num_queries(len(few)):
        assert client.get(reverse("review_task_list")).context["page"].paginator.count == 12


def test_the_authority_sets_the_rules(reviewer, author, client_for):
    url = reverse("content_rules")
    assert client_for(author).get(url).status_code == 403
    client = client_for(reviewer)
    typed = {"law_check_months": "6", "task_days": "14", "review_days": "10", "source": "核定文件"}
    wrong = client.post(url, typed | {"law_check_months": "0"})
    assert wrong.status_code == 422 and "核定文件" in wrong.text
    assert client.post(url, typed).status_code == 302
    rules = ContentRules.current()
    assert (rules.law_check_months, rules.task_days, rules.review_days, rules.changed_by) == (6, 14, 10, reviewer)
    assert "核定文件" in client.get(reverse("review_task_list")).text


# --- Readers of running editions --------------------------------------------------------------------------------------


@pytest.fixture
def running(base, course, lesson, author, base_reviewer, reviewer, at, instructor):
    edition = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)
    cohort = make_cohort(edition)
    cohort.instructors.add(instructor)
    return cohort


def test_readers_of_a_running_edition_are_told(
    running, lesson, statute, authority, trainee, instructor, registrar, client_for, django_assert_max_num_queries
):
    enrolment = make_enrolment(running, trainee)
    quoting = running.edition.items.get(page=lesson.pk)
    plain = running.edition.items_of("lesson").first()
    lesson_url = reverse("lesson", args=[enrolment.uuid, quoting.uuid])
    banner = "您所学的定版引用的是原文本"
    client = client_for(trainee)
    assert banner not in client.get(lesson_url).text
    end(statute, replaced_by=make_statute(authority, "新条例"))
    with django_assert_max_num_queries(8):
        text = client.get(lesson_url).text
    assert banner in text and "“旧条例”" in text and "“新条例”" in text and "2026-05-20" in text
    assert "replaced by" in client_for(trainee, "en").get(lesson_url).text
    assert banner in client.get(enrolment.get_absolute_url()).text
    assert banner not in client.get(reverse("lesson", args=[enrolment.uuid, plain.uuid])).text
    for url in (lesson_url, running.get_absolute_url()):
        assert banner in client_for(instructor).get(url).text
    rewrite(lesson)  # a newer draft helps no running edition
    assert banner in client.get(lesson_url).text


def test_the_list_says_where_it_is_taught(running, lesson, statute, author, at, client_for):
    end(statute)
    sweep(at)
    text = client_for(author).get(reverse("review_task_list")).text
    assert running.edition.get_absolute_url() in text
    running.close(by=author, at=timezone.now())
    assert running.edition.get_absolute_url() not in client_for(author).get(reverse("review_task_list")).text


def test_an_overdue_check_is_the_authors_business_only(running, lesson, statute):
    end(statute, ended_on=None, next_check_on=date(2026, 5, 1))
    item = Edition.objects.get().items.get(page=lesson.pk)
    assert law_notices.of_item(item, DAY) == [] and law_notices.of_edition(running.edition_id, DAY) == []
    assert [s.present_state for s in law_notices.of_page(lesson.pk, DAY)] == ["check_due"]
