"""Every block an author can pick, and every part of one, is shown with an example, in both languages.

What a block is made of in the end (a line of text, a date, a chooser) has no example of its own.
"""

import re
from html import unescape

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from wagtail import blocks
from wagtail.fields import StreamField

from curriculum.models import CaseScenarioPage, CoursePage, LessonPage

PAGES = (LessonPage, CoursePage, CaseScenarioPage)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Latin words that stand in a Chinese page of right: names of formats and standards.
NAMES = {"PDF", "SCORM", "HTML", "WebVTT", "MP4", "WebM", "English", "KB", "CSV", "ZIP", "JavaScript"}


def reachable() -> dict[str, blocks.Block]:
    """Blocks by a name that says where they stand."""
    found: dict[str, blocks.Block] = {}

    def walk(block: blocks.Block, name: str, picked: bool) -> None:
        if picked or isinstance(block, blocks.StructBlock):
            found.setdefault(type(block).__name__ if isinstance(block, blocks.StructBlock) else name, block)
        children = getattr(block, "child_blocks", None) or {}
        for key, child in children.items():
            walk(child, key, isinstance(block, blocks.StreamBlock))
        if isinstance(block, blocks.ListBlock):
            walk(block.child_block, name, False)

    for page in PAGES:
        for field in page._meta.get_fields():
            if isinstance(field, StreamField):
                walk(field.stream_block, field.name, False)
    return found


BLOCKS = reachable()
every_block = pytest.mark.parametrize("name", BLOCKS)


@pytest.fixture(autouse=True)
def every_static_file_is_there(monkeypatch):
    """As in production, where the address of a file that is not there can't be made."""

    def url(self, name):
        assert finders.find(name), f"{name} is not there"
        return f"/static/{name}"

    monkeypatch.setattr("django.contrib.staticfiles.storage.StaticFilesStorage.url", url)


def shown(client, block: blocks.Block) -> str:
    """The words of the preview as they are seen; its head is the editor's."""
    response = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert response.status_code == 200
    body = re.search(r"<body.*</body>", response.text, re.DOTALL)[0]
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", body, flags=re.DOTALL)
    labels = " ".join(re.findall(r'(?:alt|aria-label|title|label)="([^"]*)"', body))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body) + " " + labels).split())


def words_of(value) -> str:
    """Everything an example says, as one text."""
    if isinstance(value, dict):
        library = getattr(value, "library", None)
        return " ".join(words_of(child) for child in value.values()) + (words_of(library) if library else "")
    if isinstance(value, str | int | float):
        return str(value)
    if hasattr(value, "source"):
        return value.source
    if isinstance(value, list | blocks.list_block.ListValue):
        return " ".join(words_of(child) for child in value)
    return f"{getattr(value, 'title', '')}"


def test_all_kinds_are_walked():
    assert {"FigureBlock", "VideoBlock", "DocumentBlock", "StageBlock", "TermBlock", "PartBlock", "BandBlock"} <= set(BLOCKS)
    assert {"heading", "text", "table"} <= set(BLOCKS) and len(BLOCKS) >= 35


@every_block
def test_in_chinese(course, author, client_for, name):
    block = BLOCKS[name]
    assert block.is_previewable
    text = shown(client_for(author), block)
    assert CHINESE.search(text), "an empty preview"
    example = words_of(block.get_preview_value())
    said = max(re.findall(r"[\u4e00-\u9fff]{2,}", example) or example.split(), key=len)
    assert said.strip() in text, "the example is not shown"
    strange = {word for word in re.findall(r"[A-Za-z]{3,}", text) if word not in example} - NAMES
    assert not strange, f"not in Chinese: {strange}"


@every_block
def test_in_english(course, author, client_for, name):
    block = BLOCKS[name]
    text = shown(client_for(author, "en"), block)
    assert text
    example = words_of(block.get_preview_value())
    strange = {word for word in re.findall(r"[\u4e00-\u9fff]+", text) if word not in example}
    assert not strange, f"not in English: {strange}"


@every_block
def test_the_picker_says_what_it_is(name):
    block = BLOCKS[name]
    picked = any(block is child for page in PAGES for field in page._meta.get_fields() if isinstance(field, StreamField)
                 for child in field.stream_block.child_blocks.values())  # fmt: skip
    if picked:
        assert block.get_description(), "the picker has nothing to say"
