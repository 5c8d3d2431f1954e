"""Turns news of award rules and of many awards at once into jobs."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import RuleSimulation
from .signals import simulation_asked


def simulation_key(simulation: RuleSimulation) -> str:
    return f"rule-simulation:{simulation.uuid}"


@receiver(simulation_asked, sender=RuleSimulation)
def run_simulation(sender, simulation: RuleSimulation, **kwargs) -> None:
    enqueue("certificates.simulate_rule", key=simulation_key(simulation), simulation=simulation.pk)
