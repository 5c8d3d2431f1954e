"""The work product of a case: drafts that are not lost, files checked by content, a hand-in with a receipt."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.compiled import Compiled, change
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.uploads import check_upload
from training.models import Enrolment

from ..checks import frozen
from ..lateness_words import moment
from ..signals import file_added, submission_handed_in
from ..workproduct import Problem, problems, tidy
from .casework import CaseRun
from .deadlines import Deadline
from .plans import Assignment
from .submission_parts import DraftSave, SubmissionFile, files_of, private_storage, submission_file_path
from .teams import standing

__all__ = ["NotComplete", "StaleDraft", "Submission", "private_storage", "submission_file_path"]  # the first migration's names

MAX_ATTEMPTS = 2  # one resubmission, as the peers of the field allow (DOMAIN: RTTP)
MAX_FILES = 5
# What a hand-in settles, of the shared row and of every member's.
HANDED_IN = ("status", "submitted_at", "ai_use", "ai_tools", "checks", "late", "content_hash")


class NotComplete(Exception):
    """The work product can't be handed in yet; `problems` names the fields."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(", ".join(f"{p.field}: {p.kind}" for p in found))
        self.problems = found


class StaleDraft(Exception):
    """Another tab has saved since this one was opened; `submission` holds what is saved now."""

    def __init__(self, submission: "Submission") -> None:
        super().__init__(str(submission.draft_number))
        self.submission = submission


