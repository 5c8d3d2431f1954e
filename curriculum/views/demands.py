"""Demands as the firm sees them: the list, the draft, what it allows, one demand with its threads, the cases to approve."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate
from lms.lib.uploads import serve_attachment
from lms.lib.workbook import workbook_response

from ..demand_case import withdraw as withdraw_consent
from ..demand_forms import DemandForm, IndicatorRows, MessageForm, OptionalReasonForm, TermsForm, VerdictForm
from ..demand_pages import export_lines, threads_of, with_news
from ..demand_permissions import (
    bases_of,
    firms_of,
    get_offered_demand,
    get_own_approval,
    get_own_demand,
    own_demands,
    user_has_demands,
    user_reads_demand_files,
)
from ..models import Demand, DemandFile, DemandMessage
from .demand_inbox import offered_page
from .preview import draw_page

ROWS = 20
EDIT = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The firm's demands by state and words, 20 on a page; CSV and XLSX of what is filtered. Six queries."""
    if not user_has_demands(request.user):
        raise PermissionDenied
    rows = with_news(own_demands(request.user)).select_related("organisation").prefetch_related("claims__organisation")
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()[:60]
    if state in Demand.Status.values:
        rows = rows.filter(status=state)
    elif state == "waiting":
        rows = rows.filter(question=True) | rows.filter(to_approve=True)
    if words:
        rows = rows.filter(title__icontains=words)
    if (kind := request.GET.get("format")) in ("csv", "xlsx"):
        return export(request, kind, rows, Organisation.objects.filter(pk__in=firms_of(request.user)).first())
    context = {"page": paginate(request, rows, ROWS), "states": Demand.Status.choices, "state": state, "q": words}
    return render(request, "curriculum/demand_list.html", context)


def export(request: HttpRequest, kind: str, rows, organisation: Organisation) -> HttpResponse:
    """The rows as a file, noted in the audit log."""
    lines = list(export_lines(rows))
    log(organisation, "curriculum.demand.export", by=request.user, organisation=organisation, count=len(lines) - 1)
    if kind == "csv":
        return csv_response("demands.csv", lines[0], lines[1:])
    return workbook_response("demands.xlsx", [(_("Demands"), lines)])


@login_required
@require_http_methods(EDIT)
def create(request: HttpRequest) -> HttpResponse:
    """An empty form; the first saving makes the draft. Its key comes with the form, so that it is made once."""
    if not user_has_demands(request.user):
        raise PermissionDenied
    firm = Organisation.objects.filter(pk__in=firms_of(request.user)).order_by("pk").first()
    if request.method != "POST":
        empty = Demand(uuid=uuid4(), organisation=firm, region=firm.region)
        return _form_page(request, empty, DemandForm(demand=empty), _rows(empty))
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Http404 from error
    if Demand.objects.exclude(organisation=firm).filter(uuid=key).exists():
        raise Http404
    demand = Demand.begin(firm, key=key, by=request.user, at=now())
    return _save(request, demand)


@login_required
@require_http_methods(EDIT)
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    demand = get_own_demand(request.user, uuid)
    if not demand.is_editable:
        raise WrongState(_("A training base has taken it up; ask it by message for changes."), obj=demand)
    if request.method == "POST":
        return _save(request, demand)
    return _form_page(request, demand, DemandForm(demand=demand), _rows(demand))


def _rows(demand: Demand, data=None) -> IndicatorRows:
    return IndicatorRows(data, prefix="indicator", initial=demand.indicators)


def _save(request: HttpRequest, demand: Demand) -> HttpResponse:
    """Save what can be read, whatever else is wrong; then say what is."""
    form, rows = DemandForm(request.POST, request.FILES, demand=demand), _rows(demand, request.POST)
    right = form.is_valid() & rows.is_valid()
    contact = form.contact() if not {"contact_name", "contact_phone", "contact_email"} & form.errors.keys() else demand.contact
    seen = request.POST.get("number", "")
    seen = int(seen) if seen.isdigit() else demand.number
    try:
        demand.keep(form.kept() | {"indicators": rows.kept()}, contact=contact, seen=seen, by=request.user, at=now())
        for upload, checked in form.good_files():
            demand.add_file(upload, checked, by=request.user, at=now())
    except WrongState as refusal:
        if not demand.is_editable:
            raise
        return _form_page(request, demand, form, rows, problem=refusal.message, status=409)
    if not right:
        problem = _("What could be read is saved. Please look at what is marked.")
        return _form_page(request, demand, form, rows, problem=problem, status=422)
    if "next" in request.POST:
        return redirect("demand_send", demand.uuid)
    messages.success(request, _("Saved."))
    return redirect("demand_edit", demand.uuid)


def _form_page(request: HttpRequest, demand: Demand, form: DemandForm, rows: IndicatorRows, *, problem: str = "",
               status: int = 200) -> HttpResponse:  # fmt: skip
    files = demand.files.all() if demand.pk else []
    context = {"demand": demand, "form": form, "rows": rows, "problem": problem, "files": files}
    return render(request, "curriculum/demand_form.html", context, status=status)


