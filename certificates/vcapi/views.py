"""POST /credentials/verify and, in test mode alone, POST /credentials/issue, as the W3C's VC API describes them."""

import json
from functools import cache, wraps
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..credential import proof
from ..credential.keys import FileSigner
from ..credential.strict import MAX_BYTES, NotStrict, parse
from ..views.answers import FILE, open_json, too_many
from .checking import MALFORMED, PARSING, Fault, faults, form_faults
from .presentations import presentation_faults

PROBLEM = "application/problem+json"


def _limited(view):
    """As files are limited by address; a suite under test asks hundreds of times from one."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.VC_TEST_API and not FILE.allows(request):
            return too_many(request, json=True)
        return view(request)

    return guarded


@csrf_exempt
@never_cache
@require_POST
@_limited
def verify(request: HttpRequest) -> HttpResponse:
    """200 for a good credential, 400 with problem details for anything else."""
    try:
        credential, options = _member(request, "verifiableCredential")
    except NotStrict as error:
        return _refused([Fault(PARSING, str(error))])
    found = faults(credential, json.dumps(credential, ensure_ascii=False).encode(), at=now(), options=options)
    return _refused(found) if found else open_json({"verified": True, "problemDetails": []})


@csrf_exempt
@never_cache
@require_POST
def verify_presentation(request: HttpRequest) -> HttpResponse:
    """The same for a presentation with the credentials in it."""
    if not settings.VC_TEST_API:
        raise Http404
    try:
        presentation, options = _member(request, "verifiablePresentation")
    except NotStrict as error:
        return _refused([Fault(PARSING, str(error))])
    found = presentation_faults(presentation, at=now(), options=options)
    return _refused(found) if found else open_json({"verified": True, "problemDetails": []})


@csrf_exempt
@never_cache
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """201 with the credential, signed by a key made for this process and named by its did:key; never ours."""
    if not settings.VC_TEST_API:
        raise Http404
    try:
        credential, _options = _member(request, "credential")
    except NotStrict as error:
        return _refused([Fault(PARSING, str(error))])
    if "proof" in credential:
        return _refused([Fault(MALFORMED, "the credential has a proof already")])
    if found := form_faults(credential):
        return _refused(found)
    signer = _test_signer()
    did = signer.method.split("#")[0]
    issuer = credential["issuer"]
    credential["issuer"] = issuer | {"id": did} if isinstance(issuer, dict) else did
    try:
        signed = proof.sign_once(credential, signer, at=now())
    except NotStrict as error:
        return _refused([Fault(MALFORMED, str(error))])
    return JsonResponse({"verifiableCredential": signed}, status=201, json_dumps_params={"ensure_ascii": False})


def _member(request: HttpRequest, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document in the body, and the options. Raises NotStrict for what two readers could read differently."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        raise NotStrict("larger than 512 KB")
    body = parse(request.body)
    options = body.get("options", {})
    if not isinstance(body.get(name), dict) or not isinstance(options, dict) or set(body) - {name, "options"}:
        raise NotStrict(f"the body does not consist of {name} and options")
    return body[name], options


def _refused(found: list[Fault]) -> HttpResponse:
    details = [fault.as_json() for fault in found]
    answer = open_json({**details[0], "status": 400, "verified": False, "problemDetails": details}, status=400)
    answer["Content-Type"] = PROBLEM
    return answer


@cache
def _test_signer() -> FileSigner:
    key = Ed25519PrivateKey.generate()
    multibase = proof.multikey(key.public_key())
    return FileSigner(f"did:key:{multibase}#{multibase}", key)
