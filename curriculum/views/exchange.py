"""The CASE 1.1 service: every syllabus version that is or was in force, read-only, for anyone. Drafts do not exist here."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from ..exchange import case
from ..exchange.select import Refused, choose
from ..models import EquivalenceStatement, Syllabus

MAX_AGE = 300
# Collections of the standard that our documents have no members of.
NONE_OF_OURS = {
    "CFAssociationGroupings": "groupings", "CFConcepts": "concepts", "CFSubjects": "subjects", "CFLicenses": "licences",
    "CFRubrics": "rubrics",
}  # fmt: skip


class Failure(Exception):
    """An answer in the standard's words: HTTP status, imsx_codeMinorFieldValue, what is the matter."""

    def __init__(self, status: int, code: str, message: str, *, field: str = "sourcedId") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


def _service(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers for machines: errors as imsx_StatusInfo, an ETag, a short life in caches, open to scripts of any site."""

    @require_safe
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except Failure as failure:
            response = _json(_status_info(failure), status=failure.status)
        if response.status_code == 200:
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
            response["Cache-Control"] = f"public, max-age={MAX_AGE}"
            if response["ETag"] in parse_etags(request.headers.get("If-None-Match", "")):
                same = HttpResponseNotModified()
                for name in ("ETag", "Cache-Control"):
                    same[name] = response[name]
                response = same
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Link, X-Total-Count"
        return response

    return answer


@_service
def documents(request: HttpRequest) -> HttpResponse:
    """CFDocuments: pages of them, with X-Total-Count and Link. One query."""
    rows = Syllabus.objects.public().order_by("in_force_from", "pk")
    records = case.documents(rows, at=timezone.localdate())
    query = {name: request.GET[name] for name in request.GET}
    try:
        chosen = choose(records, query)
    except Refused as error:
        raise Failure(400, error.code, str(error), field=error.field) from error
    response = _json({"CFDocuments": chosen.records})
    response["X-Total-Count"] = str(chosen.total)
    places = {"first": 0, "last": max((chosen.total - 1) // chosen.limit, 0) * chosen.limit}
    if chosen.offset + chosen.limit < chosen.total:
        places["next"] = chosen.offset + chosen.limit
    if chosen.offset:
        places["prev"] = max(chosen.offset - chosen.limit, 0)
    here = settings.BASE_URL + request.path
    links = {rel: urlencode(query | {"limit": chosen.limit, "offset": place}) for rel, place in places.items()}
    response["Link"] = ", ".join(f'<{here}?{text}>; rel="{rel}"' for rel, text in links.items())
    return response


@_service
def document(request: HttpRequest, identifier: str) -> HttpResponse:
    return _json(_package(identifier).standalone_document())


@_service
def package(request: HttpRequest, identifier: str) -> HttpResponse:
    """The whole version in one file; `?download` makes browsers save it."""
    response = _json(_package(identifier).as_json())
    if "download" in request.GET:
        slug = Syllabus.objects.public().values_list("slug", flat=True).get(uuid=identifier)
        response["Content-Disposition"] = f'attachment; filename="{slug}.case.json"'
    return response


@_service
def item(request: HttpRequest, identifier: str) -> HttpResponse:
    return _json(_item(identifier)[0])


@_service
def item_associations(request: HttpRequest, identifier: str) -> HttpResponse:
    """Everything that begins or ends at an item, also what another document says about it."""
    found, own = _item(identifier)
    lines = [*own.associations.values(), *_statement_lines()]
    related = [line for line in lines if found["identifier"] in _ends(line)]
    return _json({"CFItem": found, "CFAssociations": related})


@_service
def association(request: HttpRequest, identifier: str) -> HttpResponse:
    uuid = _uuid(identifier)
    packages = _packages()
    for found in packages:
        if line := found.associations.get(uuid):
            return _json(line | {"CFDocumentURI": found.link})
    for line in _statement_lines():
        if line["identifier"] == uuid:
            origin = next(found for found in packages if line["originNodeURI"]["identifier"] in found.items)
            return _json(line | {"CFDocumentURI": origin.link})
    raise _unknown()


@_service
def item_type(request: HttpRequest, identifier: str) -> HttpResponse:
    """The type asked for, then those below it."""
    uuid = _uuid(identifier)
    types = case.item_types()
    found = next((row for row in types if row["identifier"] == uuid), None)
    if found is None:
        raise _unknown()
    below = [row for row in types if row["hierarchyCode"].startswith(found["hierarchyCode"] + ".")]
    return _json({"CFItemTypes": [found, *below]})


@_service
def none_of_ours(request: HttpRequest, identifier: str) -> HttpResponse:
    """Groupings, concepts, subjects, licences and rubrics: the paths are there, our documents have none."""
    _uuid(identifier)
    raise _unknown()


def _packages() -> list[case.Package]:
    """Every version without the statements: one query once they are in memory."""
    at = timezone.localdate()
    return [case.own_part(row, at=at) for row in Syllabus.objects.public()]


def _statement_lines() -> list[dict[str, Any]]:
    """What the statements valid today say: two queries."""
    statements = EquivalenceStatement.objects.valid(timezone.localdate()).with_nodes()
    return [line for statement in statements for line in case.equivalences(statement)]


def _package(identifier: str) -> case.Package:
    syllabus = Syllabus.objects.public().filter(uuid=_uuid(identifier)).first()
    if syllabus is None:
        raise _unknown()
    return case.package_of(syllabus, at=timezone.localdate())


def _item(identifier: str) -> tuple[dict[str, Any], case.Package]:
    uuid = _uuid(identifier)
    for found in _packages():
        if here := found.items.get(uuid):
            return here | {"CFDocumentURI": found.link}, found
    raise _unknown()


def _ends(line: dict[str, Any]) -> tuple[str, str]:
    return line["originNodeURI"]["identifier"], line["destinationNodeURI"]["identifier"]


def _uuid(text: str) -> str:
    try:
        uuid = str(UUID(text))
    except ValueError:
        uuid = ""
    if uuid != text.lower():  # the short and the braced spelling are no identifiers of the standard
        raise Failure(404, "invalid_uuid", "Invalid UUID")
    return uuid


def _unknown() -> Failure:
    return Failure(404, "unknownobject", "Unknown Object")


def _status_info(failure: Failure) -> dict[str, Any]:
    field = {"imsx_codeMinorFieldName": failure.field, "imsx_codeMinorFieldValue": failure.code}
    return {
        "imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": failure.message,
        "imsx_codeMinor": {"imsx_codeMinorField": [field]},
    }  # fmt: skip


def _json(value: dict[str, Any], *, status: int = 200) -> HttpResponse:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response
