from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessments")

    def ready(self) -> None:
        # practice registers the panel and the next steps of the course page, jobs the result's e-mail, playtest the
        # case player of previews, errata what impact lists ask, exposure what the case bank counts
        from . import errata, exposure, jobs, playtest, practice, receivers  # noqa: F401
