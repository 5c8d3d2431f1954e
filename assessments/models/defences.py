"""One trainee's defence: the slot, the declarations, the votes, the minutes and their signatures.

    booked ──► voting ──► decided (minutes, signatures) ──► released (a `PartResult`)
       ├─────► absent        └── a tie may ask for one more round
       └─────► cancelled (by the registrar, with a reason; no attempt is lost)
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Membership, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from training.models import Enrolment

from ..panel import Ballot, Decision, decide
from ..scoring import total_of
from ..signals import defence_moved
from .conflicts import Conflict
from .defence_days import DefenceSlot, PanelSeat
from .panel_records import Bench, ConflictDeclaration, DefenceVote
from .part_results import PartResult
from .plans import Part
from .submissions import Submission

REPLACE_FIRST = _(
    "Somebody on the panel has declared a conflict with this trainee; the registrar puts another person in their place first."
)
HELD = ["booked", "voting", "decided"]  # a defence that is on its way


class DefenceQuerySet(models.QuerySet):
    def with_everything(self):
        return self.select_related(
            "slot__day__cohort__organisation", "slot__day__cohort__edition", "part__rubric", "enrolment__user",
            "enrolment__cohort__organisation", "submission__assignment__item", "submission__assignment__part",
        )  # fmt: skip

    def on_the_way(self):
        return self.filter(status__in=HELD)

    def eligible_work(self, enrolment: Enrolment, part: Part) -> list[Submission]:
        """The person's work products that the rules let be defended, latest first: handed in, released or passed."""
        states = {"handed_in": Q(submitted_at__isnull=False), "released": Q(status="released")}
        wanted = states.get(part.defence.work, states["released"])
        found = Submission.objects.filter(wanted, enrolment=enrolment).select_related(
            "assignment__item", "assignment__part"
        )
        found = list(found.prefetch_related("results").order_by("-submitted_at", "-pk"))
        if part.defence.work == "passed":
            found = [work for work in found if any(result.passed for result in list(work.results.all())[-1:])]
        return found


