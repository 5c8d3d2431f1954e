"""Award rules as versions: drafted by one, simulated, approved by another, in force from a date, then frozen."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from certificates.models import Award, AwardProposal, AwardRule, RuleSimulation
from certificates.rule_checks import as_groups, problems
from certificates.rule_words import difference, flat, reading
from lms.lib.errors import WrongState
from tests.factories.awards import draft_rule, simulated
from tests.factories.certificates import RULE, pass_everything
from tests.factories.training import make_person

HARDER = {"all": [{"cases": {"required": True}}, {"hours_total": {"at_least": "999"}}]}
EASIER = {"all": [{"any": [{"cases": {"required": True}}, {"hours_total": {"at_least": "1"}}]}]}


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def second(authority):
    return make_person("第二位专员", at_base=authority, role="officer")


@pytest.fixture
def draft(rule, officer, at):
    return draft_rule(rule.level, by=officer, at=at, conditions=HARDER)


def test_it_works(draft, rule, enrolment, officer, second, at, run_jobs):
    simulated(draft, by=officer, at=at)
    draft.bring_into_force(by=second, at=at)
    rule.refresh_from_db()
    assert (draft.status, draft.approved_by, rule.status) == ("in_force", second, "retired")
    assert AwardRule.objects.for_enrolment(enrolment) == draft


def test_who_drafted_it_cannot_approve_it_not_even_in_the_database(draft, officer, at):
    simulated(draft, by=officer, at=at)
    with pytest.raises(WrongState):
        draft.bring_into_force(by=officer, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardRule.objects.filter(pk=draft.pk).update(approved_by=officer)


def test_who_changed_it_last_is_who_drafted_it(draft, officer, second, at):
    draft.change(by=second, at=at, conditions=EASIER)
    simulated(draft, by=officer, at=at)
    with pytest.raises(WrongState):
        draft.bring_into_force(by=second, at=at)
    draft.bring_into_force(by=officer, at=at)


def test_its_effect_has_to_be_seen_first_and_anew_after_a_change(draft, officer, second, at):
    with pytest.raises(WrongState):
        draft.bring_into_force(by=second, at=at)
    simulated(draft, by=officer, at=at)
    draft.change(by=officer, at=at, conditions=EASIER)
    with pytest.raises(WrongState):
        draft.bring_into_force(by=second, at=at)


def test_a_later_date_decides_from_that_date_on(draft, rule, enrolment, officer, second, at):
    simulated(draft, by=officer, at=at)
    starts = timezone.now() + timedelta(days=3)
    draft.bring_into_force(by=second, at=at, starts=starts)
    assert (draft.status, AwardRule.objects.for_enrolment(enrolment)) == ("scheduled", rule)
    assert AwardRule.objects.for_enrolment(enrolment, starts + timedelta(hours=1)) == draft
    assert AwardRule.turn_over(starts) == 1
    rule.refresh_from_db()
    draft.refresh_from_db()
    assert (draft.status, rule.status) == ("in_force", "retired")


def test_cohorts_that_have_begun_can_be_spared(draft, rule, enrolment, officer, second, at):
    draft.change(by=officer, at=at, spares_running=True)
    simulated(draft, by=officer, at=at)
    type(enrolment.cohort).objects.filter(pk=enrolment.cohort_id).update(starts_on=timezone.localdate(at) - timedelta(days=10))
    enrolment.refresh_from_db()
    draft.bring_into_force(by=second, at=at)
    assert AwardRule.objects.for_enrolment(enrolment) == rule
    type(enrolment.cohort).objects.filter(pk=enrolment.cohort_id).update(starts_on=timezone.localdate(at) + timedelta(days=10))
    enrolment.refresh_from_db()
    assert AwardRule.objects.for_enrolment(enrolment) == draft


def test_in_force_it_is_frozen_and_kept(rule, officer, at):
    for change in ({"conditions": EASIER}, {"title": "别的"}, {"spares_running": True}):
        fresh = AwardRule.objects.get(pk=rule.pk)
        for name, value in change.items():
            setattr(fresh, name, value)
        with pytest.raises(WrongState):
            fresh.save()
    with pytest.raises(WrongState):
        rule.change(by=officer, at=at, conditions=EASIER)
    with pytest.raises(WrongState):
        rule.discard(by=officer)


def test_one_draft_at_a_time(draft, officer, at):
    with pytest.raises(WrongState):
        AwardRule.draft(draft.level, by=officer, at=at)
    draft.discard(by=officer)
    assert AwardRule.draft(draft.level, by=officer, at=at).version == 2


def test_a_draft_begins_with_the_latest_conditions_which_mean_the_same(rule, officer, at):
    draft = AwardRule.draft(rule.level, by=officer, at=at)
    kinds = [{"hours": {"modules": "syllabus"}}, {"cases": {"required": True}}, {"parts": {"each": True}}]
    assert draft.conditions == {"all": kinds}
    assert reading(rule.conditions, rule.level) == reading(draft.conditions, rule.level)
    assert as_groups(draft.conditions) == draft.conditions


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"all": []}, "at least one"),
        ({"paid": True}, "can't be read"),
        ({"all": [{"hours": {"modules": {"nope": "5"}}}]}, "no module"),
        ({"all": [{"any": []}, {"cases": {"required": True}}]}, "empty"),
        ({"all": [{"at_least": {"number": 3, "of": [{"cases": {"required": True}}]}}]}, "more conditions than it has"),
        ({"all": [{"cases": {}}]}, "asks for nothing"),
        ({"all": [{"total": {"at_least": "101"}}]}, "between 1 and 100"),
        ({"all": [{"lower_level": "senior"}, {"cases": {"required": True}}]}, "lower one"),
        ({"any": [{"lower_level": "junior"}, {"cases": {"required": True}}]}, "lower one"),
        ({"all": [{"hours": {"modules": "syllabus", "exemptions": True}}]}, "done nothing"),
        ({"all": [{"any": [{"any": [{"any": [{"any": [{"cases": {"required": True}}]}]}]}]}]}, "nested"),
    ],
)
def test_what_cannot_come_into_force(in_english, rule, conditions, said):
    assert any(said in problem for problem in problems(conditions, rule.level))


def test_what_can(rule):
    assert problems(RULE, rule.level) == problems(EASIER, rule.level) == []


def test_the_difference_of_two_versions(in_english, draft, rule):
    lines = difference(reading(rule.conditions, rule.level), reading(draft.conditions, draft.level))
    kinds = {text: kind for kind, _depth, text in lines}
    assert kinds["has passed every required case"] == "same"
    assert kinds["has 999 hours in all"] == "new"
    assert kinds["has passed each part of the assessment"] == "gone"
    assert [depth for depth, _text in flat(reading(EASIER, rule.level))] == [0, 1, 2, 2]


def test_simulation_counts_and_explains(rule, enrolment, officer, registrar, at, django_assert_max_num_queries):
    pass_everything(enrolment, at=at, registrar=registrar)
    harder = draft_rule(rule.level, by=officer, at=at, conditions=HARDER)
    simulation = simulated(harder, by=officer, at=at)
    row = simulation.rows.get()
    assert (row.effect, row.holder, simulation.counts) == ("loses", False, {"loses": 1})
    assert row.missing == [["总学时", "Hours in all"]]
    assert simulation.is_current and simulation.against == rule


def test_a_holder_is_counted_for_information_and_loses_nothing(certificate, officer, second, at):
    award = certificate.award
    harder = draft_rule(award.rule.level, by=officer, at=at, conditions=HARDER)
    assert simulated(harder, by=officer, at=at).counts == {"loses_holders": 1}
    harder.bring_into_force(by=second, at=at)
    assert Award.objects.get(pk=award.pk).problems() == []


def test_a_simulation_that_broke_off_goes_on_where_it_was(rule, enrolment, officer, at):
    from certificates import simulating
    from tests.factories.training import make_enrolment

    for number in range(3):
        make_enrolment(enrolment.cohort, make_person(f"学员{number}"), at=at)
    draft = draft_rule(rule.level, by=officer, at=at, conditions=EASIER)
    simulation = RuleSimulation.ask(draft, by=officer, at=at)
    beats = []

    def broken(done, total):
        beats.append((done, total))
        if len(beats) == 2:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        simulating.run(simulation, at=at, beat=broken, portion=2)
    assert simulation.rows.count() == 2
    simulating.run(simulation, at=at, beat=lambda *a: None, portion=2)
    assert simulation.rows.count() == 4
    assert simulation.counts == {} and RuleSimulation.objects.get(pk=simulation.pk).counts == {"open": 4}


def test_queries_of_a_portion_do_not_grow_with_people(rule, enrolment, officer, at, django_assert_max_num_queries):
    from certificates import simulating
    from tests.factories.training import make_enrolment

    for number in range(8):
        make_enrolment(enrolment.cohort, make_person(f"学员{number}"), at=at)
    draft = draft_rule(rule.level, by=officer, at=at, conditions={"all": [*EASIER["all"], {"topics": {"required": True}}]})
    simulation = RuleSimulation.ask(draft, by=officer, at=at)
    with django_assert_max_num_queries(28):
        simulating.run(simulation, at=at, beat=lambda *a: None)


def test_the_pages(draft, rule, enrolment, officer, second, at, client_for, django_assert_max_num_queries):
    client, page = client_for(officer), draft.get_absolute_url()
    assert client.get(reverse("award_rule_list")).status_code == 200
    assert "999" in client.get(page).content.decode()
    edit = reverse("award_rule_edit", args=[draft.uuid])
    answer = client.post(edit, {"do": "add", "path": "", "kind": "competences"})
    assert "edit=2" in answer["Location"]
    code = draft.level.syllabus.competences.first().code
    client.post(edit, {"do": "change", "path": "2", "level": "good", "codes": [code]})
    client.post(edit, {"do": "remove", "path": "1"})
    client.post(edit, {"do": "up", "path": "1"})
    draft.refresh_from_db()
    assert [next(iter(node)) for node in draft.conditions["all"]] == ["competences", "cases"]
    assert client.post(edit, {"do": "remove", "path": "7"}).status_code == 409
    assert client.post(edit, {"do": "change", "path": "0", "level": "good", "codes": ["nope"]}).status_code == 422
    client.post(reverse("award_rule_simulate", args=[draft.uuid]))
    simulation = RuleSimulation.objects.get()
    from lms.lib.jobs.runner import run_due

    run_due()
    with django_assert_max_num_queries(16):
        assert client.get(simulation.get_absolute_url()).status_code == 200
    csv = b"".join(client.get(simulation.get_absolute_url() + "?format=csv&effect=open").streaming_content).decode()
    assert enrolment.user.full_name in csv
    approve = reverse("award_rule_in_force", args=[draft.uuid])
    assert client.post(approve, {"seen": "on"}).status_code == 403
    assert client_for(second).post(approve, {}).status_code == 422
    assert client_for(second).post(approve, {"seen": "on"}).status_code == 302
    draft.refresh_from_db()
    assert draft.status == "in_force"
    for step in (edit, approve):  # a second click is no lack of rights
        assert client_for(second).post(step, {"do": "remove", "path": "0", "seen": "on"}).status_code == 409


def test_a_fresh_draft_differs_in_nothing_and_says_so(rule, officer, at, client_for):
    fresh = AwardRule.draft(rule.level, by=officer, at=at)
    page = client_for(officer, "en").get(fresh.get_absolute_url()).text
    assert "Nothing: the conditions are the same." in page and "rule-diff" not in page


def test_others_do_not_see_rules(draft, registrar, client_for):
    assert client_for(registrar).get(reverse("award_rule_list")).status_code == 403
    assert client_for(registrar).get(draft.get_absolute_url()).status_code == 404


def test_a_proposal_is_judged_by_the_rule_it_was_made_under(rule, enrolment, registrar, officer, second, at):
    pass_everything(enrolment, at=at, registrar=registrar)
    proposal = AwardProposal.propose(enrolment, by=registrar, at=at)
    harder = draft_rule(rule.level, by=officer, at=at, conditions=HARDER)
    simulated(harder, by=officer, at=at)
    harder.bring_into_force(by=second, at=at)
    assert proposal.confirm(by=officer, at=at).rule == rule


def test_the_trainee_sees_what_is_missing_and_where_to_go(rule, enrolment, trainee, client_for):
    page = client_for(trainee).get(reverse("progress", args=[enrolment.uuid])).content.decode()
    assert f"{enrolment.get_absolute_url()}#practice" in page
    assert 'id="ways"' in page


def test_the_draft_of_the_sample_site_is_a_good_one(rule, enrolment, officer, at):
    from lms.lib.jobs.runner import run_due
    from lms.management.seed_awards import draft_next_rule

    simulation = draft_next_rule(rule.level, by=officer, at=at, run=run_due)
    simulation.refresh_from_db()
    assert simulation.finished_at and simulation.is_current and simulation.rule.problems() == []


# --- Called off before its date ---------------------------------------------------------------------------------------


@pytest.fixture
def waiting(draft, rule, officer, second, at):
    """Approved for a day to come."""
    simulated(draft, by=officer, at=at)
    draft.bring_into_force(by=second, at=at, starts=timezone.now() + timedelta(days=3))
    return draft


def test_what_waits_for_its_date_is_called_off(waiting, rule, enrolment, second, at):
    waiting.call_off(by=second, at=at, why="依据有误。")
    after = waiting.in_force_from + timedelta(hours=1)
    assert (waiting.status, waiting.called_off_by, AwardRule.turn_over(after)) == ("called_off", second, 0)
    assert AwardRule.objects.for_enrolment(enrolment, after) == rule
    with pytest.raises(WrongState):
        waiting.call_off(by=second, at=at, why="依据有误。")


def test_another_version_may_come_before_the_date_of_the_one_called_off(waiting, officer, second, at):
    waiting.call_off(by=second, at=at, why="依据有误。")
    following = draft_rule(waiting.level, by=officer, at=at, conditions=EASIER)
    simulated(following, by=officer, at=at)
    following.bring_into_force(by=second, at=at)
    assert (following.status, following.version) == ("in_force", waiting.version + 1)


def test_not_by_who_drafted_it_and_not_after_its_date(waiting, draft, rule, officer, second, at):
    with pytest.raises(WrongState):
        waiting.call_off(by=officer, at=at, why="依据有误。")
    with pytest.raises(WrongState):
        waiting.call_off(by=second, at=waiting.in_force_from, why="依据有误。")
    with pytest.raises(WrongState):
        rule.call_off(by=second, at=at, why="依据有误。")
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardRule.objects.filter(pk=waiting.pk).update(status="called_off")


def test_calling_off_on_the_page(waiting, officer, second, client_for):
    url, page = reverse("award_rule_call_off", args=[waiting.uuid]), waiting.get_absolute_url()
    assert "Call it off" not in client_for(officer, "en").get(page).content.decode()
    assert client_for(officer).post(url, {"why": "依据有误。"}).status_code == 403
    other = client_for(second, "en")
    assert "Call it off" in other.get(page).content.decode()
    assert other.post(url, {"why": ""}).status_code == 422
    assert other.post(url, {"why": "依据有误。"}).status_code == 302
    assert "依据有误。" in other.get(page).content.decode()
    assert other.post(url, {"why": "再次"}).status_code == 409
