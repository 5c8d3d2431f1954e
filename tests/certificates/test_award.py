"""The award chain: there is no way to a certificate but recorded facts, a rule, and two pairs of eyes."""

import pytest
from django.db import IntegrityError, transaction

from certificates.models import Award, AwardProposal, AwardRule, Certificate, NotEligible
from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from tests.factories.certificates import pass_everything
from training.models import StudyRecord


@pytest.fixture
def ready(enrolment, rule, registrar, at):
    pass_everything(enrolment, at=at, registrar=registrar)
    return enrolment


def test_it_works(ready, registrar, officer, at, run_jobs):
    proposal = AwardProposal.propose(ready, by=registrar, at=at)
    award = proposal.confirm(by=officer, at=at)
    assert award.tree["ok"] and award.problems() == []
    certificate = Certificate.objects.get(award=award)
    assert certificate.prepared_at is None
    run_jobs()
    certificate.refresh_from_db()
    assert certificate.prepared_at and certificate.credentials.count() == 1
    ready.refresh_from_db()
    assert ready.status == "completed"


def test_nothing_done_nothing_proposed(enrolment, rule, registrar, at):
    with pytest.raises(NotEligible) as refused:
        AwardProposal.propose(enrolment, by=registrar, at=at)
    kinds = {node.kind for node in refused.value.eligibility.missing}
    assert kinds == {"hours.module", "cases.case", "parts.part"}
    assert not AwardProposal.objects.exists()


def test_failed_work_is_not_awarded(enrolment, rule, registrar, at):
    pass_everything(enrolment, at=at, registrar=registrar, top=False)
    with pytest.raises(NotEligible) as refused:
        AwardProposal.propose(enrolment, by=registrar, at=at)
    assert {node.kind for node in refused.value.eligibility.missing} == {"cases.case", "parts.part"}


def test_facts_that_went_away_stop_the_confirmation(ready, registrar, officer, at):
    proposal = AwardProposal.propose(ready, by=registrar, at=at)
    for record in StudyRecord.objects.filter(enrolment=ready):
        record.reverse(by=registrar, at=at, reason="测试:误记")
    with pytest.raises(NotEligible):
        proposal.confirm(by=officer, at=at)
    proposal.refresh_from_db()
    assert proposal.status == "proposed"
    assert not Award.objects.exists() and not Certificate.objects.exists()


def test_a_second_proposal_and_a_second_confirmation_are_refused(ready, registrar, officer, at):
    proposal = AwardProposal.propose(ready, by=registrar, at=at)
    with pytest.raises(WrongState):
        AwardProposal.propose(ready, by=registrar, at=at)
    proposal.confirm(by=officer, at=at)
    with pytest.raises(WrongState):
        proposal.confirm(by=officer, at=at)
    assert Award.objects.count() == Certificate.objects.count() == 1


