"""The portable form of a page and the two hash schemes: nothing of the database in it, older editions keep verifying."""

import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Revision

from curriculum.contents import entries_of, page_hash, portable_page
from curriculum.coverage import changes
from curriculum.models import CoursePage, Edition, EditionItem, LessonPage
from curriculum.portable import MISSING, Names, plain_html
from tests.curriculum.test_edition import make_image
from tests.factories.curriculum import LESSON_BODY, make_edition, make_lesson


def refreeze_by_scheme_1(edition: Edition) -> None:
    """Make the edition what it would be had it been frozen before scheme 2."""
    with connection.cursor() as cursor:
        for item in edition.items.select_related("revision"):
            old = page_hash(item.content(), scheme=1)
            cursor.execute("UPDATE curriculum_editionitem SET content_hash = %s WHERE id = %s", [old, item.pk])
        cursor.execute("UPDATE curriculum_edition SET hash_scheme = 1 WHERE id = %s", [edition.pk])
        whole = Edition.objects.get(pk=edition.pk).recompute_hash()
        cursor.execute("UPDATE curriculum_edition SET content_hash = %s WHERE id = %s", [whole, edition.pk])


def test_it_names_topics_competences_and_levels_by_code(edition):
    course, lesson, _second, case = edition.items.select_related("revision")
    assert portable_page(course.content())["level"] == "junior"
    assert portable_page(course.content())["case_placements"] == [{"place": 0, "required": True}]
    assert portable_page(course.content())["parts"][0]["value"]["cases"] == [0]
    assert portable_page(lesson.content())["topics"] == ["junior/general/A1"]
    assert portable_page(case.content())["competences"] == ["discover", "trade"]


def test_nothing_of_the_database_is_in_it(edition):
    for item in edition.items.select_related("revision"):
        form = json.dumps(portable_page(item.content()))
        assert '"pk"' not in form
        assert '"id"' not in form


def test_images_stand_there_by_their_bytes(base, course, author):
    red, copy, blue = make_image(base), make_image(base), make_image(base, "blue")
    hashes = []
    for image in (red, copy, blue):
        body = [*LESSON_BODY, ("figure", {"image": image.pk, "alt": "一张图", "caption": ""})]
        lesson = make_lesson(course, "有图", [], author=author, body=body)
        content = lesson.latest_revision.content
        assert portable_page(content)["body"][-1]["value"]["image"].startswith("sha256:")
        hashes.append(page_hash(content | {"title_en": ""}))
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_file_that_is_gone_is_said_to_be_missing(base, course, author):
    image = make_image(base)
    body = [*LESSON_BODY, ("figure", {"image": image.pk, "alt": "一张图", "caption": ""})]
    content = make_lesson(course, "有图", [], author=author, body=body).latest_revision.content
    image.file.storage.delete(image.file.name)
    assert portable_page(content, names=Names([content], fresh=True))["body"][-1]["value"]["image"] == MISSING


@pytest.mark.parametrize(
    ("stored", "plain"),
    [
        ('<p data-block-key="x7f2a">词</p>', "<p>词</p>"),
        ('<p><a id="7" linktype="page">下一课</a></p>', '<p><a linktype="page">下一课</a></p>'),
        ('<p><a href="https://example.org/" id="x">外部</a></p>', '<p><a href="https://example.org/" id="x">外部</a></p>'),
        ("3 < 4", "3 < 4"),
    ],
)
def test_what_the_editor_numbers_is_no_content(stored, plain):
    assert plain_html(stored) == plain


def test_an_optional_field_left_empty_is_the_same_as_one_that_is_not_there(edition):
    case = edition.items_of("case").get()
    content = case.content()
    exhibits = json.loads(content["exhibits"])
    for block in exhibits:
        del block["value"]["document"]
        del block["id"]
    assert page_hash(content | {"exhibits": json.dumps(exhibits), "sector": None}) == case.content_hash


def test_older_editions_keep_verifying_by_their_scheme(edition, capsys):
    refreeze_by_scheme_1(edition)
    old = Edition.objects.get(pk=edition.pk)
    assert old.content_hash != edition.content_hash
    call_command("audit_editions")
    assert "every hash is as it was frozen" in capsys.readouterr().out


def test_audit_finds_a_change_in_an_older_edition(edition, capsys):
    refreeze_by_scheme_1(edition)
    lesson = edition.items_of("lesson").first()
    content = lesson.revision.content | {"minutes": 44}
    Revision.objects.filter(pk=lesson.revision_id).update(content=content)  # as somebody with the database could
    with pytest.raises(SystemExit):
        call_command("audit_editions")
    assert str(lesson.uuid) in capsys.readouterr().err


def test_an_edition_of_the_old_scheme_is_compared_by_it(edition, base, author, base_reviewer, reviewer):
    refreeze_by_scheme_1(edition)
    old = Edition.objects.get(pk=edition.pk)
    course = CoursePage.objects.get(pk=edition.course_id)
    assert {line.state for line in changes(entries_of(course), old)} == {"same"}
    lesson = LessonPage.objects.child_of(course).first()
    lesson.minutes = 50
    lesson.save_revision()
    assert [line.state for line in changes(entries_of(course), old)] == ["same", "changed", "same", "same"]
    newer = make_edition(base, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)
    assert newer.hash_scheme == 2


def test_names_of_a_whole_course_take_a_constant_number_of_queries(edition):
    contents = [item.content() for item in EditionItem.objects.filter(edition=edition).select_related("revision")]
    with CaptureQueriesContext(connection) as queries:
        names = Names(contents)
        for content in contents:
            page_hash(content, names=names)
    assert len(queries) <= 5
