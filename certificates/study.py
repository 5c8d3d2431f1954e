"""What this app adds to the trainee's pages: the tree of conditions, and the step towards the certificate."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from training import nextsteps, panels
from training.models import Enrolment

from .models import Certificate
from .progress import progress_of


@panels.register
def award_panel(enrolment: Enrolment) -> list[panels.Panel]:
    rule, eligibility = progress_of(enrolment)
    if rule is None:
        return []
    context = {"rule": rule, "eligibility": eligibility}
    template = "certificates/_progress_panel.html"
    return [panels.Panel(_("Towards the certificate"), template, context, key="award", position=80)]


@nextsteps.register
def certificate_steps(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    certificates = Certificate.objects.prepared().exclude(state=Certificate.State.CORRECTED)
    certificates = certificates.filter(award__enrolment__in=[e.pk for e in enrolments])
    return {
        certificate.award.enrolment_id: [
            nextsteps.NextStep(
                _("Open your certificate"),
                reverse("certificate_detail", args=[certificate.uuid]),
                note=certificate.number,
                kind="certificate",
                priority=1,
            )
        ]
        for certificate in certificates.select_related("award")
    }
