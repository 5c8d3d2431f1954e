"""The jobs of the audit: the night itself, a repair that an officer accepted, and another look after two officers decided."""

from django.utils.timezone import now

from lms.lib.errors import WrongState
from lms.lib.immutable import ImmutableRow
from lms.lib.jobs import job

from .audit import every_finding, look_again
from .document.render import NotDrawable
from .issuing import NotIssuable
from .models import AuditFinding, AuditRepair, AuditRun
from .repairs import REPAIRS

# What says that a repair can't be made; anything else is a fault of ours, and the job tries again.
REFUSED = (WrongState, NotIssuable, NotDrawable, ImmutableRow)


@job("certificates.audit", every=86_400)
def audit_certificates(handle) -> None:
    """Every night everything is held against everything; the officers' desk says what does not fit."""
    at, found = now(), []
    for finding in every_finding(at=at):
        found.append(finding)
        handle.beat()
    AuditRun.keep([finding.as_json() for finding in found], at=at)
    AuditFinding.objects.record(found, at=at)


@job("certificates.repair")
def make_repair(handle, repair: int) -> None:
    """Do what was accepted, once, and look again at once. Every repair can be begun anew after a worker died."""
    found = AuditRepair.objects.select_related("finding", "accepted_by").get(pk=repair)
    if found.state != AuditRepair.State.ACCEPTED:
        return
    try:
        change = REPAIRS[found.kind].run(found, now())
    except REFUSED as error:
        found.fail(str(error), at=now())
        return
    if change is not None:
        found.wait_for(change)
        return
    found.settle(look_again(found.finding.code, found.finding.subject, at=now()), at=now())


@job("certificates.repair_decided")
def repair_decided(handle, repair: int) -> None:
    """A second officer decided on what a repair proposed: look again."""
    found = AuditRepair.objects.select_related("finding", "accepted_by").get(pk=repair)
    found.settle(look_again(found.finding.code, found.finding.subject, at=now()), at=now())
