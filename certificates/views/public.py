"""What anyone may open: verification, the issuer's DID document, the status list."""

from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import conditional_page, require_GET, require_safe

from lms.lib.csrf import csrf_for_members

from .. import published
from ..credential.proof import timestamp
from ..forms import VerifyForm
from ..models import DidVersion, Lookup, PdfSignerList, PublishedVersion
from ..published import keys_now, status_list_text
from ..receipts import offer
from ..verification import verify_by_number, verify_by_token
from .answers import LINK, NUMBER, Asked, gate, limited, open_json, organisation_of, page, verdict_json
from .drawn import drawn_answer


@never_cache
@csrf_for_members
def verify(request: HttpRequest) -> HttpResponse:
    """Number and full name, by ordinary form. Every miss gets the same neutral answer."""
    if request.method != "POST":
        initial = {"number": request.GET.get("number", "")[:40]}
        return page(request, form=VerifyForm(initial=initial))
    form = VerifyForm(request.POST)
    if refusal := gate(request, NUMBER, form=form):
        return refusal
    if not form.is_valid():
        return page(request, 422, form=form)
    verdict = verify_by_number(
        form.cleaned_data["number"], form.cleaned_data["name"], at=now(), organisation=organisation_of(request)
    )
    offered = offer(verdict, Lookup.Way.NUMBER, form.cleaned_data["number"])
    return page(request, form=form, verdict=verdict, receipt=offered)


@never_cache
@require_safe
@limited(LINK)
def verify_link(request: HttpRequest, token: str) -> HttpResponse:
    """The answer behind the QR code."""
    asked: Asked | None = getattr(request, "asked", None)
    known = asked is None or asked.known
    verdict = verify_by_token(token, at=now(), organisation=organisation_of(request), known=known)
    return drawn_answer(request, verdict, offer(verdict, Lookup.Way.LINK) if verdict.known else "")


@never_cache
@require_safe
@limited(LINK, json=True)
def verify_link_json(request: HttpRequest, token: str) -> HttpResponse:
    return verdict_json(verify_by_token(token, at=now(), way=Lookup.Way.API, organisation=organisation_of(request)))


@never_cache
@require_GET
@limited(NUMBER, json=True)
def verify_json(request: HttpRequest) -> HttpResponse:
    """GET /verify.json with the headers X-Certificate-Number and X-Holder-Name (percent-encoded UTF-8): a name in an
    address would end up in logs."""
    number = unquote(request.headers.get("X-Certificate-Number", ""))[:40]
    name = unquote(request.headers.get("X-Holder-Name", ""))[:240]
    verdict = verify_by_number(number, name, at=now(), way=Lookup.Way.API, organisation=organisation_of(request))
    return verdict_json(verdict)


@require_safe
@conditional_page
def did_document(request: HttpRequest) -> HttpResponse:
    document = keys_now()
    if document is None:
        raise Http404
    response = JsonResponse(document, content_type="application/did+json", json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
@conditional_page
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """The signed list exactly as it was signed. Its own `validUntil` says how long it may be trusted."""
    found = status_list_text(number)
    if not found:
        raise Http404
    response = HttpResponse(found, content_type="application/vc+ld+json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
@conditional_page
def pdf_signers(request: HttpRequest) -> HttpResponse:
    """Who signs or signed PDFs, exactly as it is kept and hashed; also while the database is away."""
    text = published.pdf_signers()
    if not text:
        return open_json({"error": "unavailable"}, status=503)
    return _text(text, "application/json", "public, max-age=300")


def _text(text: str, kind: str, kept: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = kept
    return response


def _versions(request: HttpRequest, model: type[PublishedVersion], address: str) -> HttpResponse:
    """Every version of a published document there was, with its hash and its entry in the transparency log."""
    found = model.objects.select_related("log_leaf").defer("text")
    versions = [
        {
            "version": row.number, "published": timestamp(row.published_at), "sha256": row.sha256,
            "log_entry": row.log_leaf.index if hasattr(row, "log_leaf") else None,
            "url": request.build_absolute_uri(reverse(address, args=[row.number])),
        }
        for row in found
    ]  # fmt: skip
    response = open_json({"versions": versions})
    response["Cache-Control"] = "public, max-age=300"
    return response


def _version(model: type[PublishedVersion], number: int, kind: str) -> HttpResponse:
    """One version, exactly as it was served and hashed. It never changes."""
    return _text(get_object_or_404(model, number=number).text, kind, "public, max-age=86400, immutable")


@require_safe
@conditional_page
def did_versions(request: HttpRequest) -> HttpResponse:
    return _versions(request, DidVersion, "did_version")


@require_safe
@conditional_page
def did_version(request: HttpRequest, number: int) -> HttpResponse:
    return _version(DidVersion, number, "application/did+json")


@require_safe
@conditional_page
def pdf_signer_lists(request: HttpRequest) -> HttpResponse:
    return _versions(request, PdfSignerList, "pdf_signer_list")


@require_safe
@conditional_page
def pdf_signer_list(request: HttpRequest, number: int) -> HttpResponse:
    return _version(PdfSignerList, number, "application/json")
