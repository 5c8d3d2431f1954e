"""An edition: frozen rows, a hash that can be computed again, files that stay as they are."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from PIL import Image as Picture
from wagtail.images import get_image_model
from wagtail.models import Revision

from curriculum.contents import page_hash
from curriculum.models import Edition, Topic
from curriculum.walls import collection_of
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.curriculum import LESSON_BODY, make_course, make_edition, make_lesson


def png(colour: str = "red") -> ContentFile:
    stream = io.BytesIO()
    Picture.new("RGB", (40, 30), colour).save(stream, "PNG")
    return ContentFile(stream.getvalue(), name=f"{colour}.png")


def make_image(base, colour: str = "red"):
    return get_image_model().objects.create(title=f"图 {colour}", file=png(colour), collection=collection_of(base))


@pytest.fixture
def image(base, course):
    return make_image(base)


@pytest.fixture
def with_image(base, course, author, base_reviewer, reviewer, image, at):
    """An edition whose third lesson shows the image."""
    body = [*LESSON_BODY, ("figure", {"image": image.pk, "alt": "一张图", "caption": ""})]
    make_lesson(course, "第三课 有图", list(course.level.modules.first().topics.all()[:1]), author=author, body=body)
    return make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)


def test_it_lists_course_lessons_and_cases_in_order(edition):
    assert [item.kind for item in edition.items.all()] == ["course", "lesson", "lesson", "case"]
    assert [item.topic_codes for item in edition.items_of("lesson")] == [["A1"], ["A2", "B1"]]
    case = edition.items_of("case").get()
    assert case.required
    assert edition.parts == [
        {"key": "cases", "kind": "case", "title": "实战案例", "title_en": "Case work", "weight": 100, "pass_mark": 60,
         "cases": [str(case.uuid)]}
    ]  # fmt: skip


def test_the_hash_can_be_computed_again(edition, django_assert_num_queries):
    fresh = Edition.objects.select_related("level__syllabus").get(pk=edition.pk)
    with django_assert_num_queries(1):
        assert fresh.recompute_hash() == edition.content_hash
    assert all(page_hash(item.content()) == item.content_hash for item in fresh.items.select_related("revision"))


def test_rows_are_never_changed(edition):
    item = edition.items.first()
    for step in (
        lambda: edition.save(),
        lambda: edition.delete(),
        lambda: Edition.objects.update(title="x"),
        lambda: Edition.objects.all().delete(),
        lambda: item.save(),
        lambda: item.delete(),
    ):
        with pytest.raises(ImmutableRow):
            step()


def test_editing_the_page_later_changes_nothing(edition):
    item = edition.items_of("lesson").first()
    page = item.page.specific
    page.title, page.minutes = "改过的题目", 5
    page.save_revision().publish()
    again = Edition.objects.get(pk=edition.pk).items.get(pk=item.pk)
    assert again.load().title == item.title
    assert Edition.objects.get(pk=edition.pk).recompute_hash() == edition.content_hash


def test_moving_a_page_is_no_change_of_content(edition):
    item = edition.items_of("lesson").first()
    content = item.content() | {"slug": "other", "path": "0001", "live": False}
    assert page_hash(content) == item.content_hash
    assert page_hash(content | {"minutes": 46}) != item.content_hash


def test_audit_finds_a_changed_revision(edition, capsys):
    call_command("audit_editions")
    item = edition.items_of("lesson").first()
    content = item.content() | {"title": "偷偷改的"}
    Revision.objects.filter(pk=item.revision_id).update(content=content)
    with pytest.raises(SystemExit) as end:
        call_command("audit_editions")
    assert end.value.code == 1
    assert str(item.uuid) in capsys.readouterr().err


def test_audit_finds_a_changed_syllabus(edition, capsys):
    Topic.objects.filter(code="A1").update(title_en="Something else")
    with pytest.raises(SystemExit):
        call_command("audit_editions")
    assert f"syllabus {edition.syllabus.slug}" in capsys.readouterr().err


def test_audit_finds_a_changed_row(edition, capsys):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE curriculum_edition SET content_hash = 'sha256:0' WHERE id = %s", [edition.pk])
    with pytest.raises(SystemExit):
        call_command("audit_editions")
    assert str(edition.uuid) in capsys.readouterr().err


def test_audit_finds_other_bytes(with_image, image, capsys):
    call_command("audit_editions")
    with image.file.storage.open(image.file.name, "wb") as stream:
        stream.write(png("blue").read())
    with pytest.raises(SystemExit):
        call_command("audit_editions")
    assert f"image {image.pk}" in capsys.readouterr().err


def test_an_image_of_an_edition_is_neither_deleted_nor_replaced(with_image, image, base):
    with pytest.raises(WrongState), transaction.atomic():
        image.delete()
    image.title = "新的名字"
    image.save()  # a new title is no new content
    image.file = png("green")
    with pytest.raises(WrongState):
        image.save()
    other = make_image(base, "blue")
    other.file = png("green")
    other.save()
    other.delete()


def test_two_courses_count_their_own_editions(edition, base, author, base_reviewer, reviewer, at):
    other = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer,
                         course=make_course(base, author))  # fmt: skip
    assert (edition.number, other.number) == (1, 1)
