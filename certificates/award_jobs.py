"""The jobs of award rules and of many awards at once."""

from django.utils.timezone import now

from lms.lib.jobs import job

from . import batching, simulating
from .models import AwardBatch, AwardRule, RuleSimulation


@job("certificates.simulate_rule")
def simulate_rule(handle, simulation: int) -> None:
    """Goes on where it broke off. A draft that was changed or thrown away meanwhile needs no answer any more."""
    found = RuleSimulation.objects.select_related("rule__level__syllabus").filter(pk=simulation, finished_at=None).first()
    if found is not None:
        simulating.run(found, at=now(), beat=handle.beat)


@job("certificates.turn_rules_over", every=3600)
def turn_rules_over(handle) -> None:
    """Show as in force what is; the dates decide by themselves."""
    AwardRule.turn_over(now())


@job("certificates.collect_batch")
def collect_batch(handle, batch: int) -> None:
    """Goes on with those who are not checked yet."""
    found = AwardBatch.objects.filter(pk=batch, status=AwardBatch.Status.COLLECTING).first()
    if found is not None:
        batching.collect(found, at=now(), beat=handle.beat)


@job("certificates.issue_batch")
def issue_batch(handle, batch: int):
    """Goes on where it broke off: what a portion did is committed with it. Done in the same step as the list."""
    found = AwardBatch.objects.select_related("decided_by").filter(pk=batch, status=AwardBatch.Status.ISSUING).first()
    if found is None:
        return None
    batching.issue_all(found, at=now, beat=handle.beat)
    return lambda: found.finish(at=now())
