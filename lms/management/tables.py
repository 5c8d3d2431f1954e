"""Talks played alone, for the sample site and the bench: at a table with scripts on the other seats, or with one counterpart."""

from datetime import datetime

from assessments.models import CaseRun, Room


def play_alone(run: CaseRun, offers: list[str], *, at: datetime) -> None:
    """Sit on the first seat of the table where the run is, with scripts on the others, and make these offers until the end.

    offers: as in the sample answers, "offer:fee=100;scope=sole".
    """
    first = run.script().stage(run.stage_key).negotiation.room.keys[0]
    room = Room.open(run, first, by=run.enrolment.user, at=at)
    room.begin(by=run.enrolment.user, at=at)
    for offer in offers:
        room.move(run, "offer", _terms(offer), number=room.move_count + 1, at=at)
    run.refresh_from_db()


def talk(run: CaseRun, moves: list[str], *, at: datetime) -> None:
    """Talk to the scripted counterpart of the stage where the run is: offers as above, or "accept", or "leave"."""
    stage_key = run.stage_key
    for turn, move in enumerate(moves, start=1):
        if move.startswith("offer:"):
            run.offer(stage_key, _terms(move), turn=turn, at=at)
        else:
            getattr(run, move)(stage_key, at=at)
    run.refresh_from_db()


def _terms(offer: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in offer.removeprefix("offer:").split(";"))