@login_required
@require_http_methods(EDIT)
def send(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the firm allows, the text it consents to, and what is still missing; then the demand goes out."""
    demand = get_own_demand(request.user, uuid)
    if not demand.is_editable:
        if request.method == "POST" and demand.status == Demand.Status.TAKEN:  # a second click, and a base was quick
            return redirect(demand)
        raise WrongState(_("It can't be changed any more."), obj=demand)
    form, problem, status = TermsForm(request.POST if request.method == "POST" else None, demand=demand), "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                demand.send(form.terms(), by=request.user, at=now())
            except WrongState as refusal:
                problem, status = refusal.message, 409
            else:
                messages.success(request, _("Sent. You can change it until a training base takes it up."))
                return redirect(demand)
    english = (get_language() or "").startswith("en")
    context = {
        "demand": demand, "form": form, "problem": problem, "missing": demand.missing(), "version": Demand.TEXT_VERSION,
        "text": f"curriculum/demand_consent_{'en' if english else 'zh'}.html",
    }  # fmt: skip
    return render(request, "curriculum/demand_send.html", context, status=status)


@login_required
@require_http_methods(EDIT)
def discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then delete a draft."""
    demand = get_own_demand(request.user, uuid)
    if demand.status != Demand.Status.DRAFT:
        raise WrongState(_("It has been sent; withdraw the consent instead."), obj=demand)
    if request.method != "POST":
        return render(request, "curriculum/demand_discard.html", {"demand": demand})
    demand.discard(by=request.user)
    messages.success(request, _("The draft is deleted."))
    return redirect("demand_list")


@login_required
@require_http_methods(EDIT)
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say what follows, ask, then take the consent back."""
    demand = get_own_demand(request.user, uuid)
    if demand.status == Demand.Status.WITHDRAWN:
        return redirect(demand)
    form = OptionalReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        withdraw_consent(demand, reason=form.cleaned_data["reason"], by=request.user, at=now())
        messages.success(request, _("The consent is withdrawn."))
        return redirect(demand)
    context = {"demand": demand, "form": form, "cases": demand.cases.count()}
    return render(request, "curriculum/demand_withdraw.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One demand: the firm's page for the firm, the base's page for a base that may read it."""
    if bases_of(request.user) and not own_demands(request.user).filter(uuid=uuid).exists():
        return offered_page(request, *get_offered_demand(request.user, uuid))
    return _own_page(request, get_own_demand(request.user, uuid))


def _own_page(request: HttpRequest, demand: Demand, *, refused: MessageForm | None = None, to: str = "", status: int = 200):
    threads = threads_of(demand)
    context = {
        "demand": demand,
        "contact": demand.contact,
        "files": demand.files.all(),
        "threads": [(t, refused if refused and t.base.slug == to else MessageForm(auto_id=f"{t.base.slug}_%s")) for t in threads],
        "consents": demand.consents.select_related("by"),
        "approvals": [approval for t in threads if t.case for approval in t.case.approvals.all()],
    }
    return render(request, "curriculum/demand_detail.html", context, status=status)


@login_required
@require_POST
def answer(request: HttpRequest, uuid: UUID, base: str) -> HttpResponse:
    """The firm writes to a base that asked or has taken the demand up."""
    demand = get_own_demand(request.user, uuid)
    to = next((thread.base for thread in threads_of(demand) if thread.base.slug == base), None)
    if to is None:
        raise Http404
    form = MessageForm(request.POST, auto_id=f"{base}_%s")
    if not form.is_valid():
        return _own_page(request, demand, refused=form, to=base, status=422)
    DemandMessage.write(demand, to, form.cleaned_data["text"], from_firm=True, key=form.cleaned_data["key"],
                        by=request.user, at=now())  # fmt: skip
    messages.success(request, _("Sent to %(base)s.") % {"base": to})
    return redirect(demand)


@login_required
@require_http_methods(EDIT)
def approve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The firm looks at one state of a case, and approves it or asks for changes."""
    approval = get_own_approval(request.user, uuid)
    form = VerdictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        approval.decide(data["verdict"], comment=data["comment"], by=request.user, at=now())
        messages.success(request, _("Your decision is recorded; the base is told."))
        return redirect(approval.origin.demand)
    context = {"approval": approval, "demand": approval.origin.demand, "form": form}
    return render(request, "curriculum/demand_approve.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def case_preview(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The case exactly as the firm is asked to approve it, drawn as trainees will see it."""
    approval = get_own_approval(request.user, uuid)
    revision = approval.revision
    return draw_page(request, "case", revision.as_object(), revision.content, back=approval.origin.demand.get_absolute_url(),
                     back_title=str(approval.origin.demand))  # fmt: skip


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An attachment, for the firm and for bases that may read the demand."""
    found = DemandFile.objects.select_related("demand").filter(uuid=uuid).first()
    if found is None or not user_reads_demand_files(request.user, found.demand):
        raise Http404
    try:
        return serve_attachment(found.file.open("rb"), found.name, found.media_type)
    except FileNotFoundError as error:
        raise Http404 from error


@login_required
@require_POST
def file_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = DemandFile.objects.filter(uuid=uuid, demand__in=own_demands(request.user)).select_related("demand").first()
    if found is None:
        raise Http404
    found.remove(by=request.user)
    messages.success(request, _("The file is taken out."))
    return redirect("demand_edit", found.demand.uuid)


