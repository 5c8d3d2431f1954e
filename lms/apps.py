from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "LMS"

    def ready(self) -> None:
        from django.http import request

        from . import checks  # noqa: F401  (registers the system checks)
        from .job_titles import JOB_TITLES
        from .lib import urlencoded
        from .lib.jobs.registry import TITLES

        TITLES.update(JOB_TITLES)
        request.parse_qsl = urlencoded.parse_qsl  # Django offers no other way to read forms faster
