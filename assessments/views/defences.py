"""A panel at work: its days, one defence with declarations, votes, minutes and signatures."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib.errors import WrongState
from lms.lib.listing import paginate
from lms.lib.ratelimit import allow

from .. import minutes as protocol
from ..defence_forms import AbsenceForm, CloseForm, DeclareForm, ReasonForm, SignForm, UndertakingForm, VoteForm
from ..defence_permissions import get_defence, get_seat, user_arranges, user_arranges_defences, user_sits_on_panels
from ..models import Defence, PanelSeat
from ..oral import calendar_name, calendar_response, day_events, vote_lines, votes_shown, work_shown
from .work_files import give_copy

ROWS = 25


@login_required
@require_safe
def panels(request: HttpRequest) -> HttpResponse:
    """The days on which the person sits, latest first."""
    seats = PanelSeat.objects.filter(user=request.user, left_at=None, day__cancelled_at=None)
    seats = seats.select_related("day__cohort__organisation", "day__part").order_by("-day__starts_at", "-pk")
    if not seats and not user_sits_on_panels(request.user):
        raise PermissionDenied
    return render(request, "assessments/panel_list.html", {"page": paginate(request, seats, ROWS)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def panel_day(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """First the undertaking; only then the list of names."""
    seat = get_seat(request.user, uuid)
    form = UndertakingForm(request.POST or None) if seat.undertaken_at is None else None
    if request.method == "POST":
        if form is None:
            return redirect("panel_day", uuid)
        if form.is_valid():
            seat.undertake(employer=form.cleaned_data["employer"].strip(), at=now())
            return redirect("panel_day", uuid)
    context = {"seat": seat, "day": seat.day, "form": form, "rules": seat.day.part.defence}
    if form is None:
        context["defences"] = list(
            Defence.objects.with_everything().filter(slot__day=seat.day).exclude(status=Defence.Status.CANCELLED)
        )
        context["seats"] = list(seat.day.seats.sitting())
    return render(request, "assessments/panel_day.html", context, status=422 if form and form.errors else 200)


@login_required
@require_safe
def panel_calendar(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The day's defences as calendar events, for a member of the panel who has given the undertaking."""
    seat = get_seat(request.user, uuid)
    if seat.undertaken_at is None:
        raise PermissionDenied
    return calendar_response(calendar_name(), day_events(seat.day), at=now())


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One defence. A member sees the work once they have declared that they have no conflict; votes once they are closed."""
    defence, seat = get_defence(request.user, uuid)
    return page(request, defence, seat)


def page(request: HttpRequest, defence: Defence, seat: PanelSeat | None, *, status: int = 200, **forms) -> HttpResponse:
    bench = defence.bench()
    arranges = user_arranges(request.user, defence)
    lines = defence.part.rubric.lines()
    said = bench.said.get(seat.pk) if seat else None
    ready = seat is not None and seat in bench.ready
    mine = defence.votes.filter(seat=seat, round=defence.round).first() if seat else None
    minutes = getattr(defence, "minutes", None) if defence.is_closed else None
    signed = {found.seat_id: found for found in minutes.signatures.all()} if minutes else {}
    chairs = seat is not None and bench.chair is not None and seat.pk == bench.chair.pk
    may_read = arranges or (seat is not None and said is not None and not bench.conflict(seat))
    context = {
        "defence": defence, "seat": seat, "bench": bench, "arranges": arranges, "said": said, "ready": ready, "mine": mine,
        "members": [
            {"seat": one, "conflict": bench.conflict(one), "said": bench.said.get(one.pk), "needed": bench.needs(one),
             "voted": one.pk in bench.voted, "signed": signed.get(one.pk),
             "chairs": bench.chair is not None and one.pk == bench.chair.pk}
            for one in bench.seats if not one.left_at or one.pk in bench.voted
        ],
        "chairs": chairs, "to_replace": [one.user.full_name for one in bench.to_replace],
        "minutes": minutes, "rules": defence.part.defence,
        "votes": vote_lines(defence, votes_shown(defence)) if arranges or may_read else [],
        "decision": defence.decision() if defence.is_closed else None,
        "may_release": arranges and minutes is not None and defence.status == "decided"
        and protocol.may_release(defence, set(signed), bench.acting),
        "may_sign": minutes is not None and seat is not None and mine is not None and seat.pk not in signed
        and defence.status in ("decided", "released"),
        "declare_form": forms.get("declare_form") or DeclareForm(),
        "vote_form": forms.get("vote_form") or VoteForm(lines=lines),
        "close_form": forms.get("close_form") or CloseForm(),
        "sign_form": forms.get("sign_form") or SignForm(user=request.user),
    }  # fmt: skip
    if may_read:
        context |= work_shown(defence.submission, marks=defence.part.defence.marks_shown)
    return render(request, "assessments/defence.html", context | {"may_read": may_read}, status=status)


def _own(request: HttpRequest, uuid: UUID) -> tuple[Defence, PanelSeat]:
    defence, seat = get_defence(request.user, uuid)
    if seat is None:
        raise PermissionDenied
    return defence, seat


@login_required
@require_POST
def declare(request: HttpRequest, uuid: UUID) -> HttpResponse:
    defence, seat = _own(request, uuid)
    form = DeclareForm(request.POST)
    if not form.is_valid():
        return page(request, defence, seat, declare_form=form, status=422)
    defence.declare(seat, ground=form.cleaned_data["ground"], note=form.cleaned_data["note"].strip(), at=now())
    return redirect(defence)


@login_required
@require_POST
def open_vote(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The chair opens the vote."""
    defence, seat = _chair(request, uuid)
    try:
        defence.open_vote(by=seat, at=now())
    except WrongState as refusal:
        messages.warning(request, refusal.message)
    return redirect(defence)


