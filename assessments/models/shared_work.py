"""The shared draft of a team: begun by one, opened by all, agreed to by each before it is handed in."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.lib.errors import WrongState
from training.models import Enrolment

from .casework import CaseRun
from .submissions import MAX_ATTEMPTS, Submission
from .teams import Contribution, Team, TeamMember, needed, shared_content


def start_shared(run: CaseRun, *, at: datetime) -> Submission:
    """Return the team's shared draft, begun now where there was none, with a row for this member.

    After a failed first attempt those who failed begin the second one, from what was handed in before. Raises WrongState:
    the case is not played, no team or too small a one, or nothing more can be handed in.
    """
    if not run.is_played:
        raise WrongState(_("First go through all stages of the case."), obj=run)
    member = TeamMember.objects.select_related("team").filter(
        enrolment=run.enrolment, assignment=run.assignment, left_at=None
    ).first()  # fmt: skip
    if member is None:
        raise WrongState(_("First join a team."), obj=run)
    team = member.team
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        own = Submission.objects.filter(team=team, enrolment=run.enrolment).order_by("-attempt").first()
        if own is not None:
            own.must_not_be_appealed()
        shared = team.shared()
        if shared is None:
            if team.current().count() < run.assignment.script().deliverable.team_least:
                raise WrongState(_("The team is still too small."), obj=team)
            _must_be_active(run)
            return Submission.objects.create(
                enrolment=run.enrolment, assignment=run.assignment, attempt=1, run=run, team=team
            )
        if shared.is_draft:
            if run.enrolment_id not in {one.enrolment_id for one in needed(shared)}:
                raise WrongState(_("Nothing more can be handed in for this case."), obj=shared)
            if shared.enrolment_id != run.enrolment_id:
                _row_of(shared, run)
                if not shared.enrolment.is_active:
                    team.pass_on(by=run.enrolment.user)
                    shared.refresh_from_db()
            return shared
        failed = own is not None and own.status == Submission.Status.RELEASED and not own.result.passed
        if not failed or shared.attempt >= MAX_ATTEMPTS:
            raise WrongState(_("Nothing more can be handed in for this case."), obj=shared)
        _must_be_active(run)
        draft = Submission.objects.create(
            enrolment=run.enrolment, assignment=run.assignment, attempt=shared.attempt + 1, run=run, team=team,
            fields=shared.fields, saved_at=at,
        )  # fmt: skip
        for file in shared.current_files():
            file.copy_to(draft, at=at)
    return draft


def _must_be_active(run: CaseRun) -> None:
    if not run.enrolment.is_active:
        raise WrongState(_("Your enrolment is not active any more."), obj=run.enrolment)


def _row_of(shared: Submission, run: CaseRun) -> Submission:
    row, _made = Submission.objects.get_or_create(
        enrolment=run.enrolment,
        assignment=run.assignment,
        attempt=shared.attempt,
        defaults={"run": run, "leader": shared, "team": shared.team},
    )
    return row


def confirm(submission: Submission, enrolment: Enrolment, *, statement: str, number: int, at: datetime) -> Contribution:
    """Record a member's statement and agreement to what stands there. The same once more is one.

    number: the draft number they read. Raises WrongState for who is no member, has no row, read something older, or came
    after the hand-in.
    """
    with transaction.atomic():
        fresh = Submission.objects.select_for_update().get(pk=submission.pk)
        if not fresh.is_draft:
            raise WrongState(_("This work product has been handed in."), obj=submission)
        if enrolment.pk not in {member.enrolment_id for member in needed(fresh)}:
            raise WrongState(_("You are not in this team any more."), obj=submission)
        if fresh.draft_number != number:
            raise WrongState(_("The draft has changed meanwhile. Read it once more, then confirm."), obj=submission)
        content, statement = shared_content(fresh), statement.strip()
        latest = fresh.contributions.filter(enrolment=enrolment).last()
        if latest and (latest.content, latest.statement) == (content, statement):
            return latest
        return Contribution.objects.create(
            submission=fresh, enrolment=enrolment, statement=statement, content=content, confirmed_at=at
        )
