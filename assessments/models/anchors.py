"""标杆卷: work with agreed bands. Assessors practise on it, show on it that they may mark, and meet it in the queue unannounced.

draft ──► proposed ──► confirmed ──► retired         proposed ──► draft (sent back with a reason)

Two people set it: a moderator proposes, a moderator of another base or the authority confirms. Afterwards nothing of it
changes. Nothing here is a submission or a mark: no query about results can meet it.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly, ImmutableRow

from ..checks import frozen
from ..scoring import total_of
from ..workproduct import problems, tidy
from .anchor_consent import AnchorConsent
from .casework import Decision
from .plans import Assignment
from .queues import fit_to_judge
from .rubrics import Band, Criterion
from .submission_parts import SubmissionFile
from .submissions import Submission


class AnchorIncomplete(Exception):
    """It can't be proposed yet; `missing`: criterion keys without a band or reason, "note", "purpose", "trace", "fields"."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class AnchorQuerySet(models.QuerySet):
    def delete(self):
        raise ImmutableRow("Anchors are retired, not deleted.")

    def with_newest(self):
        """`newest`: the hash of the rubric that the latest edition with this case has."""
        rows = Assignment.objects.filter(item__page=OuterRef("assignment__item__page")).order_by("-pk")
        return self.annotate(newest=Subquery(rows.values("rubric__content_hash")[:1]))

    def standing(self):
        """Confirmed, not retired, and nobody whose work it was has taken the consent back."""
        said = AnchorConsent.objects.latest_given("source")
        found = self.filter(status=AnchorScript.Status.CONFIRMED).annotate(said=said)
        return found.filter(Q(source=None) | Q(said=True))

    def usable(self):
        """Standing, and the case is still marked by the same rubric."""
        return self.standing().with_newest().filter(newest=F("rubric_hash"))

    def unknown_to(self, person: User):
        """Those whose agreed bands this person has never seen: not set, read, practised or met before by them."""
        set_by_them = Q(made_by=person) | Q(confirmed_by=person)
        return self.exclude(set_by_them).exclude(readings__person=person).exclude(turns__assessor=person)

    def free_for(self, person: User, *, at: datetime):
        """Those the person may judge: not copied from work of their own, of a cohort they teach, that they marked, or with a
        declared conflict."""
        return self.filter(Q(source=None) | Q(source__in=fit_to_judge(Submission.objects.all(), person, at=at)))


