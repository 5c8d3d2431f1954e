"""Admission to a level: what a person states about themselves, and the tree by which they were let in, kept for good.

What is stated is stated, not proven; holding a lower level is read from certificates. A registrar may admit a person
despite an unmet condition, with a reason and their name.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from curriculum import ladder
from curriculum.models import Precondition
from curriculum.models.standards import ways_into
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from .. import holdings
from .cohorts import Cohort


class NotAdmitted(WrongState):
    """The conditions of the level are not met, or not known to be. `tree` says which."""

    def __init__(self, tree: ladder.Node, *, obj: Cohort) -> None:
        super().__init__(_("The conditions for this level are not met yet, or not known to be."), obj=obj)
        self.tree = tree


class StatementQuerySet(AppendOnlyQuerySet):
    def latest(self, cohort: Cohort, users: Iterable[int]) -> dict[int, "AdmissionStatement"]:
        """Return {user id: what they stated last for this cohort}: one query."""
        rows = self.filter(cohort=cohort, user__in=list(users)).order_by("stated_at", "pk")
        return {row.user_id: row for row in rows}

    def waiting(self, cohort: Cohort) -> list["AdmissionStatement"]:
        """Return the latest statement of each person who is not in the cohort, the oldest first: one query."""
        here = cohort.enrolments.values("user")
        rows = self.filter(cohort=cohort).exclude(user__in=here).select_related("user").order_by("stated_at", "pk")
        return sorted({row.user_id: row for row in rows}.values(), key=lambda row: (row.stated_at, row.pk))


class AdmissionStatement(AppendOnly):
    """What a person states to be let into a cohort: degree and years of work. A later row takes the place of an earlier."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="admission_statements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="admission_statements")
    degree = models.CharField(_("highest degree"), max_length=10, choices=Precondition.Degree.choices, blank=True)
    years = models.DecimalField(
        _("years of work in technology transfer"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    note = models.TextField(_("what supports it"), max_length=1000, blank=True)
    stated_at = models.DateTimeField()

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement for admission")
        ordering = ["stated_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(years=None) | Q(years__gte=0), name="stated_years_not_negative")]
        indexes = [models.Index(fields=["cohort", "user"])]

    def __str__(self) -> str:
        return f"{self.user} – {self.cohort}"

    @classmethod
    def state(
        cls, cohort: Cohort, user: User, *, degree: str, years: Decimal | None, note: str = "", at: datetime
    ) -> "AdmissionStatement":
        """Append what the person says; the same again returns the row that is there.

        Raises WrongState when the cohort takes nobody.
        """
        if not cohort.is_open:
            raise WrongState(
                _("This cohort is %(status)s; nobody can enrol.") % {"status": cohort.get_status_display()}, obj=cohort
            )
        last = cls.objects.latest(cohort, [user.pk]).get(user.pk)
        if last and (last.degree, last.years, last.note) == (degree, years, note):
            return last
        return cls.objects.create(cohort=cohort, user=user, degree=degree, years=years, note=note, stated_at=at)


class Admission(AppendOnly):
    """How one enrolment came about: the tree of conditions as it stood, and by whom and why it was let in despite it."""

    enrolment = models.OneToOneField("training.Enrolment", on_delete=models.PROTECT, related_name="admission")
    statement = models.ForeignKey(AdmissionStatement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tree = models.JSONField()
    met = models.BooleanField(pgettext_lazy("conditions", "met"), null=True)  # None: something was not known
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("admission")
        constraints = [
            models.CheckConstraint(
                condition=Q(met__isnull=False, met=True) | ~Q(reason=""), name="admission_despite_says_why"
            )
        ]

    def __str__(self) -> str:
        return str(self.enrolment)

    @property
    def despite(self) -> bool:
        """Whether somebody let the person in although a condition was unmet or unknown."""
        return self.met is not True


def admission_trees(cohort: Cohort, users: Iterable[User], *, at: datetime) -> dict[int, tuple[ladder.Node, Any]]:
    """Return {user id: (tree, latest statement or None)} for a cohort's level on that day.

    Four queries whatever the number of people; one for a level without conditions.
    """
    ids = [user.pk for user in users]
    ways = ways_into(cohort.edition.level)
    if not ways:
        return {pk: (ladder.evaluate([], ladder.Facts()), None) for pk in ids}
    stated = AdmissionStatement.objects.latest(cohort, ids)
    held = None
    if any(condition.kind == "level" for way in ways for condition in way):
        held = holdings.levels_held(ids, timezone.localdate(at))
    found = {}
    for pk in ids:
        row = stated.get(pk)
        facts = ladder.Facts(
            degree=(row.degree or None) if row else None, years=row.years if row else None, levels=held and held[pk]
        )
        found[pk] = (ladder.evaluate(ways, facts), row)
    return found


def admission_tree(cohort: Cohort, user: User, *, at: datetime) -> tuple[ladder.Node, AdmissionStatement | None]:
    """The same for one person."""
    return admission_trees(cohort, [user], at=at)[user.pk]


def in_words(tree: ladder.Node, *, english: bool) -> str:
    """Return the conditions that are unmet or unknown as one line, for lists."""
    titles = [node.title_en if english else node.title for node in ladder.unmet(tree)]
    return ("; " if english else "；").join(dict.fromkeys(titles))
