"""Equivalences between standards: approved ones for everybody, drafts and their steps for the authority."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.models import User
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from ..equivalence_forms import StatementForm, VersionsForm, WithdrawForm
from ..models import EquivalenceNode, EquivalenceStatement, Syllabus
from ..permissions import (
    equivalences_visible_to,
    user_can_approve_equivalence,
    user_can_withdraw_equivalence,
    user_can_write_equivalences,
)

STATES = ("valid", "coming", "over", "withdrawn", "draft")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What the person may see, by state, standard and words; 25 on a page; CSV of what is filtered. Six queries."""
    today = timezone.localdate()
    writes = user_can_write_equivalences(request.user)
    state, slug, words = (request.GET.get(name, "") for name in ("state", "standard", "q"))
    rows = _in_state(equivalences_visible_to(request.user), state, today)
    if slug:
        rows = rows.filter(
            Q(nodes__level__syllabus__slug=slug)
            | Q(nodes__module__level__syllabus__slug=slug)
            | Q(nodes__topic__module__level__syllabus__slug=slug)
        ).distinct()
    if words := words.replace("\x00", "").strip()[:100]:
        rows = rows.filter(
            Q(title__icontains=words) | Q(title_en__icontains=words) | Q(issuer__icontains=words)
            | Q(nodes__topic__code__iexact=words) | Q(document_number__icontains=words)
        ).distinct()  # fmt: skip
    rows = rows.with_nodes()
    if request.GET.get("format") == "csv":
        return _csv(rows, today)
    page = paginate(request, rows, 25)
    names = _state_names()
    for row in page.object_list:
        row.state = row.state_on(today)
        row.state_name = names[row.state]
    context = {
        "page": page, "state": state, "standard": slug, "q": words, "writes": writes,
        "states": [(key, names[key]) for key in STATES if writes or key != "draft"],
        "syllabuses": Syllabus.objects.public(),
    }  # fmt: skip
    return render(request, "curriculum/equivalence_list.html", context)


