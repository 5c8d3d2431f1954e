"""The working copy of a translation: what follows a change of the Chinese, who approves, and that nothing is lost."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageLogEntry

from curriculum.models import CoursePage, Edition, EditionItem, LessonPage, Translation, TranslationSegment
from curriculum.translating import begin, follow
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.curriculum import make_lesson
from tests.factories.translations import english, make_translations, translate

Status = TranslationSegment.Status


@pytest.fixture
def lesson(course) -> LessonPage:
    return LessonPage.objects.child_of(course).first()


@pytest.fixture
def begun(course, author, at) -> list[Translation]:
    return begin(course, by=author, at=at)


@pytest.fixture
def row(begun, lesson) -> Translation:
    return Translation.objects.get(page=lesson.pk)


def change_heading(lesson: LessonPage, text: str) -> None:
    raw = list(lesson.body.raw_data)
    raw[0] = {**raw[0], "value": text}
    lesson.body = lesson.body.stream_block.to_python(raw)
    lesson.save_revision()


def heading(row: Translation) -> TranslationSegment:
    return row.segments.get(unit__startswith="body/", position=0)


def test_beginning_makes_a_copy_of_every_page_once(begun, course, author, at):
    kinds = sorted(t.kind for t in begun)
    assert kinds.count("course") == 1 and "lesson" in kinds and "case" in kinds
    assert all(t.organisation == course.get_parent().specific.organisation for t in begun)
    assert begin(course, by=author, at=at) == []
    assert PageLogEntry.objects.filter(action="curriculum.translation.begin").count() == 1


def test_no_page_is_added_anywhere(course, author, base_reviewer, at):
    pages, items = CoursePage.objects.count(), EditionItem.objects.count()
    lessons = LessonPage.objects.count()
    make_translations(course, by=author, reviewer=base_reviewer, at=at)
    assert (CoursePage.objects.count(), EditionItem.objects.count()) == (pages, items)
    assert LessonPage.objects.count() == lessons and Edition.objects.count() == 0


def test_from_nothing_to_approved(row, author, base_reviewer, at):
    segment = heading(row)
    assert segment.status == Status.EMPTY
    assert segment.write("Why", done=False, seen=segment.number, by=author, at=at) == []
    assert segment.status == Status.DRAFT
    segment.write("Why", done=True, seen=segment.number, by=author, at=at)
    assert segment.status == Status.DONE
    row.count()
    assert (row.done, row.approved) == (1, 0) and row.entries == {}
    assert row.approve(by=base_reviewer, at=at, numbers={str(segment.pk): segment.number}) == 1
    segment.refresh_from_db()
    assert segment.status == Status.APPROVED and segment.approved_by == base_reviewer
    assert row.version == 1 and row.approved == 1 and row.share == 100 // row.total
    assert row.entries == {segment.key: [[segment.source_hash, "Why"]]} == row.recomputed_entries()
    assert PageLogEntry.objects.filter(action="curriculum.translation.approve").count() == 1
    with pytest.raises(WrongState):
        row.approve(by=base_reviewer, at=at, numbers={str(segment.pk): segment.number})  # a second click
    with pytest.raises(ImmutableRow):
        row.releases.get().save()


def test_nobody_approves_what_they_translated(row, author, at):
    segment = heading(row)
    segment.write("Why", done=True, seen=0 + segment.number, by=author, at=at)
    with pytest.raises(WrongState):
        row.approve(by=author, at=at, numbers={str(segment.pk): segment.number})


def test_what_was_changed_while_the_reviewer_read_waits(row, author, base_reviewer, at):
    segment = heading(row)
    segment.write("Why", done=True, seen=segment.number, by=author, at=at)
    seen = segment.number
    segment.write("Why then", done=True, seen=segment.number, by=author, at=at)
    with pytest.raises(WrongState):
        row.approve(by=base_reviewer, at=at, numbers={str(segment.pk): seen})


def test_two_translators_do_not_overwrite_each_other(row, author, base_reviewer, at):
    mine, theirs = heading(row), heading(row)
    theirs.write("Theirs", done=False, seen=theirs.number, by=base_reviewer, at=at)
    with pytest.raises(WrongState):
        mine.write("Mine", done=False, seen=mine.number, by=author, at=at)
    assert heading(row).target == "Theirs"
    again = heading(row)
    assert again.write("Theirs", done=False, seen=0, by=author, at=at) == []  # the same text again is harmless


def test_what_is_wrong_is_kept_but_not_done(row, author, at):
    segment = next(s for s in row.segments.all() if s.kind == "rich")
    assert segment.write("<p>Open", done=True, seen=segment.number, by=author, at=at) == ["unclosed|p"]
    segment.refresh_from_db()
    assert (segment.target, segment.status) == ("<p>Open", Status.DRAFT)


def test_a_changed_source_is_marked_with_what_it_was(row, lesson, author, base_reviewer, at):
    translate(row, by=author, reviewer=base_reviewer, at=at)
    before = heading(row)
    change_heading(lesson, "换了一个标题")
    after = heading(row)
    row.refresh_from_db()
    assert after.is_old and after.status == Status.DRAFT and after.target == before.target
    assert (after.target_source, after.source) == (before.source, "换了一个标题")
    assert row.old == 1 and row.approved == row.total - 1
    change_heading(lesson, before.source)  # and back again: its approved translation is there at once
    row.refresh_from_db()
    assert heading(row).status == Status.APPROVED and row.old == 0 and row.approved == row.total


def test_a_translation_of_an_earlier_text_can_not_count_as_done(row, lesson, author, base_reviewer, at):
    translate(row, by=author, reviewer=base_reviewer, at=at)
    change_heading(lesson, "换了一个标题")
    with transaction.atomic(), pytest.raises(IntegrityError):
        TranslationSegment.objects.filter(pk=heading(row).pk).update(status=Status.APPROVED)
    segment = heading(row)
    segment.write("Another heading", done=True, seen=segment.number, by=author, at=at)
    assert not segment.is_old


def test_what_is_gone_comes_back_with_its_translation(row, lesson, author, base_reviewer, at):
    translate(row, by=author, reviewer=base_reviewer, at=at)
    raw, total = list(lesson.body.raw_data), row.total
    lesson.body = lesson.body.stream_block.to_python(raw[1:])
    lesson.save_revision()
    row.refresh_from_db()
    assert row.total == total - 1 and row.approved == row.total
    lesson.body = lesson.body.stream_block.to_python(raw)
    lesson.save_revision()
    row.refresh_from_db()
    assert row.approved == row.total == total


def test_a_new_lesson_of_the_course_joins(begun, course, author, base_reviewer, at):
    done = begun[1]
    translate(done, by=author, reviewer=base_reviewer, at=at)
    lesson = make_lesson(course, "新的一课", [], author=author)
    row = Translation.objects.get(page=lesson.pk)
    known = row.segments.exclude(target="")
    assert row.total and known.count()  # texts that are approved elsewhere are offered, as drafts
    assert set(known.values_list("status", flat=True)) == {Status.DRAFT}


def test_given_back_with_a_reason(row, author, base_reviewer, at):
    segment = heading(row)
    segment.write("Why", done=True, seen=segment.number, by=author, at=at)
    with pytest.raises(WrongState):
        row.send_back(by=base_reviewer, at=at, note="  ")
    row.send_back(by=base_reviewer, at=at, note="Say “need”.")
    segment.refresh_from_db()
    assert segment.status == Status.DRAFT and segment.target == "Why" and row.note == "Say “need”."
    with pytest.raises(WrongState):
        row.send_back(by=base_reviewer, at=at, note="again")


def test_pages_that_nobody_translates_cost_one_query(course, lesson, django_assert_max_num_queries):
    revision = lesson.save_revision()
    revision.content_type  # noqa: B018 - loaded
    with django_assert_max_num_queries(1):
        follow(revision)


def test_the_english_of_the_tests_keeps_markup(row):
    for segment in row.segments.all():
        assert "EN" in english(segment)



def test_what_is_approved_is_what_was_read_and_a_page_is_held_before_its_parts(
    row, lesson, author, base_reviewer, at, monkeypatch
):
    """Else what a translator saves at that moment is approved unread, or lost to a new text of the page; in another order
    the two would wait for each other. (SQLite knows no locks of rows: the asking for them is looked at.)"""
    held, ask = [], QuerySet.select_for_update
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows: held.append(rows.model) or ask(rows))
    segment = heading(row)
    with CaptureQueriesContext(connection) as written:
        segment.write("Why", done=True, seen=segment.number, by=author, at=at)
    with CaptureQueriesContext(connection) as returned:
        row.send_back(by=base_reviewer, at=at, note="Say “need”.")
    for queries in (written, returned):
        tables = [q["sql"].split()[1].strip('"') for q in queries if q["sql"].startswith("UPDATE ")]
        assert tables[:2] == ["curriculum_translation", "curriculum_translationsegment"]
    segment.refresh_from_db()
    segment.write("Need", done=True, seen=segment.number, by=author, at=at)
    row.approve(by=base_reviewer, at=at, numbers={str(segment.pk): segment.number})
    assert held == [Translation, TranslationSegment]
    held.clear()
    change_heading(lesson, "另一个标题")
    assert held == [Translation, TranslationSegment]
