"""Marking: the queue, one script at a time, the sheet that saves itself. No name of a trainee appears anywhere here."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.language import local

from .. import passages, productform
from .. import sheet as sheets
from ..anchor_permissions import get_own_turn, user_can_use_turn
from ..blind_words import tells_who
from ..checks.words import kept_report
from ..feedback import bands_side_by_side, lettered
from ..forms import GiveBackForm
from ..models import (
    Allocation,
    AnchorTurn,
    Appeal,
    Mark,
    MarkIncomplete,
    RemarkOrder,
    SampledScript,
    StaleMark,
    Submission,
)  # fmt: skip
from ..models.anchor_queue import count_waiting, met_by, take_next
from ..models.comments import BankComment
from ..models.file_copies import hashes_of
from ..models.marks import BLIND, DECIDING, Score
from ..models.policy import may_mark
from ..models.sheet_turns import SheetTurn
from ..noted_work import Address, noted
from ..permissions import user_is_assessor
from ..play import gauges, shown_exhibits, state_of, trace_steps
from ..region_words import choices, place_words
from ..rubric_words import speak
from ..scoring import total_of
from .product import clock, number_of

RECENT = 10


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """How much waits, what one holds, what one marked last: a constant number of queries."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    at = now()
    turns = Allocation.objects.filter(assessor=request.user).exclude(kind__in=DECIDING)
    turns = turns.select_related("submission__assignment__item", "submission__enrolment")
    met = met_by(request.user).exclude(status=Allocation.Status.GIVEN_BACK).order_by("-taken_at")
    met = list(met.select_related("assignment__item", "anchor", "mark")[: 2 * RECENT])
    held = [*turns.filter(status=Allocation.Status.TAKEN), *(turn for turn in met if turn.status == turn.Status.TAKEN)]
    given = turns.filter(status=Allocation.Status.DONE).select_related("mark").order_by("-taken_at", "-pk")[:RECENT]
    recent = [*given, *(turn for turn in met if turn.status == turn.Status.DONE)]
    waiting = count_waiting(request.user, at=at)
    context = {
        "licensed": bool(waiting) or may_mark(request.user, at=at),
        "appeals": Appeal.objects.for_marker(request.user, at=at).count(),
        "waiting": waiting,
        "held": sorted(held, key=lambda turn: turn.taken_at),
        "recent": sorted(recent, key=lambda turn: turn.taken_at, reverse=True)[:RECENT],
        "at": at,
    }
    return render(request, "assessments/marking_queue.html", context)


@login_required
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take the next script; who holds one already goes on with that one."""
    if not user_is_assessor(request.user):
        raise PermissionDenied
    allocation = take_next(request.user, at=now())
    if allocation is None:
        messages.info(request, _("Nothing is waiting to be marked."))
        return redirect("marking_queue")
    return redirect(allocation)


@login_required
@require_safe
def sheet(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The work product beside the rubric. A mark that was given is shown as it was given."""
    allocation = own_turn(request, uuid)
    if allocation.status == Allocation.Status.GIVEN_BACK:
        messages.info(request, _("This script is back in the queue; you no longer hold it."))
        return redirect(queue_of(allocation))
    if allocation.sampled_id and allocation.sampled.outcome == SampledScript.Outcome.CONFIRMED:
        messages.info(request, _("You confirmed these marks."))
        return redirect("moderation_queue")
    given = allocation.given()
    return sheet_page(request, allocation, given.as_draft() if given else allocation.draft)


