"""The draft of a work product: nothing acknowledged is lost, a stale tab overwrites nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import DraftSave, NotComplete, StaleDraft, Submission
from assessments.workproduct import MAX_DRAFT
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.assessments import make_run


def save(submission, text, *, number, key, at):
    return submission.save_draft({"problem": text}, number=number, key=key, at=at)


@pytest.fixture
def blank(run, at) -> Submission:
    return Submission.start(run, at=at)


def test_starting_twice_gives_one_draft(run, at):
    first = Submission.start(run, at=at)
    assert Submission.start(run, at=at) == first


def test_first_all_stages(enrolment, at):
    with pytest.raises(WrongState):
        Submission.start(make_run(enrolment, at=at, played=False), at=at)


def test_a_save_is_kept_and_counted(blank, at):
    done = save(blank, "一", number=0, key="k1", at=at)
    assert done.number == 1
    assert (blank.draft_number, blank.fields["problem"], blank.saved_at) == (1, "一", at)
    assert save(blank, "二", number=1, key="k2", at=at).number == 2
    assert [s.fields["problem"] for s in blank.saves.all()] == ["一", "二"]


def test_the_same_save_twice_is_one_and_answers_with_the_first(blank, at):
    save(blank, "一", number=0, key="k1", at=at)
    save(blank, "二", number=1, key="k2", at=at)
    again = save(blank, "一", number=0, key="k1", at=at)  # its answer was lost on the way
    assert again.number == 1
    assert (blank.draft_number, blank.fields["problem"]) == (2, "二")
    assert blank.saves.count() == 2


def test_a_key_that_was_there_with_another_number_changes_nothing(blank, at):
    first = save(blank, "一", number=0, key="k1", at=at)
    again = save(blank, "别的", number=1, key="k1", at=at)
    assert again == first and (blank.draft_number, blank.fields["problem"]) == (1, "一")
    blank.refresh_from_db()
    assert (blank.draft_number, blank.fields["problem"]) == (1, "一") and blank.saves.count() == 1


def test_in_memory_stands_what_is_stored(blank, at):
    done = save(blank, "一", number=0, key="k1", at=at)
    stored, written = Submission.objects.get(pk=blank.pk), DraftSave.objects.get(pk=done.pk)
    for name in ("fields", "draft_number", "saved_at", "status"):
        assert getattr(stored, name) == getattr(blank, name)
    names = ("submission_id", "number", "key", "fields", "saved_at", "kept", "restored_from")
    assert [getattr(done, name) for name in names] == [getattr(written, name) for name in names]
    with pytest.raises(ImmutableRow):
        done.save()


def test_a_stale_tab_overwrites_nothing(blank, at):
    save(blank, "新", number=0, key="k1", at=at)
    with pytest.raises(StaleDraft) as caught:
        save(blank, "旧", number=0, key="k2", at=at)
    assert caught.value.submission.fields["problem"] == "新"
    assert blank.saves.count() == 1


def test_too_long_is_refused_and_the_old_stays(blank, at):
    with pytest.raises(NotComplete):
        save(blank, "字" * (MAX_DRAFT + 1), number=0, key="k", at=at)
    blank.refresh_from_db()
    assert blank.draft_number == 0


def test_after_the_hand_in_nothing_is_saved(submission, at):
    with pytest.raises(WrongState):
        save(submission, "晚了", number=submission.draft_number, key="late", at=at)


# --- The page and the autosave ----------------------------------------------------------------------------------------------


def url(submission, name="submission_edit"):
    return reverse(name, args=[submission.uuid])


def form(submission, **changes):
    values = {"number": submission.draft_number, "key": "page", "f.problem": "问题", "f.budget": "12",
              "f.indicators.0.name": "CO", "f.indicators.0.target": "50 ppm"}  # fmt: skip
    return {**values, **changes}


def test_it_works_without_a_script(client_for, trainee, run, blank):
    client = client_for(trainee)
    assert client.post(reverse("submission_start", args=[run.uuid])).url == url(blank)
    page = client.get(url(blank))
    assert 'name="f.problem"' in page.text
    page = client.post(url(blank), form(blank), follow=True)
    blank.refresh_from_db()
    assert blank.fields == {"problem": "问题", "budget": "12", "indicators": [{"name": "CO", "target": "50 ppm"}]}
    assert "CO" in page.text


def test_a_row_is_added_and_removed_by_the_server_too(client_for, trainee, blank):
    client = client_for(trainee)
    page = client.post(url(blank), form(blank, add_row="indicators"))
    assert 'name="f.indicators.1.name"' in page.text
    blank.refresh_from_db()
    more = form(blank, key="page2", **{"f.indicators.1.name": "O2", "remove_row": "indicators.0"})
    assert client.post(url(blank), more).url == f"{url(blank)}#field-indicators"
    blank.refresh_from_db()
    assert blank.fields["indicators"] == [{"name": "O2", "target": ""}]


def test_a_double_click_on_save_is_one_save(client_for, trainee, blank):
    client = client_for(trainee)
    for _click in range(2):
        assert client.post(url(blank), form(blank)).status_code == 302
    assert blank.saves.count() == 1


def test_a_stale_page_keeps_what_was_typed_and_shows_the_newer(client_for, trainee, blank, at):
    save(blank, "另一窗口写的", number=0, key="k", at=at)
    page = client_for(trainee).post(url(blank), form(blank, number=0, **{"f.problem": "这里写的"}))
    assert page.status_code == 409
    assert "这里写的" in page.text
    assert "另一窗口写的" in page.text
    assert f'name="number" value="{blank.draft_number}"' in page.text  # saving now is a decision
    blank.refresh_from_db()
    assert blank.fields["problem"] == "另一窗口写的"


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30])
def test_a_forged_number_is_stale(client_for, trainee, blank, number):
    assert client_for(trainee).post(url(blank), form(blank, number=number)).status_code == 409


def test_the_autosave_answers_with_the_server_s_time(client_for, trainee, blank):
    answer = client_for(trainee, "en").post(url(blank, "submission_autosave"), form(blank))
    assert answer.status_code == 200
    assert answer.json()["number"] == 1
    assert answer.json()["saved"][-8:].count(":") == 2


def test_the_autosave_asks_and_writes_little(client_for, trainee, blank):
    """Session, person, work product; the draft where its number still holds; the save."""
    client = client_for(trainee)
    assert client.post(url(blank, "submission_autosave"), form(blank)).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(url(blank, "submission_autosave"), form(blank, number=1, key="next"))
    assert answer.json()["number"] == 2
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(asked) == 5, asked


def test_the_autosave_again_answers_with_the_first(client_for, trainee, blank):
    client = client_for(trainee)
    answers = [client.post(url(blank, "submission_autosave"), form(blank, number=0)) for _time in range(2)]
    assert answers[0].status_code == 200 and answers[0].json() == answers[1].json()
    assert blank.saves.count() == 1


def test_the_autosave_of_a_stale_tab_offers_the_newer_content(client_for, trainee, blank, at):
    save(blank, "新", number=0, key="k", at=at)
    answer = client_for(trainee).post(url(blank, "submission_autosave"), form(blank, number=0))
    assert answer.status_code == 409
    assert answer.json()["error"] == "stale"
    assert answer.json()["number"] == 1
    assert ["f.problem", "新"] in answer.json()["fields"]


def test_the_autosave_says_what_is_too_long_and_when_it_is_closed(client_for, trainee, draft, at):
    client = client_for(trainee)
    post = form(draft, **{"f.problem": "字" * (MAX_DRAFT + 1)})
    answer = client.post(url(draft, "submission_autosave"), post)
    label = next(f.label for f in draft.assignment.script().deliverable.fields if f.key == "problem")
    assert answer.status_code == 422 and answer.json()["message"].startswith(f"{label}：过长")
    draft.hand_in(at=at, ai_use="未使用")
    answer = client.post(url(draft, "submission_autosave"), form(draft))
    assert (answer.status_code, answer.json()["error"]) == (409, "closed")


@pytest.mark.parametrize(
    "name", ["submission_edit", "submission_autosave", "submission_upload", "submission_hand_in", "submission_receipt",
             "submission_result"],
)  # fmt: skip
def test_nobody_else_finds_it(client_for, draft, outsider, registrar, assessor, name):
    for person in (outsider, registrar, assessor):
        client = client_for(person)
        assert client.post(url(draft, name), form(draft)).status_code in (404, 405)
        assert client.get(url(draft, name)).status_code in (404, 405)
    draft.refresh_from_db()
    assert draft.draft_number == 1


def test_after_the_hand_in_the_form_leads_to_the_receipt(client_for, trainee, submission):
    assert client_for(trainee).get(url(submission)).url == url(submission, "submission_receipt")


def test_a_constant_number_of_queries(client_for, trainee, draft, django_assert_max_num_queries):
    client = client_for(trainee)
    client.get(url(draft))
    with django_assert_max_num_queries(6):
        client.get(url(draft))
