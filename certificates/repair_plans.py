"""What repairs would change (plans) and how they do it (runs). Which fit what, and who has to agree, stands in repairs.py.

A plan is None where the repair can't help as things stand. A run can be begun anew after its worker died.
"""

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.lib.errors import WrongState
from lms.lib.hashing import data_hash
from lms.lib.jobs import enqueue
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import title_of, wake

from .fresh_pdfs import draw_afresh
from .issuing import issue, issue_further, sign_status_list
from .keystore import keep_did_version
from .log.tree import append_missing, sign_head
from .models import (
    AuditFinding,
    AuditRepair,
    Certificate,
    ChangeRequest,
    DidVersion,
    EndReminder,
    IssuedCredential,
    LogLeaf,
    ResultNotice,
    StatusChange,
    StatusList,
    TreeHead,
)
from .pdf_signers import keep_first_signer_list
from .published import publish_keys

Kind, Reason = StatusChange.Kind, StatusChange.Reason
Plan = list[tuple[str, str, str]]  # what, before, after
# How much validity a state takes: one officer's repair may only take more of it.
WEIGHT = {"": 0, Kind.REINSTATED: 0, Kind.SUSPENDED: 1, Kind.CORRECTED: 2, Kind.REVOKED: 2}


# --- State, copies, lists ---------------------------------------------------------------------------------------------


def _last_change(certificate: Certificate) -> StatusChange | None:
    return certificate.status_changes.exclude(kind=Kind.SIGNED_ANEW).last()


def state_plan(finding: AuditFinding) -> Plan | None:
    certificate = finding.certificate
    change = _last_change(certificate) if certificate else None
    if change is None or WEIGHT[change.kind] < WEIGHT[certificate.state]:
        return None
    shown = dict(Kind.choices)
    before = f"{shown.get(certificate.state, _('valid'))} {_day(certificate.state_at)}"
    return [(_("State shown"), before, f"{change.get_kind_display()} {_day(change.changed_at)}")]


def restore_state(repair: AuditRepair, at: datetime) -> None:
    certificate = repair.finding.certificate
    change = _last_change(certificate)
    if change is None or WEIGHT[change.kind] < WEIGHT[certificate.state]:
        raise WrongState(_("The certificate is no longer in a state that allows this."), obj=certificate)
    Certificate.objects.filter(pk=certificate.pk).update(
        state=change.kind, state_at=change.changed_at, state_reason=change.reason, state_text=change.text
    )
    if change.kind in StatusChange.REFUSING:
        certificate.credentials.refuse(change)
        _sign_lists(certificate)


def copy_plan(finding: AuditFinding) -> Plan | None:
    certificate = finding.certificate
    if certificate is None or certificate.state in Certificate.BAD_STATES or certificate.award.problems():
        return None
    last = certificate.credentials.order_by("number").last()
    number = last.number if last else 0
    return [(_("Signed copy"), str(number or "–"), _("copy %(number)s, same facts and dates") % {"number": number + 1})]


def issue_now(repair: AuditRepair, at: datetime) -> None:
    issue(repair.finding.certificate, at=at)


def _copy_of(finding: AuditFinding) -> IssuedCredential | None:
    """The copy that a finding names at the end of its part: “copy 2”, “pdf 2”."""
    number = (finding.part or finding.detail).rsplit(" ", 1)[-1]
    certificate = finding.certificate
    if certificate is None or not number.isdigit():
        return None
    return certificate.credentials.filter(number=int(number)).first()


def refusal_plan(finding: AuditFinding) -> Plan | None:
    copy = _copy_of(finding)
    if copy is None or not copy.certificate.status_changes.exists():
        return None
    place = f"/status/{copy.status_list.number}/ · {copy.status_index}"
    what = _("Copy %(number)s, place %(place)s") % {"number": copy.number, "place": place}
    return [(what, pgettext("copy", "accepted"), _("refused for good"))]


def refuse_copy(repair: AuditRepair, at: datetime) -> None:
    copy = _copy_of(repair.finding)
    IssuedCredential.objects.filter(pk=copy.pk).refuse(copy.certificate.status_changes.last())
    sign_status_list(copy.status_list, at=at)


def _sign_lists(certificate: Certificate) -> None:
    for status_list in StatusList.objects.filter(copies__certificate=certificate).distinct():
        sign_status_list(status_list, at=now())


def _list_of(finding: AuditFinding) -> StatusList | None:
    number = finding.subject.strip("/").rsplit("/", 1)[-1]
    return StatusList.objects.filter(number=number).first() if number.isdigit() else None