class AnchorScript(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("waiting for the second person")
        CONFIRMED = "confirmed", _("confirmed")
        RETIRED = "retired", _("retired")

    PURPOSES = ("for_training", "for_qualification", "for_seeding")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(
        _("what it is called here"), max_length=120, help_text=_("Assessors don't see this before their mark.")
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="anchors")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="anchors")
    rubric_hash = models.CharField(max_length=80)
    # The handed-in work it was copied from, without its author; empty for a text made for it.
    source = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="anchors")
    files = models.ManyToManyField(SubmissionFile, blank=True, related_name="anchors")
    attempt = models.PositiveSmallIntegerField(default=1)
    fields = models.JSONField(default=dict, blank=True)
    checks = models.JSONField(default=dict, blank=True)
    ai_use = models.TextField(_("use of AI, in your own words"), blank=True)
    ai_tools = models.CharField(_("AI tools"), max_length=200, blank=True)
    variant = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    # The way through the case: rows of `Decision` as plain values.
    trace = models.JSONField(default=list, blank=True)
    for_training = models.BooleanField(_("to practise on"), default=False)
    for_qualification = models.BooleanField(_("to qualify on"), default=False)
    for_seeding = models.BooleanField(_("to be met in the queue"), default=False)
    # What is being agreed on, in the shape of a sheet's draft: {"scores": {key: {"points", "comment": the reason}}, "comment"}.
    draft = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    # Over work, rubric, purposes and bands, from the proposal on: the second person confirms exactly this.
    content_hash = models.CharField(max_length=80, blank=True)
    sent_back = models.CharField(_("why it was sent back"), max_length=400, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Points of 100 that the agreed bands come to, from the confirmation on.
    total = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    note = models.TextField(_("overall note"), blank=True)
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_reason = models.CharField(_("reason"), max_length=400, blank=True)

    objects = AnchorQuerySet.as_manager()

    class Meta:
        verbose_name = _("anchor script")
        verbose_name_plural = _("anchor scripts")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, total__isnull=False),
                name="confirmed_anchor_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("made_by")), name="two_people_set_an_anchor"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="retired", retired_at__isnull=False, retired_by__isnull=False) & ~Q(retired_reason="")
                    | ~Q(status="retired") & Q(retired_at=None)
                ),
                name="retired_anchor_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["proposed", "confirmed"]) | ~Q(content_hash=""), name="proposed_anchor_has_hash"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "retired"])
                | Q(for_training=True) | Q(for_qualification=True) | Q(for_seeding=True),
                name="an_anchor_serves_something",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("anchor", args=[self.uuid])

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise ImmutableRow("An anchor changes by its verbs.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise ImmutableRow("Anchors are retired, not deleted.")

    @property
    def has_trace(self) -> bool:
        return bool(self.trace)

    @property
    def purposes(self) -> list[Any]:
        """What it serves, as words."""
        return [self._meta.get_field(name).verbose_name for name in self.PURPOSES if getattr(self, name)]

    # --- The work ---------------------------------------------------------------------------------------------------------

    @classmethod
    def copy_of(cls, work: Submission, *, organisation: Organisation, title: str, by: User, at: datetime) -> "AnchorScript":
        """Begin an anchor from handed-in, released work: its fields, files, checks and decisions, and nothing of its author.

        Raises WrongState for work that is not released, was made in a team, or whose author has not consented.
        """
        with transaction.atomic():
            work = Submission.objects.select_for_update(of=("self",)).select_related("run", "assignment__rubric").get(pk=work.pk)
            if work.status != Submission.Status.RELEASED or work.team_id is not None:
                raise WrongState(_("Only released work of one person can become an anchor."), obj=work)
            if not AnchorConsent.objects.holds(work):
                raise WrongState(_("The trainee has not agreed to this use of the work."), obj=work)
            if found := cls.objects.filter(source=work).exclude(status=cls.Status.RETIRED).first():
                return found
            steps = [
                {
                    "kind": step.kind, "stage_key": step.stage_key, "option_key": step.option_key, "data": step.data,
                    "visible": step.visible, "variables": step.variables, "decided_at": step.decided_at.isoformat(),
                }
                for step in work.run.decisions.all()
            ]  # fmt: skip
            anchor = cls.objects.create(
                title=title, organisation=organisation, assignment=work.assignment, source=work, attempt=work.attempt,
                rubric_hash=work.assignment.rubric.content_hash, fields=work.fields, checks=work.checks, ai_use=work.ai_use,
                ai_tools=work.ai_tools, variant=work.run.variant, started_at=work.run.started_at, trace=steps, made_by=by,
                made_at=at,
            )  # fmt: skip
            anchor.files.set(work.current_files())
            log(anchor, "assessments.anchor.make", by=by, organisation=organisation)
        return anchor

    @classmethod
    def of_text(
        cls, assignment: Assignment, *, organisation: Organisation, title: str, by: User, at: datetime
    ) -> "AnchorScript":
        """Begin an anchor whose work is written for it. Without decisions, it can't pass for a script in the queue."""
        with transaction.atomic():
            anchor = cls.objects.create(
                title=title, organisation=organisation, assignment=assignment, rubric_hash=assignment.rubric.content_hash,
                started_at=at, ai_use=str(_("Written for practice.")), made_by=by, made_at=at,
            )  # fmt: skip
            log(anchor, "assessments.anchor.make", by=by, organisation=organisation)
        return anchor

    def decisions(self) -> list[Decision]:
        """The way through the case, as rows that were never saved."""
        return [Decision(**step | {"decided_at": parse_datetime(step["decided_at"])}) for step in self.trace]

    def current_files(self) -> list[SubmissionFile]:
        return list(self.files.order_by("uploaded_at"))

    # --- Setting it -------------------------------------------------------------------------------------------------------

    def write(self, *, title: str, purposes: Iterable[str], draft: dict[str, Any], typed: dict[str, Any] | None, number: int):
        """Keep what stands in the form. typed: the work, of a text made for it.

        Raises WrongState for a stale window, and once it is proposed.
        """
        values: dict[str, Any] = {"title": title, "draft": draft, "draft_number": number + 1}
        values |= {name: name in purposes for name in self.PURPOSES}
        if self.source_id is None and typed is not None:
            deliverable = self.assignment.script().deliverable
            values["fields"] = tidy(deliverable, typed)
            values["checks"] = frozen(deliverable, values["fields"])
        mine = AnchorScript.objects.filter(pk=self.pk, status=self.Status.DRAFT, draft_number=number)
        if not mine.update(**values):
            raise WrongState(_("Another window has saved this anchor meanwhile, or it was proposed. Nothing was kept."), obj=self)
        self.refresh_from_db()

    def missing(self) -> list[str]:
        """What it needs before it can be proposed, see `AnchorIncomplete`."""
        scores = self.draft.get("scores", {})
        found = []
        for criterion in self.assignment.rubric.lines():
            score = scores.get(criterion.key, {})
            known = any(str(band.points) == str(score.get("points")) for band in criterion.bands.all())
            if not known or not score.get("comment", "").strip():
                found.append(criterion.key)
        if not self.draft.get("comment", "").strip():
            found.append("note")
        if not any(getattr(self, name) for name in self.PURPOSES):
            found.append("purpose")
        if self.for_seeding and not self.has_trace:
            found.append("trace")
        if self.source_id is None and problems(self.assignment.script().deliverable, self.fields, files=1):
            found.append("fields")
        return found

    def _hash(self) -> str:
        files = [file.sha256 for file in self.current_files()]
        return content_hash({
            "assignment": str(self.assignment.uuid), "rubric": self.rubric_hash, "fields": self.fields, "files": files,
            "trace": self.trace, "agreed": self.draft, "for": [name for name in self.PURPOSES if getattr(self, name)],
        })  # fmt: skip

    def propose(self, *, by: User, at: datetime) -> None:
        """Give it to the second person. Raises AnchorIncomplete, or WrongState when it is no draft any more."""
        if missing := self.missing():
            raise AnchorIncomplete(missing)
        with transaction.atomic():
            mine = AnchorScript.objects.filter(pk=self.pk, status=self.Status.DRAFT, draft_number=self.draft_number)
            if not mine.update(status=self.Status.PROPOSED, proposed_at=at, content_hash=self._hash(), sent_back=""):
                raise WrongState(_("This anchor is no draft any more."), obj=self)
            self.refresh_from_db()
            log(self, "assessments.anchor.propose", by=by, organisation=self.organisation)

    def send_back(self, *, by: User, reason: str, at: datetime) -> None:
        """Not agreed: the first person goes on with it. Raises WrongState when it does not wait."""
        with transaction.atomic():
            mine = AnchorScript.objects.filter(pk=self.pk, status=self.Status.PROPOSED)
            if not mine.update(status=self.Status.DRAFT, sent_back=reason.strip()[:400], content_hash=""):
                raise WrongState(_("This anchor does not wait for a second person."), obj=self)
            self.refresh_from_db()
            log(self, "assessments.anchor.send_back", by=by, organisation=self.organisation)

    def confirm(self, *, by: User, seen: str, at: datetime) -> None:
        """The second person agrees: from now on nothing of it changes. seen: the hash that was looked at. Twice is harmless.

        Raises WrongState for the first person, for another hash, or when the consent was taken back meanwhile.
        """
        if by.pk == self.made_by_id:
            raise WrongState(_("A second person has to confirm it."), obj=self)
        lines = self.assignment.rubric.lines()
        chosen = {
            line.key: next(band for band in line.bands.all() if str(band.points) == str(self.draft["scores"][line.key]["points"]))
            for line in lines
        }
        total = total_of({key: band.points for key, band in chosen.items()}, {line.key: line.top for line in lines})
        with transaction.atomic():
            if self.source_id and not AnchorConsent.objects.holds(self.source):
                raise WrongState(_("The trainee has not agreed to this use of the work."), obj=self)
            mine = AnchorScript.objects.filter(pk=self.pk, status=self.Status.PROPOSED, content_hash=seen)
            moved = mine.update(
                status=self.Status.CONFIRMED, confirmed_by=by, confirmed_at=at, total=total, note=self.draft["comment"]
            )
            self.refresh_from_db()
            if not moved:
                if self.status == self.Status.CONFIRMED and self.confirmed_by_id == by.pk and self.content_hash == seen:
                    return
                raise WrongState(_("This anchor has changed since you looked at it."), obj=self)
            AnchorBand.objects.bulk_create(
                AnchorBand(
                    anchor=self, criterion=line, band=chosen[line.key], reason=self.draft["scores"][line.key]["comment"].strip()
                )
                for line in lines
            )
            log(self, "assessments.anchor.confirm", by=by, organisation=self.organisation)

    def retire(self, *, by: User, reason: str, at: datetime) -> None:
        """Nobody gets it any more. It stays with its figures. Twice is harmless."""
        with transaction.atomic():
            mine = AnchorScript.objects.filter(pk=self.pk).exclude(status=self.Status.RETIRED)
            moved = mine.update(
                status=self.Status.RETIRED, retired_by=by, retired_at=at, retired_reason=reason.strip()[:400]
            )
            self.refresh_from_db()
            if moved:
                log(self, "assessments.anchor.retire", by=by, organisation=self.organisation)

    def agreed(self) -> "dict[str, AnchorBand]":
        """{criterion key: the agreed band with its reason}. One query."""
        return {row.criterion.key: row for row in self.bands.select_related("criterion", "band")}

    def read_by(self, person: User, *, at: datetime) -> None:
        """Remember that somebody has seen the bands: such a person never meets it as a test. Once."""
        AnchorReading.objects.get_or_create(anchor=self, person=person, defaults={"at": at})


class AnchorBand(AppendOnly):
    """The agreed band of one criterion, with the reason in words."""

    anchor = models.ForeignKey(AnchorScript, on_delete=models.PROTECT, related_name="bands")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    band = models.ForeignKey(Band, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    class Meta:
        verbose_name = _("agreed band")
        ordering = ["criterion__position"]
        constraints = [
            models.UniqueConstraint(fields=["anchor", "criterion"], name="one_agreed_band_per_criterion"),
            models.CheckConstraint(condition=~Q(reason=""), name="agreed_band_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.band_id}"


class AnchorReading(AppendOnly):
    """Who has seen the agreed bands of an anchor, other than by marking it, and when first."""

    anchor = models.ForeignKey(AnchorScript, on_delete=models.PROTECT, related_name="readings")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading of an anchor")
        constraints = [models.UniqueConstraint(fields=["anchor", "person"], name="anchor_read_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.anchor_id}"
