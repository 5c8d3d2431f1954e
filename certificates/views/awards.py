"""The registrar proposes, the authority confirms. Both see the tree that decides."""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from lms.lib.language import local
from lms.lib.listing import csv_response, paginate
from training.models import Cohort, Enrolment
from training.permissions import bases_of_registrar

from ..forms import ReasonForm
from ..models import AwardProposal, NotEligible
from ..permissions import (
    user_can_decide_award,
    user_can_propose_award,
    user_can_see_proposal,
    user_is_officer,
    visible_proposals,
)
from ..progress import progress_of, progress_of_all
from ..where import ways


@login_required
def candidates(request: HttpRequest) -> HttpResponse:
    """The registrar's list: each trainee of a cohort with what is still missing, by state and name, as CSV; one is proposed by a
    button, many as a list. A constant number of queries for a page."""
    bases = bases_of_registrar(request.user)
    if not bases:
        raise PermissionDenied
    cohorts = Cohort.objects.filter(organisation_id__in=bases).exclude(status=Cohort.Status.PLANNED)
    cohort = None
    if chosen := request.GET.get("cohort"):
        cohort = next((c for c in cohorts if str(c.uuid) == chosen), None)
        if cohort is None:
            raise Http404
    enrolments = (
        Enrolment.objects.filter(cohort__in=[cohort] if cohort else cohorts)
        .exclude(status=Enrolment.Status.WITHDRAWN)
        .select_related("user", "cohort__edition__level", "syllabus")
        .prefetch_related("award_proposals")
        .order_by("cohort__starts_on", "user__full_name", "pk")
    )
    state, name = request.GET.get("state", ""), request.GET.get("name", "").strip()
    live = AwardProposal.objects.filter(status__in=AwardProposal.LIVE)
    if state == "none":
        enrolments = enrolments.exclude(pk__in=live.values("enrolment"))
    elif state in AwardProposal.LIVE:
        enrolments = enrolments.filter(pk__in=live.filter(status=state).values("enrolment"))
    if name:
        enrolments = enrolments.filter(user__full_name__icontains=name)
    if request.GET.get("format") == "csv":
        headings = [pgettext("of a person", "Name"), _("Cohort"), _("State"), _("Conditions open"), _("Missing")]
        rows = (_candidate_line(row) for row in _candidate_rows_of_all(enrolments))
        return csv_response("award-candidates.csv", headings, rows)
    page = paginate(request, enrolments, per_page=20)
    context = {
        "rows": _candidate_rows(list(page)), "page": page, "cohorts": cohorts, "cohort": cohort, "state": state, "name": name,
    }  # fmt: skip
    return render(request, "certificates/award_candidates.html", context)


def _candidate_rows(enrolments: list[Enrolment]) -> list[dict]:
    going = {e.pk: next((p for p in e.award_proposals.all() if p.status in AwardProposal.LIVE), None) for e in enrolments}
    found = progress_of_all(e for e in enrolments if not going[e.pk])
    rows = []
    for enrolment in enrolments:
        rule, eligibility = found.get(enrolment.pk, (None, None))
        rows.append(
            {"enrolment": enrolment, "proposal": going[enrolment.pk], "rule": rule, "eligibility": eligibility,
             "refused": _last_refusal(enrolment)}
        )  # fmt: skip
    return rows


def _last_refusal(enrolment: Enrolment) -> AwardProposal | None:
    """The latest proposal, where the authority refused it: what the base has to mend."""
    latest = max(enrolment.award_proposals.all(), key=lambda one: (one.proposed_at, one.pk), default=None)
    return latest if latest and latest.status == AwardProposal.Status.REFUSED else None


def _candidate_rows_of_all(enrolments) -> Iterator[dict]:
    """In portions, so that neither memory nor the number of queries a person grows with the list."""
    everybody = enrolments.iterator(chunk_size=200)
    while portion := list(islice(everybody, 200)):
        yield from _candidate_rows(portion)


def _candidate_line(row: dict) -> list:
    eligibility, person = row["eligibility"], row["enrolment"]
    missing = eligibility.missing if eligibility else []
    if row["proposal"]:
        said = row["proposal"].get_status_display()
    elif eligibility is None:
        said = _("no rule in force")
    else:
        said = _("not eligible yet") if missing else _("eligible")
    return [person.user.full_name, person.cohort.code, said, len(missing), _("; ").join(local(n, "title") for n in missing)]


