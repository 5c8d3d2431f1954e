"""批量查验: a list of numbers and names that an employer brings, and what was answered line by line.

waiting ─► done (a job answers all lines, draws the files and signs them) ─► names erased ─► deleted

The names serve the comparison only: they are kept sealed, apart from the lines, and erased after the hours that the terms
say. The files to take away name nobody; a row's number in the employer's own file ties the two together.
"""

import uuid as uuids
from datetime import datetime, timedelta

from django.core.files.storage import storages
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.sealed import seal, unseal

from ..list_reading import Row
from ..signals import list_received
from .employer_terms import EmployerTerms

PURPOSE = "certificates.check_list"
DAY = timedelta(days=1)
FILES = ("csv", "xlsx")


class CheckListQuerySet(models.QuerySet):
    def rows_since(self, organisation: Organisation, since: datetime) -> int:
        """How many lines this employer brought since then, deleted lists included."""
        found = self.filter(organisation=organisation, created_at__gte=since)
        return found.aggregate(n=models.Sum("rows"))["n"] or 0

    def shown(self):
        return self.filter(deleted_at=None)

    def tried_too_often(self, organisation: Organisation, rows: list[Row], *, most: int, at: datetime) -> list[Row]:
        """The rows whose number this employer has brought as often as it may in 24 hours, matching or not."""
        recent = CheckLine.objects.filter(check_list__organisation=organisation, check_list__created_at__gte=at - DAY)
        counted: dict[str, int] = {}
        for start in range(0, len(rows), 500):
            some = recent.filter(number__in=[row.number for row in rows[start : start + 500]])
            counted |= dict(some.values_list("number").annotate(n=models.Count("pk")).order_by())
        return [row for row in rows if counted.get(row.number, 0) >= most]

    def drop_old(self, at: datetime) -> None:
        """Erase what has lain as long as the terms said, names earlier; what was deleted a day ago goes altogether."""
        for old in self.shown().filter(keep_until__lte=at):
            old.erase(by=None, at=at)
        self.filter(names_until__lte=at).exclude(sealed_names="").update(sealed_names="")
        self.filter(deleted_at__isnull=False, created_at__lt=at - DAY).delete()


class CheckList(models.Model):
    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("check list", "being checked")
        DONE = "done", pgettext_lazy("check list", "finished")

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="check_lists")
    title = models.CharField(_("what you call it"), max_length=80)
    rows = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    sealed_names = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    names_until = models.DateTimeField(null=True, blank=True)
    keep_until = models.DateTimeField()
    # {state: lines}, and the signed statement about the two files (certificates/receipts.py).
    counts = models.JSONField(default=dict, blank=True)
    statement = models.TextField(blank=True)
    # A deleted list stays for a day without names and answers, so that deleting renews no quota.
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CheckListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of certificates to check")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="waiting") | models.Q(answered_at__isnull=False), name="finished_list_was_answered"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("check_list", args=[self.uuid])

    @classmethod
    def receive(
        cls, organisation: Organisation, rows: list[Row], *, title: str, request_id: uuids.UUID, terms: EmployerTerms,
        by: User, at: datetime,
    ) -> "CheckList":  # fmt: skip
        """Keep a list that was read without a fault; the answer follows as a job. A repeated request gets its list.

        Raises WrongState when the day's quota does not cover it.
        """
        with transaction.atomic():
            locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
            if made := cls.objects.filter(organisation=locked, uuid=request_id).first():
                return made
            if cls.objects.rows_since(locked, at - DAY) + len(rows) > terms.rows_per_day:
                raise WrongState(_("This list is larger than what is left of your quota of 24 hours."), obj=None)
            made = cls.objects.create(
                uuid=request_id, organisation=locked, title=title, rows=len(rows), created_at=at, created_by=by,
                sealed_names=seal({"names": [row.name for row in rows]}, purpose=PURPOSE),
                keep_until=at + timedelta(days=terms.lists_days),
            )  # fmt: skip
            CheckLine.objects.bulk_create(
                [CheckLine(check_list=made, place=place, row=row.row, number=row.number) for place, row in enumerate(rows)],
                batch_size=500,
            )
            log(made, "certificates.list.receive", by=by, organisation=organisation, rows=len(rows))
            list_received.send(sender=CheckList, check_list=made)
        return made

    def names(self) -> list[str]:
        """The names in the order of the lines; [] when they were erased."""
        return unseal(self.sealed_names, purpose=PURPOSE).get("names", [])

    def file_name(self, kind: str) -> str:
        return f"check-lists/{self.uuid}/result.{kind}"

    def erase(self, *, by: User | None, at: datetime) -> None:
        """Delete names, answers and files. The numbers stay for the rest of the day, for the quota; then `drop_old` takes
        the whole. Once more does nothing."""
        with transaction.atomic():
            gone = CheckList.objects.filter(pk=self.pk, deleted_at=None)
            if not gone.update(deleted_at=at, sealed_names="", statement="", title="", counts={}):
                return
            self.lines.update(state="", valid_until=None, state_since=None)
            log(self, "certificates.list.delete", by=by, organisation=self.organisation, rows=self.rows)
        self.delete_files()

    def delete_files(self) -> None:
        for kind in FILES:
            storages["private"].delete(self.file_name(kind))


class CheckLine(models.Model):
    """One line: the number as typed in the employer's row, and the answer: a state, or no match for every kind of miss."""

    NO_MATCH = "no_match"

    check_list = models.ForeignKey(CheckList, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveIntegerField()  # in the list of names
    row = models.PositiveIntegerField()  # in the employer's own file
    number = models.CharField(max_length=40)
    state = models.CharField(max_length=12, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    state_since = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("line of a list to check")
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["check_list", "place"], name="one_line_per_place")]
        indexes = [models.Index(fields=["number"])]

    def __str__(self) -> str:
        return f"{self.check_list_id} {self.row}"
