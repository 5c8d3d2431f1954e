"""A regrade that waits for a second person, and a certificate that has to be looked at."""

from datetime import datetime
from typing import Any

from accounts.models import User
from assessments.corrections import Correction
from assessments.models import RegradeBatch, Result
from assessments.regrading import as_json, simulate
from certificates.models import Certificate, ResultNotice
from tests.factories.certificates import change_arguments, share_arguments
from training.models import Enrolment


def make_regrade(enrolment: Enrolment, *, by: User, at: datetime, **correction) -> RegradeBatch:
    """Return a regrade of the enrolment's cohort, drafted and simulated: of the assignment of its first result."""
    cohort, result = enrolment.cohort, Result.objects.filter(enrolment=enrolment).first()
    values = {"without": frozenset([next(iter(result.points))]), **correction}
    batch = RegradeBatch.draft(
        cohort.edition, organisation=cohort.organisation, cohort=cohort, reason="评分维度有误。", on_change="skip", by=by, at=at,
        corrections=as_json({result.assignment.uuid: Correction(**values)}),
    )  # fmt: skip
    simulate(batch, by=by, at=at)
    return batch


def regrade_arguments(certificate: Certificate, enrolment: Enrolment, *, by: User, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the URLs of regrades and of certificates to look at."""
    batch = make_regrade(enrolment, by=by, at=at)
    result = Result.objects.filter(enrolment=certificate.award.enrolment).first()
    notice = ResultNotice.objects.create(
        certificate=certificate, before=result, result=result, verdict=ResultNotice.Verdict.DIFFERS, noticed_at=at
    )
    names = ["regrade", *(f"regrade_{step}" for step in ("simulate", "approve", "refuse", "withdraw", "take_back", "follow"))]
    return {name: {"uuid": batch.uuid} for name in names} | {
        "regrade_draft": {"uuid": enrolment.cohort.uuid}, "certificate_notice": {"uuid": notice.uuid},
        **share_arguments(certificate, at=at), **change_arguments(certificate, at=at),
    }