@login_required
@require_POST
def propose(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    found = get_object_or_404(
        Enrolment.objects.filter(cohort__organisation_id__in=bases_of_registrar(request.user)), uuid=enrolment
    )
    if not user_can_propose_award(request.user, found):
        raise PermissionDenied
    try:
        proposal = AwardProposal.propose(found, by=request.user, at=now())
    except NotEligible as error:
        return render(
            request,
            "certificates/award_not_eligible.html",
            {"enrolment": found, "eligibility": error.eligibility},
            status=409,
        )
    messages.success(request, _("Proposed to the authority."))
    return redirect("award_detail", proposal.uuid)


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Proposals: an officer sees all, a registrar the base's own. Filter by state, CSV of what is filtered."""
    if not (user_is_officer(request.user) or bases_of_registrar(request.user)):
        raise PermissionDenied
    status = request.GET.get("status", "")
    proposals = visible_proposals(request.user).select_related(
        "enrolment__user", "enrolment__cohort", "organisation", "rule__level", "proposed_by"
    )
    if status in AwardProposal.Status.values:
        proposals = proposals.filter(status=status)
    if request.GET.get("format") == "csv":
        rows = (
            [
                str(p.uuid),
                p.enrolment.user.full_name,
                p.rule.level.title,
                p.organisation.name,
                p.enrolment.cohort.title,
                p.get_status_display(),
                p.proposed_at.isoformat(),
                p.decided_at.isoformat() if p.decided_at else "",
            ]
            for p in proposals.iterator()
        )
        name = pgettext("of a person", "Name")
        headings = [_("Proposal"), name, _("Level"), _("Training base"), _("Cohort"), _("State"), _("Proposed"), _("Decided")]
        return csv_response("awards.csv", headings, rows)
    page = paginate(request, proposals)
    context = {"page": page, "status": status, "statuses": AwardProposal.Status.choices}
    return render(request, "certificates/award_inbox.html", context)


def get_proposal_for(user, uuid: UUID) -> AwardProposal:
    proposal = get_object_or_404(
        AwardProposal.objects.select_related(
            "enrolment__user", "enrolment__cohort__edition__level", "enrolment__syllabus", "organisation", "rule",
            "proposed_by", "decided_by",
        ),
        uuid=uuid,
    )
    if not user_can_see_proposal(user, proposal):
        raise Http404
    return proposal


@login_required
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    proposal = get_proposal_for(request.user, uuid)
    return render(request, "certificates/award_detail.html", _detail_context(request, proposal))


def _detail_context(request: HttpRequest, proposal: AwardProposal, form: ReasonForm | None = None) -> dict:
    pending = proposal.status == AwardProposal.Status.PROPOSED
    eligibility = progress_of(proposal.enrolment)[1] if pending else None
    return {
        "proposal": proposal,
        "award": getattr(proposal, "award", None),
        "eligibility": eligibility,
        "can_decide": pending and user_can_decide_award(request.user, proposal),
        "can_withdraw": pending and user_can_propose_award(request.user, proposal.enrolment),
        "batch": proposal.batch_row.batch if hasattr(proposal, "batch_row") else None,
        "again": proposal.status == AwardProposal.Status.REFUSED and user_can_propose_award(request.user, proposal.enrolment)
        and not proposal.enrolment.award_proposals.filter(status__in=AwardProposal.LIVE).exists(),
        "form": form or ReasonForm(),
    }


@login_required
@require_POST
def confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    proposal = get_proposal_for(request.user, uuid)
    if not user_can_decide_award(request.user, proposal):
        raise PermissionDenied
    try:
        proposal.confirm(by=request.user, at=now())
    except NotEligible:
        messages.error(request, _("The facts no longer meet the rule; nothing was awarded."))
    else:
        messages.success(request, _("Awarded. The certificate is being signed."))
    return redirect("award_detail", proposal.uuid)


@login_required
@require_POST
def refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    proposal = get_proposal_for(request.user, uuid)
    if not user_can_decide_award(request.user, proposal):
        raise PermissionDenied
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "certificates/award_detail.html", _detail_context(request, proposal, form), status=422)
    proposal.refuse(by=request.user, at=now(), reason=form.cleaned_data["reason"])
    messages.success(request, _("Refused; the base can read why."))
    return redirect("award_detail", proposal.uuid)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    proposal = get_proposal_for(request.user, uuid)
    if not user_can_propose_award(request.user, proposal.enrolment):
        raise PermissionDenied
    proposal.withdraw(by=request.user, at=now())
    messages.success(request, _("The proposal was taken back."))
    return redirect("award_detail", proposal.uuid)


@login_required
def progress(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """The trainee's own tree: what is met and what is still missing."""
    found = get_object_or_404(
        Enrolment.objects.select_related("cohort__edition__level", "cohort__organisation", "syllabus", "user"),
        uuid=enrolment,
        user=request.user,
    )
    rule, eligibility = progress_of(found)
    proposal = found.award_proposals.order_by("-proposed_at").first()
    context = {"enrolment": found, "rule": rule, "eligibility": eligibility, "proposal": proposal}
    if eligibility and not proposal and found.status != Enrolment.Status.WITHDRAWN:  # whose ways are closed
        context["ways"] = ways(found, eligibility)
    return render(request, "certificates/progress.html", context)
