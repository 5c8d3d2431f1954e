"""The gradebook: trainees × assignments, in a constant number of queries, as page and file."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from assessments.gradebook import gradebook_of
from tests.factories.assessments import make_marked, make_result, make_run, make_submission
from tests.factories.training import make_enrolment


@pytest.fixture
def filled(cohort, enrolment, at):
    """One trainee of each kind."""
    make_result(enrolment, at=at)
    make_result(make_enrolment(cohort, at=at), passed=False, at=at)
    make_marked(make_enrolment(cohort, at=at), at=at)
    make_submission(make_enrolment(cohort, at=at), at=at)
    make_run(make_enrolment(cohort, at=at), at=at, played=False)
    make_enrolment(cohort, at=at)
    return cohort


def test_states_and_totals(filled):
    book = gradebook_of(filled)
    found = {(row.cells[0].state, row.cells[0].total) for row in book.rows}
    assert found == {
        ("passed", 100), ("failed", 0), ("ready", None), ("submitted", None), ("playing", None), ("todo", None),
    }  # fmt: skip
    parts = {(row.parts[0][1], row.parts[0][2]) for row in book.rows}
    assert parts == {(100, True), (0, False), (None, None)}
    assert all(cell.word for row in book.rows for cell in row.cells)


def test_who_withdrew_is_not_in_it(cohort, enrolment, trainee, at):
    enrolment.withdraw(by=trainee, at=at)
    assert gradebook_of(cohort).rows == []


def test_it_works(client_for, filled, registrar, trainee):
    page = client_for(registrar).get(reverse("gradebook", args=[filled.uuid]))
    assert trainee.full_name in page.text
    assert "100" in page.text
    assert filled.title in client_for(registrar).get(reverse("gradebook_list")).text


def test_instructors_see_their_own_cohorts(client_for, filled, instructor):
    url = reverse("gradebook", args=[filled.uuid])
    assert client_for(instructor).get(url).status_code == 404
    filled.instructors.add(instructor)
    assert client_for(instructor).get(url).status_code == 200


def test_queries_do_not_grow(client_for, cohort, enrolment, registrar, at, django_assert_max_num_queries):
    client, url = client_for(registrar), reverse("gradebook", args=[cohort.uuid])
    make_result(enrolment, at=at)
    client.get(url)
    with django_assert_max_num_queries(11) as few:
        client.get(url)
    for _trainee in range(4):
        make_result(make_enrolment(cohort, at=at), at=at)
    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_csv(client_for, filled, registrar, trainee):
    got = client_for(registrar).get(reverse("gradebook_export", args=[filled.uuid, "csv"]))
    lines = b"".join(got.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 7
    own = next(line for line in lines if trainee.full_name in line)
    assert "100.00" in own


def test_a_name_is_no_formula(client_for, filled, registrar, trainee):
    type(trainee).objects.filter(pk=trainee.pk).update(full_name="=1+1")
    got = client_for(registrar).get(reverse("gradebook_export", args=[filled.uuid, "xlsx"]))
    grades, history = load_workbook(io.BytesIO(got.content)).worksheets
    rows = list(grades.iter_rows(values_only=True))
    assert "'=1+1" in {row[0] for row in rows}
    assert 100 in {row[3] for row in rows}
    for page in (grades, history):
        assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_who_may_not(client_for, filled, outsider, assessor, trainee, author, kind):
    for person in (outsider, assessor, trainee, author):
        assert client_for(person).get(reverse("gradebook", args=[filled.uuid])).status_code == 404
        assert client_for(person).get(reverse("gradebook_export", args=[filled.uuid, kind])).status_code == 404
    assert client_for(trainee).get(reverse("gradebook_list")).status_code == 403


def test_an_unknown_kind_of_file(client_for, filled, registrar):
    assert client_for(registrar).get(reverse("gradebook_export", args=[filled.uuid, "pdf"])).status_code == 404


def test_a_moderator_sees_codes_not_names(client_for, filled, moderator, trainee, enrolment):
    """Otherwise the states would say whose work is in moderation just now."""
    client = client_for(moderator)
    page = client.get(reverse("gradebook", args=[filled.uuid]))
    assert enrolment.anonymous_code in page.text
    names = [row.name for row in page.context["book"].rows]
    assert names == sorted(names)  # in the order of codes: the order of names would tell, too
    for person in filled.enrolments.all():
        for trace in (person.user.full_name, person.user.email):
            assert trace not in page.text


def test_two_hundred_on_a_page(client_for, filled, registrar, monkeypatch):
    monkeypatch.setattr("assessments.views.gradebook.ROWS", 4)
    client, url = client_for(registrar), reverse("gradebook", args=[filled.uuid])
    first, second = (client.get(url, {"page": number}).context["book"].rows for number in (1, 2))
    assert (len(first), len(second)) == (4, 2)
