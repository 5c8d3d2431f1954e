"""Notes on a place of a page: kept as fractions, bound to the copy they were marked on, with and without the script."""

import shutil
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments import regions
from assessments.models import Allocation, FileCopy, Mark, MarkNote, Result
from assessments.passages import kept, read, write
from tests.assessments.test_cleaning import pdf, photo
from tests.factories.assessments import make_assessor, make_submission, scores_for

poppler = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")
TOP = {"points.need": "60", "points.terms": "20"}
NOTE = {"passage": "file.1", "start": 1, "end": 1, "quote": "A1.jpg, 1", "text": "这里的数据从哪里来？", "criterion": "need",
        "region": [1000, 2500, 5000, 7500], "copy": "sha256:a"}  # fmt: skip


# --- Places ---------------------------------------------------------------------------------------------------------------


def test_the_same_json_on_both_sides():
    assert read(write([NOTE])) == [NOTE]
    assert write([NOTE]).endswith('"criterion":"need","region":[1000,2500,5000,7500],"copy":"sha256:a"}]')


@pytest.mark.parametrize(
    "value",
    [None, "x", [], [0, 0, 1], [0, 0, 10001, 5], [5, 0, 5, 9], [9, 0, 5, 9], [-1, 0, 5, 9], [0, 0, 0.5, 1], [0, 0, True, 1]],
)
def test_what_is_no_place_is_left_out_and_the_note_stays(value):
    assert regions.read(value) is None
    found = read(write([NOTE | {"region": value}]))
    assert found[0]["text"] == NOTE["text"] and "region" not in found[0] and "copy" not in found[0]


def test_a_place_on_another_copy_becomes_a_note_on_the_page():
    assert kept([NOTE], {}, ["sha256:a"])[0]["region"] == NOTE["region"]
    for copies in (["sha256:b"], [""]):
        assert "region" not in kept([NOTE], {}, copies)[0]
    assert kept([NOTE | {"passage": "file.2"}], {}, ["sha256:a"]) == []


def test_on_a_picture():
    fractions = regions.as_fractions(NOTE["region"]).values()
    assert regions.in_pixels(fractions, 1000, 2000) == (100, 500, 400, 1000)
    assert regions.cell_of(fractions) == (2, 1)
    assert all(regions.read(region) == region for region in regions.GRID.values())
    assert regions.cell_of(regions.as_fractions(regions.GRID["3.1"]).values()) == (3, 1)


# --- On the sheet ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def handed_in(enrolment, at, run_jobs):
    submission = make_submission(enrolment, at=at, handed_in=False)
    submission.add_file(SimpleUploadedFile("照片.jpg", photo()), at=at)
    run_jobs()
    return submission.hand_in(at=at, ai_use="未使用")


@pytest.fixture
def turn(handed_in, assessor, at) -> Allocation:
    return Allocation.take_next(assessor, at=at)


@pytest.fixture
def copy(handed_in) -> FileCopy:
    return FileCopy.objects.get(file__submission=handed_in)


@pytest.fixture
def note(copy):
    return NOTE | {"copy": copy.content_hash}


def test_the_copy_knows_its_hash_and_its_sizes(copy):
    assert copy.content_hash.startswith("sha256:") and copy.sizes == [[20, 10]] and copy.pages == 1


def test_copies_of_before_are_measured(client_for, assessor, turn, copy, run_jobs):
    before = copy.content_hash
    FileCopy.objects.update(content_hash="", sizes=[])
    look = reverse("marking_file_look", args=[turn.uuid, 1])
    assert "data-region-layer" not in client_for(assessor).get(look).text
    run_jobs()
    copy.refresh_from_db()
    assert (copy.content_hash, copy.sizes) == (before, [[20, 10]])
    assert "data-region-layer" in client_for(assessor).get(look).text


