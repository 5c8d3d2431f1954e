"""Cohorts (培训班) that teach one edition: when, where, how many seats, and the way from planned to closed."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids
from curriculum.models import CaseEvent, Edition
from curriculum.models.case_events import states_of
from lms.lib.audit import log
from lms.lib.errors import WrongState


class CohortQuerySet(models.QuerySet):
    def enrollable(self, at: datetime):
        """Open cohorts whose enrolment window includes that second; full ones too (they say that they are full)."""
        return self.filter(status=Cohort.Status.OPEN, enrol_from__lte=at, enrol_until__gt=at)

    def next_change(self, at: datetime) -> datetime | None:
        """Return when the next enrolment window of an open cohort opens or closes by itself: one query."""
        future = self.filter(status=Cohort.Status.OPEN).aggregate(
            opens=Min("enrol_from", filter=Q(enrol_from__gt=at)), closes=Min("enrol_until", filter=Q(enrol_until__gt=at))
        )
        return min((moment for moment in future.values() if moment), default=None)

    def visible_to(self, user: User):
        """Cohorts of the bases the person is registrar of, and those they teach."""
        own = organisation_ids(user, Role.REGISTRAR)
        teaching = organisation_ids(user, Role.INSTRUCTOR)
        taught = Cohort.instructors.through.objects.filter(user_id=user.pk).values("cohort_id")
        return self.filter(Q(organisation__in=own) | Q(organisation__in=teaching, pk__in=taught))

    def with_taken(self):
        """Annotate `taken`: seats taken (withdrawn enrolments free theirs)."""
        from_cohort = self.model.enrolments.rel.related_model.objects.filter(cohort=OuterRef("pk"))
        taken = from_cohort.taking_a_seat().order_by().values("cohort").annotate(n=Count("pk")).values("n")
        return self.annotate(taken=Coalesce(Subquery(taken), 0))


class Cohort(models.Model):
    """A group of trainees who study one frozen edition together."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("cohort", "planned")
        OPEN = "open", pgettext_lazy("cohort", "open")
        CLOSED = "closed", pgettext_lazy("cohort", "closed")
        CANCELLED = "cancelled", pgettext_lazy("cohort", "cancelled")

    ALWAYS = ["title", "title_en", "place"]
    UPWARDS = ["seats", "ends_on", "enrol_until"]

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
    # Whether a correction was ever laid over the edition for this cohort: saves every other page the question.
    has_errata = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = CohortQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        return reverse("cohort_detail", args=[self.uuid])

    @property
    def is_planned(self) -> bool:
        return self.status == self.Status.PLANNED

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    def seats_taken(self) -> int:
        return self.enrolments.taking_a_seat().count()

    def seats_left(self) -> int:
        """Free seats; uses the annotation of `with_taken()` when it is there."""
        taken = self.taken if hasattr(self, "taken") else self.seats_taken()
        return max(self.seats - taken, 0)

    def window_state(self, at: datetime) -> str:
        """Return "before", "open" or "after". The first second counts, the closing one does not."""
        if at < self.enrol_from:
            return "before"
        return "open" if at < self.enrol_until else "after"

    def change(self, *, by: User, at: datetime, instructors: list[User] | None = None, **fields) -> None:
        """Set fields. A planned cohort may change in everything; an open one only its names, place, instructors, and,
        upwards, its seats, last day and end of enrolment: nobody loses what they were promised.

        Raises WrongState otherwise.
        """
        with transaction.atomic():
            fresh = Cohort.objects.select_for_update().get(pk=self.pk)
            changed = {name: value for name, value in fields.items() if getattr(fresh, name) != value}
            if not fresh.is_planned:
                if not fresh.is_open or set(changed) - {*self.ALWAYS, *self.UPWARDS}:
                    raise WrongState(
                        _("This cohort is %(status)s; that can't be changed any more.")
                        % {"status": fresh.get_status_display()},
                        obj=self,
                    )
                if any(changed[name] < getattr(fresh, name) for name in self.UPWARDS if name in changed):
                    raise WrongState(
                        _("Seats and dates of an open cohort can only be extended, not cut."), obj=self
                    )
            if changed:
                Cohort.objects.filter(pk=self.pk).update(**changed)
            if instructors is not None:
                self.instructors.set(instructors)
            log(self, "training.cohort.edit", by=by, organisation=self.organisation, fields=sorted(changed))
        self.refresh_from_db()

    def leaks(self) -> list[tuple[str, CaseEvent]]:
        """Return the leaks of the cases of the edition that nobody has cleared, with the case's title. Four queries."""
        titles = self._cases()
        return [(titles[page], leak) for page, state in states_of(list(titles)).items() for leak in state.leaks]

    def _cases(self) -> dict[int, str]:
        return dict(self.edition.items.filter(kind="case").values_list("page", "title"))

    def open(self, *, by: User, at: datetime, despite_leaks: bool = False) -> None:
        """Let trainees enrol and study.

        despite_leaks: whether the registrar was warned that cases have leaked, and opens it all the same.
        Raises WrongState: not planned; the edition is another base's; the base is not accredited for the level on the
        first day; enrolment would be over already, or would end after the last day; a case of the edition is retired, or
        has leaked and nobody was warned.
        """
        base, level = self.organisation, self.edition.level
        if self.edition.organisation_id != base.pk:
            raise WrongState(_("This edition belongs to another training base."), obj=self)
        if not base.is_accredited_for(level.code, self.starts_on):
            raise WrongState(
                _("%(base)s is not accredited for the level “%(level)s” on %(day)s.")
                % {"base": base, "level": level.get_code_display(), "day": self.starts_on.isoformat()},
                obj=self,
            )
        if self.enrol_until <= at:
            raise WrongState(_("The enrolment window is already over; change its dates first."), obj=self)
        if timezone.localdate(self.enrol_until) > self.ends_on:
            raise WrongState(_("Enrolment must close no later than the last day of the cohort."), obj=self)
        titles = self._cases()
        states = states_of(list(titles))
        if retired := [titles[page] for page, state in states.items() if state.retired]:
            text = _("The edition holds retired cases: %(cases)s. Make an edition without them.")
            raise WrongState(text % {"cases": ", ".join(retired)}, obj=self)
        leaked = [leak for state in states.values() for leak in state.leaks]
        if leaked and not despite_leaks:
            raise WrongState(_("Cases of this edition have leaked. Read which, then confirm."), obj=self)
        with transaction.atomic():
            self._move([self.Status.PLANNED], self.Status.OPEN)
            said = {"leaks": [str(leak.uuid) for leak in leaked]} if leaked else {}
            log(self, "training.cohort.open", by=by, organisation=base, **said)

    def close(self, *, by: User, at: datetime) -> None:
        """End the teaching: no enrolment and no counting of time any more. What was earned stays.

        Raises WrongState when the cohort is not open.
        """
        with transaction.atomic():
            self._move([self.Status.OPEN], self.Status.CLOSED)
            log(self, "training.cohort.close", by=by, organisation=self.organisation)

    def cancel(self, *, by: User, at: datetime, reason: str) -> None:
        """Call the cohort off; its trainees are withdrawn.

        Raises WrongState: not planned or open, no reason, or somebody has earned hours in it (close it instead).
        """
        if not reason.strip():
            raise WrongState(_("Say why the cohort is cancelled."), obj=self)
        with transaction.atomic():
            if self.enrolments.filter(records__isnull=False).exists():
                raise WrongState(_("Trainees have earned hours here; close the cohort instead."), obj=self)
            self._move([self.Status.PLANNED, self.Status.OPEN], self.Status.CANCELLED)
            for enrolment in self.enrolments.active().select_related("user"):
                enrolment.withdraw(by=by, at=at)
            log(self, "training.cohort.cancel", by=by, organisation=self.organisation, reason=reason.strip())

    def _move(self, old: list[str], new: str) -> None:
        """Compare and set the status: one row, or WrongState and the fresh status on this object."""
        moved = Cohort.objects.filter(pk=self.pk, status__in=old).update(status=new)
        if moved:
            self.status = new
            return
        self.refresh_from_db(fields=["status"])
        raise WrongState(
            _("This cohort is %(status)s; the step is not possible.") % {"status": self.get_status_display()}, obj=self
        )
