"""Class sessions (面授、直播…) and their attendance lists."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from curriculum.models import Topic
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..hours import RULE_ATTENDANCE
from ..signals import hours_recorded
from .cohorts import Cohort
from .enrolments import Enrolment
from .records import Delivery, StudyRecord


class ClassSession(models.Model):
    """A class held on site or live: its attendance gives hours on one topic."""

    Delivery = Delivery

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="sessions")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    title = models.CharField(_("title"), max_length=160)
    starts_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveIntegerField(_("minutes"))
    delivery = models.CharField(_("delivery"), max_length=12, choices=Delivery.choices, default=Delivery.ON_SITE)
    instructor = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("instructor")
    )

    class Meta:
        verbose_name = _("class session")
        verbose_name_plural = _("class sessions")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0) & Q(minutes__lte=600), name="session_minutes_plausible"),
            # the same class typed in twice would count twice
            models.UniqueConstraint(fields=["cohort", "topic", "starts_at"], name="session_once"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("session_attendance", args=[self.uuid])

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @classmethod
    def schedule(
        cls, cohort: Cohort, *, topic: Topic, title: str, starts_at: datetime, minutes: int, by: User, at: datetime,
        delivery: str = Delivery.ON_SITE, instructor: User | None = None,
    ) -> "ClassSession":  # fmt: skip
        """Put a class into the cohort's timetable.

        Raises WrongState: the cohort is over, the topic is not of its level, the day is outside its dates, or there is
        a class on the same topic at the same moment already.
        """
        if cohort.status not in (Cohort.Status.PLANNED, Cohort.Status.OPEN):
            raise WrongState(_("This cohort takes no more class sessions."), obj=cohort)
        if topic.module.level_id != cohort.edition.level_id:
            raise WrongState(_("This topic is not part of the cohort's level."), obj=cohort)
        if not cohort.starts_on <= timezone.localdate(starts_at) <= cohort.ends_on:
            raise WrongState(_("The class must lie between the first and the last day of the cohort."), obj=cohort)
        with transaction.atomic():
            session, made = cls.objects.get_or_create(
                cohort=cohort, topic=topic, starts_at=starts_at,
                defaults={"title": title, "minutes": minutes, "delivery": delivery, "instructor": instructor},
            )  # fmt: skip
            if not made:
                raise WrongState(_("There is a class on this topic at that moment already."), obj=cohort)
            log(session, "training.session.create", by=by, organisation=cohort.organisation)
        return session

    def present(self) -> set[int]:
        """Return the primary keys of the enrolments on the attendance list now."""
        rows = StudyRecord.objects.standing().filter(session=self, evidence=StudyRecord.Evidence.ATTENDANCE)
        return set(rows.values_list("enrolment_id", flat=True))

    def record_attendance(self, enrolments: Iterable[Enrolment], *, by: User, at: datetime) -> int:
        """Give each of these trainees the hours of this class. Returns how many rows were written.

        Somebody who is on the list already is skipped, so that the same list again is harmless.
        Raises WrongState: the class has not begun, the cohort is not open, or a trainee is not of this cohort.
        """
        if at < self.starts_at:
            raise WrongState(_("This class has not begun yet."), obj=self)
        with transaction.atomic():
            locked = Cohort.objects.select_for_update(of=("self",)).select_related("organisation")
            cohort = locked.get(pk=self.cohort_id)
            if not cohort.is_open:
                raise WrongState(_("Attendance can only be recorded while the cohort is open."), obj=self)
            enrolments = list(enrolments)
            if any(e.cohort_id != self.cohort_id or e.status == Enrolment.Status.WITHDRAWN for e in enrolments):
                raise WrongState(_("Somebody on the list is not a trainee of this cohort."), obj=self)
            kinds = StudyRecord.Evidence
            given = StudyRecord.objects.filter(session=self, evidence=kinds.ATTENDANCE)
            times: dict[int, int] = {}
            for enrolment_id in given.values_list("enrolment_id", flat=True):
                times[enrolment_id] = times.get(enrolment_id, 0) + 1
            present = self.present()
            rows = [
                StudyRecord(
                    enrolment=e, topic_id=self.topic_id, minutes=self.minutes, delivery=self.delivery,
                    evidence=kinds.ATTENDANCE, rule=RULE_ATTENDANCE, session=self, recorded_at=at, recorded_by=by,
                    key=f"session:{self.uuid}:{e.uuid}:{times.get(e.pk, 0) + 1}",
                )
                for e in {e.pk: e for e in enrolments}.values()
                if e.pk not in present
            ]
            if not rows:
                return 0
            StudyRecord.objects.bulk_create(rows)
            log(self, "training.session.attendance", by=by, organisation=cohort.organisation, trainees=len(rows))
            for row in rows:
                hours_recorded.send(sender=StudyRecord, enrolment=row.enrolment, at=at)
        return len(rows)

    def take_off(self, enrolments: Iterable[Enrolment], *, by: User, at: datetime, reason: str) -> int:
        """Take trainees off the attendance list by reversing their rows. Returns how many rows were reversed.

        Somebody who is not on the list is skipped. Raises WrongState without a reason.
        """
        rows = StudyRecord.objects.standing().filter(
            session=self, evidence=StudyRecord.Evidence.ATTENDANCE, enrolment__in=[e.pk for e in enrolments]
        )
        with transaction.atomic():
            rows = list(rows.select_related("enrolment__cohort__organisation"))
            for row in rows:
                row.reverse(by=by, at=at, reason=reason)
        return len(rows)

    def set_attendance(
        self, present: Iterable[Enrolment], *, by: User, at: datetime, reason: str = ""
    ) -> tuple[int, int]:
        """Make the attendance list exactly `present`. Returns (added, taken off).

        Raises WrongState as the two verbs do: somebody can only be taken off with a reason.
        """
        present = list(present)
        with transaction.atomic():
            off = self.cohort.enrolments.filter(pk__in=self.present() - {e.pk for e in present})
            removed = self.take_off(off, by=by, at=at, reason=reason)
            return self.record_attendance(present, by=by, at=at), removed
