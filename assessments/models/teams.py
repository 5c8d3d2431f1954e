"""Team work: who writes a work product together until when, one shared draft, and what each says of their own part.

The shared draft is the submission of the member who began it (`leader` is empty there). Every other member has a row of
their own that points to it, so that gradebook, hours, results and certificates go on counting persons.
"""

import uuid
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly
from training.models import Cohort, Enrolment

from .plans import Assignment

if TYPE_CHECKING:
    from .submissions import Submission


class TeamDeadline(models.Model):
    """Until when the trainees of a cohort make their teams; afterwards only its trainers do. None at all: no limit."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="team_deadlines")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="team_deadlines")
    until = models.DateTimeField(_("trainees make teams until"))
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "assignment"], name="team_deadline_once")]

    def __str__(self) -> str:
        return f"{self.until}"

    @classmethod
    def put(cls, cohort: Cohort, assignment: Assignment, *, until: datetime, by: User, at: datetime) -> "TeamDeadline":
        with transaction.atomic():
            found, _made = cls.objects.update_or_create(
                cohort=cohort, assignment=assignment, defaults={"until": until, "set_by": by, "set_at": at}
            )
            log(cohort, "assessments.team.deadline", by=by, organisation=cohort.organisation)
        return found

    @classmethod
    def is_over(cls, cohort_id: int, assignment_id: int, *, at: datetime) -> bool:
        return cls.objects.filter(cohort=cohort_id, assignment=assignment_id, until__lt=at).exists()


class Team(models.Model):
    """Trainees of one cohort who write the work product of one assignment together."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="teams")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="teams")
    number = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("team")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["cohort", "assignment", "number"], name="team_number_once")]

    def __str__(self) -> str:
        return f"{self.number}"

    @classmethod
    def form(cls, enrolment: Enrolment, assignment: Assignment, *, by: User, at: datetime, staff: bool = False) -> "Team":
        """Make a new team with its first member.

        Raises WrongState where the work is not team work, the time is over (unless `staff`), or they are in a team.
        """
        if not assignment.script().deliverable.is_team_work:
            raise WrongState(_("This work product is written by each for themselves."), obj=assignment)
        with transaction.atomic():
            Cohort.objects.select_for_update().get(pk=enrolment.cohort_id)  # numbers one after another
            last = cls.objects.filter(cohort=enrolment.cohort_id, assignment=assignment).aggregate(m=models.Max("number"))
            team = cls.objects.create(
                cohort_id=enrolment.cohort_id, assignment=assignment, number=(last["m"] or 0) + 1, made_by=by, made_at=at
            )
            team.add(enrolment, by=by, at=at, staff=staff)
        return team

    def add(self, enrolment: Enrolment, *, by: User, at: datetime, staff: bool = False) -> "TeamMember":
        """Take somebody in. staff: a trainer does it, who may after the deadline and while the draft is being written.

        Raises WrongState: full, too late, another team already, another cohort, not active, or handed in.
        """
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=self.pk)
            if enrolment.cohort_id != self.cohort_id or not enrolment.is_active:
                raise WrongState(_("Only active trainees of the same cohort can join."), obj=self)
            self._may_change(at=at, staff=staff)
            if self.current().count() >= self.assignment.script().deliverable.team_most:
                raise WrongState(_("This team is full."), obj=self)
            try:
                with transaction.atomic():
                    member = TeamMember.objects.create(
                        team=self, assignment_id=self.assignment_id, enrolment=enrolment, joined_at=at, added_by=by
                    )
            except IntegrityError as error:
                raise WrongState(_("They are in a team already."), obj=self) from error
            log(self, "assessments.team.join", by=by, organisation=self.cohort.organisation)
        return member

    def remove(self, enrolment: Enrolment, *, by: User, at: datetime, staff: bool = False) -> None:
        """Let somebody go; whoever keeps the shared draft passes it on first. Twice is harmless.

        Raises as `add` does, and where nobody else could keep the draft.
        """
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=self.pk)
            self._may_change(at=at, staff=staff)
            draft = self.shared()
            if draft and draft.enrolment_id == enrolment.pk:
                self.pass_on(by=by)
            gone = self.current().filter(enrolment=enrolment).update(left_at=at)
            if gone:
                self.submissions.filter(enrolment=enrolment, status="draft").exclude(leader=None).delete()
                log(self, "assessments.team.leave", by=by, organisation=self.cohort.organisation)

    def pass_on(self, to: Enrolment | None = None, *, by: User | None) -> None:
        """Let another member keep the shared draft: the submission becomes theirs, and who kept it gets a row like the others.

        to: an active member who has opened it; None: the one of them who joined first. To who keeps it already is harmless.
        Raises WrongState: no draft, handed in, or nobody (not they) could keep it.
        """
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=self.pk)
            draft = self.shared(held=True)
            if draft is None or not draft.is_draft:
                raise WrongState(_("This team has no shared draft that could be passed on."), obj=self)
            if to is not None and draft.enrolment_id == to.pk:
                return
            members = list(self.current().filter(enrolment__status=Enrolment.Status.ACTIVE).values_list("enrolment", flat=True))
            rows = {row.enrolment_id: row for row in draft.companions.all()}
            wanted = members if to is None else [pk for pk in members if pk == to.pk]
            row = next((rows[pk] for pk in wanted if pk in rows), None)
            if row is None:
                raise WrongState(_("Only an active member who has opened the shared draft can keep it."), obj=self)
            before, run = draft.enrolment_id, draft.run_id
            row.delete()
            self.submissions.filter(pk=draft.pk).update(enrolment=row.enrolment_id, run=row.run_id)
            if before in members:
                self.submissions.create(
                    enrolment_id=before, assignment_id=draft.assignment_id, attempt=draft.attempt, run_id=run, leader=draft
                )
            log(self, "assessments.team.pass_on", by=by, organisation=self.cohort.organisation)

    @classmethod
    def let_go(cls, enrolment: Enrolment, *, at: datetime) -> None:
        """Take somebody who left the cohort out of every team whose work is not handed in; a shared draft they kept goes to
        another member, as soon as one has opened it."""
        for member in TeamMember.objects.filter(enrolment=enrolment, left_at=None).select_related("team__cohort__organisation"):
            team = member.team
            draft = team.shared(held=True)
            if draft and not draft.is_draft:
                continue
            TeamMember.objects.filter(pk=member.pk).update(left_at=at)
            if draft and draft.enrolment_id == enrolment.pk:
                with suppress(WrongState):  # nobody yet: `start_shared` passes it on to who opens it next
                    team.pass_on(by=None)
            team.submissions.filter(enrolment=enrolment, status="draft").exclude(leader=None).delete()
            log(team, "assessments.team.leave", by=None, organisation=team.cohort.organisation)

    def _may_change(self, *, at: datetime, staff: bool) -> None:
        draft = self.shared(held=True)  # nobody hands it in while members come or go
        if draft and not draft.is_draft:
            raise WrongState(_("The work of this team has been handed in."), obj=self)
        if staff:
            return
        if draft:
            raise WrongState(_("The team has begun to write; ask your trainer."), obj=self)
        if TeamDeadline.is_over(self.cohort_id, self.assignment_id, at=at):
            raise WrongState(_("The time for making teams is over; ask your trainer."), obj=self)

    def current(self) -> "models.QuerySet[TeamMember]":
        return self.members.filter(left_at=None)

    def shared(self, *, held: bool = False) -> "Submission | None":
        """The latest shared draft or hand-in. held: locked until the end of the transaction."""
        found = self.submissions.filter(leader=None).order_by("-attempt")
        return (found.select_for_update() if held else found).first()


