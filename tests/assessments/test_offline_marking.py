"""Marking by workbook: several scripts taken, downloaded without names, filled in, looked at, applied whole or not at all."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from assessments import offline
from assessments.models import Allocation, Mark
from assessments.models.marking import LEASE, OFFLINE_LEASE, OFFLINE_MOST
from lms.lib.errors import WrongState
from tests.factories.assessments import make_assessor, make_submission, scores_for
from tests.factories.training import make_enrolment

URL = "/marking/offline/"


@pytest.fixture
def scripts(cohort, at):
    return [make_submission(make_enrolment(cohort, at=at), at=at, text="=需求写明") for _number in range(3)]


@pytest.fixture
def turns(scripts, assessor, at) -> list[Allocation]:
    return Allocation.take_several(assessor, 3, at=at)


def filled(turns, edit=None, *, points=(60, 20), comment="条件写明。"):
    """The workbook of these turns with every script marked; edit(page) changes it once more. An upload."""
    book = load_workbook(io.BytesIO(offline.workbook(turns)))
    page = book[offline.SHEET]
    places = {"need": points[0], "terms": points[1]}
    for row in page.iter_rows(min_row=3):
        if row[3].value in places:
            row[6].value, row[7].value = places[row[3].value], comment
        elif row[3].value == offline.OVERALL:
            row[7].value = "总评"
    if edit:
        edit(page)
    buffer = io.BytesIO()
    book.save(buffer)
    return {"file": SimpleUploadedFile("marks.xlsx", buffer.getvalue())}


def test_scripts_are_taken_for_longer(scripts, assessor, at):
    assert len(Allocation.take_several(assessor, 2, at=at)) == 2
    assert len(Allocation.take_several(assessor, 2, at=at)) == 2  # a second click takes no more
    held = Allocation.take_several(assessor, 99, at=at)
    assert len(held) == 3 <= OFFLINE_MOST
    assert all(turn.lease_until == at + OFFLINE_LEASE for turn in held)
    held[0].save_draft({"scores": {}, "comment": "", "reason": ""}, number=0, at=at)
    assert held[0].lease_until == at + OFFLINE_LEASE  # a save never shortens it
    late = at + OFFLINE_LEASE - timedelta(hours=1)
    held[0].save_draft({"scores": {}, "comment": "晚", "reason": ""}, number=1, at=late)
    assert held[0].lease_until == late + LEASE


def test_the_download_names_nobody(client_for, assessor, turns, scripts):
    answer = client_for(assessor).get(URL + "scripts.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    codes = {script.enrolment.anonymous_code for script in scripts}
    assert set(archive.namelist()) == {"marks.xlsx"} | {f"{code}.html" for code in codes}
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    book = zipfile.ZipFile(io.BytesIO(archive.read("marks.xlsx")))
    everything = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    everything += "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".html"))
    for script in scripts:
        person = script.enrolment.user
        assert person.full_name not in everything and person.email not in everything
        assert script.enrolment.anonymous_code in everything
    assert assessor.full_name not in everything and "openpyxl" not in everything
    assert "=需求写明" in everything  # as text of the page


def test_no_cell_is_a_formula(turns, at):
    turn = turns[0]
    scores = {"need": {"points": "60", "comment": "=HYPERLINK(1)"}}
    turn.save_draft({"scores": scores, "comment": "+1", "reason": ""}, number=0, at=at)
    book = load_workbook(io.BytesIO(offline.workbook([turn])))
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    back, troubles = offline.read(SimpleUploadedFile("m.xlsx", offline.workbook([turn])))
    assert troubles == []
    assert offline.draft_of(back[str(turn.uuid)], turn)["scores"]["need"] == {"points": "60", "comment": "=HYPERLINK(1)"}
    assert back[str(turn.uuid)].comment == "+1"


def test_it_works(client_for, assessor, turns):
    client = client_for(assessor)
    page = client.post(URL, filled(turns))
    assert page.status_code == 200
    assert not Mark.objects.exists()
    assert not any(Allocation.objects.values_list("draft_number", flat=True))  # a preview stores nothing
    packed = page.context["packed"]
    assert client.post(URL + "apply/", {"packed": packed, "give": "1"}).url == URL
    assert sorted(Mark.objects.values_list("total", "comment")) == [(80, "总评")] * 3
    client.post(URL + "apply/", {"packed": packed, "give": "1"})  # a second click
    assert Mark.objects.count() == 3


def test_drafts_only(client_for, assessor, turns):
    client = client_for(assessor)
    packed = client.post(URL, filled(turns)).context["packed"]
    client.post(URL + "apply/", {"packed": packed})
    assert not Mark.objects.exists()
    turns[0].refresh_from_db()
    assert turns[0].draft["scores"]["need"] == {"points": "60", "comment": "条件写明。"}
    assert turns[0].draft_number == 1


def test_the_incomplete_stays_a_draft(client_for, assessor, turns):
    def edit(page):
        page.cell(3, 7).value = None

    client = client_for(assessor)
    page = client.post(URL, filled(turns, edit))
    assert page.context["complete"] == 2
    client.post(URL + "apply/", {"packed": page.context["packed"], "give": "1"})
    assert Mark.objects.count() == 2
    assert Allocation.objects.filter(status="taken", draft_number=1).count() == 1


def test_work_done_here_meanwhile_is_never_overwritten(client_for, assessor, turns, at):
    client = client_for(assessor)
    file = filled(turns)
    packed = client.post(URL, filled(turns)).context["packed"]
    newer = {"scores": {"need": {"points": "0", "comment": "新的"}}, "comment": "", "reason": ""}
    turns[1].save_draft(newer, number=0, at=at)
    refused = client.post(URL, file)  # uploaded too late
    assert refused.status_code == 422
    assert len(refused.context["troubles"]) == 1
    client.post(URL + "apply/", {"packed": packed, "give": "1"})  # looked at before, applied too late: nothing of it
    assert not Mark.objects.exists()
    turns[1].refresh_from_db()
    assert turns[1].draft == newer
    turns[0].refresh_from_db()
    assert turns[0].draft_number == 0


def test_given_meanwhile(client_for, assessor, turns, scripts, at):
    file = filled(turns)
    turns[2].give_mark(scores_for(scripts[2]), "", at=at)
    assert client_for(assessor).post(URL, file).status_code == 422
    with pytest.raises(WrongState):
        turns[2].save_draft({}, number=0, at=at)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (3, 7, 7), (3, 7, "很好"), (3, 7, "=1+1"), (3, 8, "长" * 4001), (3, 2, 5), (3, 3, "sha256:0"),
        (3, 4, "nonsense"), (3, 1, "00000000-0000-4000-8000-000000000000"), (4, 4, "need"), (3, 4, None),
    ],
)  # fmt: skip
def test_one_wrong_row_and_nothing_is_taken(client_for, assessor, turns, row, column, value):
    def edit(page):
        page.cell(row, column).value = value

    page = client_for(assessor).post(URL, filled(turns, edit))
    assert page.status_code == 422
    assert page.context["troubles"]
    assert min(trouble.row for trouble in page.context["troubles"]) >= 3


def test_rows_of_a_script_may_be_left_out(client_for, assessor, turns):
    def edit(page):
        page.delete_rows(3, 3)

    assert client_for(assessor).post(URL, filled(turns, edit)).context["complete"] == 2


@pytest.mark.parametrize("data", [b"PK\x03\x04 nothing", b"text", b""])
def test_files_that_are_none_of_ours(client_for, assessor, data):
    page = client_for(assessor).post(URL, {"file": SimpleUploadedFile("m.xlsx", data)})
    assert page.status_code == 422
    assert page.context["form"].errors


def test_of_somebody_else(client_for, assessor, base, turns, registrar):
    other = make_assessor(base)
    page = client_for(other).post(URL, filled(turns))
    assert page.status_code == 422
    packed = client_for(assessor).post(URL, filled(turns)).context["packed"]
    client_for(other).post(URL + "apply/", {"packed": packed, "give": "1"})
    client_for(assessor).post(URL + "apply/", {"packed": packed[:-2], "give": "1"})
    assert not Mark.objects.exists()
    assert not Allocation.objects.filter(draft_number__gt=0).exists()
    assert client_for(registrar).get(URL).status_code == 403
    assert client_for(registrar).get(URL + "scripts.zip").status_code == 403
    assert client_for(other).get(URL + "scripts.zip").url == reverse("offline")  # nothing on the table


def test_queries_stay_few(client_for, assessor, turns, django_assert_max_num_queries):
    client = client_for(assessor)
    client.get(URL)
    with django_assert_max_num_queries(20):
        client.get(URL)
