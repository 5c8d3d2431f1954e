"""The transparency log over HTTP: a page for people, and what witnesses and verifiers need as JSON. All of it is public.

Only what a signed head covers is served: an entry that follows within a minute is not there yet.
"""

import re
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import conditional_page, require_safe

from lms.lib.listing import paginate

from ..log import tree
from ..log.served import served_head
from ..models import HeadStamp, LogLeaf, TreeHead
from ..permissions import user_is_officer
from ..published import DATABASE_AWAY, ask, published_head
from .certificates import get_certificate_for
from .witnesses import witness_rows

MOST_LEAVES = 1000
NUMBER = re.compile(r"\d{1,12}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BadQuery(Exception):
    """A field of the address that means nothing, by name."""


def _number(request: HttpRequest, name: str, *, default: int | None = None, least: int = 0, most: int) -> int:
    text = request.GET.get(name)
    if text is None and default is not None:
        return default
    if text is None or not NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise BadQuery(name)
    return int(text)


def _answer(data: dict, *, status: int = 200, seconds: int = 60) -> JsonResponse:
    response = JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={seconds}" if status == 200 else "no-store"
    return response


def _bad(error: BadQuery) -> JsonResponse:
    return _answer({"error": "bad_request", "field": str(error)}, status=400)


def _unknown() -> JsonResponse:
    return _answer({"error": "not_found"}, status=404)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The newest entries first, the head they are signed with, and one field to find a credential's entries."""
    head = TreeHead.latest()
    leaves = LogLeaf.objects.filter(index__lt=head.size if head else 0).order_by("-index")
    kind, wanted = request.GET.get("kind", ""), request.GET.get("hash", "").strip().lower()[:80]
    if kind in LogLeaf.Kind.values:
        leaves = leaves.filter(kind=kind)
    if wanted:
        digest = "sha256:" + wanted.removeprefix("sha256:")
        of_document = Q(did_version__sha256=digest) | Q(signer_list__sha256=digest)
        leaves = leaves.filter(of_document | Q(credential__credential_sha256=digest))
    context = {
        "head": head,
        "head_json": tree.head_json(head) if head else None,
        "stamp": HeadStamp.latest() if head else None,
        "stamp_is_sample": settings.SAMPLE_SITE and not (settings.LOG_TIMESTAMPS or settings.TIMESTAMP_URL),
        "witnesses": witness_rows(at=now()),
        "is_officer": request.user.is_authenticated and user_is_officer(request.user),
        "page": paginate(request, leaves.select_related("credential", "did_version", "signer_list")),
        "kinds": LogLeaf.Kind.choices,
        "kind": kind,
        "wanted": wanted,
    }
    return render(request, "certificates/log.html", context)


@require_safe
@conditional_page
def head(request: HttpRequest) -> HttpResponse:
    """The latest signed head; with `size`, the first one signed for that size. While the database is away, the head that was
    published last: older, and as true."""
    try:
        latest = ask(TreeHead.latest)
    except DATABASE_AWAY:
        found = None if "size" in request.GET else published_head()
        return _answer(found) if found else _answer({"error": "unavailable"}, status=503)
    if latest is None:
        return _unknown()
    try:
        size = _number(request, "size", default=latest.size, most=latest.size)
    except BadQuery as error:
        return _bad(error)
    if "size" in request.GET:
        latest = TreeHead.objects.select_related("key", "stamp").filter(size=size).first()
    return _answer(served_head(latest)) if latest else _unknown()


@require_safe
@conditional_page
def stamped_text(request: HttpRequest, number: int) -> HttpResponse:
    """The exact bytes that an authority put its time to."""
    stamp = get_object_or_404(HeadStamp.objects.select_related("head__key"), head=number)
    return _file(tree.signed_text_of(stamp.head).encode(), "text/plain; charset=utf-8", "head.txt")


@require_safe
@conditional_page
def stamp_response(request: HttpRequest, number: int) -> HttpResponse:
    """The authority's answer, as `openssl ts -verify -in` takes it."""
    stamp = get_object_or_404(HeadStamp, head=number)
    return _file(bytes(stamp.response), "application/timestamp-reply", "timestamp.tsr")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
@conditional_page
def inclusion(request: HttpRequest) -> HttpResponse:
    """`leaf`: index or leaf hash. `size`: of the tree it is proved in; without it that of the latest head."""
    latest = TreeHead.latest()
    if latest is None:
        return _unknown()
    wanted = request.GET.get("leaf", "")
    try:
        size = _number(request, "size", default=latest.size, least=1, most=latest.size)
        if HASH.fullmatch(wanted):
            leaf = LogLeaf.objects.filter(leaf_hash=wanted).first()
        else:
            leaf = LogLeaf.objects.filter(index=_number(request, "leaf", most=10**12)).first()
    except BadQuery as error:
        return _bad(error)
    if leaf is None or leaf.index >= size:
        return _unknown()
    proof = tree.inclusion_proof(leaf.index, size)
    return _answer({"leaf": tree.leaf_json(leaf), "size": size, "inclusion": proof}, seconds=3600)


@require_safe
@conditional_page
def consistency(request: HttpRequest) -> HttpResponse:
    """That the tree of size `first` is the beginning of that of `second` (without it: the latest head's)."""
    latest = TreeHead.latest()
    if latest is None:
        return _unknown()
    try:
        second = _number(request, "second", default=latest.size, least=1, most=latest.size)
        first = _number(request, "first", least=1, most=second)
    except BadQuery as error:
        return _bad(error)
    proof = tree.consistency_proof(first, second)
    return _answer({"first": first, "second": second, "consistency": proof}, seconds=3600)


@require_safe
@conditional_page
def leaves(request: HttpRequest) -> HttpResponse:
    """The entries from `start` up to, not including, `end`; at most a thousand. What is full never changes."""
    latest = TreeHead.latest()
    size = latest.size if latest else 0
    try:
        start = _number(request, "start", default=0, most=10**12)
        end = _number(request, "end", default=start + MOST_LEAVES, least=start, most=2 * 10**12)
    except BadQuery as error:
        return _bad(error)
    asked = min(end, start + MOST_LEAVES)
    stop = min(asked, size)
    rows = LogLeaf.objects.filter(index__gte=start, index__lt=stop)
    found = [tree.leaf_json(leaf) for leaf in rows]
    full = stop == asked
    data = {"start": start, "end": max(start, stop), "leaves": found}
    return _answer(data, seconds=86_400 if full else 60)


@login_required
@require_safe
def proof_bundle(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What shows, without us, that this certificate's credential is in the log: for whoever may have the credential."""
    certificate = get_certificate_for(request.user, uuid)
    issued = certificate.credentials.order_by("number").last()
    bundle = tree.proof_bundle(issued) if issued else None
    if bundle is None:
        raise Http404
    response = JsonResponse(bundle, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{certificate.number}-log-proof.json"'
    return response
