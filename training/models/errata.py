"""Which corrections of its edition a cohort studies by. The cohort keeps its edition; hours and results keep theirs."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from curriculum.models import Erratum
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .cohorts import Cohort


class CohortErratumQuerySet(AppendOnlyQuerySet):
    def apply(self, erratum: Erratum, *, at: datetime) -> list["CohortErratum"]:
        """Lay the correction over the edition for the cohorts it names. A second call is harmless."""
        cohorts = Cohort.objects.filter(edition=erratum.edition_id, uuid__in=erratum.cohorts)
        with transaction.atomic():
            rows = [
                self.get_or_create(cohort=cohort, erratum=erratum, defaults={"applied_at": at})[0] for cohort in cohorts
            ]
            cohorts.update(has_errata=True)
        return rows


class CohortErratum(AppendOnly):
    """From `applied_at` on, this cohort reads the corrected text."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="errata")
    erratum = models.ForeignKey(Erratum, on_delete=models.PROTECT, related_name="cohort_errata")
    applied_at = models.DateTimeField()

    objects = CohortErratumQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction for a cohort")
        ordering = ["applied_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["cohort", "erratum"], name="erratum_once_per_cohort")]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.erratum}"
