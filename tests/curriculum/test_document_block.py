"""A document in a lesson: what it is, a look at it from behind the wall, and the file itself as an attachment."""

import shutil

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from curriculum.blocks import LessonBody
from curriculum.completeness import unfinished
from curriculum.document_preview import READY, Made
from curriculum.models import DocumentPreview, Topic
from tests.curriculum.media_files import looked_at, make_document
from tests.curriculum.packages import export, unpacked
from tests.curriculum.test_document_preview import PDF
from tests.factories.curriculum import make_edition, make_lesson
from tests.factories.training import make_cohort, make_enrolment


@pytest.fixture
def block():
    return LessonBody().child_blocks["document"]


@pytest.fixture
def form(base, course):
    return make_document(base, "form.pdf", PDF, "成果披露表")


def draw(block, document, **changes) -> str:
    document.__dict__.pop("preview", None)
    document._state.fields_cache.pop("preview", None)
    return block.render(
        block.to_python({"document": document.pk, "title": "", "description": "", "preview": True} | changes)
    )


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")
def test_it_works(block, form, author, client_for, run_jobs):
    assert "正在准备预览" in draw(block, form)
    run_jobs()
    html = draw(block, form, description="面谈时逐项填写。")
    page = reverse("document_page", args=[form.pk])
    assert "成果披露表" in html and "PDF" in html and "2 页" in html and "面谈时逐项填写" in html
    assert f'src="{page}" width="1000" height="1500"' in html and f'href="{form.url}"' in html
    response = client_for(author).get(page)
    assert response.status_code == 200 and response["Content-Type"] == "image/png"
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    taken = client_for(author).get(form.url)
    assert taken["Content-Disposition"].startswith("attachment")


def test_others_do_not_look(form, outsider, client_for):
    looked_at(form)
    page = reverse("document_page", args=[form.pk])
    assert client_for(None).get(page).status_code == 404
    assert client_for(outsider).get(page).status_code == 404


def test_who_studies_there_looks(edition, form, trainee, client_for, at):
    looked_at(form)
    page = reverse("document_page", args=[form.pk])
    assert client_for(trainee).get(page).status_code == 404
    make_enrolment(make_cohort(edition, at=at), trainee, at=at)
    assert client_for(trainee).get(page).status_code == 200


def test_rows_and_words_are_words(block, base, course):
    table = make_document(base, "table.csv", b"a,b")
    looked_at(table, Made(READY, rows=[["<script>alert(1)</script>", "乙"]], more=True))
    html = draw(block, table)
    assert "&lt;script&gt;" in html and "<script>" not in html and "只显示开头" in html
    note = make_document(base, "note.txt", "字".encode())
    looked_at(note, Made(READY, text="<img src=x onerror=alert(1)>"))
    assert "&lt;img" in draw(block, note)


@pytest.mark.parametrize(("state", "said"), [("failed", "无法预览"), ("none", "没有预览")])
def test_it_says_plainly_when_there_is_none(block, form, state, said):
    looked_at(form, Made(state))
    html = draw(block, form)
    assert said in html and "<img" not in html and f'href="{form.url}"' in html


def test_a_zip_has_none_and_one_need_not_be_wanted(block, base, form, course):
    archive = make_document(base, "files.zip", b"PK\x03\x04")
    assert "没有预览" in draw(block, archive) and not DocumentPreview.objects.filter(document=archive).exists()
    looked_at(form)
    html = draw(block, form, preview=False)
    assert "<img" not in html and "3 页" in html


def test_other_bytes_are_looked_at_again(form, run_jobs, base):
    looked_at(form)
    before = DocumentPreview.objects.get(document=form).image.name
    other = make_document(base, "other.pdf", PDF + b"%")
    form.file, form.file_hash = other.file, ""
    form.save()
    form.get_file_hash()
    row = DocumentPreview.objects.get(document=form)
    assert row.state == "waiting" and row.file_hash == form.file_hash
    row.note(Made(READY, pages=9), of="an older hash")
    row.refresh_from_db()
    assert row.pages != 9, "what was made of other bytes is not kept"
    row.note(Made(READY, pages=4), of=form.file_hash)
    assert row.pages == 4 and not row.image.storage.exists(before)


def test_the_picture_goes_with_the_document(form):
    looked_at(form)
    row = DocumentPreview.objects.get(document=form)
    name = row.image.name
    form.delete()
    assert not row.image.storage.exists(name)


def test_a_lesson_is_not_kept_while_a_preview_waits(
    base, course, author, base_reviewer, reviewer, at, form, trainee, client_for
):
    body = [("document", {"document": form.pk, "title": "", "description": "", "preview": True})]
    make_lesson(course, "第三课 有表", list(Topic.objects.filter(code="A1")), author=author, body=body)
    edition = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)
    own = make_enrolment(make_cohort(edition, at=at), trainee, at=at)
    address = reverse("lesson", args=[own.uuid, edition.items.get(title="第三课 有表").uuid])
    assert "正在准备预览" in client_for(trainee).get(address).text
    looked_at(form)
    text = client_for(trainee).get(address).text
    assert "正在准备预览" not in text and reverse("document_page", args=[form.pk]) in text


def test_a_document_from_before_is_looked_at_when_a_lesson_shows_it(course, author, form):
    DocumentPreview.objects.all().delete()
    body = [("document", {"document": form.pk, "title": "", "description": "", "preview": True})]
    make_lesson(course, "第三课 有表", list(Topic.objects.filter(code="A1")), author=author, body=body)
    assert DocumentPreview.objects.get(document=form).state == "waiting"


def test_a_lost_file_waits_at_the_door_of_the_review(block, course, author, form):
    form.file.storage.delete(form.file.name)
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"document": form.pk}))
    body = [("document", {"document": form.pk, "title": "", "description": "", "preview": True})]
    lesson = make_lesson(course, "第三课 有表", list(Topic.objects.filter(code="A1")), author=author, body=body)
    assert unfinished("lesson", lesson.latest_revision.content) == ["课 › 文档 1 › 文件"]


def test_it_travels(course, base, author, base_reviewer, reviewer, at, form, client_for):
    body = [("document", {"document": form.pk, "title": "表", "description": "", "preview": True})]
    make_lesson(course, "第三课 有表", list(Topic.objects.filter(code="A1")), author=author, body=body)
    edition = make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)
    entries = unpacked(export(edition, client_for(author)))
    assert [data for name, data in entries.items() if name.startswith("files/")] == [PDF]
