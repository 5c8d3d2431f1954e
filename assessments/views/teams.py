"""Teams: made by trainees until a day and by trainers at any time; the members' statements; a moderator's factors."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib.errors import WrongState
from lms.lib.listing import paginate
from training.models import Cohort, Enrolment

from ..forms import FactorForm, TeamDeadlineForm
from ..models import Assignment, MemberFactor, Submission, Team, TeamDeadline, TeamMember
from ..permissions import (
    get_gradebook_cohort,
    get_practising_enrolment,
    get_team_work,
    team_work_of,
    user_can_moderate,
    user_is_moderator,
    user_sees_names,
)

PER_PAGE = 30


def team_assignments(cohort: Cohort) -> list[Assignment]:
    """The assignments of the cohort's edition that are team work, in order: one query, and one for each unread case."""
    found = Assignment.objects.filter(part__plan__edition=cohort.edition_id).select_related("item__revision", "part")
    ordered = found.order_by("part__position", "position")
    return [assignment for assignment in ordered if assignment.script().deliverable.is_team_work]


def teams_of(cohort: Cohort, assignments: list[Assignment]) -> list[Team]:
    members = TeamMember.objects.filter(left_at=None).select_related("enrolment__user")
    found = Team.objects.filter(cohort=cohort, assignment__in=assignments).select_related("assignment", "cohort__organisation")
    shared = Submission.objects.filter(leader=None, status=Submission.Status.DRAFT).only("team_id", "enrolment_id")
    found = found.prefetch_related(Prefetch("members", members, to_attr="now"), Prefetch("submissions", shared, to_attr="drafts"))
    teams = list(found)
    for team in teams:
        team.keeper = team.drafts[0].enrolment_id if team.drafts else None
    return teams


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, uuid: UUID, assignment: UUID) -> HttpResponse:
    """A trainee's own team and those one can join. POST: form, join, leave, or pass the shared draft on."""
    enrolment = get_practising_enrolment(request.user, uuid)
    assignments = team_assignments(enrolment.cohort)
    found = next((one for one in assignments if one.uuid == assignment), None)
    if found is None:
        raise Http404
    teams = teams_of(enrolment.cohort, [found])
    mine = next((one for one in teams if enrolment.pk in {m.enrolment_id for m in one.now}), None)
    if request.method == "POST":
        _act(request, enrolment, found, teams, mine)
        return redirect("team", enrolment.uuid, found.uuid)
    deliverable = found.script().deliverable
    deadline = TeamDeadline.objects.filter(cohort=enrolment.cohort, assignment=found).first()
    context = {
        "enrolment": enrolment,
        "assignment": found,
        "item": found.item,
        "deliverable": deliverable,
        "teams": [one for one in teams if one.now and one != mine],
        "mine": mine,
        "draft": mine.shared() if mine else None,
        "small": mine is not None and len(mine.now) < deliverable.team_least,
        "deadline": deadline,
        "over": deadline is not None and deadline.until < now(),
        "run": enrolment.case_runs.filter(assignment=found).first(),
    }
    return render(request, "assessments/team.html", context)


