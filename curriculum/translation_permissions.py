"""Who may translate and who approves: each rule one sentence, and the lookups that answer 404."""

from django.db.models import Exists, OuterRef
from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import organisation_ids, user_has_role

from .models import Translation, TranslationSegment

TRANSLATION_ROLES = (Role.AUTHOR, Role.BASE_REVIEWER, Role.REVIEWER)


def user_has_translations(user: User) -> bool:
    """Authors and reviewers of a base, and those of the authority for the national core, have the list."""
    return user_has_role(user, *TRANSLATION_ROLES)


def translations_visible_to(user: User):
    """Translations of the pages of one's own organisation."""
    return Translation.objects.filter(organisation__in=organisation_ids(user, *TRANSLATION_ROLES))


def user_can_translate(user: User, organisation_id: int) -> bool:
    """An author of the organisation whose page it is translates."""
    return user_has_role(user, Role.AUTHOR, organisation=organisation_id)


def user_can_approve_translation(user: User, translation: Translation) -> bool:
    """The base's reviewer approves, for national core a reviewer of the authority; what one translated oneself is left
    for somebody else (`Translation.approve`)."""
    return user_has_role(user, Role.BASE_REVIEWER, Role.REVIEWER, organisation=translation.organisation_id)


def translations_waiting_for(user: User):
    """Pages with segments that somebody else marked as done and this person may approve."""
    mine = Translation.objects.filter(organisation__in=organisation_ids(user, Role.BASE_REVIEWER, Role.REVIEWER))
    done = TranslationSegment.objects.filter(status=TranslationSegment.Status.DONE, present=True)
    return mine.filter(Exists(done.filter(translation=OuterRef("pk")).exclude(edited_by=user)))


def get_translation_for(user: User, page: int) -> Translation:
    """Return the translation of a page that this person may see, or 404."""
    found = translations_visible_to(user).select_related("page", "organisation", "noted_by").filter(page=page).first()
    if found is None:
        raise Http404
    return found
