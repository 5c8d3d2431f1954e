"""Base × level × topic: what is published covers what, hours and competences, for the authority and for one base."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Organisation
from curriculum import course_core
from curriculum.matrix import matrix
from curriculum.models import CoursePage, Module, Syllabus, Topic, TrainingBasePage
from curriculum.walls import ensure_base_site
from tests.curriculum import alone
from tests.factories.core import make_core_lesson, release
from tests.factories.curriculum import make_course, make_edition, make_lesson, make_syllabus

course = alone.course

pytestmark = pytest.mark.django_db
URL = "coverage_matrix"


def found(**kwargs):
    return matrix(make_syllabus(), TrainingBasePage.objects.select_related("organisation"), **kwargs)


def column_of(base, table):
    return next(column for column in table.columns if column.page.organisation == base)


def topic(code):
    return Topic.objects.select_related("module__level").get(code=code, module__level__syllabus__slug="test-outline")


@pytest.fixture
def taught(edition, other_base):
    """The base teaches a whole course; the other has a page and nothing on it."""
    ensure_base_site(other_base)
    return edition


def test_it_counts_what_is_published(taught, base, other_base):
    column = column_of(base, found())
    assert [len(column.at(topic(code)).lessons) for code in ("A1", "A2", "B1")] == [1, 1, 1]
    assert [len(column.at(topic(code)).cases) for code in ("A1", "A2", "B1")] == [0, 0, 1]
    assert column.hours(Module.objects.get(code="general"), 45) == Decimal("1.5")
    assert column.hours(Module.objects.get(code="skills"), 45) == Decimal("2.5")
    level = taught.level_id
    assert (column.assesses(level, "discover"), column.assesses(level, "none")) == (True, False)
    empty = column_of(other_base, found())
    assert not empty.teaches(level) and empty.hours(Module.objects.get(code="skills"), 45) is None
    assert empty.assesses(level, "discover") is None


def test_drafts_do_not_count(course, base):
    assert column_of(base, found()).courses == {}


def test_a_published_course_that_lost_a_lesson_has_a_gap(taught, base):
    lesson = CoursePage.objects.get(pk=taught.course_id).get_children().order_by("path").first()
    lesson.unpublish()
    table = found()
    assert [t.code for t in table.only_gaps().topics] == ["A1"]
    assert (table.gaps_of(column_of(base, table)), table.required_of(column_of(base, table))) == (1, 2)


def test_core_counts_where_it_is_included(base, author, base_reviewer, reviewer, at):
    course = make_course(base, author)
    course.get_children().order_by("path").first().delete()
    course_core.include(CoursePage.objects.get(pk=course.pk), release(make_core_lesson(codes=("A1",)), at=at), by=author, at=at)
    make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer,
                 course=CoursePage.objects.get(pk=course.pk))  # fmt: skip
    assert len(column_of(base, found()).at(topic("A1")).lessons) == 1


def test_hours_do_not_change_when_the_table_is_narrowed(taught, base):
    table = found().narrowed(module="skills")
    assert [t.code for t in table.topics] == ["B1"]
    assert column_of(base, table).hours(Module.objects.get(code="skills"), 45) == Decimal("2.5")


# --- The page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_authority_sees_every_base(taught, base, other_base, reviewer, client_for, language):
    response = client_for(reviewer, language).get(reverse(URL))
    assert response.status_code == 200
    assert {column.page.organisation for column in response.context["columns"]} == {base, other_base}
    assert response.context["columns"][0].page.organisation == base  # who teaches comes first


def test_a_base_sees_its_own_line_only(taught, base, other_base, author, outsider, client_for):
    page = client_for(author).get(reverse(URL), {"base": other_base.slug})
    assert page.context["page"].object_list == [] and other_base.name not in page.content.decode()
    page = client_for(author).get(reverse(URL))
    assert [column.page.organisation for column in page.context["columns"]] == [base]
    rows = rows_of(client_for(outsider).get(reverse(URL), {"format": "csv"}))
    assert {row[0] for row in rows[1:]} == {other_base.name}


def test_others_are_turned_away(taught, trainee, registrar, employer, client_for):
    for person in (trainee, registrar, employer):
        assert client_for(person).get(reverse(URL)).status_code == 403


def test_filters(taught, reviewer, base, client_for):
    client = client_for(reviewer)

    def topics(**query):
        return [topic.code for group in client.get(reverse(URL), query).context["groups"] for topic, _c in group["rows"]]

    assert topics() == ["A1", "A2", "B1"]
    assert topics(module="skills") == ["B1"] and topics(level="junior", module="general") == ["A1", "A2"]
    assert topics(only="gaps") == [] and topics(level="senior") == []
    assert [c.page.organisation for c in client.get(reverse(URL), {"base": base.slug}).context["columns"]] == [base]


def test_another_version(taught, reviewer, client_for):
    other = make_syllabus("other-outline")
    page = client_for(reviewer).get(reverse(URL), {"version": other.slug})
    assert page.context["syllabus"] == other and page.context["overview"][0][1] == 0


def test_no_version_at_all(reviewer, client_for):
    assert not Syllabus.objects.exists()
    assert client_for(reviewer).get(reverse(URL)).status_code == 200


def test_a_draft_version_is_not_shown(taught, reviewer, client_for):
    draft = make_syllabus("draft-outline", in_force=False)
    assert client_for(reviewer).get(reverse(URL), {"version": draft.slug}).context["syllabus"] != draft


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_csv_and_workbook_hold_every_base(taught, reviewer, base, other_base, client_for):
    client = client_for(reviewer, "en")
    rows = rows_of(client.get(reverse(URL), {"format": "csv"}))
    assert len(rows) == 1 + 2 * 3
    assert [row[3:] for row in rows if row[0] == base.name][2] == [
        "B1", "Technology transactions", "no", "1", "1", "1", "covered",
    ]  # fmt: skip
    assert {row[-1] for row in rows if row[0] == other_base.name} == {"no course of this level"}
    response = client.get(reverse(URL), {"format": "xlsx"})
    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["Matrix", "Topics", "Hours", "Competences"]
    assert [cell.value for cell in book["Matrix"][1]][3:] == [base.name, other_base.name]
    assert [[cell.value for cell in row][3:] for row in book["Hours"].iter_rows(min_row=2, max_row=2)] == [[1.5, 2]]


def test_queries_grow_neither_with_bases_nor_with_topics(taught, reviewer, author, client_for, django_assert_max_num_queries):
    client = client_for(reviewer)
    client.get(reverse(URL))
    with django_assert_max_num_queries(12) as few:
        client.get(reverse(URL))
    syllabus = make_syllabus()
    module = Module.objects.get(code="skills", level__syllabus=syllabus)
    Topic.objects.bulk_create(
        Topic(module=module, code=f"X{n}", title=f"专题{n}", title_en=f"Topic {n}", hours=1, position=n + 9) for n in range(57)
    )
    for number in range(34):
        made = Organisation.objects.create(
            kind=Organisation.Kind.BASE, name=f"基地{number}", name_en=f"Base {number}", slug=f"base-{number}"
        )
        page = ensure_base_site(made)
        live = CoursePage(title="课程", slug=f"c{number}", level=taught.level, live=True)
        page.add_child(instance=live)
        if number < 5:
            make_lesson(live, "课", list(Topic.objects.filter(module=module)), author=author)
    with django_assert_max_num_queries(len(few.captured_queries)):
        response = client.get(reverse(URL))
    assert response.context["page"].paginator.count == 36
