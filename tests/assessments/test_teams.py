"""Team work: who writes together, one shared draft, a statement of each, one mark with a factor only for a recorded reason."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import QuerySet
from django.urls import reverse

from assessments.models import (
    Allocation,
    Contribution,
    MemberFactor,
    NotComplete,
    Result,
    StaleDraft,
    Submission,
    Team,
    TeamDeadline,
)
from assessments.models.shared_work import confirm, start_shared
from assessments.models.teams import standing
from assessments.practice import rows_of
from lms.lib.errors import WrongState
from tests.conftest import make_base
from tests.factories.assessments import assignment_of, complete_fields, give_mark, make_run
from tests.factories.curriculum import kind_of_product, make_course, make_edition
from tests.factories.training import make_cohort, make_enrolment, make_person
from tests.stage import stands
from training.models import StudyRecord

YES = {"ai_used": "no", "no_secrets": "on"}


def make_team_edition(at) -> int:
    work = kind_of_product("poc-plan", team_least=2, team_most=3)
    return make_edition(make_base(), at, course=make_course(make_base(), deliverable=work)).pk


standing_edition = stands(make_team_edition)


@pytest.fixture
def people(cohort, trainee, at):
    """Four enrolments; the first is the trainee's."""
    return [make_enrolment(cohort, trainee, at=at), *(make_enrolment(cohort, make_person("组员"), at=at) for _ in range(3))]


@pytest.fixture
def assignment(people):
    return assignment_of(people[0])


@pytest.fixture
def team(people, assignment, at) -> Team:
    """Two members, both through the case, nothing written."""
    team = Team.form(people[0], assignment, by=people[0].user, at=at)
    team.add(people[1], by=people[1].user, at=at)
    for person in people[:2]:
        make_run(person, assignment, at=at)
    return team


def run_of(person):
    return person.case_runs.get()


@pytest.fixture
def shared(team, people, at) -> Submission:
    """The shared draft, complete, opened by both."""
    draft = start_shared(run_of(people[0]), at=at)
    assert start_shared(run_of(people[1]), at=at) == draft
    draft.save_draft(complete_fields(draft.assignment.script()), number=0, key="first", at=at)
    return draft


@pytest.fixture
def handed_in(shared, people, at) -> Submission:
    for person in people[:2]:
        confirm(shared, person, statement=f"我写了预算与第{person.pk}部分。", number=shared.draft_number, at=at)
    return shared.hand_in(at=at, ai_use="未使用。", by=people[1].user)


# --- Making teams -------------------------------------------------------------------------------------------------------


def test_trainees_make_their_teams_on_the_page(client_for, people, assignment):
    pages = [reverse("team", args=[person.uuid, assignment.uuid]) for person in people]
    clients = [client_for(person.user) for person in people]
    clients[0].post(pages[0], {"form": "1"})
    team = Team.objects.get()
    assert people[0].user.full_name in clients[1].get(pages[1]).text
    for client, page in list(zip(clients, pages, strict=True))[1:]:
        client.post(page, {"join": str(team.uuid)})
    assert [m.enrolment_id for m in team.current()] == [p.pk for p in people[:3]]  # three are the most
    clients[2].post(pages[2], {"leave": "1"})
    assert team.current().count() == 2
    clients[0].post(pages[0], {"form": "1"})  # already in one
    assert [t.current().count() for t in Team.objects.all()] == [2]


def test_after_the_day_only_trainers_change_teams(client_for, registrar, people, assignment, cohort, team, at):
    TeamDeadline.put(cohort, assignment, until=at - timedelta(hours=1), by=registrar, at=at)
    with pytest.raises(WrongState):
        team.add(people[2], by=people[2].user, at=at)
    with pytest.raises(WrongState):
        team.remove(people[1], by=people[1].user, at=at)
    page = reverse("cohort_teams", args=[cohort.uuid])
    client = client_for(registrar)
    assert people[2].user.full_name in client.get(page).text
    client.post(page, {"assignment": assignment.uuid, "enrolment": people[2].uuid, "team": str(team.uuid)})
    assert team.current().count() == 3
    client.post(page, {"assignment": assignment.uuid, "enrolment": people[2].uuid, "remove": str(team.uuid)})
    client.post(page, {"assignment": assignment.uuid, "enrolment": people[3].uuid, "team": "new"})
    assert [t.current().count() for t in Team.objects.order_by("number")] == [2, 1]


