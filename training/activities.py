"""The SCORM activities of a lesson as its page launches them."""

import re
from typing import Any
from uuid import UUID

from django.utils.dateformat import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from curriculum.models import EditionItem, ErratumChange, ScormPackage
from curriculum.portable import stream
from curriculum.scorm_serving import address_of

from .models import Enrolment, ScormState
from .scorm import resumed

MARK = re.compile(r' data-scorm="')


def blocks_of(item: EditionItem | ErratumChange) -> dict[UUID, dict[str, Any]]:
    """{block: what the frozen lesson says of its package}: one query when the revision is not loaded."""
    found = {}
    for block in stream(item.content().get("body")):
        if block.get("type") == "scorm_package" and (said := block["value"].get("library")):
            found[UUID(block["id"])] = said
    return found


def activities_of(
    enrolment: Enrolment, item: EditionItem, shown: EditionItem | ErratumChange, body: str, *, saving: bool, own: bool
) -> list[dict[str, Any]]:
    """Return what the page's script needs for each activity; [] without a query for a lesson that has none.

    shown: the item, or what is shown instead of it since a correction; body: its HTML.
    """
    if not MARK.search(body):
        return []
    blocks = blocks_of(shown)
    base = enrolment.cohort.edition.organisation_id
    hashes = {said["sha256"] for said in blocks.values()}
    packages = {p.sha256: p for p in ScormPackage.objects.filter(organisation=base, sha256__in=hashes).defer("files")}
    states = {s.block: s for s in ScormState.objects.filter(enrolment=enrolment, item=item)} if own else {}
    found = []
    for block, said in blocks.items():
        if package := packages.get(said["sha256"]):
            state = states.get(block)
            found.append({
                "block": str(block), "title": package.title, "version": package.version, "src": address_of(package),
                "number": state.number if state else 0, "saving": saving, "state": words_of(state),
                "cmi": resumed(
                    state.cmi if state else {}, package.version, seconds=state.claimed_seconds if state else 0,
                    person=str(enrolment.uuid) if own else "preview", launch_data=package.sco["launch_data"],
                    mastery_score=package.sco["mastery_score"],
                ),
            })  # fmt: skip
    return found


def words_of(state: ScormState | None) -> str:
    """What the trainee sees below the activity."""
    if state is None:
        return ""
    words = [str(state.get_completion_display())]
    if state.success != "unknown":
        words.append(str(state.get_success_display()))
    if state.score is not None:
        words.append(_("score %(score)s of 100") % {"score": f"{state.score.normalize():f}"})
    words.append(_("Saved at %(time)s") % {"time": time_format(localtime(state.saved_at), "H:i:s")})
    return " · ".join(words)
