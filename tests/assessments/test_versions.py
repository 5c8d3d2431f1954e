"""Versions of a work product: kept by the button, compared, brought back without losing what stood there."""

import pytest
from django.urls import reverse

from assessments import versions
from assessments.models import Submission
from lms.lib.errors import WrongState

BASE = {"budget": "10", "indicators": [{"name": "误报率", "target": "≤ 1%"}]}


def posted(text: str, number: int, key: str, **more) -> dict:
    rows = {"f.indicators.0.name": "误报率", "f.indicators.0.target": "≤ 1%"}
    return {"f.problem": text, "f.budget": "10", **rows, "number": number, "key": key, **more}


@pytest.fixture
def written(client_for, trainee, run, at) -> Submission:
    """Saved by the button twice, with autosaves before, between and after."""
    draft = Submission.start(run, at=at)
    client = client_for(trainee)
    auto = reverse("submission_autosave", args=[draft.uuid])
    client.post(auto, posted("一", 0, "a"))
    client.post(draft.get_absolute_url(), posted("热水器偶尔熄火", 1, "b", save="1"))
    client.post(auto, posted("热水器偶尔熄火，原因", 2, "c"))
    client.post(draft.get_absolute_url(), posted("热水器在低温下熄火", 3, "d", save="1"))
    client.post(auto, posted("热水器在低温下熄火，尚未查明", 4, "e"))
    draft.refresh_from_db()
    return draft


def numbers(submission):
    return [save.number for save in submission.versions()]


def test_the_button_keeps_a_version_and_autosave_does_not(written):
    assert written.draft_number == 5
    assert numbers(written) == [5, 4, 2]  # 5: what stands there now


def test_saving_the_same_twice_makes_no_second_version(client_for, trainee, written):
    client_for(trainee).post(written.get_absolute_url(), posted("热水器在低温下熄火", 5, "f", save="1"))
    client_for(trainee).post(written.get_absolute_url(), posted("热水器在低温下熄火", 5, "f", save="1"))  # the same click again
    written.refresh_from_db()
    assert written.draft_number == 6 and numbers(written) == [6, 4, 2]


def test_two_versions_are_compared_word_by_word(client_for, trainee, written, django_assert_max_num_queries):
    client = client_for(trainee, "en")
    address = reverse("submission_versions", args=[written.uuid])
    client.get(address)
    with django_assert_max_num_queries(9):
        page = client.get(address, {"from": "4", "to": "2"})  # in whichever order: from the earlier to the later
    change = page.context["changes"][0]
    assert change.field.key == "problem" and len(page.context["changes"]) == 1
    assert "".join(p.text for p in change.pieces if p.state != "added") == "热水器偶尔熄火"
    assert "".join(p.text for p in change.pieces if p.state != "removed") == "热水器在低温下熄火"
    assert "<ins>" in page.text and "<del>" in page.text
    assert client.get(address, {"to": "2"}).context["later"].number == 2
    assert client.get(address, {"from": "x", "to": "99999999999999999999"}).status_code == 200


def test_a_version_is_brought_back_and_what_stood_there_is_kept(client_for, trainee, written):
    client = client_for(trainee)
    back = reverse("submission_restore", args=[written.uuid, 2])
    for _twice in range(2):
        assert client.post(back, {"number": 5, "key": "back"}).url == written.get_absolute_url()
    written.refresh_from_db()
    assert written.fields["problem"] == "热水器偶尔熄火" and written.draft_number == 6
    assert 5 in numbers(written) and written.saves.get(number=5).fields["problem"].endswith("尚未查明")
    assert written.saves.get(number=6).restored_from == 2


def test_a_stale_page_brings_nothing_back(client_for, trainee, written):
    back = reverse("submission_restore", args=[written.uuid, 2])
    assert "/versions/" in client_for(trainee).post(back, {"number": 3, "key": "late"}).url
    written.refresh_from_db()
    assert written.draft_number == 5


def test_after_the_hand_in_they_can_be_read_but_not_brought_back(client_for, trainee, written, at):
    written.hand_in(at=at, ai_use="未使用")
    client = client_for(trainee)
    assert client.get(reverse("submission_versions", args=[written.uuid])).status_code == 200
    assert client.post(reverse("submission_restore", args=[written.uuid, 2]), {"number": 5, "key": "x"}).status_code == 409
    with pytest.raises(WrongState):
        written.bring_back(written.saves.get(number=2), number=5, key="y", at=at)
    written.refresh_from_db()
    assert written.receipt_holds()


def test_nobody_else_finds_them(client_for, outsider, assessor, registrar, written):
    for person in (outsider, assessor, registrar):
        client = client_for(person)
        assert client.get(reverse("submission_versions", args=[written.uuid])).status_code == 404
        assert client.post(reverse("submission_restore", args=[written.uuid, 2]), {"number": 5}).status_code == 404
    written.refresh_from_db()
    assert written.draft_number == 5


def test_rows_of_a_table_are_lines(written):
    deliverable = written.assignment.script().deliverable
    more = BASE | {"indicators": [*BASE["indicators"], {"name": "功耗", "target": "≤ 5 W"}]}
    (change,) = versions.compare(deliverable, BASE, more)
    assert [(p.state, p.text) for p in change.pieces if p.state == "added"] == [("added", "功耗 | ≤ 5 W\n")]


def test_tools_of_ai_are_declared_and_shown_to_the_assessor(client_for, assessor, submission, at):
    from assessments.models import Allocation

    Submission.objects.filter(pk=submission.pk).update(ai_tools="示例模型 2")
    assert not Submission.objects.get(pk=submission.pk).receipt_holds()  # part of what the receipt is for
    turn = Allocation.take_next(assessor, at=at)
    assert "示例模型 2" in client_for(assessor).get(turn.get_absolute_url()).text
