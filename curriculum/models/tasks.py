"""Review tasks: a page quotes a statute that no longer holds or has not been checked, or its own check is long ago.

A task is about the page's newest revision; it is opened once for each cause and day, closed by an author with a
comment, and settles by itself when a newer revision no longer gives cause. Editions keep what they quote.
"""

import calendar
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .citations import Citation
from .pages import CaseScenarioPage, CoursePage, LessonPage, TrainingBasePage
from .statutes import Statute

REVIEWED = (CoursePage, LessonPage, CaseScenarioPage)
BASE_DEPTH = 3  # root, front page, base: the base's page is the third step of every path below it


def months_after(day: date, months: int) -> date:
    """Return the same day some months later; the last of the month where there is no such day."""
    place = day.month - 1 + months
    year, month = day.year + place // 12, place % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class ContentRules(models.Model):
    """What the authority asks of content, as data: how often the law is checked, how long a task may take."""

    law_check_months = models.PositiveSmallIntegerField(
        _("months between two checks of the law"), default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("A page whose law was checked longer ago gets a review task."),
    )  # fmt: skip
    task_days = models.PositiveSmallIntegerField(
        _("days for a review task"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    review_days = models.PositiveSmallIntegerField(
        _("days for a review"), default=14, validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("The calendar shows a review as due so many days after the course was sent in."),
    )  # fmt: skip
    source = models.CharField(
        _("where these figures come from"), max_length=255, blank=True, help_text=_("Empty: our own example.")
    )
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("rules for content")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_content_rules"),
            models.CheckConstraint(
                condition=Q(law_check_months__gte=1, task_days__gte=1, review_days__gte=1), name="content_rules_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> "ContentRules":
        """The rules in force; before anyone set them, the defaults."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    def change(self, *, by: User, at: datetime) -> None:
        self.pk, self.changed_at, self.changed_by = 1, at, by
        with transaction.atomic():
            self.save()
            log(self, "curriculum.content_rules.change", by=by, months=self.law_check_months, days=self.task_days)


class ReviewTaskQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=ReviewTask.Status.OPEN)

    def sweep(self, *, at: datetime) -> tuple[int, int]:
        """Open the tasks that there is cause for, settle those without. Returns how many of each; again changes
        nothing. A constant number of queries, and one line for each page that exists."""
        on = timezone.localdate(at)
        rules = ContentRules.current()
        wanted = {task.key: task for task in _causes(on, rules)}
        known = dict(self.filter(key__in=wanted).values_list("key", "status"))
        fresh = [task for key, task in wanted.items() if key not in known]
        for task in fresh:
            task.opened_at, task.due_on = at, on + timedelta(days=rules.task_days)
        with transaction.atomic():
            self.bulk_create(fresh, ignore_conflicts=True)
            again = [key for key, status in known.items() if status == ReviewTask.Status.SETTLED]
            self.filter(key__in=again).update(status=ReviewTask.Status.OPEN, closed_at=None)
            settled = self.open().exclude(key__in=wanted).update(status=ReviewTask.Status.SETTLED, closed_at=at)
        return len(fresh) + len(again), settled

    def settle_by(self, revision: Revision, *, at: datetime) -> int:
        """Settle the open tasks of a page for which its new revision gives no cause any more."""
        waiting = self.open().filter(page_id=int(revision.object_id))
        if not waiting.exists():
            return 0
        cited = Citation.objects.filter(revision=revision, statute__isnull=False).values("statute")
        gone = Q(statute__isnull=False) & ~Q(statute__in=cited)
        if day := revision.content.get("legally_valid_on"):
            since = months_after(date.fromisoformat(str(day)), ContentRules.current().law_check_months)
            if since >= timezone.localdate(at):
                gone |= Q(cause=ReviewTask.Cause.LAW_CHECK_OLD)
        else:
            gone |= Q(cause=ReviewTask.Cause.LAW_CHECK_OLD)
        return waiting.filter(gone).update(status=ReviewTask.Status.SETTLED, closed_at=at)


class ReviewTask(models.Model):
    class Status(models.TextChoices):
        OPEN = "open", _("to do")
        DONE = "done", _("closed by an author")
        SETTLED = "settled", _("settled by a newer revision or check")

    class Cause(models.TextChoices):
        REPLACED = "replaced", _("quotes a statute that was replaced")
        REPEALED = "repealed", _("quotes a statute that was repealed")
        EXPIRED = "expired", _("quotes a statute that ran out")
        CHECK_DUE = "check_due", _("quotes a statute whose check is overdue")
        LAW_CHECK_OLD = "law_check_old", _("the law of the page was checked long ago")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=120, unique=True)  # page, cause, statute, day: the same cause is one task
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="review_tasks")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=16, choices=Cause.choices)
    statute = models.ForeignKey(Statute, on_delete=models.PROTECT, null=True, related_name="review_tasks")
    since = models.DateField()
    due_on = models.DateField(_("due"))
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    comment = models.TextField(_("comment"), blank=True)

    objects = ReviewTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("review task")
        verbose_name_plural = _("review tasks")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["organisation", "status", "due_on"], name="review_task_by_base")]
        constraints = [
            models.CheckConstraint(
                condition=Q(cause="law_check_old", statute=None)
                | (~Q(cause="law_check_old") & Q(statute__isnull=False)),
                name="review_task_names_its_statute",
            ),
            models.CheckConstraint(
                condition=Q(status="done", closed_by__isnull=False) | (~Q(status="done") & Q(closed_by=None)),
                name="review_task_done_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.get_cause_display()}"

    def get_absolute_url(self) -> str:
        return reverse("review_task_close", args=[self.uuid])

    def is_overdue(self, on: date | None = None) -> bool:
        return self.status == self.Status.OPEN and self.due_on < (on or timezone.localdate())

    def close(self, *, by: User, at: datetime, comment: str) -> None:
        """An author says why the page may stay as it is. Raises WrongState when closed meanwhile, or without a word."""
        if not comment.strip():
            raise WrongState(_("Say what you found."), obj=self)
        with transaction.atomic():
            fields = {"status": self.Status.DONE, "closed_at": at, "closed_by": by, "comment": comment}
            if not ReviewTask.objects.open().filter(pk=self.pk).update(**fields):
                raise WrongState(_("This task has been closed meanwhile."), obj=self)
            self.refresh_from_db()
            log(self, "curriculum.review_task.close", by=by, organisation=self.organisation, cause=self.cause)


def _causes(on: date, rules: ContentRules) -> list[ReviewTask]:
    """What the newest revisions of all pages give cause for, not saved."""
    owner_of = dict(TrainingBasePage.objects.values_list("path", "organisation_id"))
    found: list[ReviewTask] = []

    def add(page: int, path: str, cause: str, since: date, statute: Statute | None = None) -> None:
        base = owner_of.get(path[: Page.steplen * BASE_DEPTH])
        if base is not None:
            key = f"{page}:{cause}:{statute.pk if statute else 0}:{since.isoformat()}"
            fields: dict[str, Any] = {"page_id": page, "cause": cause, "statute": statute, "since": since}
            found.append(ReviewTask(key=key, organisation_id=base, **fields))

    statutes = {statute.pk: statute for statute in Statute.objects.unsound(on)}
    cited = Citation.objects.of_drafts().filter(statute__in=statutes).values_list("page_id", "page__path", "statute_id")
    for page, path, key in cited:
        statute = statutes[key]
        state = statute.state(on)
        add(page, path, state, statute.next_check_on if state == "check_due" else statute.end, statute)
    for model in REVIEWED:
        for page, path, day in model.objects.filter(latest_revision__isnull=False).values_list(
            "pk", "path", "latest_revision__content__legally_valid_on"
        ):
            if day and (since := months_after(date.fromisoformat(day), rules.law_check_months)) < on:
                add(page, path, ReviewTask.Cause.LAW_CHECK_OLD, since)
    return found
