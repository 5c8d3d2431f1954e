"""SCORM packages of one's base: bring one, see them, delete one that no lesson shows."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib.listing import paginate

from ..forms import ScormForm
from ..models import ScormPackage
from ..package import Unreadable
from ..permissions import bases_to_import_into, user_can_submit_course


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    bases = bases_to_import_into(request.user)
    if not bases:
        raise PermissionDenied
    form = ScormForm(request.POST or None, request.FILES or None, bases=bases)
    if request.method == "POST" and form.is_valid():
        try:
            package = ScormPackage.receive(
                form.cleaned_data["file"].file, organisation=form.cleaned_data["organisation"], by=request.user, at=now(),
                title=form.cleaned_data["title"],
            )  # fmt: skip
        except Unreadable as refusal:
            form.add_error("file", refusal.text)
        else:
            messages.success(request, _("“%(title)s” can now be chosen in lessons.") % {"title": package.title})
            return redirect("scorm_list")
    packages = ScormPackage.objects.filter(organisation__in=bases).select_related("organisation", "uploaded_by")
    context = {"form": form, "page": paginate(request, packages.defer("files"), 20)}
    return render(request, "curriculum/scorm_list.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Asks first; refused while a lesson shows the package."""
    package = ScormPackage.objects.select_related("organisation").filter(uuid=uuid).first()
    if package is None or not user_can_submit_course(request.user, package.organisation_id):
        raise Http404
    if request.method != "POST":
        return render(request, "curriculum/scorm_delete.html", {"package": package})
    package.drop(by=request.user)
    messages.success(request, _("The package was deleted."))
    return redirect("scorm_list")
