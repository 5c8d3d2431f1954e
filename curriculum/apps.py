from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CurriculumConfig(AppConfig):
    name = "curriculum"
    verbose_name = _("Curriculum")

    def ready(self) -> None:
        # jobs registers its work; receivers and the two of news listen; searching registers what can be found
        from . import cache_news, jobs, library_searching, receivers, search_news, searching  # noqa: F401
