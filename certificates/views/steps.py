"""The next step of something that takes two people: one address, the step named by a field of the form; and steps on a draft."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from lms.lib.errors import WrongState

from ..models import (
    AuditFinding,
    AwardRule,
    CertificateDesign,
    ChangeRequest,
    HistoricChange,
    HistoricClaim,
    NameChange,
    Renewal,
)

Draft = TypeVar("Draft", AwardRule, CertificateDesign)
May = Callable[[User, Draft], bool]
Decided = ChangeRequest | NameChange | Renewal | AuditFinding | HistoricChange | HistoricClaim


def named_step(request: HttpRequest, found: Decided, may: Mapping[str, Callable[[User, Decided], bool]]) -> str:
    """Return the step of the field `step`. may: who may take each of the steps there are, asked while it is open; what was
    decided already is refused by the verb itself. Raises BadRequest for a step there is not, PermissionDenied for another's.
    """
    step = request.POST.get("step", "")
    if step not in may:
        raise BadRequest
    if found.is_open and not may[step](request.user, found):
        raise PermissionDenied
    return step


def on_draft(request: HttpRequest, found: Draft, may: May[Draft], *, words: str) -> Draft:
    """Return the draft for a step on it. One that moved on is told so, in these words, and not as a lack of rights."""
    if not found.is_draft:
        raise WrongState(words, obj=found)
    if not may(request.user, found):
        raise PermissionDenied
    return found
