"""What the site is called, for pages and mails."""

from django.utils.translation import gettext_lazy as _

SITE_NAME = _("Technology Manager Training and Certification")
SITE_SHORT = _("Technology Managers")  # beside the seal on a phone
