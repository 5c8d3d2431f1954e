"""The rule as the trainee and the registrar see it: the same tree that an award would store, evaluated now."""

from collections.abc import Iterable

from training.models import Enrolment

from .eligibility import evaluate, wants
from .facts import facts_of_all
from .factsheet import Eligibility
from .models import AwardRule

Progress = tuple[AwardRule | None, Eligibility | None]


def progress_of(enrolment: Enrolment) -> Progress:
    """Return the rule in force for this enrolment and how far its facts meet it; (None, None) without a rule."""
    return progress_of_all([enrolment])[enrolment.pk]


def progress_of_all(enrolments: Iterable[Enrolment]) -> dict[int, Progress]:
    """The same for many people, by enrolment: the number of queries does not grow with them."""
    enrolments = list(enrolments)
    rules = AwardRule.objects.for_enrolments(enrolments)
    under = [enrolment for enrolment in enrolments if rules[enrolment.pk]]
    facts = facts_of_all(under, wants(*(rules[e.pk].conditions for e in under))) if under else {}
    found: dict[int, Progress] = {enrolment.pk: (None, None) for enrolment in enrolments}
    for enrolment in under:
        rule = rules[enrolment.pk]
        found[enrolment.pk] = (rule, evaluate(facts[enrolment.pk], rule.conditions))
    return found
