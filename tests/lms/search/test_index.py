"""The index says what the pages say: kept up to date, audited, rebuilt; Wagtail's own index too."""

from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction
from wagtail.search.backends import get_search_backend

from curriculum.models import LessonPage, Topic
from lms.lib.search import index
from lms.lib.search.find import search
from lms.lib.search.models import SearchDirty, SearchEntry, SearchGrant
from tests.factories.curriculum import make_lesson

LESSON_TEXT = "实验室和企业之间做翻译"


def titles(user, typed, **filters):
    return [hit.entry.title for hit in search(user, typed, filters=filters).hits]


def test_what_is_unpublished_is_gone_at_once(edition):
    lesson = LessonPage.objects.get(title="第一课 职业概览")
    assert search(None, "为什么需要技术经理人").count
    lesson.unpublish()
    assert "第一课 职业概览" not in titles(None, "为什么需要技术经理人", kind="lesson")


def test_a_deleted_page_is_gone_at_once(course, author, run_jobs):
    lesson = make_lesson(course, "要删的课", list(Topic.objects.all()[:1]), author=author)
    run_jobs()
    assert titles(author, "要删的课") == ["要删的课"]
    lesson.delete()
    assert search(author, "要删的课").count == 0


def test_a_closed_page_is_gone_at_once(edition, run_jobs):
    base_page = edition.course.get_parent()
    restriction = PageViewRestriction.objects.create(page=base_page, restriction_type=PageViewRestriction.LOGIN)
    assert search(None, "职业概览", filters={"kind": "lesson"}).count == 0
    run_jobs()
    assert search(None, "职业概览", filters={"kind": "lesson"}).count == 0
    restriction.delete()
    run_jobs()
    assert search(None, "职业概览", filters={"kind": "lesson"}).count == 1


def test_a_page_that_moves_to_another_base_is_that_bases(course, author, outsider, other_base, run_jobs):
    from curriculum.walls import ensure_base_site

    run_jobs()
    course.move(ensure_base_site(other_base), pos="last-child")
    assert search(author, f'"{LESSON_TEXT}"').count == 0
    run_jobs()
    assert search(author, f'"{LESSON_TEXT}"').count == 0
    assert search(outsider, LESSON_TEXT).count == 2


def test_many_marks_are_one_job(edition, django_assert_max_num_queries):
    from lms.lib.jobs.models import Job

    before = Job.objects.filter(kind="search.sync").count()
    index.mark("page", [edition.course_id])
    index.mark("page", [edition.course_id])
    assert Job.objects.filter(kind="search.sync").count() == before + 1
    assert SearchDirty.objects.count() == 2


def test_a_row_marked_while_it_is_written_is_written_again(corpus, monkeypatch):
    corpus("旧的话")
    index.mark("own", [1])
    original = index.sync

    def meanwhile(*args, **kwargs):
        SearchDirty.objects.create(source="own", object_id=1)
        return original(*args, **kwargs)

    monkeypatch.setattr(index, "sync", meanwhile)
    index.sync_dirty()
    assert SearchDirty.objects.count() == 1


def test_the_index_of_a_base_grows_with_its_pages_and_not_its_queries(edition, course, author):
    ids = list(LessonPage.objects.values_list("pk", flat=True))
    index.sync("page", ids)
    with CaptureQueriesContext(connection) as few:
        index.difference("page", ids[:1])
    for number in range(10):
        make_lesson(course, f"又一课{number}", [], author=author)
    ids = list(LessonPage.objects.values_list("pk", flat=True))
    index.sync("page", ids)
    with CaptureQueriesContext(connection) as many:
        index.difference("page", ids)
    assert len(many) == len(few)


# --- The command -----------------------------------------------------------------------------------------------------


def test_the_audit_says_what_is_stale_and_the_command_mends_it(edition, capsys):
    call_command("search_index", audit=True)
    entry = SearchEntry.objects.filter(kind="lesson").first()
    SearchGrant.objects.create(entry=entry, audience="public:wrong")
    SearchEntry.objects.filter(kind="topic").delete()
    with pytest.raises(CommandError):
        call_command("search_index", audit=True)
    said = capsys.readouterr().out
    assert f"wrong audiences: {entry.key}" in said and "missing or outdated: topic:" in said
    call_command("search_index")
    call_command("search_index", audit=True)


def test_rebuilding_makes_the_same_index(edition):
    def told():
        return sorted(SearchGrant.objects.values_list("entry__key", "audience", "entry__stamp"))

    before = told()
    call_command("search_index", rebuild=True)
    assert told() == before
    assert search(None, "职业概览").count == 2  # the lesson and the topic
    SearchEntry.objects.create(source="gone", object_id=1, key="gone:1", thing="x", kind="x", stamp="", title="x",
                               indexed_at=timezone.now())  # fmt: skip
    call_command("search_index")
    assert not SearchEntry.objects.filter(source="gone").exists()


# --- Wagtail's own search --------------------------------------------------------------------------------------------


@pytest.fixture
def wagtail_index(db):
    """The suite runs without migrations, so on SQLite Wagtail's index is no full-text table yet: made by modelsearch's own
    statements, rolled back with the test."""
    if connection.vendor == "sqlite":
        migration = import_module("wagtail.search.migrations.0006_customise_indexentry").Migration
        made = next(o for o in migration.operations if hasattr(o, "database_operations")).database_operations
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE wagtailsearch_indexentry_fts")
            for operation in made:
                cursor.execute(operation.sql)
    return get_search_backend()


def test_the_editor_finds_pages_in_chinese_too(wagtail_index, course, author, client_for):
    wagtail_index.add_bulk(LessonPage, list(LessonPage.objects.all()))
    for typed, found in (
        ("职业", True), ("业概", True), ("职", True), ("概览", True), ("第一课 职业概览", True), ("职业 知识产权", False),
        ("览概", False),
    ):  # fmt: skip
        rows = wagtail_index.search(typed, LessonPage)
        assert ([row.title for row in rows] == ["第一课 职业概览"]) is found, typed
        rows = wagtail_index.autocomplete(typed, LessonPage)
        assert ([row.title for row in rows] == ["第一课 职业概览"]) is found, typed
    response = client_for(author).get(reverse("wagtailadmin_pages:search"), {"q": "职业"})
    assert "第一课 职业概览" in response.text and "第二课 成果" not in response.text