def test_the_day_is_set_and_a_wrong_one_is_said_beside_the_field(client_for, registrar, assignment, cohort, people):
    client, page = client_for(registrar), reverse("cohort_teams", args=[cohort.uuid])
    wrong = client.post(page, {"assignment": assignment.uuid, "deadline": "1", "d-until": "bald"})
    assert wrong.status_code == 422 and "bald" in wrong.text
    client.post(page, {"assignment": assignment.uuid, "deadline": "1", "d-until": "2030-01-02T12:00"})
    assert TeamDeadline.objects.get().until.year == 2030


def test_nobody_of_another_cohort_joins(edition, registrar, team, at):
    elsewhere = make_enrolment(make_cohort(edition, at=at, by=registrar), make_person(), at=at)
    with pytest.raises(WrongState):
        team.add(elsewhere, by=elsewhere.user, at=at)


def test_alone_or_before_the_case_is_played_nothing_begins(client_for, people, assignment, at):
    run = make_run(people[0], assignment, at=at)
    with pytest.raises(WrongState):
        Submission.start(run, at=at)
    answer = client_for(people[0].user).post(reverse("submission_start", args=[run.uuid]))
    assert answer.url == reverse("team", args=[people[0].uuid, assignment.uuid])
    team = Team.form(people[0], assignment, by=people[0].user, at=at)
    with pytest.raises(WrongState):
        start_shared(run, at=at)  # one is too few
    team.add(people[1], by=people[1].user, at=at)
    with pytest.raises(WrongState):
        start_shared(make_run(people[1], assignment, at=at, played=False), at=at)
    assert start_shared(run, at=at).is_draft


# --- The shared draft ---------------------------------------------------------------------------------------------------


def test_two_members_never_overwrite_each_other(client_for, shared, people, at):
    shared.save_draft(shared.fields | {"question": "甲写的"}, number=1, key="a", at=at)
    with pytest.raises(StaleDraft):
        Submission.objects.get(pk=shared.pk).save_draft(shared.fields | {"question": "乙写的"}, number=1, key="b", at=at)
    client = client_for(people[1].user)
    page = client.get(shared.get_absolute_url())
    assert page.context["fields"][0].value == "甲写的" and page.context["enrolment"] == people[1]
    address = reverse("submission_autosave", args=[shared.uuid])
    stale = client.post(address, {"f.question": "乙写的", "number": 1, "key": "c"})
    assert stale.status_code == 409 and stale.json()["number"] == 2
    for _twice in range(2):  # the same save once more is one
        assert client.post(address, {"f.question": "乙写的", "number": 2, "key": "d"}).json()["number"] == 3
    shared.refresh_from_db()
    assert shared.draft_number == 3 and shared.saves.count() == 3


def test_a_members_own_address_leads_to_the_shared_draft(client_for, shared, people):
    own = Submission.objects.get(leader=shared)
    page = client_for(people[1].user).get(reverse("submission_edit", args=[own.uuid]))
    assert page.context["submission"] == shared


def test_who_is_not_in_the_team_finds_nothing(client_for, shared, people, assessor, registrar, moderator, outsider):
    for person in (people[2].user, people[3].user, assessor, registrar, moderator, outsider):
        client = client_for(person)
        for name in ("submission_edit", "submission_hand_in", "submission_versions", "submission_receipt"):
            assert client.get(reverse(name, args=[shared.uuid])).status_code == 404, (person, name)
        assert client.post(reverse("submission_confirm", args=[shared.uuid]), {"statement": "x"}).status_code == 404


