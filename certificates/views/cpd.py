"""Continuing education: the holder's page with what counts and what is missing, entries, decisions, leave, terms."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.views.terms import terms_page
from lms.lib.audit import log
from lms.lib.language import local
from lms.lib.listing import csv_response, paginate
from lms.lib.uploads import serve_attachment

from ..cpd import Count, Line, Period, Why, count
from ..life_forms import CpdDecisionForm, CpdEntryForm, LeaveForm, ValidityTermsForm
from ..life_permissions import (
    entries_to_decide,
    user_can_grant_leave,
    user_decides_cpd,
    user_keeps_cpd,
    user_sets_validity,
    visible_entries,
)
from ..models import Certificate, CpdCategory, CpdEntry, CpdNotebook, Leave, ValidityTerms
from ..models.renewals import stands
from ..models.upkeep import accepted_items, study_items
from ..models.validity import period_of
from .certificates import get_certificate_for

ROWS = 50
ASK = ["GET", "HEAD", "POST"]


def why_label(why: Why) -> str:
    return {
        Why.OUTSIDE: _("outside the period of this certificate"), Why.EACH: _("more than one item may bring"),
        Why.CATEGORY: _("more than may count in this category"), Why.UNKNOWN: _("this category does not count for this level"),
    }[why]  # fmt: skip


def state_word(state: str) -> str:
    return {
        "waiting": _("to be decided"),
        "accepted": pgettext("continuing education", "accepted"),
        "refused": pgettext("continuing education", "refused"),
        "withdrawn": _("withdrawn"),
    }[state]


TONES = {"waiting": "warn", "accepted": "ok", "refused": "bad", "withdrawn": "muted"}


@dataclass(frozen=True)
class Standing:
    """What the page says of one certificate: None where no terms were set or it does not end."""

    terms: ValidityTerms | None
    period: Period | None
    count: Count | None
    titles: dict[str, str]  # by item key
    stage: str = ""


def standing_of(certificate: Certificate) -> Standing:
    terms = ValidityTerms.objects.for_certificate(certificate)
    if terms is None or certificate.valid_until is None:
        return Standing(terms, None, None, {})
    span = period_of(certificate, terms)
    entries, items = accepted_items(certificate.holder_id)
    titles = {str(entry.uuid): entry.title for entry in entries}
    for enrolment, item in study_items(certificate, span):
        items.append(item)
        titles[item.key] = local(enrolment.cohort, "title")
    counted = count(items, terms.demand(), starts=span.starts, ends=span.closes)
    return Standing(terms, span, counted, titles, span.stage(timezone.localdate()))


def can_apply(certificate: Certificate, stage: str, counted: Count | None) -> bool:
    """Whether the button is offered; the verb asks again."""
    ready = counted is not None and counted.ok and stage in ("open", "grace")
    return ready and stands(certificate) and not certificate.renewals.open().exists()


def waits(certificate: Certificate, ready: bool) -> bool:
    """Whether a change of it has to be decided before it can be renewed. No query where it isn't ready."""
    return ready and certificate.requests.open().exists()


def _line(line: Line, titles: dict[str, str]) -> dict:
    return {
        "title": titles[line.item.key], "category": CpdCategory(line.item.category).label, "day": line.item.day,
        "hours": line.item.hours, "counted": line.counted, "why": [why_label(why) for why in line.why],
        "by_itself": line.item.key.startswith("study:"),
    }  # fmt: skip


