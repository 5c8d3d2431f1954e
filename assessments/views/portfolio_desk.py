"""Portfolios at the base: the deals to be checked, one deal, the outcome of a portfolio."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..models import Deal, DealEvent, DealVersion, PartResult, conclude, portfolio_of
from ..models.deals import STATES
from ..portfolio_forms import FindingForm
from ..portfolio_permissions import (
    deals_to_check,
    get_deal_to_check,
    get_portfolio_to_conclude,
    user_concludes,
    user_verifies_deals,
)
from .portfolio import competences_of, serve_evidence

ROWS = 50


def in_state(deals, state: str):
    """The deals in one of the states of `STATES`."""
    if state == "withdrawn":
        return deals.filter(events__kind=DealEvent.Kind.WITHDRAWN)
    newest = DealVersion.objects.filter(deal=OuterRef("deal")).order_by("-number").values("pk")[:1]
    kind = DealEvent.objects.filter(deal=OuterRef("pk"), version=Subquery(newest)).order_by("-pk").values("kind")[:1]
    deals = deals.standing().annotate(finding_kind=Subquery(kind))
    return deals.filter(finding_kind=None) if state == "waiting" else deals.filter(finding_kind=state)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The deals of the verifier's bases by state, those to be checked first; as CSV. A constant number of queries."""
    if not user_verifies_deals(request.user):
        raise PermissionDenied
    state = request.GET.get("state", "waiting")
    deals = deals_to_check(request.user)
    if state in STATES:
        deals = in_state(deals, state)
    deals = deals.with_everything().order_by("created_at", "pk")
    if request.GET.get("format") == "csv":
        return _export(request, list(deals))
    context = {"page": paginate(request, deals, ROWS), "state": state, "states": STATES.items()}
    return render(request, "assessments/deal_list.html", context)


def _export(request: HttpRequest, deals: list[Deal]) -> HttpResponse:
    """Without parties and referees. Logged for each cohort."""
    for cohort in {deal.enrolment.cohort_id: deal.enrolment.cohort for deal in deals}.values():
        log(cohort, "assessments.deal.export", by=request.user, organisation=cohort.organisation, count=len(deals))
    headings = [
        _("Cohort"), _("Trainee"), _("Deal"), _("Kind of deal"), _("Date of signing or conclusion"), _("Amount"),
        _("Referees who confirmed"), _("State"), _("Recorded"),
    ]  # fmt: skip
    lines = (
        [
            deal.enrolment.cohort.code, deal.enrolment.user.full_name, deal.now.title if not deal.now.confidential else "–",
            deal.now.get_kind_display(), deal.now.done_on.isoformat(), deal.now.get_amount_display(), deal.confirmed,
            deal.state_word, f"{localtime(deal.created_at):%Y-%m-%d %H:%M}",
        ]
        for deal in deals
    )  # fmt: skip
    return csv_response("deals.csv", headings, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One deal with its evidence and what referees said; the finding with its reason."""
    deal = get_deal_to_check(request.user, uuid)
    form = FindingForm(request.POST or None, initial={"version": deal.now.number})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        version = next((one for one in deal.versions.all() if one.number == data["version"]), None)
        try:
            if version is None:
                raise WrongState(_("The deal has changed meanwhile; look at it again."), obj=deal)
            deal.check_evidence(
                sound=data["sound"] == "yes", reason=data["reason"].strip(), version=version, by=request.user, at=now()
            )
        except WrongState as late:
            messages.warning(request, late.message)
            return redirect("deal_check", uuid)
        messages.success(request, _("The finding is kept; the trainee is told by mail."))
        return redirect("portfolio_desk", deal.enrolment.uuid, deal.part.key)
    context = {"deal": deal, "now": deal.now, "form": form, "competences": competences_of(deal)}
    return render(request, "assessments/deal_check.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return serve_evidence(get_deal_to_check(request.user, uuid), own=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def portfolio(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """A trainee's portfolio as the trainee sees it; a registrar records that it suffices, or no longer does."""
    enrolment, part = get_portfolio_to_conclude(request.user, uuid, key)
    if request.method == "POST":
        if not user_concludes(request.user, enrolment):
            raise PermissionDenied
        conclude(enrolment, part, by=request.user, at=now())
        messages.success(request, _("The outcome of the portfolio is recorded."))
        return redirect("portfolio_desk", uuid, key)
    deals = list(Deal.objects.with_everything().filter(enrolment=enrolment, part=part))
    found, result = portfolio_of(deals, part, on=localdate()), PartResult.objects.latest_of(enrolment).get(part.pk)
    context = {
        "enrolment": enrolment, "part": part, "deals": deals, "found": found, "result": result,
        "may_conclude": user_concludes(request.user, enrolment) and (found.ok if result is None else found.ok != result.passed),
    }  # fmt: skip
    return render(request, "assessments/portfolio_desk.html", context)
