"""Due times and lateness in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .lateness import CLOSED, NOTHING, POINTS, UNTIL, Rule, started_days


def moment(at: datetime | str) -> str:
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def length(seconds: int) -> str:
    """How long in two units at most: "2 days 3 h", "3 h 20 min", "40 s"."""
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    parts = [
        ngettext("%(n)s day", "%(n)s days", days) % {"n": days} if days else "",
        _("%(n)s h") % {"n": hours} if hours else "",
        _("%(n)s min") % {"n": minutes} if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part) or _("%(n)s s") % {"n": seconds}


def penalty(terms: Mapping[str, Any]) -> str:
    """What is taken off for a late hand-in. terms: kind, per_day, cap, floor."""
    if terms["kind"] == NOTHING:
        return _("nothing is taken off")
    amount = {"amount": plain(terms["per_day"])}
    if terms["kind"] == POINTS:
        said = [_("%(amount)s points for each day begun") % amount]
    else:
        said = [_("%(amount)s%% of the score for each day begun") % amount]
    if terms["cap"] is not None:
        most = {"amount": plain(terms["cap"])}
        said.append(_("at most %(amount)s points") % most if terms["kind"] == POINTS else _("at most %(amount)s%%") % most)
    if Decimal(str(terms["floor"])):
        said.append(_("never below %(amount)s points") % {"amount": plain(terms["floor"])})
    return _(", ").join(said)


def plain(value: Any) -> str:
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def policy(rule: Rule) -> str:
    """What follows when it comes later than the due time."""
    if rule.accept == CLOSED:
        return _("later work is not taken")
    terms = {"kind": rule.kind, "per_day": rule.per_day, "cap": rule.cap, "floor": rule.floor}
    if rule.accept == UNTIL and rule.until:
        return _("taken until %(until)s: %(penalty)s") % {"until": moment(max(rule.until, rule.due)), "penalty": penalty(terms)}
    return _("later work is taken: %(penalty)s") % {"penalty": penalty(terms)}


def handed_in(late: Mapping[str, Any]) -> str:
    """How the hand-in stood to the due time; "" where there was none."""
    if not late:
        return ""
    due = moment(late["due"]) + (" " + _("(extended for this person)") if late["extended"] else "")
    if not late["seconds"]:
        return _("in time; due %(due)s") % {"due": due}
    return _("%(length)s after the due time %(due)s") % {"length": length(late["seconds"]), "due": due}


def rule_of(late: Mapping[str, Any]) -> str:
    """The rule behind a deduction, with how often it was applied."""
    days = started_days(late["seconds"])
    counted = ngettext("%(n)s day begun", "%(n)s days begun", days) % {"n": days}
    return f"{penalty(late)} · {counted}"

