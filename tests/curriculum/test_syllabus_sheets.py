"""Spreadsheets of a version: what goes out comes back the same; what is wrong is named by row and column; what is
hostile is refused, and whatever the cells hold, nothing is imported by half."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from curriculum.models import Syllabus, Topic
from curriculum.syllabus_content import complete, replace_content
from curriculum.syllabus_drafts import new_draft, start_draft
from curriculum.syllabus_file import load
from curriculum.syllabus_problems import sheet_problems
from curriculum.syllabus_sheet import SHEETS, content_of, escaped, unescaped
from curriculum.syllabus_workbook import (
    CSV_COLUMNS,
    quoted,
    read_upload,
    unquoted,
    write_csv,
    write_xlsx,
    write_yaml,
)

FILE = Path(settings.BASE_DIR) / "curriculum" / "sample" / "syllabus-2020.yaml"
LABELS = {name: f"栏 {name}" for name in CSV_COLUMNS}
AT = timezone.now()


@pytest.fixture
def sample(db):
    return load(yaml.safe_load(FILE.read_text("utf-8"))).syllabus


@pytest.fixture
def draft(sample):
    return new_draft(sample, slug="outline-2027", version="2027", by=None, at=AT)


def upload(data, name="x.xlsx"):
    return SimpleUploadedFile(name, data)


def read(file, draft):
    """(content, problems) as the import page reads a file into a draft."""
    tables, problems, _hash = read_upload(file)
    said, more = content_of(tables, draft.content())
    found = sheet_problems(said, [*problems, *more])
    return (complete(said) if not found else None), found


def workbook(**sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_comes_back_with_the_same_hash(sample, kind):
    content = sample.content()
    data = write_xlsx(content, LABELS, ["说明"]) if kind == "xlsx" else write_csv(content)
    empty = start_draft(sample.standard, slug="empty", version="x", by=None, at=AT)
    found, problems = read(upload(data, f"x.{kind}"), empty)
    assert problems == []
    replace_content(empty, found)
    empty.slug = sample.slug
    assert empty.recompute_hash() == sample.content_hash
    assert {str(t.lineage) for t in Topic.objects.filter(module__level__syllabus=empty)} == {
        str(t.lineage) for t in Topic.objects.filter(module__level__syllabus=sample)
    }


def test_a_sheet_alone_leaves_the_rest_as_it_is(draft):
    before = draft.content()
    rows = [["学时 hours", "level", "module", "code", "title", "title_en", "required"]]
    rows.append([2.5, "junior", "public-knowledge", "N-1", "新专题", "New topic", "选修"])
    found, problems = read(upload(workbook(topics=rows)), draft)
    assert problems[0].where.startswith("track"), "the tracks name electives that are gone"
    for track in draft.tracks.all():
        track.delete()
    found, problems = read(upload(workbook(topics=rows)), draft)
    assert problems == []
    replace_content(draft, found)
    (topic,) = Topic.objects.filter(module__level__syllabus=draft)
    assert (topic.code, topic.hours, topic.required) == ("N-1", Decimal("2.5"), False)
    after = draft.content()
    assert after["competences"] == before["competences"]
    assert [len(level["modules"]) for level in after["levels"]] == [4, 4, 4]


TOPICS = ["level", "module", "code", "title", "title_en", "required", "hours", "competences"]
GOOD = ["junior", "public-knowledge", "N-1", "新专题", "New topic", "yes", 2, "discover"]


@pytest.mark.parametrize(
    ("place", "value", "column"),
    [
        (0, "nowhere", "level"), (1, "nowhere", "module"), (3, "长" * 200, "title"), (5, "maybe", "required"),
        (6, "viel", "hours"), (6, -1, "hours"), (6, "=1+1", "hours"), (6, 1.234, "hours"), (6, "NaN", "hours"),
        (6, 1e300, "hours"), (6, AT.replace(tzinfo=None), "hours"), (6, True, "hours"), (7, "flying", ""),
        (2, None, ""), (3, None, ""), (6, None, ""),
    ],
)  # fmt: skip
def test_each_wrong_cell_is_named_by_row_and_column(draft, place, value, column):
    draft.tracks.all().delete()
    bad = [*GOOD[:place], value, *GOOD[place + 1 :]]
    other = [*GOOD[:2], "N-0", *GOOD[3:]]
    _content, problems = read(upload(workbook(topics=[TOPICS, other, bad])), draft)
    assert [(p.sheet, p.row, p.column) for p in problems] == [("topics", 3, column)]


def test_yaml_says_twice_what_stands_twice():
    same = ["一句"]
    values = {"outcomes": same, "outcomes_en": same}
    assert b"&" not in write_yaml(values) and yaml.safe_load(write_yaml(values)) == values


def test_one_upload_tells_of_wrong_cells_and_of_wrong_rows_once_each(draft):
    draft.tracks.all().delete()
    rows = [TOPICS, [*GOOD[:5], "maybe", *GOOD[6:]]]  # a cell: 2
    rows += [["nowhere", *GOOD[1:2], "N-2", *GOOD[3:]], [*GOOD[:2], "N-3", None, *GOOD[4:]]]  # a place: 3; a row: 4
    rows += [[*GOOD[:2], "N-4", *GOOD[3:]], [*GOOD[:2], "N-4", *GOOD[3:6], -1, GOOD[7]]]  # 6: a code twice, hours
    content, problems = read(upload(workbook(topics=rows)), draft)
    assert content is None
    assert [(p.row, p.column) for p in problems] == [(2, "required"), (3, "level"), (4, ""), (6, ""), (6, "hours")]


@pytest.mark.parametrize(
    "sheets",
    [
        {"topics": [["level", "module", "code", "code"], ["junior", "public-knowledge", "x", "x"]]},
        {"topics": [["level", "module"], ["junior", "public-knowledge"]]},
        {"topics": [["level", "module", "code", "colour"]]},
        {"topcis": [["level", "module", "code"]]},
        {"topics": [TOPICS, [*GOOD, "beyond the headings"]]},
        {"version": [["title", "issuer", "minutes_per_hour"]]},
        {"topics": [TOPICS, *([GOOD] * 2001)]},
    ],
)
def test_wrong_sheets_are_named(draft, sheets):
    assert read(upload(workbook(**sheets)), draft)[1]


def hostile():
    good = workbook(topics=[TOPICS, GOOD])
    yield "not a workbook", b"PK\x03\x04" + b"x" * 200
    yield "empty", b""
    yield "text", b"hello"
    yield "cut", good[: len(good) // 2]
    yield "bomb", _with(good, "xl/worksheets/sheet1.xml", b"<a>" + b" " * (40 * 1024 * 1024))
    yield "broken sheet", _with(good, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r='x'>")
    yield "entities", _with(good, "xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>')
    yield "no sheets of ours", workbook(README=[["x"]])


def _with(data, name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, content if entry == name else old.read(entry))
    return stream.getvalue()


@pytest.mark.parametrize(("what", "data"), list(hostile()), ids=[what for what, _data in hostile()])
def test_hostile_workbooks_are_refused_kindly(what, data):
    with pytest.raises(ValidationError):
        read_upload(upload(data))


def test_what_a_sheet_says_about_its_size_is_not_believed(draft):
    data = workbook(topics=[TOPICS, GOOD])
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    sheet = sheet.replace(b'ref="A1:H2"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in sheet
    draft.tracks.all().delete()
    assert read(upload(_with(data, "xl/worksheets/sheet1.xml", sheet)), draft)[1] == []
    far = sheet.replace(b'<row r="2"', b'<row r="1048576"').replace(b'2"', b'1048576"')
    _content, problems = read(upload(_with(data, "xl/worksheets/sheet1.xml", far)), draft)
    assert len(problems) <= 1


def test_yaml_without_aliases(draft):
    with pytest.raises(ValidationError):
        read_upload(upload(b"a: &a [1,2]\nb: [*a, *a]\n", "x.yaml"))
    for bad in (b"- a", b"\xff\xfe", b"a: [", b"", b"[" * 5000):
        with pytest.raises(ValidationError):
            read_upload(upload(bad, "x.yaml"))


def test_no_cell_of_an_export_is_a_formula(sample):
    content = sample.content()
    content["levels"][0]["summary"] = "=HYPERLINK(1)"
    content["levels"][0]["admission"] = "'=x"
    book = load_workbook(io.BytesIO(write_xlsx(content, LABELS, [])))
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]
    assert b"=HYPERLINK" not in write_csv(content).replace(b"'=HYPERLINK", b"")


@given(st.text())
def test_quoting_and_escaping_come_back(text):
    assert unquoted(quoted(text)) == text
    assert unescaped(escaped(text)) == text


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(),
    st.sampled_from(["junior", "public-knowledge", "discover", "yes", "必修", "=1+1", "#REF!", "J-PK-1", "2", "-1", "1e999999"]),
)  # fmt: skip
NAMES = st.sampled_from([*CSV_COLUMNS, "", "colour"])
TABLE = st.tuples(st.lists(NAMES, max_size=8), st.lists(st.lists(CELLS, max_size=9), max_size=4))
SHEET = st.sampled_from([*SHEETS, "README", "other"])


@how(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(sheets=st.dictionaries(SHEET, TABLE, max_size=3))
def test_random_sheets_give_a_report_or_the_whole_content(draft, sheets):
    before = draft.recompute_hash()
    try:
        data = workbook(**{name: [headings, *rows] for name, (headings, rows) in sheets.items()} or {"README": []})
    except Exception:  # openpyxl itself refuses signs that no workbook can hold
        return
    check_all_or_nothing(upload(data), draft)
    assert Syllabus.objects.get(pk=draft.pk).recompute_hash() == before


@how(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.lists(st.one_of(NAMES, SHEET, st.text(max_size=20)), max_size=8), max_size=6), head=st.booleans())
def test_random_lines_give_a_report_or_the_whole_content(draft, lines, head):
    start = [",".join(CSV_COLUMNS)] if head else []
    data = "\n".join([*start, *(",".join(line) for line in lines)]).encode("utf-8", "replace")
    check_all_or_nothing(upload(data, "x.csv"), draft)


class TakeBack(Exception):
    pass


def check_all_or_nothing(file, draft):
    try:
        content, problems = read(file, draft)
    except ValidationError:
        return
    if problems:
        assert all(str(problem) for problem in problems)
        return
    try:
        with transaction.atomic():
            fresh = Syllabus.objects.get(pk=draft.pk)
            replace_content(fresh, content)
            assert len(fresh.content()["levels"]) == len(content["levels"])
            raise TakeBack
    except TakeBack:
        pass
