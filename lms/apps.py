from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "LMS"

    def ready(self) -> None:
        from django.http import request

        from . import checks  # noqa: F401  (registers the system checks)
        from .lib import urlencoded

        request.parse_qsl = urlencoded.parse_qsl  # Django offers no other way to read forms faster
