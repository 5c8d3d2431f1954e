"""Rules, simulations and batches of awards for tests, made by the real verbs."""

from datetime import datetime
from typing import Any

from accounts.models import User
from certificates.models import AwardRule, RuleSimulation
from curriculum.models import Level
from lms.lib.jobs.runner import run_due


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


def award_arguments(level: Level, *, by: User, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the URLs of rules and simulations."""
    rule = draft_rule(level, by=by, at=at)
    simulation = RuleSimulation.ask(rule, by=by, at=at)
    names = ("award_rule", "award_rule_edit", "award_rule_discard", "award_rule_simulate", "award_rule_in_force")
    return {name: {"uuid": rule.uuid} for name in names} | {"award_simulation": {"uuid": simulation.uuid}}
