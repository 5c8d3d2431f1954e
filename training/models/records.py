"""The hours ledger: appended rows, corrected by reversing rows. A total is always the sum of rows, capped by rules."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from curriculum.models import EditionItem, Topic
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .cohorts import ClassSession, Enrolment


class StudyVisit(models.Model):
    """One sitting of a person at one lesson, with the seconds the server has counted. At most one is open per person."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="visits")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    last_beat_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)
    recorded_seconds = models.PositiveIntegerField(default=0, help_text="of `seconds`, those already in the ledger")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("study visit")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(closed_at=None), name="one_place_at_a_time"),
            models.CheckConstraint(
                condition=Q(recorded_seconds__lte=models.F("seconds")), name="recorded_no_more_than_counted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.item_id}"


class StudyRecord(AppendOnly):
    """学时记录: minutes earned on one topic, how, on what evidence, by which rule, recorded by whom."""

    class Evidence(models.TextChoices):
        HEARTBEAT = "heartbeat", _("time on the lesson page, counted by the server")
        ATTENDANCE = "attendance", _("attendance list of a class session")
        CASE = "case", _("work product handed in")
        REVERSAL = "reversal", _("correction")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="records")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    minutes = models.DecimalField(_("minutes"), max_digits=8, decimal_places=2)
    delivery = models.CharField(_("delivery"), max_length=12, choices=ClassSession.Delivery.choices)
    evidence = models.CharField(_("evidence"), max_length=12, choices=Evidence.choices)
    rule = models.CharField(max_length=60, help_text="name and version of the counting rule")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    session = models.ForeignKey(ClassSession, on_delete=models.PROTECT, null=True, blank=True, related_name="records")
    visit = models.ForeignKey(StudyVisit, on_delete=models.PROTECT, null=True, blank=True, related_name="records")
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # Makes a second writing of the same fact harmless: "session:<id>:<enrolment>", "visit:<id>:<n>".
    key = models.CharField(max_length=100, unique=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("study record")
        verbose_name_plural = _("study records")
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, minutes__gt=0) | Q(reverses__isnull=False, minutes__lt=0),
                name="only_reversals_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | ~Q(reason=""), name="a_reversal_gives_its_reason"
            ),
        ]
        indexes = [models.Index(fields=["enrolment", "topic"])]

    def __str__(self) -> str:
        return f"{self.minutes} min {self.topic_id}"