def list_plan(finding: AuditFinding) -> Plan | None:
    """Not for places that nothing refuses: signing would clear them, and verifiers remember a bit that was set."""
    status_list = _list_of(finding)
    if status_list is None or finding.part == "more":
        return None
    bits = len(status_list.set_bits())
    until = _day(status_list.valid_until)
    return [
        (_("Status list %(name)s") % {"name": finding.subject}, _("good until %(day)s") % {"day": until},
         _("signed now with %(bits)s refused copies") % {"bits": bits}),
    ]  # fmt: skip


def sign_list(repair: AuditRepair, at: datetime) -> None:
    sign_status_list(_list_of(repair.finding), at=at)


# --- Keys and log -----------------------------------------------------------------------------------------------------


def keys_plan(finding: AuditFinding) -> Plan | None:
    number = DidVersion.objects.count()
    return [(_("Versions of the published keys"), str(number), str(number + 1))]


def keep_keys(repair: AuditRepair, at: datetime) -> None:
    keep_did_version(at=at)
    publish_keys()


def log_plan(finding: AuditFinding) -> Plan | None:
    if not finding.detail.startswith("not in the log"):
        return None
    return [(_("Entry in the transparency log"), _("missing"), finding.detail.removeprefix("not in the log: ")[:60])]


def enter(repair: AuditRepair, at: datetime) -> None:
    keep_first_signer_list(at=at)
    append_missing(at=at)
    sign_head(at=at)


def head_plan(finding: AuditFinding) -> Plan | None:
    latest = TreeHead.latest()
    return [(_("Signed head over entries"), str(latest.size if latest else 0), str(LogLeaf.objects.count()))]


def sign_a_head(repair: AuditRepair, at: datetime) -> None:
    sign_head(at=at)


# --- Files ------------------------------------------------------------------------------------------------------------


def _lost(finding: AuditFinding) -> IssuedCredential | None:
    return _copy_of(finding) if finding.part.startswith("pdf ") else None


def put_back_plan(finding: AuditFinding) -> Plan | None:
    copy = _lost(finding)
    return copy and [(_("PDF of copy %(number)s") % {"number": copy.number}, _("changed or gone"), copy.pdf.pdf_sha256)]


def stash_name(repair: AuditRepair) -> str:
    return f"repairs/{repair.uuid}.pdf"


def is_the_lost_file(finding: AuditFinding, data: bytes) -> bool:
    copy = _lost(finding)
    return copy is not None and data_hash(data) == copy.pdf.pdf_sha256


def put_back(repair: AuditRepair, at: datetime) -> None:
    """The very bytes, from the stash where the officer's upload lies; whatever else lies at its place goes."""
    pdf, storage = _lost(repair.finding).pdf, storages["private"]
    try:
        with storage.open(stash_name(repair)) as file:
            data = file.read()
    except FileNotFoundError:
        return  # done before, and the worker died behind it
    if data_hash(data) != pdf.pdf_sha256:
        raise WrongState(_("This is not the file that was issued: its hash is another."), obj=repair.finding.certificate)
    storage.delete(pdf.pdf_name)
    storage.save(pdf.pdf_name, ContentFile(data))
    storage.delete(stash_name(repair))


def further_plan(finding: AuditFinding) -> Plan | None:
    """Only the last copy of one that stands: an older one is refused anyway, and nothing is signed for what is not good."""
    copy = _lost(finding)
    if copy is None or copy.certificate.state in Certificate.BAD_STATES or copy.certificate.award.problems():
        return None
    new = copy.number + 1
    return [
        (_("Signed copy"), str(copy.number), _("copy %(number)s, same facts and dates") % {"number": new}),
        (_("Copy %(number)s in other software") % {"number": copy.number}, pgettext("copy", "accepted"), _("refused for good")),
    ]


def further(repair: AuditRepair, at: datetime) -> None:
    copy = _lost(repair.finding)
    if copy.certificate.credentials.filter(number__gt=copy.number).exists():
        return  # done before
    issue_further(copy.certificate, by=repair.accepted_by, at=at)


def fresh_plan(finding: AuditFinding) -> Plan | None:
    copy = _copy_of(finding)
    if copy is None:
        return None
    number = copy.fresh_pdfs.count() + 1
    by = copy.pdf.pdf_signer.fingerprint[:19]
    what = _("PDF of copy %(number)s") % {"number": copy.number}
    after = _("PDF %(number)s, same credential, signed by the present key") % {"number": number + 1}
    return [(what, _("signed by %(key)s, withdrawn") % {"key": by}, after)]