def test_it_works(client_for, assessor, trainee, registrar, base, turn, handed_in, copy, note, at, django_assert_max_num_queries):
    client = client_for(assessor)
    assert 'width="20" height="10"' in client.get(reverse("marking_file_look", args=[turn.uuid, 1])).text
    give = reverse("marking_give", args=[turn.uuid])
    looked = client.post(give, {"number": 0, "review": "1", **TOP, "notes": write([note])}).text
    assert note["text"] in looked and "需求清楚" in looked and "左" in looked
    client.post(give, {"number": 1, "confirmed": "1"})
    written = MarkNote.objects.get()
    assert written.region == tuple(map(Decimal, ("0.1000", "0.2500", "0.5000", "0.7500")))
    assert written.copy_hash == copy.content_hash and written.criterion.key == "need"
    second = make_assessor(base)
    Allocation.take_next(second, at=at).give_mark({"need": {"points": 60}, "terms": {"points": 20}}, "", at=at)
    url = reverse("submission_result", args=[handed_in.uuid])
    person = client_for(trainee)
    assert person.get(url).status_code == 404
    handed_in.refresh_from_db()
    Result.release(handed_in, by=registrar, at=at)
    person.get(url)
    with django_assert_max_num_queries(32):
        page = person.get(url).text
    assert '<rect class="region region--kept" x="2" y="2" width="8" height="6"/>' in page
    assert reverse("submission_file_page", args=[handed_in.uuid, copy.file.uuid, 1]) in page
    assert note["text"] in page and assessor.full_name not in page and "style=" not in page.split("<main")[1]
    assert "data-region-layer" not in client.get(reverse("marking_file_look", args=[turn.uuid, 1])).text  # given is given
    # The second assessor does not read it.
    assert note["text"] not in client_for(second).get(second.allocations.get().get_absolute_url()).text


def test_a_later_copy_does_not_show_it_in_a_wrong_place(client_for, assessor, turn, copy, note, at):
    turn.give_mark(scores_for(turn.submission), "", at=at, notes=[note])
    sheet = turn.get_absolute_url()
    assert "<rect" in client_for(assessor).get(sheet).text
    copy.content_hash = "sha256:another"
    copy.save()
    page = client_for(assessor, "en").get(sheet).text
    assert "<rect" not in page and note["text"] in page and "on an earlier copy of the file" in page


def test_without_the_script(client_for, assessor, turn, copy):
    client, give = client_for(assessor), reverse("marking_give", args=[turn.uuid])
    page = client.get(turn.get_absolute_url()).text
    assert f'name="note.copy.1" value="{copy.content_hash}"' in page and 'name="note.place"' in page
    typed = {"note.file": "1", "note.page": "1", "note.place": "1.3", "note.text": "右上角看不清", "note.criterion": "terms",
             "note.copy.1": copy.content_hash, "save": "1"}  # fmt: skip
    client.post(give, {"number": 0, "notes": "", **typed})
    turn.refresh_from_db()
    (first,) = turn.draft["notes"]
    assert (first["region"], first["criterion"], first["text"]) == ([6667, 0, 10000, 3333], "terms", "右上角看不清")
    client.post(give, {"number": 1, "notes": write(turn.draft["notes"]), **typed, "note.place": "", "note.text": "整页"})
    turn.refresh_from_db()
    assert "region" not in turn.draft["notes"][1]
    client.post(give, {"number": 2, "notes": write(turn.draft["notes"]), "note.drop": ["0"], "save": "1"})
    turn.refresh_from_db()
    assert [one["text"] for one in turn.draft["notes"]] == ["整页"]


@pytest.mark.parametrize(
    "changes",
    [{"right": Decimal("1.1")}, {"left": Decimal("0.5")}, {"top": None}, {"copy_hash": ""}, {"bottom": Decimal(0)}],
)
def test_the_database_keeps_places_on_their_page(turn, note, at, changes):
    mark = turn.give_mark(scores_for(turn.submission), "", at=at)
    row = {"mark": mark, "passage": "file.1", "start": 1, "end": 1, "text": "x", "content_hash": "x", "position": 0,
           **regions.as_fractions(note["region"]), "copy_hash": note["copy"]}  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        MarkNote.objects.create(**row | changes)
    assert MarkNote.objects.create(**row).region and Mark.objects.count() == 1


@poppler
def test_pages_of_a_pdf_can_be_marked(client_for, assessor, enrolment, at, run_jobs):
    submission = make_submission(enrolment, at=at, handed_in=False)
    submission.add_file(SimpleUploadedFile("a.pdf", pdf()), at=at)
    submission.hand_in(at=at, ai_use="未使用")
    run_jobs()
    turn = Allocation.take_next(assessor, at=at)
    look = client_for(assessor).get(reverse("marking_file_look", args=[turn.uuid, 1])).text
    width, height = FileCopy.objects.get().sizes[0]
    assert f'viewBox="0 0 {width} {height}"' in look and "data-region-begin" in look
