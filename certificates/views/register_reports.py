"""Reports of misuse on the public register: anybody sends one, officers answer."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.audit import log
from lms.lib.csrf import csrf_for_members
from lms.lib.errors import WrongState
from lms.lib.listing import paginate
from lms.lib.puzzle import held_up
from lms.lib.ratelimit import Limit

from ..models import RegisterReport
from ..permissions import user_is_officer
from ..register_forms import ReportAnswerForm, ReportForm
from ..register_permissions import visible_reports
from .register import listed

# For each client address: few people have more than one thing to report.
REPORT = Limit("register-report", 3, 600)
SOLVED = Limit("register-report-solved", 10, 600)  # beyond the first ones, each with a solved puzzle
ROWS = 50


@never_cache
@csrf_for_members
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form, without an account; who sends often solves a puzzle for each further one. Nothing is kept of who sent it."""
    found = get_object_or_404(listed(), uuid=uuid)
    form = ReportForm(request.POST or None, initial={"request_id": uuid4()})
    status, puzzle, too_many = 200, None, False
    if request.method == "POST":
        puzzle, too_many = held_up(request, REPORT, SOLVED)
        if puzzle or too_many:
            status = 429
        elif not form.is_valid():
            status = 422
        else:
            try:
                RegisterReport.make(found, **form.cleaned_data, at=now())
            except WrongState as wrong:
                form.add_error(None, wrong.message)
                status = 409
            else:
                return redirect(reverse("register_report", args=[uuid]) + "?sent=1")
    context = {"entry": found, "form": form, "puzzle": puzzle, "too_many": too_many, "sent": "sent" in request.GET}
    response = render(request, "certificates/register_report.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The reports by state, the oldest open one first. A constant number of queries."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    state = request.GET.get("state", "open")
    rows = visible_reports(request.user).select_related("entry__holder").defer("sealed")
    if state in RegisterReport.Status.values:
        rows = rows.filter(status=state)
    if state == RegisterReport.Status.OPEN:
        rows = rows.order_by("reported_at", "pk")
    context = {"page": paginate(request, rows, ROWS), "state": state, "states": RegisterReport.Status.choices}
    return render(request, "certificates/register_reports.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One report, with what others say of the entry; that they were read is logged, for an address may stand in them. POST: the
    step of the field `step`."""
    wanted = visible_reports(request.user).select_related("entry__holder", "answered_by")
    found = get_object_or_404(wanted, uuid=uuid)
    if request.method == "POST" and request.POST.get("step") == "put_back":
        found.entry.put_back(by=request.user, at=now())
        messages.success(request, _("The entry may be shown again."))
        return redirect(found)
    others = visible_reports(request.user).open().filter(entry=found.entry).exclude(pk=found.pk).order_by("reported_at", "pk")
    form, status = ReportAnswerForm(request.POST or None, others=others), 200
    if request.method == "POST":
        if request.POST.get("step") != "answer":
            raise BadRequest
        if form.is_valid():
            found.answer(**form.cleaned_data, by=request.user, at=now())
            more = len(form.cleaned_data.get("also", ()))
            together = ngettext("%(n)s report answered.", "%(n)s reports answered.", more + 1) % {"n": more + 1}
            messages.success(request, together if more else _("Answered."))
            return redirect(found)
        status = 422
    elif request.method == "GET":
        log(found, "certificates.register_report.read", by=request.user, others=[str(report.uuid) for report in others])
    context = {
        "report": found, "entry": found.entry, "said": found.said, "form": form if found.is_open else None,
        "shown": found.entry.is_listed(localdate()), "others": others,
        "certificates": found.entry.certificates.order_by("-issued_on", "-pk"),
    }  # fmt: skip
    return render(request, "certificates/register_case.html", context, status=status)
