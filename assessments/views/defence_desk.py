"""Days of defences for the registrar: opening them, their panel, who sits in which slot, lists."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.invitations import person_for
from accounts.models import Role
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.listing import csv_response, paginate
from training.models import Cohort

from ..defence_forms import DayForm, SeatForm
from ..defence_permissions import (
    defence_days_of,
    get_defence_day,
    get_seat_to_remove,
    user_arranges_defences,
)
from ..models import Defence, DefenceDay, Part, Submission
from ..oral import calendar_name, calendar_response, day_events

ROWS = 25


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The days of the registrar's bases, those to come first; as CSV with all their slots."""
    if not user_arranges_defences(request.user):
        raise PermissionDenied
    which, at = request.GET.get("which", "coming"), now()
    days = defence_days_of(request.user).with_course()
    if which == "coming":
        days = days.standing().filter(starts_at__gte=at.replace(hour=0, minute=0)).order_by("starts_at", "pk")
    else:
        days = days.order_by("-starts_at", "-pk")
    if request.GET.get("format") == "csv":
        return _export(request, list(days), "defences")
    taken = Count(
        "slots", filter=~Q(slots__defence__status="cancelled") & Q(slots__defence__isnull=False), distinct=True
    )
    sitting = Count("seats", filter=Q(seats__left_at=None), distinct=True)
    days = days.annotate(places=Count("slots", distinct=True), taken=taken, sitting=sitting)
    return render(request, "assessments/defence_list.html", {"page": paginate(request, days, ROWS), "which": which})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Open a day for a cohort whose plan has a defence."""
    if not user_arranges_defences(request.user):
        raise PermissionDenied
    bases = organisation_ids(request.user, Role.REGISTRAR)
    parts = list(Part.objects.filter(kind=Part.Kind.DEFENCE, plan__edition__cohorts__organisation__in=bases).exclude(
        rules={}).select_related("plan").distinct())  # fmt: skip
    cohorts = Cohort.objects.filter(organisation__in=bases, edition__in=[part.plan.edition_id for part in parts])
    cohorts = cohorts.exclude(status__in=["closed", "cancelled"]).exclude(enrolments__user=request.user)
    form = DayForm(
        request.POST or None, cohorts=list(cohorts.select_related("organisation").order_by("-starts_on")), parts=parts
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        cohort, part = form.fields["what"].pairs[data.pop("what")]
        try:
            day = DefenceDay.open(cohort, part, by=request.user, at=now(), **data)
        except WrongState as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The day is open. Now make up the panel."))
            return redirect(day)
    context = {"form": form, "none": not form.fields["what"].choices}
    return render(request, "assessments/defence_day_form.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def day(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One day: panel, slots with who sits in them, and who has no slot yet. A constant number of queries."""
    found = get_defence_day(request.user, uuid)
    held = Defence.objects.exclude(status=Defence.Status.CANCELLED).select_related(
        "enrolment__user", "submission__assignment__item"
    )
    slots = list(found.slots.prefetch_related(Prefetch("defences", held, to_attr="now")))
    seats = list(found.seats.sitting().select_related("stands_in_for__user"))
    declared = found.declared_against([seat.user_id for seat in seats], at=now())
    context = {
        "day": found, "slots": slots, "seats": seats, "declared": declared,
        "free": [slot for slot in slots if not slot.now and slot.starts_at > now()], "waiting": waiting_for_slot(found),
        "rules": found.part.defence, "taken": sum(bool(slot.now) for slot in slots),
    }  # fmt: skip
    return render(request, "assessments/defence_day.html", context)


def waiting_for_slot(day: DefenceDay) -> list[dict]:
    """The cohort's trainees without a defence on its way or passed, with what they may defend: three queries."""
    enrolments = day.cohort.enrolments.active().select_related("user").order_by("user__full_name", "pk")
    busy = Q(defences__part=day.part, defences__status__in=["booked", "voting", "decided"])
    done = Q(part_results__part=day.part, part_results__passed=True)
    enrolments = list(enrolments.exclude(pk__in=day.cohort.enrolments.filter(busy | done).values("pk")))
    works: dict[int, list[Submission]] = {}
    state = {"submitted_at__isnull": False} if day.part.defence.work == "handed_in" else {"status": "released"}
    found = Submission.objects.filter(enrolment__in=enrolments, **state).select_related("assignment__item")
    for work in found.order_by("-submitted_at", "-pk"):
        works.setdefault(work.enrolment_id, []).append(work)
    return [{"enrolment": enrolment, "works": works.get(enrolment.pk, [])} for enrolment in enrolments]


