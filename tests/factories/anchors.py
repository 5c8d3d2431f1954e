"""Anchors made with the real verbs: released work whose trainee agreed, bands of one person, confirmed by another."""

from datetime import datetime
from typing import Any

from accounts.models import Role, User
from assessments.models import AnchorConsent, AnchorScript, AnchorTerms, AnchorTurn, Submission
from tests.factories.assessments import make_result, scores_for
from tests.factories.training import make_enrolment, make_person
from training.models import Cohort, Enrolment

ALL = AnchorScript.PURPOSES


def bands_for(work: Submission, bands: str | list[int] = "top") -> dict[str, Any]:
    scores = scores_for(work, bands, "因为指标写到了可以检验的程度。")
    return {"scores": scores, "comment": "这份作品说明了档次之间的界线。", "reason": ""}


def make_anchor(
    cohort: Cohort, by: User, *, at: datetime, bands: str | list[int] = "top", purposes: tuple[str, ...] = ALL,
    confirmed_by: User | None = None, enrolment: Enrolment | None = None, state: str = "confirmed",
) -> AnchorScript:  # fmt: skip
    """Return an anchor copied from released work of a new trainee; `state` may stop at "draft" or "proposed"."""
    work = make_result(enrolment or make_enrolment(cohort, at=at), at=at).submission
    AnchorConsent.say(work, given=True, at=at)
    anchor = AnchorScript.copy_of(work, organisation=cohort.organisation, title="标杆", by=by, at=at)
    anchor.write(title="标杆", purposes=purposes, draft=bands_for(work, bands), typed=None, number=0)
    if state != "draft":
        anchor.propose(by=by, at=at)
    if state == "confirmed":
        anchor.confirm(by=confirmed_by or make_person("外部复核"), seen=anchor.content_hash, at=at)
    return anchor


def make_terms(officer: User, *, at: datetime, **changes: Any) -> AnchorTerms:
    terms = AnchorTerms(**({"scripts": 2, "within": 2, "source": "示例"} | changes))
    terms.put_in_force(by=officer, at=at)
    return terms


def anchor_arguments(cohort: Cohort, cast: dict[str, Any], finished: Enrolment, *, at: datetime) -> dict[str, dict[str, Any]]:
    """What the URLs of anchors name: one that waits for a second person, a draft, work to copy, practice that is done."""
    work = Submission.objects.filter(enrolment=finished, status="released").order_by("pk").first()
    AnchorConsent.say(work, given=True, at=at)
    draft = AnchorScript.of_text(
        work.assignment, organisation=cohort.organisation, title="草稿", by=cast["moderator"], at=at
    )
    second = make_person("另一位复核", at_base=cohort.organisation, role=Role.MODERATOR)
    waiting = AnchorScript.of_text(
        work.assignment, organisation=cohort.organisation, title="待确认", by=second, at=at
    )
    waiting.write(title="待确认", purposes=("for_training",), draft=bands_for(work), typed=work.fields, number=0)
    waiting.propose(by=waiting.made_by, at=at)
    ready = AnchorScript.of_text(
        work.assignment, organisation=cohort.organisation, title="练习", by=cast["moderator"], at=at
    )
    ready.write(title="练习", purposes=("for_training",), draft=bands_for(work), typed=work.fields, number=0)
    ready.propose(by=cast["moderator"], at=at)
    ready.confirm(by=cast["officer"], seen=ready.content_hash, at=at)
    turn = AnchorTurn.practise(ready, cast["assessor"], at=at)
    turn.give_mark(scores_for(work), "", at=at)
    return {
        "anchor_begin": {"uuid": ready.uuid}, "anchor_compare": {"uuid": turn.uuid}, "anchor_consent": {"uuid": work.uuid},
        "anchor_copy": {"uuid": work.uuid}, "anchor_marker": {"uuid": cast["assessor"].uuid}, "anchor": {"uuid": waiting.uuid},
        "anchor_edit": {"uuid": draft.uuid}, "anchor_decide": {"uuid": waiting.uuid}, "anchor_retire": {"uuid": ready.uuid},
        "anchor_file": {"uuid": waiting.uuid, "place": 1},
        **{f"anchor_{name}": {} for name in ("practice", "list", "new", "terms", "markers")}, "qualification": {},
    }  # fmt: skip