def test_the_proposer_cannot_confirm_not_even_in_the_database(ready, registrar, at):
    proposal = AwardProposal.propose(ready, by=registrar, at=at)
    with pytest.raises(WrongState):
        proposal.confirm(by=registrar, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardProposal.objects.filter(pk=proposal.pk).update(decided_by=registrar)


def test_a_refusal_gives_its_reason_and_leaves_the_way_open(ready, registrar, officer, at):
    proposal = AwardProposal.propose(ready, by=registrar, at=at)
    proposal.refuse(by=officer, at=at, reason="请补充考勤依据")
    assert AwardProposal.propose(ready, by=registrar, at=at).status == "proposed"


def test_without_a_rule_nothing_is_proposed(enrolment, registrar, at):
    with pytest.raises(WrongState):
        AwardProposal.propose(enrolment, by=registrar, at=at)


@pytest.mark.parametrize("how", ["create", "save", "bulk"])
def test_no_pay_and_stamp_path(enrolment, rule, registrar, officer, at, how):
    """Someone with the shell writes a proposal and a tree that says all is well. The award is refused all the same."""
    tree = {"kind": "award", "ok": True, "children": []}
    proposal = AwardProposal.objects.create(
        enrolment=enrolment, organisation=enrolment.cohort.organisation, rule=rule, tree=tree, status="confirmed",
        proposed_at=at, proposed_by=registrar, decided_by=officer, decided_at=at,
    )  # fmt: skip
    from lms.lib.hashing import content_hash

    forged = Award(
        proposal=proposal, enrolment=enrolment, rule=rule, rule_hash=rule.content_hash,
        edition_hash=enrolment.cohort.edition.content_hash, tree=tree, tree_hash=content_hash(tree), satisfied=True,
        awarded_at=at, confirmed_by=officer,
    )  # fmt: skip
    with pytest.raises(ImmutableRow):
        if how == "bulk":
            Award.objects.bulk_create([forged])
        elif how == "create":
            Award.objects.create(**{f.name: getattr(forged, f.name) for f in Award._meta.fields if f.name != "id"})
        else:
            forged.save()
    assert not Award.objects.exists()


def test_an_unsatisfied_award_cannot_be_written_even_by_sql(ready, registrar, officer, at):
    award = AwardProposal.propose(ready, by=registrar, at=at).confirm(by=officer, at=at)
    from django.db import connection

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE certificates_award SET satisfied = %s WHERE id = %s", [False, award.pk])


def test_a_forged_row_is_not_signed(ready, registrar, officer, at, run_jobs):
    """A row that was altered below the models is found out before it is signed."""
    award = AwardProposal.propose(ready, by=registrar, at=at).confirm(by=officer, at=at)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE certificates_award SET tree_hash = %s WHERE id = %s", ["sha256:0", award.pk])
    run_jobs()
    certificate = Certificate.objects.get(award=award)
    assert certificate.prepared_at is None and not certificate.credentials.exists()


def test_awards_and_certificates_are_not_rewritten(certificate):
    award = certificate.award
    with pytest.raises(ImmutableRow):
        award.save()
    with pytest.raises(ImmutableRow):
        award.delete()
    with pytest.raises(ImmutableRow):
        Award.objects.all().update(tree={})
    certificate.holder_name = "别人"
    with pytest.raises(ImmutableRow):
        certificate.save()
    with pytest.raises(ImmutableRow):
        Certificate.objects.all().update(holder_name="别人")
    with pytest.raises(ImmutableRow):
        Certificate.objects.all().delete()


def test_a_rule_in_force_is_frozen_and_its_successor_retires_it(rule, at):
    rule.conditions = {"cases": {"at_least": 0}}
    with pytest.raises(WrongState):
        rule.save()
    successor = AwardRule.objects.create(level=rule.level, version=2, title="新", conditions={"parts": {"each": True}})
    successor.bring_into_force(by=None, at=at)
    rule.refresh_from_db()
    assert (rule.status, successor.status) == ("retired", "in_force")


def test_a_new_rule_leaves_the_old_award_alone(certificate, at):
    """Replay: an award is judged by the rule it names, whatever rule is in force by now."""
    award = certificate.award
    stricter = AwardRule.objects.create(
        level=award.rule.level, version=2, title="更严", conditions={"hours": {"modules": {"general": "999"}}}
    )
    stricter.bring_into_force(by=None, at=at)
    assert Award.objects.get(pk=award.pk).problems() == []


def test_a_rule_over_nothing_cannot_come_into_force(edition, at):
    rule = AwardRule.objects.create(level=edition.level, version=7, title="空", conditions={})
    with pytest.raises(ValueError, match="at least one"):
        rule.bring_into_force(by=None, at=at)


def test_a_name_that_cannot_be_drawn_is_refused_at_the_proposal(ready, registrar, at):
    type(ready.user).objects.filter(pk=ready.user.pk).update(full_name="张\U00031350")  # later than the font
    with pytest.raises(WrongState) as refused:
        AwardProposal.propose(ready, by=registrar, at=at)
    assert "U+31350" in str(refused.value)
    assert not AwardProposal.objects.exists()
