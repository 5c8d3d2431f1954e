"""What can be done about a finding of the audit: proposed with what would change, done only after an officer accepted it.

One officer is enough for what protects or what only makes files, lists and log agree with the register. What gives validity
back, takes it for good or changes what a certificate says is proposed as a `ChangeRequest`, which a second officer confirms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from . import repair_plans as plans
from .models import AuditFinding, AuditRepair, ChangeRequest
from .repair_plans import Plan


@dataclass(frozen=True)
class Repair:
    """plan: what would change, None where it can't help. run: does it; a ChangeRequest is one that waits for a second officer."""

    title: str
    why: str
    plan: Callable[[AuditFinding], Plan | None]
    run: Callable[[AuditRepair, datetime], ChangeRequest | None]
    second: bool = False
    wants_file: bool = False


@dataclass(frozen=True)
class Proposal:
    kind: str
    repair: Repair
    plan: Plan


def proposals(finding: AuditFinding) -> list[Proposal]:
    """Return what can be proposed for a finding as things stand now; empty where somebody has to look by hand."""
    found = []
    for kind in FITTING.get(finding.code, ()):
        if (plan := REPAIRS[kind].plan(finding)) is not None:
            found.append(Proposal(kind, REPAIRS[kind], plan))
    return found


REPAIRS: dict[str, Repair] = {
    "restore_state": Repair(
        _("Show the state that the last recorded change says"),
        _(
            "The change was made by the people it takes; only the column beside it differs. This never gives validity back."
        ),
        plans.state_plan,
        plans.restore_state,
    ),
    "sign_copy": Repair(
        _("Sign a further copy"),
        _("The certificate stands and its award holds, but other software accepts none of its copies."),
        plans.copy_plan,
        plans.issue_now,
    ),
    "refuse_copy": Repair(
        _("Have the copy refused"),
        _("Its certificate is not good any more, or a later copy took its place."),
        plans.refusal_plan,
        plans.refuse_copy,
    ),
    "sign_list": Repair(
        _("Sign and publish the status list again"),
        _("The list is made from the register as it stands now."),
        plans.list_plan,
        plans.sign_list,
    ),
    "keep_keys": Repair(
        _("Keep the published keys as a further version"),
        _("What is served was not kept and logged."),
        plans.keys_plan,
        plans.keep_keys,
    ),
    "enter": Repair(
        _("Enter what is missing, and sign a head"),
        _("The log only grows; the entry says when it was entered."),
        plans.log_plan,
        plans.enter,
    ),
    "sign_head": Repair(
        _("Sign a head"), _("Witnesses see only what a signed head covers."), plans.head_plan, plans.sign_a_head
    ),
    "put_back": Repair(
        _("Put the same file back"),
        _("From a backup, or as the holder has it. It is taken only when its SHA-256 is the one in the register."),
        plans.put_back_plan,
        plans.put_back,
        wants_file=True,
    ),
    "further_copy": Repair(
        _("Sign and draw a further copy"),
        _("When the file can't be had any more: a signed PDF is never drawn the same twice."),
        plans.further_plan,
        plans.further,
    ),
    "fresh_pdf": Repair(
        _("Draw a fresh PDF, signed by the present key"),
        _("The credential inside stays as it was signed; only the page around it gets another signature."),
        plans.fresh_plan,
        plans.fresh_pdf,
    ),
    "issue": Repair(
        _("Sign and draw it now"), _("The award holds; the job was lost or gave up."), plans.issue_plan, plans.issue_now
    ),
    "retry": Repair(
        _("Put the job back into the queue"), _("Jobs can run twice without harm."), plans.job_plan, plans.retry
    ),
    "remind": Repair(
        _("Write the reminder and send it"),
        _("The holder did not turn these mails off."),
        plans.reminder_plan,
        plans.remind,
    ),
    "suspend": Repair(
        _("Suspend the certificate at once"),
        _("It protects, and it can be lifted by two officers. The public reason is “under investigation”."),
        plans.suspend_plan,
        plans.suspend,
    ),
    "revoke": Repair(
        _("Propose to revoke the certificate"),
        _("The recorded facts no longer bear the award out."),
        plans.revoke_plan,
        plans.revoke,
        second=True,
    ),
    "correct": Repair(
        _("Propose a corrected certificate"),
        _("The award holds, but the certificate states something else than the records."),
        plans.correct_plan,
        plans.correct,
        second=True,
    ),
}
FITTING = {
    "state": ("restore_state",), "copy": ("sign_copy",), "refusal": ("refuse_copy",), "list": ("sign_list",),
    "keys": ("keep_keys",), "log": ("enter",), "head": ("sign_head",), "file": ("put_back", "further_copy"),
    "pdf_key": ("fresh_pdf",), "issue": ("issue",), "job": ("retry",),
    "reminder": ("remind",), "award": ("suspend", "revoke"), "notice": ("suspend", "revoke", "correct"),
}  # fmt: skip


def plan_in_words(finding: AuditFinding, kind: str) -> dict[str, list[list[str]]]:
    """What the repair would change, by language, to be kept with it: another officer may read another language."""
    words = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words[language] = [[str(cell) for cell in row] for row in REPAIRS[kind].plan(finding) or []]
    return words
