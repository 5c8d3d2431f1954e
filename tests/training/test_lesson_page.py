"""The lesson page: who reads it, what it costs, and the heartbeat's endpoint."""

import re
import uuid

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from curriculum.models import Citation, EditionItem
from tests.factories.library import make_statute
from tests.factories.training import make_cohort, make_enrolment, make_person, study
from training.models import StudyVisit
from training.outline import lessons_of


@pytest.fixture
def own(edition, student, own_registrar):
    """An enrolment that is active now: the views read the clock themselves."""
    return make_enrolment(make_cohort(edition, by=own_registrar), student)


def lesson_url(enrolment, lesson, name="lesson"):
    return reverse(name, args=[enrolment.uuid, lesson.uuid])


def test_it_works(client, own, student, lessons):
    client.force_login(student)
    response = client.get(lesson_url(own, lessons[0]))
    assert response.status_code == 200
    assert lessons[0].title in response.text
    assert lessons[1].title in response.text  # the way on
    assert "heartbeat.js" in response.text
    assert not StudyVisit.objects.exists()  # reading changes nothing


def test_it_takes_five_queries(client, own, student, lessons, django_assert_max_num_queries):
    client.force_login(student)
    cache.clear()
    client.get(lesson_url(own, lessons[0]))
    with django_assert_max_num_queries(5):
        client.get(lesson_url(own, lessons[0]))


def test_the_item_of_a_list_is_the_one_of_the_edition(edition):
    listed, _ended = lessons_of(edition.pk, timezone.localdate())
    items = EditionItem.objects.filter(edition=edition, kind="lesson").order_by("position")
    assert [lesson.pk for lesson in listed] == [item.pk for item in items]
    for lesson, whole in zip(listed, items, strict=True):
        light = lesson.as_item(edition.pk)
        asked_later = light.get_deferred_fields()
        assert asked_later <= {"position", "summary", "summary_en", "required"}
        known = [field.attname for field in EditionItem._meta.concrete_fields if field.attname not in asked_later]
        assert [getattr(light, name) for name in known] == [getattr(whole, name) for name in known]
        assert light.content() == whole.content() and light == whole


def test_what_is_kept_of_the_page_is_never_old(client, own, student, lessons, edition):
    client.force_login(student)
    url = lesson_url(own, lessons[0])
    before = client.get(url).text
    assert f"已计 0 / {lessons[0].minutes} 分钟" in before and "办法已失效" not in before
    study(own, lessons[0], 4)
    assert f"已计 4 / {lessons[0].minutes} 分钟" in client.get(url).text
    statute = make_statute(edition.organisation, "办法已失效", ended_on=timezone.localdate())
    Citation.objects.create(revision_id=lessons[0].revision_id, page_id=lessons[0].page_id, statute=statute)
    assert "办法已失效" in client.get(url).text
    assert "办法已失效" not in client.get(lesson_url(own, lessons[1])).text  # of the same edition, and does not quote it
    with connection.cursor() as cursor:  # items of an edition are never changed by the product
        cursor.execute("UPDATE curriculum_editionitem SET title = '下一课改名' WHERE id = %s", [lessons[1].pk])
    assert "下一课改名 →" in client.get(url).text
    own.cohort.close(by=own.cohort.created_by, at=timezone.now())
    text = client.get(url).text
    assert "data-heartbeat" not in text and f"已计 4 / {lessons[0].minutes} 分钟" in text


def test_nothing_on_it_is_somebody_elses(client, own, student, lessons):
    client.force_login(student)
    client.get(lesson_url(own, lessons[0]))
    person = make_person()
    other = make_enrolment(own.cohort, person)
    client.force_login(person)
    text = client.get(lesson_url(other, lessons[0])).text
    for key in (own.uuid, student.uuid, student.email, student.full_name):
        assert str(key) not in text
    assert lesson_url(other, lessons[0], "lesson_beat") in text and str(person.uuid) in text and person.full_name in text


def test_each_form_carries_the_token_of_its_session(own, student, lessons):
    """The page's pieces are kept, the token of its forms is put in each time; the forms are taken."""
    for _reader in range(2):
        client = Client(enforce_csrf_checks=True)
        client.force_login(student)
        text = client.get(lesson_url(own, lessons[0])).text
        tokens = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', text)
        assert len(tokens) == 3 and all(len(token) == 64 for token in tokens)  # language, sign out, heartbeat
        beat = client.post(lesson_url(own, lessons[0], "lesson_beat"), {"csrfmiddlewaretoken": tokens[-1]})
        assert beat.status_code == 200
        assert client.post(reverse("set_language"), {"csrfmiddlewaretoken": tokens[0], "language": "en"}).status_code == 302
        assert client.post(lesson_url(own, lessons[0], "lesson_beat"), {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_the_first_reader_pays_for_rendering_only(client, own, student, lessons, django_assert_max_num_queries):
    client.force_login(student)
    cache.clear()
    with django_assert_max_num_queries(14):
        client.get(lesson_url(own, lessons[0]))


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.INSTRUCTOR, Role.REGISTRAR])
def test_staff_of_the_base_read_without_counting(client, own, own_base, lessons, role):
    client.force_login(make_person("职员", at_base=own_base, role=role))
    response = client.get(lesson_url(own, lessons[0]))
    assert response.status_code == 200
    assert "heartbeat.js" not in response.text
    assert own.cohort.title in response.text and f'href="{own.get_absolute_url()}"' not in response.text


