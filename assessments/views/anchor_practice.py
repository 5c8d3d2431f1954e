"""Assessors and anchors: practise, see the own bands beside the agreed ones, qualify; and the trainee's consent to it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.listing import paginate

from ..anchor_permissions import OF_TURN, practice_for
from ..models import AnchorConsent, AnchorMark, AnchorScript, AnchorTerms, AnchorTurn, LicenceEvent, Qualification
from ..models.anchor_queue import met_by
from ..permissions import get_own_row, user_is_assessor
from ..rubric_words import speak

ROWS = 20


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What one can practise on, how often one did and when last: 20 on a page, by case. A constant number of queries."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    mine = Q(turns__assessor=request.user, turns__purpose=AnchorTurn.Purpose.TRAINING)
    rows = practice_for(request.user).select_related("assignment__item__edition__level")
    cases = sorted({(row.assignment.item.page_id, row.assignment.item.title) for row in rows}, key=lambda case: case[1])
    if (case := request.GET.get("case", "")).isdecimal():
        rows = rows.filter(assignment__item__page=int(case))
    rows = rows.annotate(
        tries=Count("turns", filter=mine & Q(turns__status="done"), distinct=True),
        last=Max("turns__mark__marked_at", filter=mine),
        going_on=Count("turns", filter=mine & Q(turns__status="taken"), distinct=True),
    ).order_by("assignment__item__title", "pk")
    done = AnchorTurn.objects.filter(assessor=request.user, purpose=AnchorTurn.Purpose.TRAINING, status="done")
    done = done.select_related("assignment__item", "mark").order_by("-taken_at", "-pk")
    context = {"page": paginate(request, rows, ROWS), "cases": cases, "case": case, "done": list(done[:10])}
    return render(request, "assessments/anchor_practice.html", context)


@login_required
@require_POST
def begin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open the sheet on an anchor; who is in the middle of it goes on."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    anchor = practice_for(request.user).select_related("assignment").filter(uuid=uuid).first()
    if anchor is None:
        raise Http404
    return redirect(AnchorTurn.practise(anchor, request.user, at=now()))


@login_required
@require_safe
def compare(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The own bands beside the agreed ones, with the reasons; of practice at once, of the queue once the anchor is retired and
    the terms say so."""
    turn = AnchorTurn.objects.select_related(*OF_TURN, "mark").filter(uuid=uuid, assessor=request.user, status="done").first()
    if turn is None or not _may_compare(turn):
        raise Http404
    return render(request, "assessments/anchor_compare.html", _side_by_side(turn, turn.mark))


def _may_compare(turn: AnchorTurn) -> bool:
    if turn.purpose == AnchorTurn.Purpose.TRAINING:
        return True
    if turn.anchor.status != AnchorScript.Status.RETIRED:
        return False
    return not turn.is_seeded or _told(now())


def _told(at) -> bool:
    """Whether markers learn of retired anchors that they met in the queue."""
    terms = AnchorTerms.objects.latest_at(at)
    return terms is not None and terms.shown == AnchorTerms.Shown.RETIRED


def _side_by_side(turn: AnchorTurn, mark: AnchorMark) -> dict[str, Any]:
    agreed = turn.anchor.agreed()
    rows = []
    for line in speak(turn.assignment.rubric.lines(), turn.assignment.item):
        bands = {band.points: band for band in line.bands.all()}
        right = agreed[line.key]
        rows.append({
            "criterion": line, "own": bands[mark.points[line.key]], "agreed": bands[right.band.points], "reason": right.reason,
            "off": mark.off[line.key], "apart": mark.apart[line.key], "comment": mark.comments.get(line.key, ""),
        })  # fmt: skip
    earlier = AnchorMark.objects.filter(anchor=turn.anchor, assessor=turn.assessor, purpose=turn.purpose).exclude(pk=mark.pk)
    return {
        "turn": turn, "anchor": turn.anchor, "item": turn.assignment.item, "mark": mark, "rows": rows,
        "same": sum(row["off"] == 0 for row in rows), "earlier": list(earlier[:10]),
        "again": turn.purpose == AnchorTurn.Purpose.TRAINING and practice_for(turn.assessor).filter(pk=turn.anchor_id).exists(),
    }  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def qualification(request: HttpRequest) -> HttpResponse:
    """One's licence and how to earn it: what is asked for, the anchors on the table, what came of earlier tries. POST begins."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    at, person = now(), request.user
    if request.method == "POST":
        try:
            Qualification.start(person, at=at)
        except WrongState as early:
            messages.warning(request, early.message)
        return redirect("qualification")
    terms = AnchorTerms.objects.at(at)
    tries = list(Qualification.objects.filter(assessor=person).select_related("terms", "licence")[:20])
    going = next((one for one in tries if not one.outcome), None)
    waits = Qualification.waits_until(person, terms, at=at) if terms else None
    stock = Qualification.pool_for(person, at=at).count() if terms and not going else 0
    event = LicenceEvent.objects.filter(assessor=person).order_by("at", "pk").last()
    met = met_by(person).filter(status="done", anchor__status=AnchorScript.Status.RETIRED) if _told(at) else met_by(person).none()
    table = going.turns.exclude(status="given_back") if going else AnchorTurn.objects.none()
    context = {
        "terms": terms, "going": going, "tries": [one for one in tries if one.outcome], "waits": waits, "stock": stock,
        "turns": list(table.select_related("assignment__item").order_by("pk")) if going else [],
        "can": bool(terms) and not going and not waits and stock >= terms.scripts, "event": event,
        "valid": event is not None and event.is_valid(at),
        "withdrawn": event is not None and event.kind == LicenceEvent.Kind.WITHDRAWN,
        "met": list(met.select_related("assignment__item", "mark").order_by("-taken_at")[:20]),
    }  # fmt: skip
    return render(request, "assessments/qualification.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """May this released work, without its author, serve to train assessors? POST says yes or, with "stop", no."""
    row = get_own_row(request.user, uuid)
    if row.status != row.Status.RELEASED or row.team_id is not None:
        raise Http404
    if request.method == "POST":
        given = "stop" not in request.POST
        AnchorConsent.say(row, given=given, at=now())
        messages.success(request, _("Your consent is recorded.") if given else _("Your consent is withdrawn."))
        return redirect("submission_result", row.uuid)
    last = AnchorConsent.objects.filter(submission=row).order_by("-at", "-pk").first()
    english = (get_language() or "").startswith("en")
    context = {
        "submission": row, "item": row.assignment.item, "standing": last if last and last.given else None,
        "version": AnchorConsent.TEXT_VERSION, "text": f"assessments/anchor_consent_{'en' if english else 'zh'}.html",
    }  # fmt: skip
    return render(request, "assessments/anchor_consent.html", context)
