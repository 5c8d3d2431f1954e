from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessments")

    def ready(self) -> None:
        from lms.lib import pagecache

        pagecache.leave_out("/referee/")
        # part_steps and practice register the panels and the next steps of the course page, the jobs their mails, playtest
        # the case player of previews, errata what impact lists ask, exposure what the case bank counts
        from . import (  # noqa: F401
            defence_jobs,
            errata,
            exposure,
            jobs,
            noted_jobs,
            part_receivers,
            part_steps,
            playtest,
            portfolio_jobs,
            practice,
            receivers,
        )
