"""Each block of a lesson is drawn as trainees see it, in the lesson and in the block picker of the editor."""

import pytest
from django.urls import reverse

from curriculum.blocks import LessonBody

SHOWN = {
    "key_term": "技术成熟度",
    "statute": "此处逐字引用原文",
    "exhibit": "冬天洗澡时",
    "self_check": "先弄清是谁的",
    "discussion": "会接着问哪三个问题",
}


@pytest.mark.parametrize(("name", "words"), SHOWN.items())
def test_the_picker_shows_an_example(course, author, client_for, name, words):
    block = LessonBody().child_blocks[name]
    assert block.is_previewable
    assert block.get_description()
    response = client_for(author).get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert response.status_code == 200
    assert words in response.text and "lms/prose" in response.text


@pytest.mark.parametrize("name", LessonBody().child_blocks)
def test_every_block_has_its_template(name):
    assert LessonBody().child_blocks[name].meta.template.startswith("curriculum/blocks/")


def test_self_check_works_without_a_script():
    block = LessonBody().child_blocks["self_check"]
    html = block.render(block.get_preview_value())
    assert html.count("<details>") == 2 and "<script" not in html
