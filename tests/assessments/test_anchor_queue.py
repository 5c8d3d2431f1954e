"""Anchors in the queue: they come as the terms say, can't be told from scripts, and never become anything but a figure."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from assessments.anchor_rules import is_due, place_in, still_to_come
from assessments.gradebook import gradebook_of
from assessments.models import Allocation, AnchorConsent, AnchorMark, AnchorTurn, Mark, Result, SampleDraw
from assessments.models.anchor_queue import count_waiting, in_line, take_next, take_several
from assessments.quality import ratings_of
from assessments.risks import pool_of
from tests.factories.anchors import make_anchor, make_terms
from tests.factories.assessments import make_submission, scores_for
from tests.factories.training import make_enrolment, make_session

pytestmark = pytest.mark.usefixtures("officer")


@pytest.fixture
def anchor(cohort, moderator, at):
    return make_anchor(cohort, moderator, at=at, bands=[1, 2])


@pytest.fixture
def seeding(officer, at):
    """Every second script is an anchor."""
    return make_terms(officer, at=at, seeded_every=2)


@pytest.fixture
def scripts(anchor, cohort, at):
    """Three that wait."""
    return [make_submission(make_enrolment(cohort, at=at), at=at) for _one in range(3)]


def give(turn, at, bands="top"):
    return turn.give_mark(scores_for(turn.submission, bands), "总评。", at=at)


def until_seeded(assessor, at) -> AnchorTurn:
    """Take and mark what comes, until an anchor does: among the first two, as every second one is."""
    for _one in range(2):
        turn = take_next(assessor, at=at)
        if isinstance(turn, AnchorTurn):
            return turn
        give(turn, at)
    raise AssertionError("no anchor among two scripts")


# --- When one comes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [2, 5, 20])
def test_one_in_each_block_at_a_place_nobody_can_foretell(every):
    places = {place_in("secret", "marker", block, every) for block in range(200)}
    assert places == set(range(every))
    last, found = None, []
    for taken in range(10 * every):
        if is_due("secret", "marker", taken, last, every):
            last = taken
            found.append(taken // every)
    assert found == list(range(10))
    assert not any(is_due("secret", "marker", taken, None, 0) for taken in range(50))


@pytest.mark.parametrize("stock", [0, 1, 9])
def test_the_number_that_is_shown_goes_down_by_one_with_every_turn(stock):
    """Whatever comes next, a script or an anchor: the count before less one is the count afterwards."""
    waiting, taken, last, every = 12, 3, None, 4
    while waiting:
        shown = waiting + still_to_come("s", "m", taken, last, every, waiting=waiting, stock=stock)
        if stock and is_due("s", "m", taken, last, every):
            last, stock = taken, stock - 1
        else:
            waiting -= 1
        taken += 1
        assert waiting + still_to_come("s", "m", taken, last, every, waiting=waiting, stock=stock) == shown - 1


def test_none_without_terms(scripts, assessor, at):
    assert count_waiting(assessor, at=at) == 3
    assert isinstance(take_next(assessor, at=at), Allocation)
    assert not AnchorTurn.objects.exists()


def test_it_comes_once_and_is_held_like_a_script(scripts, seeding, assessor, at):
    turn = until_seeded(assessor, at)
    assert take_next(assessor, at=at) == turn
    give(turn, at)
    for _one in range(3):
        if (following := take_next(assessor, at=at)) is not None:
            assert isinstance(following, Allocation)
            give(following, at)
    assert AnchorTurn.objects.count() == 1


def test_only_where_scripts_of_that_case_wait(anchor, seeding, assessor, at):
    assert take_next(assessor, at=at) is None
    assert not in_line(assessor, Allocation.waiting_for(assessor, at=at), at=at).exists()


def test_not_for_who_knows_the_bands_or_the_work(scripts, seeding, anchor, assessor, assessor2, at):
    def line(person):
        return in_line(person, Allocation.waiting_for(person, at=at), at=at)

    assert anchor in line(assessor)
    anchor.read_by(assessor, at=at)
    assert anchor not in line(assessor)
    AnchorTurn.practise(anchor, assessor2, at=at)
    assert anchor not in line(assessor2)
    for mark in anchor.source.marks.all():
        assert anchor not in line(mark.assessor)


def test_not_after_retirement_or_a_consent_taken_back(scripts, seeding, anchor, assessor, moderator, at):
    waiting = Allocation.waiting_for(assessor, at=at)
    assert in_line(assessor, waiting, at=at).count() == 1
    AnchorConsent.say(anchor.source, given=False, at=at)
    assert not in_line(assessor, waiting, at=at).exists()
    AnchorConsent.say(anchor.source, given=True, at=at)
    anchor.retire(by=moderator, reason="已泄露", at=at)
    assert not in_line(assessor, waiting, at=at).exists()


# --- Nobody can tell ------------------------------------------------------------------------------------------------------


def neutral(text: str, turn) -> str:
    """A page without what differs from script to script and from person to person: address, code, token, name."""
    person = turn.assessor
    for word in (person.full_name, person.email, str(person.uuid)):
        text = text.replace(word, "PERSON")
    text = text.replace(str(turn.uuid), "UUID").replace(turn.submission.enrolment.anonymous_code, "CODE")
    text = re.sub(r'(csrfmiddlewaretoken" value="|nonce[-=]["\']?)[^"\']+', r"\1X", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ][\d:+.]+", "TIME", text)


def test_sheet_status_context_queries_and_address_are_those_of_a_script(client_for, scripts, seeding, assessor, assessor2, at):
    """The same page byte for byte, but for code and address, at every step of a mark."""
    seeded, script = until_seeded(assessor, at), Allocation.take_next(assessor2, at=at)
    assert resolve(seeded.get_absolute_url()).url_name == resolve(script.get_absolute_url()).url_name == "marking_sheet"
    assert len(seeded.submission.enrolment.anonymous_code) == len(script.submission.enrolment.anonymous_code)
    for name in ("marking_sheet", "marking_give_back"):
        pages, counts = [], []
        for person, turn in ((assessor, seeded), (assessor2, script)):
            client = client_for(person)
            client.get(reverse(name, args=[turn.uuid]))  # what is remembered for the first time only
            with CaptureQueriesContext(connection) as queries:
                page = client.get(reverse(name, args=[turn.uuid]))
            counts.append(len(queries))
            keys = {key for part in page.context for found in getattr(part, "dicts", [part]) for key in found}
            pages.append((page.status_code, keys, neutral(page.text, turn)))
        assert pages[0] == pages[1]
        assert counts[0] == counts[1] or name != "marking_sheet"


def test_every_step_answers_alike(client_for, scripts, seeding, assessor, assessor2, at):
    answers = []
    for person, turn in ((assessor, until_seeded(assessor, at)), (assessor2, Allocation.take_next(assessor2, at=at))):
        client, sheet = client_for(person), turn.get_absolute_url()
        typed = {f"points.{key}": score["points"] for key, score in scores_for(turn.submission).items()}
        found = [client.post(sheet + "autosave/", {"number": 0, **typed}).json()["number"]]
        found.append(client.post(sheet + "autosave/", {"number": 7, **typed}).json()["error"])
        found.append(client.post(sheet + "give/", {"number": 1, "review": "1"}).status_code)
        page = client.post(sheet + "give/", {"number": 2, **typed, "review": "1"})
        found += [page.status_code, neutral(page.text, turn)]
        done = client.post(sheet + "give/", {"number": 3, "confirmed": "1"})
        found += [done.status_code, done.url]
        page = client.get(sheet)
        found += [page.status_code, neutral(page.text, turn)]
        found.append(client.get(reverse("anchor_compare", args=[turn.uuid])).status_code)
        found.append(client.post(sheet + "autosave/", {"number": 3}).json()["error"])
        answers.append(found)
    assert answers[0] == answers[1]
    assert 404 in answers[0]


def test_afterwards_it_stands_among_the_latest_marks_like_any_other(client_for, scripts, seeding, assessor, at):
    turn = until_seeded(assessor, at)
    client, queue = client_for(assessor), reverse("marking_queue")
    held = client.get(queue)
    assert turn.submission.enrolment.anonymous_code in held.text
    before = held.context["waiting"]
    give(turn, at)
    page = client.get(queue)
    assert (turn.submission.enrolment.anonymous_code in page.text, page.context["waiting"]) == (True, before)
    assert turn.submission.enrolment.anonymous_code not in client.get(reverse("anchor_practice")).text
    assert str(turn.uuid) not in client.get(reverse("qualification")).text


def test_away_from_the_site_it_lies_among_the_others(client_for, scripts, seeding, assessor, at):
    held = take_several(assessor, 4, at=at)
    assert len(held) == 4
    assert sum(isinstance(turn, AnchorTurn) for turn in held) <= 1
    client = client_for(assessor)
    page = client.get(reverse("offline"))
    assert all(turn.submission.enrolment.anonymous_code in page.text for turn in held)
    assert client.get(reverse("offline_download")).status_code == 200


def test_it_is_told_once_the_anchor_is_retired_unless_the_terms_say_never(
    client_for, scripts, seeding, anchor, assessor, moderator, officer, at
):
    turn = until_seeded(assessor, at)
    give(turn, at)
    client, compare = client_for(assessor), reverse("anchor_compare", args=[turn.uuid])
    anchor.retire(by=moderator, reason="用得够久了", at=at)
    assert compare in client.get(reverse("qualification")).text
    assert "因为指标写到了可以检验的程度" in client.get(compare).text
    make_terms(officer, at=at, seeded_every=2, shown="never")
    assert client.get(compare).status_code == 404


# --- It is nothing but a figure -------------------------------------------------------------------------------------------


def test_its_mark_is_in_no_result_gradebook_sample_or_agreement(scripts, seeding, cohort, assessor, registrar, at):
    turn = until_seeded(assessor, at)

    def everything():
        return (
            Mark.objects.count(), Result.objects.count(), Allocation.objects.count(), str(gradebook_of(cohort)),
            len(ratings_of([turn.assignment.pk])),
            list(pool_of(SampleDraw.Pool.READY, organisation=None).values_list("pk", flat=True)),
            list(cohort.enrolments.values_list("status", flat=True)),
        )  # fmt: skip

    make_session(cohort, at=at, by=registrar)
    before = everything()
    mark = give(turn, at)
    assert give(turn, at) == mark  # a second click
    assert everything() == before
    assert (mark.gap, mark.off, AnchorMark.objects.count()) == (30, {"need": 30, "terms": 0}, 1)
