"""The gradebook: trainees × assignments, in a constant number of queries, as page and file."""

import io
import re

import pytest
from django.db.models import QuerySet
from django.urls import reverse
from openpyxl import load_workbook

from assessments.gradebook import gradebook_of
from assessments.models import Part
from assessments.views.gradebook import drawn_row_by_row, drawn_rows
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
    names = re.findall(r'<th scope="row" class="code">([^<]+)</th>', page.text)
    assert len(names) == 6
    assert names == sorted(names)  # in the order of codes: the order of names would tell, too
    for person in filled.enrolments.all():
        for trace in (person.user.full_name, person.user.email):
            assert trace not in page.text


def test_two_hundred_on_a_page(client_for, filled, registrar, monkeypatch):
    monkeypatch.setattr("assessments.views.gradebook.ROWS", 4)
    client, url = client_for(registrar), reverse("gradebook", args=[filled.uuid])
    first, second = (client.get(url, {"page": number}).text.count('<th scope="row"') for number in (1, 2))
    assert (first, second) == (4, 2)


def test_rows_drawn_before_are_used_again_until_something_in_them_changes(client_for, filled, enrolment, registrar, trainee, at):
    drawn_rows.cache_clear()
    client, url = client_for(registrar), reverse("gradebook", args=[filled.uuid])

    def drawn() -> int:
        return drawn_rows.cache_info().misses

    first = client.get(url).text
    assert client.get(url).text.count("<tr>") == first.count("<tr>") and drawn() == 1
    client.get(url, headers={"accept-language": "en"}, HTTP_COOKIE="django_language=en")
    changes = [
        lambda: type(trainee).objects.filter(pk=trainee.pk).update(full_name="另一名"),
        lambda: make_submission(filled.enrolments.get(case_runs=None), at=at),
        lambda: QuerySet(Part).update(pass_mark=99),  # as nobody can
        lambda: filled.enrolments.exclude(pk=enrolment.pk).first().withdraw(by=registrar, at=at),
    ]
    for change in changes:
        before, page = drawn(), client.get(url).text
        change()
        assert client.get(url).text != page
        assert drawn() == before + 1


def test_a_change_draws_one_row_anew_and_the_page_is_the_same(client_for, filled, enrolment, registrar, trainee, at):
    others = [make_enrolment(enrolment.cohort, at=at) for _ in range(4)]
    client, url = client_for(registrar), reverse("gradebook", args=[enrolment.cohort.uuid])
    drawn_row_by_row.clear()
    drawn_rows.cache_clear()
    client.get(url)
    kept = set(drawn_row_by_row)
    assert len(kept) >= len(others) + 1
    trainee.full_name = "改过的名字"
    trainee.save()
    page = client.get(url).text
    assert len(set(drawn_row_by_row) - kept) == 1 and "改过的名字" in page
    drawn_row_by_row.clear()
    drawn_rows.cache_clear()
    assert rows_of_page(client.get(url).text) == rows_of_page(page)


def rows_of_page(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_the_words_of_drawn_rows_are_the_readers(client_for, filled, registrar):
    client, url = client_for(registrar), reverse("gradebook", args=[filled.uuid])
    for language, word in (("zh-hans", "未开始"), ("en", "not begun"), ("zh-hans", "未开始")):
        client.cookies["django_language"] = language
        assert word in client.get(url).text
