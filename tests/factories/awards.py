"""Rules, simulations and batches of awards for tests, made by the real verbs."""

from datetime import datetime
from typing import Any

from accounts.models import User
from certificates.models import AwardBatch, AwardRule, CertificateDesign, RuleSimulation
from curriculum.models import Level
from lms.lib.jobs.runner import run_due
from training.models import Cohort


def draft_rule(level: Level, *, by: User, at: datetime, **changes: Any) -> AwardRule:
    """Return the next version of a level's rule as a draft, changed as given."""
    rule = AwardRule.draft(level, by=by, at=at)
    if changes:
        rule.change(by=by, at=at, **changes)
    return rule


def simulated(rule: AwardRule, *, by: User, at: datetime) -> RuleSimulation:
    simulation = RuleSimulation.ask(rule, by=by, at=at)
    run_due()
    simulation.refresh_from_db()
    return simulation


# URLs that mean nothing but a change of state.
AWARD_POSTS = {
    "award_rule_create", "award_rule_edit", "award_rule_discard", "award_rule_simulate", "award_rule_in_force",
    "award_rule_call_off",
    "design_create", "design_use", "design_discard",
    "award_batch_create", "award_batch_confirm", "award_batch_retry", "award_batch_withdraw",
}  # fmt: skip


def award_arguments(cohort: Cohort, *, by: User, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the URLs of rules, simulations and designs."""
    rule = draft_rule(cohort.edition.level, by=by, at=at)
    simulation = RuleSimulation.ask(rule, by=by, at=at)
    names = (
        "award_rule", "award_rule_edit", "award_rule_discard", "award_rule_simulate", "award_rule_in_force",
        "award_rule_call_off",
    )  # fmt: skip
    plain: dict[str, dict[str, Any]] = {"award_rule_list": {}, "award_rule_create": {}}
    design = CertificateDesign.draft(cohort.organisation, by=by, at=at)
    drawn = {name: {"uuid": design.uuid} for name in ("design", "design_preview", "design_use", "design_discard")}
    plain |= drawn | {"design_list": {}, "design_create": {}}
    batch = AwardBatch.ask(cohort, by=User.objects.get(pk=cohort.created_by_id), at=at)
    AwardBatch.objects.filter(pk=batch.pk).update(status=AwardBatch.Status.PROPOSED)
    listed = ("award_batch", "award_batch_confirm", "award_batch_retry", "award_batch_withdraw")
    plain |= {"award_batch_list": {}, "award_batch_create": {}} | {name: {"uuid": batch.uuid} for name in listed}
    return plain | {name: {"uuid": rule.uuid} for name in names} | {"award_simulation": {"uuid": simulation.uuid}}
