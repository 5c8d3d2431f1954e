"""A film in a lesson: what it needs, how it is drawn, that it travels and is found."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from curriculum.blocks import LessonBody
from curriculum.completeness import unfinished
from curriculum.contents import entries_of
from curriculum.models import Topic
from curriculum.package_build import hash_of_draft
from curriculum.searching import READER_FIELDS, text_of
from tests.curriculum.media_files import MP4, VTT, WEBM, film, make_document
from tests.curriculum.packages import bring, export, unpacked
from tests.curriculum.test_edition import make_image
from tests.factories.curriculum import make_edition, make_lesson

BILIBILI = "https://www.bilibili.com/video/BV1xx411c7mD"
CHAPTERS = [{"time": "0:00", "title": "开头", "title_en": "Beginning"}, {"time": "1:05", "title": "证据", "title_en": ""}]


@pytest.fixture
def block():
    return LessonBody().child_blocks["video"]


@pytest.fixture
def files(base, course):
    return {
        "file": make_document(base, "film.mp4", MP4).pk,
        "captions": make_document(base, "film.vtt", VTT).pk,
        "captions_en": make_document(base, "film-en.vtt", VTT.replace("先看".encode(), b"First ")).pk,
        "poster": make_image(base).pk,
    }


def wrong(block, **changes) -> set[str]:
    """The parts of the block that are refused."""
    try:
        block.clean(block.to_python(film(**changes)))
    except ValidationError as error:
        return set(error.block_errors)
    return set()


def test_a_file_with_everything_is_taken(block, files):
    assert wrong(block, **files, chapters=CHAPTERS) == set()


def test_a_file_or_an_address(block, files):
    assert wrong(block) == {"file"}
    assert wrong(block, file=files["file"], address=BILIBILI) == {"file"}
    assert wrong(block, address=BILIBILI) == set()
    assert wrong(block, address="https://films.example/page") == {"address"}


def test_the_film_is_known_by_its_content(block, base, course):
    for name, data in (("a.mp4", b"MZ" * 100), ("a.webm", MP4), ("a.pdf", MP4), ("a.mp4", b"")):
        assert wrong(block, file=make_document(base, name, data).pk) == {"file"}, name
    assert wrong(block, file=make_document(base, "a.webm", WEBM).pk) == set()


def test_a_film_whose_file_is_lost_is_said(block, files, base):
    lost = make_document(base, "lost.mp4", MP4)
    lost.file.storage.delete(lost.file.name)
    assert wrong(block, file=lost.pk) == {"file"}


def test_captions_or_a_transcript(block, files, base):
    assert wrong(block, file=files["file"], transcript="<p> </p>") == {"transcript"}
    assert wrong(block, file=files["file"], transcript="", captions=files["captions"]) == set()
    srt = make_document(base, "bad.vtt", b"1\n00:00:01,000 --> 00:00:02,000\nx\n").pk
    assert wrong(block, file=files["file"], captions=srt, captions_en=srt) == {"captions", "captions_en"}


def test_chapters_rise(block, files):
    assert wrong(block, file=files["file"], chapters=CHAPTERS[::-1]) == {"chapters"}
    assert wrong(block, file=files["file"], chapters=[{"time": "soon", "title": "x", "title_en": ""}]) == {"chapters"}


def test_a_film_of_ours_plays_without_a_script(block, files):
    html = block.render(block.to_python(film(**files, chapters=CHAPTERS)))
    assert "<video" in html and " controls" in html and f'src="/lesson-media/{files["file"]}/"' in html
    assert 'srclang="zh" label="中文" default' in html and 'srclang="en"' in html and "poster=" in html
    assert "1:05" in html and "证据" in html and "文字稿" in html and "<iframe" not in html
    with translation.override("en"):
        html = block.render(block.to_python(film(**files, chapters=CHAPTERS)))
    assert "Beginning" in html and 'srclang="en" label="English" default' in html


def test_captions_are_the_transcript_where_none_was_written(block, files):
    html = block.render(block.to_python(film(**files | {"captions_en": None}, transcript="")))
    assert "再说级别 &amp; 等级" in html and "<i>" not in html


def test_nothing_is_asked_of_another_site_before_the_reader_agrees(block):
    html = block.render(block.to_python(film(address=BILIBILI, chapters=CHAPTERS)))
    shown, _start, template = html.partition("<template>")
    assert "哔哩哔哩" in shown and f'href="{BILIBILI}"' in shown and "noreferrer" in shown
    assert "<iframe" not in shown and "src=" not in shown.replace("<script src=", "")
    assert 'data-player="https://player.bilibili.com/player.html?bvid=BV1xx411c7mD&amp;autoplay=0"' in template
    assert " src=" not in template.partition("</template>")[0] and "sandbox=" in template


def test_a_site_that_is_no_longer_allowed_is_only_a_link(block, settings):
    settings.VIDEO_HOSTS = []
    html = block.render(block.to_python(film(address=BILIBILI)))
    assert "<template" not in html and f'href="{BILIBILI}"' in html


def test_review_names_what_is_missing(course, author, files):
    body = [("video", film(file=files["file"], transcript=""))]
    lesson = make_lesson(course, "第三课 有片", list(Topic.objects.filter(code="A1")), author=author, body=body)
    assert unfinished("lesson", lesson.latest_revision.content) == ["课 › 视频 1 › 文字稿"]


def test_an_older_film_needs_nothing_new(block, files):
    """As films were stored before there were chapters."""
    value = block.to_python({"title": "讲解", "file": files["file"], "captions": None, "transcript": "<p>文字稿</p>"})
    assert block.clean(value) and "<video" in block.render(value)


def test_it_is_found_by_what_is_said(course, author, files):
    body = [("video", film(**files, chapters=CHAPTERS))]
    lesson = make_lesson(course, "第三课 有片", list(Topic.objects.filter(code="A1")), author=author, body=body)
    text = text_of("lesson", lesson.latest_revision.content, READER_FIELDS["lesson"])
    for said in ("文字稿", "证据", "再说级别", "First"):
        assert said in text
    assert "1:05" not in text and ".vtt" not in text


def test_it_travels_with_the_same_hash(
    course, base, author, base_reviewer, reviewer, at, files, client_for, other_author, other_base, make_drafts
):
    body = [("video", film(**files, chapters=CHAPTERS)), ("video", film(address=BILIBILI))]
    make_lesson(course, "第三课 有片", list(Topic.objects.filter(code="A1")), author=author, body=body)
    edition = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)
    data = export(edition, client_for(author))
    kinds = sorted(name.rpartition(".")[2] for name in unpacked(data) if name.startswith("files/"))
    assert kinds == ["mp4", "png", "vtt", "vtt"]
    brought = make_drafts(bring(data, other_base, other_author)).course
    assert hash_of_draft(brought) == json.loads(unpacked(data)["manifest.json"])["content_hash"]
    assert all(not unfinished(e.kind, e.content) for e in entries_of(brought) if e.kind == "lesson")
