"""Signing a certificate and drawing its PDF, and signing the status lists. Runs in workers, never in a request."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from lms.lib.audit import log
from lms.lib.hashing import data_hash

from .addresses import status_list_address, verify_address, verify_page_address
from .credential import proof, strict
from .credential.build import CredentialFacts, build_credential
from .credential.contexts import BADGE_CONTEXT
from .credential.status import build_status_list
from .credential.verify import schema_problem
from .document.render import CertificateDocument, HoursLine, render_pdf
from .keystore import active_key, issuer_did, signer_of
from .models import Certificate, IssuedCredential, StatusList
from .published import publish_keys, publish_status_list
from .qr import qr_parts
from .signals import certificate_prepared


class NotIssuable(Exception):
    """The award behind a certificate is not borne out by its chain, or the credential is not what it has to be."""


def issue(certificate: Certificate, *, at: datetime) -> IssuedCredential:
    """Sign the credential, draw the PDF, make the certificate public. Done once; again gives what was issued.

    Raises NotIssuable when rule, tree and recorded facts don't bear the award out; NotDrawable for a name our font
    can't draw.
    """
    if existing := certificate.credentials.order_by("number").last():
        return existing
    if problems := certificate.award.problems():
        raise NotIssuable("; ".join(problems))
    key = active_key(at=at)
    signer = signer_of(key)
    signed = _signed_credential(certificate, signer, at=at)
    text = json.dumps(signed, ensure_ascii=False, indent=2)
    sha256 = data_hash(text.encode())
    document = replace(_document(certificate, sha256, at=at), qr=qr_parts(certificate, signed, signer, key))
    pdf = render_pdf(document, text.encode())
    storage = storages["private"]
    name = f"certificates/{certificate.uuid}/{certificate.number}.pdf"
    if storage.exists(name):  # from an attempt that was cut off before its row was written
        storage.delete(name)
    name = storage.save(name, ContentFile(pdf))
    with transaction.atomic():
        issued = IssuedCredential.objects.create(
            certificate=certificate,
            key=key,
            credential=text,
            credential_sha256=sha256,
            pdf_name=name,
            pdf_sha256=data_hash(pdf),
            signed_at=at,
        )
        Certificate.objects.filter(pk=certificate.pk, prepared_at=None).update(prepared_at=at)
        log(certificate, "certificates.certificate.issue", by=None, organisation=certificate.organisation)
        certificate_prepared.send(sender=Certificate, certificate=certificate)
    if not certificate.status_list.credential:
        sign_status_list(certificate.status_list, at=at)
    return issued


def _signed_credential(certificate: Certificate, signer, *, at: datetime) -> dict:
    authority = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY).first()
    issuer_name = f"{authority.name} / {authority.name_en}" if authority else settings.WAGTAIL_SITE_NAME
    credential = build_credential(
        CredentialFacts(
            credential_id=f"urn:uuid:{certificate.uuid}",
            issuer_did=issuer_did(),
            issuer_name=issuer_name,
            site_url=settings.BASE_URL,
            number=certificate.number,
            holder_name=certificate.holder_name,
            email=certificate.holder.email,
            email_salt=secrets.token_hex(16),
            facts=certificate.facts,
            awarded_at=certificate.award.awarded_at,
            valid_from=certificate.award.awarded_at,
            valid_until=_end_of(certificate.valid_until) if certificate.valid_until else None,
            verify_url=verify_address(certificate),
            status_list_url=status_list_address(certificate.status_list.number),
            status_index=certificate.status_index,
        )
    )
    strict.check_shape(credential, BADGE_CONTEXT)
    strict.check_round_trip(credential)
    signed = proof.sign(credential, signer, at=at)
    if problem := schema_problem(signed):
        raise NotIssuable(f"the credential does not fit the official schema: {problem}")
    return signed


def _end_of(day: date) -> datetime:
    """The last second of a day where the certificate was issued."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def _document(certificate: Certificate, credential_sha256: str, *, at: datetime) -> CertificateDocument:
    facts = certificate.facts
    authority = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY).first()
    return CertificateDocument(
        number=certificate.number,
        name=certificate.holder_name,
        name_latin=certificate.holder_name_latin,
        level=facts["level"]["title"],
        level_en=facts["level"]["title_en"],
        syllabus=facts["syllabus"]["title"],
        syllabus_en=facts["syllabus"]["title_en"],
        syllabus_version=facts["syllabus"]["version"],
        course=facts["edition"]["title"],
        course_en=facts["edition"]["title_en"],
        base=facts["base"]["name"],
        base_en=facts["base"]["name_en"],
        authority=authority.name if authority else "",
        authority_en=authority.name_en if authority else "",
        issued_on=certificate.issued_on.isoformat(),
        valid_until=certificate.valid_until.isoformat() if certificate.valid_until else "",
        verify_url=verify_address(certificate),
        verify_page=verify_page_address(),
        is_sample=facts["sample"],
        hours_verified=facts["syllabus"]["verified"],
        signed_at=at,
        hours=tuple(HoursLine(h["title"], h["title_en"], h["earned"], h["required"]) for h in facts["hours"]),
        cases=tuple((case["title"], case["title_en"]) for case in facts["cases"]),
        competences=tuple((c["title"], c["title_en"], c["level"]) for c in facts["competences"]),
        edition_hash=facts["edition"]["hash"],
        credential_sha256=credential_sha256,
    )


def sign_status_list(status_list: StatusList, *, at: datetime) -> None:
    """Sign the list as it stands now. A compare-and-set on its sequence keeps an older list from replacing a newer one.

    The bits are read after the sequence, so whoever wins has at least the changes known when it began.
    """
    status_list.refresh_from_db()
    url = status_list_address(status_list.number)
    valid_until = at + timedelta(hours=settings.STATUS_LIST_HOURS)
    key = active_key(at=at)
    unsigned = build_status_list(url, issuer_did(), status_list.set_bits(), valid_from=at, valid_until=valid_until)
    signed = proof.sign(unsigned, signer_of(key), at=at)
    text = json.dumps(signed, ensure_ascii=False, indent=2)
    moved = StatusList.objects.filter(pk=status_list.pk, sequence=status_list.sequence).update(
        sequence=status_list.sequence + 1,
        credential=text,
        signed_at=at,
        valid_until=valid_until,
    )
    if not moved:
        sign_status_list(status_list, at=at)
        return
    publish_status_list(status_list.number, text)
    publish_keys()


def lists_to_renew(at: datetime) -> list[StatusList]:
    """Lists more than half of whose life is over."""
    soon = at + timedelta(hours=settings.STATUS_LIST_HOURS / 2)
    return list(StatusList.objects.filter(valid_until__lt=soon))
