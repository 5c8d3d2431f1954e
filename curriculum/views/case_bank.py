"""The case bank: the list, one case with what happened to it, and the steps: share, take, retire, mark and clear leaks."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate
from lms.lib.workbook import workbook_response

from .. import productkinds
from ..bank_forms import LeakForm, RetireForm, TakeForm
from ..bank_permissions import (
    bank_bases_of,
    get_bank_case,
    user_can_clear_leak,
    user_can_mark_leak,
    user_can_retire,
    user_can_share,
    user_can_take,
    user_has_bank,
    user_reads_all_cases,
)
from ..case_bank import bank_lines, bank_of, chosen, fitting_courses, take
from ..demand_forms import ReasonForm
from ..models import CaseEvent, CaseScenarioPage, Demand, EditionItem, Level

ROWS = 25
ASK = ["GET", "HEAD", "POST"]
FILTERS = ("words", "kind", "level", "competence", "source", "state", "seen")


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every case the person may use, by type, level, competence, source, state and exposure; CSV and XLSX of what is
    filtered. A constant number of queries."""
    if not user_has_bank(request.user):
        raise PermissionDenied
    rows = bank_of(request.user)
    typed = {name: request.GET.get(name, "").strip()[:60] for name in FILTERS}
    found = chosen(rows, **typed)
    if (kind := request.GET.get("format")) in ("csv", "xlsx"):
        return _export(request, kind, found)
    competences = {code: title for row in rows for code, title in row.competences.items()}
    context = {
        "page": paginate(request, found, ROWS), "typed": typed, "kinds": productkinds.choices(),
        "levels": Level.Code.choices, "competences": sorted(competences.items()),
        "sources": [(key, word) for key, word in _sources() if any(row.source == key for row in rows)],
        "states": _states(), "seen": _seen(),
    }  # fmt: skip
    return render(request, "curriculum/case_bank.html", context)


def _sources() -> list[tuple[str, str]]:
    return [("own", _("own")), ("shared", _("shared by other bases")), ("national", _("national core")),
            ("base", _("of training bases")), ("shipped", _("shipped"))]  # fmt: skip


def _states() -> list[tuple[str, str]]:
    return [("use", _("not retired")), ("retired", _("retired")), ("leaked", _("leaked")), ("shared", _("shared")),
            ("draft", _("in no edition")), ("demand", _("from real demand"))]  # fmt: skip


def _seen() -> list[tuple[str, str]]:
    return [("never", _("by nobody yet")), ("few", _("by up to 30 trainees")), ("many", _("by more than 30 trainees"))]


def _export(request: HttpRequest, kind: str, rows) -> HttpResponse:
    lines = list(bank_lines(rows))
    organisation = acting_for(request.user)
    log(organisation, "curriculum.bank.export", by=request.user, organisation=organisation, count=len(lines) - 1)
    if kind == "csv":
        return csv_response("case-bank.csv", lines[0], lines[1:])
    return workbook_response("case-bank.xlsx", [(_("Case bank"), lines)])


def acting_for(user: User, page: CaseScenarioPage | None = None) -> Organisation:
    """For whom the person acts in the bank: the base that owns the case, else one of theirs, else the authority."""
    bases = bank_bases_of(user)
    if page is not None and page.of_base is not None and page.of_base.pk in bases:
        return page.of_base
    ids = bases or organisation_ids(user, Role.REVIEWER, Role.OFFICER)
    return Organisation.objects.filter(pk__in=ids).order_by("pk").first()


