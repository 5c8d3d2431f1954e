"""A conflict that somebody declared, and a script that waits in a sample."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from assessments.models import Conflict, SampleDraw, SampledScript, Submission
from tests.factories.anchors import anchor_arguments
from training.models import Enrolment


def declared_conflict(judge: User) -> Conflict:
    later = date.today() + timedelta(days=9)
    return Conflict.declare(judge, person="某人", reason="亲属", since=later, at=timezone.now())


def sampled_script(enrolment: Enrolment, by: User, at: datetime) -> SampledScript:
    """The second look that waits at somebody's first released result."""
    work = Submission.objects.filter(enrolment=enrolment, status="released").order_by("pk").first()
    return SampleDraw.make("released", {work.pk: []}, organisation=None, by=by, at=at).sampled.get()


def oversight_arguments(enrolment: Enrolment, cast: dict[str, Any], *, at: datetime) -> dict[str, dict[str, Any]]:
    """What the URLs of samples and anchors name."""
    sampled = {"sample_detail": {"uuid": sampled_script(enrolment, cast["officer"], at).uuid}}
    return sampled | anchor_arguments(enrolment.cohort, cast, enrolment, at=at)
