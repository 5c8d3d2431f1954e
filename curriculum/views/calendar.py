"""The content calendar: a month with its list, and the same for calendar programs under a private address."""

from calendar import Calendar
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User

from ..agenda import KINDS, events_for
from ..icalendar import calendar
from ..models import CalendarToken
from ..permissions import organisations_of_calendar, user_has_review_tasks

BACK, AHEAD = timedelta(days=92), timedelta(days=400)  # what a calendar program gets


@login_required
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """One month, Monday first: the weeks as a table, the days with something in them as a list. By kind and base."""
    if not user_has_review_tasks(request.user):
        raise PermissionDenied
    today = localdate()
    first = _first_day(request.GET.get("month", ""), today)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    organisations = list(organisations_of_calendar(request.user))
    kind, base = request.GET.get("kind", ""), request.GET.get("base", "")
    chosen = [org for org in organisations if org.slug == base] or organisations
    events = events_for(chosen, weeks[0][0], weeks[-1][-1])
    if kind in KINDS:
        events = [event for event in events if event.kind == kind]
    by_day: dict[date, list] = {}
    for event in events:
        by_day.setdefault(event.day, []).append(event)
    context = {
        "first": first,
        "before": first - timedelta(days=1),
        "after": (first + timedelta(days=31)).replace(day=1),
        "today": today,
        "weeks": [
            [{"day": day, "events": by_day.get(day, []), "inside": day.month == first.month} for day in week]
            for week in weeks
        ],
        "weekdays": weeks[0],
        "days": [(day, found) for day, found in sorted(by_day.items()) if day.month == first.month],
        "kinds": KINDS.items(),
        "kind": kind,
        "bases": organisations,
        "base": base,
        "token": CalendarToken.objects.filter(user=request.user).first(),
        "site": settings.BASE_URL,
    }
    return render(request, "curriculum/content_calendar.html", context)


@login_required
@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """Make, renew or take back the private address."""
    if not user_has_review_tasks(request.user):
        raise PermissionDenied
    if "withdraw" in request.POST:
        CalendarToken.objects.withdraw(request.user)
        messages.success(request, _("The private address does not work any more."))
    else:
        CalendarToken.objects.renew(request.user)
        messages.success(request, _("This is your private address. One made before does not work any more."))
    return redirect("content_calendar")


@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever the address was made for, as far as their roles reach today. A wrong one is 404."""
    found = CalendarToken.objects.filter(token=token).select_related("user").first()
    user: User | None = found and found.user
    if user is None or not user.is_active or not user_has_review_tasks(user):
        raise Http404
    today = localdate()
    events = events_for(list(organisations_of_calendar(user)), today - BACK, today + AHEAD)
    lines = [
        {
            "uid": event.uid,
            "day": event.day,
            "at": event.at,
            "title": f"{event.kind_name}: {event.title}",
            "description": event.organisation,
            "url": settings.BASE_URL + event.url if event.url else "",
        }
        for event in events
    ]
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    response = HttpResponse(
        calendar(_("Content calendar"), lines, stamp=now(), host=host), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = 'inline; filename="content-calendar.ics"'
    return response


def _first_day(text: str, today: date) -> date:
    """Return the first of the month that "2026-06" names; of this month when it names none within reach."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if abs(first.year - today.year) <= 20 else today.replace(day=1)
