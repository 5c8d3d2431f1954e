from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        from lms.lib import pagecache

        pagecache.leave_out("/v/", "/q/", "/s/", "/wallet/")  # what is told there is told, and written down, to each who asks
        # holdings answers which levels people hold, relying what rests on results, study adds to the trainee's pages
        from . import (  # noqa: F401
            award_receivers,
            employer_receivers,
            historic_receivers,
            holdings,
            life_receivers,
            receivers,
            register_receivers,
            relying,
            study,
        )
