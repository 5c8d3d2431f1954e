"""Where a trainee goes for a condition that is still open: beside the tree, since that is kept and addresses change."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from training.models import Enrolment

from .factsheet import Condition, Eligibility


@dataclass(frozen=True)
class Way:
    """One open condition, with the page that leads to it."""

    node: Condition
    url: str
    label: str


def ways(enrolment: Enrolment, eligibility: Eligibility) -> list[Way]:
    """Return what is missing, in reading order. No query."""
    return [Way(node, *_way(node.kind.partition(".")[0], enrolment)) for node in eligibility.missing]


def _way(kind: str, enrolment: Enrolment) -> tuple[str, str]:
    course = reverse("enrolment_detail", args=[enrolment.uuid])
    if kind in ("hours", "hours_total", "topics"):
        return course, _("To the lessons and classes")
    if kind == "lower_level":
        return reverse("cohort_catalogue"), _("To the cohorts that take trainees")
    if kind == "panel":
        return f"{course}#parts", _("To the defence")
    return f"{course}#practice", _("To the cases and parts")
