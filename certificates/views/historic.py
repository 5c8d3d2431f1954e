"""Imports of old records: bringing a list, its report, confirming it, the records, and changes of them by two officers."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.jobs.models import Job
from lms.lib.listing import csv_response, paginate
from lms.lib.workbook import workbook_response

from ..historic_forms import HistoricImportForm, ReasonForm, RecordCorrectionForm, RecordSearchForm, RefuseChangeForm
from ..historic_permissions import (
    user_can_confirm_import,
    user_can_decide_historic_change,
    user_can_discard_import,
    user_can_take_back_historic_change,
    visible_records,
)
from ..models import HistoricChange, HistoricClaim, HistoricImport, HistoricRecord
from ..old_numbers import number_key
from ..permissions import user_is_officer
from .shares import share_page
from .steps import named_step

ROWS = 50
ASK = ["GET", "HEAD", "POST"]
HEADINGS = ["旧证书编号", "姓名", "级别", "颁发日期", "颁发机构", "有效期至", "备注"]


def officers_only(request: HttpRequest) -> None:
    if not user_is_officer(request.user):
        raise PermissionDenied


@login_required
@require_http_methods(ASK)
def imports(request: HttpRequest) -> HttpResponse:
    """The imports and what waits for a second officer; POST brings a file. A constant number of queries."""
    officers_only(request)
    form = HistoricImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = HistoricImport.receive(
            title=data["title"], source=data["source"], issuer=data["issuer"], upload=data["file"], checked=form.checked,
            request_id=data["request_id"], by=request.user, at=now(),
        )  # fmt: skip
        messages.success(request, _("Brought. It is being read; the page says what was found."))
        return redirect(made)
    context = {
        "form": form, "page": paginate(request, HistoricImport.objects.select_related("brought_by", "confirmed_by"), ROWS),
        "changes": HistoricChange.objects.filter(status="proposed").select_related("record", "batch", "proposed_by")[:50],
        "claims": HistoricClaim.objects.filter(status="asked").count(),
    }  # fmt: skip
    return render(request, "certificates/historic_imports.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    officers_only(request)
    example = ["示例旧字第00001号", "张示例", "中级", "2019-06-01", "示例省技术市场管理办公室", "2022-05-31", "示例行，请删除"]
    return workbook_response("old-records.xlsx", [("旧证书", [HEADINGS, example])])


def _import(request: HttpRequest, uuid: UUID) -> HistoricImport:
    officers_only(request)
    return get_object_or_404(HistoricImport.objects.select_related("brought_by", "confirmed_by"), uuid=uuid)


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One import: progress, the faults row by row, or a preview and the second officer's step."""
    return _page(request, _import(request, uuid))


def _page(request: HttpRequest, batch: HistoricImport, form=None) -> HttpResponse:
    Status, user = HistoricImport.Status, request.user
    ready = batch.status == Status.READY
    busy = batch.status in (Status.CHECKING, Status.IMPORTING)
    waiting = batch.changes.filter(status="proposed", record=None).first()
    context = {
        "batch": batch, "job": Job.objects.filter(key=batch.job_key).first() if busy else None,
        "faults": paginate(request, batch.faults_said, ROWS), "preview": batch.preview() if ready else [],
        "can_confirm": ready and user_can_confirm_import(user, batch),
        "can_discard": ready and user_can_discard_import(user, batch),
        "reason_form": (form or ReasonForm()) if batch.status == Status.DONE and not waiting else None, "waiting": waiting,
        "ended": batch.changes.filter(status="confirmed", record=None).select_related("proposed_by", "decided_by").first(),
    }  # fmt: skip
    return render(request, "certificates/historic_import.html", context, status=422 if form is not None else 200)


@login_required
@require_safe
def faults(request: HttpRequest, uuid: UUID) -> HttpResponse:
    batch = _import(request, uuid)
    headings = [_("Row"), _("What is to be mended")]
    return csv_response(f"faults-{localtime(batch.brought_at):%Y%m%d}.csv", headings, batch.faults_said)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: confirm, discard, or take_back, which a second officer confirms."""
    batch, user, at = _import(request, uuid), request.user, now()
    step = request.POST.get("step", "")
    if step == "confirm":
        if not user_can_confirm_import(user, batch):
            raise PermissionDenied
        batch.confirm(by=user, at=at)
        messages.success(request, _("Confirmed. The rows are being taken over; they answer when all of them are there."))
    elif step == "discard":
        batch.discard(by=user, at=at)
        messages.success(request, _("Discarded; nothing was taken over."))
    elif step == "take_back":
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, batch, form)
        found = HistoricChange.propose("withdraw_all", batch=batch, reason=form.cleaned_data["reason"], by=user, at=at)
        messages.success(request, _("Proposed. Another officer has to confirm it."))
        return redirect(found)
    else:
        raise BadRequest
    return redirect(batch)


@login_required
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """The records that were taken over, found by exact number or name, 50 on a page, as CSV. A constant number of queries."""
    officers_only(request)
    form = RecordSearchForm(request.GET)
    rows = visible_records(request.user).select_related("batch").order_by("pk")
    if form.is_valid():
        q, state = form.cleaned_data["q"].strip(), form.cleaned_data["state"]
        if q:
            rows = rows.filter(Q(number_key=number_key(q) or "-") | Q(name=q))
        states = {"live": Q(live=True), "ended": Q(live=False), "held": Q(holder__isnull=False)}
        rows = rows.filter(states.get(state, Q()))
    if request.GET.get("format") == "csv":
        headings = [
            _("Old number"), pgettext("of a person", "Name"), _("Level"), _("Issued on"),
            pgettext("of a certificate", "Issuer"), _("Valid until"), _("State"), _("Source"),
        ]  # fmt: skip
        lines = (
            [row.number, row.name, row.level, row.issued_on.isoformat(), row.issuer, row.valid_until or "", row.state_label,
             f"{row.batch.source} · {row.batch.title}"]
            for row in rows.iterator(chunk_size=2000)
        )  # fmt: skip
        return csv_response(f"old-records-{localdate():%Y%m%d}.csv", headings, lines)
    return render(request, "certificates/historic_records.html", {"form": form, "page": paginate(request, rows, ROWS)})


@login_required
@require_safe
def record(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One record, for officers with its changes, for its holder with who looked."""
    return _record_page(request, _record(request, uuid))


