"""The trainee's side of a defence: choosing a slot, changing it, the calendar, the result."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.errors import WrongState
from training.models import Enrolment

from ..defence_forms import MoveForm, PlaceForm
from ..defence_permissions import get_own_defence_part
from ..models import Defence, DefenceSlot, Part, PartResult, Submission
from ..oral import calendar_response, event_of, vote_lines


def free_slots(enrolment: Enrolment, part: Part, *, at):
    """The slots of the cohort's standing days that lie ahead and are free, as long as trainees may choose."""
    found = DefenceSlot.objects.filter(
        day__cohort=enrolment.cohort_id,
        day__part=part,
        day__cancelled_at=None,
        day__choose_until__gte=at,
        starts_at__gt=at,
    )
    taken = Defence.objects.exclude(status=Defence.Status.CANCELLED).values("slot")
    return found.exclude(pk__in=taken).select_related("day__part", "day__cohort")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """What the defence is, the own slot or the free ones, and what came out."""
    enrolment, part = get_own_defence_part(request.user, uuid, key)
    at, rules = now(), part.defence
    standing = Defence.objects.on_the_way().with_everything().filter(enrolment=enrolment, part=part).first()
    results = list(PartResult.objects.filter(enrolment=enrolment, part=part).order_by("-released_at", "-pk"))
    passed, used = any(result.passed for result in results), len(results)
    slots = free_slots(enrolment, part, at=at) if rules.choose else DefenceSlot.objects.none()
    works = Defence.objects.eligible_work(enrolment, part)
    form = None
    may_book = standing is None and not passed and used < rules.attempts and enrolment.is_active
    if may_book:
        choices = Submission.objects.filter(pk__in=[work.pk for work in works]).select_related("assignment__item")
        form = PlaceForm(request.POST or None, slots=slots, works=choices)
    elif standing is not None and standing.may_move(at):
        form = MoveForm(request.POST or None, slots=slots)
    if request.method == "POST":
        if form is None:
            raise WrongState(_("The slot can't be changed any more; ask your registrar."), obj=enrolment)
        if form.is_valid():
            try:
                _take(request, enrolment, standing, form.cleaned_data)
            except WrongState as late:
                messages.warning(request, late.message)
            return redirect("defence_book", uuid, key)
    latest = results[0] if results else None
    votes = []
    if latest is not None and latest.method == PartResult.Method.PANEL:
        votes = vote_lines(latest.defence, latest.defence.votes.filter(round=latest.defence.round))
    context = {
        "enrolment": enrolment, "part": part, "rules": rules, "standing": standing, "form": form, "works": works,
        "any_slots": slots.exists(), "result": latest, "earlier": results[1:], "votes": votes, "used": used, "passed": passed,
        "may_book": may_book,
    }  # fmt: skip
    return render(
        request, "assessments/defence_book.html", context, status=422 if form is not None and form.errors else 200
    )


def _take(request: HttpRequest, enrolment: Enrolment, standing: Defence | None, data: dict) -> None:
    if standing is not None:
        standing.move_to(data["slot"], by=request.user, at=now())
        messages.success(request, _("You have another slot."))
    else:
        Defence.book(enrolment, data["slot"], data["work"], by=request.user, at=now())
        messages.success(request, _("The slot is yours."))


@login_required
@require_safe
def own_calendar(request: HttpRequest, uuid: UUID, key: str) -> HttpResponse:
    """The own defence as a calendar event."""
    enrolment, part = get_own_defence_part(request.user, uuid, key)
    standing = Defence.objects.on_the_way().with_everything().filter(enrolment=enrolment, part=part).first()
    if standing is None:
        raise Http404
    event = event_of(standing, url=reverse("defence_book", args=[uuid, key]), named=False)
    return calendar_response(event["title"], [event], at=now())
