"""The trainee's view of the rule: the same tree that an award would store, evaluated now."""

from training.models import Enrolment

from .eligibility import Eligibility, evaluate
from .facts import facts_of
from .models import AwardRule


def progress_of(enrolment: Enrolment) -> tuple[AwardRule | None, Eligibility | None]:
    """Return the rule in force for this enrolment and how far its facts meet it; (None, None) without a rule."""
    rule = AwardRule.objects.for_enrolment(enrolment)
    if rule is None:
        return None, None
    return rule, evaluate(facts_of(enrolment), rule.conditions)
