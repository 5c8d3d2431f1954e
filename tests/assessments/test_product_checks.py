"""Automatic checks on the pages: advice to the trainee, evidence beside the work, kept as they were at the hand-in."""

import pytest
from django.urls import reverse

from assessments import checks
from assessments.models import Allocation, Submission
from tests.factories.assessments import complete_fields, make_run
from tests.factories.curriculum import kind_of_product, make_course, make_edition
from tests.factories.training import make_cohort, make_enrolment

INCOME = [
    {"period": "1", "sales": "1000", "royalty": "50", "factor": "0.9091", "pv": "45.46"},
    {"period": "2", "sales": "1000", "royalty": "50", "factor": "0.8264", "pv": "41.32"},
]


@pytest.fixture
def shown() -> str:
    """When assessors read the declaration on AI."""
    return "beside"


@pytest.fixture
def edition(base, at, shown):
    work = kind_of_product("valuation-workbook", ai_shown=shown)
    return make_edition(base, at, course=make_course(base, deliverable=work))


@pytest.fixture
def cohort(edition, registrar, at):
    return make_cohort(edition, at=at, by=registrar)


@pytest.fixture
def enrolment(cohort, trainee, at):
    return make_enrolment(cohort, trainee, at=at)


@pytest.fixture
def workbook(enrolment, at) -> Submission:
    """A complete draft whose value by income is wrong."""
    draft = Submission.start(make_run(enrolment, at=at), at=at)
    fields = complete_fields(draft.assignment.script())
    fields |= {"royalty-rate": "5", "discount-rate": "10", "income": INCOME, "income-value": "100"}
    draft.save_draft(fields, number=0, key="workbook", at=at)
    return draft


def wrong(report):
    return [line for line in report.lines if line.verdict == "look" and "NPV" in line.title]


def test_the_trainee_is_advised_and_may_hand_in_all_the_same(client_for, trainee, workbook):
    client = client_for(trainee, "en")
    page = client.get(workbook.get_absolute_url())
    line = wrong(page.context["report"])[0]
    assert line.text == "100 stands there; computed: 86.78." and line.workings == "45.46 + 41.32"
    assert line.text in page.text and "#field-income-value" in page.text
    address = reverse("submission_hand_in", args=[workbook.uuid])
    assert line.text in client.get(address).text
    client.post(address, {"ai_used": "no", "no_secrets": "on", "number": workbook.draft_number})
    workbook.refresh_from_db()
    assert workbook.status == Submission.Status.SUBMITTED
    assert line.text in client.get(reverse("submission_receipt", args=[workbook.uuid])).text


def test_save_and_check_again(client_for, trainee, workbook):
    client = client_for(trainee)
    page = client.get(workbook.get_absolute_url())
    post = {f.name: f.value for f in page.context["fields"] if f.kind != "table"}
    post |= {c.name: c.value for f in page.context["fields"] for row in f.rows for c in row.cells}
    post |= {"f.income-value": "86.78", "number": workbook.draft_number, "key": "again", "checks": "1"}
    answer = client.post(workbook.get_absolute_url(), post)
    assert answer.url.endswith("#checks")
    assert wrong(client.get(workbook.get_absolute_url()).context["report"]) == []


def test_what_was_found_is_kept_with_the_hand_in(client_for, assessor, workbook, at, monkeypatch):
    workbook.hand_in(at=at, ai_use="未使用")
    assert workbook.checks["kind"] == "valuation-workbook" and workbook.receipt_holds()
    monkeypatch.setattr(checks, "RULES", {})  # the rules of another day
    turn = Allocation.take_next(assessor, at=at)
    page = client_for(assessor, "en").get(turn.get_absolute_url())
    assert "100 stands there; computed: 86.78." in page.text
    workbook.refresh_from_db()
    workbook.checks["findings"] = []
    Submission.objects.filter(pk=workbook.pk).update(checks=workbook.checks)
    assert not Submission.objects.get(pk=workbook.pk).receipt_holds()


def test_checks_change_no_mark(workbook, at):
    """Nothing that marks, agrees or releases reads them."""
    from pathlib import Path

    folder = Path(checks.__file__).parent.parent
    for name in ("models/marking.py", "models/results.py", "scoring.py", "results.py", "gradebook.py"):
        assert "checks" not in (folder / name).read_text("utf-8"), name


def test_work_handed_in_before_there_were_checks_keeps_its_hash(submission):
    assert submission.checks == {} or submission.receipt_holds()
    Submission.objects.filter(pk=submission.pk).update(checks={})
    old = Submission.objects.get(pk=submission.pk)
    Submission.objects.filter(pk=submission.pk).update(content_hash=old.computed_hash())
    assert Submission.objects.get(pk=submission.pk).receipt_holds()


def test_typed_cells_are_asked_for_by_their_kind_and_what_does_not_fit_is_named(client_for, trainee, workbook, at):
    client = client_for(trainee, "en")
    page = client.get(workbook.get_absolute_url())
    assert 'inputmode="decimal"' in page.text and 'data-adds="pv"' in page.text
    fields = workbook.fields | {"income": [INCOME[0] | {"pv": "很多"}, *INCOME[1:]]}
    workbook.save_draft(fields, number=workbook.draft_number, key="typed", at=at)
    page = client.get(workbook.get_absolute_url() + "?check=1")
    assert "Row 1, Present value: Enter a number, for example 12.5." in page.text and "很多" in page.text
    answer = client.post(reverse("submission_hand_in", args=[workbook.uuid]), {"ai_used": "no", "no_secrets": "on"})
    assert answer.status_code == 422


def test_totals_stand_below_the_table(client_for, trainee, workbook, at):
    workbook.hand_in(at=at, ai_use="未使用")
    page = client_for(trainee).get(reverse("submission_hand_in", args=[workbook.uuid]), follow=True)
    field = next(f for f in page.context["fields"] if f.key == "income")
    assert [t.text for t in field.totals] == ["", "2000", "100", "", "86.78"]


@pytest.mark.parametrize("shown", ["after"])
def test_the_declaration_on_ai_may_wait_for_the_mark(client_for, assessor, workbook, at):
    workbook.hand_in(at=at, ai_use="用某工具润色了第二节")
    turn = Allocation.take_next(assessor, at=at)
    client = client_for(assessor)
    assert "润色了第二节" not in client.get(turn.get_absolute_url()).text
    draft = {c.key: {"points": c.top, "comment": "好"} for c in workbook.assignment.rubric.lines()}
    turn.give_mark(draft, "", at=at)
    assert "润色了第二节" in client.get(turn.get_absolute_url()).text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_library_is_read_by_those_who_write_and_mark(client_for, author, assessor, trainee, employer, language):
    for person in (author, assessor):
        client = client_for(person, language)
        page = client.get(reverse("product_kinds"))
        assert page.status_code == 200 and reverse("product_kind", args=["term-sheet"]) in page.text
        page = client.get(reverse("product_kind", args=["contract-classification"]))
        assert page.status_code == 200 and "jinyun.gov.cn" in page.text
        assert client.get(reverse("product_kind", args=["nonsense"])).status_code == 404
    for person in (trainee, employer):
        assert client_for(person).get(reverse("product_kinds")).status_code == 403


def test_another_enrolments_work_is_not_found(client_for, outsider, workbook):
    assert client_for(outsider).get(workbook.get_absolute_url()).status_code == 404
