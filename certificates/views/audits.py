"""What the nightly audit found, and the repairs that officers accept."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.files.storage import storages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..audit import WORDS, look_again
from ..finding_forms import FindingFilterForm, PutBackForm, SetAsideForm
from ..models import AuditFinding, AuditRepair, AuditRun
from ..permissions import user_can_repair, user_is_officer
from ..repair_plans import stash_name
from ..repairs import REPAIRS, plan_in_words, proposals
from .steps import named_step

ROWS = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The findings by state and kind, 50 on a page, as CSV; and how the nights went. A constant number of queries."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    form = FindingFilterForm(request.GET if "status" in request.GET else {"status": "open"})
    rows = AuditFinding.objects.all()
    if form.is_valid():
        rows = rows.filter(**{name: value for name, value in form.cleaned_data.items() if value})
    if request.GET.get("format") == "csv":
        headings = [
            _("Finding"), _("About"), _("State"), _("First found"), _("Last found"), _("Audits"), _("Gone"),
            _("why it is set aside"), _("For whoever runs the site"),
        ]  # fmt: skip
        lines = (
            [WORDS[row.code], row.subject, row.get_status_display(), _moment(row.first_seen_at), _moment(row.last_seen_at),
             row.times, _moment(row.gone_at), row.reason, row.detail]
            for row in rows.iterator()
        )  # fmt: skip
        return csv_response(f"audit-{localdate():%Y%m%d}.csv", headings, lines)
    page = paginate(request, rows, ROWS)
    for row in page.object_list:
        row.words = WORDS[row.code]
    runs = list(AuditRun.objects.defer("findings")[:14])
    context = {"page": page, "form": form, "run": runs[0] if runs else None, "runs": runs[1:]}
    return render(request, "certificates/audit.html", context)


def _moment(moment) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _get(user, uuid: UUID) -> AuditFinding:
    if not user_is_officer(user):
        raise PermissionDenied
    return get_object_or_404(AuditFinding.objects.select_related("set_aside_by"), uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One finding: what it is about, what can be done with what change, and what was done before."""
    return _page(request, _get(request.user, uuid))


def _page(request: HttpRequest, found: AuditFinding, form=None) -> HttpResponse:
    may = user_can_repair(request.user, found)
    open_now = found.status == AuditFinding.Status.OPEN
    aside, file = SetAsideForm(), PutBackForm(finding=found)
    if form is not None:
        aside, file = (form, file) if isinstance(form, SetAsideForm) else (aside, form)
    repairs = list(found.repairs.select_related("accepted_by", "change"))
    for repair in repairs:
        repair.title = REPAIRS[repair.kind].title
    context = {
        "found": found, "words": WORDS[found.code], "certificate": found.certificate, "may": may,
        "proposals": proposals(found) if open_now else [], "repairs": repairs, "file_form": file,
        "aside_form": aside if open_now else None,
    }  # fmt: skip
    return render(request, "certificates/finding.html", context, status=422 if form is not None else 200)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: accept (with `repair`), check, set_aside or reopen."""
    found, user, at = _get(request.user, uuid), request.user, now()
    step = named_step(request, found, dict.fromkeys(("accept", "check", "set_aside", "reopen"), user_can_repair))
    if step == "accept":
        return _accept(request, found)
    if step == "set_aside":
        form = SetAsideForm(request.POST)
        if not form.is_valid():
            return _page(request, found, form)
        found.set_aside(reason=form.cleaned_data["reason"], by=user, at=at)
        messages.success(request, _("Set aside, with the reason."))
    elif step == "reopen":
        found.reopen(by=user)
        messages.success(request, _("Open again."))
    else:
        there = found.check_again(look_again(found.code, found.subject, at=at), at=at)
        log(found, "certificates.finding.check", by=user, still_there=there)
        if there:
            messages.warning(request, _("Looked again: it is still there."))
        else:
            messages.success(request, _("Looked again: it is gone."))
    return redirect(found)


def _accept(request: HttpRequest, found: AuditFinding) -> HttpResponse:
    kind = request.POST.get("repair", "")
    if kind not in REPAIRS:
        raise BadRequest
    proposal = next((one for one in proposals(found) if one.kind == kind), None)
    if proposal is None:
        raise WrongState(_("This repair is no longer proposed: things have changed. Look again."), obj=found)
    form = PutBackForm(request.POST, request.FILES, finding=found) if proposal.repair.wants_file else None
    if form is not None and not form.is_valid():
        return _page(request, found, form)
    with transaction.atomic():
        repair = AuditRepair.accept(found, kind, plan=plan_in_words(found, kind), by=request.user, at=now())
        if form is not None:
            storages["private"].save(stash_name(repair), form.cleaned_data["file"])
    messages.success(
        request,
        _("Accepted. It is proposed to a second officer within a minute.") if proposal.repair.second
        else _("Accepted. It is done within a minute, and then looked at again."),
    )  # fmt: skip
    return redirect(found)
