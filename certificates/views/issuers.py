"""The list by which the authority answers for its training bases: for people, and each base as an Open Badges Profile."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.models import Organisation
from curriculum.models import Level

from ..addresses import verify_page_address
from ..credential.build import base_profile, issuer_profile
from ..credential.contexts import BADGE_CONTEXT
from ..keystore import issuer_did, issuer_name, public_did_document
from .answers import open_json


@require_safe
def issuers(request: HttpRequest) -> HttpResponse:
    """The accredited training bases, and the one official address: the answer to look-alike sites."""
    bases = Organisation.objects.bases().order_by("name")
    context = {"bases": bases, "did": public_did_document(), "verify_address": verify_page_address()}
    return render(request, "certificates/issuers.html", context)


@require_safe
def issuer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One base: the address that stands in its certificates. It stays when the accreditation ends, and says so."""
    base, today = get_object_or_404(Organisation.objects.bases(), uuid=uuid), localdate()
    context = {
        "base": base, "authority": Organisation.objects.authority(), "did": public_did_document(),
        "levels": [label for code, label in Level.Code.choices if code in base.accredited_levels],
        "accredited": any(base.is_accredited_for(code, today) for code in base.accredited_levels),
    }  # fmt: skip
    return render(request, "certificates/issuer.html", context)


@require_safe
def profile(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The same for software: an Open Badges 3.0 `Profile` whose `parentOrg` is the issuer of the certificates."""
    base = get_object_or_404(Organisation.objects.bases(), uuid=uuid)
    own = base_profile({"uuid": base.uuid, "name": base.name, "name_en": base.name_en}, settings.BASE_URL)
    authority = issuer_profile(issuer_did(), issuer_name(Organisation.objects.authority()), settings.BASE_URL)
    return open_json({"@context": BADGE_CONTEXT[:2], **own, "parentOrg": authority})
