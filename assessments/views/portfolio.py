"""The trainee's portfolio: the live tree of conditions, deals, their evidence and referees."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curriculum.models import Competence
from lms.lib.errors import WrongState
from lms.lib.uploads import serve_attachment

from ..models import Deal, PartResult, Referee, portfolio_of
from ..portfolio_forms import DealForm, RefereeForm
from ..portfolio_permissions import get_own_deal, get_own_portfolio


@login_required
@require_safe
def index(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """Where the portfolio stands, deal by deal. A constant number of queries."""
    enrolment, part = get_own_portfolio(request.user, uuid, key)
    deals = list(Deal.objects.with_everything().filter(enrolment=enrolment, part=part))
    context = {
        "enrolment": enrolment, "part": part, "rules": part.portfolio, "deals": deals,
        "found": portfolio_of(deals, part, on=localdate()), "result": PartResult.objects.latest_of(enrolment).get(part.pk),
    }  # fmt: skip
    return render(request, "assessments/portfolio.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """Record a deal."""
    enrolment, part = get_own_portfolio(request.user, uuid, key)
    form = DealForm(request.POST or None, request.FILES or None, syllabus=enrolment.syllabus_id)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        deal = Deal.record(enrolment, part, form.said(), at=now(), upload=upload, checked=form.checked)
        messages.success(request, _("The deal is recorded. Now name a referee."))
        return redirect(deal)
    context = {"enrolment": enrolment, "part": part, "form": form}
    return render(request, "assessments/deal_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One deal with what was found, and its referees; asking one more."""
    deal = get_own_deal(request.user, uuid)
    form = RefereeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("name", "email", "relation", "language")}
        try:
            Referee.ask(deal, **data, at=now())
        except WrongState as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The referee is asked by mail."))
            return redirect(deal)
    context = {"deal": deal, "now": deal.now, "form": form, "competences": competences_of(deal)}
    return render(request, "assessments/deal.html", context, status=422 if form.errors else 200)


def competences_of(deal: Deal) -> list[Competence]:
    found = Competence.objects.filter(syllabus=deal.enrolment.syllabus_id, code__in=deal.now.competences)
    return list(found.order_by("position"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A further version; it has to be verified and confirmed again."""
    deal = get_own_deal(request.user, uuid)
    if deal.is_withdrawn:
        raise WrongState(_("This deal has been withdrawn."), obj=deal)
    form = DealForm(request.POST or None, request.FILES or None, syllabus=deal.enrolment.syllabus_id, version=deal.now)
    if request.method == "POST" and form.is_valid():
        deal.write(form.said(), at=now(), upload=form.cleaned_data["file"] or None, checked=form.checked)
        messages.success(request, _("The correction is kept as a further version."))
        return redirect(deal)
    context = {"enrolment": deal.enrolment, "part": deal.part, "form": form, "deal": deal}
    return render(request, "assessments/deal_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then take the deal out of the portfolio."""
    deal = get_own_deal(request.user, uuid)
    if request.method == "POST":
        deal.withdraw(at=now())
        messages.success(request, _("The deal no longer counts."))
        return redirect("portfolio", deal.enrolment.uuid, deal.part.key)
    return render(request, "assessments/deal_withdraw.html", {"deal": deal})


@login_required
@require_POST
def call_off(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the question to a referee back."""
    deal = get_own_deal(request.user, uuid)
    referee = next((one for one in deal.referees.all() if str(one.uuid) == request.POST.get("referee")), None)
    if referee is None:
        raise Http404
    referee.deal = deal
    referee.call_off(at=now())
    messages.success(request, _("The question is taken back; the link is no longer good."))
    return redirect(deal)


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The evidence of the version that stands, for saving."""
    return serve_evidence(get_own_deal(request.user, uuid), own=True)


def serve_evidence(deal: Deal, *, own: bool) -> HttpResponse:
    version = deal.now
    if not version.file:
        raise Http404
    name = version.original_name if own else f"deal-{str(deal.uuid)[:8]}.{version.extension}"
    try:
        return serve_attachment(version.file.open("rb"), name, version.media_type)
    except FileNotFoundError as error:
        raise Http404 from error
