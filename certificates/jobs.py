"""The jobs of this app."""

from django.utils.timezone import now

from lms.lib.jobs import job

from .issuing import issue, lists_to_renew, sign_status_list
from .models import Certificate, StatusList


@job("certificates.issue")
def issue_certificate(handle, certificate: int) -> None:
    """Sign and draw one certificate. `issue` is idempotent, and the row it writes is unique."""
    found = Certificate.objects.select_related("award__proposal", "award__rule", "status_list", "holder", "organisation")
    issue(found.get(pk=certificate), at=now())


@job("certificates.sign_status_list")
def sign_list(handle, status_list: int) -> None:
    sign_status_list(StatusList.objects.get(pk=status_list), at=now())


@job("certificates.renew_status_lists", every=3600)
def renew_status_lists(handle) -> None:
    """Sign again, long before they run out, the lists that nothing happened to."""
    for status_list in lists_to_renew(now()):
        sign_status_list(status_list, at=now())
