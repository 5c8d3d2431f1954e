"""Who may do what with defences: each rule one sentence, and the look-ups that answer 404."""

from uuid import UUID

from django.db.models import Q
from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role
from training.models import Enrolment

from .models import Defence, DefenceDay, PanelSeat, Part
from .permissions import get_practising_enrolment


def user_arranges_defences(user: User) -> bool:
    """Registrars of any base open days of defences for their cohorts."""
    return user_has_role(user, Role.REGISTRAR)


def user_sits_on_panels(user: User) -> bool:
    """Whoever has a seat, whatever else they are."""
    return user.panel_seats.filter(left_at=None).exists()


def defence_days_of(user: User):
    """The days of the bases where the person is a registrar; not of cohorts they study in themselves."""
    found = DefenceDay.objects.filter(cohort__organisation__in=organisation_ids(user, Role.REGISTRAR))
    return found.exclude(cohort__enrolments__user=user)


def get_defence_day(user: User, uuid: UUID) -> DefenceDay:
    """Return a day of the registrar's bases, or 404."""
    day = defence_days_of(user).with_course().filter(uuid=uuid).first()
    if day is None:
        raise Http404
    return day


def get_seat(user: User, day: UUID) -> PanelSeat:
    """Return the person's own seat on a standing day, or 404."""
    found = PanelSeat.objects.select_related(
        "day__cohort__organisation", "day__cohort__edition", "day__part__rubric", "user"
    )
    seat = found.filter(user=user, day__uuid=day, left_at=None, day__cancelled_at=None).first()
    if seat is None:
        raise Http404
    return seat


def get_seat_to_remove(user: User, uuid: UUID) -> PanelSeat:
    """Return a seat on a day of the registrar's bases, or 404."""
    found = PanelSeat.objects.select_related("day__cohort__organisation", "user").filter(day__in=defence_days_of(user))
    seat = found.filter(uuid=uuid, left_at=None).first()
    if seat is None:
        raise Http404
    return seat


def get_defence(user: User, uuid: UUID) -> tuple[Defence, PanelSeat | None]:
    """Return a defence for its registrar or a member of its panel who has given the undertaking, with that member's seat;
    else 404. Names are shown to nobody else."""
    seated = Q(slot__day__seats__in=PanelSeat.objects.filter(user=user, left_at=None, undertaken_at__isnull=False))
    arranged = Q(slot__day__in=defence_days_of(user))
    found = Defence.objects.with_everything().filter(seated | arranged, uuid=uuid).distinct().first()
    if found is None:
        raise Http404
    seat = found.day.seats.select_related("user").filter(user=user, left_at=None, undertaken_at__isnull=False).first()
    return found, seat


def user_arranges(user: User, defence: Defence) -> bool:
    """A registrar of the trainee's base, but nobody their own defence, nor one they sit on."""
    base = defence.enrolment.cohort.organisation_id
    if defence.enrolment.user_id == user.pk or defence.day.seats.filter(user=user, left_at=None).exists():
        return False
    return user_has_role(user, Role.REGISTRAR, organisation=base)


def get_own_defence_part(user: User, uuid: UUID, key: str) -> tuple[Enrolment, Part]:
    """Return the person's own enrolment and the defence part of its plan, or 404."""
    enrolment = get_practising_enrolment(user, uuid)
    part = Part.objects.filter(plan__edition=enrolment.cohort.edition_id, key=key, kind=Part.Kind.DEFENCE).first()
    if part is None or not part.is_defence:
        raise Http404
    return enrolment, part
