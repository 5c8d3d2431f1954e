"""Anchor scripts of the sample site: two to practise on, two to qualify on, and terms that put one into the queue."""

from pathlib import Path
from typing import Any

import yaml

from assessments.models import AnchorConsent, AnchorScript, AnchorTerms, Submission

from . import cast

COPIED, WRITTEN = "gas-water-heater", "demand-diagnosis"
QUALIFYING = ["invention-disclosure", "contract-registration"]


def make(seeding: Any, folder: Path) -> None:
    """All of them are set by the base's moderator and confirmed by an officer of the authority."""
    seeding.say("sample site: anchor scripts to practise and qualify on")
    works = {work.assignment.item.page.slug: work for work in _works(seeding)}
    if COPIED in works:
        told = _read(folder, COPIED)
        _set(seeding, _copy(seeding, works[COPIED], told["title"]), told)
    if WRITTEN in works:
        told, task = _read(folder, WRITTEN), works[WRITTEN].assignment
        anchor = AnchorScript.of_text(
            task, organisation=seeding.orgs[cast.BASE.slug], title=told["title"], by=seeding.who(cast.MODERATOR),
            at=seeding.ago(20),
        )
        _set(seeding, anchor, told, typed=works[WRITTEN].fields | told["fields"])
    for slug in QUALIFYING:
        if slug in works:
            told = _two_voices(seeding.answers(works[slug].assignment)["marks"])
            _set(seeding, _copy(seeding, works[slug], works[slug].assignment.item.title), told)
    AnchorTerms(scripts=2, within=1, seeded_every=10, source="示例:主管机构标杆卷规定").put_in_force(
        by=seeding.who(cast.OFFICER), at=seeding.ago(18)
    )


def _works(seeding: Any):
    """The graduate's released works."""
    found = Submission.objects.filter(enrolment__user=seeding.who(cast.GRADUATE), status="released", team=None)
    return found.select_related("assignment__item__page", "assignment__rubric", "run")


def _read(folder: Path, slug: str) -> dict[str, Any]:
    return yaml.safe_load((folder / "anchors" / f"{slug}.yaml").read_text("utf-8"))


def _two_voices(marks: dict[str, Any]) -> dict[str, Any]:
    """What two assessors wrote, as agreed bands: the first one's bands, with what both say of each criterion."""
    first, second = marks["first"], marks["second"]
    agreed = {
        key: {"points": score["points"], "comment": score["comment"] + second["scores"][key]["comment"]}
        for key, score in first["scores"].items()
    }
    return {
        "purposes": ["for_qualification", "for_seeding"], "agreed": agreed, "note": f"{first['comment']}{second['comment']}"
    }


def _copy(seeding: Any, work: Submission, title: str) -> AnchorScript:
    AnchorConsent.say(work, given=True, at=seeding.ago(21))
    base = seeding.orgs[cast.BASE.slug]
    return AnchorScript.copy_of(work, organisation=base, title=title, by=seeding.who(cast.MODERATOR), at=seeding.ago(20))


def _set(seeding: Any, anchor: AnchorScript, told: dict[str, Any], *, typed: dict | None = None) -> None:
    draft = {"scores": told["agreed"], "comment": told["note"], "reason": ""}
    anchor.write(title=anchor.title, purposes=told["purposes"], draft=draft, typed=typed, number=0)
    anchor.propose(by=seeding.who(cast.MODERATOR), at=seeding.ago(20))
    anchor.confirm(by=seeding.who(cast.OFFICER), seen=anchor.content_hash, at=seeding.ago(19))
