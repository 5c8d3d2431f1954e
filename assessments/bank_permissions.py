"""Who has the comment bank, and which part of it."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import Allocation, Assignment
from .models.comments import BankComment


def user_has_bank(user: User) -> bool:
    """Assessors and moderators of any base."""
    return user_has_role(user, Role.ASSESSOR, Role.MODERATOR)


def bank_assignments(user: User):
    """The assignments of the bases where the person marks or moderates, and those of which they were given a script."""
    bases = organisation_ids(user, Role.ASSESSOR, Role.MODERATOR)
    given = Exists(Allocation.objects.filter(assessor=user, submission__assignment=OuterRef("pk")))
    return Assignment.objects.filter(Q(item__edition__organisation__in=bases) | given)


def bank_of(user: User):
    """The comments that the person sees: their own, and those shared for assignments they mark."""
    return BankComment.objects.seen_by(user, bank_assignments(user).values("pk"))


def user_can_change_comment(user: User, comment: BankComment) -> bool:
    """Whoever wrote it; what is shared, also a moderator of the base whose assignment it is for."""
    if comment.owner_id == user.pk:
        return True
    return comment.shared and user_has_role(user, Role.MODERATOR, organisation=comment.assignment.item.edition.organisation_id)


def get_bank_comment(user: User, uuid: UUID) -> BankComment:
    """Return a comment that the person sees, or 404."""
    found = bank_of(user).select_related("assignment__item__edition__organisation", "assignment__rubric")
    comment = found.filter(uuid=uuid).first()
    if comment is None or not user_has_bank(user):
        raise Http404
    return comment
