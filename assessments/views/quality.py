"""Quality of marking: agreement, severity and drift of an assignment; licences of assessors."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation, Role, User
from curriculum.models import Level
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from .. import plots
from ..anchor_figures import rubric_table
from ..anchor_permissions import markers_of, user_sees_anchors
from ..forms import LicenceForm, RemarkForm
from ..models import Allocation, AnchorTerms, Assignment, LicenceEvent, QualityPolicy, RemarkOrder, Submission
from ..models.marks import BLIND
from ..models.quality import totals_of_all
from ..permissions import (
    get_quality_assignment,
    quality_assignments,
    user_can_order_remarking,
    user_sees_markers,
    user_sees_marking_quality,
    user_sets_marking_policy,
)  # fmt: skip
from ..quality import report_of as report
from ..quality import state_of
from ..reliability import alpha

ROWS = 25


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The assignments with marks, their agreement and whether it is enough: filtered, paged, as CSV. Six queries."""
    if not user_sees_marking_quality(request.user):
        raise PermissionDenied
    at = now()
    policy = QualityPolicy.objects.at(at)
    found = quality_assignments(request.user).select_related("item__edition__organisation", "item__edition__level")
    blind = Count("submissions__marks", filter=Q(submissions__marks__kind__in=BLIND))
    found = found.annotate(blind=blind).filter(blind__gt=0)
    found = found.order_by("item__edition__organisation__name", "item__title", "-pk")
    bases = Organisation.objects.bases().filter(editions__items__assignment__in=quality_assignments(request.user)).distinct()
    chosen = request.GET.get("base", "")
    if chosen:
        found = found.filter(item__edition__organisation__slug=chosen)
    if level := request.GET.get("level", ""):
        found = found.filter(item__edition__level__code=level)
    if request.GET.get("format") == "csv":
        return _csv(found, policy, at)
    page = paginate(request, found, ROWS)
    rows = _rows(list(page), policy)
    context = {
        "page": page, "rows": rows, "policy": policy, "bases": list(bases), "levels": Level.Code.choices,
        "sets_policy": user_sets_marking_policy(request.user),
        "sees_anchors": user_sees_anchors(request.user),
    }  # fmt: skip
    return render(request, "assessments/quality_list.html", context)


def _rows(assignments: list[Assignment], policy: QualityPolicy | None) -> list[dict]:
    """{assignment, scripts, alpha, state} for each: one query for all their marks."""
    scripts = totals_of_all([assignment.pk for assignment in assignments])
    rows = []
    for assignment in assignments:
        pairs = scripts[assignment.pk]
        value = alpha(pairs)
        rows.append(
            {"assignment": assignment, "scripts": len(pairs), "alpha": value, "state": state_of(len(pairs), value, policy)}
        )
    return rows


