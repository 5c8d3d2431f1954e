"""回避声明: somebody who judges says whom they can't judge, and no work of theirs is given to them while it holds.

A person is named by e-mail or full name, an employer by its name, as it was typed. Nothing is looked up when it is declared, so
that nobody learns from it whether such a person studies here or has work in the queue.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Membership, Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from training.models import Cohort, Enrolment


class ConflictQuerySet(models.QuerySet):
    def holding(self, at: datetime):
        """Those that hold on that day: begun, neither over nor ended by anybody."""
        day = timezone.localdate(at)
        return self.filter(Q(until=None) | Q(until__gte=day), since__lte=day, ended_at=None)

    def enrolments_of(self, judge: User | OuterRef, *, at: datetime, known_by: datetime | None = None):
        """The enrolments whose work this person may not judge, as a queryset to exclude by. No query of its own.

        known_by: leave out what was declared after that moment. Counts that are shown do, so that declaring a conflict
        with somebody does not tell by a number that goes down whether work of theirs is waiting.
        """
        found = self.filter(declared_by=judge).holding(at)
        if known_by is not None:
            found = found.filter(declared_at__lt=known_by)
        members = Membership.objects.in_force(timezone.localdate(at)).filter(user=OuterRef(OuterRef("user")))
        members = members.annotate(name=Lower("organisation__name"), name_en=Lower("organisation__name_en"))
        works_there = members.filter(Q(name=OuterRef("employer")) | Q(name_en=OuterRef("employer")))
        target = Q(cohort=OuterRef("cohort")) | Q(base=OuterRef("cohort__organisation"))
        for name in ("email", "full_name", "name_latin"):
            target |= Q(person=Lower(OuterRef(f"user__{name}"))) & ~Q(person="")
        target |= ~Q(employer="") & Exists(works_there)
        return Enrolment.objects.filter(Exists(found.filter(target)))


    def judges_of(self, enrolments: QuerySet[Enrolment], judges: Iterable[int], *, at: datetime) -> set[int]:
        """Those of the judges (ids) who may not judge some of these enrolments. One query."""
        theirs = self.enrolments_of(OuterRef(OuterRef("pk")), at=at).filter(pk__in=enrolments.values("pk"))
        return set(User.objects.filter(Exists(theirs), pk__in=list(judges)).values_list("pk", flat=True))


class Conflict(models.Model):
    """One declaration: by whom, against whom, why, from when until when. Ended by a date or by a click, never deleted."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="conflicts")
    # Exactly one of the four. The person's e-mail or full name, and the employer's name, in small letters as it was typed.
    person = models.CharField(_("person"), max_length=254, blank=True)
    employer = models.CharField(_("employer"), max_length=160, blank=True)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=400)
    since = models.DateField(pgettext_lazy("a day", "from"))
    until = models.DateField(pgettext_lazy("a day", "until"), null=True, blank=True)
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("declared conflict")
        verbose_name_plural = _("declared conflicts")
        ordering = ["-declared_at", "-pk"]
        indexes = [models.Index(fields=["declared_by", "since"])]
        constraints = [
            models.CheckConstraint(
                condition=(~Q(person="") & Q(employer="", cohort=None, base=None))
                | (~Q(employer="") & Q(person="", cohort=None, base=None))
                | Q(person="", employer="", cohort__isnull=False, base=None)
                | Q(person="", employer="", cohort=None, base__isnull=False),
                name="conflict_is_with_one",
                violation_error_message=_("Name one: a person, an employer, a cohort or a base."),
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="conflict_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="conflict_has_reason"),
        ]

    def __str__(self) -> str:
        return str(self.target)

    @property
    def target(self) -> Any:
        return self.person or self.employer or self.cohort or self.base

    @property
    def kind(self) -> str:
        """What it is with: "person", "employer", "cohort" or "base"."""
        return next(name for name in ("person", "employer", "cohort_id", "base_id") if getattr(self, name)).removesuffix("_id")

    def holds(self, at: datetime) -> bool:
        day = timezone.localdate(at)
        return self.ended_at is None and self.since <= day and (self.until is None or day <= self.until)

    @classmethod
    def declare(
        cls, judge: User, *, reason: str, at: datetime, person: str = "", employer: str = "", cohort: Cohort | None = None,
        base: Organisation | None = None, since: date | None = None, until: date | None = None,
    ) -> "Conflict":  # fmt: skip
        """Keep a declaration, and give back what of it the person holds at this moment. The same declaration that still
        holds, made again, is one.
        """
        typed = {"person": " ".join(person.lower().split()), "employer": " ".join(employer.lower().split())}
        values = {**typed, "cohort": cohort, "base": base}
        since = since or timezone.localdate(at)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=judge.pk)  # two clicks: one after the other
            standing = cls.objects.filter(declared_by=judge, since=since, until=until, ended_at=None, **values)
            if found := standing.first():
                return found
            made = cls.objects.create(
                declared_by=judge, reason=reason.strip()[:400], since=since, until=until, declared_at=at, **values
            )
            log(made, "assessments.conflict.declare", by=judge)
            theirs = cls.objects.enrolments_of(judge, at=at)
            held = judge.allocations.filter(status="taken")
            held = held.filter(Q(submission__enrolment__in=theirs) | Q(submission__companions__enrolment__in=theirs))
            for turn in held.distinct():
                turn.give_back(at=at, reason=str(_("A conflict was declared.")))
        return made

    def end(self, *, by: User, at: datetime) -> None:
        """End it now. Raises WrongState when it was ended before."""
        with transaction.atomic():
            if not Conflict.objects.filter(pk=self.pk, ended_at=None).update(ended_at=at):
                raise WrongState(_("This declaration was ended before."), obj=self)
            self.ended_at = at
            log(self, "assessments.conflict.end", by=by)
