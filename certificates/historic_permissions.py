"""Who brings, confirms and sees imported records and recognitions, and whose they are."""

from accounts.models import User

from .models import HistoricChange, HistoricClaim, HistoricImport, HistoricRecord, Recognition, RecognitionEnd
from .permissions import user_is_officer


def user_can_confirm_import(user: User, batch: HistoricImport) -> bool:
    """Another officer than who brought it."""
    return user_is_officer(user) and user.pk != batch.brought_by_id


def user_can_discard_import(user: User, batch: HistoricImport) -> bool:
    return user_is_officer(user)


def visible_records(user: User):
    """An officer sees all that are taken over, a holder their own."""
    if user_is_officer(user):
        return HistoricRecord.objects.shown()
    return HistoricRecord.objects.filter(holder=user)


def user_can_decide_historic_change(user: User, change: HistoricChange) -> bool:
    """Another officer than who proposed it, and not the holder."""
    own = change.record is not None and change.record.holder_id == user.pk
    return user_is_officer(user) and user.pk != change.proposed_by_id and not own


def user_can_take_back_historic_change(user: User, change: HistoricChange) -> bool:
    return user.pk == change.proposed_by_id


def visible_claims(user: User):
    """An officer sees all, everybody their own."""
    return HistoricClaim.objects.all() if user_is_officer(user) else HistoricClaim.objects.filter(user=user)


def user_can_decide_claim(user: User, claim: HistoricClaim) -> bool:
    return user_is_officer(user) and user.pk != claim.user_id


def user_can_withdraw_claim(user: User, claim: HistoricClaim) -> bool:
    return user.pk == claim.user_id


def visible_recognitions(user: User):
    """An officer sees all, everybody their own."""
    return Recognition.objects.all() if user_is_officer(user) else Recognition.objects.filter(holder=user)


def user_can_decide_recognition(user: User, recognition: Recognition) -> bool:
    return user_is_officer(user) and user.pk != recognition.holder_id


def user_can_decide_end(user: User, end: RecognitionEnd) -> bool:
    """Another officer than who proposed it, and not the holder."""
    return user_can_decide_recognition(user, end.recognition) and user.pk != end.proposed_by_id


def user_can_take_back_end(user: User, end: RecognitionEnd) -> bool:
    return user.pk == end.proposed_by_id
