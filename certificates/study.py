"""What this app adds to the trainee's pages: the tree of conditions, and the step towards the certificate."""

from datetime import datetime

from django.utils.translation import gettext as _

from lms.lib.addresses import address
from lms.lib.compiled import Compiled
from lms.lib.drawn import Drawn
from training import nextsteps, panels
from training.models import Enrolment

from .factsheet import Condition
from .models import Certificate
from .progress import progress_of


@panels.register
def award_panel(enrolment: Enrolment) -> list[panels.Panel]:
    rule, eligibility = progress_of(enrolment)
    if rule is None:
        return []
    branches = [branch.of(_shown(node), lambda node=node: {"node": node}) for node in eligibility.tree.children]
    context = {"rule": rule, "branches": branches}
    template = "certificates/_progress_panel.html"
    return [panels.Panel(_("Towards the certificate"), template, context, key="award", position=80)]


branch = Drawn("components/tree_node.html")


def _shown(node: Condition) -> tuple:
    """All of a condition that a tree shows."""
    return (
        node.title, node.title_en, node.ok, node.have, node.need, node.unit, node.reason, node.reason_en,
        *map(_shown, node.children),
    )  # fmt: skip


@nextsteps.register
def certificate_steps(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    found = _certificates([enrolment.pk for enrolment in enrolments]) if enrolments else ()
    return {
        enrolment: [
            nextsteps.NextStep(
                _("Open your certificate"), address("certificate_detail", uuid), note=number, kind="certificate", priority=1
            )
        ]
        for enrolment, uuid, number in found
    }


_certificates = Compiled(
    lambda enrolments: Certificate.objects.prepared().exclude(state=Certificate.State.CORRECTED)
    .filter(award__enrolment__in=enrolments).values_list("award__enrolment_id", "uuid", "number")
)  # fmt: skip
