"""Receipts of answers: made on request from the answer's page, and checked by anyone. Nothing of them is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import conditional_page, require_safe

from lms.lib.csrf import csrf_for_members
from lms.lib.ratelimit import Limit

from .. import receipts
from ..employer_forms import ReceiptForm
from ..list_answers import state_label
from ..models import Lookup
from ..receipt_keys import published
from .answers import limited, open_json, page

RECEIPT = Limit("receipt", 40, 600)
MAX_RESULT = 4 * 1024 * 1024


@never_cache
@csrf_for_members
@limited(RECEIPT)
def make(request: HttpRequest) -> HttpResponse:
    """Sign the answer that was given within the hour: a page to print, or the JSON file."""
    if request.method != "POST":
        return redirect("verify")
    answer = receipts.taken_up(request.POST.get("answer", ""))
    if answer is None:
        return page(request, 422, notice=_("This answer is too old for a receipt. Please verify again."))
    jws = receipts.sign(receipts.statement_on(answer), at=now())
    if request.POST.get("format") == "json":
        response = HttpResponse(receipts.as_file(jws), content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="verification-receipt.json"'
        return response
    context = {"jws": jws, "offered": request.POST["answer"], **shown(receipts.statement_on(answer))}
    return render(request, "certificates/receipt.html", context)


@never_cache
@csrf_for_members
@limited(RECEIPT)
def check(request: HttpRequest) -> HttpResponse:
    """Say whether a receipt is ours and unchanged, and whether a result file belongs to it."""
    if request.method != "POST":
        return render(request, "certificates/receipt_check.html", {"form": ReceiptForm()})
    form = ReceiptForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "certificates/receipt_check.html", {"form": form}, status=422)
    data = form.cleaned_data
    text = data["text"]
    if data["receipt"]:
        text = data["receipt"].read(receipts.MAX_TEXT + 1).decode("utf-8", "replace")
    file = data["file"].read(MAX_RESULT + 1) if data["file"] else None
    checked = receipts.check(text, file)
    kept = ReceiptForm(initial={"text": data["text"]}) if checked.problem else ReceiptForm()
    context = {"form": kept, "checked": checked} | (shown(checked.statement) if checked.statement else {})
    return render(request, "certificates/receipt_check.html", context)


@require_safe
@conditional_page
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys of receipts as a JWK set (RFC 7517)."""
    response = open_json(published())
    response["Cache-Control"] = "public, max-age=300"
    return response


def shown(statement: dict) -> dict:
    """What the page needs to tell a statement in words."""
    words = {"statement": statement, "answered_at": parse_datetime(statement["answered_at"])}
    if statement["type"] == receipts.ANSWER:
        state, by = statement["answer"]["state"], statement["asked"]["by"]
        words["state"] = state_label("no_match" if state == "unknown" else state)
        words["way"] = Lookup.Way(by).label if by in Lookup.Way.values else by
    else:
        words["counts"] = [(state_label(state), n) for state, n in statement["counts"].items()]
    return words
