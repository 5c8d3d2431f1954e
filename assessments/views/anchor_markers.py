"""Markers against the agreed bands of anchors: who stands where, one marker in full, and what an officer decides on a flag."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate

from .. import plots
from ..anchor_figures import bias_lines, criterion_lines, seeded_marks, windows
from ..anchor_forms import FlagForm
from ..anchor_permissions import markers_of, user_decides_flags, user_sees_anchors, user_sets_anchor_terms
from ..models import AnchorTerms, LicenceEvent, MarkerFlag, Qualification, Rubric

ROWS = 25
STATES = {
    "beyond": gettext_lazy("beyond the limit"),
    "within": gettext_lazy("within the limit"),
    "few": gettext_lazy("too few marks to say"),
    "open": gettext_lazy("no limit set"),
}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Who met anchors in the queue, with bias and state: by name and state, 25 on a page, as CSV. Five queries."""
    if not user_sees_anchors(request.user):
        raise PermissionDenied
    terms = AnchorTerms.objects.latest_at(now())
    people = markers_of(request.user)
    lines = bias_lines(people.values_list("pk", flat=True), terms)
    found = User.objects.in_bulk(list(lines))
    flagged = set(MarkerFlag.objects.filter(outcome="", assessor__in=found).values_list("assessor", flat=True))
    rows = [
        {"person": found[pk], "line": line, "state": STATES[line.state], "flagged": pk in flagged} for pk, line in lines.items()
    ]
    name, state = request.GET.get("name", "").strip(), request.GET.get("state", "")
    if name:
        rows = [row for row in rows if name.lower() in row["person"].full_name.lower()]
    if state == "flagged":
        rows = [row for row in rows if row["flagged"]]
    elif state in STATES:
        rows = [row for row in rows if row["line"].state == state]
    rows.sort(key=lambda row: (not row["flagged"], -abs(row["line"].bias.value), row["person"].pk))
    if request.GET.get("format") == "csv":
        return _csv(rows)
    page = paginate(request, rows, ROWS)
    context = {
        "page": page, "dots": plots.dots([row["line"].bias for row in page], reach=25), "terms": terms, "states": STATES.items(),
        "name": name, "state": state, "sets_terms": user_sets_anchor_terms(request.user),
    }  # fmt: skip
    return render(request, "assessments/anchor_markers.html", context)


def _csv(rows: list[dict]) -> HttpResponse:
    headings = [_("Assessor"), _("Anchors met"), _("Bias"), _("from"), _("to"), _("State"), _("Flagged")]

    def cell(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    lines = (
        [row["person"].full_name, row["line"].marks, cell(row["line"].bias.value), cell(row["line"].bias.low),
         cell(row["line"].bias.high), row["state"], "1" if row["flagged"] else ""]
        for row in rows
    )  # fmt: skip
    return csv_response(f"anchor-bias-{localdate():%Y%m%d}.csv", headings, lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One marker: bias, criterion by criterion, quarter by quarter, qualifications, flags; an officer decides on an open one."""
    if not user_sees_anchors(request.user):
        raise PermissionDenied
    person = markers_of(request.user).filter(uuid=uuid).first()
    if person is None:
        raise Http404
    flags = list(MarkerFlag.objects.filter(assessor=person).select_related("terms", "decided_by"))
    waiting = next((flag for flag in flags if not flag.outcome), None)
    event = LicenceEvent.objects.filter(assessor=person).order_by("at", "pk").last()
    valid = event is not None and event.is_valid(now())
    decides = user_decides_flags(request.user)
    form = FlagForm(request.POST or None, suspends=valid and waiting is not None and waiting.terms.suspends)
    if request.method == "POST":
        if not decides:
            raise PermissionDenied
        if waiting is None:
            raise WrongState(_("There is no flag here that waits for a decision."), obj=person)
        if form.is_valid():
            waiting.decide(form.cleaned_data["outcome"], reason=form.cleaned_data["reason"], by=request.user, at=now())
            messages.success(request, _("Kept."))
            return redirect("anchor_marker", uuid)
    terms = AnchorTerms.objects.latest_at(now())
    marks = list(seeded_marks([person.pk]).select_related("anchor"))
    hashes = {mark.anchor.rubric_hash for mark in marks}
    rubrics = Rubric.objects.filter(content_hash__in=hashes).prefetch_related("criteria")
    titles = {rubric.content_hash: {line.key: line for line in rubric.criteria.all()} for rubric in rubrics}
    context = {
        "person": person, "line": bias_lines([person.pk], terms).get(person.pk), "terms": terms, "states": STATES,
        "criteria": criterion_lines(marks, titles), "windows": windows(marks), "flags": flags, "waiting": waiting,
        "tries": list(Qualification.objects.filter(assessor=person).exclude(outcome="")[:20]), "valid": valid, "event": event,
        "form": form if decides and waiting else None, "decides": decides,
    }  # fmt: skip
    return render(request, "assessments/anchor_marker.html", context, status=422 if form.errors else 200)
