"""The jobs of award rules and of many awards at once."""

from django.utils.timezone import now

from lms.lib.jobs import job

from . import simulating
from .models import AwardRule, RuleSimulation


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
