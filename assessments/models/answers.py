"""What a trainee answers to the feedback on a criterion, and what the base does with it. No effect on any score."""

import uuid
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..signals import feedback_replied
from .results import Result
from .rubrics import Criterion

MAX_ANSWER = 1000


class FeedbackAnswer(AppendOnly):
    """One answer to the feedback on one criterion of a released result."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="answers")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("answer"), max_length=MAX_ANSWER)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer to feedback")
        verbose_name_plural = _("answers to feedback")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["result", "criterion"], name="one_answer_per_criterion"),
            models.CheckConstraint(condition=~Q(text=""), name="answer_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.result_id} {self.criterion_id}"

    @classmethod
    def give(cls, result: Result, texts: dict[Criterion, str], *, at: datetime) -> "list[FeedbackAnswer]":
        """Keep the answers to some criteria. What was answered already stays as it was, so a second click is harmless."""
        with transaction.atomic():
            done = set(cls.objects.filter(result=result).values_list("criterion", flat=True))
            made = []
            for criterion, text in texts.items():
                if criterion.pk in done or not text.strip():
                    continue
                made.append(cls.objects.create(result=result, criterion=criterion, text=text.strip(), at=at))
            if made:
                base = result.enrolment.cohort.organisation
                log(result, "assessments.feedback.answer", by=result.enrolment.user, organisation=base, count=len(made))
        return made

    def read(self, *, by: User, at: datetime) -> None:
        """Note that this person has read it. Twice is harmless."""
        try:
            with transaction.atomic():
                AnswerEvent.objects.create(answer=self, kind=AnswerEvent.Kind.READ, by=by, at=at)
                log(self, "assessments.feedback.read", by=by, organisation=self.result.enrolment.cohort.organisation)
        except IntegrityError:
            pass

    def reply(self, text: str, *, by: User, at: datetime) -> None:
        """Reply for the base, once. The trainee reads it without a name. Raises WrongState when there is a reply."""
        try:
            with transaction.atomic():
                AnswerEvent.objects.create(answer=self, kind=AnswerEvent.Kind.REPLY, text=text.strip(), by=by, at=at)
                log(self, "assessments.feedback.reply", by=by, organisation=self.result.enrolment.cohort.organisation)
                feedback_replied.send(sender=FeedbackAnswer, answer=self)
        except IntegrityError as error:
            raise WrongState(_("Somebody has replied already; one reply is all there is."), obj=self) from error


class AnswerEvent(AppendOnly):
    """An answer was read by somebody, or replied to for the base."""

    class Kind(models.TextChoices):
        READ = "read", _("read")
        REPLY = "reply", _("replied")

    answer = models.ForeignKey(FeedbackAnswer, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    text = models.TextField(_("reply"), max_length=MAX_ANSWER, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["answer"], condition=Q(kind="reply"), name="one_reply_per_answer"),
            models.UniqueConstraint(fields=["answer", "by"], condition=Q(kind="read"), name="read_once_each"),
            models.CheckConstraint(condition=Q(kind="read") | ~Q(text=""), name="reply_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.kind}"
