"""Rows as one text, the same values from every database."""

from datetime import timedelta
from decimal import Decimal

from assessments.models import Result
from lms.lib.rowtext import RowsAsText, rows_in
from tests.factories.assessments import make_result
from tests.factories.training import make_enrolment


def test_the_values_come_back(cohort, enrolment, at):
    first = make_result(enrolment, at=at)
    second = make_result(make_enrolment(cohort, at=at), passed=False, at=at + timedelta(microseconds=5))
    text = Result.objects.order_by().values_list(RowsAsText("pk", "total", "passed", "method", "released_at"), flat=True).get()
    rows = sorted(rows_in(text))
    for row, result in zip(rows, (first, second), strict=True):
        assert (row[0], Decimal(row[1]), bool(row[2]), row[3]) == (result.pk, result.total, result.passed, result.method)
    assert rows[0][4] < rows[1][4]  # times sort as texts


def test_no_rows(db):
    assert rows_in(Result.objects.order_by().values_list(RowsAsText("pk"), flat=True).get()) == []


def test_decimals_are_exact():
    assert rows_in("[[87.15, 3]]") == [[Decimal("87.15"), 3]]
