"""Beside the gradebook's page: its files, the history of a grade, and what another policy would do."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.models import ModelLogEntry

from accounts.models import Role
from assessments.grade_history import history_of
from assessments.gradebook import Gradebook, GradeCell, GradeRow, gradebook_of
from assessments.models import Allocation, Appeal, Result, Submission
from assessments.scoring import Overall, PartRule, corrected, overall
from assessments.whatif import simulate
from tests.factories.assessments import (
    NO_AI,
    complete_fields,
    give_mark,
    make_assessor,
    make_marked,
    make_result,
    scores_for,
)
from tests.factories.training import make_enrolment

MIDDLE = [1, 1]  # 50 of 100 by the factory's rubric, below its pass mark of 60


@pytest.fixture
def two(cohort, enrolment, at):
    """One who passed with 100, one who failed with 50."""
    make_result(enrolment, at=at)
    other = make_enrolment(cohort, at=at)
    registrar = make_assessor(cohort.organisation, Role.REGISTRAR)
    Result.release(make_marked(other, first=MIDDLE, at=at), by=registrar, at=at)
    return cohort


def again(result, *, at, bands="top"):
    """A second attempt, marked and released."""
    enrolment = result.enrolment
    submission = Submission.start(result.submission.run, at=at)
    fields = complete_fields(submission.assignment.script())
    submission.save_draft(fields, number=submission.draft_number, key="again", at=at)
    submission.hand_in(at=at, ai_use=NO_AI)
    for _turn in range(2):
        give_mark(submission, bands=bands, at=at)
    submission.refresh_from_db()
    return Result.release(submission, by=make_assessor(enrolment.cohort.organisation, Role.REGISTRAR), at=at)


# --- What the parts come to -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("totals", "rules", "least", "expected"),
    [
        (["80", "60"], [(70, 60), (30, 60)], None, ("74.00", True)),
        (["80", "59.99"], [(70, 60), (30, 60)], None, ("74.00", False)),  # 73.997; one failed part fails the whole
        (["100", "50"], [(1, 60), (2, 50)], None, ("66.67", True)),
        (["80", "60"], [(70, 60), (30, 60)], "74", ("74.00", True)),
        (["80", "60"], [(70, 60), (30, 60)], "74.01", ("74.00", False)),
        (["80", None], [(70, 60), (30, 60)], None, (None, None)),
        ([], [], None, (None, None)),
    ],
)
def test_overall(totals, rules, least, expected):
    numbers = [None if total is None else Decimal(total) for total in totals]
    found = overall(numbers, [PartRule(*rule) for rule in rules], None if least is None else Decimal(least))
    assert found == Overall(None if expected[0] is None else Decimal(expected[0]), expected[1])


def test_rules_are_for_the_same_parts():
    with pytest.raises(ValueError, match="argument"):
        overall([Decimal(1)], [])


# --- Files ------------------------------------------------------------------------------------------------------------


def test_xlsx_has_grades_and_history(client_for, two, registrar, trainee):
    got = client_for(registrar).get(reverse("gradebook_export", args=[two.uuid, "xlsx"]))
    grades, history = load_workbook(io.BytesIO(got.content)).worksheets
    heading, *rows = grades.iter_rows(values_only=True)
    own = next(row for row in rows if row[0] == trainee.full_name)
    assert len(rows) == 2 and len(heading) == len(own)
    assert own[-2:] == (100, "通过")
    assert {row[-2:] for row in rows} == {(100, "通过"), (50, "未通过")}
    _heading, *changes = history.iter_rows(values_only=True)
    assert {row[7] for row in changes} == {100, 50}
    assert grades.freeze_panes == "B2" and grades["A1"].font.bold


def test_every_file_is_logged_and_named_by_the_day_on_the_site(client_for, two, registrar, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 11, 27, 17, tzinfo=UTC))  # past midnight in Shanghai
    client = client_for(registrar)
    for kind in ("xlsx", "csv", "history.csv"):
        got = client.get(reverse("gradebook_export", args=[two.uuid, kind]))
        assert got.status_code == 200 and f"gradebook-{two.code}-20261128" in got["Content-Disposition"]
    entries = ModelLogEntry.objects.filter(action="assessments.gradebook.export", user=registrar)
    assert {(entry.data["kind"], entry.data["count"]) for entry in entries} == {("xlsx", 2), ("csv", 2), ("history.csv", 2)}


def test_history_as_csv(client_for, two, registrar, trainee):
    got = client_for(registrar).get(reverse("gradebook_export", args=[two.uuid, "history.csv"]))
    text = b"".join(got.streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 3 and trainee.email in text


def test_text_of_other_people_is_no_formula(client_for, cohort, enrolment, registrar, at):
    """Nor does a control character, which no sheet can hold, stop the file."""
    submission = make_marked(enrolment, first="top", second="bottom", at=at)
    turn = Allocation.take_for_moderation(submission, make_assessor(cohort.organisation, Role.MODERATOR), at=at)
    turn.give_mark(scores_for(submission), "", at=at, reason="=HYPERLINK(1)\x0b")
    submission.refresh_from_db()
    Result.release(submission, by=registrar, at=at)
    got = client_for(registrar).get(reverse("gradebook_export", args=[cohort.uuid, "xlsx"]))
    history = load_workbook(io.BytesIO(got.content)).worksheets[1]
    assert "'=HYPERLINK(1)" in {cell.value for row in history.iter_rows() for cell in row}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "history.csv"])
def test_only_registrars_take_files_away(client_for, two, moderator, instructor, outsider, trainee, kind):
    url = reverse("gradebook_export", args=[two.uuid, kind])
    two.instructors.add(instructor)
    for person in (moderator, instructor):
        client = client_for(person)
        assert client.get(url).status_code == 403
        assert url not in client.get(reverse("gradebook", args=[two.uuid])).text
    for person in (outsider, trainee):
        assert client_for(person).get(url).status_code == 404


def test_files_do_not_ask_more_for_more_trainees(client_for, cohort, enrolment, registrar, at, django_assert_max_num_queries):
    client, url = client_for(registrar), reverse("gradebook_export", args=[cohort.uuid, "xlsx"])
    make_result(enrolment, at=at)
    client.get(url)
    with django_assert_max_num_queries(20) as few:
        client.get(url)
    for _trainee in range(3):
        make_result(make_enrolment(cohort, at=at), at=at)
    with django_assert_max_num_queries(len(few)):
        client.get(url)


# --- The history of a grade -------------------------------------------------------------------------------------------


def cell_url(result) -> str:
    return reverse(
        "gradebook_history", args=[result.enrolment.cohort.uuid, result.enrolment.uuid, result.assignment.uuid]
    )


def test_history_of_two_attempts(client_for, cohort, enrolment, registrar, trainee, at):
    first = make_result(enrolment, passed=False, at=at)
    second = again(first, at=at)
    page = client_for(registrar).get(cell_url(first))
    one, two = page.context["changes"]
    assert (one.result, one.before, one.difference) == (first, None, None)
    assert (two.result, two.before, two.difference, two.attempt) == (second, first, 100, 2)
    assert trainee.full_name in page.text
    assert first.released_by.full_name in page.text and second.released_by.full_name in page.text
    assert cell_url(first) in client_for(registrar).get(reverse("gradebook", args=[cohort.uuid])).text


def test_history_tells_the_moderators_reason(cohort, enrolment, registrar, moderator, at):
    submission = make_marked(enrolment, first="top", second="bottom", at=at)
    turn = Allocation.take_for_moderation(submission, moderator, at=at)
    turn.give_mark(scores_for(submission), "", at=at, reason="第二位评阅人漏看了附件。")
    submission.refresh_from_db()
    Result.release(submission, by=registrar, at=at)
    (change,) = history_of(cohort)
    assert change.reasons == ["第二位评阅人漏看了附件。"] and change.by == registrar


def test_history_tells_why_an_appeal_was_upheld(client_for, enrolment, registrar, moderator, other_base, at):
    result = make_result(enrolment, passed=False, at=at)
    appeal = Appeal.lodge(result, ground="error", statement="漏看了附件。", at=at)
    appeal.admit(reason="在期限内提出。", by=registrar, at=at)
    turn = Appeal.take_next(make_assessor(other_base), at=at)
    turn.give_mark(scores_for(turn.submission), "", at=at)
    appeal.refresh_from_db()
    appeal.decide(upheld=True, reason="初评确实漏看了附件。", by=moderator, at=at + timedelta(minutes=1))
    page = client_for(registrar).get(cell_url(result))
    first, second = page.context["changes"]
    assert (second.before, second.difference, second.by, second.attempt) == (result, 100, moderator, 1)
    assert (first.reasons, second.reasons) == ([], ["初评确实漏看了附件。"])
    assert "发布后变更" in page.text and "初评确实漏看了附件。" in page.text


def test_a_cell_without_a_result_says_so(client_for, cohort, enrolment, assignment, registrar):
    url = reverse("gradebook_history", args=[cohort.uuid, enrolment.uuid, assignment.uuid])
    page = client_for(registrar).get(url)
    assert page.status_code == 200 and page.context["changes"] == []


def test_a_moderator_reads_the_history_by_code(client_for, cohort, enrolment, moderator, trainee, at):
    page = client_for(moderator).get(cell_url(make_result(enrolment, at=at)))
    assert enrolment.anonymous_code in page.text
    assert trainee.full_name not in page.text and trainee.email not in page.text


def test_who_may_not_read_a_history(client_for, two, enrolment, outsider, assessor, trainee, instructor):
    url = cell_url(enrolment.results.get())
    for person in (outsider, assessor, trainee, instructor):
        assert client_for(person).get(url).status_code == 404


def test_a_cell_of_another_cohort_is_not_there(client_for, two, enrolment, registrar):
    result = enrolment.results.get()
    for parts in [(uuid4(), result.assignment.uuid), (enrolment.uuid, uuid4())]:
        assert client_for(registrar).get(reverse("gradebook_history", args=[two.uuid, *parts])).status_code == 404


def test_history_of_a_cohort_takes_five_queries(two, at, django_assert_num_queries):
    with django_assert_num_queries(5):
        for change in history_of(two):
            assert change.enrolment.user.full_name and change.assignment.item.title and change.by.full_name
    make_result(make_enrolment(two, at=at), at=at)
    with django_assert_num_queries(5):
        assert len(history_of(two)) == 3


# --- What if ----------------------------------------------------------------------------------------------------------


def book_of(rules: list[tuple[int, int]], *lines: list[int | None]) -> Gradebook:
    """A gradebook of bare numbers: a part with one assignment for each rule."""
    parts = [SimpleNamespace(pk=n, weight=weight, pass_mark=mark) for n, (weight, mark) in enumerate(rules)]
    tasks = [SimpleNamespace(part_id=part.pk) for part in parts]
    rows = []
    for line in lines:
        totals = [None if total is None else Decimal(total) for total in line]
        passed = [None if total is None else total >= part.pass_mark for part, total in zip(parts, totals, strict=True)]
        states = [{None: "todo", True: "passed", False: "failed"}[verdict] for verdict in passed]
        cells = [GradeCell(uuid4(), state, total) for state, total in zip(states, totals, strict=True)]
        whole = overall(totals, [PartRule(*rule) for rule in rules])
        rows.append(GradeRow(uuid4(), "x", "", cells, list(zip(parts, totals, passed, strict=True)), whole))
    return Gradebook(parts, tasks, rows)


def test_the_plan_itself_changes_nothing():
    book = book_of([(60, 60), (40, 60)], [90, 61], [90, 55], [90, None])
    found = simulate(book, book.rules)
    assert found.changing == [] and (found.gaining, found.losing, found.results_gained, found.results_lost) == (0, 0, 0, 0)
    assert [(c.before, c.after) for c in (found.passed, found.failed, found.open)] == [(1, 1), (1, 1), (1, 1)]


def test_a_lower_and_a_higher_pass_mark():
    book = book_of([(60, 60), (40, 60)], [90, 61], [90, 55], [65, 80], [90, None])
    found = simulate(book, [PartRule(60, 70), PartRule(40, 50)])
    assert [(row.gains, row.loses) for row in found.rows] == [(False, False), (True, False), (False, True), (False, False)]
    assert (found.passed.before, found.passed.after) == (2, 2)
    assert (found.results_gained, found.results_lost) == (1, 1)
    assert found.rows[3].after == Overall() and not found.rows[3].changes


def test_other_weights_and_a_least_total():
    book = book_of([(60, 60), (40, 60)], [90, 60])
    (row,) = simulate(book, [PartRule(50, 60), PartRule(50, 60)]).rows
    assert (row.before.total, row.after.total) == (78, 75) and row.changes and not row.loses
    (row,) = simulate(book, book.rules, Decimal(80)).rows
    assert row.loses


@pytest.mark.parametrize(
    ("without", "added", "factor", "expected"),
    [
        ([], 0, "1", "50"),
        ([], 15, "1", "65"),
        ([], 60, "1", "100"),
        (["need"], 0, "1", "66.67"),  # 20 of 30
        (["need"], 40, "1", "100"),
        ([], 5, "0.5", "30"),
        (["need"], 5, "0.5", "38.34"),  # 66.67 × 0.5 = 33.335, half up, and 5
        (["of-another-rubric"], 0, "1", "50"),
    ],
)
def test_corrected(without, added, factor, expected):
    points, possible = {"need": "30", "terms": "20"}, {"need": 70, "terms": 30}
    total = Decimal(50) * Decimal(factor)
    found = corrected(total, points, possible, without=without, added=added, factor=Decimal(factor))
    assert found == Decimal(expected)


@pytest.mark.parametrize(
    ("total", "points", "expected"),
    [
        ("40", {"need": "30", "terms": "20"}, "56.67"),  # handed in late: 66.67 less the same 10 points
        ("50.01", {"need": "30", "terms": "20"}, "66.67"),  # the rounding of two marks is no deduction
        ("66.67", {"terms": "20"}, "66.67"),  # left out already
    ],
)
def test_what_else_a_total_holds_goes_on_holding(total, points, expected):
    found = corrected(Decimal(total), points, {"need": 70, "terms": 30}, without=["need"])
    assert found == Decimal(expected)


def test_no_rubric_is_left_without_points():
    with pytest.raises(ValueError, match="points"):
        corrected(Decimal(50), {"a": "1"}, {"a": 2}, without=["a"])


@pytest.fixture
def part(two):
    return gradebook_of(two).parts[0]


def ask(part, **other) -> dict:
    return {"what": "if", f"weight_{part.key}": 100, f"mark_{part.key}": 50, "least": ""} | other


def test_a_simulation_stores_nothing(client_for, two, part, registrar, trainee):
    url = reverse("gradebook_what_if", args=[two.uuid])
    before = list(Result.objects.values()), ModelLogEntry.objects.count()
    plain = client_for(registrar).get(url)
    assert plain.context["found"].changing == [] and not plain.context["asked"]
    page = client_for(registrar).get(url, ask(part))
    found = page.context["found"]
    assert (found.gaining, found.losing, found.results_gained) == (1, 0, 1)
    assert trainee.full_name in page.text and "模拟" in page.text
    only = client_for(registrar).get(url, ask(part, only="on"))
    assert trainee.full_name not in [row.grades.name for row in only.context["page"]]
    assert len(only.context["page"]) == 1
    assert (list(Result.objects.values()), ModelLogEntry.objects.count()) == before
    part.refresh_from_db()
    assert part.pass_mark == 60


def test_a_criterion_that_no_longer_counts(client_for, cohort, enrolment, assignment, registrar, at):
    """Need 0 of 60 and terms 40 of 40 come to 40; without the first criterion to 100."""
    Result.release(make_marked(enrolment, first=[0, 2], at=at), by=registrar, at=at)
    part = gradebook_of(cohort).parts[0]
    first, second = [line.key for line in assignment.rubric.lines()]
    url, own = reverse("gradebook_what_if", args=[cohort.uuid]), f"without_{assignment.uuid}"
    page = client_for(registrar).get(url, ask(part, **{own: [first], f"mark_{part.key}": 60}))
    (row,) = page.context["found"].rows
    assert (row.before, row.after) == (Overall(40, False), Overall(100, True)) and row.gains
    assert "40 → 100" in page.text and '<details class="details" open>' in page.text
    page = client_for(registrar).get(url, ask(part, **{f"added_{assignment.uuid}": 19, f"mark_{part.key}": 60}))
    (row,) = page.context["found"].rows
    assert (row.after, row.changes, row.gains) == (Overall(59, False), True, False)
    page = client_for(registrar).get(url, ask(part, **{own: [first, second]}))
    assert set(page.context["form"].errors) == {own} and not page.context["asked"]
    assert enrolment.results.get().total == 40


def test_mistakes_stand_beside_the_field(client_for, two, part, registrar):
    url = reverse("gradebook_what_if", args=[two.uuid])
    page = client_for(registrar).get(url, ask(part, **{f"weight_{part.key}": 90, f"mark_{part.key}": 101}))
    assert set(page.context["form"].errors) == {f"weight_{part.key}", f"mark_{part.key}"}
    assert 'value="101"' in page.text and not page.context["asked"]
    page = client_for(registrar).get(url, ask(part, **{f"weight_{part.key}": 90}))
    assert "90" in page.context["form"].errors[f"weight_{part.key}"][0]


def test_a_moderator_simulates_by_code_and_takes_nothing_away(client_for, two, part, moderator, trainee, enrolment):
    client, url = client_for(moderator), reverse("gradebook_what_if", args=[two.uuid])
    page = client.get(url, ask(part))
    assert enrolment.anonymous_code in page.text and trainee.full_name not in page.text
    assert client.get(url, ask(part, format="csv")).status_code == 403


def test_a_simulation_as_csv_is_logged(client_for, two, part, registrar, trainee):
    got = client_for(registrar).get(reverse("gradebook_what_if", args=[two.uuid]), ask(part, format="csv"))
    lines = b"".join(got.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and all(line.endswith("模拟") for line in lines[1:])
    assert ModelLogEntry.objects.filter(action="assessments.gradebook.export", user=registrar).get().data["kind"] == "what-if"


def test_who_may_not_simulate(client_for, two, instructor, outsider, trainee, assessor):
    url = reverse("gradebook_what_if", args=[two.uuid])
    two.instructors.add(instructor)
    assert client_for(instructor).get(url).status_code == 403
    assert url not in client_for(instructor).get(reverse("gradebook", args=[two.uuid])).text
    for person in (outsider, trainee, assessor):
        assert client_for(person).get(url).status_code == 404


def test_a_simulation_of_more_trainees_asks_no_more(client_for, two, part, registrar, at, django_assert_max_num_queries):
    client, url = client_for(registrar), reverse("gradebook_what_if", args=[two.uuid])
    assignment = gradebook_of(two).assignments[0]
    asked = ask(part, **{f"without_{assignment.uuid}": [assignment.rubric.lines()[0].key]})
    assert client.get(url, asked).context["asked"]
    with django_assert_max_num_queries(13) as few:
        client.get(url, asked)
    for _trainee in range(3):
        make_result(make_enrolment(two, at=at), at=at)
    with django_assert_max_num_queries(len(few)):
        client.get(url, asked)
