"""Appeals as the trainee sees them: lodge one, see how it stands, take it back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.errors import WrongState
from lms.lib.uploads import serve_attachment

from ..appeal_forms import AppealForm
from ..appeals import steps_of
from ..models import Appeal, AppealPolicy
from ..models.appeals import last_day
from ..permissions import get_own_appeal, get_own_result


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lodge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form for an appeal against the person's own result, with its deadline and what will happen."""
    result = get_own_result(request.user, uuid)
    at = now()
    if found := Appeal.objects.filter(result=result).first():
        return redirect(found)
    if Appeal.why_not(result, at=at):
        if request.method == "POST":  # what was typed stays in the browser; here it is said plainly why it is too late
            raise WrongState(_("This result can't be appealed against any more."), obj=result.submission)
        return redirect("submission_result", uuid)
    form = AppealForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        appeal = Appeal.lodge(
            result, ground=data["ground"], statement=data["statement"], at=at, upload=data["file"], checked=form.checked
        )
        messages.success(request, _("Your appeal is lodged. You get an e-mail at every step."))
        return redirect(appeal)
    context = {
        "result": result,
        "submission": result.submission,
        "item": result.assignment.item,
        "last_day": last_day(Appeal.until(result)),
        "terms": AppealPolicy.objects.at(result.released_at),
        "form": form,
    }
    return render(request, "assessments/appeal_lodge.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def appeal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How the person's own appeal stands: steps, deadlines, reasons, both results. No name of anybody who decided."""
    found = get_own_appeal(request.user, uuid)
    context = {
        "appeal": found,
        "steps": steps_of(found),
        "overdue": found.is_overdue(now()),
        "item": found.result.assignment.item,
        "submission": found.result.submission,
    }
    return render(request, "assessments/appeal.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then take the appeal back. Twice is harmless."""
    found = get_own_appeal(request.user, uuid)
    if request.method == "POST" and found.status != Appeal.Status.WITHDRAWN:
        found.withdraw(at=now())
        messages.success(request, _("Your appeal is withdrawn. The result stands."))
    if request.method == "POST" or not found.is_open:
        return redirect(found)
    return render(request, "assessments/appeal_withdraw.html", {"appeal": found, "item": found.result.assignment.item})


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The file that the trainee sent with the appeal, for themselves."""
    return serve_file(get_own_appeal(request.user, uuid))


def serve_file(found: Appeal) -> HttpResponse:
    if not found.file:
        raise Http404
    try:
        return serve_attachment(found.file.open("rb"), found.file_name, found.file_type)
    except FileNotFoundError as error:
        raise Http404 from error