@login_required
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: exposure by variant, editions with it, everything that was noted about it, and what may be done."""
    page = get_bank_case(request.user, pk)
    user = request.user
    row = next(found for found in bank_of(user) if found.page and found.page.pk == page.pk)
    items = EditionItem.objects.filter(page=page.pk).select_related("edition__level", "edition__organisation")
    if not user_reads_all_cases(user):
        items = items.filter(edition__organisation__in=bank_bases_of(user))
    events = CaseEvent.objects.filter(family=row.state.family).select_related("organisation", "by", "page", "clears")
    if not user_reads_all_cases(user):  # of copies elsewhere a base reads the leaks only
        events = events.filter(page=page) | events.filter(kind__in=[CaseEvent.Kind.LEAKED, CaseEvent.Kind.CLEARED])
    variants = dict(_variants(page))
    context = {
        "case": page, "row": row, "origin": getattr(page, "origin", None),
        "variants": [(variants.get(key, key) or _("without a variant"), count, key in row.state.leaked_variants)
                     for key, count in (dict.fromkeys(variants, 0) | row.exposure.variants).items()],
        "items": items.order_by("-edition__created_at"),
        "events": events.order_by("-at", "-pk"),
        "leaks": [(leak, user_can_clear_leak(user, leak), variants.get(leak.variant, leak.variant)) for leak in row.state.leaks],
        "may_share": user_can_share(user, page), "may_retire": user_can_retire(user, page),
        "may_take": user_can_take(user, page), "may_mark": user_can_mark_leak(user, page),
        "shareable": _shareable(page, in_edition=row.in_edition),
    }  # fmt: skip
    return render(request, "curriculum/bank_case.html", context)


def _variants(page: CaseScenarioPage) -> list[tuple[str, str]]:
    return [(block["value"]["key"], block["value"].get("title") or block["value"]["key"]) for block in page.variants.raw_data]


def _shareable(page: CaseScenarioPage, *, in_edition: bool) -> bool:
    """Only what both reviews have approved, and only if the firm behind it lets several bases use it."""
    demand = getattr(page, "origin", None) and page.origin.demand
    return in_edition and (demand is None or (demand.status == Demand.Status.TAKEN and demand.several))


@login_required
@require_POST
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Share the case with the other bases, or stop (`stop`). Copies that were taken stay. A second click is harmless."""
    page = get_bank_case(request.user, pk)
    if not user_can_share(request.user, page):
        raise PermissionDenied
    if "stop" in request.POST:
        CaseEvent.note(page, CaseEvent.Kind.UNSHARED, by=request.user, at=now(), organisation=page.of_base)
        messages.success(request, _("The case is no longer shared. Copies that were taken stay with their bases."))
        return redirect("bank_case", pk)
    if not _shareable(page, in_edition=EditionItem.objects.filter(page=page.pk).exists()):
        text = _("Only a case of an edition can be shared, and one from a firm's demand only if several bases may use it.")
        raise WrongState(text)
    CaseEvent.note(page, CaseEvent.Kind.SHARED, by=request.user, at=now(), organisation=page.of_base)
    messages.success(request, _("The case is shared with the other bases."))
    return redirect("bank_case", pk)


@login_required
@require_http_methods(ASK)
def take_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the course into which a shared case is copied. A second click finds it there."""
    page = get_bank_case(request.user, pk)
    if not user_can_take(request.user, page):
        raise PermissionDenied
    courses = fitting_courses(organisation_ids(request.user, Role.AUTHOR) & bank_bases_of(request.user), page)
    form = TakeForm(request.POST if request.method == "POST" else None, courses=courses)
    if request.method == "POST" and form.is_valid():
        course = next(found for found in courses if found.pk == form.cleaned_data["course"])
        take(page, course, by=request.user, at=now())
        messages.success(request, _("The case is in the course as a draft of your base."))
        return redirect("course_status", course.pk)
    context = {"case": page, "form": form, "courses": courses}
    return render(request, "curriculum/bank_take.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(ASK)
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then retire the case, or use it again when it is retired. Each is a further row."""
    page = get_bank_case(request.user, pk)
    if not user_can_retire(request.user, page):
        raise PermissionDenied
    back = request.GET.get("back") == "1"
    demand = getattr(page, "origin", None) and page.origin.demand
    if back and demand is not None and demand.status == Demand.Status.WITHDRAWN:
        raise WrongState(_("The firm behind this case has withdrawn its consent; it stays retired."))
    form = RetireForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kind = CaseEvent.Kind.REINSTATED if back else CaseEvent.Kind.RETIRED
        CaseEvent.note(page, kind, by=request.user, at=now(), organisation=acting_for(request.user, page),
                       reason=form.cleaned_data["reason"])  # fmt: skip
        messages.success(request, _("The case is in use again.") if back else _("The case is retired."))
        return redirect("bank_case", pk)
    running = EditionItem.objects.filter(page=page.pk).count()
    context = {"case": page, "form": form, "back": back, "editions": running}
    return render(request, "curriculum/bank_retire.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(ASK)
def leak(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a case or a variant as leaked; the authority and the bases that use it are told."""
    page = get_bank_case(request.user, pk)
    if not user_can_mark_leak(request.user, page):
        raise PermissionDenied
    form = LeakForm(request.POST if request.method == "POST" else None, variants=_variants(page))
    if request.method == "POST" and form.is_valid():
        CaseEvent.leak(page, key=form.cleaned_data["key"], by=request.user, at=now(),
                       organisation=acting_for(request.user, page), **form.said())  # fmt: skip
        messages.success(request, _("Marked as leaked. The authority and the bases that use the case are told."))
        return redirect("bank_case", pk)
    context = {"case": page, "form": form}
    return render(request, "curriculum/bank_leak.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(ASK)
def clear(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask why, then say by a further row that a leak is none any more. The mark itself stays."""
    found = CaseEvent.objects.filter(uuid=uuid, kind=CaseEvent.Kind.LEAKED).select_related("page").first()
    if found is None:
        raise Http404
    page = get_bank_case(request.user, found.page_id)
    if not user_can_clear_leak(request.user, found):
        raise PermissionDenied
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        found.clear(reason=form.cleaned_data["reason"], by=request.user, at=now(), organisation=acting_for(request.user, page))
        messages.success(request, _("The leak is cleared; the mark stays in the history."))
        return redirect("bank_case", page.pk)
    context = {"case": page, "leak": found, "form": form}
    return render(request, "curriculum/bank_clear.html", context, status=422 if form.errors else 200)

