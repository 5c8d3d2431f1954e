"""The jobs of this app."""

from django.utils.timezone import now

from lms.lib.jobs import job

from . import employer_jobs  # noqa: F401  (registers its jobs)
from .issuing import issue, lists_to_renew, sign_status_list
from .log.tree import append_missing, sign_head
from .models import Certificate, StatusList, TreeHead
from .published import publish_all


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
    """Sign again, long before they run out, the lists that nothing happened to; put all of them beside the database."""
    for status_list in lists_to_renew(now()):
        sign_status_list(status_list, at=now())
    publish_all()


@job("certificates.sign_log_head")
def sign_log_head(handle, size: int) -> None:
    """Sign the transparency log's head, unless one signed since covers that many entries."""
    latest = TreeHead.latest()
    if latest is None or latest.size < size:
        sign_head(at=now())


@job("certificates.keep_log", every=86_400)
def keep_log(handle) -> None:
    """Append what was issued before there was a log, and sign a head every day even when nothing happens."""
    append_missing(at=now())
    sign_head(at=now())
