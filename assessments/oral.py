"""What pages of a defence show: the work product with its decisions, the votes once they may be seen, the calendar."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from curriculum.icalendar import calendar
from lms.lib.language import local

from . import productform
from .checks.words import kept_report
from .models import Defence, DefenceDay, DefenceVote, Submission
from .play import trace_steps


def work_shown(submission: Submission, *, marks: bool) -> dict[str, Any]:
    """The work product as the panel reads it. marks: whether the rules show its released result."""
    shared = submission.work
    script = shared.run.script()
    return {
        "deliverable": script.deliverable,
        "fields": productform.draw(script.deliverable, shared.fields),
        "report": kept_report(script.deliverable, shared.checks),
        "files": [(file, place) for place, file in enumerate(shared.current_files(), 1)],
        "trace": trace_steps(script, list(shared.run.decisions.all())),
        "work_result": submission.result if marks else None,
    }


def votes_shown(defence: Defence) -> list[DefenceVote]:
    """The votes that the panel and the registrar may see: of rounds that are closed."""
    votes = defence.votes.select_related("seat__user")
    return list(votes if defence.is_closed else votes.filter(round__lt=defence.round))


def vote_lines(defence: Defence, votes: Iterable[DefenceVote]) -> list[dict[str, Any]]:
    """Each vote under a letter, with its bands: {letter, vote, bands: [(criterion, band)]}. The names are in `vote.seat`."""
    criteria = defence.part.rubric.lines()
    letters: dict[int, str] = {}
    lines = []
    for vote in votes:
        letter = letters.setdefault(vote.seat_id, chr(ord("A") + len(letters)))
        bands = [
            (line, next((band for band in line.bands.all() if band.points == vote.points.get(line.key)), None))
            for line in criteria
        ]
        lines.append({"letter": letter, "vote": vote, "bands": bands})
    return lines


def event_of(defence: Defence, *, url: str, named: bool) -> dict[str, Any]:
    """One defence as an event of a calendar. named: with the trainee's name."""
    title = local(defence.part, "title")
    if named:
        title = f"{title} – {defence.enrolment.user.full_name}"
    day = defence.day
    return {
        "uid": f"defence-{defence.uuid}", "day": localdate(defence.slot.starts_at), "at": defence.slot.starts_at,
        "until": defence.slot.ends_at, "title": title,
        "description": "\n".join(part for part in (day.place, day.link, day.note) if part), "url": settings.BASE_URL + url,
    }  # fmt: skip


def calendar_response(name: str, events: Iterable[dict[str, Any]], *, at: datetime) -> HttpResponse:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    text = calendar(name, events, stamp=at, host=host)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="defence.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


def day_events(day: DefenceDay) -> list[dict[str, Any]]:
    """The day's defences with names, for its registrar and panel."""
    found = Defence.objects.with_everything().filter(slot__day=day, status__in=["booked", "voting", "decided"])
    return [event_of(one, url=reverse("defence", args=[one.uuid]), named=True) for one in found]


def calendar_name() -> str:
    return _("Defences")
