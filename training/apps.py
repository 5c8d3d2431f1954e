from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        # course registers the next lesson, jobs the sweep, open_cohorts a panel of the public course page
        from . import course, jobs, open_cohorts, receivers  # noqa: F401