class TeamMember(models.Model):
    """Somebody in a team; who left stays as a row."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="members")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="team_memberships")
    joined_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "enrolment"], condition=Q(left_at=None), name="one_team_per_assignment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.enrolment_id}"


class Contribution(AppendOnly):
    """One member's statement on their own part, and their agreement to exactly what stood there. The latest counts."""

    submission = models.ForeignKey("assessments.Submission", on_delete=models.PROTECT, related_name="contributions")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField(_("what you did yourself"))
    content = models.CharField(max_length=80)  # hash over what they agreed to
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(statement=""), name="contribution_says_something")]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.enrolment_id}"


class MemberFactor(AppendOnly):
    """A moderator's decision that one member's mark differs from the team's. The latest counts; none means 1."""

    LEAST, MOST = Decimal("0"), Decimal("1.2")

    # The member's own row.
    submission = models.ForeignKey("assessments.Submission", on_delete=models.PROTECT, related_name="factors")
    factor = models.DecimalField(_("factor"), max_digits=3, decimal_places=2)
    reason = models.TextField(_("reason"))
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(factor__gte=0, factor__lte=Decimal("1.2")), name="factor_within_limits"),
            models.CheckConstraint(condition=~Q(reason=""), name="factor_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} × {self.factor}"

    @classmethod
    def put(cls, row: "Submission", *, factor: Decimal, reason: str, by: User, at: datetime) -> "MemberFactor":
        """Record a factor. Raises WrongState before the hand-in and after the release, and for work of one's own."""
        with transaction.atomic():
            fresh = type(row).objects.select_for_update().get(pk=row.pk)
            if fresh.team_id is None:
                raise WrongState(_("This is nobody's team work."), obj=row)
            if fresh.is_draft or fresh.status == fresh.Status.RELEASED:
                raise WrongState(_("A factor is set after the hand-in and before the release."), obj=row)
            found = cls.objects.create(submission=row, factor=factor, reason=reason.strip(), set_by=by, set_at=at)
            log(row, "assessments.team.factor", by=by, organisation=row.enrolment.cohort.organisation)
        return found


def shared_content(submission: "Submission") -> str:
    """Return the hash over what a member agrees to: fields and files as they stand."""
    files = sorted(file.sha256 for file in submission.current_files())
    return content_hash({"fields": submission.fields, "files": files})


def needed(submission: "Submission") -> list[TeamMember]:
    """The members whose statement a hand-in needs: all, but those who passed by an earlier attempt already. Of work that was
    handed in, those whose work it is: who joins or leaves later, for the second attempt, changes nothing about it."""
    members = TeamMember.objects.filter(team=submission.team_id).select_related("enrolment__user")
    if submission.is_draft:
        members = members.filter(left_at=None).exclude(enrolment__status=Enrolment.Status.WITHDRAWN)
    else:
        rows = type(submission).objects.filter(Q(pk=submission.pk) | Q(leader=submission.pk))
        members = members.filter(enrolment__in=rows.values("enrolment"))
    if submission.attempt > 1:
        earlier = type(submission).objects.filter(team=submission.team_id, attempt__lt=submission.attempt)
        members = members.exclude(enrolment__in=earlier.filter(result__passed=True).values("enrolment"))
    return list({member.enrolment_id: member for member in members}.values())  # once, who left and came again


def standing(submission: "Submission") -> list[tuple[TeamMember, Contribution | None, bool]]:
    """Return (member, latest statement, whether it is for what stands there now), in the order in which they joined."""
    said = {found.enrolment_id: found for found in submission.contributions.all()}  # the later one wins
    content = shared_content(submission)
    rows = []
    for member in needed(submission):
        found = said.get(member.enrolment_id)
        rows.append((member, found, found is not None and found.content == content))
    return rows

