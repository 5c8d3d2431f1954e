"""The PDF to take away: annotations at their place, a numbered list, letters instead of names, and nobody named as author."""

import io
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from assessments.models import Allocation, NotedCopy, Result
from assessments.takeaway.draw import File, Note, Piece, Section, Work, draw
from assessments.takeaway.pages import Sticker, on_page, pdf_of
from tests.assessments.test_cleaning import pdf, photo
from tests.factories.assessments import make_assessor, make_submission

SCORES = {"need": {"points": 60}, "terms": {"points": 20}}
WORDS = {"work": "工作成果", "files": "文件", "notes": "批注"}


def blank(*, turn: int = 0) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(200, 400))
        page.obj["/Rotate"] = turn
        page.obj["/AA"] = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1"))
        document.save(target)
    return target.getvalue()


def make_work(**values) -> Work:
    stickers = [Sticker(1, 2, "评阅人 B", "数据？", (0.1, 0.25, 0.5, 0.75)), Sticker(1, 3, "复核人", "整页")]
    fields = {
        "title": "热水器", "code": "AB12CD", "facts": "2026-11-28", "lang": "zh", "words": WORDS,
        "made_at": datetime(2026, 11, 28, tzinfo=UTC), "files": [File("A1.pdf", "见后", blank(), stickers)],
        "sections": [Section("问题", pieces=[Piece("需求写明。", True, [1]), Piece("其余 #x $y$")])],
        "notes": [Note(1, "评阅人 A", "问题", "需求写明。", "好"), Note(2, "评阅人 B", "文件 1", "", "数据？", "需求清楚"),
                  Note(3, "复核人", "文件 1", "", "整页")],
    }  # fmt: skip
    return Work(**fields | values)


def annotations(data: bytes) -> list:
    with pikepdf.open(io.BytesIO(data)) as document:
        return [
            (place, str(note.Subtype), str(note.get("/T", "")), str(note.Contents), [float(edge) for edge in note.Rect])
            for place, page in enumerate(document.pages) for note in page.get("/Annots", [])
        ]  # fmt: skip


# --- Drawing --------------------------------------------------------------------------------------------------------------


def test_notes_are_annotations_at_their_place():
    found = annotations(draw(make_work()))
    assert [note[:4] for note in found] == [
        (0, "/Highlight", "评阅人 A", "1. 好"), (1, "/Square", "评阅人 B", "2. 数据？"), (1, "/Text", "复核人", "3. 整页"),
    ]  # fmt: skip
    assert found[1][4] == [20, 100, 100, 300]


def test_the_file_names_nobody_and_runs_nothing():
    data = draw(make_work())
    with pikepdf.open(io.BytesIO(data)) as document:
        assert "/Info" not in document.trailer and len(document.pages) == 3
        assert not any("/AA" in page for page in document.pages)
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == ["工作成果", "A1.pdf", "批注"]
    assert b"/Author" not in data and data == draw(make_work())


def test_text_alone_and_characters_without_a_glyph():
    found = annotations(draw(make_work(files=[], sections=[Section("问题", pieces=[Piece("😀好", True, [1])])])))
    assert [note[1] for note in found] == ["/Highlight"]


@pytest.mark.parametrize(
    ("turn", "rect"),
    [(0, (20, 100, 100, 300)), (90, (50, 40, 150, 200)), (180, (100, 100, 180, 300)), (270, (50, 200, 150, 360))],
)
def test_places_on_turned_pages(turn, rect):
    with pikepdf.open(io.BytesIO(blank(turn=turn))) as document:
        assert on_page(document.pages[0], (0.1, 0.25, 0.5, 0.75)) == pytest.approx(rect)


def test_pictures_become_pages():
    target = io.BytesIO()
    Image.new("RGB", (100, 50)).save(target, "PNG")
    with pikepdf.open(io.BytesIO(pdf_of([target.getvalue()] * 2))) as document:
        assert len(document.pages) == 2 and float(document.pages[0].mediabox[2]) == pytest.approx(595, abs=1)


