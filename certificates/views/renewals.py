"""Renewal: the holder applies, a registrar or officer looks, an officer confirms."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib.language import local
from lms.lib.listing import csv_response, paginate

from ..change_forms import RefusalForm
from ..life_forms import RenewalNoteForm
from ..life_permissions import (
    user_can_confirm_renewal,
    user_can_propose_renewal,
    user_can_refuse_renewal,
    user_can_withdraw_renewal,
    user_decides_cpd,
    user_keeps_cpd,
    visible_renewals,
)
from ..models import Renewal
from ..permissions import user_is_officer
from .certificates import get_certificate_for
from .steps import named_step

ROWS = 50
WITH = ("certificate__organisation", "certificate__holder", "terms", "proposed_by", "decided_by", "new")


@login_required
@require_POST
def apply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The holder applies for renewal."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_keeps_cpd(request.user, certificate):
        raise Http404
    renewal = Renewal.apply(certificate, by=request.user, at=now())
    messages.success(request, _("Applied for. Two people decide; the page shows how it stands."))
    return redirect(renewal)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What was applied for and what became of it, 50 on a page, by state, as CSV. A constant number of queries."""
    if not user_decides_cpd(request.user):
        raise PermissionDenied
    rows = visible_renewals(request.user).select_related(*WITH)
    state = request.GET.get("state", "open")
    if state == "open":
        rows = rows.open()
    elif state in Renewal.Status.values:
        rows = rows.filter(status=state)
    if request.GET.get("format") == "csv":
        headings = [
            _("Certificate number"), _("Holder"), _("Training base"), _("Valid until"), _("Applied for"), _("Drawn by lot"),
            _("State"), _("New certificate"),
        ]  # fmt: skip
        lines = (
            [row.certificate.number, row.certificate.holder_name, local(row.certificate.organisation, "name"),
             row.certificate.valid_until.isoformat(), localdate(row.applied_at), _("yes") if row.sampled else _("no"),
             row.get_status_display(), row.new.number if row.new else ""]
            for row in rows
        )  # fmt: skip
        return csv_response(f"renewals-{localdate():%Y%m%d}.csv", headings, lines)
    context = {"page": paginate(request, rows, ROWS), "state": state, "states": Renewal.Status.choices}
    return render(request, "certificates/renewal_list.html", context)


def _get(user, uuid: UUID) -> Renewal:
    return get_object_or_404(visible_renewals(user).select_related(*WITH), uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One of them: what the ledger said, whether the lot fell on it, who said what, and the next step."""
    return _page(request, _get(request.user, uuid))


def _page(request: HttpRequest, renewal: Renewal, form=None) -> HttpResponse:
    user = request.user
    note, refusal = RenewalNoteForm(sampled=renewal.sampled), RefusalForm()
    if form is not None:
        note, refusal = (form, refusal) if isinstance(form, RenewalNoteForm) else (note, form)
    context = {
        "renewal": renewal, "certificate": renewal.certificate, "is_holder": user_keeps_cpd(user, renewal.certificate),
        "propose_form": note if user_can_propose_renewal(user, renewal) else None,
        "can_confirm": user_can_confirm_renewal(user, renewal),
        "refuse_form": refusal if user_can_refuse_renewal(user, renewal) else None,
        "can_withdraw": user_can_withdraw_renewal(user, renewal), "is_officer": user_is_officer(user),
    }  # fmt: skip
    return render(request, "certificates/renewal.html", context, status=422 if form is not None and form.errors else 200)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: propose, confirm, refuse or withdraw."""
    renewal, user = _get(request.user, uuid), request.user
    may = {
        "propose": user_can_propose_renewal, "confirm": user_can_confirm_renewal, "refuse": user_can_refuse_renewal,
        "withdraw": user_can_withdraw_renewal,
    }  # fmt: skip
    step = named_step(request, renewal, may)
    form = None
    if step == "propose":
        form = RenewalNoteForm(request.POST, sampled=renewal.sampled)
    elif step == "refuse":
        form = RefusalForm(request.POST)
    if form is not None and not form.is_valid():
        return _page(request, renewal, form)
    if step == "propose":
        renewal.propose(note=form.cleaned_data["note"], by=user, at=now())
    elif step == "refuse":
        renewal.refuse(reason=form.cleaned_data["note"], by=user, at=now())
    else:
        getattr(renewal, step)(by=user, at=now())
    said = {
        "propose": _("Proposed. An officer has to confirm it."), "confirm": _("Renewed. The new certificate is being signed."),
        "refuse": _("Refused; nothing has changed."), "withdraw": _("Taken back; nothing has changed."),
    }  # fmt: skip
    messages.success(request, said[step])
    return redirect(renewal)
