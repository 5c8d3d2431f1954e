"""Giving and ending roles."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib.errors import WrongState
from lms.lib.jobs import enqueue

from ..forms import MembershipForm
from ..invitations import person_for
from ..models import Membership
from ..permissions import user_can_end_membership, user_can_manage_members
from .organisations import get_organisation_for


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def membership_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a role to someone with an account, or invite someone without; either way they are told by mail."""
    organisation = get_organisation_for(request.user, uuid)
    form = MembershipForm(request.POST or None, organisation=organisation, by=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                person, is_new = person_for(data["email"], data["full_name"].strip())
                membership = Membership.objects.grant(
                    organisation=organisation, user=person, role=data["role"],
                    valid_from=data["valid_from"], valid_until=data["valid_until"], by=request.user,
                )  # fmt: skip
                enqueue(
                    "accounts.tell_membership",
                    key=f"tell:{membership.uuid}:{data['valid_from']}:{data['valid_until']}",
                    membership=membership.pk,
                )
        except WrongState as refusal:
            form.add_error("role", refusal.message)
        else:
            if is_new:
                messages.success(request, _("The role is given; an invitation is on its way by mail."))
            else:
                messages.success(request, _("The role is given; the person is told by mail."))
            return redirect(organisation)
    context = {"form": form, "organisation": organisation}
    return render(request, "accounts/membership_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def membership_end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then end the role at once."""
    membership = get_object_or_404(Membership.objects.select_related("user", "organisation"), uuid=uuid)
    if not user_can_manage_members(request.user, membership.organisation):
        raise Http404
    if not user_can_end_membership(request.user, membership):
        raise PermissionDenied
    if request.method == "POST":
        membership.end(by=request.user, at=now())
        messages.success(request, _("The role has ended."))
        return redirect(membership.organisation)
    return render(request, "accounts/membership_end.html", {"membership": membership})
