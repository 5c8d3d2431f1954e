"""The holder's certificates, the register of bases and authority, and changes of status."""

import io
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from curriculum.models import Level
from lms.lib.listing import csv_response, paginate
from lms.lib.uploads import serve_attachment
from training.permissions import bases_of_registrar

from ..addresses import verify_address
from ..badges import MEDIA_TYPES, baked
from ..change_forms import StatusChangeForm
from ..models import Certificate, ChangeRequest, IssuedCredential, StatusChange
from ..numbers import normalise_number
from ..package import zipped
from ..permissions import user_can_change_status, user_can_rename, user_is_officer, visible_certificates


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    certificates = list(Certificate.objects.filter(holder=request.user).select_related("organisation", "replaced_by"))
    today = timezone.localdate()
    rows = [
        {
            "certificate": c, "state": c.state_on(today) if c.prepared_at else "preparing", "renewed_by": c.renewed_by,
            "ended": c.state in Certificate.ENDED, "replaced_by": None if c.renewed_by else c.successor,
        }
        for c in certificates
    ]
    return render(request, "certificates/certificate_list.html", {
        "rows": rows, "can_rename": any(user_can_rename(request.user, one) for one in certificates),
        "old_records": request.user.old_records.all(),
        "recognitions": request.user.recognitions.select_related("agreement"),
    })  # fmt: skip


def get_certificate_for(user, uuid: UUID) -> Certificate:
    """Return a certificate its holder, its base's registrar or an officer may open; 404 for anyone else."""
    wanted = Certificate.objects.select_related("organisation", "holder", "award", "replaces", "replaced_by")
    certificate = get_object_or_404(wanted, uuid=uuid)
    if certificate.holder_id != user.pk and not visible_certificates(user).filter(pk=certificate.pk).exists():
        raise Http404
    return certificate


@login_required
def detail(request: HttpRequest, uuid: UUID, form: StatusChangeForm | None = None, status: int = 200) -> HttpResponse:
    certificate = get_certificate_for(request.user, uuid)
    is_holder = certificate.holder_id == request.user.pk
    is_officer = user_is_officer(request.user)
    waiting = certificate.requests.open().first() if is_holder or is_officer else None
    can_change = user_can_change_status(request.user, certificate) and bool(StatusChangeForm.steps(certificate, waiting))
    copies = certificate.credentials.select_related("key", "refusal", "pdf_signer__withdrawal")
    issued = copies.prefetch_related("fresh_pdfs__pdf_signer__withdrawal").last()
    old, ended = certificate.replaces, certificate.state in Certificate.ENDED
    context = {
        "certificate": certificate,
        "state": certificate.state_on(timezone.localdate()) if certificate.prepared_at else "preparing",
        "changes": certificate.status_changes.select_related("proposed_by", "changed_by"),
        "lookups": certificate.lookups.select_related("organisation")[:20] if is_holder else [],
        "lookup_count": certificate.lookups.count() if is_holder else 0,
        "ended": ended,
        "shared": is_holder and ended and certificate.shares.exists(),
        "is_holder": is_holder,
        "is_officer": is_officer,
        "asked": certificate.employer_consents.filter(status="asked").count() if is_holder else 0,
        "issued": issued,
        "pdf": issued.pdf if issued else None,
        "being_signed_anew": certificate.prepared_at and certificate.needs_copy(),
        "waiting": waiting,
        "new": getattr(certificate, "replaced_by", None),
        "old": old,
        "can_rename": user_can_rename(request.user, certificate) and waiting is None,
        "renamed": is_holder and old is not None and old.state_reason == StatusChange.Reason.NAME_CHANGE,
        "can_correct": can_change and waiting is None and certificate.state in StatusChange.FROM[StatusChange.Kind.CORRECTED],
        "logged": issued.log_leaves.filter(change=None).first() if issued else None,
        "verify_address": verify_address(certificate),
        "form": form or (StatusChangeForm(certificate=certificate, alone=waiting is not None) if can_change else None),
    }
    return render(request, "certificates/certificate_detail.html", context, status=status)


def _copy_to_give(certificate: Certificate) -> IssuedCredential:
    """The last copy; 404 before there is one, and while one that others would refuse is being replaced."""
    issued = certificate.credentials.select_related("key").last()
    if issued is None or certificate.needs_copy():
        raise Http404
    return issued


