"""Playing at a table alone, for the sample site and the bench: the way of everybody who sits down with scripts."""

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
        terms = dict(part.partition("=")[::2] for part in offer.removeprefix("offer:").split(";"))
        room.move(run, "offer", terms, number=room.move_count + 1, at=at)
    run.refresh_from_db()