# --- For whom -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def released(enrolment, assessor, base, registrar, at, run_jobs):
    submission = make_submission(enrolment, at=at, handed_in=False)
    submission.add_file(SimpleUploadedFile("说明.pdf", pdf()), at=at)
    submission.add_file(SimpleUploadedFile("照片.jpg", photo()), at=at)
    submission.hand_in(at=at, ai_use="未使用")
    run_jobs()
    key, text = next((k, v) for k, v in submission.fields.items() if isinstance(v, str) and len(v) > 3)
    copy = submission.current_files()[1].copy
    passage = {"passage": key, "start": 0, "end": 3, "quote": text[:3], "text": "这里的依据？"}
    place = {"passage": "file.2", "start": 1, "end": 1, "quote": "", "text": "图中哪里？", "region": [0, 0, 5000, 5000],
             "copy": copy.content_hash}  # fmt: skip
    Allocation.take_next(assessor, at=at).give_mark(SCORES, "", at=at, notes=[passage])
    Allocation.take_next(make_assessor(base), at=at).give_mark(SCORES, "", at=at, notes=[place])
    submission.refresh_from_db()
    Result.release(submission, by=registrar, at=at)
    submission.refresh_from_db()
    return submission


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_the_trainee_takes_it_away_after_the_release(client_for, trainee, assessor, released, run_jobs):
    client, url = client_for(trainee), reverse("submission_noted", args=[released.uuid])
    assert url in client.get(reverse("submission_result", args=[released.uuid])).text
    waiting = client.get(url)
    assert waiting.status_code == 202 and 'http-equiv="refresh"' in waiting.text
    client.get(url)
    run_jobs()
    got = client.get(url)
    assert got["Content-Disposition"] == f'attachment; filename="notes-{released.enrolment.anonymous_code}.pdf"'
    data = body(got)
    found = annotations(data)
    assert [(note[1], note[2]) for note in found if "评阅人" in note[2]] == [("/Highlight", "评阅人 A"), ("/Square", "评阅人 B")]
    for person in (trainee, assessor):
        assert person.full_name not in str(found) and person.full_name.encode("utf-16-be") not in data
    assert NotedCopy.objects.count() == 1
    english = client_for(trainee, "en")
    english.get(url)
    run_jobs()
    assert "Assessor B" in str(annotations(body(english.get(url))))


def test_assessors_take_their_own_notes_and_moderators_all(client_for, assessor, released, run_jobs):
    for turn in released.allocations.all():
        client, url = client_for(turn.assessor), reverse("marking_noted", args=[turn.uuid])
        assert url in client.get(turn.get_absolute_url()).text
        client.get(url)
        run_jobs()
        words = str(annotations(body(client.get(url))))
        own = turn.assessor == assessor
        assert ("这里的依据" in words, "图中哪里" in words) == (own, not own)


def test_others_and_before_the_release_there_is_none(client_for, trainee, outsider, released):
    assert client_for(outsider).get(reverse("submission_noted", args=[released.uuid])).status_code == 404
    type(released).objects.filter(pk=released.pk).update(status="ready")
    turn = released.allocations.first()
    assert client_for(turn.assessor).get(reverse("marking_noted", args=[turn.uuid])).status_code == 404
    assert client_for(outsider).get(reverse("marking_noted", args=[turn.uuid])).status_code == 404


def test_it_is_forgotten_and_made_again(client_for, trainee, released, run_jobs, at):
    client, url = client_for(trainee), reverse("submission_noted", args=[released.uuid])
    client.get(url)
    run_jobs()
    first = NotedCopy.objects.get()
    assert first.is_ready and NotedCopy.forget(at=first.asked_at + timedelta(days=6)) == 0
    assert NotedCopy.forget(at=first.asked_at + timedelta(days=8)) == 1 and not first.file.storage.exists(first.file.name)
    assert client.get(url).status_code == 202
    run_jobs()
    assert client.get(url).status_code == 200
