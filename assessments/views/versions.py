"""Earlier versions of one's work product: the list, two of them side by side, one brought back."""

import uuid as uuids
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.lib.listing import paginate

from .. import productform, versions
from ..models import StaleDraft
from ..permissions import get_own_submission
from .product import key_of, number_of

PER_PAGE = 20


@login_required
@require_safe
def index(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """20 versions on a page, newest first, and the comparison of two: ?from=3&to=7 (by themselves: the last two).

    A constant number of queries.
    """
    submission = get_own_submission(request.user, uuid)
    deliverable = submission.assignment.script().deliverable
    page = paginate(request, submission.versions(), PER_PAGE)
    rows = list(page)
    newest = rows[0] if rows else None
    chosen = {save.number: save for save in submission.saves.filter(number__in=_asked(request, rows))}
    later = chosen.get(max(chosen)) if chosen else None
    earlier = chosen.get(min(chosen)) if len(chosen) > 1 else None
    context = {
        "submission": submission,
        "item": submission.assignment.item,
        "enrolment": submission.row_of(request.user).enrolment,
        "deliverable": deliverable,
        "page": page,
        "newest": newest,
        "earlier": earlier,
        "later": later,
        "changes": versions.compare(deliverable, earlier.fields, later.fields) if earlier else None,
        "fields": productform.draw(deliverable, later.fields) if later and not earlier else None,
        "key": uuids.uuid4().hex,
    }
    return render(request, "assessments/submission_versions.html", context)


def _asked(request: HttpRequest, rows: list) -> list[int]:
    """The numbers of the address, else those of the last two versions."""
    asked = [request.GET.get(name, "") for name in ("from", "to")]
    numbers = [int(text) for text in asked if text.isdecimal() and len(text) < 10]
    return numbers or [save.number for save in rows[:2]]


@login_required
@require_POST
def bring_back(request: HttpRequest, uuid: UUID, number: int) -> HttpResponse:
    """Put a version into the draft; what stood there stays among the versions. Twice is harmless."""
    submission = get_own_submission(request.user, uuid)
    save = get_object_or_404(submission.saves, number=number)
    try:
        submission.bring_back(save, number=number_of(request), key=key_of(request), at=now())
    except StaleDraft:
        messages.warning(request, _("Another window has saved newer content meanwhile. Nothing was brought back."))
        return redirect("submission_versions", submission.uuid)
    messages.success(request, _("Version %(number)s is back in the draft.") % {"number": number})
    return redirect(submission)
