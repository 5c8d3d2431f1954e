"""Taking a certificate into a wallet: the holder's page, the link that is good once, and the endpoints of OpenID4VCI."""

import json
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.listing import paginate
from lms.lib.ratelimit import Limit

from .. import wallet
from ..credential.strict import NotStrict, parse
from ..forms import WalletForm
from ..models import Certificate, WalletOffer
from ..models.wallet import copy_for_wallet
from ..permissions import user_can_share
from .answers import View, too_many

LINK, TOKEN, CREDENTIAL = Limit("wallet-link", 30, 600), Limit("wallet-token", 20, 600), Limit("wallet-credential", 30, 600)
MAX_BODY = 8 * 1024


# --- The holder -----------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wallet_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The ways into a wallet; POST opens one and shows its code, this once."""
    certificate = _certificate_for(request.user, uuid)
    shown: dict[str, Any] = {}
    if request.method == "POST":
        form = WalletForm(request.POST)
        if not form.is_valid():
            return redirect("wallet", certificate.uuid)
        offer, code, tx = WalletOffer.make(certificate, **form.cleaned_data, by=request.user, at=now())
        if code:
            address = wallet.link_address(code) if offer.way == WalletOffer.Way.LINK else wallet.offer_address(code)
            picture = segno.make(address, error="l", micro=False).svg_data_uri(scale=1, border=4, dark="#16324f", light="#ffffff")
            shown = {"offer": offer, "address": address, "tx": tx, "picture": picture}
        else:
            messages.info(request, _("This was made already. Its code is shown only once; make another one."))
    at = now()
    found = paginate(request, certificate.wallet_offers.all())
    context = {
        "certificate": certificate,
        "can_offer": copy_for_wallet(certificate) is not None,
        "request_id": uuid4(),
        "minutes": WalletOffer.MINUTES,
        "is_https": settings.HTTPS,
        "page": found,
        "rows": [{"offer": offer, "state": offer.state_at(at)} for offer in found],
        **shown,
    }
    return render(request, "certificates/wallet.html", context)


def _certificate_for(user, uuid: UUID) -> Certificate:
    certificate = get_object_or_404(Certificate.objects.select_related("organisation"), uuid=uuid)
    if not user_can_share(user, certificate):
        raise Http404
    return certificate


@login_required
@require_POST
def wallet_revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    offer = get_object_or_404(WalletOffer.objects.select_related("certificate__organisation"), uuid=uuid)
    if not user_can_share(request.user, offer.certificate):
        raise Http404
    offer.revoke(by=request.user, at=now())
    messages.success(request, _("Taken back: nothing can be fetched with it any more."))
    return redirect("wallet", offer.certificate.uuid)


# --- Wallets --------------------------------------------------------------------------------------------------------


def for_wallets(method: str, limit: Limit | None = None):
    """One method, by software of any site; answers are never kept, and a browser may ask beforehand (OPTIONS)."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @never_cache
        @wraps(view)
        def asked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
            elif request.method != method:
                response = JsonResponse({"error": "invalid_request"}, status=405)
            elif limit is not None and not limit.allows(request):
                response = too_many(request, json=True)
            else:
                response = view(request, *args, **kwargs)
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Allow-Methods"] = f"{method}, OPTIONS"
            response["Access-Control-Allow-Headers"] = "Accept, Authorization, Content-Type"
            response["Allow"] = f"{method}, OPTIONS"
            response["Cache-Control"] = "no-store"
            return response

        return asked

    return decorate


def _refused(error: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": error}, status=status)


@for_wallets("GET", LINK)
def wallet_link(request: HttpRequest, code: str) -> HttpResponse:
    """The signed text, once. Unknown, run out, taken back and used are one answer."""
    copy = WalletOffer.take_by_link(code, at=now())
    if copy is None:
        return _refused("not_found", 404)
    response = HttpResponse(copy.credential, content_type="application/vc")
    response["Content-Disposition"] = f'attachment; filename="{copy.certificate.number}.json"'
    return response


@require_safe
def issuer_metadata(request: HttpRequest) -> HttpResponse:
    return _metadata(wallet.issuer_metadata())


@require_safe
def server_metadata(request: HttpRequest) -> HttpResponse:
    return _metadata(wallet.server_metadata())


def _metadata(content: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response


@for_wallets("POST", TOKEN)
def wallet_token(request: HttpRequest) -> HttpResponse:
    """The code and the transaction code for a token (section 6). Whatever is wrong with a code is one answer."""
    if request.content_type != "application/x-www-form-urlencoded" or _length(request) > MAX_BODY:
        return _refused("invalid_request")
    given = request.POST
    names = ("grant_type", "pre-authorized_code", "tx_code", "authorization_details")
    if any(len(given.getlist(name)) > 1 for name in names):
        return _refused("invalid_request")
    if not given.get("grant_type"):
        return _refused("invalid_request")
    if given["grant_type"] != wallet.PRE_AUTHORISED:
        return _refused("unsupported_grant_type")
    if not given.get("pre-authorized_code") or not given.get("tx_code"):
        return _refused("invalid_request")
    asks_details = "authorization_details" in given
    if asks_details and not _are_ours(given["authorization_details"]):
        return _refused("invalid_authorization_details")
    found = WalletOffer.exchange(given["pre-authorized_code"], given["tx_code"].strip(), at=now())
    if found is None:
        return _refused("invalid_grant")
    offer, token = found
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": WalletOffer.TOKEN_MINUTES * 60}
    if asks_details:
        detail = {"type": wallet.DETAILS, "credential_configuration_id": wallet.CONFIGURATION}
        answer["authorization_details"] = [detail | {"credential_identifiers": [str(offer.uuid)]}]
    return JsonResponse(answer)


def _are_ours(text: str) -> bool:
    """Whether the details ask for the one thing there is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    wanted = {"type": wallet.DETAILS, "credential_configuration_id": wallet.CONFIGURATION}
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(one, dict) and wanted.items() <= one.items() for one in found)
    )


@for_wallets("POST", CREDENTIAL)
def wallet_credential(request: HttpRequest) -> HttpResponse:
    """The certificate for a token, once (section 8)."""
    kind, _blank, token = request.headers.get("Authorization", "").partition(" ")
    offer = WalletOffer.of_token(token.strip(), at=now()) if kind.lower() == "bearer" and token.strip() else None
    if offer is None:
        response = _refused("invalid_token", 401)
        response["WWW-Authenticate"] = 'Bearer error="invalid_token"' if token else "Bearer"
        return response
    if error := _request_problem(request, offer):
        return _refused(error)
    copy = offer.take(at=now())
    if copy is None:
        return _refused("credential_request_denied")
    return JsonResponse({"credentials": [{"credential": json.loads(copy.credential)}]}, json_dumps_params={"ensure_ascii": False})


def _request_problem(request: HttpRequest, offer: WalletOffer) -> str:
    """The error of a credential request, or "". Proofs of a key are not asked for and not looked at."""
    if request.content_type != "application/json" or _length(request) > MAX_BODY:
        return "invalid_credential_request"
    try:
        asked = parse(request.body)
    except NotStrict:
        return "invalid_credential_request"
    configuration, identifier = asked.get("credential_configuration_id"), asked.get("credential_identifier")
    if (configuration is None) == (identifier is None):
        return "invalid_credential_request"
    if configuration not in (None, wallet.CONFIGURATION):
        return "unknown_credential_configuration"
    if identifier not in (None, str(offer.uuid)):
        return "unknown_credential_identifier"
    return "invalid_encryption_parameters" if "credential_response_encryption" in asked else ""


def _length(request: HttpRequest) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)
