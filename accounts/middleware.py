"""Staff need a second factor: without one they can only set it up, log out, and see what everyone sees."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from .models.organisations import STAFF_ROLES

# By route name: what a visitor may do, staff may too. allauth's own (account_…, mfa_…) are free as well; static files never
# come this far.
FREE = {
    "health", "ready", "set_language", "terms", "media",
    "verify", "verify_json", "verify_link", "verify_link_json", "verify_qr", "did_document", "status_list", "issuers",
    "verify_file", "verify_file_json", "share_link", "share_link_json", "verify_offline", "verify_offline_zip",
    "receipt_make", "receipt_check", "receipt_keys", "did_versions", "did_version", "pdf_signers",
    "pdf_signer_lists", "pdf_signer_list",
    "log", "log_head", "log_inclusion", "log_consistency", "log_leaves", "log_cosign", "log_witness_script", "log_head_text",
    "log_head_stamp", "developers", "vc_verify", "wallet_link", "wallet_token", "wallet_credential", "wallet_issuer",
    "wallet_server", "api_verify_number", "api_verify_share", "api_verify_file", "api_usage", "api_issuers", "api_log_head",
    "api_openapi",
}  # fmt: skip


class StaffSecondFactorMiddleware:
    """Send staff without an authenticator app to its activation. One query for others, two for staff."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func, view_args, view_kwargs) -> HttpResponse | None:
        if not settings.STAFF_SECOND_FACTOR:
            return None
        name = request.resolver_match.view_name or ""
        if name in FREE or name.startswith(("account_", "mfa_")) or not request.user.is_authenticated:
            return None
        if not needs_second_factor(request.user):
            return None
        if request.method == "GET":
            messages.warning(request, _("Your role needs a second factor at log-in. Please set it up now."))
        return HttpResponseRedirect(reverse("mfa_activate_totp"))


def needs_second_factor(user) -> bool:
    """Say whether the person has a staff role (or all rights) and no authenticator app yet."""
    staff = user.is_superuser or any(m.role in STAFF_ROLES for m in user.active_memberships)
    return staff and not is_mfa_enabled(user, [Authenticator.Type.TOTP])
