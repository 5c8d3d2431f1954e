"""A day of defences: its slots, and the panel that sits on it."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from training.models import Cohort

from ..signals import panel_seat_given
from .conflicts import Conflict
from .plans import Part

MAX_SLOTS = 40


class DefenceDayQuerySet(models.QuerySet):
    def with_course(self):
        return self.select_related("cohort__organisation", "cohort__edition", "part__rubric")

    def standing(self):
        return self.filter(cancelled_at=None)


class DefenceDay(models.Model):
    """答辩日: opened by a registrar for one cohort and part; slots of equal length with breaks between them."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="defence_days")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="defence_days")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    link = models.URLField(max_length=400, blank=True)
    slot_minutes = models.PositiveSmallIntegerField()
    break_minutes = models.PositiveSmallIntegerField(default=0)
    choose_until = models.DateTimeField()
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = DefenceDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of defences")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(slot_minutes__gte=5, slot_minutes__lte=240), name="slot_of_a_length"),
            models.CheckConstraint(condition=~Q(place="") | ~Q(link=""), name="day_has_place_or_link"),
            models.UniqueConstraint(
                fields=["cohort", "part", "starts_at"], condition=Q(cancelled_at=None), name="one_day_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} {timezone.localtime(self.starts_at):%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("defence_day", args=[self.uuid])

    @classmethod
    def open(
        cls, cohort: Cohort, part: Part, *, starts_at: datetime, slots: int, slot_minutes: int, break_minutes: int,
        choose_until: datetime, by: User, at: datetime, place: str = "", link: str = "", note: str = "",
    ) -> "DefenceDay":  # fmt: skip
        """Open a day with its slots. The same day opened twice is one; WrongState: the part is no defence of the cohort's
        plan, or the day begins in the past."""
        if not part.is_defence or part.plan.edition_id != cohort.edition_id:
            raise WrongState(_("This part is not a defence of the cohort's course."), obj=cohort)
        if starts_at <= at:
            raise WrongState(_("A day of defences lies ahead."), obj=cohort)
        fields = {"slot_minutes": slot_minutes, "break_minutes": break_minutes, "choose_until": min(choose_until, starts_at),
                  "place": place, "link": link, "note": note, "created_at": at, "created_by": by}  # fmt: skip
        with transaction.atomic():
            day, created = cls.objects.get_or_create(
                cohort=cohort, part=part, starts_at=starts_at, cancelled_at=None, defaults=fields
            )
            if created:
                length, step = timedelta(minutes=slot_minutes), timedelta(minutes=slot_minutes + break_minutes)
                DefenceSlot.objects.bulk_create(
                    DefenceSlot(day=day, starts_at=starts_at + step * n, ends_at=starts_at + step * n + length)
                    for n in range(min(slots, MAX_SLOTS))
                )
                log(day, "assessments.defence.open_day", by=by, organisation=cohort.organisation, slots=slots)
        return day

    def cancel(self, *, by: User, at: datetime) -> None:
        """Take the day off, as long as nobody holds a slot of it. A second time changes nothing."""
        with transaction.atomic():
            if self.slots.filter(defence__status__in=["booked", "voting", "decided", "released"]).exists():
                raise WrongState(_("Somebody holds a slot of this day; move or cancel those first."), obj=self)
            if DefenceDay.objects.filter(pk=self.pk, cancelled_at=None).update(cancelled_at=at):
                self.cancelled_at = at
                log(self, "assessments.defence.cancel_day", by=by, organisation=self.cohort.organisation)

    def seat(
        self, user: User, *, role: str, capacity: str, by: User, at: datetime, stands_in_for: "PanelSeat | None" = None
    ) -> "PanelSeat":
        """Give somebody a seat; the same person twice is one seat.

        WrongState: the panel is full, has a chair, or the person is a trainee or instructor of the cohort, or has declared a
        conflict with one of its trainees.
        """
        if self.cohort.instructors.filter(pk=user.pk).exists():
            raise WrongState(_("Whoever teaches the cohort can't sit on its panel."), obj=self)
        if self.cohort.enrolments.filter(user=user).exists():
            raise WrongState(_("A trainee of the cohort can't sit on its panel."), obj=self)
        if self.declared_against([user.pk], at=at):
            raise WrongState(_("This person has declared a conflict with somebody of this cohort; ask somebody else."), obj=self)
        with transaction.atomic():
            DefenceDay.objects.select_for_update().get(pk=self.pk)
            seats = list(self.seats.sitting())
            if found := next((seat for seat in seats if seat.user_id == user.pk), None):
                return found
            if stands_in_for is None and sum(not s.stands_in_for_id for s in seats) >= self.part.defence.seats_most:
                raise WrongState(_("The panel is full; a further person can stand in for a member."), obj=self)
            if role == PanelSeat.Role.CHAIR and any(seat.is_chair for seat in seats):
                raise WrongState(_("The panel has a chair already."), obj=self)
            try:
                with transaction.atomic():
                    seat = PanelSeat.objects.create(
                        day=self, user=user, role=role, capacity=capacity, stands_in_for=stands_in_for, given_at=at, given_by=by
                    )
            except IntegrityError as error:
                raise WrongState(_("The panel has changed meanwhile."), obj=self) from error
            log(self, "assessments.defence.seat", by=by, organisation=self.cohort.organisation, person=user.pk, role=role)
            panel_seat_given.send(sender=PanelSeat, seat=seat)
        return seat


    def declared_against(self, people: Iterable[int], *, at: datetime) -> set[int]:
        """Those of the people (ids) who have declared a conflict with a trainee of the cohort. One query."""
        return Conflict.objects.judges_of(self.cohort.enrolments.active(), people, at=at)


class DefenceSlot(models.Model):
    """One place in the day's order."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    day = models.ForeignKey(DefenceDay, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = _("slot")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["day", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="slot_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


class PanelSeatQuerySet(models.QuerySet):
    def sitting(self):
        return self.filter(left_at=None).select_related("user")


class PanelSeat(models.Model):
    """A member of the panel of a day. Outside experts need no other role: the seat alone lets them in."""

    class Role(models.TextChoices):
        CHAIR = "chair", pgettext_lazy("panel", "chair")
        MEMBER = "member", pgettext_lazy("panel", "member")

    class Capacity(models.TextChoices):
        ASSESSOR = "assessor", _("assessor")
        MODERATOR = "moderator", _("moderator")
        EXPERT = "expert", _("outside expert")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    day = models.ForeignKey(DefenceDay, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="panel_seats")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    capacity = models.CharField(max_length=10, choices=Capacity.choices)
    # Votes only where that member has a conflict, or has left.
    stands_in_for = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="substitutes")
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    # The member's own words before any name is shown: where they work, and that they will judge impartially.
    employer = models.CharField(max_length=120, blank=True)
    undertaken_at = models.DateTimeField(null=True, blank=True)

    objects = PanelSeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat on a panel")
        ordering = ["role", "pk"]  # the chair first
        constraints = [
            models.UniqueConstraint(fields=["day", "user"], condition=Q(left_at=None), name="one_seat_per_person"),
            models.UniqueConstraint(fields=["day"], condition=Q(left_at=None, role="chair"), name="one_chair"),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"

    @property
    def is_chair(self) -> bool:
        return self.role == self.Role.CHAIR

    def undertake(self, *, employer: str, at: datetime) -> None:
        """Keep the member's undertaking; the first one stands."""
        with transaction.atomic():
            if PanelSeat.objects.filter(pk=self.pk, undertaken_at=None, left_at=None).update(
                undertaken_at=at, employer=employer
            ):
                log(self.day, "assessments.defence.undertake", by=self.user, organisation=self.day.cohort.organisation)
        self.refresh_from_db()

    def leave(self, *, by: User, at: datetime) -> None:
        """Take the person off the panel; votes that were given stay. A second time changes nothing."""
        with transaction.atomic():
            if PanelSeat.objects.filter(pk=self.pk, left_at=None).update(left_at=at):
                self.left_at = at
                log(self.day, "assessments.defence.unseat", by=by, organisation=self.day.cohort.organisation,
                    person=self.user_id)  # fmt: skip