class Submission(models.Model):
    """提交: one hand-in of one work product, from the first draft to the released result."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        IN_MARKING = "in_marking", _("in marking")
        IN_MODERATION = "in_moderation", _("in moderation")
        READY = "ready", _("ready for release")
        RELEASED = "released", _("released")
        RETURNED = "returned", _("returned")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="submissions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    run = models.ForeignKey(CaseRun, on_delete=models.PROTECT, related_name="submissions")
    # Team work: the team, and, in the rows of all members but the one who began it, the shared submission (`teams.py`).
    team = models.ForeignKey(
        "assessments.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    leader = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="companions")
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.DRAFT)
    # The structured fields of the work product: {field key: text | number as text | [[row], …] as list of dicts}.
    fields = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0, help_text=_("counts autosaves; a stale tab is told so"))
    saved_at = models.DateTimeField(null=True, blank=True)
    ai_use = models.TextField(_("use of AI, in your own words"), blank=True)
    ai_tools = models.CharField(_("AI tools"), max_length=200, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # Over fields, file hashes and the decision trace; printed on the receipt.
    content_hash = models.CharField(max_length=80, blank=True)
    # What the automatic checks found at the hand-in (`checks.frozen`): evidence beside the work, never part of a score.
    checks = models.JSONField(default=dict, blank=True)
    # The due time and its rule as they held at the hand-in, and how late it was (`lateness.Rule.frozen`); {}: no due time.
    late = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-submitted_at"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "assignment", "attempt"], name="attempt_once"),
            models.UniqueConstraint(
                fields=["enrolment", "assignment"], condition=Q(status="draft"), name="one_draft_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | (Q(submitted_at__isnull=False) & ~Q(content_hash="")),
                name="handed_in_has_time_and_hash",
            ),
            models.UniqueConstraint(
                fields=["team", "attempt"], condition=Q(leader=None), name="one_shared_submission_per_attempt"
            ),
            models.CheckConstraint(condition=Q(leader=None) | Q(team__isnull=False), name="companions_have_a_team"),
        ]
        indexes = [models.Index(fields=["status", "submitted_at"])]

    def __str__(self) -> str:
        return f"{self.assignment_id} #{self.attempt}"

    def get_absolute_url(self) -> str:
        return reverse("submission_edit", args=[self.uuid])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def work(self) -> "Submission":
        """Where fields, files and marks are: the team's shared submission, or this one."""
        return self.leader or self

    def rows(self) -> "list[Submission]":
        """This submission, and for the shared one of a team those of the other members: everybody whose work it is."""
        return [self, *self.companions.select_related("enrolment__cohort", "enrolment__user")] if self.team_id else [self]

    def row_of(self, user: User) -> "Submission":
        """Return this person's own row: of a team's shared work, theirs. One query for a member, none else."""
        if self.team_id is None or self.enrolment.user_id == user.pk:
            return self
        found = self.companions.select_related("enrolment__cohort__organisation", "enrolment__user", "run")
        row = found.get(enrolment__user=user)
        row.run.assignment = self.assignment
        return row

    def is_of(self, user: User) -> bool:
        """Say whether it is this person's work, alone or in a team."""
        if self.enrolment.user_id == user.pk:
            return True
        return self.team_id is not None and self.companions.filter(enrolment__user=user).exists()

    @property
    def result(self):
        """The result that counts: the latest. None before the release. One query."""
        return self.results.order_by("released_at", "pk").last()

    def must_not_be_appealed(self) -> None:
        """Raise WrongState while an appeal against its result is open: no further hand-in begins meanwhile."""
        if self.results.filter(appeal__status__in=["lodged", "admitted", "marked"]).exists():
            raise WrongState(_("Your appeal is still open. Wait for the decision, or withdraw it."), obj=self)

    @classmethod
    def start(cls, run: CaseRun, *, at: datetime) -> "Submission":
        """Return the trainee's draft for this case, begun now when there was none; after a failed first attempt, the
        second one, which begins with what was handed in before.

        Raises WrongState when the decisions are not all made, or nothing more can be handed in. Team work begins by
        `teams.start_shared`.
        """
        if run.assignment.script().deliverable.is_team_work:
            raise WrongState(_("First join a team."), obj=run)
        if not run.is_played:
            raise WrongState(_("First go through all stages of the case."), obj=run)
        latest = cls.objects.filter(run=run).order_by("-attempt").first()
        if latest is None and not run.enrolment.is_active:
            raise WrongState(_("Your enrolment is not active any more."), obj=run.enrolment)
        if latest is None:
            draft, _made = cls.objects.get_or_create(
                enrolment=run.enrolment, assignment=run.assignment, attempt=1, defaults={"run": run}
            )
            return draft
        if latest.is_draft:
            return latest
        failed = latest.status == cls.Status.RELEASED and not latest.result.passed
        if not failed or latest.attempt >= MAX_ATTEMPTS or not run.enrolment.is_active:
            raise WrongState(_("Nothing more can be handed in for this case."), obj=latest)
        with transaction.atomic():
            cls.objects.select_for_update(of=("self",)).get(pk=latest.pk)  # an appeal takes the same lock
            latest.must_not_be_appealed()
            draft, made = cls.objects.get_or_create(
                enrolment=run.enrolment,
                assignment=run.assignment,
                attempt=latest.attempt + 1,
                defaults={"run": run, "fields": latest.fields, "saved_at": at},
            )
            if made:
                for file in latest.current_files():
                    file.copy_to(draft, at=at)
        return draft

    def save_draft(
        self, typed: dict[str, Any], *, number: int, key: str, at: datetime, kept: bool = False,
        restored_from: int | None = None,
    ) -> "DraftSave":  # fmt: skip
        """Save what was typed; when this returns, it is kept. The same save (`key`) twice is one: the first.

        number: the draft number the page was showing. kept: the trainee pressed “save”, so it is a version to come back to
        (unless the latest version says the same); restored_from: number of the save that is brought back.
        Raises StaleDraft when another tab saved meanwhile, NotComplete for what is too long, WrongState once it was
        handed in.
        """
        deliverable = self.assignment.script().deliverable
        values = tidy(deliverable, typed)
        if found := problems(deliverable, values, files=0, final=False):
            raise NotComplete(found)
        try:
            with transaction.atomic():
                now = {"fields": values, "draft_number": number + 1, "saved_at": at}
                shown = {"id": self.pk, "status": self.Status.DRAFT.value, "draft_number": number}
                if not change(Submission, shown, **now):
                    self._reload()
                    if done := self.saves.filter(key=key).first():  # the same once more: its answer was lost on the way
                        return done
                    if self.is_draft:
                        raise StaleDraft(self)
                    raise WrongState(_("This work product has been handed in."), obj=self)
                if kept:
                    latest = self.saves.filter(kept=True).order_by("-number").first()
                    kept = latest is None or latest.fields != values
                done = DraftSave.append(self, number + 1, values, key=key, at=at, kept=kept, restored_from=restored_from)
        except IntegrityError:  # the key was there with another number: what was changed is taken back
            done = self.saves.filter(key=key).first()
            if done is None:
                raise
            self._reload()
            return done
        for name, value in (now | {"status": self.Status.DRAFT}).items():
            setattr(self, name, value)
        return done

    def versions(self) -> "models.QuerySet[DraftSave]":
        """What one can look at again and bring back, newest first: what was saved by the button, what stood there before
        another version was brought back, and what stands there now (after the hand-in: what was handed in)."""
        replaced = self.saves.exclude(restored_from=None).annotate(before=models.F("number") - 1).values("before")
        found = self.saves.filter(Q(kept=True) | Q(number=self.draft_number) | Q(number__in=replaced))
        return found.order_by("-number")

    def bring_back(self, save: "DraftSave", *, number: int, key: str, at: datetime) -> "DraftSave":
        """Put an earlier version into the draft, as a further save; what stood there stays among the versions.

        number: the draft number the page was showing. Raises as `save_draft` does.
        """
        if save.submission_id != self.pk:
            raise ValueError(save)
        return self.save_draft(save.fields, number=number, key=key, at=at, kept=True, restored_from=save.number)

    def add_file(self, upload: UploadedFile, *, at: datetime, key: str = "") -> "SubmissionFile":
        """Check a file by its content and keep it under a neutral name. The same key twice is one file, also when it was
        taken out meanwhile.

        Raises ValidationError for a file we don't take, WrongState once the work was handed in or holds too many.
        """
        checked = check_upload(upload, max_bytes=settings.SUBMISSION_FILE_MAX_BYTES, may_wait=True)
        with transaction.atomic():
            fresh = Submission.objects.select_for_update().get(pk=self.pk)
            if not fresh.is_draft:
                raise WrongState(_("This work product has been handed in."), obj=self)
            if key and (done := self.files.filter(key=key).first()):
                return done
            present = self.current_files()
            if same := next((file for file in present if file.sha256 == checked.sha256), None):
                return same
            if len(present) >= MAX_FILES:
                raise WrongState(_("Five files are the most; remove one first."), obj=self)
            added = SubmissionFile.objects.create(
                submission=self,
                file=upload,
                original_name=checked.name[:255],
                extension=checked.extension,
                media_type=checked.media_type,
                size=checked.size,
                sha256=checked.sha256,
                uploaded_at=at,
                key=key,
                scan=checked.scan,
            )
            file_added.send(sender=SubmissionFile, file=added)
            return added

    def remove_file(self, file: "SubmissionFile", *, at: datetime) -> None:
        """Take a file out of the draft; its bytes stay until retention removes them. Twice is harmless."""
        with transaction.atomic():
            fresh = Submission.objects.select_for_update().get(pk=self.pk)
            if not fresh.is_draft:
                raise WrongState(_("This work product has been handed in."), obj=self)
            SubmissionFile.objects.filter(pk=file.pk, submission=self, removed_at=None).update(removed_at=at)

    def current_files(self) -> list["SubmissionFile"]:
        return files_of(self.pk)

    def hand_in(
        self, *, at: datetime, ai_use: str, ai_tools: str = "", number: int | None = None, by: User | None = None
    ) -> "Submission":
        """Hand the draft in as it is saved. Twice is harmless and gives the same receipt.

        ai_use: what the trainee declares about the use of AI; "none" must be said, too. ai_tools: which, "" for none.
        number: the draft number the trainee read before handing in; None when nobody read it on a page.
        Raises StaleDraft when another window saved after that, NotComplete naming the fields,
        WrongState when the enrolment is not active any more or the work is not taken any more.
        """
        with transaction.atomic():
            fresh = _locked.first(self.pk)
            if not fresh.is_draft:
                self._reload()
                return self
            if not fresh.enrolment.is_active:  # as it is now, not as it was when the page was asked for
                raise WrongState(_("Your enrolment is not active any more."), obj=self)
            fresh.assignment, fresh.run = self.assignment, self.run  # loaded already; they never change
            rule = Deadline.of(self)
            if rule and not rule.takes(at):
                end = moment(rule.until if rule.accept == "until" else rule.due)
                raise WrongState(_("This work was taken until %(end)s. Ask your base for more time.") % {"end": end}, obj=self)
            if number is not None and number != fresh.draft_number:
                self._reload()
                raise StaleDraft(self)
            deliverable = self.assignment.script().deliverable
            files = self.current_files()
            found = problems(deliverable, fresh.fields, files=len(files))
            said = self._said_by_members(fresh) if self.team_id else []
            if not ai_use.strip():
                found.append(Problem("ai_use", "required"))
            if missing := sum(not now for _code, _statement, now in said):
                found.append(Problem("team", "not_confirmed", missing))
            if found:
                raise NotComplete(found)
            fresh.checks, fresh.ai_tools = frozen(deliverable, fresh.fields), ai_tools
            fresh.late = rule.frozen(at) if rule else {}
            fresh.ai_use, fresh.submitted_at, fresh.status = ai_use, at, self.Status.SUBMITTED
            fresh.content_hash = fresh.computed_hash(files)
            changed = {name: getattr(fresh, name) for name in HANDED_IN}
            Submission.objects.filter(Q(pk=self.pk) | Q(leader=self.pk), status=self.Status.DRAFT).update(**changed)
            for name in (*HANDED_IN, "fields", "draft_number", "saved_at"):
                setattr(self, name, getattr(fresh, name))
            log(
                self,
                "assessments.submission.hand_in",
                by=by or self.enrolment.user,
                organisation=self.enrolment.cohort.organisation,
            )
            submission_handed_in.send(sender=Submission, submission=self, at=at)
        return self

    def computed_hash(self, files: Iterable["SubmissionFile"] | None = None) -> str:
        """Return the hash over what was handed in: fields, files, decisions, rubric, time. Can be computed again.

        files: the current ones where they are loaded already.
        """
        content = {
            "assignment": str(self.assignment.uuid),
            "rubric": self.assignment.rubric.content_hash,
            "attempt": self.attempt,
            "fields": self.fields,
            "files": sorted(file.sha256 for file in (self.current_files() if files is None else files)),
            "decisions": self.run.trace(),
            "ai_use": self.ai_use,
            "submitted_at": self.submitted_at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        for name in ("checks", "ai_tools", "late"):  # work handed in before there were these keeps the hash it has
            if value := getattr(self, name):
                content[name] = value
        if self.team_id:
            content["team"] = [[code, statement] for code, statement, _now in self._said_by_members(self)]
        return content_hash(content)

    @staticmethod
    def _said_by_members(shared: "Submission") -> list[tuple[str, str, bool]]:
        """Return (anonymous code, statement, whether it is for what stands there now) of everybody whose work it is."""
        return sorted(
            (member.enrolment.anonymous_code, said.statement if said else "", now) for member, said, now in standing(shared)
        )

    def _reload(self) -> None:
        """Read this row's own values again; the objects it belongs to stay loaded."""
        names = {"status", "fields", "draft_number", "saved_at", "ai_use", "submitted_at", "content_hash", "checks", "ai_tools"}
        self.refresh_from_db(fields=(names | {"late"}) - self.get_deferred_fields())

    def receipt_holds(self) -> bool:
        """Say whether what is stored is still what the receipt was given for."""
        return not self.is_draft and self.work.computed_hash() == self.content_hash

    def move(self, old: str | list[str], new: str) -> None:
        """Compare and set the status: one row, or WrongState."""
        olds = [old] if isinstance(old, str) else old
        if not Submission.objects.filter(pk=self.pk, status__in=olds).update(status=new):
            self.refresh_from_db(fields=["status"])
            raise WrongState(_("This submission has moved on meanwhile."), obj=self)
        if self.team_id:
            Submission.objects.filter(leader=self).update(status=new)
        self.status = new


_locked = Compiled(lambda pk: Submission.objects.select_for_update(of=("self",)).select_related("enrolment").filter(pk=pk))
