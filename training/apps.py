from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        from . import course, jobs, receivers  # noqa: F401  (course registers the next lesson, jobs the sweep)