@login_required
@require_safe
def overview(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What counts, what is missing, until when; the holder's entries. A constant number of queries."""
    return _overview(request, get_certificate_for(request.user, uuid))


def _overview(request: HttpRequest, certificate: Certificate, form: LeaveForm | None = None) -> HttpResponse:
    standing = standing_of(certificate)
    is_holder = user_keeps_cpd(request.user, certificate)
    page = paginate(request, CpdEntry.objects.filter(holder=certificate.holder_id).with_state(), ROWS)
    notebook = CpdNotebook.objects.filter(holder=certificate.holder_id).first() if is_holder else None
    grants = standing.period is not None and user_can_grant_leave(request.user, certificate)
    ready = is_holder and can_apply(certificate, standing.stage, standing.count)
    change_waits = waits(certificate, ready)
    context = {
        "certificate": certificate, "is_holder": is_holder, "terms": standing.terms, "period": standing.period,
        "count": standing.count, "stage": standing.stage,
        "sums": [(CpdCategory(s.category.code).label, s) for s in standing.count.sums] if standing.count else [],
        "lines": [_line(line, standing.titles) for line in standing.count.lines] if standing.count else [],
        "page": page, "rows": [(entry, state_word(entry.state), TONES[entry.state]) for entry in page],
        "has_draft": bool(notebook and notebook.draft), "reminded": notebook.reminders if notebook else True,
        "renewal": certificate.renewals.first(), "renewed_by": certificate.renewed_by,
        "can_apply": ready and not change_waits, "change_waits": change_waits,
        "leaves": certificate.leaves.select_related("granted_by"),
        "leave_form": (form or LeaveForm(certificate=certificate)) if grants else None,
    }  # fmt: skip
    return render(request, "certificates/cpd.html", context, status=422 if form is not None and form.errors else 200)


@login_required
@require_http_methods(ASK)
def add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The holder hands an item in. What was typed is kept until then, also when something is wrong with it."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_keeps_cpd(request.user, certificate):
        raise Http404
    at, holder = now(), request.user
    if request.method == "POST":
        form = CpdEntryForm(request.POST, request.FILES, today=timezone.localdate(at))
        if "draft" in request.POST:
            CpdNotebook.keep(holder, form.typed(), at=at)
            messages.success(request, _("Kept. Choose the file again when you hand it in."))
            return redirect("cpd", certificate.uuid)
        if form.is_valid():
            CpdEntry.hand_in(
                holder, upload=form.cleaned_data["evidence"], checked=form.checked,
                request_id=form.cleaned_data["request_id"], at=at, **form.values(),
            )  # fmt: skip
            CpdNotebook.keep(holder, {}, at=at)
            messages.success(request, _("Handed in. It counts once it was accepted."))
            return redirect("cpd", certificate.uuid)
        CpdNotebook.keep(holder, form.typed(), at=at)
    else:
        notebook = CpdNotebook.objects.filter(holder=holder).first()
        form = CpdEntryForm(today=timezone.localdate(at), draft=notebook.draft if notebook else None)
    context = {"certificate": certificate, "form": form}
    return render(request, "certificates/cpd_add.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(ASK)
def entry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One item with its decisions; POST decides (staff) or withdraws (holder)."""
    rows = visible_entries(request.user).with_state().select_related("holder")
    found = get_object_or_404(rows, uuid=uuid)
    is_holder = found.holder_id == request.user.pk
    form = None
    if not is_holder:
        form = CpdDecisionForm(request.POST or None, latest=found.latest_kind)
        if request.method == "POST" and form.is_valid():
            found.decide(form.cleaned_data["kind"], reason=form.cleaned_data["reason"], by=request.user, at=now())
            messages.success(request, _("Recorded."))
            return redirect("cpd_list")
        if found.state == "withdrawn":
            form = None
    elif request.method == "POST":
        found.decide("withdrawn", by=request.user, at=now())
        messages.success(request, _("Withdrawn."))
        return redirect("cpd_entry", found.uuid)
    context = {
        "entry": found, "word": state_word(found.state), "tone": TONES[found.state], "is_holder": is_holder, "form": form,
        "decisions": found.decisions.select_related("decided_by"),
        "certificates": found.holder.certificates.order_by("-pk")[:5],
    }  # fmt: skip
    return render(request, "certificates/cpd_entry.html", context, status=422 if form is not None and form.errors else 200)


@login_required
@never_cache
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The evidence, for its holder and whoever decides. Reading somebody else's is logged."""
    found = get_object_or_404(visible_entries(request.user), uuid=uuid)
    if found.holder_id != request.user.pk:
        log(found, "certificates.cpd.evidence", by=request.user)
    return serve_attachment(found.file.open("rb"), found.file_name, media_type=found.media_type)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits for a decision or was decided, 50 on a page, by state and category, as CSV. A constant number of queries."""
    if not user_decides_cpd(request.user):
        raise PermissionDenied
    rows = entries_to_decide(request.user).with_state().select_related("holder")
    state, category = request.GET.get("state", "waiting"), request.GET.get("category", "")
    if state in TONES:
        rows = rows.filter(state=state)
    if category in CpdCategory.values:
        rows = rows.filter(category=category)
    if request.GET.get("format") == "csv":
        headings = [_("Holder"), _("Category"), _("What it was"), _("Organiser"), _("Hours"), _("Date"), _("State")]
        lines = (
            [row.holder.full_name, row.get_category_display(), row.title, row.organiser, row.hours, row.held_on.isoformat(),
             state_word(row.state)]
            for row in rows
        )  # fmt: skip
        return csv_response(f"continuing-education-{localdate():%Y%m%d}.csv", headings, lines)
    page = paginate(request, rows, ROWS)
    context = {
        "page": page, "rows": [(row, state_word(row.state), TONES[row.state]) for row in page], "state": state,
        "category": category, "states": [(code, state_word(code)) for code in TONES], "categories": CpdCategory.choices,
    }  # fmt: skip
    return render(request, "certificates/cpd_list.html", context)


@login_required
@require_POST
def leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A registrar or officer records leave, which moves the last day for renewal."""
    certificate = get_certificate_for(request.user, uuid)
    if not user_can_grant_leave(request.user, certificate):
        raise PermissionDenied
    form = LeaveForm(request.POST, certificate=certificate)
    if not form.is_valid():
        return _overview(request, certificate, form)
    Leave.grant(certificate, **form.cleaned_data, by=request.user, at=now())
    messages.success(request, _("Recorded. The last day for renewal has moved."))
    return redirect("cpd", certificate.uuid)


@login_required
@require_POST
def reminders(request: HttpRequest) -> HttpResponse:
    """The holder wants mails before a certificate ends, or no longer."""
    wanted = request.POST.get("wanted") == "1"
    CpdNotebook.objects.update_or_create(holder=request.user, defaults={"reminders": wanted})
    messages.success(request, _("You will be reminded by mail.") if wanted else _("You will not be reminded by mail."))
    return redirect("certificate_list")


@login_required
@require_http_methods(ASK)
def terms(request: HttpRequest) -> HttpResponse:
    """How long certificates hold and what renewal asks for: set by the authority, level by level."""
    if not user_sets_validity(request.user):
        raise PermissionDenied
    form = ValidityTermsForm(request.POST or None, current=ValidityTerms.objects.latest_at(now()))
    lead = _("Years, hours and dates by level and syllabus version. A certificate keeps the terms that held when it was issued.")
    none = _("Without terms no certificate can be renewed.")
    back = ("certificate_register", _("Register of certificates"))
    return terms_page(request, form, title=_("Validity and continuing education"), lead=lead, none=none, back=back)
