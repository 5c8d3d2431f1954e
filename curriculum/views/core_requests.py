"""Change requests: a base asks the authority to correct a core page; the authority answers; both see what became of it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation, Role
from accounts.permissions import organisation_ids
from lms.lib.listing import csv_response, paginate

from ..core_forms import AnswerForm, ChangeRequestForm
from ..core_permissions import (
    bases_that_may_ask,
    get_change_request_for,
    get_release_for,
    requests_visible_to,
    user_can_answer_request,
    user_oversees_core,
)
from ..models import CoreChangeRequest, CoreRelease
from ..permissions import user_has_authoring


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All requests for the authority, one's own base's for its authors; by state, base and page; CSV of the filter."""
    user = request.user
    overseeing = user_oversees_core(user)
    if not overseeing and not user_has_authoring(user):
        raise PermissionDenied
    visible = requests_visible_to(user)
    rows = visible.select_related("release", "organisation", "sent_by")
    state, base, page_id = (request.GET.get(name, "") for name in ("status", "base", "page_id"))
    if state in CoreChangeRequest.Status.values:
        rows = rows.filter(status=state)
    if base:
        rows = rows.filter(organisation__slug=base)
    if page_id.isdigit():
        rows = rows.filter(release__page=page_id)
    if request.GET.get("format") == "csv":
        headings = [_("Core page"), _("Version"), _("Training base"), _("Place"), _("How it should read"), _("Reason"),
                    _("State"), _("Sent"), _("Answer"), _("Answered")]  # fmt: skip
        lines = (
            [r.release.title, r.release.number, r.organisation.name, r.place, r.text, r.reason, r.get_status_display(),
             _minute(r.sent_at), r.answer, _minute(r.answered_at)]
            for r in rows.iterator()
        )  # fmt: skip
        return csv_response("change-requests.csv", headings, lines)
    context = {
        "page": paginate(request, rows, 20),
        "statuses": CoreChangeRequest.Status.choices,
        "bases": Organisation.objects.filter(core_change_requests__in=visible).distinct().order_by("name"),
        "core_pages": CoreRelease.objects.latest().filter(page__in=visible.values("release__page")).order_by("title"),
        "status": state,
        "base": base,
        "page_id": page_id,
        "overseeing": overseeing,
    }
    return render(request, "curriculum/core_request_list.html", context)


def _minute(moment: datetime | None) -> str:
    return localtime(moment).isoformat(" ", "minutes") if moment else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for a change of a released page, in the name of a base one writes for. The same twice is one request."""
    release = get_release_for(request.user, uuid)
    if not organisation_ids(request.user, Role.AUTHOR) or not bases_that_may_ask(request.user):
        raise PermissionDenied
    bases = Organisation.objects.filter(pk__in=[base.pk for base in bases_that_may_ask(request.user)]).order_by("name")
    form = ChangeRequestForm(request.POST or None, bases=bases)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        sent = CoreChangeRequest.send(
            release, typed["base"], place=typed["place"], text=typed["text"], reason=typed["reason"], by=request.user,
            at=now(),
        )  # fmt: skip
        messages.success(request, _("The request is with the authority; its answer will stand here."))
        return redirect(sent)
    status = 422 if request.method == "POST" else 200
    return render(request, "curriculum/core_request_send.html", {"release": release, "form": form}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request with its answer; the authority answers here. A second click finds it answered."""
    found = get_change_request_for(request.user, uuid)
    may_answer = user_can_answer_request(request.user)
    form = AnswerForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if not may_answer:
            raise PermissionDenied
        if found.answered_by_id == request.user.pk:
            return redirect(found)
        if form.is_valid():
            typed = form.cleaned_data
            found.settle(typed["decision"], answer=typed["answer"], by=request.user, at=now())
            messages.success(request, _("The base reads your answer here."))
            return redirect(found)
        status = 422
    context = {
        "asked": found,
        "form": form,
        "may_answer": may_answer and found.status == CoreChangeRequest.Status.OPEN,
        "newest": CoreRelease.objects.filter(page=found.release.page_id).first(),
    }
    return render(request, "curriculum/core_request.html", context, status=status)
