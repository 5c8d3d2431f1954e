"""考核结果: what was agreed and released to the trainee. Appended; a later one (resubmission, appeal) supersedes by time."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet
from training.models import Enrolment

from .casework import Submission
from .plans import Assignment


class ResultQuerySet(AppendOnlyQuerySet):
    def of(self, enrolment: Enrolment):
        return self.filter(enrolment=enrolment)


class Result(AppendOnly):
    class Method(models.TextChoices):
        DOUBLE = "double", _("mean of two independent marks")
        MODERATED = "moderated", _("moderator's decision after disagreement")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="result")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="results")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="results")
    total = models.DecimalField(max_digits=5, decimal_places=2)
    passed = models.BooleanField()
    method = models.CharField(max_length=12, choices=Method.choices)
    # {criterion key: points as text}: the agreed points per criterion.
    points = models.JSONField(default=dict)
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        ordering = ["released_at"]
        constraints = [models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="result_of_100")]

    def __str__(self) -> str:
        return f"{self.total}"
