"""Recompute the hours ledgers from their rows and say where they do not add up."""

from collections import defaultdict
from decimal import Decimal

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F, Sum

from training.models import Enrolment, StudyRecord, StudyVisit

SLACK = Decimal("0.005")


class Command(BaseCommand):
    help = "Check that hours add up: visits equal their rows, reversals their originals, nothing is above its cap."

    def handle(self, *args, **options) -> None:
        faults = [*wrong_visits(), *wrong_reversals(), *above_caps(), *wrong_attendance(), *wrong_owners()]
        for fault in faults:
            self.stderr.write(fault)
        counts = f"{StudyRecord.objects.count()} rows, {Enrolment.objects.count()} enrolments"
        if faults:
            raise CommandError(f"{len(faults)} mismatches in {counts}")
        self.stdout.write(f"Ledgers add up: {counts}.")


def wrong_visits() -> list[str]:
    """Visits whose recorded seconds are not what their rows add up to."""
    rows = StudyRecord.objects.filter(reverses=None).exclude(visit=None).order_by()
    written = dict(rows.values_list("visit").annotate(Sum("minutes")))
    faults = []
    visits = StudyVisit.objects.values_list("pk", "uuid", "recorded_seconds", "seconds")
    for pk, uuid, recorded, seconds in visits.iterator():
        minutes = written.pop(pk, Decimal(0))
        if abs(minutes * 60 - recorded) > SLACK * 60:
            faults.append(f"visit {uuid}: {recorded} s recorded, rows say {minutes} min")
        if recorded > seconds:
            faults.append(f"visit {uuid}: {recorded} s recorded of {seconds} s counted")
    return faults


def wrong_reversals() -> list[str]:
    """Reversals that do not take back exactly their row."""
    rows = StudyRecord.objects.exclude(reverses=None).select_related("reverses")
    fields = ["enrolment_id", "topic_id", "item_id", "session_id", "visit_id", "delivery"]
    return [
        f"reversal {row.uuid}: does not match {row.reverses.uuid}"
        for row in rows.iterator()
        if row.minutes + row.reverses.minutes
        or row.reverses.reverses_id
        or any(getattr(row, name) != getattr(row.reverses, name) for name in fields)
    ]


def above_caps() -> list[str]:
    """Enrolments with more minutes on a lesson or case than its nominal minutes, or less than nothing."""
    sums = StudyRecord.objects.exclude(item=None).order_by()
    sums = sums.values_list("enrolment__uuid", "item__uuid", "item__minutes").annotate(total=Sum("minutes"))
    return [
        f"enrolment {enrolment}, item {item}: {total} of {cap} minutes"
        for enrolment, item, cap, total in sums
        if total - cap > SLACK or total < -SLACK
    ]


def wrong_attendance() -> list[str]:
    """Attendance counted twice for one class, or with other minutes or another topic than the class."""
    faults, standing = [], defaultdict(int)
    rows = StudyRecord.objects.filter(evidence=StudyRecord.Evidence.ATTENDANCE).select_related("session", "reversed_by")
    for row in rows.iterator():
        if row.session is None or row.minutes != row.session.minutes or row.topic_id != row.session.topic_id:
            faults.append(f"attendance {row.uuid}: not what its class gives")
        if not hasattr(row, "reversed_by"):
            standing[(row.session_id, row.enrolment_id)] += 1
    return faults + [f"class {s}, enrolment {e}: counted {n} times" for (s, e), n in standing.items() if n > 1]


def wrong_owners() -> list[str]:
    """Rows whose evidence belongs to somebody else: another enrolment's visit, another cohort's class or edition."""
    wrong = StudyRecord.objects.exclude(visit=None).exclude(visit__enrolment=F("enrolment"))
    wrong = wrong | StudyRecord.objects.exclude(session=None).exclude(session__cohort=F("enrolment__cohort"))
    wrong = wrong | StudyRecord.objects.exclude(item=None).exclude(item__edition=F("enrolment__cohort__edition"))
    return [f"row {uuid}: its evidence is another's" for uuid in wrong.values_list("uuid", flat=True)]
