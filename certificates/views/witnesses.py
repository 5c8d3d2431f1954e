"""Witnesses of the log: what they take and bring, and the officers' page where they are registered."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.ratelimit import Limit

from ..models import Cosignature, Refused, Witness
from ..permissions import user_is_officer
from ..witness_forms import MAX_LINE, BadLine, CosignatureForm, EndWitnessForm, WitnessForm, read_line
from .answers import limited, open_json

BROUGHT = Limit("log-cosign", 30, 600)
SCRIPT = Path(__file__).resolve().parent.parent / "kit" / "witness.py"
WHY = {
    "unknown_witness": gettext_lazy("No active witness has this code."),
    "unknown_head": gettext_lazy(
        "We never signed this head. If its signature is ours, somebody else has our key, or the log was changed: look into it."
    ),
    "wrong_time": gettext_lazy("Its time lies before the head, or in the future."),
    "wrong_signature": gettext_lazy("The signature is not the witness's."),
}


def witness_rows(*, at: datetime) -> list[dict]:
    """Every witness with the newest head they signed: active ones first. Two queries."""
    last = Cosignature.objects.filter(witness=OuterRef("pk")).order_by("-head__size", "-pk").values("pk")[:1]
    witnesses = list(Witness.objects.select_related("registered_by").annotate(last=Subquery(last)))
    newest = Cosignature.objects.select_related("head").in_bulk([witness.last for witness in witnesses if witness.last])
    rows = [{"witness": witness, "newest": newest.get(witness.last)} for witness in witnesses]
    for row in rows:
        since = row["newest"].cosigned_at if row["newest"] else row["witness"].registered_at
        row["silent"] = row["witness"].ended_at is None and since < at - Witness.SILENT
    return sorted(rows, key=lambda row: row["witness"].ended_at is not None)


@csrf_exempt
@require_POST
@limited(BROUGHT, json=True)
def receive(request: HttpRequest) -> HttpResponse:
    """A cosignature as JSON. It carries its own right, the witness's signature, so nobody logs in: 201 new, 200 known before."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_LINE:
        return open_json({"error": "too_large", "max_bytes": MAX_LINE}, status=413)
    try:
        _row, new = Cosignature.receive(read_line(request.body), at=now())
    except BadLine as error:
        return open_json({"error": "bad_request", "field": str(error)}, status=400)
    except Refused as error:
        return open_json({"error": str(error)}, status=422)
    return open_json({"accepted": True}, status=201 if new else 200)


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script that a witness runs: one file, none of our code."""
    response = HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="witness.py"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The witnesses, for officers; POST registers one."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    form = WitnessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = Witness.register(
            code=data["code"], name=data["name"], address=data["address"], public_multibase=data["key"], by=request.user, at=now()
        )
        messages.success(request, _("%(name)s is registered as a witness.") % {"name": made.name})
        return redirect("witness_list")
    return _page(request, register=form)


def _page(request: HttpRequest, *, register=None, bring=None, ending=None) -> HttpResponse:
    """ending: a witness and the form that ends it, shown where it was typed."""
    rows = witness_rows(at=now())
    for row in rows:
        if row["witness"].ended_at is None:
            row["end_form"] = EndWitnessForm(auto_id=f"end-{row['witness'].pk}-%s")
            if ending and ending[0] == row["witness"]:
                row["end_form"] = ending[1]
    context = {
        "rows": rows, "ends": True,
        "site": settings.BASE_URL,
        "register_form": register or WitnessForm(),
        "bring_form": bring or CosignatureForm(),
    }  # fmt: skip
    bound = ending is not None or any(form is not None and form.is_bound for form in (register, bring))
    return render(request, "certificates/witness_list.html", context, status=422 if bound else 200)


@login_required
@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """A line that did not come by itself."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    form = CosignatureForm(request.POST)
    if form.is_valid():
        try:
            _row, new = Cosignature.receive(form.cleaned_data["line"], at=now(), by=request.user)
        except Refused as error:
            form.add_error("line", WHY[str(error)])
        else:
            messages.success(request, _("Checked and kept.") if new else _("We have this one already."))
            return redirect("witness_list")
    return _page(request, bring=form)


@login_required
@require_POST
def end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    if not user_is_officer(request.user):
        raise PermissionDenied
    witness = get_object_or_404(Witness, uuid=uuid)
    form = EndWitnessForm(request.POST, auto_id=f"end-{witness.pk}-%s")
    if witness.ended_at is None and not form.is_valid():
        return _page(request, ending=(witness, form))
    if witness.ended_at is None and witness.end(reason=form.cleaned_data["reason"], by=request.user, at=now()):
        messages.success(request, _("Nothing of this witness is taken any more; what was signed until now stays."))
    else:
        messages.info(request, _("This witness had ended before; nothing has changed."))
    return redirect("witness_list")
