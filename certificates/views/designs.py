"""Designs of certificates: the list, a version with its preview, and the form of a draft."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.listing import paginate

from ..design_forms import DesignForm
from ..design_permissions import (
    issuers_of,
    user_can_change_design,
    user_can_use_design,
    user_sees_designs,
    visible_designs,
)
from ..design_sample import sample_document
from ..document.design import Design
from ..document.render import NotDrawable, render_preview
from ..models import CertificateDesign
from .steps import May, on_draft


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    if not user_sees_designs(request.user):
        raise PermissionDenied
    designs = visible_designs(request.user).select_related("organisation", "drafted_by", "approved_by")
    designs = designs.defer("logo", "seal").order_by("organisation__kind", "organisation__name", "-version")
    context = {"page": paginate(request, designs), "issuers": issuers_of(request.user)}
    return render(request, "certificates/design_list.html", context)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Open the issuer's draft, beginning one where there is none."""
    if not user_sees_designs(request.user):
        raise PermissionDenied
    wanted = request.POST.get("issuer", "")
    issuer = issuers_of(request.user).filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    if issuer is None:
        messages.error(request, _("Choose an issuer."))
        return redirect("design_list")
    return redirect(CertificateDesign.draft(issuer, by=request.user, at=now()))


def get_design(request: HttpRequest, uuid: UUID) -> CertificateDesign:
    designs = visible_designs(request.user).select_related("organisation", "drafted_by", "approved_by")
    return get_object_or_404(designs, uuid=uuid)


def get_draft(request: HttpRequest, uuid: UUID, may: May[CertificateDesign] = user_can_change_design) -> CertificateDesign:
    return on_draft(request, get_design(request, uuid), may, words=_("This design is not a draft any more."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A version and how it looks; a draft with its form. Saving is what shows the preview where there are no scripts."""
    design = get_design(request, uuid)
    changes = user_can_change_design(request.user, design)
    form, status = (DesignForm(instance=design) if changes else None), 200
    if request.method == "POST":
        form = DesignForm(request.POST, request.FILES, instance=get_draft(request, uuid))
        if form.is_valid():
            design.change(by=request.user, at=now(), **form.values())
            messages.success(request, _("Saved. Certificates change only when a second person puts the design into use."))
            return redirect(design)
        status = 422
    context = {"design": design, "form": form, "uses": user_can_use_design(request.user, design)}
    return render(request, "certificates/design.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The first page as PNG: GET as saved, POST as typed, which is not saved. What can't be drawn is said, status 422."""
    design = get_design(request, uuid)
    shown = design.as_design()
    if request.method == "POST":
        design = get_draft(request, uuid)
        form = DesignForm(request.POST, request.FILES, instance=design)
        if not form.is_valid():
            said = [f"{form.fields[name].label}: {' '.join(errors)}" for name, errors in form.errors.items() if name != "__all__"]
            return HttpResponse("\n".join(said), status=422, content_type="text/plain; charset=utf-8")
        shown = Design(**form.values())
    name = "short" if request.GET.get("name") == "short" else "long"
    try:
        picture = render_preview(sample_document(design, shown, name=name))
    except NotDrawable as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "private, no-store"})


@login_required
@require_POST
def discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    design = get_draft(request, uuid)
    design.discard(by=request.user)
    messages.success(request, _("The draft was thrown away."))
    return redirect("design_list")


@login_required
@require_POST
def use(request: HttpRequest, uuid: UUID) -> HttpResponse:
    design = get_draft(request, uuid, may=user_can_use_design)
    design.put_into_use(by=request.user, at=now())
    messages.success(request, _("In use for what is issued from now on. What was issued keeps its look."))
    return redirect(design)