def _chair(request: HttpRequest, uuid: UUID) -> tuple[Defence, PanelSeat]:
    defence, seat = _own(request, uuid)
    chair = defence.bench().chair
    if chair is None or chair.pk != seat.pk:
        raise PermissionDenied
    return defence, seat


@login_required
@require_POST
def vote(request: HttpRequest, uuid: UUID) -> HttpResponse:
    defence, seat = _own(request, uuid)
    form = VoteForm(request.POST, lines=defence.part.rubric.lines())
    if not form.is_valid():
        return page(request, defence, seat, vote_form=form, status=422)
    data = form.cleaned_data
    defence.vote(seat, passed=data["passed"] == "yes", points=form.points(), reasons=data["reasons"].strip(), at=now())
    messages.success(request, _("Your vote is kept. Others see it when the vote is closed."))
    return redirect(defence)


@login_required
@require_POST
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The chair closes the vote and writes what was asked."""
    defence, seat = _chair(request, uuid)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return page(request, defence, seat, close_form=form, status=422)
    try:
        decision = protocol.close_vote(defence, notes=form.cleaned_data["notes"].strip(), by=seat, at=now())
    except WrongState as refusal:
        messages.warning(request, refusal.message)
        return redirect(defence)
    if decision.state == "again":
        messages.info(request, _("As many votes for as against: a second round is open."))
    else:
        messages.success(
            request, _("The vote is closed and the minutes are written. Every member who voted signs them.")
        )
    return redirect(defence)


@login_required
@require_POST
def sign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Sign the minutes with one's password."""
    defence, seat = _own(request, uuid)
    if not defence.is_closed:
        raise WrongState(_("There are no minutes yet."), obj=defence)
    if not allow(f"limit:sign:{request.user.pk}", limit=10, seconds=600):
        return page(request, defence, seat, status=429)
    form = SignForm(request.POST, user=request.user)
    if not form.is_valid():
        return page(request, defence, seat, sign_form=form, status=422)
    protocol.sign(defence.minutes, seat, at=now())
    messages.success(request, _("You have signed the minutes."))
    return redirect(defence)


@login_required
@require_POST
def release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    defence = _arranged(request, uuid)
    protocol.release(defence, by=request.user, at=now())
    messages.success(request, _("Result released."))
    return redirect(defence)


def _arranged(request: HttpRequest, uuid: UUID) -> Defence:
    defence, _seat = get_defence(request.user, uuid)
    if not user_arranges_defences(request.user) or not user_arranges(request.user, defence):
        raise PermissionDenied
    return defence


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absent(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Record with its reason that the trainee did not come."""
    defence = _arranged(request, uuid)
    form = AbsenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        defence.mark_absent(excused=data["excused"] == "yes", reason=data["reason"], by=request.user, at=now())
        messages.success(request, _("The absence is recorded."))
        return redirect(defence.day)
    context = {"defence": defence, "form": form, "absent": True}
    return render(request, "assessments/defence_end.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask for the reason, then take the trainee out of the slot."""
    defence = _arranged(request, uuid)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        defence.cancel(reason=form.cleaned_data["reason"], by=request.user, at=now())
        messages.success(request, _("The defence is cancelled; the trainee is told by mail."))
        return redirect(defence.day)
    return render(
        request, "assessments/defence_end.html", {"defence": defence, "form": form}, status=422 if form.errors else 200
    )


@login_required
@require_safe
def minutes(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The minutes for printing: registrar and members without a conflict."""
    defence, seat = get_defence(request.user, uuid)
    found = getattr(defence, "minutes", None) if defence.is_closed else None
    if found is None:
        raise Http404
    if not user_arranges(request.user, defence) and (seat is None or defence.bench().conflict(seat)):
        raise PermissionDenied
    signatures = list(found.signatures.select_related("seat__user"))
    context = {"defence": defence, "minutes": found, "content": found.content, "signatures": signatures}
    return render(request, "assessments/minutes.html", context)


@login_required
@require_safe
def file(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """The copy of a file of the work product that others get, for saving."""
    defence, seat = get_defence(request.user, uuid)
    bench = defence.bench()
    declared = seat is not None and seat.pk in bench.said and not bench.conflict(seat)
    if not declared and not user_arranges(request.user, defence):
        raise PermissionDenied
    files = defence.submission.work.current_files()
    if not 1 <= place <= len(files):
        raise Http404
    return give_copy(request, files[place - 1], files[place - 1].neutral_name(place), back=defence.get_absolute_url())
