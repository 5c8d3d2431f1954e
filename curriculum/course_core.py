"""The national core in a base's course: including it, putting lessons and cases in order, answering a newer release.

Each verb changes the course's draft only; what is taught changes when the draft has gone through review.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .cases import block_list
from .models import CoreAnswer, CoreInclusion, CoreRelease, CoursePage


@dataclass(frozen=True)
class Offer:
    """A newer release of a page that a course's draft includes. answer: what the base said to it, if it did."""

    course: CoursePage
    old: CoreRelease
    new: CoreRelease
    answer: CoreAnswer | None = None

    @property
    def waiting(self) -> bool:
        return self.answer is None or self.answer.decision == CoreAnswer.Decision.ACCEPTED  # accepted, then gone back


def included_in(course: CoursePage) -> list[dict[str, Any]]:
    """Return the inclusions of the course's draft as its revision holds them: [{page, release, required, …}]."""
    if course.latest_revision is None:
        return []
    return course.latest_revision.content.get("core_inclusions", [])


def offers_for(courses: Iterable[CoursePage]) -> list[Offer]:
    """Return every newer release that the courses' drafts could take, by course and then by page: four queries at most.

    courses: with `latest_revision` loaded.
    """
    named = [(course, line["release"]) for course in courses for line in included_in(course)]
    if not named:
        return []
    old = CoreRelease.objects.in_bulk({pk for _course, pk in named})
    latest = {r.page_id: r for r in CoreRelease.objects.latest().filter(page__in={r.page_id for r in old.values()})}
    found = []
    for course, pk in named:
        release = old[pk]
        if latest[release.page_id].number > release.number:
            found.append(Offer(course, release, latest[release.page_id]))
    if not found:
        return []
    answers: dict[tuple[int, int], CoreAnswer] = {}
    given = CoreAnswer.objects.filter(
        course__in={offer.course.pk for offer in found}, release__in={offer.new.pk for offer in found}
    )
    for answer in given.order_by("answered_at", "pk"):
        answers[answer.course_id, answer.release_id] = answer
    return [Offer(o.course, o.old, o.new, answers.get((o.course.pk, o.new.pk))) for o in found]


def offer_of(course: CoursePage, release: CoreRelease) -> Offer | None:
    """Return the offer of that release to that course, if there is one."""
    return next((offer for offer in offers_for([course]) if offer.new.pk == release.pk), None)


def include(course: CoursePage, release: CoreRelease, *, by: User, at: datetime) -> None:
    """Put a released core page into the draft of a course, at the end of its kind.

    Raises WrongState when the page is in it already, belongs to another level, has a newer release, or the base is not
    accredited for the level.
    """
    with transaction.atomic():
        course, draft = _locked_draft(course)
        organisation = course.get_parent().specific.organisation
        if not organisation.is_accredited_for(release.level.code, timezone.localdate(at)):
            raise WrongState(_("This training base is not accredited for the level of the course."), obj=course)
        if draft.level_id != release.level_id:
            raise WrongState(_("This core page belongs to another level than the course."), obj=course)
        if CoreRelease.objects.filter(page=release.page_id, number__gt=release.number).exists():
            raise WrongState(_("There is a newer version of this core page; include that one."), obj=course)
        lines = list(draft.core_inclusions.all())
        if any(line.page_id == release.page_id for line in lines):
            raise WrongState(_("This core page is in the course already."), obj=course)
        new = CoreInclusion(page_id=release.page_id, release=release, required=True, sort_order=len(lines))
        draft.core_inclusions = [*lines, new]
        draft.save_revision(user=by)
        log(course, "curriculum.core.include", by=by, organisation=organisation, release=release.pk)


def take_out(course: CoursePage, page_id: int, *, by: User, at: datetime) -> None:
    """Take a core page out of the draft of a course, and out of its assessment parts.

    Raises WrongState when it is not in it (any more).
    """
    with transaction.atomic():
        course, draft = _locked_draft(course)
        lines = list(draft.core_inclusions.all())
        kept = [line for line in lines if line.page_id != page_id]
        if len(kept) == len(lines):
            raise WrongState(_("This core page is not in the course."), obj=course)
        draft.core_inclusions = kept
        draft.teaching_order = [pk for pk in draft.teaching_order if pk != page_id]
        _set_part(draft, {page_id: ""})
        draft.save_revision(user=by)
        log(course, "curriculum.core.take_out", by=by, organisation=course.get_parent().specific.organisation,
            page=page_id)  # fmt: skip


