"""Playing a case: one way through its stages, everything that happens kept with what was visible at that moment.

What may happen, and what it does, is decided by `curriculum/engine.py` from these rows alone.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from curriculum import bargaining, engine
from curriculum.cases import CaseScript, Stage
from curriculum.models.case_events import states_of
from curriculum.reading import script_of_item
from lms.lib.compiled import Compiled
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly
from training.errata import correction_of
from training.models import Enrolment

from .plans import Assignment

MOVED_ON = _("You have already moved on from this stage; this is where you are now.")
REFUSALS = {
    "elsewhere": MOVED_ON,
    "no_such_choice": _("Choose one of the options."),
    "negotiation": _("Make an offer first."),
    "no_negotiation": MOVED_ON,
    "no_more_rounds": _("There are no more rounds: take their last proposal, or end the talks."),
    "nothing_proposed": _("They have proposed nothing yet."),
    "no_offer_yet": _("Make an offer before you end the talks."),
    "no_such_news": MOVED_ON,
    "paused": _("The case is paused. Go on first."),
    "room": _("This is negotiated with others at a table."),
}


def is_room(stage: Stage) -> bool:
    """Whether this stage is played in a room."""
    return stage.negotiation is not None and stage.negotiation.room is not None


class OfferIncomplete(Exception):
    """An offer can't be made as typed; `problems`: {term key: "required", "number", "range" or "choice"}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


