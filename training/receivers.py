"""Turns news (signals) into tasks, and corrections of an edition into rows of the cohorts they name."""

from django.dispatch import receiver

from curriculum.models import Erratum
from curriculum.signals import erratum_applied

from .models import CohortErratum


@receiver(erratum_applied, sender=Erratum)
def lay_over_cohorts(sender, erratum: Erratum, at, **kwargs) -> None:
    CohortErratum.objects.apply(erratum, at=at)
