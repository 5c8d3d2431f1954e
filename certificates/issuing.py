"""Signing a certificate and drawing its PDF, and signing the status lists. Runs in workers, never in a request."""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import data_hash

from .addresses import status_list_address, verify_address, verify_page_address
from .credential import proof, strict
from .credential.build import CredentialFacts, Standard, build_credential
from .credential.contexts import BADGE_CONTEXT
from .credential.proof import Signer
from .credential.status import build_status_list
from .credential.verify import schema_problem
from .document.render import CertificateDocument, HoursLine, render_pdf
from .keystore import active_key, issuer_did, issuer_name, signer_of
from .models import (
    AwardRule,
    Certificate,
    CertificateDesign,
    IssuedCredential,
    PdfSigner,
    PdfSignerWithdrawal,
    SigningKey,
    StatusChange,
    StatusList,
)
from .published import publish_keys, publish_status_list
from .qr import qr_parts
from .signals import certificates_prepared
from .standard import standard_of


class NotIssuable(Exception):
    """The award behind a certificate is not borne out by its chain, or the credential is not what it has to be."""


class KeyGone(Exception):
    """A key was withdrawn while something was being signed with it; once more signs with the next."""


@dataclass(frozen=True)
class Press:
    """What signing and drawing need that is the same for every certificate: the key with its signer, and the authority."""

    key: SigningKey
    signer: Signer
    did: str
    authority: Organisation | None
    standards: dict[int, Standard] = field(default_factory=dict)  # by rule

    @classmethod
    def ready(cls, *, at: datetime, last: "Press | None" = None) -> "Press":
        """Return the press of the key that signs now; the last one as long as that has not changed. One query then."""
        key = active_key(at=at)
        if last is not None and last.key.pk == key.pk:
            return last
        authority = Organisation.objects.authority()
        return cls(key, signer_of(key), issuer_did(), authority)

    def standard(self, rule: AwardRule) -> Standard:
        if rule.pk not in self.standards:
            self.standards[rule.pk] = standard_of(rule)
        return self.standards[rule.pk]

    @property
    def issuer_name(self) -> str:
        return issuer_name(self.authority)


@dataclass(frozen=True)
class DrawnCopy:
    """A copy's credential and PDF, signed and stored, before any row says so. place: in a status list."""

    certificate: Certificate
    key: SigningKey
    number: int
    place: tuple[StatusList, int]
    credential: str
    credential_sha256: str
    pdf_name: str
    pdf_sha256: str
    pdf_signer: PdfSigner
    pdf_profile: str
    design: CertificateDesign | None


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

    if problems := certificate.award.problems():
        raise NotIssuable("; ".join(problems))
    drawn = _next_copy(certificate, last, at=at)
    with transaction.atomic():
        (issued,) = keep([drawn], at=at)
    sign_lists_of([issued], at=at)
    return issued


def issue_further(certificate: Certificate, *, by: User, at: datetime) -> IssuedCredential:
    """Sign a further copy of one that stands, for the file of the last was lost; that copy is refused from then on.

    by: who accepted it. Raises WrongState for one that does not stand; NotIssuable and NotDrawable as `issue`.
    """
    if certificate.state in Certificate.BAD_STATES or certificate.prepared_at is None:
        raise WrongState(_("The certificate is no longer in a state that allows this."), obj=certificate)
    if problems := certificate.award.problems():
        raise NotIssuable("; ".join(problems))
    drawn = _next_copy(certificate, certificate.credentials.order_by("number").last(), at=at)
    with transaction.atomic():
        (issued,) = keep([drawn], at=at, lost_by=by)
    sign_lists_of([issued], at=at)
    for status_list in StatusList.objects.filter(copies__certificate=certificate, copies__refusal__isnull=False).distinct():
        sign_status_list(status_list, at=at)
    return issued


def _next_copy(certificate: Certificate, last: IssuedCredential | None, *, at: datetime) -> "DrawnCopy":
    number = last.number + 1 if last else 1
    design = last.design if last else CertificateDesign.objects.in_use_for(certificate.organisation)
    return draw(certificate, Press.ready(at=at), StatusList.free_place(), design, number=number, at=at)


def draw(
    certificate: Certificate, press: Press, place: tuple[StatusList, int], design: CertificateDesign | None, *,
    number: int = 1, at: datetime,
) -> DrawnCopy:  # fmt: skip
    """Sign and draw one copy. Writes no row. The PDF's name has the credential's hash in it, so that neither an attempt that
    was cut off nor a second worker touches the file of another."""
    from .pdf_keys import sign_drawn  # pyHanko takes a second or two to import, and only workers sign

    signed = _signed_credential(certificate, press, place, at=at)
    text = json.dumps(signed, ensure_ascii=False, indent=2)
    sha256 = data_hash(text.encode())
    pdf, pdf_signer, pdf_profile = sign_drawn(drawn_pdf(certificate, press, signed, text, number, design, at=at), at=at)
    name = f"certificates/{certificate.uuid}/{certificate.number}-{number}-{sha256.removeprefix('sha256:')[:12]}.pdf"
    name = storages["private"].save(name, ContentFile(pdf))
    return DrawnCopy(certificate, press.key, number, place, text, sha256, name, data_hash(pdf), pdf_signer, pdf_profile, design)


