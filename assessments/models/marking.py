"""Marking: who was asked to mark, and what they gave. Two assessors, blind; a moderator when they disagree."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Role, User
from accounts.permissions import organisation_ids
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..scoring import total_of
from .marking_rules import MarkingRule
from .marks import BLIND, Kind, Mark, Score
from .notes import MarkNote
from .policy import may_mark
from .queues import Standing, fit_to_judge, kinds_on, open_turns
from .sheet_turns import LEASE, SheetTurn
from .similar import passed_on
from .submissions import Submission

OFFLINE_LEASE = timedelta(days=3)
OFFLINE_MOST = 10


class Allocation(SheetTurn):
    """One assessor's turn on one submission, held by a lease; back in the queue when the lease runs out."""

    Kind = Kind
    QUEUED = (Kind.FIRST, Kind.SECOND, Kind.THIRD)

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="allocations")
    appeal = models.ForeignKey("assessments.Appeal", on_delete=models.PROTECT, null=True, blank=True, related_name="turns")
    sampled = models.ForeignKey(
        "assessments.SampledScript", on_delete=models.PROTECT, null=True, blank=True, related_name="turns"
    )
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="allocations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Given to an assessor of another base, by the rule of the level.
    across = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("marking allocation")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind"],
                condition=~Q(status="given_back") & ~Q(kind__in=["appeal", "sample"]),
                name="one_allocation_per_kind",
            ),
            models.UniqueConstraint(
                fields=["appeal"], condition=~Q(status="given_back"), name="one_fresh_mark_per_appeal"
            ),
            models.UniqueConstraint(
                fields=["sampled"], condition=~Q(status="given_back"), name="one_look_per_sampled_script"
            ),
            models.CheckConstraint(
                condition=Q(kind="sample", sampled__isnull=False) | (~Q(kind="sample") & Q(sampled=None)),
                name="a_second_look_is_of_a_sample",
            ),
            models.CheckConstraint(
                condition=Q(kind="appeal", appeal__isnull=False) | (~Q(kind="appeal") & Q(appeal=None)),
                name="a_fresh_mark_is_of_an_appeal",
            ),
            models.UniqueConstraint(
                fields=["submission", "assessor"], condition=~Q(status="given_back"), name="one_turn_per_assessor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.kind}"

    def get_absolute_url(self) -> str:
        return reverse("marking_sheet", args=[self.uuid])

    @classmethod
    def waiting_for(
        cls, assessor: User, *, at: datetime, known_by: datetime | None = None
    ) -> "models.QuerySet[Submission]":
        """The submissions this assessor could take now, longest waiting first: where the rule of the level lets somebody of
        their bases give a mark that is still to be given, not their own, not of cohorts they teach, not marked or declined
        by them, without a declared conflict (known_by: declared by then). None where the authority asks for a licence and
        theirs does not hold.
        """
        if not organisation_ids(assessor, Role.ASSESSOR) or not may_mark(assessor, at=at):
            return Submission.objects.none()
        held = cls.objects.exclude(status=cls.Status.GIVEN_BACK).exclude(status=cls.Status.TAKEN, lease_until__lt=at)
        found = open_turns(Standing.of(assessor), held, MarkingRule.objects.in_force(at), at=at)
        return (
            fit_to_judge(found, assessor, at=at, known_by=known_by)
            .exclude(allocations__in=cls.objects.filter(assessor=assessor).exclude(reason=""))
            .exclude(allocations__in=held.filter(assessor=assessor))
            .order_by("submitted_at", "pk")
        )

    @classmethod
    def count_for(cls, assessor: User, *, at: datetime) -> int:
        """How many that are, as it is shown: conflicts declared today don't change the number before tomorrow."""
        midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls.waiting_for(assessor, at=at, known_by=midnight).count()

    @classmethod
    def take_next(cls, assessor: User, *, at: datetime) -> "Allocation | None":
        """Give the assessor the next script, under a lease, or None when the queue is empty.

        Two assessors asking at once get different turns: the row is locked (skip_locked where the database has it), and
        the constraints of this table have the last word.
        """
        held = cls.objects.filter(assessor=assessor, status=cls.Status.TAKEN, lease_until__gte=at, kind__in=cls.QUEUED)
        held = held.select_related("submission__enrolment__cohort")
        standing = Standing.of(assessor)
        for mine in held:
            place = standing.to(mine.submission.enrolment.cohort.organisation_id)
            if place.far if mine.across else place.near:
                return mine
        for pk in cls.waiting_for(assessor, at=at).values_list("pk", flat=True)[:20]:
            try:
                with transaction.atomic():
                    if taken := cls._take(pk, assessor, at=at):
                        return taken
            except IntegrityError:  # someone else's turn on it began at the same moment
                continue
        return None

    @classmethod
    def _take(cls, pk: int, assessor: User, *, at: datetime) -> "Allocation | None":
        skip = {"skip_locked": True} if connection.features.has_select_for_update_skip_locked else {}
        submission = Submission.objects.select_for_update(of=("self",), **skip).filter(pk=pk).first()
        if submission is None or submission.status not in (Submission.Status.SUBMITTED, Submission.Status.IN_MARKING):
            return None
        cls._expire(submission, at=at)
        turns = list(submission.allocations.order_by("pk"))
        live = {turn.kind: turn for turn in turns if turn.status != cls.Status.GIVEN_BACK}
        done = {kind for kind, turn in live.items() if turn.status == cls.Status.DONE}
        standing = Standing.of(assessor)
        allowed = kinds_on(submission, standing, MarkingRule.objects.in_force(at), at=at)
        disputed = done >= set(BLIND)  # and still in marking
        free = [kind for kind in allowed if kind not in live and (disputed or kind != cls.Kind.THIRD)]
        if not free or any(turn.assessor_id == assessor.pk for turn in live.values()):
            return None
        begun = Submission.objects.filter(Q(pk=pk) | Q(leader=pk), status=Submission.Status.SUBMITTED)
        begun.update(status=Submission.Status.IN_MARKING)
        # What this assessor had typed before the lease ran out comes back with the script.
        typed = next((turn.draft for turn in reversed(turns) if turn.assessor_id == assessor.pk), {})
        base = submission.enrolment.cohort.organisation_id
        return cls.objects.create(
            submission=submission, assessor=assessor, kind=free[0], across=base not in standing.assess,
            taken_at=at, lease_until=at + LEASE, draft=typed,
        )  # fmt: skip

    @classmethod
    def take_several(cls, assessor: User, count: int, *, at: datetime) -> "list[Allocation]":
        """Give the assessor so many scripts to mark away from the site, and longer time for all they hold: at most
        OFFLINE_MOST on the table at once. Asked again, it gives what is missing to that number.
        """
        held = cls.objects.filter(assessor=assessor, status=cls.Status.TAKEN, lease_until__gte=at)
        held = held.exclude(kind__in=[cls.Kind.MODERATED, cls.Kind.APPEAL])
        missing = min(count, OFFLINE_MOST) - held.count()
        for pk in list(cls.waiting_for(assessor, at=at).values_list("pk", flat=True)[: 3 * OFFLINE_MOST]):
            if missing <= 0:
                break
            try:
                with transaction.atomic():
                    missing -= cls._take(pk, assessor, at=at) is not None
            except IntegrityError:  # someone else's turn on it began at the same moment
                continue
        held.update(lease_until=Greatest("lease_until", Value(at + OFFLINE_LEASE)))
        return list(held)

    @classmethod
    def take_for_moderation(cls, submission: Submission, moderator: User, *, at: datetime) -> "Allocation":
        """Give the moderator a submission on which the two disagreed. Raises WrongState when it is not one, another
        moderator has it, or the moderator marked it before.
        """
        with transaction.atomic():
            submission = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
            if submission.status != Submission.Status.IN_MODERATION:
                raise WrongState(_("This submission is not waiting for a moderator."), obj=submission)
            cls._expire(submission, at=at)
            live = submission.allocations.exclude(status=cls.Status.GIVEN_BACK)
            held = live.filter(kind=cls.Kind.MODERATED).first()
            if held is not None and held.assessor_id == moderator.pk:
                return held
            if held is not None:
                raise WrongState(_("Another moderator is working on it."), obj=submission)
            if live.filter(assessor=moderator).exists() or submission.is_of(moderator):
                raise WrongState(_("You can't moderate what you marked or handed in yourself."), obj=submission)
            if not fit_to_judge(Submission.objects.filter(pk=submission.pk), moderator, at=at).exists():
                raise WrongState(_("You are not free to judge this work."), obj=submission)
            before = submission.allocations.filter(assessor=moderator, kind=cls.Kind.MODERATED).order_by("pk").last()
            return cls.objects.create(
                submission=submission,
                assessor=moderator,
                kind=cls.Kind.MODERATED,
                taken_at=at,
                lease_until=at + LEASE,
                draft=before.draft if before else {},
            )

    @classmethod
    def _expire(cls, submission: Submission, *, at: datetime) -> None:
        """Turns whose lease ran out go back to the queue; what was typed stays with them."""
        submission.allocations.filter(status=cls.Status.TAKEN, lease_until__lt=at).update(
            status=cls.Status.GIVEN_BACK
        )

    def give_back(self, *, at: datetime, reason: str = "") -> None:
        """Return the script to the queue. With a reason (a conflict of interest) this assessor is not offered it again.

        A second click is harmless. Raises WrongState once the mark was given.
        """
        with transaction.atomic():
            taken = Allocation.objects.filter(pk=self.pk, status=self.Status.TAKEN)
            moved = taken.update(status=self.Status.GIVEN_BACK, reason=reason.strip()[:300], lease_until=at)
            self.refresh_from_db()
            if not moved and self.status != self.Status.GIVEN_BACK:
                raise WrongState(_("This mark has been given or handed back."), obj=self)
            if moved:
                log(self, "assessments.mark.give_back", by=self.assessor, organisation=self.logged_at)

    @property
    def logged_at(self) -> Organisation | None:
        """The organisation in whose log its steps stand."""
        return self.submission.enrolment.cohort.organisation

    def similar(self) -> list[str]:
        """What moderators passed on of similarities with other works. One query."""
        return passed_on(self.submission_id)

    def given(self) -> "Mark | None":
        """The mark of this turn, once it was given. One query then."""
        return Mark.objects.filter(allocation=self).first() if self.status == self.Status.DONE else None

    def give_mark(
        self, scores: dict[str, dict[str, Any]], comment: str, *, at: datetime, reason: str = "", notes: Iterable[dict] = (),
        agreed: bool = False,
    ) -> "Mark":  # fmt: skip
        """Give the mark: one band for every criterion. The second mark decides what comes next; so do a third one and a
        moderator's.

        scores: {criterion key: {"points": points of a band, "comment": text}}; notes: as `passages.py` has them. agreed: a
        moderator's, in which the two assessors' agreement is recorded. Twice is harmless.
        Raises MarkIncomplete naming the criteria, WrongState when the turn was handed back meanwhile.
        """
        if existing := Mark.objects.filter(allocation=self).first():
            return existing
        rubric = self.submission.assignment.rubric
        lines = rubric.lines()
        chosen = self.bands_of(scores, reason=reason)
        total = total_of({k: b.points for k, b in chosen.items()}, {c.key: c.top for c in lines})
        with transaction.atomic():
            submission = Submission.objects.select_for_update(of=("self",)).get(pk=self.submission_id)
            if not Allocation.objects.filter(pk=self.pk, status=self.Status.TAKEN).update(status=self.Status.DONE):
                if existing := Mark.objects.filter(allocation=self).first():
                    return existing
                raise WrongState(_("This mark has been given or handed back."), obj=self)
            mark = Mark.objects.create(
                submission=submission,
                allocation=self,
                assessor=self.assessor,
                kind=self.kind,
                rubric=rubric,
                total=total,
                comment=comment,
                reason=reason,
                agreed=agreed and self.kind == self.Kind.MODERATED,
                marked_at=at,
            )
            Score.objects.bulk_create(
                Score(
                    mark=mark,
                    criterion=criterion,
                    band=chosen[criterion.key],
                    comment=str(scores[criterion.key].get("comment", "")),
                )
                for criterion in lines
            )
            MarkNote.append(mark, notes)
            log(mark, "assessments.mark.give", by=self.assessor, organisation=self.logged_at)
            if self.kind == self.Kind.SAMPLE:
                self.sampled.have_mark(mark, released=submission.status == Submission.Status.RELEASED)
            else:
                self._go_on(submission, at=at)
        self.refresh_from_db()
        return mark

    def _go_on(self, submission: Submission, *, at: datetime) -> None:
        states = Submission.Status
        if self.kind == self.Kind.APPEAL:
            self.appeal.have_mark()
            return
        if self.kind == self.Kind.MODERATED:
            submission.move(states.IN_MODERATION, states.READY)
            return
        marks = {mark.kind: mark for mark in submission.marks.all()}
        if not all(kind in marks for kind in BLIND):
            return
        if self.kind == self.Kind.THIRD:
            settled = Mark.settling(marks, submission.assignment)
            submission.move(states.IN_MARKING, states.READY if settled else states.IN_MODERATION)
        elif not Mark.compare(marks[self.Kind.FIRST], marks[self.Kind.SECOND]):
            submission.move(states.IN_MARKING, states.READY)
        elif self._rule(at).on_disagreement == MarkingRule.Disagreement.MODERATOR:
            submission.move(states.IN_MARKING, states.IN_MODERATION)
        # else it stays in marking, and `open_turns` offers the third mark

    def _rule(self, at: datetime) -> MarkingRule:
        return MarkingRule.objects.for_level(self.submission.enrolment.cohort.edition.level.code, at)

    @classmethod
    def no_third_came(cls, *, at: datetime) -> int:
        """Send to the moderator what waited too long for a third mark. Returns how many. Harmless when run twice."""
        rules, states, moved = MarkingRule.objects.in_force(at), Submission.Status, 0
        waiting = Submission.objects.filter(status=states.IN_MARKING, leader=None, marks__kind__in=BLIND)
        waiting = waiting.annotate(given=models.Count("marks", distinct=True), last=models.Max("marks__marked_at"))
        waiting = waiting.filter(given=2).annotate(level=models.F("enrolment__cohort__edition__level__code"))
        for submission in waiting.order_by("pk"):
            rule = rules.get(submission.level, rules[""])
            if submission.last + timedelta(days=rule.third_days) > at:
                continue
            with transaction.atomic():
                fresh = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
                cls._expire(fresh, at=at)
                thirds = fresh.allocations.filter(kind=cls.Kind.THIRD).exclude(status=cls.Status.GIVEN_BACK)
                if fresh.status == states.IN_MARKING and not thirds.exists():  # nobody has it on the table or gave it
                    fresh.move(states.IN_MARKING, states.IN_MODERATION)
                    moved += 1
        return moved
