"""Who reads the report of similar works, and who notes what a pair is."""

from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import SimilarNote, SimilarPair, Submission
from .permissions import user_is_independent


def user_sees_similarity(user: User, organisation: int | None = None) -> bool:
    """Registrars and moderators have the report of similar works, of their bases."""
    return user_has_role(user, Role.REGISTRAR, Role.MODERATOR, organisation=organisation)


def similar_pairs_of(user: User, *, state: str = "", code: str = ""):
    """The pairs in which a work of the person's bases stands, with `latest`: what was noted last for one of those works.
    Not with work of their own."""
    bases = organisation_ids(user, Role.REGISTRAR, Role.MODERATOR)
    here = Q(first__enrolment__cohort__organisation__in=bases) | Q(second__enrolment__cohort__organisation__in=bases)
    notes = SimilarNote.objects.filter(pair=OuterRef("pk"), submission__enrolment__cohort__organisation__in=bases)
    found = SimilarPair.objects.filter(here).annotate(latest=Subquery(notes.order_by("-pk").values("kind")[:1]))
    found = found.exclude(first__enrolment__user=user).exclude(second__enrolment__user=user)
    if state:
        found = found.filter(latest=None if state == "open" else state)
    if code:
        found = found.filter(Q(first__enrolment__anonymous_code=code) | Q(second__enrolment__anonymous_code=code))
    paths = ("enrolment__cohort__organisation", "assignment__item", "run")
    return found.select_related(*(f"{side}__{path}" for side in ("first", "second") for path in paths))


def get_similar_pair(user: User, uuid: UUID) -> SimilarPair:
    """Return a pair with a work of the person's bases, or 404."""
    pair = similar_pairs_of(user).filter(uuid=uuid).first()
    if pair is None:
        raise Http404
    for work in (pair.first, pair.second):
        work.run.assignment = work.assignment
    return pair


def user_notes_similarity(user: User, submission: Submission) -> bool:
    """A moderator of the work's base who is independent of the trainee."""
    base = submission.enrolment.cohort.organisation_id
    return user_has_role(user, Role.MODERATOR, organisation=base) and user_is_independent(user, submission)
