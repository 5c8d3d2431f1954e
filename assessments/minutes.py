"""The end of a defence: the chair closes the vote, the members sign the minutes, the registrar releases the result."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash

from .models import Defence, Minutes, MinutesSignature, PanelSeat, PartResult
from .panel import Decision
from .scoring import agreed_points
from .signals import part_result_released


def close_vote(defence: Defence, *, notes: str, by: PanelSeat, at: datetime) -> Decision:
    """Close the round: what it came to. A tie may open the second round; else the minutes are written.

    notes: questions and answers, in the chair's words. Raises WrongState below the quorum, or when it was closed already.
    """
    decision = defence.decision()
    if decision.state == "no_quorum":
        text = _("%(given)s of at least %(quorum)s votes have been given.")
        given = decision.votes_for + decision.votes_against
        raise WrongState(text % {"given": given, "quorum": decision.quorum}, obj=defence)
    with transaction.atomic():
        here = Defence.objects.filter(pk=defence.pk, status=Defence.Status.VOTING, round=defence.round)
        if decision.state == "again":
            if not here.update(round=defence.round + 1):
                raise WrongState(_("The vote has been closed meanwhile."), obj=defence)
        elif not here.update(status=Defence.Status.DECIDED):
            raise WrongState(_("The vote has been closed meanwhile."), obj=defence)
        else:
            content = minutes_content(defence, decision, notes=notes, at=at)
            Minutes.objects.create(
                defence=defence, content=content, content_hash=content_hash(content), written_at=at, written_by=by
            )
        base = defence.enrolment.cohort.organisation
        log(defence, "assessments.defence.close_vote", by=by.user, organisation=base, outcome=decision.state)
    defence.refresh_from_db()
    return decision


def minutes_content(defence: Defence, decision: Decision, *, notes: str, at: datetime) -> dict[str, Any]:
    """Everything the minutes say, as JSON: people, place, work product, questions, votes of every round, decision, rules."""
    bench, day = defence.bench(), defence.day
    chair = bench.acting
    lines = {line.key: {"title": line.title, "title_en": line.title_en, "top": line.top} for line in defence.part.rubric.lines()}
    seats = {seat.pk: seat for seat in bench.seats}

    def person(seat: PanelSeat) -> dict[str, Any]:
        return {
            "name": seat.user.full_name, "seat": str(seat.uuid), "capacity": seat.capacity, "employer": seat.employer,
            "chair": chair is not None and seat.pk == chair.pk, "stands_in": bool(seat.stands_in_for_id),
        }  # fmt: skip

    out = [seat for seat in bench.seats if bench.conflict(seat) and not seat.left_at]
    return {
        "base": day.cohort.organisation.name,
        "cohort": day.cohort.title,
        "trainee": defence.enrolment.user.full_name,
        "part": {"title": defence.part.title, "title_en": defence.part.title_en, "pass_mark": defence.part.pass_mark},
        "attempt": defence.attempt,
        "slot": [defence.slot.starts_at.isoformat(), defence.slot.ends_at.isoformat()],
        "place": day.place, "link": day.link,
        "work": {"title": defence.submission.assignment.item.title, "submission": str(defence.submission.uuid),
                 "receipt": defence.submission.content_hash},
        "members": [person(seat) for seat in bench.electors if seat.pk in bench.voted],
        "excluded": [{"name": seat.user.full_name, "ground": bench.conflict(seat)} for seat in out],
        "notes": notes,
        "rubric": {"hash": defence.part.rubric.content_hash, "criteria": lines},
        "votes": [
            {"name": seats[vote.seat_id].user.full_name, "round": vote.round, "passed": vote.passed, "points": vote.points,
             "total": f"{vote.total}", "reasons": vote.reasons, "at": vote.voted_at.isoformat()}
            for vote in defence.votes.all()
        ],
        "rules": defence.part.rules,
        "decision": {"state": decision.state, "approved": decision.approved, "by_chair": decision.by_chair,
                     "votes_for": decision.votes_for, "votes_against": decision.votes_against,
                     "mean": f"{decision.mean}", "tree": decision.tree()},
        "closed_at": at.isoformat(),
    }  # fmt: skip


def sign(minutes: Minutes, seat: PanelSeat, *, at: datetime) -> None:
    """Sign the minutes as they stand. A second time changes nothing. WrongState: this member did not vote."""
    defence = minutes.defence
    if not defence.votes.filter(seat=seat, round=defence.round).exists():
        raise WrongState(_("Only members who voted sign the minutes."), obj=defence)
    try:
        with transaction.atomic():
            MinutesSignature.objects.create(minutes=minutes, seat=seat, content_hash=minutes.content_hash, signed_at=at)
            base = defence.enrolment.cohort.organisation
            log(defence, "assessments.defence.sign", by=seat.user, organisation=base, hash=minutes.content_hash)
    except IntegrityError:
        return


def may_release(defence: Defence, signed: set[int], chair: PanelSeat | None) -> bool:
    """Whether enough have signed: a quorum, the chair among them. signed: primary keys of seats."""
    return chair is not None and chair.pk in signed and len(signed) >= defence.part.defence.quorum


def release(defence: Defence, *, by: User, at: datetime) -> PartResult:
    """Make the decision the trainee's result. A second time gives the same. WrongState: signatures are missing."""
    if found := PartResult.objects.filter(defence=defence).first():
        return found
    if defence.status != Defence.Status.DECIDED:
        raise WrongState(_("The defence is no longer in this state."), obj=defence)
    signed = set(defence.minutes.signatures.values_list("seat", flat=True))
    if not may_release(defence, signed, defence.bench().acting):
        raise WrongState(_("The chair and a quorum of the members have to sign the minutes first."), obj=defence)
    decision, minutes = defence.decision(), defence.minutes
    with transaction.atomic():
        defence._move([Defence.Status.DECIDED], Defence.Status.RELEASED, by, "release")
        result = PartResult.objects.create(
            enrolment=defence.enrolment, part=defence.part, defence=defence, total=decision.mean, approved=decision.approved,
            passed=decision.state == "passed", method=PartResult.Method.PANEL, released_at=at, released_by=by,
            facts={
                "attempt": defence.attempt, "votes_for": decision.votes_for, "votes_against": decision.votes_against,
                "quorum": decision.quorum, "majority": decision.majority, "by_chair": decision.by_chair,
                "members": len(minutes.content["members"]), "excluded": len(minutes.content["excluded"]),
                "minutes": minutes.content_hash, "rubric": defence.part.rubric.content_hash, "points": mean_points(defence),
                "work": str(defence.submission.uuid), "tree": decision.tree(),
            },
        )  # fmt: skip
        part_result_released.send(sender=PartResult, result=result)
    return result


def mean_points(defence: Defence) -> dict[str, str]:
    """The mean points of each criterion over the votes of the last round."""
    return agreed_points([vote.points for vote in defence.votes.filter(round=defence.round)])
