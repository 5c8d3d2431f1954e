"""Enrolments (学籍): the person in a cohort. They own hours, submissions and results."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..hours import HoursLine
from ..signals import enrolled, taken_back, withdrawn
from .admissions import Admission, NotAdmitted, admission_tree, admission_trees, in_words
from .cohorts import Cohort

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_anonymous_code() -> str:
    """Return eight random signs of Crockford's base 32 (40 bits): they say nothing about the person or the order."""
    return "".join(secrets.choice(CROCKFORD) for _i in range(8))


@dataclass(frozen=True)
class ListRow:
    """One line of a registrar's list: the address as typed, and why it can't be enrolled ("" when it can).

    conditions: it is only the conditions of the level that stand in the way, so a reason would do.
    """

    number: int
    email: str
    problem: str = ""
    conditions: bool = False


class ListRefused(WrongState):
    """A registrar's list with at least one line that can't be enrolled; nobody was. `rows` tells each line."""

    def __init__(self, rows: list[ListRow], *, obj: Cohort) -> None:
        super().__init__(_("Nobody was enrolled: some lines of the list need your attention."), obj=obj)
        self.rows = rows


class EnrolmentQuerySet(models.QuerySet):
    def active(self):
        return self.filter(status=Enrolment.Status.ACTIVE)

    def taking_a_seat(self):
        return self.exclude(status=Enrolment.Status.WITHDRAWN)

    def of_person(self, user: User):
        """The person's enrolments with what every page of theirs shows: one query."""
        return self.filter(user=user).with_course()

    def with_course(self):
        return self.select_related(
            "cohort__organisation", "cohort__edition__level__syllabus", "cohort__edition__organisation", "user"
        )


