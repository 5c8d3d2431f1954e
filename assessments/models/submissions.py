"""The work product of a case: drafts that are not lost, files checked by content, a hand-in with a receipt."""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly
from lms.lib.uploads import check_upload
from training.models import Enrolment

from ..signals import submission_handed_in
from ..workproduct import Problem, problems, tidy
from .casework import CaseRun
from .plans import Assignment

MAX_ATTEMPTS = 2  # one resubmission, as the peers of the field allow (DOMAIN: RTTP)
MAX_FILES = 5


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


def private_storage():
    return storages["private"]


def submission_file_path(instance: "SubmissionFile", filename: str) -> str:
    return f"submissions/{instance.uuid.hex[:2]}/{instance.uuid}"


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
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.DRAFT)
    # The structured fields of the work product: {field key: text | number as text | [[row], …] as list of dicts}.
    fields = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0, help_text=_("counts autosaves; a stale tab is told so"))
    saved_at = models.DateTimeField(null=True, blank=True)
    ai_use = models.TextField(_("use of AI, in your own words"), blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # Over fields, file hashes and the decision trace; printed on the receipt.
    content_hash = models.CharField(max_length=80, blank=True)

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
        ]
        indexes = [models.Index(fields=["status", "submitted_at"])]

    def __str__(self) -> str:
        return f"{self.assignment_id} #{self.attempt}"

    def get_absolute_url(self) -> str:
        return reverse("submission_edit", args=[self.uuid])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @classmethod
    def start(cls, run: CaseRun, *, at: datetime) -> "Submission":
        """Return the trainee's draft for this case, begun now when there was none; after a failed first attempt, the
        second one, which begins with what was handed in before.

        Raises WrongState when the decisions are not all made, or nothing more can be handed in.
        """
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

    def save_draft(self, typed: dict[str, Any], *, number: int, key: str, at: datetime) -> "DraftSave":
        """Save what was typed; when this returns, it is kept. The same save (`key`) twice is one: the first.

        number: the draft number the page was showing. Raises StaleDraft when another tab saved meanwhile, NotComplete
        for what is too long, WrongState once it was handed in.
        """
        deliverable = self.assignment.script().deliverable
        values = tidy(deliverable, typed)
        if found := problems(deliverable, values, files=0, final=False):
            raise NotComplete(found)
        try:
            with transaction.atomic():
                if done := self.saves.filter(key=key).first():
                    self._reload()
                    return done
                moved = Submission.objects.filter(pk=self.pk, status=self.Status.DRAFT, draft_number=number).update(
                    fields=values, draft_number=number + 1, saved_at=at
                )
                if not moved:
                    self._reload()
                    if self.is_draft:
                        raise StaleDraft(self)
                    raise WrongState(_("This work product has been handed in."), obj=self)
                done = DraftSave.objects.create(
                    submission=self, number=number + 1, key=key, fields=values, saved_at=at
                )
        except IntegrityError:  # the same save came in twice at the same moment
            done = self.saves.filter(key=key).first()
            if done is None:
                raise
        self._reload()
        return done

    def add_file(self, upload: UploadedFile, *, at: datetime) -> "SubmissionFile":
        """Check a file by its content and keep it under a neutral name.

        Raises ValidationError for a file we don't take, WrongState once the work was handed in or holds too many.
        """
        checked = check_upload(upload, max_bytes=settings.SUBMISSION_FILE_MAX_BYTES)
        with transaction.atomic():
            fresh = Submission.objects.select_for_update().get(pk=self.pk)
            if not fresh.is_draft:
                raise WrongState(_("This work product has been handed in."), obj=self)
            present = self.current_files()
            if same := next((file for file in present if file.sha256 == checked.sha256), None):
                return same
            if len(present) >= MAX_FILES:
                raise WrongState(_("Five files are the most; remove one first."), obj=self)
            return SubmissionFile.objects.create(
                submission=self,
                file=upload,
                original_name=checked.name[:255],
                extension=checked.extension,
                media_type=checked.media_type,
                size=checked.size,
                sha256=checked.sha256,
                uploaded_at=at,
            )

    def remove_file(self, file: "SubmissionFile", *, at: datetime) -> None:
        """Take a file out of the draft; its bytes stay until retention removes them. Twice is harmless."""
        with transaction.atomic():
            fresh = Submission.objects.select_for_update().get(pk=self.pk)
            if not fresh.is_draft:
                raise WrongState(_("This work product has been handed in."), obj=self)
            SubmissionFile.objects.filter(pk=file.pk, submission=self, removed_at=None).update(removed_at=at)

    def current_files(self) -> list["SubmissionFile"]:
        return list(self.files.filter(removed_at=None))

    def hand_in(self, *, at: datetime, ai_use: str, number: int | None = None) -> "Submission":
        """Hand the draft in as it is saved. Twice is harmless and gives the same receipt.

        ai_use: what the trainee declares about the use of AI; "none" must be said, too.
        number: the draft number the trainee read before handing in; None when nobody read it on a page.
        Raises StaleDraft when another window saved after that, NotComplete naming the fields,
        WrongState when the enrolment is not active any more.
        """
        with transaction.atomic():
            fresh = Submission.objects.select_for_update().get(pk=self.pk)
            if not fresh.is_draft:
                self._reload()
                return self
            if not fresh.enrolment.is_active:  # as it is now, not as it was when the page was asked for
                raise WrongState(_("Your enrolment is not active any more."), obj=self)
            fresh.assignment, fresh.run = self.assignment, self.run  # loaded already; they never change
            if number is not None and number != fresh.draft_number:
                self._reload()
                raise StaleDraft(self)
            deliverable = self.assignment.script().deliverable
            found = problems(deliverable, fresh.fields, files=len(self.current_files()))
            if not ai_use.strip():
                found.append(Problem("ai_use", "required"))
            if found:
                raise NotComplete(found)
            Submission.objects.filter(pk=self.pk, status=self.Status.DRAFT).update(
                status=self.Status.SUBMITTED,
                submitted_at=at,
                ai_use=ai_use,
                content_hash=fresh.computed_hash(ai_use=ai_use, at=at),
            )
            self._reload()
            log(
                self,
                "assessments.submission.hand_in",
                by=self.enrolment.user,
                organisation=self.enrolment.cohort.organisation,
            )
            submission_handed_in.send(sender=Submission, submission=self, at=at)
        return self

    def computed_hash(self, *, ai_use: str | None = None, at: datetime | None = None) -> str:
        """Return the hash over what was handed in: fields, files, decisions, rubric, time. Can be computed again."""
        return content_hash(
            {
                "assignment": str(self.assignment.uuid),
                "rubric": self.assignment.rubric.content_hash,
                "attempt": self.attempt,
                "fields": self.fields,
                "files": sorted(file.sha256 for file in self.current_files()),
                "decisions": self.run.trace(),
                "ai_use": self.ai_use if ai_use is None else ai_use,
                "submitted_at": (at or self.submitted_at).astimezone(UTC).isoformat(timespec="seconds"),
            }
        )

    def _reload(self) -> None:
        """Read this row's own values again; the objects it belongs to stay loaded."""
        names = {"status", "fields", "draft_number", "saved_at", "ai_use", "submitted_at", "content_hash"}
        self.refresh_from_db(fields=names - self.get_deferred_fields())

    def receipt_holds(self) -> bool:
        """Say whether what is stored is still what the receipt was given for."""
        return not self.is_draft and self.computed_hash() == self.content_hash

    def move(self, old: str | list[str], new: str) -> None:
        """Compare and set the status: one row, or WrongState."""
        olds = [old] if isinstance(old, str) else old
        if not Submission.objects.filter(pk=self.pk, status__in=olds).update(status=new):
            self.refresh_from_db(fields=["status"])
            raise WrongState(_("This submission has moved on meanwhile."), obj=self)
        self.status = new


class DraftSave(AppendOnly):
    """Every acknowledged autosave, as it came. `key` is the browser's idempotency key: the same save twice is one."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="saves")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    fields = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="draft_save_number_once"),
            models.UniqueConstraint(fields=["submission", "key"], name="draft_save_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} #{self.number}"


class SubmissionFile(models.Model):
    """A file of a submission, checked by content, stored under a neutral name. Assessors never see `original_name`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="files")
    file = models.FileField(storage=private_storage, upload_to=submission_file_path, max_length=200)
    original_name = models.CharField(max_length=255)
    extension = models.CharField(max_length=8)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file")
        ordering = ["uploaded_at"]

    def __str__(self) -> str:
        return str(self.uuid)

    def copy_to(self, draft: Submission, *, at: datetime) -> "SubmissionFile":
        """Take the file over into the next attempt: a further row that names the same stored bytes."""
        return SubmissionFile.objects.create(
            submission=draft,
            file=self.file.name,
            original_name=self.original_name,
            extension=self.extension,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
            uploaded_at=at,
        )

    def neutral_name(self, place: int) -> str:
        """What assessors see: A1.pdf, A2.docx …"""
        return f"A{place}.{self.extension}"
