"""The next step of something that takes two people: one address, the step named by a field of the form."""

from collections.abc import Callable, Mapping

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest

from accounts.models import User

from ..models import AuditFinding, ChangeRequest, HistoricChange, HistoricClaim, NameChange, Renewal

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
