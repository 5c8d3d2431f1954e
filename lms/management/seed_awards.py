"""The sample site's next award rule, a draft of nested conditions with its simulation, waiting for a second officer; and a
list of awards that is half decided."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models import User
from certificates.models import AwardBatch, AwardRule, RuleSimulation
from curriculum.models import Level
from training.models import Cohort

from . import cast

if TYPE_CHECKING:
    from .seeding import Seeding

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


def propose_list(seeding: "Seeding", *, run: Callable[[], object]) -> AwardBatch:
    """The rest of the finished cohort as a list: one person refused by an officer, one to decide, one who lacks something."""
    cohort = Cohort.objects.get(code="2026-1")
    batch = AwardBatch.ask(cohort, by=seeding.who(cast.REGISTRAR), at=seeding.ago(3))
    run()
    refused = batch.waiting().get(enrolment__user=seeding.who(cast.LISTED[1])).proposal
    refused.refuse(by=seeding.who(cast.OFFICER), at=seeding.ago(1), reason="示例：姓名与身份证件不一致，请核对后重新提出。")
    return batch
