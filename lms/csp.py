"""The content security policy: strict for the site, its own for Wagtail's editor, which needs inline scripts and styles."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """django-csp's, which works out the policy for each response anew: here the one of the settings is written once, and only
    a response with something of its own (a decorator, a nonce) is left to it."""

    def __init__(self, get_response) -> None:
        super().__init__(get_response)
        self._standing = build_policy()
        self._excluded = tuple(settings.CONTENT_SECURITY_POLICY.get("EXCLUDE_URL_PREFIXES", ()))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        own = any(name.startswith("_csp") for name in vars(response)) or hasattr(request, "_csp_nonce")
        if own or settings.DEBUG or getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None):
            return super().process_response(request, response)
        if not request.path_info.startswith(self._excluded):
            response.headers.setdefault(HEADER, self._standing)
        return response


class AdminPolicyMiddleware:
    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", settings.ADMIN_CONTENT_SECURITY_POLICY)
        return response
