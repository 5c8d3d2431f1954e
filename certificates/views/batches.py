"""Many awards at once: the base's list, the authority's decision on it with a sample to open, and how far the issue is."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from lms.lib.errors import WrongState
from lms.lib.jobs.models import Job
from lms.lib.language import is_english, local
from lms.lib.listing import csv_response, paginate
from training.models import Cohort
from training.permissions import bases_of_registrar

from ..award_permissions import user_can_decide_batch, user_can_withdraw_batch, user_sees_batches, visible_batches
from ..models import AwardBatch, AwardBatchRow

ROWS = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every list that the person sees, latest first, by state, as CSV. A constant number of queries."""
    if not user_sees_batches(request.user):
        raise PermissionDenied
    state = request.GET.get("state", "")
    batches = visible_batches(request.user).select_related("cohort", "organisation", "proposed_by", "decided_by")
    batches = batches.order_by("-proposed_at", "-pk").annotate(
        people=Count("rows"),
        issued=Count("rows", filter=Q(rows__state=AwardBatchRow.State.ISSUED)),
        failed=Count("rows", filter=Q(rows__state=AwardBatchRow.State.FAILED)),
    )
    if state in AwardBatch.Status.values:
        batches = batches.filter(status=state)
    if request.GET.get("format") == "csv":
        issued = pgettext("of certificates", "Issued")
        headings = [_("Cohort"), _("Training base"), _("Proposed"), _("State"), _("People"), issued, _("Failed")]
        rows = (
            [b.cohort.code, local(b.organisation, "name"), f"{localtime(b.proposed_at):%Y-%m-%d %H:%M}",
             b.get_status_display(), b.people, b.issued, b.failed]
            for b in batches
        )  # fmt: skip
        return csv_response("award-lists.csv", headings, rows)
    context = {"page": paginate(request, batches), "state": state, "states": AwardBatch.Status.choices}
    return render(request, "certificates/batch_list.html", context)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Put the chosen people of a cohort on a list, or everybody who studies there."""
    bases = bases_of_registrar(request.user)
    if not bases:
        raise PermissionDenied
    try:
        cohort = get_object_or_404(Cohort, uuid=UUID(request.POST.get("cohort", "")), organisation_id__in=bases)
        chosen = [UUID(value) for value in request.POST.getlist("enrolment")]
    except ValueError:
        raise Http404 from None
    people = None if request.POST.get("everybody") else chosen
    try:
        batch = AwardBatch.ask(cohort, by=request.user, at=now(), people=people)
    except WrongState as refusal:  # nobody ticked, or a list of this cohort is on its way: said where the boxes are
        messages.error(request, str(refusal))
        return redirect(f"{reverse('award_candidates')}?cohort={cohort.uuid}")
    messages.success(request, _("The list is being checked in the background: who fulfils the rule is proposed."))
    return redirect(batch)


def get_batch(request: HttpRequest, uuid: UUID) -> AwardBatch:
    found = visible_batches(request.user).select_related("cohort__edition__level", "organisation", "proposed_by", "decided_by")
    return get_object_or_404(found, uuid=uuid)


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The list with what became of each line, by state, as CSV; a drawn sample; how far the job is. Queries don't grow."""
    batch = get_batch(request, uuid)
    state, place = request.GET.get("state", ""), 1 if is_english() else 0
    rows = batch.lines().select_related("enrolment__user", "proposal")
    if state in AwardBatchRow.State.values:
        rows = rows.filter(shows=state)
    if request.GET.get("format") == "csv":
        headings = [pgettext("of a person", "Name"), _("State"), _("What stands in the way")]
        lines = (
            [row.enrolment.user.full_name, row.shown_state, _("; ").join(said[place] or said[0] for said in row.said)]
            for row in rows.iterator(chunk_size=500)
        )
        return csv_response(f"award-list-{batch.cohort.code}.csv", headings, lines)
    page = paginate(request, rows, ROWS)
    for row in page:
        row.words = [said[place] or said[0] for said in row.said]
    counts = dict(batch.lines().values_list("shows").annotate(n=Count("pk")).order_by())
    decides = user_can_decide_batch(request.user, batch)
    context = {
        "batch": batch, "page": page, "state": state, "states": AwardBatchRow.State.choices, "decides": decides,
        "withdraws": batch.status == AwardBatch.Status.PROPOSED and user_can_withdraw_batch(request.user, batch),
        "nobody": batch.status == AwardBatch.Status.WITHDRAWN and not batch.rows.exclude(proposal=None).exists(),
        "tallies": [(label, counts[key]) for key, label in AwardBatchRow.State.choices if counts.get(key)],
        "issued": counts.get("issued", 0), "failed": counts.get("failed", 0), "total": sum(counts.values()),
        "to_issue": sum(counts.values()) - counts.get("open", 0) - counts.get("left_out", 0),
        "sample": batch.sample() if decides and batch.status == AwardBatch.Status.PROPOSED else [],
        "waiting": batch.waiting().count() if batch.status == AwardBatch.Status.PROPOSED else 0,
        "job": Job.objects.filter(key=batch.job_key).first() if batch.status in ("collecting", "issuing") else None,
    }  # fmt: skip
    return render(request, "certificates/batch_detail.html", context)


def _step(request: HttpRequest, uuid: UUID, verb: str, *, may: Callable[[User, AwardBatch], bool], said: str) -> HttpResponse:
    batch = get_batch(request, uuid)
    if not may(request.user, batch):
        raise PermissionDenied
    getattr(batch, verb)(by=request.user, at=now())
    messages.success(request, said)
    return redirect(batch)


@login_required
@require_POST
def confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    said = _("Confirmed. The certificates are being signed in the background.")
    return _step(request, uuid, "confirm", may=user_can_decide_batch, said=said)


@login_required
@require_POST
def retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _step(request, uuid, "retry", may=user_can_decide_batch, said=_("Those that failed are tried again."))


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _step(request, uuid, "withdraw", may=user_can_withdraw_batch, said=_("The list was taken back."))