def _act(request: HttpRequest, enrolment: Enrolment, assignment: Assignment, teams: list[Team], mine: Team | None) -> None:
    try:
        if "form" in request.POST:
            Team.form(enrolment, assignment, by=request.user, at=now())
        elif "join" in request.POST:
            wanted = next((one for one in teams if str(one.uuid) == request.POST["join"]), None)
            if wanted is None:
                raise Http404
            wanted.add(enrolment, by=request.user, at=now())
        elif "leave" in request.POST and mine is not None:
            mine.remove(enrolment, by=request.user, at=now())
        elif "keeper" in request.POST and mine is not None:
            wanted = next((m.enrolment for m in mine.now if str(m.enrolment.uuid) == request.POST["keeper"]), None)
            if wanted is None:
                raise Http404
            mine.pass_on(wanted, by=request.user)
            messages.success(request, _("The shared draft is passed on."))
    except WrongState as late:
        messages.warning(request, late.message)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cohort_teams(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """All teams of a cohort for its registrars and trainers: deadline, putting in, taking out, a new team."""
    cohort = get_gradebook_cohort(request.user, uuid)
    if not user_sees_names(request.user, cohort):
        raise PermissionDenied
    assignments = team_assignments(cohort)
    form = wrong = None
    if request.method == "POST":
        chosen = next((one for one in assignments if str(one.uuid) == request.POST.get("assignment")), None)
        if chosen is None:
            raise Http404
        form = TeamDeadlineForm(request.POST, prefix="d") if "deadline" in request.POST else None
        if form is None:
            _arrange(request, cohort, chosen)
        elif form.is_valid():
            TeamDeadline.put(cohort, chosen, until=form.cleaned_data["until"], by=request.user, at=now())
            messages.success(request, _("The day is set."))
        else:
            wrong = chosen
        if wrong is None:
            return redirect("cohort_teams", cohort.uuid)
    teams = teams_of(cohort, assignments)
    deadlines = {one.assignment_id: one for one in TeamDeadline.objects.filter(cohort=cohort)}
    people = list(cohort.enrolments.filter(status=Enrolment.Status.ACTIVE).select_related("user").order_by("user__full_name"))
    groups = []
    for one in assignments:
        own = [found for found in teams if found.assignment_id == one.pk and found.now]
        placed = {member.enrolment_id for found in own for member in found.now}
        initial = {"until": deadlines[one.pk].until} if one.pk in deadlines else None
        groups.append({
            "assignment": one, "teams": own, "free": [person for person in people if person.pk not in placed],
            "form": form if one == wrong else TeamDeadlineForm(initial=initial, prefix="d"),
            "deliverable": one.script().deliverable,
        })  # fmt: skip
    status = 422 if wrong else 200
    return render(request, "assessments/cohort_teams.html", {"cohort": cohort, "groups": groups}, status=status)


def _arrange(request: HttpRequest, cohort: Cohort, assignment: Assignment) -> None:
    """Put somebody into a team (a new one for "new"), take somebody out, or let them keep the shared draft."""
    post, at = request.POST, now()
    try:
        person = cohort.enrolments.filter(uuid=UUID(post.get("enrolment", ""))).select_related("cohort").first()
    except ValueError as error:
        raise Http404 from error
    if person is None:
        raise Http404
    teams = {str(found.uuid): found for found in teams_of(cohort, [assignment])}
    try:
        if "remove" in post:
            if found := teams.get(post["remove"]):
                found.remove(person, by=request.user, at=at, staff=True)
        elif "keeper" in post:
            if found := teams.get(post["keeper"]):
                found.pass_on(person, by=request.user)
        elif post.get("team") == "new":
            Team.form(person, assignment, by=request.user, at=at, staff=True)
        elif found := teams.get(post.get("team", "")):
            found.add(person, by=request.user, at=at, staff=True)
    except WrongState as late:
        messages.warning(request, late.message)


@login_required
@require_safe
def work_list(request: HttpRequest) -> HttpResponse:
    """Team work that was handed in and is not released, for moderators of the base, by its anonymous code."""
    if not user_is_moderator(request.user):
        raise PermissionDenied
    rows, state = team_work_of(request.user), request.GET.get("state", "")
    states = [choice for choice in Submission.Status.choices if choice[0] not in ("draft", "released", "returned")]
    if state in dict(states):
        rows = rows.filter(status=state)
    context = {"page": paginate(request, rows, PER_PAGE), "state": state, "states": states}
    return render(request, "assessments/team_work_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The members' statements by code, never by name, and a factor for one of them with its reason."""
    submission = get_team_work(request.user, uuid)
    if not user_can_moderate(request.user, submission):
        raise PermissionDenied
    rows = sorted(submission.rows(), key=lambda row: row.enrolment.anonymous_code)
    said = {found.enrolment_id: found.statement for found in submission.contributions.all()}
    form = wrong = None
    if request.method == "POST":
        code = request.POST.get("code", "")
        row = next((row for row in rows if row.enrolment.anonymous_code == code), None)
        if row is None:
            raise Http404
        form, wrong = FactorForm(request.POST, prefix=code), row
        if form.is_valid():
            MemberFactor.put(row, **form.cleaned_data, by=request.user, at=now())
            messages.success(request, _("The factor is recorded with its reason."))
            return redirect("team_work", submission.uuid)
    factors = {found.submission_id: found for found in MemberFactor.objects.filter(submission__in=rows)}
    members = [
        {
            "letter": chr(ord("A") + place), "code": row.enrolment.anonymous_code,
            "statement": said.get(row.enrolment_id, ""), "factor": factors.get(row.pk),
            "form": form if row is wrong else FactorForm(prefix=row.enrolment.anonymous_code),
        }
        for place, row in enumerate(rows)
    ]  # fmt: skip
    context = {"submission": submission, "item": submission.assignment.item, "members": members,
               "code": submission.enrolment.anonymous_code}  # fmt: skip
    return render(request, "assessments/team_work.html", context, status=422 if wrong else 200)