def test_a_member_taken_out_loses_the_draft(client_for, shared, people, team, registrar, at):
    team.remove(people[1], by=registrar, at=at, staff=True)
    assert client_for(people[1].user).get(shared.get_absolute_url()).status_code == 404
    with pytest.raises(WrongState):  # not the one who began it
        team.remove(people[0], by=registrar, at=at, staff=True)


def test_nobody_comes_or_goes_while_the_work_is_handed_in(team, shared, people, registrar, at, monkeypatch):
    """Joining and leaving ask for the lock that the hand-in holds, of the draft, after that of the team."""
    held, ask = [], QuerySet.select_for_update
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows: held.append(rows.model) or ask(rows))
    team.add(people[2], by=registrar, at=at, staff=True)
    assert held == [Team, Submission]
    held.clear()
    team.remove(people[2], by=registrar, at=at, staff=True)
    assert held == [Team, Submission]


# --- Statements and hand-in ---------------------------------------------------------------------------------------------


def test_each_says_their_part_and_agrees_before_it_is_handed_in(client_for, shared, people):
    clients = [client_for(person.user, "en") for person in people[:2]]
    page = reverse("submission_hand_in", args=[shared.uuid])
    sure = reverse("submission_confirm", args=[shared.uuid])
    number = shared.draft_number
    assert clients[0].post(page, YES).status_code == 422
    wrong = clients[0].post(sure, {"statement": "我写了预算", "number": number})
    assert wrong.status_code == 422 and "我写了预算" in wrong.text  # not ticked; nothing typed is lost
    for client, text in zip(clients, ("预算与团队", "假设与验证"), strict=True):
        client.post(sure, {"statement": text, "agreed": "on", "number": number})
        client.post(sure, {"statement": text, "agreed": "on", "number": number})
    assert Contribution.objects.count() == 2
    clients[1].post(page, YES | {"number": number})
    shared.refresh_from_db()
    assert shared.status == Submission.Status.SUBMITTED


def test_agreement_holds_only_for_what_was_read(shared, people, at):
    for person in people[:2]:
        confirm(shared, person, statement="我的部分", number=shared.draft_number, at=at)
    shared.save_draft(shared.fields | {"question": "又改了"}, number=shared.draft_number, key="later", at=at)
    with pytest.raises(NotComplete) as caught:
        shared.hand_in(at=at, ai_use="未使用。")
    assert [(p.field, p.limit) for p in caught.value.problems] == [("team", 2)]
    with pytest.raises(WrongState):
        confirm(shared, people[0], statement="我的部分", number=1, at=at)
    with pytest.raises(WrongState):
        confirm(shared, people[2], statement="不是组员", number=shared.draft_number, at=at)


def test_handing_in_counts_for_every_member(client_for, handed_in, people):
    assert StudyRecord.objects.filter(evidence="case").count() == 2
    assert handed_in.receipt_holds()
    for person in people[:2]:
        own = Submission.objects.get(enrolment=person)
        assert own.status == Submission.Status.SUBMITTED and own.receipt_holds()
        assert client_for(person.user).get(reverse("submission_receipt", args=[own.uuid])).context["holds"]
        assert rows_of([person])[person.pk][0].state == "waiting"
    Submission.objects.filter(pk=handed_in.pk).update(fields={})
    assert not Submission.objects.get(leader=handed_in).receipt_holds()


# --- Marking ------------------------------------------------------------------------------------------------------------


def marked(handed_in, at):
    for _which in range(2):
        give_mark(handed_in, at=at)
    handed_in.refresh_from_db()
    return handed_in


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_assessors_see_statements_and_no_names(client_for, assessor, handed_in, people, at, language):
    turn = Allocation.take_next(assessor, at=at)
    assert turn.submission == handed_in and Allocation.take_next(assessor, at=at) == turn  # one script, not two
    page = client_for(assessor, language).get(turn.get_absolute_url())
    assert "我写了预算" in page.text
    for person in people[:2]:
        for trace in (person.user.full_name, person.user.email, str(person.uuid)):
            assert trace not in page.text


