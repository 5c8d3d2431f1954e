"""Runs a draft rule over everybody who studies its level, in portions, and keeps what it would mean for each."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from training.models import Enrolment

from .eligibility import evaluate, wants
from .facts import facts_of_all
from .factsheet import Eligibility
from .models import Award, AwardRule, RuleSimulation, SimulatedPerson

PORTION = 200


def run(simulation: RuleSimulation, *, at: datetime, beat: Callable[..., None], portion: int = PORTION) -> None:
    """Go on after the last person that is kept, until everybody is. A fixed number of queries for each portion.

    beat(done, total): says that the work goes on; raises when somebody else has taken it over.
    """
    everybody = simulation.touched().select_related("cohort__edition__level__syllabus", "user")
    total, done = everybody.count(), simulation.rows.count()
    last = simulation.rows.order_by("-enrolment").values_list("enrolment", flat=True).first() or 0
    while people := list(everybody.filter(pk__gt=last)[:portion]):
        rows = _portion(simulation, people, at=at)
        with transaction.atomic():
            beat(done + len(rows), total)
            SimulatedPerson.objects.bulk_create(rows)
        done, last = done + len(rows), people[-1].pk
    found = simulation.rows.values_list("effect", "holder").annotate(n=Count("pk")).order_by()
    counts: dict[str, int] = {}
    for effect, holder, number in found:
        counts[f"{effect}_holders" if holder else effect] = number
    RuleSimulation.objects.filter(pk=simulation.pk).update(counts=counts, total=done, finished_at=at)


def _portion(simulation: RuleSimulation, people: list[Enrolment], *, at: datetime) -> list[SimulatedPerson]:
    draft = simulation.rule
    now = AwardRule.objects.for_enrolments(people, at)
    facts = facts_of_all(people, wants(draft.conditions, *(rule.conditions for rule in now.values() if rule)))
    holders = set(Award.objects.filter(enrolment__in=[p.pk for p in people]).values_list("enrolment", flat=True))
    today = timezone.localdate(at)
    rows = []
    for person in people:
        rule = now[person.pk]
        before = evaluate(facts[person.pk], rule.conditions) if rule else None
        spared = draft.spares_running and person.cohort.starts_on < today
        after = before if spared else evaluate(facts[person.pk], draft.conditions)
        rows.append(
            SimulatedPerson(
                simulation=simulation, enrolment=person, holder=person.pk in holders, effect=effect_of(before, after),
                missing=[[node.title, node.title_en] for node in after.missing][:12] if after else [],
            )
        )  # fmt: skip
    return rows


def effect_of(before: Eligibility | None, after: Eligibility | None) -> str:
    was, will = bool(before and before.ok), bool(after and after.ok)
    effect = SimulatedPerson.Effect
    if was == will:
        return effect.MET if will else effect.OPEN
    return effect.GAINS if will else effect.LOSES