@login_required
@require_POST
def autosave(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Keep the unfinished mark. 200 with the new number and time; 409 for a stale tab or a mark already given."""
    allocation = own_turn(request, uuid)
    draft = sheets.read(allocation.submission.assignment.rubric.lines(), request.POST)
    at = now()
    try:
        allocation.save_draft(draft, number=number_of(request), at=at)
    except StaleMark:
        message = _("Another window has saved this sheet meanwhile. Nothing was overwritten.")
        answer = {"error": "stale", "number": allocation.draft_number, "message": message}
        return JsonResponse({**answer, "fields": sheets.pairs(allocation.draft)}, status=409)
    except WrongState as error:
        answer = {"error": "closed", "message": str(error.message), "url": reverse(queue_of(allocation))}
        return JsonResponse(answer, status=409)
    return JsonResponse({"number": allocation.draft_number, "saved": _("Saved at %(time)s") % {"time": clock(at)}})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give the mark, or say beside each criterion what is missing; what was typed stays. "save" keeps it for later, "review"
    and a moderator's "agreed" show it once more; from there "confirmed" gives what is saved under the number that was shown,
    "next" takes another.
    """
    allocation = own_turn(request, uuid)
    if request.method != "POST":
        return redirect(allocation)
    open_still = allocation.status == Allocation.Status.TAKEN
    if open_still and "confirmed" in request.POST:
        draft = allocation.draft
        if number_of(request) != allocation.draft_number:
            notice = _("Another window has saved this sheet after you looked it over. Nothing was given.")
            return sheet_page(request, allocation, draft, notice=notice, status=409)
    else:
        draft = sheets.read(allocation.submission.assignment.rubric.lines(), request.POST)
        if open_still and (stale := _kept(request, allocation, draft)):
            return stale
    if "confirm" in request.POST and allocation.sampled_id:
        allocation.sampled.confirm(allocation, note=draft["reason"], at=now())
        messages.success(request, _("Confirmed. Thank you."))
        return redirect("moderation_queue")
    if "save" in request.POST:
        if not open_still:  # nothing was kept, so nothing of the kind is said
            raise WrongState(_("This mark has been given or handed back."), obj=allocation)
        messages.success(request, _("Saved at %(time)s") % {"time": clock(now())})
        return redirect(allocation)
    if long := sheets.too_long(draft):
        text = _("Too long: %(limit)s characters are the most.") % {"limit": sheets.MAX_COMMENT}
        return sheet_page(request, allocation, draft, errors=dict.fromkeys(long, text), status=422)
    try:
        if open_still and "confirmed" not in request.POST and ("review" in request.POST or "agreed" in request.POST):
            return _look_over(request, allocation, draft)
        allocation.give_mark(
            draft.get("scores", {}), draft.get("comment", ""), at=now(), reason=draft.get("reason", ""),
            notes=draft.get("notes", ()), agreed="agreed" in request.POST,
        )  # fmt: skip
    except MarkIncomplete as error:
        errors = dict.fromkeys(error.missing, _("Choose a band."))
        if "reason" in errors:
            errors["reason"] = _("Say why you decide so.")
        return sheet_page(request, allocation, draft, errors=errors, status=422)
    if allocation.kind == AnchorTurn.Purpose.TRAINING:
        return redirect("anchor_compare", allocation.uuid)
    messages.success(request, _("Mark given. Thank you."))
    asked = "next" in request.POST and allocation.kind in Allocation.QUEUED
    if asked and (following := take_next(request.user, at=now())):
        return redirect(following)
    return redirect(queue_of(allocation))


def _kept(request: HttpRequest, allocation: SheetTurn, draft: dict[str, Any]) -> HttpResponse | None:
    """Save what came with the form; the sheet with both contents where another window was faster."""
    try:
        allocation.save_draft(draft, number=number_of(request), at=now())
    except StaleMark as stale:
        notice = _("Another window has saved this sheet meanwhile. Compare below, then save or give your mark again.")
        return sheet_page(request, allocation, draft, notice=notice, newer=stale.allocation.draft, status=409)
    return None


def _look_over(request: HttpRequest, allocation: SheetTurn, draft: dict[str, Any]) -> HttpResponse:
    """The mark as it would be given. Raises MarkIncomplete."""
    submission = allocation.submission
    chosen = allocation.bands_of(draft["scores"], reason=draft["reason"])
    criteria = speak(submission.assignment.rubric.lines(), submission.assignment.item)
    bands = {criterion.key: band for criterion in criteria for band in criterion.bands.all() if band == chosen[criterion.key]}
    lines = [
        {"criterion": criterion, "band": bands[criterion.key], "comment": draft["scores"][criterion.key]["comment"]}
        for criterion in criteria
    ]
    texts = [(local(line["criterion"], "title"), line["comment"]) for line in lines]
    texts += [(_("Notes on the work"), note["text"]) for note in draft.get("notes", [])]
    texts += [(_("Overall comment"), draft["comment"]), (_("Reason of your decision"), draft["reason"])]
    context = {
        "allocation": allocation,
        "code": submission.enrolment.anonymous_code,
        "item": submission.assignment.item,
        "lines": lines,
        "draft": draft,
        "total": total_of({key: band.points for key, band in chosen.items()}, {c.key: c.top for c in criteria}),
        "notes": _shown_notes(submission, draft, criteria),
        "told": [(where, words) for where, text in texts for words in tells_who(text)],
        "agreed": "agreed" in request.POST and allocation.kind == Allocation.Kind.MODERATED,
        "more": allocation.kind in Allocation.QUEUED and Allocation.waiting_for(request.user, at=now()).exists(),
    }
    return render(request, "assessments/marking_confirm.html", context)


def _shown_notes(submission: Submission, draft: dict[str, Any], criteria: list) -> list[dict[str, Any]]:
    """The notes of a draft that would be kept, with where on a page they are and the title of their criterion."""
    found = passages.kept(draft.get("notes", []), submission.fields, hashes_of(submission.current_files()))
    titles = {criterion.key: local(criterion, "title") for criterion in criteria}
    return [
        note | {"title": titles.get(note.get("criterion", ""), ""), "place": place_words(note)} for note in found
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for the reason, then return the script to the queue."""
    allocation = own_turn(request, uuid)
    form = GiveBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        allocation.give_back(at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("The script is back in the queue for someone else."))
        return redirect(queue_of(allocation))
    code = allocation.submission.enrolment.anonymous_code
    return render(request, "assessments/marking_give_back.html", {"allocation": allocation, "form": form, "code": code})


def queue_of(allocation: SheetTurn) -> str:
    """The name of the list this turn came from."""
    if allocation.kind == AnchorTurn.Purpose.TRAINING:
        return "anchor_practice"
    if allocation.kind == AnchorTurn.Purpose.QUALIFICATION:
        return "qualification"
    return "moderation_queue" if allocation.kind in DECIDING else "marking_queue"


def sheet_page(
    request: HttpRequest, allocation: SheetTurn, draft: dict[str, Any], *, errors: dict[str, str] | None = None,
    notice: str = "", newer: dict[str, Any] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The sheet with this draft in it; for a given mark, read-only."""
    submission = allocation.submission
    files = submission.current_files()
    copies = hashes_of(files) if files else []
    script = submission.run.script()
    decisions = list(submission.run.decisions.all())
    trace = trace_steps(script, decisions)
    state = state_of(submission.run, decisions)
    criteria = speak(submission.assignment.rubric.lines(), submission.assignment.item)
    given = allocation.given()
    moderating = allocation.kind in DECIDING
    marks, apart = _marks_before(allocation) if moderating else ([], None)
    voices = bands_side_by_side(*marks) if moderating else {}
    errors = errors or {}
    context = {
        "allocation": allocation,
        "code": submission.enrolment.anonymous_code,
        "attempt": submission.attempt,
        "submission": submission,
        "item": submission.assignment.item,
        "part": submission.assignment.part,
        "limit": submission.assignment.disagreement_limit,
        "deliverable": script.deliverable,
        "script": script,
        "said": script.said,
        "fields": productform.draw(script.deliverable, submission.fields),
        "report": kept_report(script.deliverable, submission.checks),
        "statements": _said(submission),
        "show_ai": script.deliverable.ai_shown == "beside" or given is not None,
        "files": [(file, file.neutral_name(place), place, copies[place - 1]) for place, file in enumerate(files, 1)],
        "grid": choices(),
        "trace": trace,
        "exhibits": shown_exhibits(script, state.visited, released=state.released),
        "gauges": gauges(script, state.variables),
        "variant": next((v.title for v in script.variants if v.key == submission.run.variant), ""),
        "lines": sheets.lines(
            criteria, draft, errors=errors, apart=apart.criteria_apart if apart else (), voices=voices
        ),
        "draft": draft,
        "newer": sheets.lines(criteria, newer) if newer else None,
        "newer_draft": newer,
        "errors": errors,
        "similar": allocation.similar(),
        "notice": notice,
        "given": given,
        "moderating": moderating,
        "marks": marks,
        "apart": apart,
        "sampled": allocation.sampled if allocation.kind == Allocation.Kind.SAMPLE else None,
        "order": RemarkOrder.objects.filter(submission=submission).first() if moderating else None,
        "top": sum(criterion.top for criterion in criteria),
        "notes": passages.write(draft.get("notes", [])),
        "noted": noted(submission, [given] if given else marks, pages_of(allocation)) if given or marks else [],
        "practice": allocation.kind if allocation.kind in AnchorTurn.Purpose.values else "",
        "bank": [] if given else list(BankComment.objects.for_sheet(request.user, submission.assignment)[:300]),
    }
    return render(request, "assessments/marking_sheet.html", context, status=status)


def _marks_before(allocation: Allocation):
    """The assessors' marks, lettered, and why the first two disagree."""
    kinds = [*Allocation.QUEUED, *([Allocation.Kind.MODERATED] if allocation.kind == Allocation.Kind.SAMPLE else [])]
    marks = allocation.submission.marks.filter(kind__in=kinds)
    marks = lettered(marks.prefetch_related(Score.prefetch()).select_related("rubric"))
    for mark in marks:
        mark.submission = allocation.submission
    return marks, Mark.compare(*(next(mark for mark in marks if mark.kind == kind) for kind in BLIND))


def _said(submission: Submission) -> list[tuple[str, str]]:
    """The statements of a team's members under letters, in the order of their anonymous codes; none for work of one's own."""
    if submission.team_id is None:
        return []
    latest = {found.enrolment.anonymous_code: found.statement for found in submission.contributions.select_related("enrolment")}
    return [(chr(ord("A") + place), latest[code]) for place, code in enumerate(sorted(latest))]


def page_address(uuid: UUID, place: int, number: int) -> str:
    """Where a page of a file is drawn for whoever has this turn."""
    return reverse("marking_file_page", args=[uuid, place, number])


def pages_of(allocation: SheetTurn) -> Address:
    return lambda _file, place, number: page_address(allocation.uuid, place, number)


def own_turn(request: HttpRequest, uuid: UUID) -> SheetTurn:
    """The person's own turn, or 404; 403 where they may not use it any more."""
    allocation = get_own_turn(request.user, uuid)
    if not user_can_use_turn(request.user, allocation):
        raise PermissionDenied
    return allocation

