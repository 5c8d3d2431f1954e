"""The sample site's next award rule: a draft of nested conditions with its simulation, waiting for a second officer."""

from collections.abc import Callable
from datetime import datetime

from accounts.models import User
from certificates.models import AwardRule, RuleSimulation
from curriculum.models import Level

NEXT = {
    "all": [
        {"hours": {"modules": "syllabus", "exemptions": True}},
        {"cases": {"required": True}},
        {"parts": {"each": True}},
        {"any": [{"total": {"at_least": "75"}}, {"competences": {"level": "good", "at_least": 3}}]},
    ]
}


def draft_next_rule(level: Level, *, by: User, at: datetime, run: Callable[[], object]) -> RuleSimulation:
    """Draft the next version and simulate it. run: does the jobs that are due."""
    rule = AwardRule.draft(level, by=by, at=at)
    rule.change(
        by=by, at=at, conditions=NEXT, spares_running=True, title="初级授予条件（示例，草案）",
        title_en="Junior level, conditions of the award (sample, draft)",
    )  # fmt: skip
    simulation = RuleSimulation.ask(rule, by=by, at=at)
    run()
    return simulation
