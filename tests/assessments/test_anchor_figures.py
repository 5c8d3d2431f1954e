"""Markers against anchors: bias, criteria, quarters; a flag is raised by figures and decided by a person."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from assessments.anchor_figures import bias_lines, flag_markers, seeded_marks, state_of, windows
from assessments.models import AnchorTurn, LicenceEvent, MarkerFlag
from assessments.reliability import Estimate
from lms.lib.errors import WrongState
from tests.factories.anchors import make_anchor, make_terms
from tests.factories.assessments import scores_for


@pytest.fixture
def terms(officer, at):
    return make_terms(officer, at=at - timedelta(days=1), bias_limit=Decimal(8), least_marks=5, seeded_every=10)


@pytest.fixture
def biased(terms, cohort, moderator, assessor, at):
    """Five anchors met over half a year, each marked thirty points too well."""
    for number in range(5):
        day = at - timedelta(days=40 * number)
        anchor = make_anchor(cohort, moderator, at=at, bands=[1, 2])
        turn = AnchorTurn.objects.create(
            anchor=anchor, assignment=anchor.assignment, assessor=assessor, purpose="seeded", place=number, taken_at=day,
            lease_until=day,
        )  # fmt: skip
        turn.give_mark(scores_for(turn.submission, "top"), "", at=day)
    return assessor


@pytest.mark.parametrize(
    ("marks", "bias", "state"),
    [
        (4, Estimate(30, 28, 32), "few"),
        (5, Estimate(30, None, None), "few"),
        (5, Estimate(9, 7, 11), "within"),
        (5, Estimate(9, 8.1, 11), "beyond"),
        (5, Estimate(-20, -30, -8.5), "beyond"),
    ],
)
def test_beyond_only_where_the_whole_interval_is(terms, marks, bias, state):
    assert state_of(marks, bias, terms) == state
    assert state_of(marks, bias, None) == "open"


def test_bias_is_that_of_anchors_met_in_the_queue(biased, terms, cohort, moderator, assessor2, at):
    line = bias_lines([biased.pk], terms)[biased.pk]
    assert (line.marks, line.bias.value, line.state) == (5, 30, "beyond")
    AnchorTurn.practise(anchor := make_anchor(cohort, moderator, at=at), assessor2, at=at)
    assert bias_lines([assessor2.pk], terms) == {}
    assert anchor.turns.count() == 1
    found = windows(list(seeded_marks([biased.pk])))
    assert len(found) >= 2
    assert sum(window.marks for window in found) == 5


def test_a_flag_suspends_nobody_until_a_person_does(biased, officer, at):
    LicenceEvent.record("granted", biased, reason="开始", by=officer, at=at, until=at + timedelta(days=99))
    (flag,) = flag_markers(at=at)
    assert flag_markers(at=at) == []  # one open flag is enough
    assert LicenceEvent.objects.latest()[biased.pk].kind == "granted"
    flag.decide("suspended", reason="持续偏宽，请重新测评。", by=officer, at=at)
    event = LicenceEvent.objects.latest()[biased.pk]
    assert (event.kind, event.by, event.reason) == ("withdrawn", officer, "持续偏宽，请重新测评。")
    with pytest.raises(WrongState):
        flag.decide("kept", reason="再看看", by=officer, at=at)
    assert flag_markers(at=at + timedelta(days=1)) == []  # judged by what comes after the decision


def test_where_the_terms_forbid_it_no_licence_is_suspended(biased, officer, at):
    make_terms(officer, at=at, suspends=False)
    LicenceEvent.record("granted", biased, reason="开始", by=officer, at=at, until=at + timedelta(days=99))
    (flag,) = flag_markers(at=at)
    with pytest.raises(WrongState):
        flag.decide("suspended", reason="偏宽", by=officer, at=at)
    flag.decide("kept", reason="已面谈。", by=officer, at=at)
    assert MarkerFlag.objects.get().outcome == "kept"


def test_it_works(client_for, biased, officer, moderator, outsider, assignment, at, django_assert_max_num_queries):
    flag_markers(at=at)
    client, url = client_for(officer), reverse("anchor_marker", args=[biased.uuid])
    with django_assert_max_num_queries(10):
        page = client.get(reverse("anchor_markers") + "?state=flagged")
    assert biased.full_name in page.text
    assert "+30" in client.get(url).text or "30.0" in client.get(url).text
    assert client.post(url, {"outcome": "kept", "reason": ""}).status_code == 422
    assert client_for(moderator).get(url).status_code == 200
    assert client_for(moderator).post(url, {"outcome": "kept", "reason": "好"}).status_code == 403
    assert client_for(outsider).get(url).status_code == 404
    assert client.post(url, {"outcome": "kept", "reason": "已面谈。"}).status_code == 302
    lines = b"".join(client.get(reverse("anchor_markers") + "?format=csv").streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "30.0" in client.get(reverse("quality_detail", args=[assignment.uuid])).text
