"""One request for the same new name on all certificates of a holder: asked for once, looked at as one case."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log

from ..change_forms import SAID, AdoptForm, NameChangeForm, RefusalForm, form_of_step
from ..models import NameChange
from ..models.name_changes import candidates_of
from ..permissions import (
    user_can_adopt_change,
    user_can_adopt_name_change,
    user_can_confirm_name_change,
    user_can_decide_change,
    user_can_refuse_change,
    user_can_refuse_name_change,
    user_can_withdraw_name_change,
    user_is_officer,
    user_sees_name_evidence,
    visible_name_changes,
)
from .evidence import serve_evidence
from .steps import named_step


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The holder's certificates with what can be changed now, and the form for all of them. Who has asked is led to that."""
    user = request.user
    if waiting := NameChange.objects.filter(holder=user, closed_at=None).first():
        return redirect(waiting)
    candidates = candidates_of(user)
    free = [one.certificate for one in candidates if not one.why_not]
    form = None
    if free:
        initial = {"name": user.full_name, "name_latin": user.name_latin}
        form = NameChangeForm(request.POST or None, request.FILES or None, certificates=free, initial=initial)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            found = NameChange.ask(
                user, name=data["name"], name_latin=data["name_latin"], shown=data["shown"], upload=data["evidence"],
                checked=form.checked, at=now(),
            )  # fmt: skip
            messages.success(request, _("Sent. Two officers decide; you get a mail."))
            return redirect(found)
    context = {"form": form, "candidates": candidates, "free": len(free)}
    return render(request, "certificates/name_change_ask.html", context, status=422 if form and form.errors else 200)


def _get(user, uuid: UUID) -> NameChange:
    return get_object_or_404(visible_name_changes(user).select_related("holder"), uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The case: the new name, the evidence, each certificate with what became of it, and what this person can do with all."""
    return _page(request, _get(request.user, uuid))


def _page(request: HttpRequest, case: NameChange, form=None) -> HttpResponse:
    """A constant number of queries, however many certificates there are."""
    user, rows = request.user, case.of_each()
    forms = {AdoptForm: AdoptForm(), RefusalForm: RefusalForm()}
    if form is not None:
        forms[type(form)] = form
    adopt, confirm, refuse = (
        sum(may(user, row) for row in rows) for may in (user_can_adopt_change, user_can_decide_change, user_can_refuse_change)
    )
    context = {
        "case": case, "rows": rows, "waiting": sum(row.is_open for row in rows), "is_officer": user_is_officer(user),
        "to_adopt": adopt, "to_confirm": confirm, "to_refuse": refuse,
        "adopt_form": forms[AdoptForm] if adopt else None, "refuse_form": forms[RefusalForm] if refuse else None,
        "own": sum(row.is_open and row.proposed_by_id == user.pk for row in rows),
        "can_withdraw": user_can_withdraw_name_change(user, case), "sees_evidence": user_sees_name_evidence(user, case),
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "certificates/name_change.html", context, status=status)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step for all of them, named by the field `step`: adopt, confirm, refuse or withdraw."""
    case, user, at = _get(request.user, uuid), request.user, now()
    may = {
        "adopt": user_can_adopt_name_change, "confirm": user_can_confirm_name_change, "refuse": user_can_refuse_name_change,
        "withdraw": user_can_withdraw_name_change,
    }  # fmt: skip
    step = named_step(request, case, may)
    form = form_of_step(step, request.POST)
    if form is not None and not form.is_valid():
        return _page(request, case, form)
    data = form.cleaned_data if form is not None else {}
    if step == "confirm":
        done, left = case.confirm(by=user, at=at)
        if done:
            said = ngettext(
                "%(n)s certificate is replaced. The page shows it now; the signed status list follows within a minute.",
                "%(n)s certificates are replaced. The pages show it now; the signed status list follows within a minute.", done,
            )  # fmt: skip
            messages.success(request, said % {"n": done})
        for number, why in left:
            messages.error(request, _("%(number)s can't be replaced: %(why)s") % {"number": number, "why": why})
        return redirect(case)
    getattr(case, step)(**data, by=user, at=at)
    messages.success(request, SAID[step])
    return redirect(case)


@login_required
@never_cache
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The holder's evidence, while something of the case is to be decided. Who reads it is logged."""
    case = _get(request.user, uuid)
    if not user_sees_name_evidence(request.user, case):
        raise Http404
    log(case, "certificates.name_change.evidence", by=request.user)
    return serve_evidence(case)
