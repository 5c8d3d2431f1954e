"""The jobs of this app."""

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.jobs import enqueue, job
from lms.lib.mail import send

from . import (  # noqa: F401  (they register their jobs)
    award_jobs,
    consent_jobs,
    employer_jobs,
    finding_jobs,
    historic_jobs,
    life_jobs,
    record_jobs,
    register_jobs,
)
from .fresh_pdfs import not_to_be_relied_on, try_afresh
from .issuing import issue, lists_to_renew, sign_status_list
from .keystore import keep_did_version
from .log.tree import append_missing, sign_head
from .models import (
    Certificate,
    ChangeRequest,
    FreshPdf,
    PdfSignerWithdrawal,
    SigningKey,
    StatusChange,
    StatusList,
    TreeHead,
)
from .pdf_signers import keep_first_signer_list
from .published import publish_all
from .resigning import left_of, renew


@job("certificates.issue")
def issue_certificate(handle, certificate: int) -> None:
    """Sign and draw one certificate. `issue` is idempotent, and the row it writes is unique."""
    found = Certificate.objects.select_related("award__proposal", "award__rule", "holder", "organisation", "replaces")
    issue(found.get(pk=certificate), at=now())


@job("certificates.sign_status_list")
def sign_list(handle, status_list: int) -> None:
    sign_status_list(StatusList.objects.get(pk=status_list), at=now())


@job("certificates.sign_anew")
def sign_anew(handle, signing_key: int) -> None:
    """After a key was withdrawn, certificate by certificate; what was done stays done when the worker dies."""
    key = SigningKey.objects.get(pk=signing_key)
    waiting = list(left_of(key))
    for place, copy in enumerate(waiting):
        handle.beat(place, len(waiting))
        renew(copy, at=now())
    handle.beat(len(waiting), len(waiting))


@job("certificates.draw_afresh")
def draw_afresh(handle, signer: int) -> None:
    """After what signs PDFs was withdrawn, copy by copy; what was done stays done when the worker dies."""
    waiting = list(not_to_be_relied_on(PdfSignerWithdrawal.objects.select_related("signer").filter(signer=signer)))
    for place, copy in enumerate(waiting):
        handle.beat(place, len(waiting))
        try_afresh(copy, at=now())
    handle.beat(len(waiting), len(waiting))


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
        _sign_head()


def _sign_head() -> None:
    """And have it stamped at once, as a job of its own: an authority that does not answer keeps nothing up."""
    head = sign_head(at=now())
    if settings.LOG_TIMESTAMPS or settings.TIMESTAMP_URL:
        enqueue("certificates.stamp_log_head", key=f"stamp-head:{head.pk}")


@job("certificates.stamp_log_head", every=600)
def stamp_log_head(handle) -> None:
    """Have the newest head stamped by the authority that is set; without an answer the next round asks again."""
    if settings.LOG_TIMESTAMPS or settings.TIMESTAMP_URL:
        from .log.stamping import stamp_latest  # pyHanko takes a second or two to import

        stamp_latest(at=now())


@job("certificates.keep_log", every=86_400)
def keep_log(handle) -> None:
    """Append what was issued before there was a log, and sign a head every day even when nothing happens."""
    keep_did_version(at=now())
    keep_first_signer_list(at=now())
    append_missing(at=now())
    _sign_head()


@job("certificates.mail_status")
def mail_status(handle, change: int) -> None:
    """Tell the holder that something happened to the certificate. What and why is on the page, not in the mail. Of certificates
    that got a new name together, the first one's mail names all."""
    found = StatusChange.objects.select_related("certificate__holder", "request").get(pk=change)
    numbers = [found.certificate.number]
    url = settings.BASE_URL + reverse("certificate_detail", args=[found.certificate.uuid])
    request = getattr(found, "request", None)
    if request is not None and request.case is not None:
        together = request.case.requests.filter(change__changed_at=found.changed_at).order_by("change")
        if together[0].pk != request.pk:
            return
        numbers = list(together.values_list("certificate__number", flat=True))
        url = settings.BASE_URL + request.case.get_absolute_url()
    with override(settings.LANGUAGE_CODE):
        subject = _("Your certificate: %(state)s") % {"state": found.get_kind_display()}
        lines = [*(_("Certificate %(number)s.") % {"number": number} for number in numbers), url]
    send(subject, lines, to=found.certificate.holder.email, key=f"certificate-change-{found.pk}")


@job("certificates.mail_fresh_pdf")
def mail_fresh_pdf(handle, fresh: int) -> None:
    """Tell the holder that there is a fresh PDF. Why is on the page."""
    found = FreshPdf.objects.select_related("copy__certificate__holder").get(pk=fresh)
    certificate = found.copy.certificate
    url = settings.BASE_URL + reverse("certificate_detail", args=[certificate.uuid])
    with override(settings.LANGUAGE_CODE):
        lines = [_("Certificate %(number)s.") % {"number": certificate.number}, url]
        send(_("A fresh PDF of your certificate"), lines, to=certificate.holder.email, key=f"fresh-pdf-{found.pk}")


@job("certificates.mail_request")
def mail_request(handle, request: int) -> None:
    """Tell the holder that a change they asked for was decided. Why is on the page. Of those refused together the first one's
    mail leads to all."""
    found = ChangeRequest.objects.select_related("asked_by", "case").get(pk=request)
    address = found.get_absolute_url()
    if found.case is not None:
        together = found.case.requests.filter(status=found.status, decided_at=found.decided_at).order_by("pk")
        if together[0].pk != found.pk:
            return
        address = found.case.get_absolute_url()
    with override(settings.LANGUAGE_CODE):
        subject = _("Your new name on the certificate: %(state)s") % {"state": found.get_status_display()}
    send(subject, [settings.BASE_URL + address], to=found.asked_by.email, key=f"change-{found.uuid}")
