"""People claim an imported record; an officer decides by the evidence."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import paginate

from ..historic_forms import ClaimForm, NoteForm
from ..historic_permissions import user_can_decide_claim, user_can_withdraw_claim, visible_claims
from ..models import HistoricClaim, HistoricRecord
from ..permissions import user_is_officer
from ..verification import DECOY_RECORD
from .answers import NUMBER
from .evidence import serve_evidence
from .steps import named_step

ROWS = 50
ASK = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(ASK)
def ask(request: HttpRequest) -> HttpResponse:
    """The form, and one's own claims. A miss is told as in verification, within the same limit."""
    form = ClaimForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (made := _ask(request, form)):
        messages.success(request, _("Sent. An officer decides; you get a mail."))
        return redirect(made)
    own = HistoricClaim.objects.filter(user=request.user).select_related("record")
    context = {"form": form, "claims": own[:50], "records": request.user.old_records.select_related("batch")[:50]}
    return render(request, "certificates/historic_ask.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, form: ClaimForm) -> HistoricClaim | None:
    data = form.cleaned_data
    if not NUMBER.allows(request):
        form.add_error(None, _("Too many tries in a short time. Please wait and try again."))
        return None
    found = HistoricRecord.objects.answering(data["number"]).first()
    if not (found or DECOY_RECORD).belongs_to(data["name"]) or found is None:
        form.add_error(None, _("No imported record was found for these details."))
        return None
    try:
        return HistoricClaim.ask(found, upload=data["evidence"], checked=form.checked, by=request.user, at=now())
    except WrongState as error:
        form.add_error(None, error.message)
        return None


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The claims by state, 50 on a page. A constant number of queries."""
    if not user_is_officer(request.user):
        raise PermissionDenied
    state = request.GET.get("state", "asked")
    rows = HistoricClaim.objects.select_related("record", "user")
    if state in HistoricClaim.Status.values:
        rows = rows.filter(status=state)
    context = {"page": paginate(request, rows, ROWS), "state": state, "states": HistoricClaim.Status.choices}
    return render(request, "certificates/historic_claims.html", context)


def _get(user, uuid: UUID) -> HistoricClaim:
    wanted = visible_claims(user).select_related("record__batch", "user", "decided_by")
    return get_object_or_404(wanted, uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, _get(request.user, uuid))


def _page(request: HttpRequest, claim: HistoricClaim, form=None) -> HttpResponse:
    decides = claim.is_open and user_can_decide_claim(request.user, claim)
    context = {
        "claim": claim, "record": claim.record, "is_officer": user_is_officer(request.user), "decides": decides,
        "refuse_form": (form or NoteForm()) if decides else None,
        "can_withdraw": claim.is_open and user_can_withdraw_claim(request.user, claim),
    }  # fmt: skip
    return render(request, "certificates/historic_claim.html", context, status=422 if form is not None else 200)


@login_required
@require_POST
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The next step, named by the field `step`: accept, refuse or withdraw."""
    claim, user, at = _get(request.user, uuid), request.user, now()
    may = {"accept": user_can_decide_claim, "refuse": user_can_decide_claim, "withdraw": user_can_withdraw_claim}
    step = named_step(request, claim, may)
    if step == "refuse":
        form = NoteForm(request.POST)
        if not form.is_valid():
            return _page(request, claim, form)
        claim.refuse(note=form.cleaned_data["note"], by=user, at=at)
    else:
        getattr(claim, step)(by=user, at=at)
    said = {"accept": _("Accepted; the record stands among the person's certificates."),
            "refuse": _("Refused; nothing has changed."),
            "withdraw": _("Taken back; nothing has changed.")}  # fmt: skip
    messages.success(request, said[step])
    return redirect(claim)


@login_required
@never_cache
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """While it is to be decided. Who reads it is logged."""
    claim = _get(request.user, uuid)
    if not claim.evidence_name:
        raise Http404
    log(claim, "certificates.historic_claim.evidence", by=request.user)
    return serve_evidence(claim)
