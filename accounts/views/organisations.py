"""Organisations: the authority's list, one organisation with its people, and the form that accredits."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.audit import log
from lms.lib.listing import csv_response, paginate

from ..forms import LEVELS, OrganisationFilterForm, OrganisationForm
from ..models import Organisation, User
from ..permissions import (
    user_can_edit_organisation,
    user_can_end_membership,
    user_can_manage_members,
    user_can_see_organisations,
)


def get_organisation_for(user: User, uuid: UUID) -> Organisation:
    """Return the organisation if the person manages its people; 404 otherwise."""
    organisation = get_object_or_404(Organisation, uuid=uuid)
    if not user_can_manage_members(user, organisation):
        raise Http404
    return organisation


@login_required
@require_safe
def organisation_list(request: HttpRequest) -> HttpResponse:
    if not user_can_see_organisations(request.user):
        raise PermissionDenied
    today = timezone.localdate()
    in_force = Q(memberships__valid_from__lte=today) & (
        Q(memberships__valid_until=None) | Q(memberships__valid_until__gte=today)
    )
    rows = Organisation.objects.annotate(people=Count("memberships__user", filter=in_force, distinct=True))
    form = OrganisationFilterForm(request.GET)
    if form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            q = wanted["q"].strip()
            named = Q(name__icontains=q) | Q(name_en__icontains=q)
            rows = rows.filter(named | Q(region__icontains=q) | Q(region_en__icontains=q))
        if wanted["kind"]:
            rows = rows.filter(kind=wanted["kind"])
        accredited = Organisation.objects.accredited(today).values("pk")
        if wanted["accredited"] == "yes":
            rows = rows.filter(pk__in=accredited)
        elif wanted["accredited"] == "no":
            rows = rows.filter(kind=Organisation.Kind.BASE).exclude(pk__in=accredited)
    rows = rows.order_by("kind", "name")
    if request.GET.get("export") == "csv":
        return csv_response("organisations.csv", _headings(), (_cells(organisation) for organisation in rows))
    context = {
        "form": form,
        "page": paginate(request, rows),
        "levels": dict(LEVELS),
        "today": today,
        "can_edit": user_can_edit_organisation(request.user),
    }
    return render(request, "accounts/organisation_list.html", context)


def _headings() -> list[str]:
    return [
        _("Name"), _("English name"), _("Kind"), _("Region"), _("English name of the region"), _("Accredited from"),
        _("Accredited until"), _("Accredited levels"), _("People"),
    ]  # fmt: skip


def _cells(organisation: Organisation) -> list:
    levels = dict(LEVELS)
    return [
        organisation.name, organisation.name_en, organisation.get_kind_display(), organisation.region, organisation.region_en,
        organisation.accredited_from, organisation.accredited_until,
        " ".join(str(levels.get(code, code)) for code in organisation.accredited_levels), organisation.people,
    ]  # fmt: skip


@login_required
@require_safe
def organisation_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    organisation = get_organisation_for(request.user, uuid)
    memberships = organisation.memberships.select_related("user", "organisation").order_by("user__full_name", "role")
    current = [m for m in memberships if not m.is_over]
    for membership in current:
        membership.can_end = user_can_end_membership(request.user, membership)
    levels = dict(LEVELS)
    context = {
        "organisation": organisation,
        "levels": [levels.get(code, code) for code in organisation.accredited_levels],
        "current": current,
        "past": [m for m in memberships if m.is_over],
        "today": timezone.localdate(),
        "can_edit": user_can_edit_organisation(request.user),
        "sees_list": user_can_see_organisations(request.user),
    }
    return render(request, "accounts/organisation_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _edit(request, get_organisation_for(request.user, uuid))


def _edit(request: HttpRequest, organisation: Organisation | None) -> HttpResponse:
    if not user_can_edit_organisation(request.user):
        raise PermissionDenied
    form = OrganisationForm(request.POST or None, instance=organisation)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            action = "accounts.organisation.edit" if organisation else "accounts.organisation.create"
            log(saved, action, by=request.user, organisation=saved, fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect(saved)
    context = {"form": form, "organisation": organisation}
    return render(request, "accounts/organisation_form.html", context, status=422 if form.errors else 200)
