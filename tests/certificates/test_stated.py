"""What a certificate states beyond hours and cases: recorded facts of the person, and places of the standard that exist."""

import json

import pytest
from django.conf import settings

from assessments.models import Mark, Result
from assessments.models.quality import LEAST_SCRIPTS, Agreement, agreement_of
from assessments.reliability import alpha
from certificates.facts import _marking, says_the_same
from certificates.factsheet import CaseMarking
from lms.lib.errors import WrongState


@pytest.fixture
def subject(certificate):
    return json.loads(certificate.credentials.get().credential)["credentialSubject"]


def test_every_topic_of_the_level_is_named_and_can_be_looked_up(client, certificate, subject):
    level = certificate.award.rule.level
    topics = [topic for module in level.modules.all() for topic in module.topics.all()]
    named = [one for one in subject["achievement"]["alignment"] if one.get("targetType") == "CFItem"]
    assert len(topics) > 1 and len(named) == len(topics)
    for topic, one in zip(topics, named, strict=True):
        found = client.get(one["targetUrl"].removeprefix(settings.BASE_URL)).json()
        assert (found["humanCodingScheme"], found["fullStatement"]) == (one["targetCode"], topic.title)


def test_every_competence_can_be_looked_up(client, subject):
    described = [one for one in subject["achievement"]["resultDescription"] if one["resultType"] != "Status"]
    assert described
    for one in described:
        (aligned,) = one["alignment"]
        found = client.get(aligned["targetUrl"].removeprefix(settings.BASE_URL)).json()
        assert one["name"].startswith(found["fullStatement"])


def test_the_criteria_are_the_rule_in_both_languages(subject):
    said = subject["achievement"]["criteria"]["narrative"]
    assert said.startswith("同时满足") and "has passed every required case" in said


def test_parts_and_marking_are_recorded(certificate, subject):
    facts = certificate.facts
    assert facts["parts"] and all(part["passed"] and part["key"] for part in facts["parts"])
    assert {one["status"] for one in subject["result"] if "status" in one} == {"Completed"}
    assert [case["marking"]["method"] for case in facts["cases"]] == ["independent"] * len(facts["cases"])
    assert all(case["marking"]["alpha"] is None for case in facts["cases"])  # one script says nothing of agreement


def test_agreement_is_that_of_the_independent_marks(certificate):
    assignment = Mark.objects.first().submission.assignment_id
    assert agreement_of([assignment], None) == {assignment: Agreement(1, None)}
    assert LEAST_SCRIPTS > 1 and agreement_of([], None) == {}


def test_agreement_of_enough_scripts(monkeypatch):
    pairs = [(60.0 + n, 61.0 + n) for n in range(LEAST_SCRIPTS)]
    monkeypatch.setattr("assessments.models.quality.totals_of_all", lambda wanted: dict.fromkeys(wanted, pairs))
    assert agreement_of([7], None) == {7: Agreement(LEAST_SCRIPTS, alpha(pairs))}


def test_a_correction_that_changes_nothing_but_agreement_is_refused(certificate, officer, registrar, at, monkeypatch):
    monkeypatch.setattr("certificates.facts.agreement_of", lambda wanted, policy: dict.fromkeys(wanted, Agreement(40, 0.9)))
    with pytest.raises(WrongState, match="内容相同"):
        certificate.replace(reason="data", by=officer, proposed_by=registrar, at=at, facts_again=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"cases": [{"title": "甲", "marking": {"alpha": "0.8"}}]}, {"cases": [{"title": "甲", "marking": None}]}, True),
        ({"cases": [{"title": "甲"}]}, {"cases": [{"title": "乙"}]}, False),
        ({"parts": [{"title": "甲", "passed": True}]}, {"parts": [{"title": "甲"}]}, True),
        ({"parts": [{"title": "甲", "passed": True}]}, {"parts": [{"title": "甲", "passed": False}]}, False),
        ({"cases": [{"title": "甲"}]}, {"cases": []}, False),
        ({"sample": True}, {"sample": False}, False),
    ],
)
def test_says_the_same(one, other, same):
    assert says_the_same(one, other) is same and says_the_same(other, one) is same


@pytest.mark.parametrize("method", [method for method in Result.Method if method not in Result.UNMODERATED])
def test_an_appeal_or_a_moderator_is_nobodys_business(method):
    assert _marking(Result(method=method), Agreement(12, 0.8)) == CaseMarking("settled", 12, 0.8)


def test_three_blind_marks_are_independent_too():
    assert {_marking(Result(method=method), Agreement(1, None)).method for method in Result.UNMODERATED} == {"independent"}
