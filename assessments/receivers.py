"""Turns news into tasks: an edition gets its plan, a hand-in its hours, a released result its e-mail."""

from datetime import datetime, timedelta

from django.dispatch import receiver

from curriculum.models import Edition
from curriculum.signals import edition_created
from lms.lib.jobs import enqueue
from training.models import Enrolment, StudyRecord
from training.signals import withdrawn

from .models import (
    Appeal,
    AssessmentPlan,
    ExpertComment,
    FeedbackAnswer,
    RegradeBatch,
    Result,
    Room,
    Submission,
    SubmissionFile,
    Team,
)
from .signals import (
    appeal_moved,
    expert_commented,
    feedback_replied,
    file_added,
    regrade_approved,
    result_changed,
    result_released,
    submission_handed_in,
    turn_began,
)


@receiver(edition_created, sender=Edition)
def freeze_plan(sender, edition: Edition, at, **kwargs) -> None:
    AssessmentPlan.freeze(edition, at=at)


@receiver(file_added, sender=SubmissionFile)
def prepare_copy(sender, file: SubmissionFile, **kwargs) -> None:
    enqueue("assessments.prepare_file", key=f"prepare-file:{file.uuid}", file=file.pk)


@receiver(submission_handed_in, sender=Submission)
def record_hours(sender, submission: Submission, at, **kwargs) -> None:
    for row in submission.rows():
        StudyRecord.objects.record_case(row.enrolment, submission.assignment.item, at=at)


@receiver(submission_handed_in, sender=Submission)
def compare_with_others(sender, submission: Submission, **kwargs) -> None:
    enqueue("assessments.compare_work", key=f"compare-work:{submission.uuid}", submission=submission.pk)


@receiver(result_released, sender=Submission)
def tell_trainee(sender, submission: Submission, result, **kwargs) -> None:
    enqueue("assessments.mail_result", key=f"mail-result:{result.uuid}", result=result.pk)


@receiver(appeal_moved, sender=Appeal)
def tell_of_appeal(sender, appeal: Appeal, **kwargs) -> None:
    enqueue("assessments.mail_appeal", key=f"mail-appeal:{appeal.uuid}:{appeal.status}", appeal=appeal.pk, status=appeal.status)


@receiver(feedback_replied, sender=FeedbackAnswer)
def tell_of_reply(sender, answer: FeedbackAnswer, **kwargs) -> None:
    enqueue("assessments.mail_reply", key=f"mail-reply:{answer.uuid}", answer=answer.pk)


@receiver(regrade_approved, sender=RegradeBatch)
def apply_regrade(sender, batch: RegradeBatch, **kwargs) -> None:
    enqueue("assessments.apply_regrade", key=batch.job_key, batch=batch.pk)


@receiver(result_changed, sender=Result)
def tell_of_correction(sender, result: Result, **kwargs) -> None:
    if result.is_correction:  # of an appeal `tell_of_appeal` tells
        enqueue("assessments.mail_correction", key=f"mail-correction:{result.uuid}", result=result.pk)


@receiver(withdrawn, sender=Enrolment)
def leave_teams(sender, enrolment: Enrolment, at, **kwargs) -> None:
    Team.let_go(enrolment, at=at)


@receiver(expert_commented, sender=ExpertComment)
def tell_of_comment(sender, comment: ExpertComment, **kwargs) -> None:
    enqueue("assessments.mail_comment", key=f"mail-comment:{comment.key}", comment=comment.pk)


@receiver(turn_began, sender=Room)
def tell_of_turn(sender, room: Room, at: datetime, **kwargs) -> None:
    """A little later, so that nobody who sits at the table and moves at once is written to."""
    wait = timedelta(minutes=min(2, room.rules.minutes / 4))
    key = f"room-turn:{room.uuid}:{room.move_count}"
    enqueue("assessments.mail_turn", key=key, run_after=at + wait, room=room.pk, moves=room.move_count)
