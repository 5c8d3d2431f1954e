"""Version 1. Every question that could be answered is 200, an unknown certificate too; everything else is a problem."""

import copy
from datetime import datetime
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import conditional_page, require_safe
from ninja import File, NinjaAPI, Query
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile

from accounts.models import Organisation
from lms.lib.ratelimit import Limit

from .. import receipts
from ..addresses import issuer_address
from ..credential.carriers import MAX_FILE
from ..filecheck import verify_file
from ..keystore import public_did_document
from ..log.served import served_head
from ..models import Lookup, Scope, TreeHead
from ..numbers import normalise_number
from ..verification import verify_by_number, verify_by_share
from . import problems, shapes
from .callers import Caller, Key, calls_on_day, count_number
from .problems import Problem

PUBLIC = Limit("api-public", 60, 600)
PROBLEMS = dict.fromkeys((401, 403, 413, 422, 429), shapes.ProblemDetails)
DESCRIPTION = """Verification of certificates for software of employers. Make a key on your employer's desk and send it as
`Authorization: Bearer tmk_…`. Names travel in the body, never in an address. Which of number and name was wrong is never
said. Calls are counted per key, minute and day (429 with `Retry-After`); the holder sees that your organisation asked."""

api = NinjaAPI(
    title="Certificate verification", version="1.0.0", description=DESCRIPTION, openapi_url=None, docs_url=None,
    urls_namespace="api-v1",
)  # fmt: skip


@api.exception_handler(Problem)
def _problem(request: HttpRequest, error: Problem):
    return problems.answer(request, error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError):
    """Says where, never what was sent: that may be a name."""
    places = [".".join(str(part) for part in fault["loc"] if part != "body") for fault in error.errors]
    faults = [{"place": place, "fault": fault["type"]} for place, fault in zip(places, error.errors, strict=True)]
    return problems.answer(request, Problem("invalid", errors=faults))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError):
    """A body that is no JSON."""
    return problems.answer(request, Problem("invalid"))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404):
    return problems.answer(request, Problem("not_found"))


@api.post(
    "/verify/number", auth=Key(Scope.NUMBER), response={200: shapes.Answer, **PROBLEMS}, exclude_unset=True,
    url_name="api_verify_number", summary="Verify by number and full name", tags=["verification"],
    operation_id="verifyByNumber",
)  # fmt: skip
def verify_number(request: HttpRequest, question: shapes.NumberQuestion) -> Any:
    caller, at = request.auth, now()
    number = normalise_number(question.number) or question.number
    count_number(caller, number)
    verdict = verify_by_number(number, question.name, at=at, way=Lookup.Way.API, organisation=_who(caller))
    answer = verdict.as_json()
    if question.receipt:
        statement = receipts.statement_on(receipts.taken_up(receipts.offer(verdict, Lookup.Way.NUMBER, number)))
        answer["receipt"] = receipts.sign(statement, at=at)
    return answer


@api.post(
    "/verify/share", auth=Key(Scope.SHARE), response={200: shapes.Answer, **PROBLEMS}, exclude_unset=True,
    url_name="api_verify_share", summary="Verify by a holder's share code", tags=["verification"],
    operation_id="verifyByShareCode",
)  # fmt: skip
def verify_share(request: HttpRequest, question: shapes.ShareQuestion) -> Any:
    return verify_by_share(question.code, at=now(), organisation=_who(request.auth)).as_json()


@api.post(
    "/verify/file", auth=Key(Scope.FILE), response={200: shapes.FileAnswer, **PROBLEMS}, exclude_unset=True,
    url_name="api_verify_file", summary="Verify a certificate file (PDF, PNG, SVG, JSON)", tags=["verification"],
    operation_id="verifyFile",
)  # fmt: skip
def verify_upload(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Judged in memory by its digital signature, and not kept."""
    raw = file.read(MAX_FILE + 1)
    return verify_file(raw, at=now(), way=Lookup.Way.API, organisation=_who(request.auth)).as_json()


@api.get(
    "/usage", auth=Key(None), response={200: shapes.Usage, **PROBLEMS}, url_name="api_usage",
    summary="What this key has used today", tags=["key"], operation_id="usage",
)  # fmt: skip
def usage(request: HttpRequest) -> Any:
    caller: Caller = request.auth
    return {
        "today": min(calls_on_day(caller.key), caller.per_day), "per_day": caller.per_day,
        "per_minute": caller.per_minute, "scopes": list(caller.scopes), "expires_at": caller.expires_at,
    }  # fmt: skip


@api.get(
    "/issuers", response={200: shapes.IssuerList, 422: shapes.ProblemDetails, 429: shapes.ProblemDetails},
    url_name="api_issuers", summary="The training bases and their accreditation; needs no key", tags=["public"],
    operation_id="issuers",
)  # fmt: skip
def issuers(request: HttpRequest, offset: int = Query(0, ge=0, le=10_000), limit: int = Query(100, ge=1, le=200)) -> Any:
    _public(request)
    bases, did, today = Organisation.objects.bases().order_by("name", "pk"), public_did_document(), timezone.localdate()
    rows = [_issuer(base, today) for base in bases[offset : offset + limit]]
    return {"did": did["id"] if did else None, "count": bases.count(), "offset": offset, "issuers": rows}


@api.get(
    "/log/head", response={200: shapes.LogHead, 304: None, 404: shapes.ProblemDetails, 429: shapes.ProblemDetails},
    url_name="api_log_head", summary="The latest signed head of the transparency log; needs no key", tags=["public"],
    operation_id="logHead",
)  # fmt: skip
@decorate_view(conditional_page)
def log_head(request: HttpRequest) -> Any:
    """With the time that a third party put to it and the signatures of outside witnesses, once there are some. The ETag is of
    the whole answer: it changes when one of them arrives."""
    _public(request)
    if (head := TreeHead.latest()) is None:
        raise Http404
    return {"timestamp": None, "cosignatures": []} | served_head(head)


def _who(caller: Caller) -> Organisation:
    """The employer as a reference: its row is not needed to note that it asked."""
    return Organisation(pk=caller.organisation)


def _public(request: HttpRequest) -> None:
    if not PUBLIC.allows(request):
        raise Problem("too_many", retry_after=PUBLIC.seconds)


def _issuer(base: Organisation, today: datetime) -> dict[str, Any]:
    since, until = base.accredited_from, base.accredited_until
    return {
        "id": str(base.uuid), "profile": issuer_address(base), "name": base.name, "name_en": base.name_en,
        "region": base.region, "region_en": base.region_en,
        "accredited_from": since, "accredited_until": until, "levels": base.accredited_levels,
        "accredited_now": since is not None and since <= today and (until is None or today <= until),
    }  # fmt: skip


addresses = [pattern for pattern in api.urls[0] if pattern.name != "api-root"]


@cache
def description() -> dict[str, Any]:
    """The OpenAPI 3.1 description of this version; problems stand under their own media type."""
    found = copy.deepcopy(dict(api.get_openapi_schema(path_prefix="/api/v1/")))
    for path in found["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and "application/json" in answer.get("content", {}):
                    answer["content"] = {problems.TYPE: answer["content"].pop("application/json")}
    for scheme in found["components"]["securitySchemes"].values():
        scheme["bearerFormat"] = "tmk_…"
    return found


@never_cache
@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    response = JsonResponse(description(), json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response