def test_a_stranger_finds_nothing(client, own, stranger, lessons):
    client.force_login(stranger)
    assert client.get(lesson_url(own, lessons[0])).status_code == 404
    assert client.post(lesson_url(own, lessons[0], "lesson_beat")).status_code == 404


def test_another_trainee_finds_nothing(client, own, lessons):
    client.force_login(make_person())
    assert client.get(lesson_url(own, lessons[0])).status_code == 404


def test_a_withdrawn_trainee_finds_nothing(client, own, student, lessons):
    own.withdraw(by=student, at=timezone.now())
    client.force_login(student)
    assert client.get(lesson_url(own, lessons[0])).status_code == 404


def test_a_visitor_logs_in_first(client, own, lessons):
    assert client.get(lesson_url(own, lessons[0])).status_code == 302
    assert client.post(lesson_url(own, lessons[0], "lesson_beat")).status_code == 302


def test_only_lessons_of_the_edition_are_found(client, own, student, edition):
    client.force_login(student)
    assert client.get(reverse("lesson", args=[own.uuid, uuid.uuid4()])).status_code == 404
    for other in edition.items.exclude(kind="lesson"):
        assert client.get(lesson_url(own, other)).status_code == 404


def test_a_closed_cohort_stays_readable_and_counts_nothing(client, own, own_registrar, student, lessons):
    own.cohort.close(by=own_registrar, at=timezone.now())
    client.force_login(student)
    assert "heartbeat.js" not in client.get(lesson_url(own, lessons[0])).text
    response = client.post(lesson_url(own, lessons[0], "lesson_beat"))
    assert (response.status_code, response.json()["state"]) == (409, "ended")


def test_the_first_beat_opens_a_visit_and_the_next_ones_name_it(client, own, student, lessons):
    client.force_login(student)
    url = lesson_url(own, lessons[0], "lesson_beat")
    opened = client.post(url, {"active": "1"}).json()
    assert opened["state"] == "open"
    answer = client.post(url, {"visit": opened["visit"], "active": "1"}).json()
    assert answer["state"] == "early"  # the same second: nothing counted, nothing broken
    assert StudyVisit.objects.get().seconds == 0


def test_the_server_counts_whatever_the_page_says(client, own, student, lessons):
    client.force_login(student)
    url = lesson_url(own, lessons[0], "lesson_beat")
    visit = client.post(url).json()["visit"]
    data = {"visit": visit, "active": "1", "seconds": "36000", "at": "2030-01-01T00:00:00Z", "minutes": "600"}
    client.post(url, data)
    assert StudyVisit.objects.get().seconds == 0


def test_a_foreign_visit_is_not_found(client, own, student, lessons):
    other = make_enrolment(own.cohort)
    visit = StudyVisit.open_lesson(other, lessons[0], at=timezone.now())
    client.force_login(student)
    for path in (lesson_url(own, lessons[0], "lesson_beat"), lesson_url(other, lessons[0], "lesson_beat")):
        assert client.post(path, {"visit": str(visit.uuid), "active": "1"}).status_code == 404
    assert StudyVisit.objects.get().seconds == 0


@pytest.mark.parametrize("visit", ["nonsense", "00000000-0000-0000-0000-000000000000", "1' OR 1=1"])
def test_a_forged_visit_is_not_found(client, own, student, lessons, visit):
    client.force_login(student)
    assert client.post(lesson_url(own, lessons[0], "lesson_beat"), {"visit": visit}).status_code == 404


def test_the_old_tab_hears_that_it_was_taken_over(client, own, student, lessons):
    client.force_login(student)
    first = client.post(lesson_url(own, lessons[0], "lesson_beat")).json()["visit"]
    client.post(lesson_url(own, lessons[1], "lesson_beat"))
    answer = client.post(lesson_url(own, lessons[0], "lesson_beat"), {"visit": first, "active": "1"}).json()
    assert answer["state"] == "taken_over"


def test_a_beat_is_a_post(client, own, student, lessons):
    client.force_login(student)
    assert client.get(lesson_url(own, lessons[0], "lesson_beat")).status_code == 405
