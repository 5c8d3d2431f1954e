"""An appeal with a file, and an answer to feedback, of somebody who has a released result."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.models import Appeal, FeedbackAnswer, Result
from lms.lib.uploads import check_upload
from training.models import Enrolment


def appeal_arguments(enrolment: Enrolment, *, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the URLs of appeals and answers, of this person's first result."""
    result = Result.objects.filter(enrolment=enrolment).first()
    upload = SimpleUploadedFile("x.txt", b"x")
    appeal = Appeal.lodge(
        result, ground="error", statement="依据在附件。", at=at, upload=upload, checked=check_upload(upload, max_bytes=10)
    )
    answer = FeedbackAnswer.give(result, {result.assignment.rubric.lines()[0]: "谢谢。"}, at=at)[0]
    own = {"uuid": result.submission.uuid}
    names = ["appeal", "appeal_withdraw", "appeal_file", "appeal_detail", "appeal_desk_file"]
    return {name: {"uuid": appeal.uuid} for name in names} | {
        "appeal_lodge": own, "answers_write": own, "answer": {"uuid": answer.uuid}
    }
