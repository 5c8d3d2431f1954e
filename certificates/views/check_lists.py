"""Lists of numbers and names that an employer brings: reading, progress, result, files, deleting."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from lms.lib.listing import csv_response, paginate
from lms.lib.uploads import serve_attachment
from lms.lib.workbook import XLSX, workbook_response

from ..employer_forms import CheckListForm
from ..employer_permissions import employers_of
from ..list_answers import state_label
from ..list_reading import Trouble
from ..models import CheckList, EmployerTerms
from ..receipts import as_file
from .employers import get_employer_for

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
TONES = {"valid": "ok", "expired": "warn", "suspended": "warn", "revoked": "bad", "corrected": "info", "no_match": "muted"}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The employer's lists; POST brings one, wholly or not at all."""
    employer, at, status = get_employer_for(request.user, uuid), now(), 200
    terms = EmployerTerms.objects.at(at)
    fresh = {"request_id": uuid4()}
    form = CheckListForm(request.POST or None, request.FILES or None, terms=terms, initial=fresh)
    if request.method == "POST":
        if form.is_valid() and _within_tries(form, employer, at=at):
            data = form.cleaned_data
            try:
                made = CheckList.receive(
                    employer, form.rows, title=data["title"], request_id=data["request_id"], terms=terms, by=request.user, at=at
                )
            except WrongState as error:
                form.add_error("file", error.message)
            else:
                return redirect(made)
        status = 422
    context = {
        "employer": employer, "form": form, "terms": terms,
        "page": paginate(request, CheckList.objects.shown().filter(organisation=employer).select_related("created_by")),
        "rows_left": max(0, terms.rows_per_day - CheckList.objects.rows_since(employer, at - timedelta(days=1))),
    }  # fmt: skip
    return render(request, "certificates/check_list_list.html", context, status=status)


def _within_tries(form: CheckListForm, employer, *, at) -> bool:
    """Refuse a list with numbers that were brought too often lately, whether or not they exist."""
    most = form.terms.tries_per_number
    often = CheckList.objects.tried_too_often(employer, form.rows, most=most, at=at)
    form.troubles = [Trouble(row.row, _("This number was asked for too often in 24 hours.")) for row in often][:200]
    if often:
        form.add_error("file", _("Nothing was taken over: see “Rows to be mended”. Mend them in your file and bring it again."))
    return not often


def get_list_for(user, uuid: UUID) -> CheckList:
    found = get_object_or_404(CheckList.objects.shown().select_related("organisation", "created_by"), uuid=uuid)
    get_employer_for(user, found.organisation.uuid)
    return found


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Progress while it is being checked, then the answers by line with a filter. Names as long as they are kept."""
    found = get_list_for(request.user, uuid)
    job = Job.objects.filter(key=f"check-list:{found.uuid}").first() if found.status == CheckList.Status.WAITING else None
    state = request.GET.get("state", "")
    lines = found.lines.all()
    if state in found.counts:
        lines = lines.filter(state=state)
    names, page = found.names(), paginate(request, lines, 100)
    for line in page.object_list:
        line.name = names[line.place] if names else ""
        line.label, line.tone = state_label(line.state), TONES.get(line.state, "muted")
    counts = [(key, state_label(key), n, TONES.get(key, "muted")) for key, n in sorted(found.counts.items(), key=lambda c: -c[1])]
    context = {"found": found, "job": job, "page": page, "counts": counts, "state": state, "has_names": bool(names)}
    return render(request, "certificates/check_list.html", context)


@login_required
@never_cache
@require_safe
def result(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """The files exactly as they were signed, and the signed statement about them (kind json)."""
    found = get_list_for(request.user, uuid)
    if found.status != CheckList.Status.DONE or kind not in (*TYPES, "json"):
        raise Http404
    name = f"check-{localtime(found.answered_at):%Y%m%d-%H%M}.{kind}"
    if kind == "json":
        response = HttpResponse(as_file(found.statement), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    return serve_attachment(storages["private"].open(found.file_name(kind)), name, media_type=TYPES[kind])


@login_required
@require_POST
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = get_list_for(request.user, uuid)
    found.erase(by=request.user, at=now())
    messages.success(request, _("The list was deleted, with its names and results."))
    return redirect("check_list_list", found.organisation.uuid)


@login_required
@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty list with the headings, for people of any employer."""
    if not employers_of(request.user):
        raise PermissionDenied
    lines = [[_("Certificate number"), pgettext("of a person", "Name")]]
    if kind == "csv":
        return csv_response("certificates-to-check.csv", lines[0], [])
    if kind == "xlsx":
        return workbook_response("certificates-to-check.xlsx", [(_("List"), lines)])
    raise Http404
