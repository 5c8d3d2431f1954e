"""One's own page: name, roles, consents, log-in security; and the terms."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log

from ..forms import ProfileForm
from ..models import Consent


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        if form.has_changed():
            form.save()
            log(user, "accounts.profile.edit", by=user, fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("profile")
    if form.errors:  # the header shows what is stored, not what was typed
        user.refresh_from_db(fields=["full_name", "name_latin"])
    standing = {consent.kind: consent for consent in user.consents.in_force()}
    past = user.consents.exclude(withdrawn_at=None).order_by("-withdrawn_at")
    context = {
        "form": form,
        "memberships": user.memberships.select_related("organisation").order_by("organisation__name", "role"),
        "consents": [(kind, label, standing.get(kind)) for kind, label in Consent.Kind.choices],
        "past_consents": past,
        "text_version": Consent.TEXT_VERSION,
        "has_totp": Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists(),
        "addresses": EmailAddress.objects.filter(user=user).order_by("-primary", "email"),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use and the privacy notice; who is logged in and has not accepted them yet can do so here."""
    accepted = True
    if request.user.is_authenticated:
        accepted = (
            request.user.consents.in_force().filter(kind=Consent.Kind.TERMS, text_version=Consent.TEXT_VERSION).exists()
        )
    text = "en" if (get_language() or "").startswith("en") else "zh"
    context = {
        "accepted": accepted,
        "text": f"accounts/terms_{text}.html",
        "version": Consent.TEXT_VERSION,
        "kind": Consent.Kind.TERMS,
    }
    return render(request, "accounts/terms.html", context)


@login_required
@require_POST
def consent_give(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in Consent.Kind:
        raise Http404
    Consent.objects.give(request.user, kind, at=now())
    messages.success(request, _("Your consent is recorded."))
    return redirect("desk" if kind == Consent.Kind.TERMS else "profile")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_withdraw(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask, then take the consent back. Without the terms the person is logged out for good."""
    if kind not in Consent.Kind:
        raise Http404
    consent = get_object_or_404(request.user.consents.in_force(), kind=kind)
    if request.method != "POST":
        return render(
            request, "accounts/consent_withdraw.html", {"consent": consent, "is_terms": kind == Consent.Kind.TERMS}
        )
    consent.withdraw(by=request.user, at=now())
    if kind == Consent.Kind.TERMS:
        logout(request)
        messages.success(request, _("Your consent is withdrawn and your account is closed."))
        return redirect("account_login")
    messages.success(request, _("Your consent is withdrawn."))
    return redirect("profile")
