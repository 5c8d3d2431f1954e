"""Who may do what with rooms: who sits there plays; the base's registrars and the cohort's instructors watch and seat people."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role
from training.models import Cohort, Enrolment

from .models import Room, RoomSeat

OF_ROOM = ("cohort__organisation", "assignment__item")


def user_watches_rooms(user: User) -> bool:
    """Registrars and instructors have the list of rooms."""
    return user_has_role(user, Role.REGISTRAR, Role.INSTRUCTOR)


def watched_cohorts(user: User) -> QuerySet[Cohort]:
    """Registrars see the cohorts of their bases, instructors those they teach."""
    taught = Q(organisation__in=organisation_ids(user, Role.INSTRUCTOR), instructors=user)
    return Cohort.objects.filter(Q(organisation__in=organisation_ids(user, Role.REGISTRAR)) | taught).distinct()


def rooms_of(user: User) -> QuerySet[Room]:
    """The rooms of the cohorts the person watches."""
    return Room.objects.filter(cohort__in=watched_cohorts(user))


def get_own_seat(user: User, uuid: UUID) -> RoomSeat | None:
    """Return the person's seat in a room, with run and room, or None: one query."""
    seats = RoomSeat.objects.select_related(
        *(f"room__{path}" for path in OF_ROOM),
        "run__enrolment__cohort",
        "run__assignment__item",
        "run__enrolment__user",
    )
    seat = seats.filter(room__uuid=uuid, run__enrolment__user=user).exclude(
        run__enrolment__status=Enrolment.Status.WITHDRAWN
    ).first()  # fmt: skip
    if seat is not None:
        seat.room.cohort, seat.room.assignment = seat.run.enrolment.cohort, seat.run.assignment
    return seat


def get_watched_room(user: User, uuid: UUID) -> Room:
    """Return a room of a cohort the person watches, or 404."""
    room = rooms_of(user).select_related(*OF_ROOM).filter(uuid=uuid).first() if user_watches_rooms(user) else None
    if room is None:
        raise Http404
    return room


def get_room(user: User, uuid: UUID) -> tuple[Room, RoomSeat | None]:
    """Return a room with the person's seat; without one for who watches; 404 for everybody else."""
    seat = get_own_seat(user, uuid)
    return (seat.room, seat) if seat is not None else (get_watched_room(user, uuid), None)