@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, _get(request.user, uuid))


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """First the two versions, then everything else on one page."""
    _require_writer(request.user)
    versions = VersionsForm(request.GET if "source" in request.GET else None)
    if not (versions.is_bound and versions.is_valid()):
        return render(request, "curriculum/equivalence_versions.html", {"form": versions})
    source, target = versions.cleaned_data["source"], versions.cleaned_data["target"]
    typed = request.POST if request.method == "POST" else None
    form = StatementForm(typed, source=source, target=target, initial={"valid_from": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        statement = EquivalenceStatement.draft(
            form.values(), data["sources"], data["targets"], by=request.user, at=timezone.now()
        )
        messages.success(request, _("The draft is saved. Somebody else of the authority has to approve it."))
        return redirect(statement)
    return render(request, "curriculum/equivalence_form.html", {"form": form, "statement": None})


@login_required
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    statement = _get(request.user, uuid)
    _require_writer(request.user)
    if not statement.is_draft:
        raise WrongState(_("This statement was approved or withdrawn; write a new one to change it."), obj=statement)
    source, target = (side[0].in_level.syllabus for side in (statement.sources, statement.targets))
    form = StatementForm(request.POST or None, instance=_get(request.user, uuid), source=source, target=target)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        statement.change(form.values(), data["sources"], data["targets"], by=request.user, at=timezone.now())
        messages.success(request, _("Changes saved."))
        return redirect(statement)
    return render(request, "curriculum/equivalence_form.html", {"form": form, "statement": statement})


@login_required
def approve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Asked on a page of its own; a second click finds it done."""
    statement = _get(request.user, uuid)
    _require_writer(request.user)
    if statement.status == EquivalenceStatement.Status.APPROVED and request.method == "POST":
        return redirect(statement)
    if not statement.is_draft:
        raise WrongState(_("This statement is no draft any more."), obj=statement)
    if not user_can_approve_equivalence(request.user, statement):
        raise PermissionDenied
    if request.method == "POST":
        statement.approve(by=request.user, at=timezone.now())
        messages.success(request, _("Approved. It is public and counts from its first day on."))
        return redirect(statement)
    return render(request, "curriculum/equivalence_step.html", {"statement": statement, "step": "approve"})


@login_required
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    statement = _get(request.user, uuid)
    if not user_can_withdraw_equivalence(request.user, statement):
        raise PermissionDenied
    form = WithdrawForm(request.POST or None, initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        if statement.status != EquivalenceStatement.Status.WITHDRAWN:
            try:
                statement.withdraw(
                    by=request.user, at=timezone.now(), day=form.cleaned_data["day"], reason=form.cleaned_data["reason"]
                )
            except WrongState as error:
                form.add_error("day", error.message)
        if form.is_valid():
            messages.success(request, _("Withdrawn. What was exempted before stays."))
            return redirect(statement)
    context = {"statement": statement, "step": "withdraw", "form": form}
    return render(request, "curriculum/equivalence_step.html", context, status=409 if form.errors else 200)


def _page(request: HttpRequest, statement: EquivalenceStatement) -> HttpResponse:
    writes = user_can_write_equivalences(request.user)
    state = statement.state_on(timezone.localdate())
    context = {
        "statement": statement, "state": state, "state_name": _state_names()[state], "writes": writes,
        "may_approve": user_can_approve_equivalence(request.user, statement),
        "may_withdraw": user_can_withdraw_equivalence(request.user, statement),
        "steps": statement.steps.select_related("by"),
    }  # fmt: skip
    return render(request, "curriculum/equivalence_detail.html", context)


def _get(user: User, uuid: UUID) -> EquivalenceStatement:
    """Return a statement this person may see, or 404."""
    statement = equivalences_visible_to(user).with_nodes().filter(uuid=uuid).first()
    if statement is None:
        raise Http404
    return statement


def _require_writer(user: User) -> None:
    if not user_can_write_equivalences(user):
        raise PermissionDenied


def _in_state(rows, state: str, today):
    status = EquivalenceStatement.Status
    withdrawn = Q(status=status.WITHDRAWN, withdrawn_from__lte=today)
    alive = rows.exclude(status=status.DRAFT).exclude(withdrawn)
    over = Q(valid_until__isnull=False, valid_until__lt=today)
    if state == "valid":
        return alive.filter(valid_from__lte=today).exclude(over)
    if state == "coming":
        return alive.filter(valid_from__gt=today)
    if state == "over":
        return alive.filter(over)
    if state == "withdrawn":
        return rows.filter(withdrawn)
    return rows.filter(status=status.DRAFT) if state == "draft" else rows


def _state_names() -> dict[str, str]:
    return {
        "valid": pgettext("statement", "valid"),
        "coming": pgettext("statement", "valid later"),
        "over": pgettext("statement", "over"),
        "withdrawn": pgettext("statement", "withdrawn"),
        "draft": pgettext("statement", "draft"),
    }


def _csv(rows, today) -> HttpResponse:
    headings = [_("Title"), _("What people have"), _("What it stands for"), _("Both ways"), _("Coverage"),
                _("Hours granted"), _("Valid from"), _("Valid until"), _("Issuer"), _("State"), _("Address")]  # fmt: skip
    names = _state_names()

    def places(nodes: list[EquivalenceNode]) -> str:
        return "; ".join(f"{'/'.join(part for part in vars(node.ref).values() if part)} {node.place.title}" for node in nodes)

    lines = (
        [row.title, places(row.sources), places(row.targets), _("yes") if row.both_ways else _("no"),
         "full" if row.hours is None else "partial", row.hours, row.valid_from, row.valid_until, row.issuer,
         names[row.state_on(today)], row.get_absolute_url()]
        for row in rows
    )  # fmt: skip
    return csv_response("equivalences.csv", headings, lines)
