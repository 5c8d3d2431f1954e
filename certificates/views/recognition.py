"""Recognition of other bodies' certificates: agreements by two officers, applications, decisions."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..historic_permissions import (
    user_can_decide_end,
    user_can_decide_recognition,
    user_can_take_back_end,
    visible_recognitions,
)
from ..models import Recognition, RecognitionAgreement, RecognitionEnd
from ..permissions import user_is_officer
from ..recognition_forms import AgreementForm, BasisForm, EndForm, RecognitionForm, RefuseEndForm, WithdrawAgreementForm
from .evidence import serve_evidence
from .shares import share_page

ROWS = 50
ASK = ["GET", "HEAD", "POST"]
ENDING = "ending"  # in the list's filter: a proposal to end it waits


def officers_only(request: HttpRequest) -> None:
    if not user_is_officer(request.user):
        raise PermissionDenied


@login_required
@require_http_methods(ASK)
def agreements(request: HttpRequest) -> HttpResponse:
    """All of them, 50 on a page; POST writes a draft."""
    officers_only(request)
    form = AgreementForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        made = RecognitionAgreement.draft(form.cleaned_data, by=request.user, at=now())
        messages.success(request, _("Kept as draft. Another officer has to approve it."))
        return redirect(made)
    context = {"form": form, "page": paginate(request, RecognitionAgreement.objects.all(), ROWS)}
    return render(request, "certificates/recognition_agreements.html", context, status=422 if form.errors else 200)


def _agreement(request: HttpRequest, uuid: UUID) -> RecognitionAgreement:
    officers_only(request)
    return get_object_or_404(
        RecognitionAgreement.objects.select_related("drafted_by", "approved_by", "standard"), uuid=uuid
    )


@login_required
@require_http_methods(ASK)
def agreement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One agreement; POST changes it while it is a draft."""
    found = _agreement(request, uuid)
    form = AgreementForm(request.POST or None, instance=found) if found.is_draft or request.method == "POST" else None
    if request.method == "POST" and form.is_valid():
        found.change(form.cleaned_data, by=request.user, at=now())
        messages.success(request, _("Kept as draft. Another officer has to approve it."))
        return redirect(found)
    return _agreement_page(request, found, form)


def _agreement_page(request: HttpRequest, found: RecognitionAgreement, form=None, end_form=None) -> HttpResponse:
    open_to_end = found.status != RecognitionAgreement.Status.WITHDRAWN
    context = {
        "found": found, "form": form, "can_approve": found.is_draft and request.user.pk != found.drafted_by_id,
        "end_form": (end_form or _withdrawal(found)) if open_to_end else None,
    }  # fmt: skip
    status = 422 if end_form is not None or (form is not None and form.errors) else 200
    return render(request, "certificates/recognition_agreement.html", context, status=status)


def _withdrawal(found: RecognitionAgreement, data=None) -> WithdrawAgreementForm:
    return WithdrawAgreementForm(data, draft=found.is_draft, today=localdate(), auto_id="end_%s")


@login_required
@require_POST
def agreement_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: approve, discard a draft, or withdraw what was approved."""
    found, step = _agreement(request, uuid), request.POST.get("step", "")
    if step == "approve":
        found.approve(by=request.user, at=now())
        messages.success(request, _("Approved; it is in force from its day."))
    elif step in ("discard", "withdraw"):
        if found.is_draft != (step == "discard"):
            raise WrongState(_("This statement is no longer in a state that allows this."), obj=found)
        form = _withdrawal(found, request.POST)
        if not form.is_valid():
            return _agreement_page(request, found, end_form=form)
        found.withdraw(**form.cleaned_data, by=request.user, at=now())
        ended = _("Ended from that day on; what was recognised stays.")
        messages.success(request, ended if step == "withdraw" else _("The draft was discarded; nothing was recognised by it."))
    else:
        raise BadRequest
    return redirect(found)


@login_required
@require_http_methods(ASK)
def ask(request: HttpRequest) -> HttpResponse:
    """What is recognised, and the form to apply for it."""
    today = timezone.localdate()
    form = RecognitionForm(request.POST or None, request.FILES or None, today=today, name=request.user.full_name)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in (*RecognitionForm.Meta.fields, "request_id")}
        try:
            made = Recognition.ask(**data, upload=form.cleaned_data["evidence"], checked=form.checked, by=request.user, at=now())
        except WrongState as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Sent. An officer decides; you get a mail."))
            return redirect(made)
    context = {"form": form, "agreements": RecognitionAgreement.objects.valid(today)}
    return render(request, "certificates/recognition_ask.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Applications and recognitions by state, 50 on a page, as CSV. A constant number of queries."""
    officers_only(request)
    state = request.GET.get("state", "asked")
    by_two = RecognitionEnd.objects.filter(recognition=OuterRef("pk"), status=RecognitionEnd.Status.CONFIRMED)
    rows = Recognition.objects.select_related("agreement", "holder").annotate(by_two=Exists(by_two))
    if state in Recognition.Status.values:
        rows = rows.filter(status=state)
    elif state == ENDING:
        rows = rows.filter(ends__status=RecognitionEnd.Status.PROPOSED)
    if request.GET.get("format") == "csv":
        headings = [
            _("Number of the statement"), _("Applicant"), _("Certificate of"), _("Counts here as"), _("Applied for"), _("State"),
        ]  # fmt: skip
        lines = (
            [row.number or "", row.holder.full_name, local(row.agreement, "body"), row.agreement.get_level_display(),
             f"{localtime(row.asked_at):%Y-%m-%d}", _state(row)]
            for row in rows
        )  # fmt: skip
        return csv_response(f"recognitions-{localdate():%Y%m%d}.csv", headings, lines)
    drafts = RecognitionAgreement.objects.filter(status="draft").exclude(drafted_by=request.user).count()
    states = [*Recognition.Status.choices, (ENDING, _("end proposed"))]
    context = {"page": paginate(request, rows, ROWS), "state": state, "states": states, "drafts": drafts}
    return render(request, "certificates/recognition_list.html", context)