class Defence(models.Model):
    class Status(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("defence", "planned")
        VOTING = "voting", pgettext_lazy("defence", "voting")
        DECIDED = "decided", pgettext_lazy("defence", "minutes to be signed")
        RELEASED = "released", pgettext_lazy("defence", "released")
        ABSENT = "absent", pgettext_lazy("defence", "absent")
        CANCELLED = "cancelled", pgettext_lazy("defence", "cancelled")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slot = models.ForeignKey(
        DefenceSlot, on_delete=models.PROTECT, related_name="defences", related_query_name="defence"
    )
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="defences")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="defences")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="defences")
    attempt = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOOKED)
    moves = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField(blank=True)  # why it was cancelled or the absence excused
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = DefenceQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("oral", "defence")
        ordering = ["slot__starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=~Q(status="cancelled"), name="one_defence_in_a_slot"),
            models.UniqueConstraint(
                fields=["enrolment", "part"], condition=Q(status__in=HELD), name="one_defence_on_the_way"
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1, round__gte=1), name="defence_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.user} – {self.slot}"

    def get_absolute_url(self) -> str:
        return reverse("defence", args=[self.uuid])

    @property
    def day(self):
        return self.slot.day

    @property
    def is_closed(self) -> bool:
        """Whether the votes are open to the members who gave them."""
        return self.status in (self.Status.DECIDED, self.Status.RELEASED)

    @property
    def tone(self) -> str:
        tones = {"released": "ok", "voting": "warn", "decided": "warn", "absent": "bad", "booked": "info"}
        return tones.get(self.status, "muted")

    # --- The slot ---------------------------------------------------------------------------------------------------

    @classmethod
    def attempts_used(cls, enrolment: Enrolment, part: Part) -> int:
        return PartResult.objects.filter(enrolment=enrolment, part=part).count()

    @classmethod
    def book(cls, enrolment: Enrolment, slot: DefenceSlot, submission: Submission, *, by: User, at: datetime,
             staff: bool = False) -> "Defence":  # fmt: skip
        """Put the person into a slot with the work product they defend. The same again is the same.

        staff: a registrar does it, also when trainees don't choose or no longer may. WrongState: the slot or the person
        is taken, the work product is not eligible, no attempt is left.
        """
        part = slot.day.part
        if found := cls.objects.on_the_way().filter(enrolment=enrolment, slot=slot, submission=submission).first():
            return found
        cls._may_take(slot, enrolment, at=at, staff=staff)
        if submission not in cls.objects.eligible_work(enrolment, part):
            raise WrongState(_("This work product can't be defended yet."), obj=slot.day)
        done = PartResult.objects.filter(enrolment=enrolment, part=part)
        if done.filter(passed=True).exists():
            raise WrongState(_("This defence has been passed already."), obj=slot.day)
        used = done.count()
        if used >= part.defence.attempts:
            raise WrongState(_("No attempt is left."), obj=slot.day)
        try:
            with transaction.atomic():
                defence = cls.objects.create(
                    slot=slot,
                    enrolment=enrolment,
                    part=part,
                    submission=submission,
                    attempt=used + 1,
                    booked_at=at,
                    booked_by=by,
                )
                defence._say("assessments.defence.book", by=by, slot=slot.pk)
        except IntegrityError as error:
            raise WrongState(_("This slot has just been taken, or there is a slot already."), obj=slot.day) from error
        return defence

    @staticmethod
    def _may_take(slot: DefenceSlot, enrolment: Enrolment, *, at: datetime, staff: bool) -> None:
        day = slot.day
        if day.cancelled_at or slot.starts_at <= at or day.cohort_id != enrolment.cohort_id or not enrolment.is_active:
            raise WrongState(_("This slot can't be taken."), obj=day)
        if not staff and (not day.part.defence.choose or at > day.choose_until):
            raise WrongState(_("Slots can't be chosen any more; ask your registrar."), obj=day)

    def may_move(self, at: datetime) -> bool:
        """Whether the trainee may still change the slot."""
        rules = self.part.defence
        early = at <= self.slot.starts_at - timedelta(hours=rules.moves_hours)
        return self.status == self.Status.BOOKED and rules.choose and self.moves < rules.moves and early

    def move_to(self, slot: DefenceSlot, *, by: User, at: datetime, staff: bool = False) -> None:
        """Change the slot. A trainee may do it so often and until so many hours before; moving to the same slot does nothing."""
        if slot.pk == self.slot_id:
            return
        if not staff and not self.may_move(at):
            raise WrongState(_("The slot can't be changed any more; ask your registrar."), obj=self)
        self._may_take(slot, self.enrolment, at=at, staff=staff)
        if slot.day.part_id != self.part_id:
            raise WrongState(_("This slot can't be taken."), obj=self)
        here = Defence.objects.filter(pk=self.pk, slot=self.slot_id, status=self.Status.BOOKED, moves=self.moves)
        moves = self.moves if staff else self.moves + 1
        with transaction.atomic():
            try:
                with transaction.atomic():
                    moved = here.update(slot=slot, moves=moves)
            except IntegrityError as error:
                raise WrongState(_("This slot has just been taken."), obj=self) from error
            if not moved:
                raise WrongState(_("The slot has changed meanwhile."), obj=self)
            self.slot, self.moves = slot, moves
            self._say("assessments.defence.move", by=by, slot=slot.pk)

    def cancel(self, *, reason: str, by: User, at: datetime) -> None:
        """Take the person out of the slot; no attempt is lost."""
        self._move([self.Status.BOOKED, self.Status.VOTING], self.Status.CANCELLED, by, "cancel", reason=reason)

    def mark_absent(self, *, excused: bool, reason: str, by: User, at: datetime) -> None:
        """Record that the trainee did not come. Unexcused, it is a failed attempt where the rules say so."""
        if at < self.slot.starts_at:
            raise WrongState(_("The defence has not begun yet."), obj=self)
        with transaction.atomic():
            to = self.Status.CANCELLED if excused else self.Status.ABSENT
            self._move([self.Status.BOOKED], to, by, "absent", reason=reason, excused=excused)
            if not excused and self.part.defence.absence_counts:
                PartResult.objects.create(
                    enrolment=self.enrolment, part=self.part, defence=self, total=0, approved=False, passed=False,
                    method=PartResult.Method.ABSENT, facts={"attempt": self.attempt, "tree": []}, released_at=at, released_by=by,
                )  # fmt: skip

    def _move(self, old: list[str], new: str, by: User, action: str, **changes: Any) -> None:
        fields = {"status": new} | ({"reason": changes["reason"]} if "reason" in changes else {})
        with transaction.atomic():
            if not Defence.objects.filter(pk=self.pk, status__in=old).update(**fields):
                raise WrongState(_("The defence is no longer in this state."), obj=self)
            for name, value in fields.items():
                setattr(self, name, value)
            self._say(f"assessments.defence.{action}", by=by)

    def _say(self, action: str, *, by: User, **data: Any) -> None:
        log(self, action, by=by, organisation=self.enrolment.cohort.organisation, **data)
        defence_moved.send(sender=Defence, defence=self, action=action.rpartition(".")[2])

    # --- The panel --------------------------------------------------------------------------------------------------

    def known_conflicts(self, seats: list[PanelSeat], voted: set[int]) -> dict[int, str]:
        """What the system knows by itself, by seat: the trainee's teacher, a colleague in an organisation, who declared a
        conflict beforehand; declared after their vote, it changes nothing in this round. Three queries."""
        teachers = set(self.enrolment.cohort.instructors.values_list("pk", flat=True))
        people = [seat.user_id for seat in seats]
        theirs = Membership.objects.in_force().filter(user=self.enrolment.user_id).values("organisation")
        colleagues = set(
            Membership.objects.in_force()
            .filter(user__in=people, organisation__in=theirs)
            .values_list("user", flat=True)
        )
        trainee = Enrolment.objects.filter(pk=self.enrolment_id)
        declared = Conflict.objects.judges_of(trainee, people, at=timezone.now())
        found = {}
        for seat in seats:
            if seat.user_id == self.enrolment.user_id or seat.user_id in teachers:
                found[seat.pk] = ConflictDeclaration.Ground.TAUGHT
            elif seat.user_id in colleagues:
                found[seat.pk] = ConflictDeclaration.Ground.EMPLOYER
            elif seat.user_id in declared and seat.pk not in voted:
                found[seat.pk] = ConflictDeclaration.Ground.DECLARED
        return found

    def bench(self) -> Bench:
        """Who sits, who is out and who may vote on this defence. Six queries."""
        seats = list(self.day.seats.select_related("user"))
        said: dict[int, ConflictDeclaration] = {}
        for declaration in self.declarations.order_by("pk"):
            said[declaration.seat_id] = declaration
        voted = {vote.seat_id for vote in self.votes.filter(round=self.round)}
        return Bench(seats, said, self.known_conflicts(seats, voted), voted)

    def declare(self, seat: PanelSeat, *, ground: str, note: str, at: datetime) -> None:
        """Keep whether the member has a conflict; ground "" is none. The same twice is one; nobody declares after voting."""
        last = self.declarations.filter(seat=seat).last()
        if last is not None and (last.ground, last.note) == (ground, note):
            return
        if self.status not in HELD or self.votes.filter(seat=seat).exists():
            raise WrongState(_("You have voted already."), obj=self)
        with transaction.atomic():
            ConflictDeclaration.objects.create(defence=self, seat=seat, ground=ground, note=note, declared_at=at)
            self._say("assessments.defence.declare", by=seat.user, conflict=bool(ground))

    def open_vote(self, *, by: PanelSeat, at: datetime) -> None:
        """The chair opens the vote, on the day, when enough members have declared that they have no conflict."""
        bench = self.bench()
        if timezone.localdate(at) < timezone.localdate(self.slot.starts_at):
            raise WrongState(_("The vote is opened on the day of the defence."), obj=self)
        if bench.to_replace:
            raise WrongState(REPLACE_FIRST, obj=self)
        if len(bench.ready) < self.part.defence.quorum:
            text = _("%(ready)s of at least %(quorum)s members have declared that they have no conflict.")
            raise WrongState(text % {"ready": len(bench.ready), "quorum": self.part.defence.quorum}, obj=self)
        if self.status == self.Status.VOTING:
            return
        self._move([self.Status.BOOKED], self.Status.VOTING, by.user, "open_vote")

    def vote(
        self, seat: PanelSeat, *, passed: bool, points: Mapping[str, int], reasons: str, at: datetime
    ) -> "DefenceVote":
        """Append a member's vote of this round; a second click gives the first one back.

        points: {criterion key: points of one of its bands}. WrongState: it is not voted now, or not by this member.
        """
        if found := self.votes.filter(seat=seat, round=self.round).first():
            return found
        if self.status != self.Status.VOTING or seat not in self.bench().ready:
            raise WrongState(_("You can't vote on this defence now."), obj=self)
        possible = {line.key: {band.points for band in line.bands.all()} for line in self.part.rubric.lines()}
        if set(points) != set(possible) or any(points[key] not in bands for key, bands in possible.items()):
            raise ValueError("one band for each criterion")
        total = total_of(points, {key: max(bands) for key, bands in possible.items()})
        try:
            with transaction.atomic():
                if (
                    not Defence.objects.select_for_update()
                    .filter(pk=self.pk, status="voting", round=self.round)
                    .exists()
                ):
                    raise WrongState(_("The vote has been closed meanwhile."), obj=self)
                vote = DefenceVote.objects.create(
                    defence=self, seat=seat, round=self.round, passed=passed, points=dict(points), total=total, reasons=reasons,
                    voted_at=at,
                )  # fmt: skip
                self._say("assessments.defence.vote", by=seat.user, round=self.round)
        except IntegrityError:  # the other click was faster
            return self.votes.get(seat=seat, round=self.round)
        return vote

    def decision(self, round: int | None = None) -> Decision:
        """What the votes of a round (the last) come to."""
        rules, chair = self.part.defence, self.bench().acting
        votes = self.votes.filter(round=round or self.round)
        ballots = [Ballot(vote.passed, vote.total, chair is not None and vote.seat_id == chair.pk) for vote in votes]
        return decide(
            ballots, quorum=rules.quorum, majority=rules.majority, tie=rules.tie, pass_mark=self.part.pass_mark,
            round=round or self.round,
        )  # fmt: skip