def test_no_member_marks_or_moderates_their_own_team(base, handed_in, people, at):
    from accounts.models import Membership, Role
    from assessments.permissions import user_can_mark, user_can_moderate

    for person in people[:2]:
        for role in (Role.ASSESSOR, Role.MODERATOR):
            Membership.objects.create(user=person.user, organisation=base, role=role, valid_from="2020-01-01")
        assert Allocation.take_next(person.user, at=at) is None
        assert not user_can_mark(person.user, handed_in) and not user_can_moderate(person.user, handed_in)


def test_the_mark_applies_to_each(client_for, registrar, handed_in, people, at):
    Result.release(marked(handed_in, at), by=registrar, at=at)
    results = list(Result.objects.order_by("enrolment"))
    assert [r.enrolment_id for r in results] == [p.pk for p in people[:2]]
    assert {r.total for r in results} == {Decimal(100)} and all(r.passed for r in results)
    for person in people[:2]:
        own = Submission.objects.get(enrolment=person)
        page = client_for(person.user).get(reverse("submission_result", args=[own.uuid]))
        assert page.status_code == 200 and len(page.context["criteria"]) == 2 and page.context["criteria"][0].voices


def test_a_factor_needs_a_moderator_and_a_reason(client_for, moderator, registrar, assessor, handed_in, people, at):
    ready = marked(handed_in, at)
    page = reverse("team_work", args=[ready.uuid])
    code = people[1].anonymous_code
    client = client_for(moderator)
    assert client.post(page, {"code": code, f"{code}-factor": "0.5"}).status_code == 422
    assert client.post(page, {"code": code, f"{code}-factor": "1.5", f"{code}-reason": "多"}).status_code == 422
    assert not MemberFactor.objects.exists()
    shown = client.get(page).text
    assert code in shown and people[1].user.full_name not in shown and people[1].user.email not in shown
    client.post(page, {"code": code, f"{code}-factor": "0.5", f"{code}-reason": "本人说明与版本记录不符。"})
    for person in (registrar, assessor, people[0].user):
        assert client_for(person).get(page).status_code == 404
    Result.release(ready, by=registrar, at=at)
    totals = {r.enrolment_id: (r.total, r.passed) for r in Result.objects.all()}
    assert totals == {people[0].pk: (Decimal(100), True), people[1].pk: (Decimal(50), False)}
    own = Submission.objects.get(enrolment=people[1])
    assert "本人说明与版本记录不符" in client_for(people[1].user).get(reverse("submission_result", args=[own.uuid])).text
    with pytest.raises(WrongState):
        MemberFactor.put(own, factor=Decimal(1), reason="太晚", by=moderator, at=at)


def test_only_who_failed_goes_on_to_the_second_attempt(moderator, registrar, handed_in, people, at):
    ready = marked(handed_in, at)
    own = Submission.objects.get(enrolment=people[1])
    MemberFactor.put(own, factor=Decimal("0.5"), reason="说明", by=moderator, at=at)
    Result.release(ready, by=registrar, at=at)
    with pytest.raises(WrongState):
        start_shared(run_of(people[0]), at=at)
    again = start_shared(run_of(people[1]), at=at)
    assert again.attempt == 2 and again.fields == ready.fields
    confirm(again, people[1], statement="我重写了预算", number=again.draft_number, at=at)
    again.hand_in(at=at, ai_use="未使用。")
    assert Submission.objects.filter(attempt=2).count() == 1