def _csv(found, policy: QualityPolicy | None, at: datetime) -> HttpResponse:
    headings = [_("Base"), _("Case"), _("Edition"), _("Scripts marked twice"), "α", _("State")]
    lines = (
        [
            row["assignment"].item.edition.organisation.name, row["assignment"].item.title,
            row["assignment"].item.edition.number, row["scripts"],
            "" if row["alpha"] is None else f"{row['alpha']:.3f}", row["state"],
        ]
        for row in _rows(list(found), policy)
    )  # fmt: skip
    return csv_response(f"marking-quality-{at:%Y%m%d}.csv", headings, lines)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The figures of one assignment: the whole, each criterion, each assessor. Constant queries."""
    assignment = get_quality_assignment(request.user, uuid)
    policy = QualityPolicy.objects.at(now())
    found = report(assignment)
    value = found.alpha.value if found.alpha else None
    state = state_of(found.scripts, value, policy)
    named = user_sees_markers(request.user)
    assessors = [line.assessor for line in found.markers] if named else []
    people = User.objects.in_bulk(assessors)
    licences = LicenceEvent.objects.filter(assessor__in=people).latest() if named else {}
    markers = [
        {"line": line, "person": people[line.assessor], "licence": licences.get(line.assessor)}
        for line in found.markers
        if line.assessor in people
    ]
    at = now()
    for row in markers:
        row["valid"] = row["licence"] is not None and row["licence"].is_valid(at)
    context = {
        "assignment": assignment, "edition": assignment.item.edition, "report": found, "policy": policy, "state": state,
        "markers": markers, "named": named, "scatter": plots.scatter(found.totals, assignment.part.pass_mark),
        "severities": plots.dots([row["line"].severity for row in markers], reach=25),
        "drifts": plots.dots([row["line"].drift for row in markers], reach=25),
        "waiting": agreed_waiting(assignment).count(), "against": against_anchors(request.user, assignment) if named else [],
        "can_order": user_can_order_remarking(request.user, assignment),
    }  # fmt: skip
    return render(request, "assessments/quality_detail.html", context)


def against_anchors(user: User, assignment: Assignment) -> list[dict]:
    """How markers stand against the agreed bands of this rubric: {person, line, criteria: an estimate for each}. Four queries."""
    terms, lines = AnchorTerms.objects.latest_at(now()), assignment.rubric.lines()
    rows = rubric_table(markers_of(user).values_list("pk", flat=True), terms, rubric=assignment.rubric.content_hash)
    people = User.objects.in_bulk([line.assessor for line, _criteria in rows])
    return [
        {"person": people[line.assessor], "line": line, "criteria": [biases.get(criterion.key) for criterion in lines]}
        for line, biases in rows
    ]


def agreed_waiting(assignment: Assignment):
    """Agreed by two, not yet released, not yet decided by a moderator."""
    ready = Submission.objects.filter(assignment=assignment, leader=None, status=Submission.Status.READY)
    return ready.exclude(marks__kind=Allocation.Kind.MODERATED).select_related("enrolment__cohort__organisation")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remark(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then send what two assessors agreed on to the moderator."""
    assignment = get_quality_assignment(request.user, uuid)
    if not user_can_order_remarking(request.user, assignment):
        raise PermissionDenied
    waiting = agreed_waiting(assignment)
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = 0
        for submission in waiting:
            try:
                RemarkOrder.give(submission, reason=form.cleaned_data["reason"], by=request.user, at=now())
            except WrongState:  # released or moved meanwhile
                continue
            done += 1
        text = ngettext("%(count)s work product goes to the moderator.", "%(count)s work products go to the moderator.", done)
        messages.success(request, text % {"count": done})
        return redirect("quality_detail", uuid)
    context = {"assignment": assignment, "form": form, "count": waiting.count()}
    return render(request, "assessments/quality_remark.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """Every assessor with the state of their licence: filtered by name and state, paged, as CSV. Four queries."""
    if not user_sets_marking_policy(request.user):
        raise PermissionDenied
    at = now()
    assessors = User.objects.filter(memberships__role=Role.ASSESSOR, is_active=True).distinct().order_by("full_name", "pk")
    if name := request.GET.get("name", "").strip():
        assessors = assessors.filter(Q(full_name__icontains=name) | Q(email__icontains=name))
    events = LicenceEvent.objects.latest()
    rows = [
        {"person": person, "event": events.get(person.pk), "state": _licence_state(events.get(person.pk), at)}
        for person in assessors
    ]
    if state := request.GET.get("state", ""):
        rows = [row for row in rows if row["state"] == state]
    if request.GET.get("format") == "csv":
        lines = (
            [row["person"].full_name, row["person"].email, row["state"],
             localdate(row["event"].until).isoformat() if row["event"] and row["event"].until else ""]
            for row in rows
        )  # fmt: skip
        headings = [_("Name"), _("E-mail"), _("State"), _("Valid until")]
        return csv_response(f"marking-licences-{at:%Y%m%d}.csv", headings, lines)
    page = paginate(request, rows, ROWS)
    context = {"page": page, "policy": QualityPolicy.objects.at(at), "name": name, "state": state}
    return render(request, "assessments/licence_list.html", context)


def _licence_state(event: LicenceEvent | None, at: datetime) -> str:
    if event is None:
        return "none"
    if event.kind == LicenceEvent.Kind.GRANTED and not event.is_valid(at):
        return "expired"
    return event.kind


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def licence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One assessor's licence: what happened to it, and granting or withdrawing it with a reason."""
    if not user_sets_marking_policy(request.user):
        raise PermissionDenied
    at = now()
    assessors = User.objects.filter(memberships__role=Role.ASSESSOR).distinct()
    person = get_object_or_404(assessors, uuid=uuid)
    events = list(person.licence_events.select_related("by").order_by("-at", "-pk"))
    valid = bool(events) and events[0].is_valid(at)
    terms = QualityPolicy.objects.at(at)
    form = LicenceForm(request.POST or None, valid=valid)
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data["kind"]
        until = (terms or QualityPolicy()).licence_until(at) if kind == LicenceEvent.Kind.GRANTED else None
        LicenceEvent.record(kind, person, reason=form.cleaned_data["reason"], by=request.user, at=at, until=until)
        messages.success(request, _("Kept."))
        return redirect("licence", uuid)
    context = {"person": person, "events": events, "valid": valid, "form": form, "policy": terms}
    return render(request, "assessments/licence.html", context, status=422 if form.errors else 200)