@login_required
def pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    certificate = get_certificate_for(request.user, uuid)
    issued = _copy_to_give(certificate)
    file = storages["private"].open(issued.pdf.pdf_name)
    return serve_attachment(file, f"{certificate.number}.pdf", media_type="application/pdf")


@login_required
def credential_json(request: HttpRequest, uuid: UUID) -> HttpResponse:
    certificate = get_certificate_for(request.user, uuid)
    issued = _copy_to_give(certificate)
    response = HttpResponse(issued.credential, content_type="application/vc")
    response["Content-Disposition"] = f'attachment; filename="{certificate.number}.json"'
    return response


@login_required
def badge(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """The picture with the credential baked in, drawn when it is asked for."""
    certificate = get_certificate_for(request.user, uuid)
    issued = _copy_to_give(certificate)
    file = io.BytesIO(baked(certificate, issued, kind))
    return serve_attachment(file, f"{certificate.number}.{kind}", media_type=MEDIA_TYPES[kind])


@login_required
def package(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """All that shows the certificate to be genuine, in one ZIP with instructions; put together when it is asked for."""
    certificate = get_certificate_for(request.user, uuid)
    issued = _copy_to_give(certificate)
    file = io.BytesIO(zipped(certificate, issued))
    return serve_attachment(file, f"{certificate.number}.zip", media_type="application/zip")


@login_required
def change_status(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Suspend at once, or propose to reinstate or revoke: POST with reason; a GET goes to the certificate's page, where the
    form stands."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_can_change_status(request.user, certificate):
        raise PermissionDenied
    if request.method != "POST":
        return redirect("certificate_detail", certificate.uuid)
    form = StatusChangeForm(request.POST, certificate=certificate)
    if not form.is_valid():
        return detail(request, uuid, form=form, status=422)
    data = {key: form.cleaned_data[key] for key in ("kind", "reason", "text", "note")}
    if data["kind"] not in StatusChange.ALONE:
        proposed = ChangeRequest.propose(certificate, **data, by=request.user, at=now())
        messages.success(request, _("Proposed. Another officer has to confirm it."))
        return redirect(proposed)
    certificate.change_status(**data, by=request.user, at=now())
    messages.success(request, _("Recorded. The page shows it now; the signed status list follows within a minute."))
    return redirect("certificate_detail", certificate.uuid)


@login_required
def register(request: HttpRequest) -> HttpResponse:
    """The register: an officer sees all certificates, a registrar the base's own. Search, filter, CSV."""
    if not (user_is_officer(request.user) or bases_of_registrar(request.user)):
        raise PermissionDenied
    certificates = visible_certificates(request.user).select_related("organisation", "holder")
    query, state, level = (request.GET.get(key, "").strip() for key in ("q", "state", "level"))
    if query:
        certificates = certificates.filter(Q(number=normalise_number(query) or query) | Q(holder_name__icontains=query))
    today = timezone.localdate()
    if state == "valid":
        certificates = certificates.good_on(today)
    elif state == "expired":
        certificates = certificates.filter(valid_until__lt=today).exclude(state__in=Certificate.BAD_STATES)
    elif state in Certificate.BAD_STATES:
        certificates = certificates.filter(state=state)
    if level in Level.Code.values:
        certificates = certificates.filter(facts__level__code=level)
    if request.GET.get("format") == "csv":
        rows = (
            [c.number, c.holder_name, c.facts["level"]["title"], c.organisation.name, c.issued_on.isoformat(),
             c.valid_until.isoformat() if c.valid_until else "", Certificate.State(c.state_on(today)).label]
            for c in certificates.iterator()
        )
        name = pgettext("of a person", "Name")
        headings = [
            _("Certificate number"), name, _("Level"), _("Training base"), _("Issued on"), _("Valid until"), _("State"),
        ]  # fmt: skip
        return csv_response("certificates.csv", headings, rows)
    page = paginate(request, certificates)
    rows = [{"certificate": c, "state": c.state_on(today) if c.prepared_at else "preparing"} for c in page]
    context = {
        "page": page,
        "rows": rows,
        "query": query,
        "state": state,
        "level": level,
        "states": Certificate.State.choices,
        "levels": Level.Code.choices,
        "is_officer": user_is_officer(request.user),
    }
    return render(request, "certificates/certificate_register.html", context)