def test_who_comes_or_goes_in_the_second_attempt_changes_nothing_about_the_first(
    moderator, registrar, handed_in, people, team, assignment, at
):
    ready = marked(handed_in, at)
    for row in ready.rows():
        MemberFactor.put(row, factor=Decimal("0.5"), reason="说明", by=moderator, at=at)
    Result.release(ready, by=registrar, at=at)
    start_shared(run_of(people[0]), at=at)
    team.remove(people[1], by=registrar, at=at, staff=True)
    team.add(people[2], by=registrar, at=at, staff=True)
    first = Submission.objects.get(pk=handed_in.pk)
    assert first.receipt_holds()
    assert {member.enrolment_id for member, _said, _now in standing(first)} == {person.pk for person in people[:2]}
    team.remove(people[2], by=registrar, at=at, staff=True)
    team.add(people[1], by=registrar, at=at, staff=True)
    assert Submission.objects.get(pk=handed_in.pk).receipt_holds() and len(standing(first)) == 2


def test_a_companions_row_is_neither_released_nor_marked_alone(registrar, handed_in, at):
    marked(handed_in, at)
    with pytest.raises(WrongState):
        Result.release(Submission.objects.get(leader=handed_in), by=registrar, at=at)


def test_budgets_of_queries(client_for, shared, people, at, django_assert_max_num_queries):
    client = client_for(people[1].user)
    for page, most in [(shared.get_absolute_url(), 16), (reverse("submission_hand_in", args=[shared.uuid]), 20)]:
        client.get(page)
        with django_assert_max_num_queries(most):
            client.get(page)
    for person in people[:2]:
        confirm(shared, person, statement="我的部分", number=shared.draft_number, at=at)
    # In a team one more hour's record, row and lock for each member; the due time and the rule that holds with it.
    with django_assert_max_num_queries(43):
        client.post(reverse("submission_hand_in", args=[shared.uuid]), YES | {"number": shared.draft_number})


# --- Who keeps the shared draft ---------------------------------------------------------------------------------------


def test_members_pass_the_draft_on(client_for, shared, team, people, at):
    url, client = reverse("team", args=[people[0].uuid, team.assignment.uuid]), client_for(people[0].user)
    assert "keeper" in client.get(url).text
    assert client.post(url, {"keeper": people[2].uuid}).status_code == 404
    for _click in range(2):
        client.post(url, {"keeper": people[1].uuid})
    shared = Submission.objects.get(pk=shared.pk)
    assert (shared.enrolment, shared.run) == (people[1], run_of(people[1]))
    assert Submission.objects.get(leader=shared).enrolment == people[0]
    for person in people[:2]:
        confirm(shared, person, statement="写了一半。", number=shared.draft_number, at=at)
    assert shared.hand_in(at=at, ai_use="未使用。").receipt_holds()
    with pytest.raises(WrongState):
        team.pass_on(people[0], by=people[0].user)


def test_who_keeps_it_withdraws(shared, team, people, registrar, at):
    people[0].withdraw(by=registrar, at=at)
    shared = Submission.objects.get(pk=shared.pk)
    assert shared.enrolment == people[1] and not Submission.objects.filter(leader=shared).exists()
    confirm(shared, people[1], statement="独自写完。", number=shared.draft_number, at=at)
    assert shared.hand_in(at=at, ai_use="未使用。").status == "submitted"


def test_and_nobody_else_had_opened_it(team, people, registrar, at):
    draft = start_shared(run_of(people[0]), at=at)
    people[0].withdraw(by=registrar, at=at)
    opened = start_shared(run_of(people[1]), at=at)
    assert (opened, opened.enrolment) == (draft, people[1]) and not draft.companions.exists()


def test_a_registrar_takes_out_who_keeps_it(client_for, shared, team, people, registrar):
    typed = {"assignment": team.assignment.uuid, "remove": team.uuid}
    for person in people[:2]:  # the second can't go: nobody would be left
        client_for(registrar).post(reverse("cohort_teams", args=[team.cohort.uuid]), typed | {"enrolment": person.uuid})
    assert Submission.objects.get(pk=shared.pk).enrolment == people[1] and team.current().count() == 1
