"""Cohorts (培训班) that teach one edition, and the trainees enrolled in them."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from curriculum.models import Edition, Topic


class Cohort(models.Model):
    """A group of trainees who study one frozen edition together."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cohorts")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="cohorts", verbose_name=_("edition"))
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    code = models.SlugField(_("code"), max_length=40)
    place = models.CharField(_("place"), max_length=160, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    enrol_from = models.DateTimeField(_("enrolment opens"))
    enrol_until = models.DateTimeField(_("enrolment closes"))
    seats = models.PositiveIntegerField(_("seats"))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PLANNED)
    instructors = models.ManyToManyField(User, related_name="taught_cohorts", blank=True, verbose_name=_("instructors"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["-starts_on", "code"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="cohort_code_once_per_base"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="cohort_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(enrol_until__gt=F("enrol_from")), name="enrolment_window_is_open"),
            models.CheckConstraint(condition=Q(seats__gt=0), name="cohort_has_seats"),
        ]

    def __str__(self) -> str:
        return self.title


class Enrolment(models.Model):
    """学籍: one person in one cohort. Owns hours, submissions and results; keeps the syllabus version it began under."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        WITHDRAWN = "withdrawn", _("withdrawn")
        COMPLETED = "completed", _("completed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="enrolments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    syllabus = models.ForeignKey("curriculum.Syllabus", on_delete=models.PROTECT, related_name="enrolments")
    # What assessors see instead of a name; unique in the whole system, says nothing about the person.
    anonymous_code = models.CharField(max_length=12, unique=True, editable=False)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["enrolled_at"]
        constraints = [models.UniqueConstraint(fields=["cohort", "user"], name="one_enrolment_per_cohort")]
        indexes = [models.Index(fields=["user", "status"])]

    def __str__(self) -> str:
        return f"{self.user} – {self.cohort}"


class ClassSession(models.Model):
    """A class held on site or live: its attendance gives hours on one topic."""

    class Delivery(models.TextChoices):
        ON_SITE = "on_site", _("on site")
        LIVE = "live", _("live online")
        RECORDED = "recorded", _("recorded")
        PRACTICE = "practice", _("practical training")
        CONFERENCE = "conference", _("conference")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="sessions")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    title = models.CharField(_("title"), max_length=160)
    starts_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveIntegerField(_("minutes"))
    delivery = models.CharField(_("delivery"), max_length=12, choices=Delivery.choices, default=Delivery.ON_SITE)
    instructor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("class session")
        verbose_name_plural = _("class sessions")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0) & Q(minutes__lte=600), name="session_minutes_plausible")
        ]

    def __str__(self) -> str:
        return self.title
