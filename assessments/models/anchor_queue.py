"""Anchors in the queue: when one is handed out in the place of a script, and what the queue counts so that nothing shows."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, Value
from django.db.models.functions import Greatest

from accounts.models import User

from ..anchor_rules import is_due, still_to_come
from .anchor_terms import AnchorTerms
from .anchor_turns import AnchorTurn
from .anchors import AnchorScript
from .marking import OFFLINE_LEASE, OFFLINE_MOST, Allocation
from .plans import Assignment
from .sheet_turns import LEASE, SheetTurn


def in_line(assessor: User, waiting, *, at: datetime):
    """The anchors that could lie among these scripts: of the same case in the same words, marked by the same rubric, and
    nothing this assessor has ever seen."""
    same = Assignment.objects.filter(
        pk__in=waiting.order_by().values("assignment"), rubric__content_hash=OuterRef("rubric_hash"),
        item__content_hash=OuterRef("assignment__item__content_hash"),
    )  # fmt: skip
    found = AnchorScript.objects.standing().filter(for_seeding=True).filter(Exists(same))
    return found.unknown_to(assessor).free_for(assessor, at=at)


def met_by(assessor: User):
    """The anchors somebody met in the queue."""
    return AnchorTurn.objects.filter(assessor=assessor, purpose=AnchorTurn.Purpose.SEEDED)


def _taken(assessor: User) -> tuple[int, int | None]:
    """How many scripts somebody took from the queue, anchors with them, and how many that were at the last anchor."""
    met = met_by(assessor)
    found = Allocation.objects.filter(assessor=assessor, kind__in=Allocation.QUEUED).count()
    return found + met.count(), met.aggregate(last=Max("place"))["last"]


def count_waiting(assessor: User, *, at: datetime) -> int:
    """The number of scripts a queue shows: those that wait, and the anchors that will lie among them."""
    waiting = Allocation.count_for(assessor, at=at)
    terms = AnchorTerms.objects.latest_at(at) if waiting else None
    if terms is None or not terms.seeded_every:
        return waiting
    stock = in_line(assessor, Allocation.waiting_for(assessor, at=at), at=at).count()
    taken, last = _taken(assessor)
    secret, marker = settings.SECRET_KEY, str(assessor.uuid)
    return waiting + still_to_come(secret, marker, taken, last, terms.seeded_every, waiting=waiting, stock=stock)


def take_next(assessor: User, *, at: datetime) -> SheetTurn | None:
    """Give the assessor what comes next: what they hold, an anchor where one is due, else the next script."""
    live = {"status": SheetTurn.Status.TAKEN, "lease_until__gte": at}
    if mine := met_by(assessor).filter(**live).first():
        return mine
    held = Allocation.objects.filter(assessor=assessor, kind__in=Allocation.QUEUED, **live).exists()
    if not held and (anchor := seed(assessor, at=at)):
        return anchor
    return Allocation.take_next(assessor, at=at)


def seed(assessor: User, *, at: datetime) -> AnchorTurn | None:
    """Hand out an anchor if one is due among the scripts that wait; only where some wait."""
    terms = AnchorTerms.objects.latest_at(at)
    if terms is None or not terms.seeded_every:
        return None
    taken, last = _taken(assessor)
    if not is_due(settings.SECRET_KEY, str(assessor.uuid), taken, last, terms.seeded_every):
        return None
    waiting = Allocation.waiting_for(assessor, at=at)
    anchor = in_line(assessor, waiting, at=at).select_related("assignment__item").order_by("?").first()
    if anchor is None:
        return None
    same = Q(rubric__content_hash=anchor.rubric_hash, item__content_hash=anchor.assignment.item.content_hash)
    beside = Assignment.objects.filter(same, pk__in=waiting.order_by().values("assignment")).first()
    try:
        with transaction.atomic():
            return AnchorTurn.objects.create(
                anchor=anchor, assignment=beside or anchor.assignment, assessor=assessor, place=taken,
                purpose=AnchorTurn.Purpose.SEEDED, taken_at=at, lease_until=at + LEASE,
            )
    except IntegrityError:  # asked twice at the same moment
        return met_by(assessor).filter(anchor=anchor).first()


def take_several(assessor: User, count: int, *, at: datetime) -> list[SheetTurn]:
    """As `Allocation.take_several`, an anchor among them where one is due."""
    live = {"assessor": assessor, "status": SheetTurn.Status.TAKEN, "lease_until__gte": at}
    met, wanted = AnchorTurn.objects.filter(**live, purpose=AnchorTurn.Purpose.SEEDED), min(count, OFFLINE_MOST)
    scripts = Allocation.take_several(assessor, 0, at=at)
    while len(scripts) + met.count() < wanted:
        if seed(assessor, at=at) is None:
            before, scripts = len(scripts), Allocation.take_several(assessor, len(scripts) + 1, at=at)
            if len(scripts) == before:
                break
    met.update(lease_until=Greatest("lease_until", Value(at + OFFLINE_LEASE)))
    return [*scripts, *met]
