"""The hours ledger: appended rows, corrected by reversing rows. A total is always the sum of rows, capped by rules."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, models, transaction
from django.db.models import Q, Sum, prefetch_related_objects
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from curriculum.models import EditionItem, Topic
from lms.lib.audit import log
from lms.lib.compiled import Compiled
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from ..asking import once
from ..hours import CENT, RULE_CASE, HoursLine, Row, earned_by_module, split_evenly
from ..outline import Outline, outlines_of
from ..signals import hours_recorded
from .enrolments import Enrolment


class Delivery(models.TextChoices):
    """授课方式."""

    ON_SITE = "on_site", pgettext_lazy("delivery", "on site")
    LIVE = "live", pgettext_lazy("delivery", "live online")
    RECORDED = "recorded", pgettext_lazy("delivery", "recorded")
    PRACTICE = "practice", pgettext_lazy("delivery", "practical training")
    CONFERENCE = "conference", pgettext_lazy("delivery", "conference")


class StudyRecordQuerySet(AppendOnlyQuerySet):
    def hours_by_enrolment(self, enrolments: Iterable[Enrolment]) -> dict[int, list[HoursLine]]:
        """Return the hours per module of each enrolment, by its primary key, modules in the syllabus's order.

        Two queries however many enrolments, when their cohorts are loaded.
        """
        enrolments = list(enrolments)
        return _hours(enrolments, _summed(self.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])))

    def minutes_on(self, enrolment_id: int, item_id: int) -> Decimal:
        """Return the minutes counted on one item so far, reversals taken off."""
        return (_minutes_on.first(enrolment_id, item_id) or Decimal(0)).quantize(CENT)

    def standing(self):
        """Rows that were not reversed, without the reversals themselves."""
        return self.filter(reverses=None, reversed_by=None)

    def record_case(self, enrolment: Enrolment, item: EditionItem, *, at: datetime) -> list["StudyRecord"]:
        """Record the nominal minutes of a case when its work product is handed in: once per enrolment and case.

        A second call is harmless and returns nothing.
        """
        return self.append_minutes(
            enrolment, item, Decimal(item.minutes), key=f"case:{enrolment.uuid}:{item.pk}", at=at,
            delivery=Delivery.PRACTICE, evidence=StudyRecord.Evidence.CASE, rule=RULE_CASE,
        )  # fmt: skip

    def append_minutes(
        self, enrolment: Enrolment, item: EditionItem, minutes: Decimal, *, key: str, at: datetime, **fields
    ) -> list["StudyRecord"]:
        """Append rows that split the minutes evenly over the item's topics; [] if the key is there already.

        Shares are exact: they add up to `minutes`. An item whose topics are not in its level's syllabus earns nothing.
        """
        topics = topics_of(item)
        if minutes <= 0 or not topics:
            return []
        rows = [
            StudyRecord(
                enrolment=enrolment, topic=topic, minutes=share, item=item, key=f"{key}:{topic.pk}", recorded_at=at,
                **fields,
            )
            for topic, share in zip(topics, split_evenly(minutes, len(topics)), strict=True)
            if share > 0
        ]
        try:
            with transaction.atomic():
                rows = self.bulk_create(rows)
                hours_recorded.send(sender=StudyRecord, enrolment=enrolment, at=at)
        except IntegrityError:
            if self.filter(key=rows[0].key).exists():
                return []
            raise
        return rows


_minutes_on = Compiled(
    lambda enrolment, item: StudyRecord.objects.filter(enrolment=enrolment, item=item).order_by().values("item")
    .annotate(total=Sum("minutes")).values_list("total", flat=True)
)  # fmt: skip
_topics_of = Compiled(lambda edition, codes: Topic.objects.filter(module__level__editions=edition, code__in=codes))


def topics_of(item: EditionItem) -> list[Topic]:
    """Return the topics of an item, in the item's order: one query."""
    found = {topic.code: topic for topic in _topics_of(item.edition_id, list(item.topic_codes))}
    return [found[code] for code in item.topic_codes if code in found]


class Summed(NamedTuple):
    """The minutes of one enrolment on one topic, in one way and of one item (None: a class session), reversals taken off."""

    enrolment: int
    topic: int
    delivery: str
    item: int | None
    nominal: int | None
    minutes: Decimal


def _summed(records: models.QuerySet) -> models.QuerySet:
    rows = records.order_by().values_list("enrolment", "topic", "delivery", "item", "item__minutes")
    return rows.annotate(total=Sum("minutes"))


_sums = Compiled(lambda enrolments: _summed(StudyRecord.objects.filter(enrolment__in=enrolments)))


