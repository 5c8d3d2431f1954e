"""Playing a case: one way through its stages, every decision kept with what was visible at that moment."""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from curriculum.cases import CaseScript, Stage
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly
from training.models import Enrolment

from .plans import Assignment


class CaseRun(models.Model):
    """One trainee's way through one case. One per enrolment and assignment."""

    class Status(models.TextChoices):
        PLAYING = "playing", _("in progress")
        PLAYED = "played", _("decisions made")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="case_runs")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="case_runs")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLAYING)
    stage_key = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("case run")
        constraints = [models.UniqueConstraint(fields=["enrolment", "assignment"], name="one_run_per_assignment")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.assignment_id}"

    def get_absolute_url(self) -> str:
        return reverse("case_play", args=[self.uuid])

    @classmethod
    def start(cls, enrolment: Enrolment, assignment: Assignment, *, at: datetime) -> "CaseRun":
        """Return the trainee's run of this case, begun now when there was none.

        Raises WrongState when the enrolment is not active or the case is not of its edition.
        """
        if assignment.item.edition_id != enrolment.cohort.edition_id:
            raise WrongState(_("This case is not part of your course."), obj=enrolment)
        if found := cls.objects.filter(enrolment=enrolment, assignment=assignment).first():
            return found
        if not enrolment.is_active:
            raise WrongState(_("Your enrolment is not active any more."), obj=enrolment)
        first = assignment.script().first_stage
        run, _made = cls.objects.get_or_create(
            enrolment=enrolment, assignment=assignment, defaults={"stage_key": first.key, "started_at": at}
        )
        return run

    @property
    def is_played(self) -> bool:
        return self.status == self.Status.PLAYED

    def script(self) -> CaseScript:
        return self.assignment.script()

    def stages_seen(self) -> list[str]:
        """The keys of the stages gone through, and the present one, in order. One query."""
        return [*self.decisions.values_list("stage_key", flat=True), *([] if self.is_played else [self.stage_key])]

    def decide(self, stage_key: str, option_key: str, *, at: datetime) -> "Decision":
        """Take one decision and go on to where it leads. The same decision twice is harmless.

        Raises WrongState when the run is at another stage (a stale page), or there is no such choice.
        """
        script = self.script()
        stage = script.stage(stage_key)
        if stage is None:
            raise WrongState(_("You have already moved on from this stage; this is where you are now."), obj=self)
        with transaction.atomic():
            run = CaseRun.objects.select_for_update().get(pk=self.pk)
            made = run.decisions.filter(stage_key=stage_key).first()
            if made is not None and made.option_key == option_key:
                return made
            if not run.enrolment.is_active:
                raise WrongState(_("Your enrolment is not active any more."), obj=run.enrolment)
            if run.is_played or run.stage_key != stage_key:
                raise WrongState(_("You have already moved on from this stage; this is where you are now."), obj=self)
            try:
                following = script.next_stage(stage, option_key)
            except ValueError as error:
                raise WrongState(_("Choose one of the options."), obj=self) from error
            visible = [exhibit.key for exhibit in script.visible_exhibits(run.stages_seen())]
            decision = Decision.objects.create(
                run=run,
                position=run.decisions.count(),
                stage_key=stage_key,
                option_key=option_key,
                visible=visible,
                decided_at=at,
            )
            run._go_on(stage_key, following, at=at)
        self.refresh_from_db()
        return decision

    def _go_on(self, stage_key: str, following: Stage | None, *, at: datetime) -> None:
        if following is None:
            fields = {"status": self.Status.PLAYED, "finished_at": at}
        else:
            fields = {"stage_key": following.key}
        if not CaseRun.objects.filter(pk=self.pk, stage_key=stage_key, status=self.Status.PLAYING).update(**fields):
            raise WrongState(_("You have already moved on from this stage; this is where you are now."), obj=self)

    def trace(self) -> list[dict]:
        """The decisions as plain values, for receipts and assessors."""
        return [
            {"stage": d.stage_key, "option": d.option_key, "visible": d.visible, "at": d.decided_at.isoformat()}
            for d in self.decisions.all()
        ]


class Decision(AppendOnly):
    """One step of the trace: at which stage, what was chosen, and what the trainee could see at that moment.

    A stage without a decision is recorded with an empty `option_key` when the trainee moves on.
    """

    run = models.ForeignKey(CaseRun, on_delete=models.PROTECT, related_name="decisions")
    position = models.PositiveSmallIntegerField()
    stage_key = models.CharField(max_length=40)
    option_key = models.CharField(max_length=40, blank=True)
    visible = models.JSONField(help_text=_("keys of the exhibits visible at that moment"))
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="decision_position_once"),
            models.UniqueConstraint(fields=["run", "stage_key"], name="one_decision_per_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.stage_key}: {self.option_key}"
