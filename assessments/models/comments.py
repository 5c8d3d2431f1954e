"""The comment bank: what an assessor says often, kept for oneself or shared with who marks the same assignment.

A comment in the bank is a tool, not a record: it is changed and deleted; what a mark says is kept with the mark.
"""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log

from .plans import Assignment

MAX_TEXT = 600


class BankQuerySet(models.QuerySet):
    def seen_by(self, user: User, assignments) -> "BankQuerySet":
        """A person's own, and what is shared for the assignments that they mark."""
        return self.filter(Q(owner=user) | Q(shared=True, assignment__in=assignments))

    def for_sheet(self, user: User, assignment: Assignment) -> "BankQuerySet":
        """What fits this assignment, those of one criterion before those of any; the last changed first."""
        own = Q(owner=user) & (Q(assignment=None) | Q(assignment=assignment))
        return self.filter(own | Q(shared=True, assignment=assignment)).order_by("-changed_at", "-pk")


class BankComment(models.Model):
    """One comment. assignment: None for any; criterion: its key, "" for any; shared ones belong to an assignment."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bank_comments")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_comments")
    criterion = models.SlugField(max_length=40, blank=True)
    text = models.CharField(_("comment"), max_length=MAX_TEXT)
    shared = models.BooleanField(_("shared with everybody who marks this assignment"), default=False)
    changed_at = models.DateTimeField()

    objects = BankQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment in the bank")
        constraints = [
            models.CheckConstraint(condition=Q(shared=False) | Q(assignment__isnull=False), name="shared_for_an_assignment"),
            models.CheckConstraint(condition=Q(criterion="") | Q(assignment__isnull=False), name="criterion_of_an_assignment"),
            models.UniqueConstraint(fields=["owner", "assignment", "criterion", "text"], name="bank_comment_once"),
            models.UniqueConstraint(fields=["owner", "text"], condition=Q(assignment=None), name="general_comment_once"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def get_absolute_url(self) -> str:
        return reverse("comment_edit", args=[self.uuid])

    @classmethod
    def keep(
        cls, owner: User, text: str, *, at: datetime, assignment: Assignment | None = None, criterion: str = "",
        shared: bool = False,
    ) -> "BankComment":  # fmt: skip
        """Put a comment into the bank. The same again is one; it may become shared by that, never private."""
        with transaction.atomic():
            found, _new = cls.objects.get_or_create(
                owner=owner, assignment=assignment, criterion=criterion, text=text, defaults={"shared": shared, "changed_at": at}
            )
            if shared and not found.shared:
                cls.objects.filter(pk=found.pk).update(shared=True, changed_at=at)
                found.shared = True
            return found

    def remove(self, *, by: User) -> None:
        """Delete it, which the log remembers where others saw it. What was put into marks stays there."""
        with transaction.atomic():
            if self.shared:
                log(self, "assessments.bank.remove", by=by, organisation=self.assignment.item.edition.organisation)
            BankComment.objects.filter(pk=self.pk).delete()