class CaseRun(models.Model):
    """One trainee's way through one case. One per enrolment and assignment."""

    class Status(models.TextChoices):
        PLAYING = "playing", _("in progress")
        PLAYED = "played", _("decisions made")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="case_runs")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="case_runs")
    variant = models.CharField(_("variant of the case"), max_length=40, blank=True)
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
        correction = correction_of(enrolment.cohort, assignment.item)
        script = script_of_item(correction.change) if correction else assignment.script()
        defaults = {
            "stage_key": script.first_stage.key,
            "started_at": at,
            "variant": cls._variant_for(enrolment, assignment, script),
        }
        run, _made = cls.objects.get_or_create(enrolment=enrolment, assignment=assignment, defaults=defaults)
        return run

    @classmethod
    def _variant_for(cls, enrolment: Enrolment, assignment: Assignment, script: CaseScript) -> str:
        """Return the variant this person plays: one that has not leaked and that they have not had in an earlier course, by
        lot, but always the same lot for the same enrolment and case as long as no leak is marked."""
        keys = [variant.key for variant in script.variants]
        if not keys:
            return ""
        page = assignment.item.page_id
        leaked = states_of([page])[page].leaked_variants
        keys = [key for key in keys if key not in leaked] or keys
        before = cls.objects.filter(enrolment__user=enrolment.user_id, assignment__item__page=assignment.item.page_id)
        had = set(before.values_list("variant", flat=True))
        fresh = [key for key in keys if key not in had] or keys
        lot = content_hash([str(enrolment.uuid), str(assignment.uuid)])
        return fresh[int(lot.rpartition(":")[2][:8], 16) % len(fresh)]

    @property
    def is_played(self) -> bool:
        return self.status == self.Status.PLAYED

    def script(self) -> CaseScript:
        """The case in this run's variant: as the edition has it, or as it was corrected for the cohort while the run was
        under way. A case that was played to its end stays as it was."""
        correction = correction_of(self.enrolment.cohort, self.assignment.item)
        if correction is None or (self.finished_at and self.finished_at <= correction.applied_at):
            return self.assignment.script(self.variant)
        return script_of_item(correction.change, self.variant)

    def events(self) -> list[engine.Event]:
        """Everything that happened, in order. One query unless `decisions` is prefetched."""
        return [decision.as_event() for decision in self.decisions.all()]

    def state(self) -> engine.State:
        """Where the run stands, computed from what happened. One query."""
        return engine.replay(self.script(), self.events(), started_at=self.started_at)

    def decide(self, stage_key: str, option_key: str, *, at: datetime) -> "Decision":
        """Take one decision and go on to where it leads. The same decision twice is harmless.

        Raises WrongState when the run is at another stage (a stale page), or there is no such choice, or it is closed.
        """
        if self.script().stage(stage_key) is None:
            raise WrongState(MOVED_ON, obj=self)
        return self._happen("decide", stage_key, {"option": option_key}, at=at)

    def offer(self, stage_key: str, typed: Mapping[str, str], *, turn: int, at: datetime) -> "Decision":
        """Make an offer in a negotiation; the scripted counterpart's answer is kept with it.

        turn: which offer of this negotiation the page showed, 1 for the first; the same one twice is harmless.
        Raises OfferIncomplete naming the terms, WrongState when the negotiation has moved on.
        """
        stage = self.script().stage(stage_key)
        if stage is None or stage.negotiation is None:
            raise WrongState(MOVED_ON, obj=self)
        if found := bargaining.offer_problems(stage.negotiation, typed):
            raise OfferIncomplete(found)
        data = {"turn": turn, "offer": bargaining.read_offer(stage.negotiation, typed)}
        return self._happen("offer", stage_key, data, at=at)

    def accept(self, stage_key: str, *, at: datetime) -> "Decision":
        """Take the counterpart's latest proposal. Twice is harmless. Raises WrongState when there is none."""
        return self._happen("accept", stage_key, {}, at=at)

    def leave(self, stage_key: str, *, at: datetime) -> "Decision":
        """End a negotiation without a deal. Twice is harmless. Raises WrongState before the first offer."""
        return self._happen("leave", stage_key, {}, at=at)

    def end_room(self, stage_key: str, data: dict[str, Any], *, at: datetime) -> None:
        """Keep how the talks in a room ended, and go on from it. Harmless for who has left the course or is elsewhere.

        data: {"result": "deal" or "failure", "terms", "seat", "people": [seats with somebody on them], "moves", "room"}.
        """
        if not self.enrolment.is_active or self.is_played or self.stage_key != stage_key:
            return
        self.tick(at=at)
        if self.state().paused_at is not None:
            self.resume(at=at)
        self._happen("room", stage_key, data, at=at)

    def pause(self, *, at: datetime) -> None:
        """Let the clock of timed news stand still. Twice is harmless."""
        if not self.is_played:
            self._happen("pause", self.stage_key, {}, at=at)

    def resume(self, *, at: datetime) -> None:
        """Go on after a pause. Harmless when there was none."""
        if not self.is_played:
            self._happen("resume", self.stage_key, {}, at=at)

    def tick(self, *, at: datetime) -> list["Decision"]:
        """Let the news break in whose time has come, each once. No query for a stage without news."""
        stage = None if self.is_played else self.script().stage(self.stage_key)
        if stage is None or not stage.injects:
            return []
        made: list[Decision] = []
        with transaction.atomic():
            run = CaseRun.objects.select_for_update().select_related("assignment__item").get(pk=self.pk)
            if run.is_played or run.stage_key != stage.key:
                return []
            state = run.state()
            while due := engine.due_news(state, at=at):
                made.append(run._append(state, "inject", {"key": due[0].key}, at=at))
        return made

    def _happen(self, kind: str, stage_key: str, data: dict[str, Any], *, at: datetime) -> "Decision":
        """Append one event, if the engine lets it happen now, and move the run to where it leads."""
        with transaction.atomic():
            run = CaseRun.objects.select_for_update().get(pk=self.pk)
            run.assignment, run.enrolment = self.assignment, run.enrolment
            if made := run._same(kind, stage_key, data):
                return made
            if not run.enrolment.is_active:
                raise WrongState(_("Your enrolment is not active any more."), obj=run.enrolment)
            if run.is_played or run.stage_key != stage_key:
                raise WrongState(MOVED_ON, obj=self)
            state = run.state()
            try:
                if kind in ("offer", "accept", "leave") and state.stage and is_room(state.stage):
                    raise engine.Refused("room")
                if kind == "offer":
                    data = run._answered(state, data)
                decision = run._append(state, kind, data, at=at)
            except engine.Refused as refused:
                raise WrongState(REFUSALS[refused.kind], obj=self) from refused
            run._go_on(stage_key, state, at=at)
        self.refresh_from_db(fields=["status", "stage_key", "finished_at"])
        return decision

    def _same(self, kind: str, stage_key: str, data: dict[str, Any]) -> "Decision | None":
        """Return the row when this has happened already: the same click came twice."""
        rows = self.decisions.filter(stage_key=stage_key)
        if kind == "decide":
            return rows.filter(kind=kind, option_key=data["option"]).first()
        if kind in ("accept", "leave", "room"):
            return rows.filter(kind=kind).first()
        last = rows.last()
        if kind in ("pause", "resume"):
            return last if last is not None and last.kind == kind else None
        same = last is not None and last.kind == kind and last.data["turn"] == data["turn"]
        return last if same and last.data["offer"] == data["offer"] else None

    def _answered(self, state: engine.State, data: dict[str, Any]) -> dict[str, Any]:
        if data["turn"] != len(state.rounds) + 1:
            raise engine.Refused("elsewhere")
        said = engine.reply(state, data["offer"])
        answer = {
            "accepted": said.accepted, "counter": said.counter, "refused": list(said.refused), "over": said.over,
            "worth": round(said.worth, 4), "asked": round(said.asked, 4),
        }  # fmt: skip
        return data | {"answer": answer}

    def _append(self, state: engine.State, kind: str, data: dict[str, Any], *, at: datetime) -> "Decision":
        """Write the row with what could be seen before it, and change the state by it."""
        assert state.stage is not None
        before = {
            "visible": [exhibit.key for exhibit in engine.visible(self.script(), state)],
            "variables": dict(state.variables),
        }
        stage_key = state.stage.key
        engine.happen(self.script(), state, engine.Event(kind, stage_key, data, at))
        return Decision.objects.create(
            run=self, position=self.decisions.count(), kind=kind, stage_key=stage_key,
            option_key=data.get("option", ""), data={} if kind == "decide" else data, decided_at=at, **before,
        )  # fmt: skip

    def _go_on(self, stage_key: str, state: engine.State, *, at: datetime) -> None:
        if state.stage is not None and state.stage.key == stage_key:
            return
        if state.stage is None:
            fields = {"status": self.Status.PLAYED, "finished_at": at}
        else:
            fields = {"stage_key": state.stage.key}
        if not CaseRun.objects.filter(pk=self.pk, stage_key=stage_key, status=self.Status.PLAYING).update(**fields):
            raise WrongState(MOVED_ON, obj=self)

    def trace(self) -> list[list]:
        """What happened as plain values, for the receipt's hash: [stage, option], or [stage, kind, data] for the rest."""
        return [
            [d.stage_key, d.option_key] if d.kind == Decision.Kind.DECIDE else [d.stage_key, d.kind, d.data]
            for d in _decisions_of(self.pk)
        ]