def fresh_pdf(repair: AuditRepair, at: datetime) -> None:
    draw_afresh(_copy_of(repair.finding), at=at)


# --- Jobs and reminders -----------------------------------------------------------------------------------------------


def issue_plan(finding: AuditFinding) -> Plan | None:
    certificate = finding.certificate
    if certificate is None or certificate.award.problems():
        return None
    return [(_("Certificate %(number)s.") % {"number": certificate.number}, _("being signed"), _("signed and drawn now"))]


def _job_of(finding: AuditFinding) -> Job | None:
    return Job.objects.filter(pk=finding.subject.lstrip("#"), state=Job.State.FAILED).first()


def job_plan(finding: AuditFinding) -> Plan | None:
    found = _job_of(finding)
    if found is None:
        return None
    what = _("Job “%(title)s”") % {"title": title_of(found.kind)}
    return [(what, found.get_state_display(), _("waiting, with fresh attempts"))]


def retry(repair: AuditRepair, at: datetime) -> None:
    found = _job_of(repair.finding)
    if found is not None and found.retry(at=at):
        wake(found.pk)


def reminder_plan(finding: AuditFinding) -> Plan | None:
    return [(_("Reminder, %(part)s") % {"part": finding.detail}, _("missing"), _("written and sent"))]


def remind(repair: AuditRepair, at: datetime) -> None:
    certificate, days = repair.finding.certificate, int(repair.finding.part.split()[0])
    reminder, _fresh = EndReminder.objects.get_or_create(certificate=certificate, days=days, defaults={"due_on": localdate(at)})
    enqueue("certificates.mail_end", key=f"mail-end:{reminder.pk}", reminder=reminder.pk)


# --- What a certificate says ------------------------------------------------------------------------------------------


def suspend_plan(finding: AuditFinding) -> Plan | None:
    certificate = finding.certificate
    if certificate is None or certificate.state not in StatusChange.FROM[Kind.SUSPENDED]:
        return None
    return [(_("Certificate %(number)s.") % {"number": certificate.number}, _("valid"), _("suspended"))]


def suspend(repair: AuditRepair, at: datetime) -> None:
    certificate = repair.finding.certificate
    note = str(_("Accepted as repair of a finding of the audit."))
    certificate.change_status(Kind.SUSPENDED, reason=Reason.INVESTIGATION, by=repair.accepted_by, at=at, note=note)


def _open_to(finding: AuditFinding, kind: str) -> Certificate | None:
    """The certificate, when this step can be proposed for it now."""
    certificate = finding.certificate
    if certificate is None or certificate.prepared_at is None or certificate.state not in StatusChange.FROM[kind]:
        return None
    return None if ChangeRequest.objects.open().filter(certificate=certificate).exists() else certificate


def revoke_plan(finding: AuditFinding) -> Plan | None:
    certificate = _open_to(finding, Kind.REVOKED)
    if certificate is None or not certificate.award.problems():
        return None
    state = dict(Kind.choices).get(certificate.state, _("valid"))
    return [(_("Certificate %(number)s.") % {"number": certificate.number}, state, _("revoked for good"))]


def revoke(repair: AuditRepair, at: datetime) -> ChangeRequest:
    return _propose(repair, Kind.REVOKED, at, reason=Reason.ERROR)


def correct_plan(finding: AuditFinding) -> Plan | None:
    """Where the award holds and the certificate states something else than the records say today."""
    certificate = _open_to(finding, Kind.CORRECTED)
    if certificate is None or ResultNotice.verdict_on(certificate) != ResultNotice.Verdict.DIFFERS:
        return None
    return [(_("Certificate %(number)s.") % {"number": certificate.number}, _("states what the records said when it was issued"),
             _("replaced by one that states what they say today"))]  # fmt: skip


def correct(repair: AuditRepair, at: datetime) -> ChangeRequest:
    return _propose(repair, Kind.CORRECTED, at, reason=Reason.DATA_CORRECTION, facts_again=True)


def _propose(repair: AuditRepair, kind: str, at: datetime, **values) -> ChangeRequest:
    """The proposal of this repair; the one it made already, when its worker died behind it."""
    certificate, by = repair.finding.certificate, repair.accepted_by
    made = ChangeRequest.objects.open().filter(certificate=certificate, kind=kind, proposed_by=by)
    if found := made.filter(proposed_at__gte=repair.accepted_at).first():
        return found
    note = str(_("Accepted as repair of a finding of the audit."))
    return ChangeRequest.propose(certificate, kind, by=by, at=at, note=note, **values)


def _day(moment: datetime | None) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
