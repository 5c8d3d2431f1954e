"""Editions brought from outside: upload, report, drafts. Authors only, below the page of their own base."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.jobs import enqueue
from lms.lib.listing import paginate

from ..forms import ImportForm
from ..models import EditionImport
from ..package_import import check_again, receive
from ..permissions import bases_to_import_into, get_import_for, imports_visible_to


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What was brought so far, and the form to bring another. An upload is kept whatever is found in it."""
    bases = bases_to_import_into(request.user)
    if not bases:
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None, bases=bases)
    if request.method == "POST" and form.is_valid():
        package = receive(
            form.cleaned_data["file"], organisation=form.cleaned_data["organisation"], by=request.user, at=now()
        )
        return redirect(package)
    packages = imports_visible_to(request.user).select_related("organisation", "uploaded_by", "course")
    state = request.GET.get("status", "")
    if state in EditionImport.Status.values:
        packages = packages.filter(status=state)
    context = {"form": form, "page": paginate(request, packages, 20), "statuses": EditionImport.Status.choices,
               "status": state}  # fmt: skip
    return render(request, "curriculum/import_list.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The report row by row, and what can be done now."""
    package = get_import_for(request.user, uuid)
    rows = package.report
    context = {
        "package": package,
        "errors": [row for row in rows if row["state"] == "error"],
        "warnings": [row for row in rows if row["state"] == "warning"],
        "fine": [row for row in rows if row["state"] == "ok"],
        "waiting": package.status in EditionImport.WAITING,
    }
    return render(request, "curriculum/import_detail.html", context)


@login_required
@require_POST
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Look into the package again, without another upload."""
    package = get_import_for(request.user, uuid)
    check_again(package)
    messages.info(request, _("The package was checked again."))
    return redirect(package)


@login_required
@require_POST
def run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for the drafts. A second click finds them under way or made."""
    package = get_import_for(request.user, uuid)
    if package.status in (EditionImport.Status.IMPORTING, EditionImport.Status.IMPORTED):
        return redirect(package)
    with transaction.atomic():
        package.start()
        enqueue("curriculum.import_edition", package=package.pk, language=get_language())
    messages.success(request, _("The drafts are being made. This page shows when they are there."))
    return redirect(package)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Discard an upload that is not wanted; asks first."""
    package = get_import_for(request.user, uuid)
    if request.method != "POST":
        return render(request, "curriculum/import_drop.html", {"package": package})
    package.drop(by=request.user)
    messages.success(request, _("The uploaded package was discarded."))
    return redirect("edition_import_list")
