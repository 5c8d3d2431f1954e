"""Notes on passages of the work: part of the draft, appended with the mark, read by the trainee without names."""

import json

import pytest
from django.urls import reverse

from assessments.models import Allocation, Mark, MarkNote, Result
from assessments.passages import kept, pieces, read, text_of, write
from lms.lib.immutable import ImmutableRow
from tests.factories.assessments import make_assessor, scores_for

FIELDS = {"a": "需求写明。指标😀清楚。", "t": [{"x": "甲"}, {"x": "乙丙"}], "n": None}
NOTE = {"passage": "a", "start": 0, "end": 5, "quote": "需求写明。", "text": "好"}
TOP = {"points.need": "60", "points.terms": "20"}


@pytest.fixture
def turn(submission, assessor, at) -> Allocation:
    return Allocation.take_next(assessor, at=at)


@pytest.fixture
def note(submission):
    """On the first longer text of the work."""
    key, text = next((k, v) for k, v in submission.fields.items() if isinstance(v, str) and len(v) > 3)
    return {"passage": key, "start": 0, "end": 3, "quote": text[:3], "text": "这里的依据是什么？"}


def test_the_hidden_field_and_back():
    assert read(write([NOTE])) == [NOTE]
    assert write([NOTE]) == '{"passage":"a","start":0,"end":5,"quote":"需求写明。","text":"好"}'.join("[]")
    assert write([]) == "" and read("") == []


@pytest.mark.parametrize(
    "raw",
    ["{", "null", "7", '"x"', '[1, null, {"start": 1}]', '[{"start": -1, "end": 2}]', '[{"start": 5, "end": 2}]',
     '[{"start": "0", "end": 2}]', '[{"start": 0, "end": 99999999}]', "[" * 5000],
)  # fmt: skip
def test_what_is_no_note_is_left_out(raw):
    assert read(raw) == []


@pytest.mark.parametrize(
    ("passage", "text"),
    [("a", FIELDS["a"]), ("t.1.x", "乙丙"), ("t.2.x", None), ("t.x.x", None), ("t", None), ("n", None),
     ("z", None), ("t.0.z", None)],
)  # fmt: skip
def test_passages(passage, text):
    assert text_of(FIELDS, passage) == text


def test_quotes_are_taken_from_the_work_itself():
    found = kept([{**NOTE, "start": 5, "end": 8, "quote": "别的话"}, {**NOTE, "end": 99}, {**NOTE, "text": " "}], FIELDS, [])
    assert [note["quote"] for note in found] == ["指标😀"]  # places are code points
    page = {"passage": "file.1", "start": 3, "end": 3, "quote": "A1.pdf, 3", "text": "图看不清"}
    assert kept([page], FIELDS, []) == []
    assert len(kept([page], FIELDS, [""])) == 1


def test_pieces_of_overlapping_notes():
    cut = pieces("abcdef", [(1, 0, 3), (2, 2, 5)])
    assert [(p.text, p.numbers, p.ends) for p in cut] == [
        ("ab", [1], []), ("c", [1, 2], [1]), ("de", [2], [2]), ("f", [], []),
    ]  # fmt: skip
    assert "".join(p.text for p in pieces("abc", [])) == "abc"


def test_notes_are_saved_with_the_draft_and_compared(client_for, assessor, turn, note):
    client = client_for(assessor)
    autosave = reverse("marking_autosave", args=[turn.uuid])
    assert client.post(autosave, {"number": 0, "notes": write([note])}).status_code == 200
    turn.refresh_from_db()
    assert turn.draft["notes"] == [note]
    stale = client.post(autosave, {"number": 0, "notes": ""})
    assert stale.status_code == 409
    assert ["notes", write([note])] in stale.json()["fields"]
    turn.refresh_from_db()
    assert turn.draft["notes"] == [note]
    page = client.get(turn.get_absolute_url()).content.decode()
    assert json.dumps(note["text"], ensure_ascii=False)[1:-1] in page


def test_notes_are_written_in_the_browsers_order(note):
    turned = dict(reversed({**note, "criterion": "need"}.items()))
    assert write([turned]) == write([{**note, "criterion": "need"}])
    assert list(json.loads(write([turned]))[0]) == [*note, "criterion"]


def test_notes_come_with_the_mark(client_for, assessor, turn, note):
    client = client_for(assessor)
    give = reverse("marking_give", args=[turn.uuid])
    looked = client.post(give, {"number": 0, "review": "1", **TOP, "notes": write([note, {**note, "passage": "nowhere"}])})
    assert note["text"] in looked.content.decode()
    client.post(give, {"number": 1, "confirmed": "1"})
    kept_note = MarkNote.objects.get()
    assert (kept_note.quote, kept_note.text, kept_note.mark) == (note["quote"], note["text"], Mark.objects.get())
    with pytest.raises(ImmutableRow):
        kept_note.delete()
    assert note["text"] in client.get(turn.get_absolute_url()).content.decode()  # one's own, as given


def test_the_trainee_reads_them_after_the_release(client_for, trainee, assessor, registrar, base, turn, submission, note, at):
    turn.give_mark(scores_for(submission), "", at=at, notes=[note])
    second = make_assessor(base)
    other = Allocation.take_next(second, at=at)
    other.give_mark(scores_for(submission), "", at=at, notes=[{**note, "start": 1, "end": 4, "text": "同一处，另一位"}])
    url = reverse("submission_result", args=[submission.uuid])
    assert client_for(trainee).get(url).status_code == 404
    submission.refresh_from_db()
    Result.release(submission, by=registrar, at=at)
    page = client_for(trainee).get(url).content.decode()
    assert note["text"] in page and "同一处，另一位" in page and "<mark>" in page
    assert assessor.full_name not in page and second.full_name not in page
    # The assessors don't read each other's.
    assert "同一处，另一位" not in client_for(assessor).get(turn.get_absolute_url()).content.decode()


def test_the_moderator_reads_both(client_for, moderator, base, assessor, turn, submission, note, at):
    turn.give_mark(scores_for(submission, "top"), "", at=at, notes=[note])
    Allocation.take_next(make_assessor(base), at=at).give_mark(scores_for(submission, "bottom"), "", at=at)
    submission.refresh_from_db()
    sheet = Allocation.take_for_moderation(submission, moderator, at=at).get_absolute_url()
    assert note["text"] in client_for(moderator).get(sheet).content.decode()
