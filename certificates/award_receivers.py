"""Turns news of award rules and of many awards at once into jobs."""

from django.dispatch import receiver

from lms.lib.jobs import enqueue

from .models import AwardBatch, RuleSimulation
from .signals import batch_asked, batch_confirmed, simulation_asked


@receiver(simulation_asked, sender=RuleSimulation)
def run_simulation(sender, simulation: RuleSimulation, **kwargs) -> None:
    enqueue("certificates.simulate_rule", key=simulation.job_key, simulation=simulation.pk)


@receiver(batch_asked, sender=AwardBatch)
def check_batch(sender, batch: AwardBatch, **kwargs) -> None:
    enqueue("certificates.collect_batch", key=batch.job_key, batch=batch.pk)


@receiver(batch_confirmed, sender=AwardBatch)
def issue_batch(sender, batch: AwardBatch, **kwargs) -> None:
    enqueue("certificates.issue_batch", key=batch.job_key, batch=batch.pk)
