"""Reading the audit log: Wagtail's two tables (objects, pages) as one list, newest first, within a scope."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry, PageLogEntry

from .models import Consent, Organisation, Role, User

# Words for what an entry tells beside its action; a key that is not here is shown as it is.
DETAILS = {
    "person": _("person"), "role": _("role"), "valid_from": _("from"), "valid_until": _("until"),
    "reason": _("reason"), "fields": _("fields"), "kind": _("kind"), "text_version": _("text version"),
    "trainees": pgettext_lazy("audit log", "trainees"),
    "copy": pgettext_lazy("audit log", "copy"),
    "stage": pgettext_lazy("audit log", "stage"),
    "seat": pgettext_lazy("audit log", "seat"),
    "hash": pgettext_lazy("audit log", "fingerprint"),
    "number": pgettext_lazy("audit log", "number"),
    "rule": pgettext_lazy("audit log", "rule"),
    "code": pgettext_lazy("audit log", "what was found"),
    "witness": pgettext_lazy("audit log", "witness"),
    "others": pgettext_lazy("audit log", "together with"),
    "rows": pgettext_lazy("audit log", "rows"),
    "hours": pgettext_lazy("audit log", "hours"),
    "repair": pgettext_lazy("audit log", "repair"),
    "given": pgettext_lazy("audit log", "given"),
    "changes": pgettext_lazy("audit log", "changes"),
    "replaces": pgettext_lazy("audit log", "in place of"),
    "alerts": pgettext_lazy("audit log", "news"),
    "team": pgettext_lazy("audit log", "team table"),
    "batch": pgettext_lazy("audit log", "batch"),
    "came_of_it": pgettext_lazy("audit log", "came of it"),
    "still_there": pgettext_lazy("audit log", "still there"),
    "starts": pgettext_lazy("audit log", "starts"),
    "people": pgettext_lazy("audit log", "people"),
    "shows_name": pgettext_lazy("audit log", "shows the name"),
    "certificates": pgettext_lazy("audit log", "certificates"),
    "level": pgettext_lazy("audit log", "level"),
    "status": pgettext_lazy("audit log", "state"),
    "outcome": pgettext_lazy("audit log", "outcome"),
    "why": pgettext_lazy("audit log", "reason"),
    "key": pgettext_lazy("audit log", "key"),
    "answer": pgettext_lazy("audit log", "answer"),
    "scopes": pgettext_lazy("audit log", "scopes"),
    "months": pgettext_lazy("audit log", "months"),
    "days": pgettext_lazy("audit log", "days"),
    "day": pgettext_lazy("audit log", "day"),
    "percent": pgettext_lazy("audit log", "percent"),
    "version": pgettext_lazy("audit log", "version"),
    "new": pgettext_lazy("audit log", "new certificate"),
    "sampled": pgettext_lazy("audit log", "drawn by lot"),
    "prefix": pgettext_lazy("audit log", "begins with"),
}  # fmt: skip

# Words for what `kind` says of a change of imported records; a label is kept as it was written, in whatever language.
KINDS = {
    "correct": _("correct one record"), "withdraw": _("take one record back"), "withdraw_all": _("take the whole import back"),
}  # fmt: skip

COLUMNS = ["timestamp", "action", "user_id", "content_type_id", "label", "thing", "data", "source", "pk"]


@dataclass(frozen=True)
class Entry:
    """One line, ready to be shown. `person` is None for deeds of the system; `details` are pairs without ids."""

    at: datetime
    action: str
    action_label: str
    person: User | None
    label: str
    organisation: Organisation | None
    details: list[tuple[str, Any]]


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def entries(
    scope: set[int] | None, *, action: str = "", person: User | None = None, since: date | None = None,
    until: date | None = None,
) -> QuerySet:  # fmt: skip
    """Return rows (dicts of `COLUMNS`) of what was done for the organisations of the scope (None: everything)."""
    filters: dict[str, Any] = {}
    if scope is not None:
        filters["data__organisation__in"] = sorted(scope)
    if action:
        filters["action"] = action
    if person:
        filters["user_id"] = person.pk
    if since:
        filters["timestamp__gte"] = _start(since)
    if until:
        filters["timestamp__lt"] = _start(until + timedelta(days=1))
    parts = []
    for model, source, key in ((ModelLogEntry, "object", "object_id"), (PageLogEntry, "page", "page_id")):
        thing = Cast(F(key), CharField(max_length=255))
        rows = model.objects.order_by().filter(**filters).annotate(source=Value(source), thing=thing)
        parts.append(rows.values(*COLUMNS))
    return parts[0].union(parts[1], all=True).order_by("-timestamp", "-pk")


def actions() -> list[tuple[str, str]]:
    """Return our own registered actions with their words, by the words."""
    own = [(name, str(label)) for name, label in registry.get_choices() if name.count(".") >= 2]
    return sorted(own, key=lambda pair: pair[1])


def _said(value: Any) -> Any:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return ", ".join(str(one) for one in value) if isinstance(value, list) else value


def readable(rows) -> list[Entry]:
    """Turn rows into entries, with people and organisations: two queries however many rows."""
    rows = list(rows)
    users = User.objects.in_bulk({row["user_id"] for row in rows if row["user_id"]})
    about = {row["data"].get("person") for row in rows if isinstance(row["data"], dict)} - {None}
    named = User.objects.in_bulk({pk for pk in about if isinstance(pk, int)}) if about else {}
    wanted = {row["data"].get("organisation") for row in rows if isinstance(row["data"], dict)}
    organisations = Organisation.objects.in_bulk({pk for pk in wanted if isinstance(pk, int)})
    found = []
    for row in rows:
        data = dict(row["data"] or {})
        organisation = organisations.get(data.pop("organisation", None))
        if data.get("role") in Role:
            data["role"] = Role(data["role"]).label
        if data.get("kind") in Consent.Kind:
            data["kind"] = Consent.Kind(data["kind"]).label
        elif data.get("kind") in KINDS:
            data["kind"] = KINDS[data["kind"]]
        if isinstance(data.get("fields"), list):
            data["fields"] = ", ".join(str(name) for name in data["fields"])
        if "person" in data:
            data["person"] = named.get(data["person"]) or f"#{data['person']}"
        label = registry.get_action_label(row["action"]) if registry.action_exists(row["action"]) else row["action"]
        found.append(
            Entry(
                at=row["timestamp"], action=row["action"], action_label=str(label), person=users.get(row["user_id"]),
                label=row["label"], organisation=organisation,
                details=[
                    (DETAILS.get(key, key.replace("_", " ")), _said(value))
                    for key, value in data.items()
                    if value not in (None, "", [])
                ],
            )
        )  # fmt: skip
    return found
