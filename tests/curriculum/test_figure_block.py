"""A picture in a lesson: words for it, several sizes, a place that is kept, where it comes from."""

import io
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image as Picture
from wagtail.images import get_image_model

from curriculum.blocks import LessonBody
from curriculum.completeness import unfinished
from curriculum.models import Topic
from curriculum.walls import collection_of
from tests.curriculum.test_edition import make_image
from tests.factories.curriculum import make_lesson


@pytest.fixture
def block():
    return LessonBody().child_blocks["figure"]


def large(base, kind: str = "PNG", **options):
    target = io.BytesIO()
    Picture.new("RGB", (1200, 700), "teal").save(target, kind, **options)
    image = get_image_model()(title="大图", collection=collection_of(base))
    image.file = ContentFile(target.getvalue(), name=f"large.{kind.lower()}")
    image.save()
    return image


def draw(block, image, **changes) -> str:
    return block.render(block.to_python({"image": image.pk, "alt": "一张图", "caption": ""} | changes))


def test_it_comes_in_several_sizes_and_keeps_its_place(block, base, course):
    html = draw(block, large(base))
    webp, own = re.findall(r'srcset="([^"]+)"', html)
    assert [part.split()[1] for part in webp.split(", ")] == ["480w", "960w", "1200w"]
    assert all(".webp" in part for part in webp.split(", ")) and all(".png" in part for part in own.split(", "))
    assert 'type="image/webp"' in html and 'width="1200" height="700"' in html and 'loading="lazy"' in html
    assert 'alt="一张图"' in html


def test_a_small_picture_is_not_blown_up(block, base, course):
    assert 'width="40" height="30"' in draw(block, make_image(base))


def test_a_moving_picture_stays_as_it_is(block, base, course):
    frames = [Picture.new("RGB", (20, 10), colour) for colour in ("green", "blue")]
    html = draw(block, large(base, "GIF", save_all=True, append_images=frames))
    assert ".gif" in html and "srcset" not in html


def test_a_picture_whose_file_is_lost_does_not_break_the_page(block, base, course):
    image = large(base)
    image.file.storage.delete(image.file.name)
    assert "<figure" in draw(block, image)


def test_drawn_once_it_takes_one_query(block, base, course, django_assert_max_num_queries):
    image = large(base)
    draw(block, image)
    value = block.to_python({"image": image.pk, "alt": "一张图", "caption": ""})
    value["image"] = get_image_model().objects.get(pk=image.pk)
    with django_assert_max_num_queries(1):
        block.render(value)


def test_words_or_marked_as_decoration(block, base, course, author):
    image = make_image(base)
    with pytest.raises(ValidationError) as refused:
        block.clean(block.to_python({"image": image.pk, "alt": " ", "caption": ""}))
    assert set(refused.value.block_errors) == {"alt"}
    assert block.clean(block.to_python({"image": image.pk, "alt": "", "decorative": True}))
    body = [("figure", {"image": image.pk, "alt": "", "caption": ""})]
    lesson = make_lesson(course, "第三课 有图", list(Topic.objects.filter(code="A1")), author=author, body=body)
    assert unfinished("lesson", lesson.latest_revision.content) == ["课 › 图 1 › 图片的替代文字"]


def test_decoration_is_silent(block, base, course):
    assert 'alt=""' in draw(block, make_image(base), decorative=True)


def test_source_and_licence(block, base, course):
    html = draw(block, make_image(base), source="某图库", source_url="https://example.org/x", licence="CC BY 4.0")
    assert 'href="https://example.org/x"' in html and "某图库" in html and "CC BY 4.0" in html
    assert "<figcaption>" not in draw(block, make_image(base))
