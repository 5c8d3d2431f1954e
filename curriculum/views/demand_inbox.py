"""Demands as a training base sees them: the inbox, one demand, taking it up, asking the firm, making a case of it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate
from lms.lib.workbook import workbook_response

from ..contents import Entry, page_hash
from ..demand_case import make_case
from ..demand_checks import leftovers_of
from ..demand_forms import MessageForm
from ..demand_pages import export_lines
from ..demand_permissions import (
    bases_of,
    demands_for_bases,
    get_made_case,
    get_offered_demand,
    user_can_make_case,
    user_has_demand_inbox,
)
from ..models import CaseOrigin, Demand, DemandClaim, DemandMessage
from ..wording import leftover_text

ROWS = 20


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What is offered to the person's bases and what they took up, by state, industry and words; CSV and XLSX. A constant
    number of queries."""
    if not user_has_demand_inbox(request.user):
        raise PermissionDenied
    bases = bases_of(request.user)
    rows = demands_for_bases(request.user).select_related("organisation").prefetch_related("claims__organisation")
    industries = sorted(set(demands_for_bases(request.user).values_list("industry", flat=True)))
    state, industry, words = (request.GET.get(name, "").strip()[:80] for name in ("state", "industry", "q"))
    if state == "open":
        rows = rows.filter(status=Demand.Status.SENT)
    elif state == "ours":
        rows = rows.filter(pk__in=Demand.objects.taken_by(bases).values("pk"))
    elif state == "withdrawn":
        rows = rows.filter(status=Demand.Status.WITHDRAWN)
    if industry:
        rows = rows.filter(industry=industry)
    if words:
        rows = rows.filter(title__icontains=words)
    rows = rows.order_by("-sent_at", "-pk")
    if (kind := request.GET.get("format")) in ("csv", "xlsx"):
        return _export(request, kind, rows)
    page = paginate(request, rows, ROWS)
    for demand in page:
        demand.ours = any(c.organisation_id in bases and c.ended_at is None for c in demand.claims.all())
    context = {"page": page, "state": state, "industry": industry, "industries": industries, "q": words}
    return render(request, "curriculum/demand_inbox.html", context)


def _export(request: HttpRequest, kind: str, rows) -> HttpResponse:
    lines = list(export_lines(rows))
    base = Organisation.objects.filter(pk__in=bases_of(request.user)).first()
    log(base, "curriculum.demand.export", by=request.user, organisation=base, count=len(lines) - 1)
    if kind == "csv":
        return csv_response("demands.csv", lines[0], lines[1:])
    return workbook_response("demands.xlsx", [(_("Demands"), lines)])


def offered_page(
    request: HttpRequest, demand: Demand, base: Organisation, claim: DemandClaim | None, *,
    form: MessageForm | None = None, contact: dict[str, str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """One demand for one base: what the firm wrote and allows, the base's own thread, what comes next."""
    origin = CaseOrigin.objects.select_related("page__latest_revision").filter(
        demand=demand, organisation=base, kind="demand").first()  # fmt: skip
    approvals = list(origin.approvals.select_related("decided_by")) if origin else []
    left, approved = [], False
    if origin and demand.status != Demand.Status.WITHDRAWN:
        revision = origin.page.latest_revision
        left = [leftover_text(f"{x.kind}|{x.text}|{x.where}") for x in leftovers_of(Entry("case", origin.page, revision), demand)]
        now_hash = page_hash(revision.content)
        approved = any(a.status == a.Status.APPROVED and a.content_hash == now_hash for a in approvals)
    context = {
        "demand": demand, "base": base, "claim": claim, "origin": origin, "approvals": approvals, "left": left,
        "approved": approved, "asked": any(a.status == a.Status.ASKED for a in approvals),
        "files": demand.files.all(), "thread": demand.messages.filter(base=base).select_related("by"),
        "form": form or MessageForm(), "contact": contact, "may_make": user_can_make_case(request.user, base),
    }  # fmt: skip
    return render(request, "curriculum/demand_offered.html", context, status=status)


@login_required
@require_POST
def claim(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the demand up for the base. Who was first has it; a second click finds it taken."""
    demand, base, held = get_offered_demand(request.user, uuid)
    if held is None:
        DemandClaim.take(demand, base, by=request.user, at=now())
        messages.success(request, _("Your base has taken the demand up; the firm is told."))
    return redirect(demand)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then give the demand back to the others."""
    demand, _base, held = get_offered_demand(request.user, uuid)
    if held is None:
        return redirect(demand)
    if request.method != "POST":
        return render(request, "curriculum/demand_give_back.html", {"demand": demand})
    held.give_back(by=request.user, at=now())
    messages.success(request, _("The demand is given back."))
    return redirect("demand_inbox")


@login_required
@require_POST
def ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A question to the firm, before or after the demand was taken up."""
    demand, base, held = get_offered_demand(request.user, uuid)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return offered_page(request, demand, base, held, form=form, status=422)
    DemandMessage.write(demand, base, form.cleaned_data["text"], from_firm=False, key=form.cleaned_data["key"],
                        by=request.user, at=now())  # fmt: skip
    messages.success(request, _("Your message is sent to the firm."))
    return redirect(demand)


@login_required
@require_POST
def contact(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open the person's name and numbers, for a base that has taken the demand up. Each opening is in the audit log."""
    demand, base, held = get_offered_demand(request.user, uuid)
    if held is None:
        raise PermissionDenied
    log(demand, "curriculum.demand.contact", by=request.user, organisation=base)
    return offered_page(request, demand, base, held, contact=demand.contact)


@login_required
@require_POST
def to_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a draft of a case, filled in as far as the firm's anonymity lets it. A second click finds it made."""
    demand, base, held = get_offered_demand(request.user, uuid)
    if held is None or not user_can_make_case(request.user, base):
        raise PermissionDenied
    make_case(held, by=request.user, at=now())
    messages.success(request, _("The draft of the case is there; edit it, then ask the firm to approve it."))
    return redirect(demand)


@login_required
@require_POST
def ask_approval(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Send the case as its latest draft has it to the firm. Refused while something of the firm remains in it."""
    origin = get_made_case(request.user, uuid)
    if not user_can_make_case(request.user, origin.organisation):
        raise PermissionDenied
    revision = origin.page.latest_revision
    if revision is None:
        raise Http404
    if leftovers_of(Entry("case", origin.page, revision), origin.demand):
        raise WrongState(_("Something of the firm still stands in the case; see the list."), obj=origin.demand)
    origin.ask_firm(revision, page_hash(revision.content), by=request.user, at=now())
    messages.success(request, _("The firm is asked to approve this state of the case."))
    return redirect(origin.demand)
