"""The content security policy of Wagtail's editor, which needs inline scripts and styles. The site itself is strict."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class AdminPolicyMiddleware:
    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", settings.ADMIN_CONTENT_SECURITY_POLICY)
        return response
