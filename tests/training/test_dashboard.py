"""The trainee's dashboard and course page, the desk, the roster and the sweep."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tests.factories.curriculum import make_edition
from tests.factories.training import (
    attend_everything,
    make_cohort,
    make_enrolment,
    make_person,
    make_session,
    study,
)
from training import nextsteps, panels
from training.desk import desk_items
from training.jobs import close_idle_visits
from training.models import Enrolment, StudyRecord, StudyVisit


@pytest.fixture
def now_cohort(edition, own_registrar):
    return make_cohort(edition, by=own_registrar)


@pytest.fixture
def own(now_cohort, student):
    return make_enrolment(now_cohort, student)


def test_it_works(client, own, student, lessons):
    client.force_login(student)
    response = client.get(reverse("learn"))
    assert response.status_code == 200
    assert reverse("lesson", args=[own.uuid, lessons[0].uuid]) in response.text  # the next thing to do
    for line in own.hours():
        assert line.title in response.text
    assert "示例" in response.text or "Sample" in response.text  # hours not verified never come without the mark


def test_the_next_lesson_moves_on(client, own, student, lessons):
    study(own, lessons[0], lessons[0].minutes, at=timezone.now())
    client.force_login(student)
    assert reverse("lesson", args=[own.uuid, lessons[1].uuid]) in client.get(reverse("learn")).text


def test_nobody_enrolled_is_shown_the_way(client, student):
    client.force_login(student)
    assert reverse("cohort_catalogue") in client.get(reverse("learn")).text


def test_queries_depend_on_nothing(client, own, now_cohort, own_base, own_registrar, student, lessons, at):
    """Not on records, not on other trainees, not on the number of enrolments."""
    client.force_login(student)
    study(own, lessons[0], 5, at=timezone.now())
    client.get(reverse("learn"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("learn"))
    for _more in range(5):
        study(make_enrolment(now_cohort), lessons[1], 6, at=timezone.now())
    study(own, lessons[1], 10, at=timezone.now() + timedelta(hours=1))
    now_cohort.close(by=own_registrar, at=timezone.now())
    make_enrolment(make_cohort(lessons[0].edition, by=own_registrar), student)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("learn"))
    assert len(many) == len(few) <= 15  # the fifteenth: a table of a case at which it is one's turn


def test_the_course_page_shows_each_lessons_state(client, own, student, lessons):
    client.force_login(student)
    assert {lesson.state for lesson in client.get(own.get_absolute_url()).context["lessons"]} == {"todo"}
    study(own, lessons[0], lessons[0].minutes, at=timezone.now())
    study(own, lessons[1], 5, at=timezone.now() + timedelta(hours=1))
    response = client.get(own.get_absolute_url())
    states = {lesson.item.pk: lesson.state for lesson in response.context["lessons"]}
    assert [states[lesson.pk] for lesson in lessons[:2]] == ["done", "begun"]


def test_a_stranger_finds_no_course(client, own, stranger, own_registrar):
    for person in (stranger, own_registrar):  # the course page is the trainee's own
        client.force_login(person)
        assert client.get(own.get_absolute_url()).status_code == 404


def test_higher_apps_add_steps_and_panels(own, monkeypatch):
    monkeypatch.setattr(nextsteps, "_providers", list(nextsteps._providers))
    monkeypatch.setattr(panels, "_providers", [])
    step = nextsteps.NextStep("读成绩", "/x/", kind="result", priority=10)
    nextsteps.register(lambda enrolments, at: {enrolments[0].pk: [step]})
    practice, progress = panels.Panel("练习", "x.html", position=2), panels.Panel("进度", "y.html", position=1)
    panels.register(lambda enrolment: [practice, progress])
    steps = nextsteps.steps_for([own], timezone.now())[own.pk]
    assert (steps[0], steps[1].kind) == (step, "lesson")
    assert [panel.heading for panel in panels.panels_for(own)] == ["进度", "练习"]


def test_a_panel_is_drawn_with_its_own_words(client, own, student, monkeypatch):
    line = own.hours()[0]
    panel = panels.Panel("练习题目", "training/_meter.html", {"line": line, "label": "自定义文字"})
    monkeypatch.setattr(panels, "_providers", [lambda enrolment: [panel]])
    client.force_login(student)
    text = client.get(own.get_absolute_url()).text
    assert "练习题目" in text
    assert "自定义文字" in text


def test_hours_of_many_take_two_queries(now_cohort, lessons, django_assert_num_queries):
    for _one in range(4):
        study(make_enrolment(now_cohort), lessons[0], 6, at=timezone.now())
    enrolments = list(Enrolment.objects.with_course())
    with django_assert_num_queries(2):
        hours = StudyRecord.objects.hours_by_enrolment(enrolments)
    assert all(sum(line.earned for line in lines) > 0 for lines in hours.values())
    assert hours[enrolments[0].pk] == enrolments[0].hours()


def test_everything_attended_meets_every_module(own):
    attend_everything(own)
    assert all(line.met for line in own.hours())


# --- Desk, roster, sweep, audit --------------------------------------------------------------------------------------


def test_the_desk_of_each(own, own_registrar, own_instructor, student, stranger):
    make_session(own.cohort)
    assert desk_items(student)[0].primary
    assert any(item.url == reverse("cohort_create") for item in desk_items(own_registrar))
    assert not any(item.url == reverse("cohort_create") for item in desk_items(own_instructor))
    assert next(item for item in desk_items(own_registrar) if item.order == 20).count == 1
    assert next(item for item in desk_items(stranger) if item.order == 20).count == 0


def test_a_formula_in_a_name_stays_text(client, now_cohort, own_registrar):
    person = make_person()
    person.full_name = '=HYPERLINK("http://example.org")'
    person.save()
    make_enrolment(now_cohort, person)
    client.force_login(own_registrar)
    response = client.get(reverse("roster_export", args=[now_cohort.uuid, "xlsx"]))
    sheet = load_workbook(io.BytesIO(response.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)
    text = b"".join(client.get(reverse("roster_export", args=[now_cohort.uuid, "csv"])).streaming_content).decode()
    assert "'=HYPERLINK" in text
    assert client.get(reverse("roster_export", args=[now_cohort.uuid, "exe"])).status_code == 404


def test_rosters_are_for_registrars(client, now_cohort, own_instructor, stranger):
    now_cohort.instructors.add(own_instructor)
    url = reverse("roster_export", args=[now_cohort.uuid, "csv"])
    for person, status in ((stranger, 404), (own_instructor, 403)):
        client.force_login(person)
        assert client.get(url).status_code == status


def test_the_sweep_closes_silent_visits(own, lessons):
    StudyVisit.open_lesson(own, lessons[0], at=timezone.now() - timedelta(hours=1))

    class Handle:
        def beat(self, *args):
            pass

    close_idle_visits(Handle())
    assert not StudyVisit.objects.open().exists()


def test_the_audit_finds_ledgers_in_order(own, lessons, own_registrar, capsys):
    study(own, lessons[0], 7, at=timezone.now())
    session = make_session(own.cohort)
    session.record_attendance([own], by=own_registrar, at=timezone.now())
    session.take_off([own], by=own_registrar, at=timezone.now(), reason="登记有误")
    call_command("audit_ledgers")
    assert "add up" in capsys.readouterr().out


def test_the_audit_finds_what_was_tampered_with(own, lessons, own_registrar):
    study(own, lessons[0], 7, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE training_studyrecord SET minutes = minutes + 1")
    with pytest.raises(CommandError):
        call_command("audit_ledgers")


def test_the_audit_finds_too_many_minutes(own, lessons, own_registrar):
    item = lessons[0]
    StudyRecord.objects.record_case(own, item, at=timezone.now())
    study(own, item, 5, at=timezone.now())
    call_command("audit_ledgers")
    row = own.records.first()
    StudyRecord.objects.create(
        enrolment=own, topic=row.topic, minutes=5, delivery="recorded", evidence="heartbeat", rule="x", item=item,
        key="forged", recorded_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(CommandError):
        call_command("audit_ledgers")


def test_a_second_base_has_its_own_editions(client, own, stranger):
    other = stranger.memberships.get().organisation
    edition = make_edition(other, timezone.now())
    cohort = make_cohort(edition, by=stranger)
    client.force_login(stranger)
    text = client.get(reverse("cohort_list")).text
    assert cohort.title in text
    assert own.cohort.title not in text