def _state(row: Recognition) -> str:
    """In words; one that a single officer ended, before two were asked for, is marked."""
    alone = row.status == Recognition.Status.ENDED and not row.by_two
    return f"{row.get_status_display()} · {_('by one officer')}" if alone else row.get_status_display()


def _get(user, uuid: UUID) -> Recognition:
    wanted = visible_recognitions(user).select_related("agreement", "holder", "decided_by")
    return get_object_or_404(wanted, uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, _get(request.user, uuid))


def _page(request: HttpRequest, found: Recognition, form=None) -> HttpResponse:
    user = request.user
    decides, is_holder, is_officer = user_can_decide_recognition(user, found), found.holder_id == user.pk, user_is_officer(user)
    ends = list(found.ends.select_related("proposed_by", "decided_by")) if is_officer or is_holder else []
    for end in ends:
        end.recognition = found
    waiting = next((end for end in ends if end.is_open), None)
    shown = {BasisForm: BasisForm(), EndForm: EndForm(today=localdate()), RefuseEndForm: RefuseEndForm()}
    if form is not None:
        shown[type(form)] = form
    stands = found.status == Recognition.Status.RECOGNISED
    can_end = decides and stands and waiting is None
    context = {
        "found": found, "is_officer": is_officer, "is_holder": is_holder,
        "basis_form": shown[BasisForm] if decides and found.is_open else None,
        "end_form": shown[EndForm] if can_end else None,
        "ended_by_one": found.status == Recognition.Status.ENDED and not any(end.status == end.Status.CONFIRMED for end in ends),
        "ends": ends if decides else [], "waiting": waiting,
        "refuse_end_form": shown[RefuseEndForm] if waiting and user_can_decide_end(user, waiting) else None,
        "takes_back": waiting is not None and user_can_take_back_end(user, waiting),
        "can_withdraw": is_holder and found.is_open,
        "lookups": found.lookups.select_related("organisation")[:20] if is_holder else [],
        "share_address": share_page(found) if is_holder and (stands or found.shares.exists()) else "",
    }  # fmt: skip
    return render(request, "certificates/recognition.html", context, status=422 if form is not None else 200)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: recognise, refuse, end (an officer proposes it), confirm_end, refuse_end (a
    second officer), withdraw_end (who proposed it), withdraw (the applicant)."""
    found, user, at = _get(request.user, uuid), request.user, now()
    step = request.POST.get("step", "")
    forms = {"recognise": BasisForm, "refuse": BasisForm, "end": partial(EndForm, today=localdate(at))}
    if step in ENDS:
        return _decide_end(request, found, step)
    if step == "withdraw":
        if user.pk != found.holder_id:
            raise PermissionDenied
        found.withdraw(by=user, at=at)
    elif step in forms:
        if not user_can_decide_recognition(user, found):
            raise PermissionDenied
        form = forms[step](request.POST)
        if not form.is_valid():
            return _page(request, found, form)
        if step == "end":
            RecognitionEnd.propose(found, **form.cleaned_data, by=user, at=at)
        else:
            getattr(found, step)(**form.cleaned_data, by=user, at=at)
    else:
        raise BadRequest
    said = {
        "recognise": _("Recognised by statement; the applicant is told."), "refuse": _("Refused; nothing has changed."),
        "end": _("Proposed. Another officer has to confirm it."), "withdraw": _("Taken back; nothing has changed."),
    }  # fmt: skip
    messages.success(request, said[step])
    return redirect(found)


ENDS = {
    "confirm_end": (user_can_decide_end, gettext_lazy("Ended; the answer to the number says so.")),
    "refuse_end": (user_can_decide_end, gettext_lazy("Refused; nothing has changed.")),
    "withdraw_end": (user_can_take_back_end, gettext_lazy("Taken back; nothing has changed.")),
}


def _decide_end(request: HttpRequest, found: Recognition, step: str) -> HttpResponse:
    """The second pair of eyes, on the latest proposal. The verb says it when that was decided meanwhile."""
    officers_only(request)
    end, (may, said) = found.ends.select_related("recognition").first(), ENDS[step]
    if end is None:
        raise Http404
    if end.is_open and not may(request.user, end):
        raise PermissionDenied
    if step == "refuse_end":
        form = RefuseEndForm(request.POST)
        if not form.is_valid():
            return _page(request, found, form)
        end.refuse(**form.cleaned_data, by=request.user, at=now())
    elif step == "confirm_end":
        end.confirm(by=request.user, at=now())
    else:
        end.withdraw(by=request.user, at=now())
    messages.success(request, said)
    return redirect(found)


@login_required
@never_cache
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """While it is to be decided. Who reads it is logged."""
    found = _get(request.user, uuid)
    if not found.evidence_name:
        raise Http404
    log(found, "certificates.recognition.evidence", by=request.user)
    return serve_evidence(found)