@login_required
@require_POST
def place(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a trainee a slot, or another one."""
    found = get_defence_day(request.user, uuid)
    try:
        slot = (
            found.slots.select_related("day__part", "day__cohort")
            .filter(uuid=UUID(request.POST.get("slot", "")))
            .first()
        )
        person = found.cohort.enrolments.select_related("cohort__organisation", "user").filter(
            uuid=UUID(request.POST.get("enrolment", ""))
        ).first()  # fmt: skip
        work = request.POST.get("work", "")
        submission = Submission.objects.filter(uuid=UUID(work), enrolment=person).first() if work else None
    except ValueError as error:
        raise Http404 from error
    if slot is None or person is None:
        raise Http404
    slot.day = found
    try:
        standing = Defence.objects.on_the_way().with_everything().filter(enrolment=person, part=found.part).first()
        if standing is not None:
            standing.move_to(slot, by=request.user, at=now(), staff=True)
        elif submission is not None:
            Defence.book(person, slot, submission, by=request.user, at=now(), staff=True)
        else:
            raise WrongState(_("This work product can't be defended yet."), obj=found)
    except WrongState as late:
        messages.warning(request, late.message)
    else:
        messages.success(request, _("The slot is given; the trainee is told by mail."))
    return redirect(found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask somebody onto the panel; whoever has no account is invited."""
    found = get_defence_day(request.user, uuid)
    form = SeatForm(request.POST or None, day=found)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                person, _new = person_for(data["email"], data["full_name"].strip())
                if person.pk == request.user.pk:
                    raise WrongState(_("Who arranges the day can't sit on its panel."), obj=found)
                found.seat(
                    person, role=data["role"], capacity=data["capacity"], stands_in_for=data["stands_in_for"], by=request.user,
                    at=now(),
                )  # fmt: skip
        except WrongState as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The seat is given; the person is told by mail."))
            return redirect(found)
    context = {"day": found, "form": form}
    return render(request, "assessments/defence_seat.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unseat(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then take a member off the panel."""
    found = get_seat_to_remove(request.user, uuid)
    if request.method == "POST":
        found.leave(by=request.user, at=now())
        messages.success(request, _("The person no longer sits on the panel."))
        return redirect(found.day)
    return render(request, "assessments/defence_unseat.html", {"seat": found, "day": found.day})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_day(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then take the day off."""
    found = get_defence_day(request.user, uuid)
    if request.method == "POST":
        found.cancel(by=request.user, at=now())
        messages.success(request, _("The day is cancelled."))
        return redirect("defence_list")
    return render(request, "assessments/defence_day_cancel.html", {"day": found})


@login_required
@require_safe
def export(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The day's list as CSV."""
    found = get_defence_day(request.user, uuid)
    return _export(request, [found], f"defences-{found.cohort.code}-{localtime(found.starts_at):%Y%m%d}")


@login_required
@require_safe
def day_calendar(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The day's defences as calendar events, for its registrar."""
    return calendar_response(calendar_name(), day_events(get_defence_day(request.user, uuid)), at=now())


def _export(request: HttpRequest, days: list[DefenceDay], name: str) -> HttpResponse:
    """Every slot of the days. Personal data, so it is logged for each day."""
    for one in days:
        log(one, "assessments.defence.export", by=request.user, organisation=one.cohort.organisation)
    found = (
        Defence.objects.with_everything()
        .filter(slot__day__in=days)
        .exclude(status="cancelled")
        .select_related("result")
    )
    held = {defence.slot_id: defence for defence in found}
    lines = []
    for one in days:
        for slot in one.slots.all():
            defence = held.get(slot.pk)
            result = getattr(defence, "result", None)
            lines.append([
                one.cohort.code, one.part.title, f"{localtime(slot.starts_at):%Y-%m-%d %H:%M}",
                f"{localtime(slot.ends_at):%H:%M}", one.place or one.link,
                *([defence.enrolment.user.full_name, defence.enrolment.user.email, defence.submission.assignment.item.title,
                   defence.attempt, defence.get_status_display()] if defence else [""] * 5),
                result.total if result else None, {True: _("passed"), False: _("not passed"), None: ""}[result and result.passed],
            ])  # fmt: skip
    headings = [
        _("Cohort"), _("Part"), _("Begins"), _("Ends"), pgettext("defence", "Place"), _("Trainee"), _("E-mail"),
        _("Work product"), _("Attempt"), _("State"), _("Points of 100"), _("Result"),
    ]  # fmt: skip
    return csv_response(f"{name}.csv", headings, lines)