def arrange(
    course: CoursePage, order: list[int], *, cases: dict[int, tuple[bool, str]], seen: int | None, by: User, at: datetime
) -> bool:
    """Set the order of lessons and cases, and for included core cases whether they are required and in which part.

    order: page ids in teaching order. cases: {page id: (required, key of the part or "")}. seen: the revision that was
    looked at. Returns whether anything changed. Raises WrongState when the draft was changed meanwhile.
    """
    with transaction.atomic():
        course, draft = _locked_draft(course)
        if seen is not None and seen != course.latest_revision_id:
            raise WrongState(_("The course was changed meanwhile; look at it again before you put it in order."), obj=course)
        before = json.dumps(draft.serializable_data(), default=str, sort_keys=True)
        draft.teaching_order = order
        lines = list(draft.core_inclusions.all())
        for line in lines:
            if line.page_id in cases:
                line.required = cases[line.page_id][0]
        draft.core_inclusions = lines
        own = {line.page_id for line in lines}
        _set_part(draft, {page: part for page, (_required, part) in cases.items() if page in own})
        if json.dumps(draft.serializable_data(), default=str, sort_keys=True) == before:
            return False
        draft.save_revision(user=by)
        log(course, "curriculum.course.arrange", by=by, organisation=course.get_parent().specific.organisation)
    return True


def accept(course: CoursePage, release: CoreRelease, *, by: User, at: datetime) -> CoreAnswer:
    """Let the draft of the course include this newer release. Raises WrongState when it is not on offer (any more)."""
    with transaction.atomic():
        course, draft = _locked_draft(course)
        offer = _require_offer(course, release)
        lines = list(draft.core_inclusions.all())
        for line in lines:
            if line.page_id == release.page_id:
                line.release = release
        draft.core_inclusions = lines
        draft.save_revision(user=by)
        return _answer(offer, CoreAnswer.Decision.ACCEPTED, "", by=by, at=at)


def decline(course: CoursePage, release: CoreRelease, *, reason: str, by: User, at: datetime) -> CoreAnswer:
    """Keep the older release and say why; the authority reads it. A later release is offered again.

    Raises WrongState when it is not on offer (any more), has been declined already, or no reason is given.
    """
    if not reason.strip():
        raise WrongState(_("Say why you keep the older version; the authority reads it."), obj=course)
    with transaction.atomic():
        course, _draft = _locked_draft(course)
        offer = _require_offer(course, release)
        if not offer.waiting:
            raise WrongState(_("You have declined this version already."), obj=course)
        return _answer(offer, CoreAnswer.Decision.DECLINED, reason, by=by, at=at)


def _locked_draft(course: CoursePage) -> tuple[CoursePage, CoursePage]:
    """The course row, held against others, and its draft."""
    held = CoursePage.objects.select_for_update(of=("self",)).get(pk=course.pk)
    return held, held.get_latest_revision_as_object()


def _require_offer(course: CoursePage, release: CoreRelease) -> Offer:
    offer = offer_of(course, release)
    if offer is None:
        raise WrongState(_("This version is not on offer to the course any more."), obj=course)
    return offer


def _answer(offer: Offer, decision: str, reason: str, *, by: User, at: datetime) -> CoreAnswer:
    answer = CoreAnswer.objects.create(
        course=offer.course, release=offer.new, instead_of=offer.old, decision=decision, reason=reason, answered_at=at,
        answered_by=by,
    )  # fmt: skip
    log(offer.course, f"curriculum.core.{'accept' if decision == 'accepted' else 'decline'}", by=by,
        organisation=offer.course.get_parent().specific.organisation, release=offer.new.pk)  # fmt: skip
    return answer


def _set_part(draft: CoursePage, parts: dict[int, str]) -> None:
    """Put each case into the part with that key and out of every other; "" puts it into none."""
    if not parts:
        return
    blocks = draft.parts.get_prep_value()
    for block in blocks:
        value = block["value"]
        kept = [item for item in value.get("cases") or [] if block_list([item])[0] not in parts or
                parts[block_list([item])[0]] == value["key"]]  # fmt: skip
        there = {block_list([item])[0] for item in kept}
        kept += [page for page, key in parts.items() if key == value["key"] and page not in there]
        value["cases"] = kept
    draft.parts = CoursePage.parts.field.stream_block.to_python(blocks)