@once
def sums_of(enrolments: list[Enrolment]) -> dict[int, list[Summed]]:
    """Return the ledger of each enrolment, added up, by its primary key: one query."""
    found: dict[int, list[Summed]] = {enrolment.pk: [] for enrolment in enrolments}
    for *what, total in _sums(list(found)):
        found[what[0]].append(Summed(*what, total.quantize(CENT)))
    return found


@once
def outlines(enrolments: list[Enrolment]) -> dict[int, Outline]:
    """Return what each one studies, by primary key of the enrolment: one query when their cohorts are loaded."""
    prefetch_related_objects(enrolments, "cohort")
    found = outlines_of((enrolment.cohort.edition_id for enrolment in enrolments), localdate())
    return {enrolment.pk: found[enrolment.cohort.edition_id] for enrolment in enrolments}


@once
def hours_of(enrolments: list[Enrolment]) -> dict[int, list[HoursLine]]:
    """The same as `hours_by_enrolment` of the whole ledger."""
    return _hours(enrolments, (one for sums in sums_of(enrolments).values() for one in sums))


def _hours(enrolments: list[Enrolment], sums: Iterable[tuple]) -> dict[int, list[HoursLine]]:
    if not enrolments:
        return {}
    rows: dict[int, list[Row]] = {enrolment.pk: [] for enrolment in enrolments}
    caps: dict[int, int] = {}
    for enrolment, topic, delivery, item, nominal, total in sums:
        if item:
            caps[item] = nominal
        rows[enrolment].append(Row(topic, total.quantize(CENT), delivery, item))
    studied = outlines(enrolments)
    return {
        pk: list(
            earned_by_module(
                own, studied[pk].modules, minutes_per_hour=studied[pk].minutes_per_hour, caps=caps
            ).values()
        )
        for pk, own in rows.items()
    }  # fmt: skip


class StudyRecord(AppendOnly):
    """学时记录: minutes earned on one topic, how, on what evidence, by which rule, recorded by whom."""

    class Evidence(models.TextChoices):
        HEARTBEAT = "heartbeat", _("time on the lesson page, counted by the server")
        ATTENDANCE = "attendance", _("attendance list of a class session")
        CASE = "case", _("work product handed in")
        REVERSAL = "reversal", _("correction")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="records")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    minutes = models.DecimalField(_("minutes"), max_digits=8, decimal_places=2)
    delivery = models.CharField(_("delivery"), max_length=12, choices=Delivery.choices)
    evidence = models.CharField(_("evidence"), max_length=12, choices=Evidence.choices)
    rule = models.CharField(max_length=60, help_text="name and version of the counting rule")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    session = models.ForeignKey(
        "training.ClassSession", on_delete=models.PROTECT, null=True, blank=True, related_name="records"
    )
    visit = models.ForeignKey(
        "training.StudyVisit", on_delete=models.PROTECT, null=True, blank=True, related_name="records"
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # Makes a second writing of the same fact harmless: "session:<id>:<enrolment>:<n>", "visit:<id>:<from>:<topic>".
    key = models.CharField(max_length=100, unique=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = StudyRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("study record")
        verbose_name_plural = _("study records")
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, minutes__gt=0) | Q(reverses__isnull=False, minutes__lt=0),
                name="only_reversals_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | ~Q(reason=""), name="a_reversal_gives_its_reason"
            ),
        ]
        indexes = [models.Index(fields=["enrolment", "topic"])]

    def __str__(self) -> str:
        return f"{self.minutes} min {self.topic_id}"

    def reverse(self, *, by: User, at: datetime, reason: str) -> "StudyRecord":
        """Take this row back by a further row with the same minutes, negative. Returns that row.

        A second click is harmless: it returns the reversal that is there. Raises WrongState for a reversal of a
        reversal or without a reason.
        """
        if self.reverses_id:
            raise WrongState(_("A correction can't be corrected; record the hours again."), obj=self)
        if not reason.strip():
            raise WrongState(_("Say why these hours are taken back."), obj=self)
        try:
            with transaction.atomic():
                row = StudyRecord.objects.create(
                    enrolment_id=self.enrolment_id, topic_id=self.topic_id, minutes=-self.minutes,
                    delivery=self.delivery, evidence=self.Evidence.REVERSAL, rule=self.rule, item_id=self.item_id,
                    session_id=self.session_id, visit_id=self.visit_id, reverses=self, reason=reason.strip()[:255],
                    key=f"reversal:{self.uuid}", recorded_at=at, recorded_by=by,
                )  # fmt: skip
                log(
                    self.enrolment, "training.record.reverse", by=by,
                    organisation=self.enrolment.cohort.organisation, record=str(self.uuid), reason=row.reason,
                )  # fmt: skip
                hours_recorded.send(sender=StudyRecord, enrolment=self.enrolment, at=at)
        except IntegrityError:
            return StudyRecord.objects.get(reverses=self)
        return row
