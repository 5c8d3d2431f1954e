"""Enrolling: the window to the second, seats, one per cohort and level, and lists that are all or nothing."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from lms.lib.errors import WrongState
from tests.factories.training import make_cohort, make_enrolment, make_person
from training import signals
from training.models import Enrolment, ListRefused
from training.models.enrolments import CROCKFORD

S = timedelta(seconds=1)


def test_it_works(cohort, student, at):
    heard = []
    signals.enrolled.connect(listener := lambda sender, enrolment, at, **kwargs: heard.append(enrolment))
    enrolment = Enrolment.enrol(cohort, student, at=at)
    signals.enrolled.disconnect(listener)
    assert heard == [enrolment]
    assert enrolment.syllabus == cohort.edition.syllabus
    assert enrolment.enrolled_at == at
    assert ModelLogEntry.objects.filter(action="training.enrolment.create").count() == 1


def test_the_anonymous_code_is_random_crockford(cohort, at):
    codes = {make_enrolment(cohort, at=at).anonymous_code for _i in range(5)}
    assert len(codes) == 5
    assert all(len(code) == 8 and set(code) <= set(CROCKFORD) for code in codes)


@pytest.mark.parametrize(("shift", "ok"), [(-1, False), (0, True), (1, True)])
def test_the_first_second_of_the_window(cohort, student, shift, ok):
    when = cohort.enrol_from + shift * S
    if ok:
        Enrolment.enrol(cohort, student, at=when)
    else:
        with pytest.raises(WrongState):
            Enrolment.enrol(cohort, student, at=when)


@pytest.mark.parametrize(("shift", "ok"), [(-1, True), (0, False), (1, False)])
def test_the_last_second_of_the_window(cohort, student, shift, ok):
    when = cohort.enrol_until + shift * S
    if ok:
        Enrolment.enrol(cohort, student, at=when)
    else:
        with pytest.raises(WrongState):
            Enrolment.enrol(cohort, student, at=when)


@pytest.mark.parametrize("status", ["planned", "closed", "cancelled"])
def test_only_an_open_cohort_takes_people(cohort, student, at, status):
    type(cohort).objects.filter(pk=cohort.pk).update(status=status)
    with pytest.raises(WrongState):
        Enrolment.enrol(cohort, student, at=at)


def test_once_per_cohort(cohort, student, enrolment, at):
    with pytest.raises(WrongState):
        Enrolment.enrol(cohort, student, at=at)
    with pytest.raises(IntegrityError):
        Enrolment.objects.create(
            cohort=cohort, user=student, syllabus=cohort.edition.syllabus, anonymous_code="X", enrolled_at=at
        )


def test_once_per_level_while_it_runs(cohort, edition, student, enrolment, own_registrar, at):
    second = make_cohort(edition, at=at, by=own_registrar)
    with pytest.raises(WrongState):
        Enrolment.enrol(second, student, at=at)
    cohort.close(by=own_registrar, at=at)
    Enrolment.enrol(second, student, at=at)


def test_the_last_seat(edition, own_registrar, student, at):
    cohort = make_cohort(edition, at=at, by=own_registrar, seats=1)
    make_enrolment(cohort, at=at)
    with pytest.raises(WrongState):
        Enrolment.enrol(cohort, student, at=at)


def test_withdrawing_frees_the_seat_and_taking_back_needs_one(edition, own_registrar, student, at):
    cohort = make_cohort(edition, at=at, by=own_registrar, seats=1)
    first = make_enrolment(cohort, at=at)
    first.withdraw(by=first.user, at=at)
    with pytest.raises(WrongState):
        first.withdraw(by=first.user, at=at)
    second = Enrolment.enrol(cohort, student, at=at)
    with pytest.raises(WrongState):
        first.take_back(by=own_registrar, at=at)
    second.withdraw(by=student, at=at)
    first.take_back(by=own_registrar, at=at)
    first.refresh_from_db()
    assert (first.status, first.ended_at) == ("active", None)
    with pytest.raises(WrongState):  # one who withdrew does not slip in again
        Enrolment.enrol(cohort, student, at=at)


def test_completing_once(enrolment, own_registrar, at):
    enrolment.complete(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        enrolment.complete(by=own_registrar, at=at)
    with pytest.raises(WrongState):
        enrolment.withdraw(by=own_registrar, at=at)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="needs a database that threads share: PostgreSQL")
def test_two_people_and_one_seat(edition, own_registrar, at):
    cohort = make_cohort(edition, at=at, by=own_registrar, seats=3)
    people = [make_person() for _i in range(10)]
    barrier, refused = threading.Barrier(10), []

    def go(person):
        barrier.wait()
        try:
            Enrolment.enrol(cohort, person, at=at)
        except WrongState:
            refused.append(person)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=[person]) for person in people]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (cohort.enrolments.count(), len(refused)) == (3, 7)


def test_seats_are_counted_under_the_cohorts_lock(cohort, student, at, django_assert_max_num_queries):
    """Without threads: the first query inside the transaction takes the row (a lock where the database has them)."""
    with CaptureQueriesContext(connection) as queries:
        Enrolment.enrol(cohort, student, at=at)
    statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "BEGIN", "RELEASE"))]
    assert "training_cohort" in statements[0]
    assert ("FOR UPDATE" in statements[0]) == (connection.vendor != "sqlite")


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_a_list_enrols_everybody(cohort, own_registrar, at):
    people = [make_person() for _i in range(3)]
    emails = [f" {person.email.upper()} " for person in people]
    made = Enrolment.enrol_list(cohort, [*emails, "", emails[0]], by=own_registrar, at=at)
    assert [enrolment.user for enrolment in made] == people
    assert Enrolment.enrol_list(cohort, emails, by=own_registrar, at=at) == []  # again: harmless


def test_a_list_is_all_or_nothing_and_tells_each_line(cohort, own_registrar, enrolment, at):
    good = make_person()
    with pytest.raises(ListRefused) as refused:
        Enrolment.enrol_list(cohort, [good.email, "nobody@example.org", enrolment.user.email], by=own_registrar, at=at)
    assert [bool(row.problem) for row in refused.value.rows] == [False, True, False]
    assert cohort.enrolments.count() == 1


def test_a_list_does_not_overbook(edition, own_registrar, at):
    cohort = make_cohort(edition, at=at, by=own_registrar, seats=2)
    people = [make_person() for _i in range(3)]
    with pytest.raises(ListRefused) as refused:
        Enrolment.enrol_list(cohort, [person.email for person in people], by=own_registrar, at=at)
    assert [bool(row.problem) for row in refused.value.rows] == [False, False, True]
    assert cohort.enrolments.count() == 0


def test_the_window_does_not_bind_the_registrar_but_the_last_day_does(cohort, own_registrar, student):
    late = cohort.enrol_until + timedelta(days=1)
    assert Enrolment.enrol_list(cohort, [student.email], by=own_registrar, at=late)
    with pytest.raises(WrongState):
        Enrolment.enrol_list(cohort, [student.email], by=own_registrar, at=late + timedelta(days=90))


# --- The pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def cohort_now(edition, own_registrar):
    return make_cohort(edition, by=own_registrar)


def test_the_catalogue_shows_what_is_open(client, cohort_now, edition, own_registrar):
    hidden = make_cohort(edition, by=own_registrar, opened=False)
    for query in ({}, {"level": "junior"}, {"base": cohort_now.organisation.slug}):
        response = client.get(reverse("cohort_catalogue"), query)
        assert cohort_now.title in response.text
        assert hidden.title not in response.text
    assert cohort_now.title not in client.get(reverse("cohort_catalogue"), {"level": "senior"}).text


def test_enrolling_through_the_page(client, cohort_now, student):
    client.force_login(student)
    url = reverse("cohort_enrol", args=[cohort_now.uuid])
    page = client.get(url)
    assert page.status_code == 200
    assert str(cohort_now.edition.syllabus.version) in page.text
    assert not Enrolment.objects.exists()
    response = client.post(url)
    enrolment = Enrolment.objects.get()
    assert response.url == enrolment.get_absolute_url()
    assert client.post(url).url == response.url  # a second click finds it done
    assert Enrolment.objects.count() == 1


def test_a_full_cohort_says_so(client, cohort_now, student):
    type(cohort_now).objects.update(seats=1)
    make_enrolment(cohort_now)
    client.force_login(student)
    response = client.post(reverse("cohort_enrol", args=[cohort_now.uuid]))
    assert response.status_code == 409
    assert not Enrolment.objects.filter(user=student).exists()


def test_a_planned_cohort_is_not_found(client, edition, own_registrar, student):
    planned = make_cohort(edition, by=own_registrar, opened=False)
    client.force_login(student)
    assert client.get(reverse("cohort_enrol", args=[planned.uuid])).status_code == 404
    assert client.post(reverse("cohort_enrol", args=[planned.uuid])).status_code == 404


def test_withdrawing_through_the_page(client, cohort_now, student, stranger):
    enrolment = make_enrolment(cohort_now, student)
    url = reverse("enrolment_withdraw", args=[enrolment.uuid])
    client.force_login(stranger)
    assert client.post(url).status_code == 404
    client.force_login(student)
    assert client.get(url).status_code == 200
    client.post(url)
    client.post(url)
    enrolment.refresh_from_db()
    assert enrolment.status == "withdrawn"


def test_a_registrar_pastes_a_list(client, cohort_now, own_registrar):
    people = [make_person() for _i in range(2)]
    client.force_login(own_registrar)
    url = reverse("cohort_add_trainees", args=[cohort_now.uuid])
    text = f"张三 <{people[0].email}>\n{people[1].email}, 李四\n"
    assert client.post(url, {"emails": text}).status_code == 302
    assert cohort_now.enrolments.count() == 2


def test_a_registrar_uploads_a_csv_in_either_encoding(client, cohort_now, own_registrar):
    client.force_login(own_registrar)
    url = reverse("cohort_add_trainees", args=[cohort_now.uuid])
    for number, encoding in enumerate(("utf-8-sig", "gb18030"), start=1):
        person = make_person()
        raw = f"姓名,邮箱\n王五,{person.email}\n".encode(encoding)
        assert client.post(url, {"file": SimpleUploadedFile("list.csv", raw)}).status_code == 302
        assert cohort_now.enrolments.count() == number


@pytest.mark.parametrize(
    "data", [{}, {"emails": "   "}, {"emails": "张三\n李四"}, {"emails": "nobody@example.org"}]
)
def test_a_bad_list_is_explained_and_kept(client, cohort_now, own_registrar, data):
    client.force_login(own_registrar)
    response = client.post(reverse("cohort_add_trainees", args=[cohort_now.uuid]), data)
    assert response.status_code in (200, 409)
    assert response.context["form"].errors
    assert data.get("emails", "").strip() in response.text
    assert not cohort_now.enrolments.exists()


def test_a_disguised_or_huge_file_is_refused(client, cohort_now, own_registrar):
    client.force_login(own_registrar)
    url = reverse("cohort_add_trainees", args=[cohort_now.uuid])
    for raw in (b"PK\x03\x04\x00\x00" + b"\x00" * 50, b"a" * (1024 * 1024 + 1)):
        response = client.post(url, {"file": SimpleUploadedFile("list.csv", raw)})
        assert "file" in response.context["form"].errors


@pytest.mark.parametrize("name", ["trainee_withdraw", "trainee_take_back"])
def test_walls_around_a_trainee(client, cohort_now, own_registrar, own_instructor, stranger, student, name):
    enrolment = make_enrolment(cohort_now, student)
    if name == "trainee_take_back":
        enrolment.withdraw(by=student, at=timezone.now())
    url = reverse(name, args=[enrolment.uuid])
    for person, status in ((stranger, 404), (student, 404), (own_instructor, 404)):
        client.force_login(person)
        assert client.post(url).status_code == status
    cohort_now.instructors.add(own_instructor)
    client.force_login(own_instructor)
    assert client.post(url).status_code == 403
    client.force_login(own_registrar)
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302
