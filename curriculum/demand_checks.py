"""What has to hold of the cases of a course before it is taught, beside what the syllabus asks: the firm behind a case
consents, its embargo is over, nothing of it remains that may not, it has approved; no case is retired or leaked."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from wagtail.documents import get_document_model

from lms.lib.errors import WrongState
from lms.lib.hashing import file_hash

from .alignment import Gap
from .contents import NOT_CONTENT, Entry, file_ids, gaps_of, page_hash, parts_of, places_left_empty
from .frames import Frame
from .leftovers import Leftover, Secret, leftovers, secrets_of
from .models.case_events import CaseEvent, states_of
from .models.case_origin import CaseApproval, CaseOrigin
from .models.demands import Demand
from .models.translation import TranslationSegment
from .portable import Names

NOT_SEARCHED = NOT_CONTENT | {"legally_valid_on", "author"} - {"draft_title", "seo_title", "search_description"}
TEMPLATES = {"deliverable", "rubric"}  # words of ours mostly, full of small numbers


def review_gaps(
    entries: list[Entry], frame: Frame | None = None, *, day: date | None = None,
    look: Callable[[Entry], list[str]] = places_left_empty,
) -> list[Gap]:  # fmt: skip
    """Return everything that stands in the way of a course: `contents.gaps_of`, then what the firms behind its cases and
    the case bank say. Three queries more than that when no case rests on a demand. day: of publication, if it is known."""
    return [*gaps_of(entries, frame, look=look), *demand_gaps(entries, day=day), *bank_gaps(entries)]


def bank_gaps(entries: list[Entry]) -> list[Gap]:
    """Return cases that are retired, or leaked: with answers or rubric in public a case can't stand in an assessment part,
    any other leak is a warning."""
    cases = {entry.page.pk: entry for entry in entries if entry.kind == "case"}
    states = states_of(list(cases)) if cases else {}
    assessed = {page for part in parts_of(entries) for page in part["cases"]} if cases else set()
    found = []
    for pk, entry in cases.items():
        state = states[pk]
        if state.retired:
            found.append(_gap("case_retired", entry, state.retired.reason))
        if state.leaks:
            bad = state.worst == CaseEvent.Severity.HIGH and pk in assessed
            found.append(_gap("case_leaked", entry, state.leaks[-1].reason, blocking=bad))
    return found


def secrets_in(demand: Demand) -> list[Secret]:
    """Return what the demand's level of anonymity forbids in a case."""
    contact = demand.contact
    firm = demand.organisation
    values = [row["value"] for row in demand.indicators]
    return secrets_of(
        demand.anonymity, names=[firm.name, firm.name_en], place=demand.region,
        contact=[contact.get("name", ""), contact.get("phone", ""), contact.get("email", "")],
        texts=[demand.title, demand.problem, demand.present_state, demand.ip_note], values=values,
    )  # fmt: skip


def origins_of(entries: Iterable[Entry]) -> dict[int, CaseOrigin]:
    """Return the origins of cases that rest on a demand, by the page's id: one query."""
    pages = [entry.page.pk for entry in entries if entry.kind == "case"]
    rows = CaseOrigin.objects.filter(page__in=pages, demand__isnull=False).select_related("demand__organisation")
    return {origin.page_id: origin for origin in rows} if pages else {}


def demand_gaps(entries: list[Entry], *, day: date | None = None) -> list[Gap]:
    """Return what of the firms behind the cases of a course stands in the way: consent withdrawn, embargo, leftovers of
    the firm, its approval. One query when no case rests on a demand.

    day: the day of publication; while it is not known, an embargo that still holds is a warning.
    """
    origins = origins_of(entries)
    cases = [entry for entry in entries if entry.kind == "case" and entry.page.pk in origins]
    if not cases:
        return []
    names = Names([entry.content for entry in cases])
    approved = set(
        CaseApproval.objects.filter(origin__in=origins.values(), status=CaseApproval.Status.APPROVED).values_list(
            "origin", "content_hash"
        )
    )
    found: list[Gap] = []
    for entry in cases:
        origin = origins[entry.page.pk]
        demand = origin.demand
        if demand.status == Demand.Status.WITHDRAWN:
            found.append(_gap("demand_withdrawn", entry))
            continue
        if demand.is_embargoed(day or localdate()):
            found.append(_gap("demand_embargo", entry, demand.embargo_until.isoformat(), blocking=day is not None))
        found += [_gap("demand_leftover", entry, f"{left.kind}|{left.text}|{left.where}") for left in leftovers_of(entry, demand)]
        if (origin.pk, page_hash(entry.content, names=names)) not in approved:
            found.append(_gap("demand_approval", entry))
    return found


def guard(entries: list[Entry], *, day: date) -> None:
    """The last word before an edition is frozen, whoever froze it. Raises WrongState."""
    if found := demand_gaps(entries, day=day):
        raise WrongState("; ".join(str(gap) for gap in found), obj=entries[0].page)


def _gap(kind: str, entry: Entry, detail: str = "", *, blocking: bool = True) -> Gap:
    title, english = entry.content["title"], entry.content.get("title_en", "")
    return Gap(kind, "", title, english, blocking, detail, str(entry.page.pk))


def leftovers_of(entry: Entry, demand: Demand) -> list[Leftover]:
    """Return what of the firm remains on the page: in any of its texts, in its address, in the names of its files, in
    attachments that may not be shown, in its English."""
    content = entry.content
    secrets = secrets_in(demand)
    places = [(where, text) for where, text in _texts(content) if where not in TEMPLATES]
    places.append(("slug", content.get("slug") or ""))
    _images, documents = file_ids(content)
    shown = list(get_document_model().objects.filter(pk__in=documents)) if documents else []
    places += [("documents", f"{document.title} {document.filename}") for document in shown]
    english = TranslationSegment.objects.filter(translation__page=entry.page.pk).exclude(target="")
    places += [("English", text) for text in english.values_list("target", flat=True)]
    templates = [(where, text) for where, text in _texts(content) if where in TEMPLATES]
    found = leftovers(places, secrets)
    found += leftovers(templates, [secret for secret in secrets if secret.kind != "number"])
    if shown and not demand.exhibits_shown:
        kept = dict(demand.files.values_list("sha256", "name"))
        for document in shown:
            with document.file.open("rb") as stream:
                if (found_name := kept.get(file_hash(stream))) is not None:
                    found.append(Leftover("file", found_name, "documents"))
    return found


def _texts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a page with the field it stands in; whatever blocks it has."""
    for name, value in content.items():
        if name in NOT_SEARCHED:
            continue
        if isinstance(value, str) and value[:1] in "[{":
            try:
                value = json.loads(value)
            except ValueError:
                pass
        yield from ((name, text) for text in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            if key not in ("id", "type"):
                yield from _strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child)
