"""Who may do what with anchors: set and confirm them, practise and qualify on them, read what markers made of them."""

from uuid import UUID

from django.db.models import Q
from django.http import Http404

from accounts.models import Membership, Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import AnchorConsent, AnchorScript, AnchorTurn, Assignment, Submission
from .models.queues import Standing
from .models.sheet_turns import SheetTurn
from .permissions import get_own_allocation, user_can_use, user_is_assessor

OF_ANCHOR = (
    "organisation", "assignment__item__edition__organisation", "assignment__part", "assignment__rubric", "made_by",
    "confirmed_by", "retired_by",
)  # fmt: skip
OF_TURN = ("anchor", "assignment__item", "assignment__part", "assignment__rubric", "assessor", "qualification")


def user_sees_anchors(user: User) -> bool:
    """Moderators have the anchors of their bases and those that wait for a second person, officers all."""
    return user_has_role(user, Role.MODERATOR, Role.OFFICER)


def user_makes_anchors(user: User) -> bool:
    """Moderators of bases."""
    return user_has_role(user, Role.MODERATOR)


def user_sets_anchor_terms(user: User) -> bool:
    """Officers of the authority."""
    return user_has_role(user, Role.OFFICER)


def anchors_of(user: User):
    """The anchors the person reads: made at their bases, waiting for a second person, confirmed by them; an officer every one."""
    found = AnchorScript.objects.all()
    if user_has_role(user, Role.OFFICER):
        return found
    own = Q(organisation__in=organisation_ids(user, Role.MODERATOR)) | Q(confirmed_by=user)
    return found.filter(own | Q(status=AnchorScript.Status.PROPOSED)).exclude(source__enrolment__user=user)


def get_anchor(user: User, uuid: UUID) -> AnchorScript:
    """Return an anchor the person reads, or 404."""
    if not user_sees_anchors(user):
        raise Http404
    found = anchors_of(user).select_related(*OF_ANCHOR).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def user_writes_anchor(user: User, anchor: AnchorScript) -> bool:
    """Any moderator of the base where it was made, while it is a draft."""
    here = user_has_role(user, Role.MODERATOR, organisation=anchor.organisation_id)
    return here and anchor.status == AnchorScript.Status.DRAFT


def user_confirms_anchor(user: User, anchor: AnchorScript) -> bool:
    """A moderator of another base or an officer; never who made it, nor anybody who belongs to that base."""
    if anchor.status != AnchorScript.Status.PROPOSED or user.pk == anchor.made_by_id:
        return False
    outside = anchor.organisation_id not in Standing.of(user).own
    return outside and user_has_role(user, Role.MODERATOR, Role.OFFICER)


def anchors_to_confirm(user: User):
    """The anchors that wait for this person as the second one."""
    found = anchors_of(user).filter(status=AnchorScript.Status.PROPOSED).exclude(made_by=user)
    return found.exclude(organisation__in=Standing.of(user).own)


def user_retires_anchor(user: User, anchor: AnchorScript) -> bool:
    """A moderator of its base, or an officer."""
    if anchor.status == AnchorScript.Status.RETIRED:
        return False
    return user_has_role(user, Role.OFFICER) or user_has_role(user, Role.MODERATOR, organisation=anchor.organisation_id)


def works_for_anchors(user: User):
    """Released work of the moderator's bases whose trainees agreed to this use, and that is no anchor yet; not their own."""
    found = Submission.objects.filter(enrolment__cohort__organisation__in=organisation_ids(user, Role.MODERATOR))
    found = found.filter(status=Submission.Status.RELEASED, team=None).exclude(enrolment__user=user)
    found = found.annotate(said=AnchorConsent.objects.latest_given()).filter(said=True)
    living = AnchorScript.objects.exclude(status=AnchorScript.Status.RETIRED).exclude(source=None)
    return found.exclude(pk__in=living.values("source"))


def assignments_for_anchors(user: User):
    """The assignments of the moderator's bases, for which a text can be written."""
    return Assignment.objects.filter(item__edition__organisation__in=organisation_ids(user, Role.MODERATOR))


def practice_for(user: User):
    """The anchors somebody may practise on: whoever assesses, every base's."""
    return AnchorScript.objects.usable().filter(for_training=True).exclude(source__enrolment__user=user)


def get_own_turn(user: User, uuid: UUID) -> SheetTurn:
    """Return a turn given to this person, on a script or on an anchor, or 404."""
    try:
        return get_own_allocation(user, uuid)
    except Http404:
        found = AnchorTurn.objects.select_related(*OF_TURN)
        if turn := found.filter(uuid=uuid, assessor=user).first():
            return turn
        raise


def user_can_use_turn(user: User, turn: SheetTurn) -> bool:
    """As for an allocation; on an anchor the person it was given to, as long as they assess and don't teach its author."""
    if isinstance(turn, AnchorTurn):
        taught = Submission.objects.filter(pk=turn.anchor.source_id, enrolment__cohort__instructors=user)
        return turn.assessor_id == user.pk and user_is_assessor(user) and not taught.exists()
    return user_can_use(user, turn)


def markers_of(user: User):
    """The assessors whose marks of anchors the person reads: an officer everybody's, a moderator those of their bases."""
    seats = Membership.objects.filter(role=Role.ASSESSOR)
    if not user_has_role(user, Role.OFFICER):
        seats = seats.filter(organisation__in=organisation_ids(user, Role.MODERATOR))
    return User.objects.filter(pk__in=seats.values("user"))


def user_decides_flags(user: User) -> bool:
    """Officers, who grant licences, suspend them."""
    return user_has_role(user, Role.OFFICER)