def drawn_pdf(
    certificate: Certificate, press: Press, signed: dict, text: str, number: int, design: CertificateDesign | None, *,
    at: datetime,
) -> bytes:  # fmt: skip
    """Draw a copy's PDF around the text of its signed credential; not signed yet."""
    qr = qr_parts(certificate, signed, press.signer, press.key)
    document = replace(_document(certificate, press, data_hash(text.encode()), number, at=at), qr=qr)
    document = replace(document, design=design.as_design()) if design else document
    return render_pdf(document, text.encode())


def keep(drawn: list[DrawnCopy], *, at: datetime, lost_by: User | None = None) -> list[IssuedCredential]:
    """Write what was drawn, make the certificates public and enter them into the log, in the caller's transaction.

    lost_by: who accepted that the copies before them are followed because a file was lost, not because of their key.

    One insert and one update for all of them; a copy that is there already makes the database refuse them all.
    Raises KeyGone when the key was withdrawn meanwhile.
    """
    if SigningKey.objects.filter(pk__in={one.key.pk for one in drawn}, status=SigningKey.Status.COMPROMISED).exists():
        raise KeyGone
    if PdfSignerWithdrawal.objects.filter(signer__in={one.pdf_signer.pk for one in drawn}).exists():
        raise KeyGone
    ids = [one.certificate.pk for one in drawn]
    current = {row.pk: row for row in Certificate.objects.select_for_update(of=("self",)).filter(pk__in=ids)}
    issued = IssuedCredential.objects.bulk_create(
        IssuedCredential(
            certificate=one.certificate, key=one.key, number=one.number, credential=one.credential,
            credential_sha256=one.credential_sha256, pdf_name=one.pdf_name, pdf_sha256=one.pdf_sha256,
            status_list=one.place[0], status_index=one.place[1], signed_at=at, pdf_signer=one.pdf_signer,
            pdf_profile=one.pdf_profile, design=one.design,
        )
        for one in drawn
    )  # fmt: skip
    Certificate.objects.filter(pk__in=ids, prepared_at=None).update(prepared_at=at)
    for one in drawn:
        row = current[one.certificate.pk]
        if row.state in Certificate.BAD_STATES:  # it happened before or while this was signed
            row.credentials.refuse(row.status_changes.exclude(kind=StatusChange.Kind.SIGNED_ANEW).last())
        base = one.certificate.organisation
        log(one.certificate, "certificates.certificate.issue", by=None, organisation=base, copy=one.number)
    if drawn:
        first = [one.certificate for one in drawn if one.number == 1 and one.certificate.replaces_id is None]
        certificates_prepared.send(sender=Certificate, certificates=[one.certificate for one in drawn], first=first)
    for one, copy in zip(drawn, issued, strict=True):
        if one.number > 1:
            one.certificate.follow_with(copy, at=at, lost_by=lost_by)
    return issued


def sign_lists_of(issued: list[IssuedCredential], *, at: datetime) -> None:
    """Sign the lists of these copies that were never signed, or in which one of them has its bit set already. One query."""
    fresh = Q(credential="") | Q(copies__in=[copy.pk for copy in issued], copies__refusal__isnull=False)
    for status_list in StatusList.objects.filter(fresh, pk__in={copy.status_list_id for copy in issued}).distinct():
        sign_status_list(status_list, at=at)


def _signed_credential(certificate: Certificate, press: Press, place: tuple[StatusList, int], *, at: datetime) -> dict:
    credential = build_credential(
        CredentialFacts(
            credential_id=f"urn:uuid:{certificate.uuid}",
            issuer_did=press.did,
            issuer_name=press.issuer_name,
            site_url=settings.BASE_URL,
            number=certificate.number,
            holder_name=certificate.holder_name,
            email=certificate.holder.email,
            email_salt=secrets.token_hex(16),
            facts=certificate.facts,
            standard=press.standard(certificate.award.rule),
            awarded_at=certificate.award.awarded_at,
            valid_from=certificate.award.awarded_at if certificate.term == 1 else _start_of(certificate.issued_on),
            valid_until=_end_of(certificate.valid_until) if certificate.valid_until else None,
            verify_url=verify_address(certificate),
            status_list_url=status_list_address(place[0].number),
            status_index=place[1],
        )
    )
    strict.check_shape(credential, BADGE_CONTEXT)
    strict.check_round_trip(credential)
    signed = proof.sign(credential, press.signer, at=at)
    if problem := schema_problem(signed):
        raise NotIssuable(f"the credential does not fit the official schema: {problem}")
    return signed


def _start_of(day: date) -> datetime:
    """The first second of a day where the certificate was issued."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def _end_of(day: date) -> datetime:
    """The last second of a day where the certificate was issued."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def _document(
    certificate: Certificate, press: Press, credential_sha256: str, copy: int, *, at: datetime
) -> CertificateDocument:
    facts, authority = certificate.facts, press.authority
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
