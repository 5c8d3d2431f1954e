from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        # course registers the next lesson, jobs the sweep, open_cohorts a panel of the public course page,
        # searching what a trainee finds, errata a notice and what impact lists ask
        from . import cache_news, course, errata, jobs, open_cohorts, receivers, searching  # noqa: F401
