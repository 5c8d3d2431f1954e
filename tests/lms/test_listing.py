"""Lists and their export."""

from decimal import Decimal

import pytest
from django.test import RequestFactory

from lms.lib.listing import csv_response, paginate, safe_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("陈样本", "陈样本"),
        ("a=b", "a=b"),
        (-3, "-3"),
        (Decimal("-1.50"), "-1.50"),
        (None, ""),
        ("", ""),
    ],
)
def test_no_cell_is_taken_for_a_formula(value, cell):
    assert safe_cell(value) == cell


def test_csv_reads_chinese_and_quotes():
    response = csv_response("hours.csv", ["姓名", "学时"], [["陈, 样本", 3], ["=1", None]])
    body = b"".join(response.streaming_content).decode("utf-8")
    assert body == '\ufeff姓名,学时\r\n"陈, 样本",3\r\n\'=1,\r\n'
    assert response["Content-Disposition"] == 'attachment; filename="hours.csv"'


@pytest.mark.parametrize(("asked", "given"), [("2", 2), ("99", 3), ("0", 3), ("x", 1), (None, 1)])
def test_a_page_that_does_not_exist_gives_the_nearest(asked, given):
    request = RequestFactory().get("/", {} if asked is None else {"page": asked})
    assert paginate(request, list(range(60))).number == given
