"""Who may be in the public register, and who may ask to get in touch."""

from accounts.models import Organisation, User

from .employer_permissions import employers_of
from .models import ContactRequest, RegisterEntry, RegisterReport
from .permissions import user_is_officer


def user_can_ask(user: User, entry: RegisterEntry) -> bool:
    """An employer's person may ask whoever takes requests, but not themselves."""
    return entry.takes_contact and entry.holder_id != user.pk and bool(employers_of(user))


def user_can_answer(user: User, request: ContactRequest) -> bool:
    """Only the holder answers."""
    return request.entry.holder_id == user.pk


def requests_of_employer(organisation: Organisation):
    """What its people asked, whoever of them it was."""
    return ContactRequest.objects.filter(organisation=organisation).select_related("entry__holder", "asked_by")


def visible_reports(user: User):
    """Officers see the reports, but none on their own entry: the holder is not told of it."""
    if not user_is_officer(user):
        return RegisterReport.objects.none()
    return RegisterReport.objects.exclude(entry__holder=user)
