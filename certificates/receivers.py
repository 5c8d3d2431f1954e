"""Turns news into tasks: an award becomes a certificate and a signing job; a status change signs the list again, and
the certificate where it needs another copy; a changed result lists the certificate behind which it stands."""

from django.db import transaction
from django.dispatch import receiver
from django.utils.timezone import now

from assessments.models import Result
from assessments.signals import result_changed
from lms.lib.jobs import enqueue

from .factsheet import Facts
from .log.tree import append_missing
from .models import (
    AuditRepair,
    Award,
    Certificate,
    ChangeRequest,
    DidVersion,
    FreshPdf,
    LearnerRecord,
    LogTree,
    PdfSigner,
    PdfSignerList,
    PublishedVersion,
    ResultNotice,
    SigningKey,
    StatusChange,
    StatusList,
)
from .pdf_signers import keep_signer_list
from .published import publish_keys, publish_pdf_signers
from .signals import (
    awarded,
    certificates_prepared,
    document_published,
    key_withdrawn,
    pdf_drawn_afresh,
    pdf_signer_withdrawn,
    record_asked,
    repair_accepted,
    replaced,
    request_decided,
    status_changed,
)


@receiver(awarded, sender=Award)
def prepare_certificate(sender, award: Award, facts: Facts, batch: bool = False, **kwargs) -> None:
    """batch: one job signs them all, so none is asked for here."""
    certificate = Certificate.prepare(award, facts, at=award.awarded_at)
    award.enrolment.complete(by=award.confirmed_by, at=award.awarded_at)
    if not batch:
        enqueue("certificates.issue", key=f"issue:{certificate.uuid}:1", certificate=certificate.pk)


@receiver(status_changed, sender=Certificate)
def sign_status_list_again(sender, certificate: Certificate, change, **kwargs) -> None:
    """Every list in which this change set a bit; and a certificate that is good again needs a copy that is accepted."""
    for status_list in sorted(set(change.refusals.values_list("copy__status_list", flat=True))):
        enqueue("certificates.sign_status_list", key=f"status:{change.pk}:{status_list}", status_list=status_list)
    if change.kind == change.Kind.REINSTATED:
        enqueue("certificates.issue", key=f"issue:{certificate.uuid}:{change.pk}", certificate=certificate.pk)


@receiver(replaced, sender=Certificate)
def sign_replacement(sender, certificate: Certificate, new: Certificate, **kwargs) -> None:
    enqueue("certificates.issue", key=f"issue:{new.uuid}:1", certificate=new.pk)


@receiver(status_changed, sender=Certificate)
def tell_holder(sender, certificate: Certificate, change: StatusChange, **kwargs) -> None:
    enqueue("certificates.mail_status", key=f"mail-status:{change.pk}", change=change.pk)


@receiver(request_decided, sender=ChangeRequest)
def tell_who_asked(sender, request: ChangeRequest, **kwargs) -> None:
    """Confirmed is told by the change itself."""
    if request.asked_by_id and request.status == ChangeRequest.Status.REFUSED:
        enqueue("certificates.mail_request", key=f"mail-change:{request.pk}", request=request.pk)


@receiver(repair_accepted, sender=AuditRepair)
def begin_repair(sender, repair: AuditRepair, **kwargs) -> None:
    enqueue("certificates.repair", key=f"repair:{repair.pk}", repair=repair.pk)


@receiver(request_decided, sender=ChangeRequest)
def look_again_after_decision(sender, request: ChangeRequest, **kwargs) -> None:
    for repair in AuditRepair.objects.filter(change=request, state=AuditRepair.State.WAITING):
        enqueue("certificates.repair_decided", key=f"repair-decided:{repair.pk}", repair=repair.pk)


@receiver(record_asked, sender=LearnerRecord)
def make_record(sender, record: LearnerRecord, **kwargs) -> None:
    enqueue("certificates.make_record", key=f"record:{record.uuid}", record=record.pk)


@receiver(result_changed, sender=Result)
def list_certificate(sender, result: Result, before: Result, **kwargs) -> None:
    """A released result was changed: the certificate that rests on it stays as it is and is listed to be looked at."""
    found = Certificate.objects.standing().filter(award__enrolment=result.enrolment_id)
    certificate = found.select_related("award__rule", "award__enrolment__cohort__edition", "award__enrolment__user").first()
    if certificate is not None:
        ResultNotice.write(certificate, before=before, result=result, at=result.released_at)


@receiver(status_changed, sender=Certificate)
def log_change(sender, certificate: Certificate, **kwargs) -> None:
    _append([certificate.pk])


@receiver(certificates_prepared, sender=Certificate)
def log_issue(sender, certificates: list[Certificate], **kwargs) -> None:
    _append([certificate.pk for certificate in certificates])


def _append(certificates: list[int]) -> None:
    """Into the transparency log in the transaction of the event itself; the head is signed as a job.

    A change of a certificate that is still being prepared has no credential to name: it follows with the issue.
    """
    if append_missing(at=now(), certificates=certificates):
        size = LogTree.objects.get(pk=1).size
        enqueue("certificates.sign_log_head", key=f"log-head:{size}", size=size)


@receiver(document_published, sender=DidVersion)
@receiver(document_published, sender=PdfSignerList)
def log_document(sender, version: PublishedVersion, **kwargs) -> None:
    append_missing(at=now())
    size = LogTree.objects.get(pk=1).size
    enqueue("certificates.sign_log_head", key=f"log-head:{size}", size=size)
    transaction.on_commit(publish_keys if sender is DidVersion else publish_pdf_signers)


@receiver(key_withdrawn, sender=SigningKey)
def sign_anew(sender, key: SigningKey, **kwargs) -> None:
    """The status lists first: one that the key had signed is refused with it."""
    for status_list in StatusList.objects.exclude(credential=""):
        enqueue("certificates.sign_status_list", key=f"withdrawn:{key.pk}:{status_list.pk}", status_list=status_list.pk)
    enqueue("certificates.sign_anew", key=key.job_key, signing_key=key.pk)


@receiver(pdf_signer_withdrawn, sender=PdfSigner)
def draw_pdfs_afresh(sender, signer: PdfSigner, **kwargs) -> None:
    keep_signer_list(at=signer.withdrawal.withdrawn_at)
    enqueue("certificates.draw_afresh", key=f"draw-afresh:{signer.pk}", signer=signer.pk)


@receiver(pdf_drawn_afresh, sender=FreshPdf)
def tell_of_fresh_pdf(sender, fresh: FreshPdf, **kwargs) -> None:
    enqueue("certificates.mail_fresh_pdf", key=f"mail-fresh-pdf:{fresh.pk}", fresh=fresh.pk)
