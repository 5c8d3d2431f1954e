"""The hours on record for each topic of a level, by person: for rules that ask for every required topic."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum

from curriculum.equivalence import Exemption
from curriculum.models import Topic
from training.hours import to_hours
from training.models import Enrolment, StudyRecord

from .factsheet import TopicFact


def topic_facts(
    enrolments: Iterable[Enrolment], exempt: dict[int, list[Exemption]]
) -> dict[int, tuple[TopicFact, ...]]:
    """Two queries, however many people. Hours are the sum of the rows; a lesson watched longer than it lasts is not cut
    off here as it is for its module, since a topic asks whether it was studied, not for how long beyond."""
    enrolments = list(enrolments)
    levels = {enrolment.cohort.edition.level_id for enrolment in enrolments}
    topics: dict[int, list[Topic]] = {level: [] for level in levels}
    found = Topic.objects.filter(module__level__in=levels).select_related("module__level__syllabus")
    for topic in found.order_by("module__position", "position"):
        topics[topic.module.level_id].append(topic)
    sums = StudyRecord.objects.filter(enrolment__in=[e.pk for e in enrolments]).order_by().values_list("enrolment", "topic")
    minutes = {(enrolment, topic): total for enrolment, topic, total in sums.annotate(total=Sum("minutes"))}
    return {
        enrolment.pk: tuple(
            TopicFact(
                topic.code, topic.title, topic.title_en, topic.required, topic.hours,
                earned=to_hours(
                    minutes.get((enrolment.pk, topic.pk), Decimal(0)), topic.module.level.syllabus.minutes_per_hour
                ),
                exempt=sum((e.hours for e in exempt.get(enrolment.pk, ()) if e.topic.topic == topic.code), Decimal(0)),
            )
            for topic in topics[enrolment.cohort.edition.level_id]
        )
        for enrolment in enrolments
    }  # fmt: skip
