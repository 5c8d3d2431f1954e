"""Changes of certificates that take two people: the desk's list, one request with its next step, and where they begin."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log
from lms.lib.listing import csv_response, paginate

from ..change_forms import SAID, AdoptForm, CorrectionForm, RefusalForm, RenameForm, form_of_step
from ..models import Certificate, ChangeRequest, StatusChange
from ..permissions import (
    user_can_adopt_change,
    user_can_change_status,
    user_can_decide_change,
    user_can_refuse_change,
    user_can_rename,
    user_can_share,
    user_can_withdraw_change,
    user_is_officer,
    user_sees_evidence,
    visible_changes,
)
from .certificates import get_certificate_for
from .evidence import serve_evidence
from .steps import named_step

ROWS = 50
ASK = ["GET", "HEAD", "POST"]
WITH = ("certificate__organisation", "certificate__holder", "asked_by", "proposed_by", "decided_by", "change", "case")


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits for a second person or was decided, 50 on a page, by state and kind, as CSV. What a holder asked for together
    is one row. A constant number of queries."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    rows = visible_changes(request.user).select_related(*WITH)
    state, kind = request.GET.get("state", "open"), request.GET.get("kind", "")
    if state == "open":
        rows = rows.open()
    elif state in ChangeRequest.Status.values:
        rows = rows.filter(status=state)
    if kind in ChangeRequest.KINDS:
        rows = rows.filter(kind=kind)
    if request.GET.get("format") == "csv":
        headings = [
            _("Certificate number"), _("Step"), _("Public reason"), _("Asked for"), _("Proposed by"), _("Proposed"),
            _("State"), _("Decided by"), _("Decided"),
        ]  # fmt: skip
        lines = (
            [row.certificate.number, row.get_kind_display(), row.get_reason_display(), _day(row.asked_at),
             row.proposed_by.full_name if row.proposed_by else "", _day(row.proposed_at), row.get_status_display(),
             row.decided_by.full_name if row.decided_by else "", _day(row.decided_at)]
            for row in rows
        )  # fmt: skip
        return csv_response(f"certificate-changes-{localdate():%Y%m%d}.csv", headings, lines)
    in_case = rows.order_by().filter(case=OuterRef("case")).values("case").annotate(n=Count("pk")).values("n")
    rows = rows.matters().annotate(together=Subquery(in_case))
    context = {
        "page": paginate(request, rows, ROWS), "state": state, "kind": kind, "states": ChangeRequest.Status.choices,
        "kinds": [(kind.value, kind.label) for kind in ChangeRequest.KINDS],
    }  # fmt: skip
    return render(request, "certificates/change_list.html", context)


def _day(moment) -> str:
    return f"{localtime(moment):%Y-%m-%d}" if moment else ""


def _get(user, uuid: UUID) -> ChangeRequest:
    return get_object_or_404(visible_changes(user).select_related(*WITH), uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One of them: what is proposed, who said so, and what this person can do next."""
    return _page(request, _get(request.user, uuid))


def _page(request: HttpRequest, found: ChangeRequest, form=None) -> HttpResponse:
    user = request.user
    forms = {"adopt": AdoptForm(), "refuse": RefusalForm()}
    if form is not None:
        forms["refuse" if isinstance(form, RefusalForm) else "adopt"] = form
    context = {
        "found": found, "certificate": found.certificate, "is_officer": user_is_officer(user),
        "adopt_form": forms["adopt"] if user_can_adopt_change(user, found) else None,
        "can_confirm": user_can_decide_change(user, found),
        "refuse_form": forms["refuse"] if user_can_refuse_change(user, found) else None,
        "can_withdraw": user_can_withdraw_change(user, found), "sees_evidence": user_sees_evidence(user, found),
        "own": user.pk == found.proposed_by_id, "together": found.case.requests.count() if found.case else 0,
    }  # fmt: skip
    return render(request, "certificates/change.html", context, status=422 if form is not None and form.errors else 200)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: adopt, confirm, refuse or withdraw."""
    found, user = _get(request.user, uuid), request.user
    may = {
        "adopt": user_can_adopt_change, "confirm": user_can_decide_change, "refuse": user_can_refuse_change,
        "withdraw": user_can_withdraw_change,
    }  # fmt: skip
    step = named_step(request, found, may)
    form = form_of_step(step, request.POST)
    if form is not None and not form.is_valid():
        return _page(request, found, form)
    data = form.cleaned_data if form is not None else {}
    getattr(found, step)(**data, by=user, at=now())
    recorded = _("Recorded. The page shows it now; the signed status list follows within a minute.")
    messages.success(request, recorded if step == "confirm" else SAID[step])
    return redirect(found)


@login_required
@never_cache
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The holder's evidence, while somebody has to decide on it. Who reads it is logged."""
    found = _get(request.user, uuid)
    if not user_sees_evidence(request.user, found):
        raise Http404
    log(found, "certificates.change.evidence", by=request.user, organisation=found.certificate.organisation)
    return serve_evidence(found)


@login_required
@require_http_methods(ASK)
def correct(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An officer proposes a corrected certificate in the place of this one."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_can_change_status(request.user, certificate):
        raise PermissionDenied
    form = CorrectionForm(request.POST or None, certificate=certificate)
    if request.method == "POST" and form.is_valid():
        data = {key: form.cleaned_data[key] for key in ("reason", "text", "note", "facts_again")}
        found = ChangeRequest.propose(
            certificate, StatusChange.Kind.CORRECTED, **data, **form.names(), by=request.user, at=now()
        )
        messages.success(request, _("Proposed. Another officer has to confirm it."))
        return redirect(found)
    context = {"certificate": certificate, "form": form}
    return render(request, "certificates/correct.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(ASK)
def rename(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The holder asks for a certificate with the new name, with evidence."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_can_share(request.user, certificate):
        raise Http404
    if not user_can_rename(request.user, certificate):
        raise PermissionDenied
    form = RenameForm(request.POST or None, request.FILES or None, certificate=certificate)
    if request.method == "POST" and form.is_valid():
        found = ChangeRequest.ask(
            certificate, **form.names(), shown=form.cleaned_data["shown"], upload=form.cleaned_data["evidence"],
            checked=form.checked, by=request.user, at=now(),
        )  # fmt: skip
        messages.success(request, _("Sent. Two officers decide; you get a mail."))
        return redirect(found)
    others = Certificate.objects.standing().filter(holder=request.user, replaced_by=None).exclude(pk=certificate.pk).exists()
    context = {"certificate": certificate, "form": form, "others": others}
    return render(request, "certificates/rename.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def show_from_old(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The holder lets the old number lead to this certificate, or no longer."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_can_share(request.user, certificate):
        raise Http404
    certificate.show_from_old(request.POST.get("shown") == "1", by=request.user)
    messages.success(request, _("Recorded."))
    return redirect("certificate_detail", certificate.uuid)