def _record(request: HttpRequest, uuid: UUID) -> HistoricRecord:
    wanted = visible_records(request.user).select_related("batch", "holder", "corrects", "corrected_by")
    return get_object_or_404(wanted, uuid=uuid)


def _record_page(request: HttpRequest, found: HistoricRecord, correction=None, withdrawal=None) -> HttpResponse:
    user = request.user
    is_officer, is_holder = user_is_officer(user), found.holder_id == user.pk
    changes = found.changes.select_related("proposed_by", "decided_by") if is_officer else HistoricChange.objects.none()
    free = is_officer and not is_holder and found.live and not any(change.is_open for change in changes)
    context = {
        "found": found, "is_officer": is_officer, "is_holder": is_holder, "changes": changes,
        "correction": (correction or RecordCorrectionForm(instance=found)) if free else None,
        "withdrawal": (withdrawal or ReasonForm(auto_id="withdraw_%s")) if free else None,
        "lookups": found.lookups.select_related("organisation")[:20] if is_holder else [],
        "share_address": share_page(found) if is_holder and (found.live or found.shares.exists()) else "",
        "successor": getattr(found, "corrected_by", None),
    }  # fmt: skip
    status = 422 if correction is not None or withdrawal is not None else 200
    return render(request, "certificates/historic_record.html", context, status=status)


@login_required
@require_POST
def propose(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An officer proposes a correction of a record, or to take it back (the field `kind`)."""
    officers_only(request)
    found, kind = _record(request, uuid), request.POST.get("kind", "")
    if found.holder_id == request.user.pk:
        raise PermissionDenied
    if kind == "correct":
        form = RecordCorrectionForm(request.POST, instance=found)
        if not form.is_valid():
            return _record_page(request, found, correction=form)
        values = form.changes()
    elif kind == "withdraw":
        form, values = ReasonForm(request.POST, auto_id="withdraw_%s"), {}
        if not form.is_valid():
            return _record_page(request, found, withdrawal=form)
    else:
        raise BadRequest
    reason = form.cleaned_data["reason"]
    change = HistoricChange.propose(
        kind, batch=found.batch, record=found, values=values, reason=reason, by=request.user, at=now()
    )
    messages.success(request, _("Proposed. Another officer has to confirm it."))
    return redirect(change)


def _change(request: HttpRequest, uuid: UUID) -> HistoricChange:
    officers_only(request)
    wanted = HistoricChange.objects.select_related("batch", "record", "proposed_by", "decided_by")
    return get_object_or_404(wanted, uuid=uuid)


@login_required
@require_safe
def change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _change_page(request, _change(request, uuid))


def _change_page(request: HttpRequest, found: HistoricChange, form=None) -> HttpResponse:
    decides = found.is_open and user_can_decide_historic_change(request.user, found)
    takes_back = found.is_open and user_can_take_back_historic_change(request.user, found)
    context = {
        "found": found, "lines": found.lines() if found.record else [], "decides": decides, "takes_back": takes_back,
        "refuse_form": (form or RefuseChangeForm()) if decides else None,
        "count": found.batch.records.filter(live=True).count() if found.record is None and found.is_open else 0,
    }  # fmt: skip
    return render(request, "certificates/historic_change.html", context, status=422 if form is not None else 200)


@login_required
@require_POST
def change_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: confirm, refuse or withdraw. What was decided is refused by the verb."""
    found, user, at = _change(request, uuid), request.user, now()
    may = {
        "confirm": user_can_decide_historic_change, "refuse": user_can_decide_historic_change,
        "withdraw": user_can_take_back_historic_change,
    }  # fmt: skip
    step = named_step(request, found, may)
    if step == "refuse":
        form = RefuseChangeForm(request.POST)
        if not form.is_valid():
            return _change_page(request, found, form)
        found.refuse(note=form.cleaned_data["note"], by=user, at=at)
    else:
        getattr(found, step)(by=user, at=at)
    said = {"confirm": _("Recorded; the answer to the number says it now."), "refuse": _("Refused; nothing has changed."),
            "withdraw": _("Taken back; nothing has changed.")}  # fmt: skip
    messages.success(request, said[step])
    return redirect(found)
