"""Files of a work product: checked by content, refused clearly, served to those they are for under the right name."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Allocation
from assessments.models.submissions import MAX_FILES
from lms.lib.errors import WrongState
from tests.assessments.test_cleaning import pdf as readable
from tests.factories.assessments import make_submission

PDF = b"%PDF-1.4\n1 0 obj\n"


def pdf(name="附件.pdf", extra=b""):
    return SimpleUploadedFile(name, PDF + extra)


def docx_with_macro():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/vbaProject.bin", "x")
    return SimpleUploadedFile("a.docx", buffer.getvalue())


def post(client, submission, upload, **fields):
    url = reverse("submission_upload", args=[submission.uuid])
    values = {"number": submission.draft_number, "f.problem": "刚写的字", "file": upload}
    return client.post(url, {**values, **fields}, follow=True)


def test_it_works(client_for, trainee, draft):
    page = post(client_for(trainee), draft, pdf())
    assert "附件.pdf" in page.text
    file = draft.files.get()
    assert file.sha256.startswith("sha256:")
    assert "附件" not in file.file.name  # stored under a neutral name
    got = client_for(trainee).get(reverse("submission_file", args=[draft.uuid, file.uuid]))
    assert b"".join(got.streaming_content) == PDF
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "upload",
    [
        lambda: SimpleUploadedFile("a.pdf", b"MZ\x90\x00 a programme"),
        lambda: SimpleUploadedFile("a.exe", b"MZ\x90\x00"),
        lambda: SimpleUploadedFile("a.txt", b"<!doctype html><script>x</script>"),
        lambda: SimpleUploadedFile("a.docx", b"PK\x03\x04 not a zip"),
        lambda: SimpleUploadedFile("empty.pdf", b""),
        docx_with_macro,
        lambda: None,
    ],
)
def test_what_we_do_not_take_says_why_and_the_typed_text_stays(client_for, trainee, draft, upload):
    given = upload()
    page = post(client_for(trainee), draft, given if given is not None else "")
    assert 'id="error-files"' in page.text
    assert "刚写的字" in page.text
    assert not draft.files.exists()
    draft.refresh_from_db()
    assert draft.fields["problem"] == "刚写的字"


def test_too_large(client_for, trainee, draft, settings):
    settings.SUBMISSION_FILE_MAX_BYTES = 10
    page = post(client_for(trainee), draft, pdf())
    assert 'id="error-files"' in page.text
    assert not draft.files.exists()


def test_the_same_file_twice_is_one_and_five_are_the_most(draft, at):
    for number in range(MAX_FILES):
        draft.add_file(pdf(extra=str(number).encode()), at=at)
    assert draft.add_file(pdf(extra=b"0"), at=at)  # the same content
    assert draft.files.count() == MAX_FILES
    with pytest.raises(WrongState):
        draft.add_file(pdf(extra=b"one more"), at=at)


def test_a_file_can_be_taken_out_again(client_for, trainee, draft, at):
    file = draft.add_file(pdf(), at=at)
    edit = reverse("submission_edit", args=[draft.uuid])
    for _click in range(2):
        client_for(trainee).post(edit, {"number": draft.draft_number, "key": "k", "remove_file": str(file.uuid)})
    assert draft.current_files() == []
    assert client_for(trainee).get(reverse("submission_file", args=[draft.uuid, file.uuid])).status_code == 404


def test_after_the_hand_in_files_stay_as_they_are(draft, at):
    file = draft.add_file(pdf(), at=at)
    draft.hand_in(at=at, ai_use="未使用")
    with pytest.raises(WrongState):
        draft.add_file(pdf(extra=b"late"), at=at)
    with pytest.raises(WrongState):
        draft.remove_file(file, at=at)


@pytest.mark.parametrize("name", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_forged_file_id_is_not_found(client_for, trainee, draft, name):
    edit = reverse("submission_edit", args=[draft.uuid])
    values = {"number": draft.draft_number, "key": "k", "remove_file": name}
    assert client_for(trainee).post(edit, values).status_code == 404


def test_assessors_get_neutral_names_and_only_while_it_is_theirs(client_for, enrolment, assessor, assessor2, at, run_jobs):
    submission = make_submission(enrolment, at=at, handed_in=False)
    submission.add_file(SimpleUploadedFile("王某某的说明.pdf", readable()), at=at)
    submission.hand_in(at=at, ai_use="未使用")
    allocation = Allocation.take_next(assessor, at=at)
    url = reverse("marking_file", args=[allocation.uuid, 1])
    run_jobs()
    got = client_for(assessor).get(url)
    assert got["Content-Disposition"] == 'attachment; filename="A1.pdf"'
    assert client_for(assessor).get(reverse("marking_file", args=[allocation.uuid, 2])).status_code == 404
    assert client_for(assessor2).get(url).status_code == 404
    own = reverse("submission_file", args=[submission.uuid, submission.files.get().uuid])
    assert client_for(assessor).get(own).status_code == 404


# --- From the page's outbox ---------------------------------------------------------------------------------------------------


def send(client, submission, upload, key="k1"):
    return client.post(reverse("submission_file_add", args=[submission.uuid]), {"key": key, "file": upload})


def test_the_outbox_sends_a_file_and_gets_the_list_drawn(client_for, trainee, draft):
    answer = send(client_for(trainee), draft, pdf())
    assert answer.status_code == 200
    assert "附件.pdf" in answer.json()["html"]
    assert draft.files.get().key == "k1"


def test_a_file_sent_twice_is_one_even_after_it_was_taken_out(client_for, trainee, draft, at):
    client = client_for(trainee)
    send(client, draft, pdf())
    draft.remove_file(draft.files.get(), at=at)
    assert send(client, draft, pdf()).status_code == 200  # the first answer was lost on the way
    assert draft.current_files() == []
    assert draft.files.count() == 1


def test_the_outbox_is_told_why_not(client_for, trainee, outsider, draft, at):
    client = client_for(trainee)
    bad = send(client, draft, SimpleUploadedFile("a.pdf", b"MZ"))
    assert (bad.status_code, bad.json()["error"]) == (422, "refused")
    assert send(client_for(outsider), draft, pdf()).status_code == 404
    draft.hand_in(at=at, ai_use="未使用")
    late = send(client, draft, pdf())
    assert (late.status_code, late.json()["error"]) == (409, "closed")
    assert not draft.files.exists()
