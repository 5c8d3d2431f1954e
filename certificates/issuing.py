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
from .models import Certificate, CertificateDesign, IssuedCredential, SigningKey, StatusChange, StatusList
from .published import publish_keys, publish_status_list
from .qr import qr_parts
from .signals import certificate_prepared


class NotIssuable(Exception):
    """The award behind a certificate is not borne out by its chain, or the credential is not what it has to be."""


class KeyGone(Exception):
    """The key was withdrawn while something was being signed with it; once more signs with the next."""


def issue(certificate: Certificate, *, at: datetime) -> IssuedCredential:
    """Sign a copy of the credential, draw and sign its PDF, make the certificate public. Done when a copy is needed; else
    gives the last.

    A further copy (a lifted suspension, a withdrawn key) has the same facts and dates, a new signature and a new place in
    a status list; the copies before it are refused from then on.

    Raises NotIssuable when rule, tree and recorded facts don't bear the award out; NotDrawable for a name our font
    can't draw.
    """
    last = certificate.credentials.order_by("number").last()
    if last is not None and not certificate.needs_copy():
        return last
    from .pdf_keys import sign_drawn  # pyHanko takes a second or two to import, and only workers sign

    if problems := certificate.award.problems():
        raise NotIssuable("; ".join(problems))
    number = last.number + 1 if last else 1
    key = active_key(at=at)
    signer = signer_of(key)
    status_list, status_index = StatusList.free_place()
    place = (status_list_address(status_list.number), status_index)
    signed = _signed_credential(certificate, signer, place, at=at)
    text = json.dumps(signed, ensure_ascii=False, indent=2)
    sha256 = data_hash(text.encode())
    design = last.design if last else CertificateDesign.objects.in_use_for(certificate.organisation)
    document = replace(_document(certificate, sha256, number, at=at), qr=qr_parts(certificate, signed, signer, key))
    document = replace(document, design=design.as_design()) if design else document
    pdf, pdf_signer, pdf_profile = sign_drawn(render_pdf(document, text.encode()), at=at)
    storage = storages["private"]
    suffix = f"-{number}" if last else ""
    name = f"certificates/{certificate.uuid}/{certificate.number}{suffix}.pdf"
    if storage.exists(name):  # from an attempt that was cut off before its row was written
        storage.delete(name)
    name = storage.save(name, ContentFile(pdf))
    with transaction.atomic():
        current = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
        key.refresh_from_db()
        if key.status == SigningKey.Status.COMPROMISED:
            raise KeyGone(str(key))
        issued = IssuedCredential.objects.create(
            certificate=certificate,
            key=key,
            number=number,
            credential=text,
            credential_sha256=sha256,
            pdf_name=name,
            pdf_sha256=data_hash(pdf),
            status_list=status_list,
            status_index=status_index,
            pdf_signer=pdf_signer,
            pdf_profile=pdf_profile,
            design=design,
            signed_at=at,
        )
        if current.state in Certificate.BAD_STATES:  # it happened before or while this was signed
            current.credentials.refuse(current.status_changes.exclude(kind=StatusChange.Kind.SIGNED_ANEW).last())
        Certificate.objects.filter(pk=certificate.pk, prepared_at=None).update(prepared_at=at)
        log(certificate, "certificates.certificate.issue", by=None, organisation=certificate.organisation, copy=number)
        certificate_prepared.send(sender=Certificate, certificate=certificate)
        if number > 1:
            certificate.follow_with(issued, at=at)
    if not status_list.credential or current.state in Certificate.BAD_STATES:
        sign_status_list(status_list, at=at)
    return issued


def _signed_credential(certificate: Certificate, signer, place: tuple[str, int], *, at: datetime) -> dict:
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
            valid_from=certificate.award.awarded_at if certificate.term == 1 else _start_of(certificate.issued_on),
            valid_until=_end_of(certificate.valid_until) if certificate.valid_until else None,
            verify_url=verify_address(certificate),
            status_list_url=place[0],
            status_index=place[1],
        )
    )
    strict.check_shape(credential, BADGE_CONTEXT)
    strict.check_round_trip(credential)
    signed = proof.sign(credential, signer, at=at)
    if problem := schema_problem(signed):
        raise NotIssuable(f"the credential does not fit the official schema: {problem}")
    return signed


def _start_of(day: date) -> datetime:
    """The first second of a day where the certificate was issued."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def _end_of(day: date) -> datetime:
    """The last second of a day where the certificate was issued."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def _document(certificate: Certificate, credential_sha256: str, copy: int, *, at: datetime) -> CertificateDocument:
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
        copy=copy,
        replaces=certificate.number_it_may_name(),
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
