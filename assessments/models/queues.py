"""What waits for whom: the scripts an assessor may mark now, with the kinds of mark they may give, in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Role, User
from accounts.permissions import organisation_ids

from ..turns import FAR, NEAR, Place, kinds_for
from .conflicts import Conflict
from .marking_rules import MarkingRule
from .marks import Kind, Mark
from .submissions import Submission

BASE, LEVEL = "enrolment__cohort__organisation", "enrolment__cohort__edition__level__code"


def others_assess(base: str) -> Exists:
    """Whether anybody assesses at another base without belonging to this one.

    base: the path to the base from the rows that are asked about.
    """
    here = Membership.objects.in_force().filter(organisation=OuterRef(OuterRef(base)), user=OuterRef("user"))
    elsewhere = Membership.objects.in_force().filter(role=Role.ASSESSOR, user__is_active=True)
    return Exists(elsewhere.exclude(organisation=OuterRef(base)).exclude(Exists(here)))


@dataclass(frozen=True)
class Standing:
    """assess: the bases somebody assesses for; own: every organisation they belong to."""

    assess: frozenset[int]
    own: frozenset[int]

    @classmethod
    def of(cls, person: User) -> "Standing":
        own = frozenset(membership.organisation_id for membership in person.active_memberships)
        return cls(frozenset(organisation_ids(person, Role.ASSESSOR)), own)

    def to(self, base: int) -> Place:
        return Place(near=base in self.assess, far=bool(self.assess) and base not in self.own)

    def where(self, place: Place) -> Q:
        """The rows of bases to which the person stands like this."""
        return Q(**{f"{BASE}__in": self.assess}) if place.near else ~Q(**{f"{BASE}__in": self.own})


def fit_to_judge(found: QuerySet[Submission], judge: User, *, at: datetime, known_by: datetime | None = None):
    """Without work of one's own, of cohorts one teaches, that one marked, and where one declared a conflict."""
    theirs = Conflict.objects.enrolments_of(judge, at=at, known_by=known_by)
    return (
        found.exclude(enrolment__user=judge)
        .exclude(companions__enrolment__user=judge)
        .exclude(enrolment__cohort__instructors=judge)
        .exclude(marks__assessor=judge)
        .exclude(enrolment__in=theirs)
        .exclude(companions__enrolment__in=theirs)
    )


def open_turns(
    standing: Standing, held: QuerySet, rules: dict[str, MarkingRule], *, at: datetime
) -> QuerySet[Submission]:
    """The submissions in marking on which somebody standing like this may give a mark that nobody holds or gave.

    held: the turns (`Allocation`) that count as taken. A third mark is wanted where both others are given and the work is
    still in marking: the second mark decided that.
    """

    def taken(kind: str) -> Exists:
        return Exists(held.filter(submission=OuterRef("pk"), kind=kind))

    def given(kind: str) -> Exists:
        return Exists(Mark.objects.filter(submission=OuterRef("pk"), kind=kind))

    both = given(Kind.FIRST) & given(Kind.SECOND)
    wanted = {
        Kind.FIRST.value: ~taken(Kind.FIRST),
        Kind.SECOND.value: ~taken(Kind.SECOND),
        Kind.THIRD.value: both & ~taken(Kind.THIRD),
    }

    def any_of(kinds) -> Q:
        whole = Q(pk=None)
        for kind in kinds:
            whole |= Q(wanted[kind])
        return whole

    turns = Q(pk=None)
    for level, rule in rules.items():
        here = Q(**{LEVEL: level}) if level else ~Q(**{f"{LEVEL}__in": [code for code in rules if code]})
        for place in (NEAR, FAR):
            at_once = kinds_for(rule.marks_from, place, waited=False)
            later = [kind for kind in kinds_for(rule.marks_from, place, waited=True) if kind not in at_once]
            waited = Q(submitted_at__lte=at - timedelta(days=rule.own_base_days)) | ~others_assess(BASE)
            turns |= here & standing.where(place) & any_of(at_once)
            if later:
                turns |= here & standing.where(place) & waited & any_of(later)
    states = [Submission.Status.SUBMITTED, Submission.Status.IN_MARKING]
    return Submission.objects.filter(turns, status__in=states, leader=None)


def kinds_on(
    submission: Submission, standing: Standing, rules: dict[str, MarkingRule], *, at: datetime
) -> tuple[str, ...]:
    """The kinds of mark this person may give on one submission, in order, whether or not they are taken. Two queries."""
    facts = Submission.objects.filter(pk=submission.pk)
    base, level, others = facts.annotate(others=others_assess(BASE)).values_list(BASE, LEVEL, "others").get()
    rule = rules.get(level, rules[""])
    waited = not others or rule.waited(submission.submitted_at, at)
    return kinds_for(rule.marks_from, standing.to(base), waited=waited)
