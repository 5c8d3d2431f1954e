"""What others see of a file: a cleaned copy and pictures of ours; nobody gets what the scanner has not seen."""

import io
import shutil

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Allocation, FileCopy
from assessments.preparing import ScannerAway, prepare
from lms.lib import antivirus
from lms.lib.antivirus import Scan
from lms.lib.hashing import file_hash
from tests.assessments.test_cleaning import NAME, pdf, photo
from tests.factories.assessments import make_submission

poppler = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")


@pytest.fixture
def handed_in(enrolment, at):
    submission = make_submission(enrolment, at=at, handed_in=False)
    submission.add_file(SimpleUploadedFile("王某某的说明.pdf", pdf()), at=at)
    submission.add_file(SimpleUploadedFile("照片.jpg", photo()), at=at)
    return submission.hand_in(at=at, ai_use="未使用")


@pytest.fixture
def turn(handed_in, assessor, at) -> Allocation:
    return Allocation.take_next(assessor, at=at)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@poppler
def test_it_works(client_for, assessor, trainee, turn, handed_in, run_jobs):
    client = client_for(assessor)
    waiting = client.get(reverse("marking_file_look", args=[turn.uuid, 1])).text
    assert "data-look-waiting" in waiting
    run_jobs()
    look = client.get(reverse("marking_file_look", args=[turn.uuid, 1])).text
    assert "data-look-waiting" not in look
    assert "A1.pdf" in look and "王某某" not in look
    page = client.get(reverse("marking_file_page", args=[turn.uuid, 1, 1]))
    assert (page["Content-Type"], page["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert body(page).startswith(b"\x89PNG")
    assert client.get(reverse("marking_file_page", args=[turn.uuid, 1, 2])).status_code == 404
    own = handed_in.files.first()
    seen = client_for(trainee).get(reverse("submission_file_look", args=[handed_in.uuid, own.uuid])).text
    assert reverse("submission_file_page", args=[handed_in.uuid, own.uuid, 1]) in seen


def test_assessors_get_the_copy_and_the_trainee_the_original(client_for, assessor, trainee, turn, handed_in, run_jobs):
    client, url = client_for(assessor), reverse("marking_file", args=[turn.uuid, 1])
    assert client.get(url).status_code == 302  # being prepared: never the original meanwhile
    run_jobs()
    got = client.get(url)
    assert got["Content-Disposition"] == 'attachment; filename="A1.pdf"'
    assert NAME.encode("utf-16-be") not in (data := body(got)) and NAME.encode() not in data
    own = handed_in.files.first()
    original = client_for(trainee).get(reverse("submission_file", args=[handed_in.uuid, own.uuid]))
    assert file_hash(io.BytesIO(body(original))) == own.sha256
    assert handed_in.receipt_holds()


def test_a_file_that_can_t_be_read_gives_no_copy(draft, at, run_jobs):
    file = draft.add_file(SimpleUploadedFile("a.pdf", b"%PDF-1.4 broken"), at=at)
    run_jobs()
    assert file.copy.state == FileCopy.State.FAILED


@pytest.mark.parametrize("name", ["marking_file_look", "marking_file"])
def test_nobody_else_sees_it(client_for, outsider, assessor2, trainee, turn, name):
    for person in (outsider, assessor2, trainee):
        assert client_for(person).get(reverse(name, args=[turn.uuid, 1])).status_code == 404


# --- The virus scanner ------------------------------------------------------------------------------------------------------


def says(monkeypatch, state, signature=""):
    monkeypatch.setattr(antivirus, "scan", lambda file: Scan(state, signature))


def test_an_infected_file_is_refused_beside_the_field(client_for, trainee, draft, monkeypatch):
    says(monkeypatch, antivirus.INFECTED, "Test.Evil-1")
    url = reverse("submission_upload", args=[draft.uuid])
    page = client_for(trainee).post(url, {"number": draft.draft_number, "file": SimpleUploadedFile("a.pdf", pdf())})
    assert page.status_code == 422
    assert "Test.Evil-1" in page.text
    assert 'id="error-files"' in page.text
    assert not draft.files.exists()


def test_while_the_scanner_is_away_nobody_else_gets_the_file(client_for, assessor, enrolment, at, monkeypatch):
    submission = make_submission(enrolment, at=at, handed_in=False)
    says(monkeypatch, antivirus.WAITING)
    file = submission.add_file(SimpleUploadedFile("a.pdf", pdf()), at=at)
    submission.hand_in(at=at, ai_use="未使用")
    turn = Allocation.take_next(assessor, at=at)
    with pytest.raises(ScannerAway):
        prepare(file)
    client, url = client_for(assessor), reverse("marking_file", args=[turn.uuid, 1])
    assert client.get(url).status_code == 302
    assert client.get(reverse("marking_file_page", args=[turn.uuid, 1, 1])).status_code == 404
    says(monkeypatch, antivirus.CLEAN)
    prepare(file)
    assert client.get(url).status_code == 200
    file.refresh_from_db()
    assert file.scan == antivirus.CLEAN


def test_what_is_found_later_stays_away_for_good(client_for, assessor, enrolment, at, monkeypatch):
    submission = make_submission(enrolment, at=at, handed_in=False)
    says(monkeypatch, antivirus.WAITING)
    file = submission.add_file(SimpleUploadedFile("a.pdf", pdf()), at=at)
    submission.hand_in(at=at, ai_use="未使用")
    turn = Allocation.take_next(assessor, at=at)
    says(monkeypatch, antivirus.INFECTED, "Test.Evil-1")
    prepare(file)
    assert FileCopy.objects.get(file=file).state == FileCopy.State.INFECTED
    assert client_for(assessor).get(reverse("marking_file", args=[turn.uuid, 1])).status_code == 302


def test_a_table_shows_its_rows(draft, at, run_jobs):
    file = draft.add_file(SimpleUploadedFile("a.csv", "年份,金额\n2026,12\n".encode()), at=at)
    run_jobs()
    assert file.copy.rows == [["年份", "金额"], ["2026", "12"]]


def test_a_picture_is_drawn_anew(draft, at, run_jobs):
    file = draft.add_file(SimpleUploadedFile("a.jpg", photo()), at=at)
    run_jobs()
    assert file.copy.pages == 1
    assert io.BytesIO(file.copy.cleaned.read()).getvalue() != photo()
