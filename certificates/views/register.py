"""The public register: the search anyone can use, the holder's own entry, and requests for contact."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curriculum.models import Level
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..employer_permissions import employers_of
from ..models import Certificate, ContactRequest, RegisterEntry
from ..register_choices import Region, Sector
from ..register_forms import AnswerForm, ContactForm, RegisterForm
from ..register_permissions import requests_of_employer, user_can_answer, user_can_ask
from .answers import LINK, limited
from .employers import get_employer_for


def listed() -> QuerySet[RegisterEntry]:
    """What the public sees, with the certificates that are good today and the sectors: three queries a page."""
    good = Certificate.objects.good_on(localdate()).select_related("organisation").order_by("-issued_on", "-pk")
    found = RegisterEntry.objects.listed(localdate()).select_related("holder")
    return found.prefetch_related(Prefetch("certificates", good, "shown"), "sectors")


@require_safe
@limited(LINK)
def search(request: HttpRequest) -> HttpResponse:
    """By region, sector and level. There is no export and no search for names: it is for finding skills, not for lists
    of people."""
    region, sector, level = (request.GET.get(name, "") for name in ("region", "sector", "level"))
    found = listed()
    if region in Region.values:
        found = found.filter(region=region)
    if sector in Sector.values:
        found = found.filter(sectors__code=sector)
    if level in Level.Code.values:
        found = found.with_level(level, localdate())
    context = {
        "page": paginate(request, found, 20), "region": region, "sector": sector, "level": level,
        "regions": Region.choices, "sectors": Sector.choices, "levels": Level.Code.choices, "filtered": region or sector or level,
    }  # fmt: skip
    response = render(request, "certificates/register_search.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(LINK)
def entry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One entry; an employer's person asks from here (POST)."""
    found = get_object_or_404(listed(), uuid=uuid)
    may_ask = request.user.is_authenticated and user_can_ask(request.user, found)
    form, status = None, 200
    if may_ask:
        employers = employers_of(request.user)
        form = ContactForm(request.POST or None, initial={"request_id": uuid4()}, employers=employers)
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                ContactRequest.ask(found, **form.cleaned_data, by=request.user, at=now())
            except WrongState as wrong:
                form.add_error(None, wrong.message)
                status = 409
            else:
                messages.success(request, _("Your request was sent. The answer comes by mail and stands on your desk."))
                return redirect("contact_list", form.cleaned_data["organisation"].uuid)
        else:
            status = 422
    context = {"entry": found, "form": form}
    response = render(request, "certificates/register_entry.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The holder's own entry, with what employers asked; POST publishes what was typed."""
    good = Certificate.objects.good_on(localdate()).filter(holder=request.user).order_by("-issued_on", "-pk")
    own = RegisterEntry.objects.filter(holder=request.user).prefetch_related("sectors", "certificates").first()
    form, status = RegisterForm(request.POST or None, initial=_typed(own, good), certificates=good), 200
    if request.method == "POST":
        if form.is_valid():
            data = {name: value for name, value in form.cleaned_data.items() if name != "agreed"}
            entry = RegisterEntry.publish(request.user, **data, at=now())
            if entry.taken_off_at:
                messages.success(request, _("Saved. It is shown again when an officer puts it back."))
            else:
                messages.success(request, _("Your entry is public now."))
            return redirect("register_mine")
        status = 422
    page = None
    if own is not None:
        page = paginate(request, own.requests.select_related("organisation"), 10)
        for row in page:
            row.state = row.state_at(now())
    context = {
        "own": own, "listed": own is not None and own.is_listed(localdate()), "form": form, "page": page,
        "has_certificates": good.exists(), "answer_form": AnswerForm(),
    }  # fmt: skip
    return render(request, "certificates/register_mine.html", context, status=status)


def _typed(own: RegisterEntry | None, good: QuerySet[Certificate]) -> dict:
    if own is None:
        return {"certificates": list(good), "takes_contact": True}
    values = {name: getattr(own, name) for name in ("region", "about", "about_en", "shows_name", "takes_contact")}
    return values | {"certificates": own.certificates.all(), "sectors": [row.code for row in own.sectors.all()]}


@login_required
@require_POST
def hide(request: HttpRequest) -> HttpResponse:
    get_object_or_404(RegisterEntry, holder=request.user).hide(at=now())
    messages.success(request, _("Your entry is hidden. Nobody sees it any more; what you typed is kept for you."))
    return redirect("register_mine")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request as the holder sees it, and their answer (POST)."""
    found = get_object_or_404(ContactRequest.objects.select_related("entry", "organisation"), uuid=uuid)
    if not user_can_answer(request.user, found):
        raise Http404
    form, status = AnswerForm(request.POST or None), 200
    if request.method == "POST":
        if form.is_valid():
            found.say(form.cleaned_data["answer"], reply=form.cleaned_data["reply"], by=request.user, at=now())
            messages.success(request, _("Your answer was passed on."))
            return redirect("register_mine")
        status = 422
    context = {"contact": found, "state": found.state_at(now()), "form": form}
    return render(request, "certificates/contact_detail.html", context, status=status)


@login_required
@never_cache
@require_safe
def contacts(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What an employer's people asked, with the answers; filter by state, CSV."""
    employer, at = get_employer_for(request.user, uuid), now()
    state = request.GET.get("state", "")
    found = requests_of_employer(employer)
    if state == "open":
        found = found.open(at)
    elif state == "yes":
        found = found.filter(answer=ContactRequest.Answer.YES)
    elif state == "other":
        found = found.exclude(answer=ContactRequest.Answer.YES).exclude(answer="", lapses_at__gt=at)
    if request.GET.get("format") == "csv":
        headings = [_("Person"), _("Asked on"), _("Asked by"), _("What it is about"), _("Answer"), _("Their words")]
        rows = (
            [row.entry.shown_name, f"{localtime(row.asked_at):%Y-%m-%d}", row.asked_by.full_name, row.message,
             _said(row, at), row.reply]
            for row in found.iterator(chunk_size=200)
        )  # fmt: skip
        return csv_response("contacts.csv", headings, rows)
    page = paginate(request, found)
    for row in page:
        row.state, row.said = row.state_at(at), _said(row, at)
    return render(request, "certificates/contact_list.html", {"employer": employer, "page": page, "state": state})


def _said(request: ContactRequest, at) -> str:
    """What the employer is told: that a no is for good is not among it."""
    state = request.state_at(at)
    words = {"open": _("waits for an answer"), "yes": pgettext("answer", "yes"), "lapsed": _("no answer")}
    return words.get(state, pgettext("answer", "no"))