class Enrolment(models.Model):
    """学籍: a person in a cohort. Owns hours, submissions, results; keeps the syllabus version it began under."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("enrolment", "active")
        WITHDRAWN = "withdrawn", pgettext_lazy("enrolment", "withdrawn")
        COMPLETED = "completed", pgettext_lazy("enrolment", "completed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="enrolments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    syllabus = models.ForeignKey("curriculum.Syllabus", on_delete=models.PROTECT, related_name="enrolments")
    # What assessors see instead of a name; unique in the whole system, says nothing about the person.
    anonymous_code = models.CharField(max_length=12, unique=True, editable=False)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["enrolled_at"]
        constraints = [models.UniqueConstraint(fields=["cohort", "user"], name="one_enrolment_per_cohort")]
        indexes = [models.Index(fields=["user", "status"])]

    def __str__(self) -> str:
        return f"{self.user} – {self.cohort}"

    def get_absolute_url(self) -> str:
        return reverse("enrolment_detail", args=[self.uuid])

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def may_study(self) -> bool:
        """Whether time on lessons counts: an active enrolment in an open cohort."""
        return self.is_active and self.cohort.is_open

    def hours(self) -> list[HoursLine]:
        """Return the hours of each module of the level, in the syllabus's order: a constant number of queries."""
        ledger = self.records.model.objects
        return ledger.hours_by_enrolment([self])[self.pk]

    @classmethod
    def enrol(cls, cohort: Cohort, user: User, *, at: datetime) -> "Enrolment":
        """Enrol a person who asks for it.

        Raises WrongState: the cohort is not open, the window is not (the first second counts, the closing one does
        not), no seat is left, the person is or was in this cohort, or studies for this level elsewhere: hours and
        results belong to one enrolment, so a person studies for one level in one running cohort at a time.
        NotAdmitted: the conditions of the level are unmet or unknown; a registrar may still admit the person.
        """
        with transaction.atomic():
            cohort = cls._locked(cohort)
            if cohort.window_state(at) == "before":
                raise WrongState(_("Enrolment has not begun yet."), obj=cohort)
            if cohort.window_state(at) == "after":
                raise WrongState(_("Enrolment is over."), obj=cohort)
            if problem := cls._problem(cohort, user):
                raise WrongState(problem, obj=cohort)
            if cohort.seats_taken() >= cohort.seats:
                raise WrongState(_("All seats of this cohort are taken."), obj=cohort)
            tree, statement = admission_tree(cohort, user, at=at)
            if not tree.ok:
                raise NotAdmitted(tree, obj=cohort)
            return cls._create(cohort, user, by=user, at=at, admitted=(tree, statement))

    @classmethod
    def enrol_list(
        cls, cohort: Cohort, emails: Iterable[str], *, by: User, at: datetime, despite: str = ""
    ) -> list["Enrolment"]:
        """Enrol existing people by their e-mail addresses, all or nobody; returns the new enrolments.

        The window binds trainees, not the registrar; seats bind both. A person already enrolled here is skipped, so the
        same list again is harmless. despite: why people are admitted whose conditions are unmet or unknown; without it
        they are a problem of their line.

        Raises WrongState: the cohort is not open or its last day is over. ListRefused: with every line's problem.
        """
        with transaction.atomic():
            cohort = cls._locked(cohort)
            if timezone.localdate(at) > cohort.ends_on:
                raise WrongState(_("The last day of this cohort is over."), obj=cohort)
            typed = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
            people = {user.email: user for user in User.objects.filter(email__in=typed)}
            here = {e.user_id: e for e in cohort.enrolments.filter(user__in=people.values())}
            busy = cls._studying_elsewhere(cohort).filter(user__in=people.values())
            elsewhere = set(busy.values_list("user", flat=True))
            free = cohort.seats - cohort.seats_taken()
            trees = admission_trees(cohort, people.values(), at=at)
            english = (get_language() or "").startswith("en")
            rows, wanted = [], []
            for number, email in enumerate(typed, start=1):
                user = people.get(email)
                problem, conditions = "", False
                if user is None or not user.is_active:
                    problem = _("Nobody has an account with this address.")
                elif user.pk in here:
                    if here[user.pk].status == cls.Status.WITHDRAWN:
                        problem = _("Has withdrawn from this cohort; readmit them on its page.")
                elif user.pk in elsewhere:
                    problem = _("Studies for this level in another cohort.")
                elif len(wanted) >= free:
                    problem = _("No seat is left for this person.")
                elif not trees[user.pk][0].ok and not despite.strip():
                    unmet = in_words(trees[user.pk][0], english=english)
                    problem, conditions = _("Conditions unmet or unknown: %(unmet)s") % {"unmet": unmet}, True
                else:
                    wanted.append(user)
                rows.append(ListRow(number, email, str(problem), conditions))
            if any(row.problem for row in rows):
                raise ListRefused(rows, obj=cohort)
            return [
                cls._create(cohort, user, by=by, at=at, admitted=trees[user.pk], despite=despite.strip()) for user in wanted
            ]

    def withdraw(self, *, by: User, at: datetime) -> None:
        """End the study early. What was earned stays in the ledger; the seat is free again.

        Raises WrongState when the enrolment is not active.
        """
        with transaction.atomic():
            self._move(self.Status.ACTIVE, self.Status.WITHDRAWN, ended_at=at)
            log(self, "training.enrolment.withdraw", by=by, organisation=self.cohort.organisation)
            withdrawn.send(sender=Enrolment, enrolment=self, at=at)

    def take_back(self, *, by: User, at: datetime) -> None:
        """Make a withdrawn enrolment active again, with everything it had earned.

        Raises WrongState: not withdrawn, the cohort is not open, no seat is left, or studies for the level elsewhere.
        """
        with transaction.atomic():
            cohort = self._locked(self.cohort)
            if self._studying_elsewhere(cohort).filter(user=self.user_id).exists():
                raise WrongState(_("Studies for this level in another cohort."), obj=self)
            if cohort.seats_taken() >= cohort.seats:
                raise WrongState(_("All seats of this cohort are taken."), obj=cohort)
            self._move(self.Status.WITHDRAWN, self.Status.ACTIVE, ended_at=None)
            log(self, "training.enrolment.take_back", by=by, organisation=cohort.organisation)
            taken_back.send(sender=Enrolment, enrolment=self, at=at)

    def complete(self, *, by: User | None, at: datetime) -> None:
        """Mark the study as finished: its purpose is reached. Called when the award is confirmed.

        Raises WrongState when the enrolment is not active.
        """
        with transaction.atomic():
            self._move(self.Status.ACTIVE, self.Status.COMPLETED, ended_at=at)
            log(self, "training.enrolment.complete", by=by, organisation=self.cohort.organisation)

    @staticmethod
    def _locked(cohort: Cohort) -> Cohort:
        """Return the fresh cohort, its row locked (SQLite: the write transaction): one at a time counts the seats.

        Raises WrongState unless it is open.
        """
        fresh = (
            Cohort.objects.select_for_update(of=("self",))
            .select_related("edition__level", "organisation")
            .get(pk=cohort.pk)
        )
        if not fresh.is_open:
            raise WrongState(
                _("This cohort is %(status)s; nobody can enrol.") % {"status": fresh.get_status_display()}, obj=fresh
            )
        return fresh

    @classmethod
    def _studying_elsewhere(cls, cohort: Cohort) -> EnrolmentQuerySet:
        return (
            cls.objects.active()
            .filter(cohort__status=Cohort.Status.OPEN, cohort__edition__level__code=cohort.edition.level.code)
            .exclude(cohort=cohort)
        )

    @classmethod
    def _problem(cls, cohort: Cohort, user: User) -> str:
        """Say why this person can't join, or ""."""
        if not user.is_active:
            return _("This account is not active.")
        own = cohort.enrolments.filter(user=user).first()
        if own and own.status == cls.Status.WITHDRAWN:
            return _("You withdrew from this cohort; ask the registrar to readmit you.")
        if own:
            return _("You are already enrolled in this cohort.")
        if cls._studying_elsewhere(cohort).filter(user=user).exists():
            return _("You already study for this level in another cohort; withdraw there first.")
        return ""

    @classmethod
    def _create(
        cls, cohort: Cohort, user: User, *, by: User, at: datetime, admitted: tuple, despite: str = ""
    ) -> "Enrolment":
        code = new_anonymous_code()
        while cls.objects.filter(anonymous_code=code).exists():
            code = new_anonymous_code()
        enrolment = cls.objects.create(
            cohort=cohort, user=user, syllabus_id=cohort.edition.syllabus_id, anonymous_code=code, enrolled_at=at
        )
        log(enrolment, "training.enrolment.create", by=by, organisation=cohort.organisation)
        tree, statement = admitted
        if tree.children:  # a level without conditions has nothing to keep
            reason = "" if tree.ok else despite
            Admission.objects.create(
                enrolment=enrolment, statement=statement, tree=tree.as_json(), met=tree.ok, reason=reason, decided_by=by,
                decided_at=at,
            )  # fmt: skip
            if reason:
                log(enrolment, "training.admission.despite", by=by, organisation=cohort.organisation, reason=reason)
        enrolled.send(sender=cls, enrolment=enrolment, at=at)
        return enrolment

    def _move(self, old: str, new: str, **fields) -> None:
        """Compare and set the status: one row, or WrongState and the fresh status on this object."""
        if Enrolment.objects.filter(pk=self.pk, status=old).update(status=new, **fields):
            self.status = new
            for name, value in fields.items():
                setattr(self, name, value)
            return
        self.refresh_from_db(fields=["status", "ended_at"])
        raise WrongState(
            _("This enrolment is %(status)s; the step is not possible.") % {"status": self.get_status_display()},
            obj=self,
        )