class Decision(AppendOnly):
    """One step of the trace: at which stage, what happened, and what the trainee could see at that moment.

    A stage without a decision is recorded with an empty `option_key` when the trainee moves on.
    """

    class Kind(models.TextChoices):
        DECIDE = "decide", _("decision")
        OFFER = "offer", _("offer")
        ACCEPT = "accept", _("proposal taken")
        LEAVE = "leave", _("talks ended")
        ROOM = "room", _("talks in a room")
        INJECT = "inject", _("news")
        PAUSE = "pause", _("pause")
        RESUME = "resume", _("went on")

    run = models.ForeignKey(CaseRun, on_delete=models.PROTECT, related_name="decisions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DECIDE)
    stage_key = models.CharField(max_length=40)
    option_key = models.CharField(max_length=40, blank=True)
    # What belongs to the kind: an offer with its answer, the key of the news (curriculum/engine.py).
    data = models.JSONField(default=dict, blank=True)
    visible = models.JSONField(help_text=_("keys of the exhibits visible at that moment"))
    variables = models.JSONField(default=dict, blank=True, help_text=_("the variables before it happened"))
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="decision_position_once"),
            models.UniqueConstraint(
                fields=["run", "stage_key"], condition=Q(kind__in=["decide", "accept", "leave", "room"]),
                name="one_decision_per_stage",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.stage_key}: {self.kind} {self.option_key}"

    def as_event(self) -> engine.Event:
        data = {"option": self.option_key} if self.kind == self.Kind.DECIDE else self.data
        return engine.Event(self.kind, self.stage_key, data, self.decided_at)


_decisions_of = Compiled(lambda run: Decision.objects.filter(run=run))
