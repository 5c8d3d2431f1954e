"""Time on lesson pages, counted by the server alone.

The page sends a beat every 30 seconds while its reader is there. What counts is the time that passed on the server's
clock since the last beat, but never more than `IDLE_CUT` of it: after an absence of an hour one beat is worth 45
seconds, a replayed one nothing. A person has one open visit: opening a lesson elsewhere takes over. Whole minutes go to
the ledger in chunks, up to the lesson's nominal minutes; less than a minute at the end of a visit is not counted, and
neither is time beyond the nominal minutes (so that a correction can't be undone by time that was put aside).
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from curriculum.models import EditionItem
from lms.lib.errors import WrongState

from ..hours import RULE_LESSON
from .enrolments import Enrolment
from .records import Delivery, StudyRecord

IDLE_CUT = timedelta(seconds=45)  # the most one beat counts
TOO_SOON = timedelta(seconds=5)  # beats closer than this are not looked at
CLOSE_AFTER = timedelta(minutes=10)  # a visit without a beat for this long is closed by the sweep
CHUNK = 300  # seconds that go to the ledger at once


@dataclass(frozen=True)
class Beat:
    """What the server answers to a beat.

    state: "counted"; "idle" (reader not active, nothing counted); "early" (too soon or replayed, nothing counted);
    "complete" (the lesson's nominal minutes are reached); "taken_over" (the person went on in another place);
    "closed" (the visit was over; open a new one); "ended" (the cohort or enrolment does not count time any more).
    minutes: whole minutes counted for this lesson so far, this visit included, never above nominal.
    """

    state: str
    minutes: int
    nominal: int


class StudyVisitQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def idle(self, at: datetime):
        """Open visits from which nothing was heard for `CLOSE_AFTER`."""
        return self.open().filter(last_beat_at__lt=at - CLOSE_AFTER)

    def close_idle(self, at: datetime) -> int:
        """Close every idle visit, its whole minutes going to the ledger. Returns how many; harmless to run twice."""
        visits = self.idle(at).select_related("enrolment__cohort", "item__edition")
        return sum(visit.close(at=at) for visit in visits.order_by("pk")[:500])


class StudyVisit(models.Model):
    """One sitting of a person at one lesson, with the seconds the server counted. At most one is open per person."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="visits")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    last_beat_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)
    recorded_seconds = models.PositiveIntegerField(default=0, help_text="of `seconds`, those already in the ledger")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = StudyVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("study visit")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(closed_at=None), name="one_place_at_a_time"),
            models.CheckConstraint(
                condition=Q(recorded_seconds__lte=models.F("seconds")), name="recorded_no_more_than_counted"
            ),
        ]
        indexes = [models.Index(fields=["last_beat_at"], condition=Q(closed_at=None), name="open_visits_by_beat")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.item_id}"

    @property
    def pending_minutes(self) -> int:
        """Whole minutes counted that are not in the ledger yet."""
        return 0 if self.closed_at else (self.seconds - self.recorded_seconds) // 60

    @classmethod
    def open_lesson(cls, enrolment: Enrolment, item: EditionItem, *, at: datetime) -> "StudyVisit":
        """Begin to count time on a lesson, or go on with the visit that is open on the same lesson (a reload, a second
        tab: both share one clock). A visit open elsewhere is closed: one place at a time.

        Raises WrongState: the enrolment is not active, the cohort not open, or the item is no lesson of its edition.
        """
        if not enrolment.may_study:
            raise WrongState(_("Time is not counted: this enrolment or its cohort is not active."), obj=enrolment)
        if item.kind != EditionItem.Kind.LESSON or item.edition_id != enrolment.cohort.edition_id:
            raise WrongState(_("This lesson is not part of the course."), obj=enrolment)
        with transaction.atomic():
            # The person's row is the lock: two tabs opened in the same moment come one after the other.
            User.objects.select_for_update().only("pk").get(pk=enrolment.user_id)
            open_now = cls.objects.open().filter(user=enrolment.user_id)
            visit = open_now.select_related("enrolment__cohort", "item__edition").first()
            if visit:
                same = visit.enrolment_id == enrolment.pk and visit.item_id == item.pk
                if same and at - visit.last_beat_at <= CLOSE_AFTER:
                    cls.objects.filter(pk=visit.pk, last_beat_at__lt=at).update(last_beat_at=at)
                    visit.last_beat_at = max(at, visit.last_beat_at)
                    return visit
                visit.close(at=at)
            return cls.objects.create(
                enrolment=enrolment, user_id=enrolment.user_id, item=item, opened_at=at, last_beat_at=at
            )

    def beat(self, *, at: datetime, active: bool, leaving: bool = False) -> Beat:
        """Count the time since the last beat (at most `IDLE_CUT`, nothing when the reader is not active).

        leaving: the page is going away; whole minutes go to the ledger now. Never raises for a late, early or repeated
        beat: it counts nothing and says so.
        """
        if self.closed_at:
            return self._answer(self._why_closed())
        if not self.enrolment.may_study:
            self.close(at=at)
            return self._answer("ended")
        gap = at - self.last_beat_at
        state = "counted" if active else "idle"
        with transaction.atomic():
            counted = StudyRecord.objects.minutes_on(self.enrolment_id, self.item_id)
            left = Decimal(self.item.minutes) - counted
            if gap < TOO_SOON and not (leaving and gap > timedelta(0)):
                state = "early"
            else:
                room = max(int(left * 60) - (self.seconds - self.recorded_seconds), 0)
                whole = min(int(min(gap, IDLE_CUT).total_seconds()), room) if active else 0
                # Within the cut, fractions of a second are kept for the next beat; after an absence they are gone.
                heard = self.last_beat_at + timedelta(seconds=whole) if active and room and gap <= IDLE_CUT else at
                moved = StudyVisit.objects.filter(pk=self.pk, closed_at=None, last_beat_at=self.last_beat_at).update(
                    last_beat_at=heard, seconds=F("seconds") + whole
                )
                self.refresh_from_db(fields=["last_beat_at", "seconds", "recorded_seconds", "closed_at"])
                if not moved:
                    state = self._why_closed() if self.closed_at else "early"
            pending = self.seconds - self.recorded_seconds
            if not self.closed_at and (leaving or pending >= CHUNK or pending >= left * 60 > 0):
                counted += self._flush(at, left)
        answer = self._answer(state, counted)
        if state == "counted" and answer.minutes >= answer.nominal:
            return Beat("complete", answer.minutes, answer.nominal)
        return answer

    def close(self, *, at: datetime) -> bool:
        """End the visit; its whole minutes go to the ledger. Returns False if it was closed already."""
        with transaction.atomic():
            if not StudyVisit.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at):
                self.refresh_from_db(fields=["seconds", "recorded_seconds", "closed_at"])
                return False
            self.refresh_from_db(fields=["seconds", "recorded_seconds", "closed_at"])
            counted = StudyRecord.objects.minutes_on(self.enrolment_id, self.item_id)
            self._flush(at, Decimal(self.item.minutes) - counted)
        return True

    def _flush(self, at: datetime, left: Decimal) -> Decimal:
        """Write whole pending minutes to the ledger, at most `left`. Returns the minutes written."""
        minutes = min((self.seconds - self.recorded_seconds) // 60, int(left))
        if minutes <= 0:
            return Decimal(0)
        taken = StudyVisit.objects.filter(pk=self.pk, recorded_seconds=self.recorded_seconds)
        if not taken.update(recorded_seconds=F("recorded_seconds") + minutes * 60):
            return Decimal(0)
        rows = StudyRecord.objects.append_minutes(
            self.enrolment, self.item, Decimal(minutes), key=f"visit:{self.uuid}:{self.recorded_seconds}", at=at,
            delivery=Delivery.RECORDED, evidence=StudyRecord.Evidence.HEARTBEAT, rule=RULE_LESSON, visit=self,
        )  # fmt: skip
        if not rows:  # a lesson without topics earns nothing, and says so in the audit
            taken_back = StudyVisit.objects.filter(pk=self.pk)
            taken_back.update(recorded_seconds=self.recorded_seconds)
            return Decimal(0)
        self.recorded_seconds += minutes * 60
        return Decimal(minutes)

    def _why_closed(self) -> str:
        elsewhere = StudyVisit.objects.open().filter(user=self.user_id).exclude(pk=self.pk)
        return "taken_over" if elsewhere.exists() else "closed"

    def _answer(self, state: str, counted: Decimal | None = None) -> Beat:
        if counted is None:
            counted = StudyRecord.objects.minutes_on(self.enrolment_id, self.item_id)
        nominal = self.item.minutes
        return Beat(state, min(int(counted) + self.pending_minutes, nominal), nominal)
