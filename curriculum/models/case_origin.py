"""Where a case comes from: a firm's demand, the bank, or the cases that are shipped; and the firm's word on what was made.

`family` is the same for a case and all its copies, so that exposure and leaks are counted for what is the same text.
"""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Page, Revision

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..signals import demand_news
from .demands import Demand
from .pages import CaseScenarioPage


def family_of_page(pk: int) -> str:
    """The family of a case that was copied from nothing."""
    return f"page:{pk}"


def family_of_shipped(slug: str) -> str:
    return f"shipped:{slug}"


class CaseOrigin(models.Model):
    class Kind(models.TextChoices):
        DEMAND = "demand", _("an enterprise's demand")
        BANK = "bank", _("taken from the case bank")
        SHIPPED = "shipped", _("shipped with the product")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page = models.OneToOneField(CaseScenarioPage, on_delete=models.CASCADE, related_name="origin")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    family = models.CharField(max_length=120, db_index=True)
    source = models.ForeignKey(Page, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["demand", "bank", "shipped"]) & (~Q(kind="demand") | Q(demand__isnull=False)),
                name="case_origin_kind_known",
            ),
            # one case of a base for each demand it has taken up
            models.UniqueConstraint(
                fields=["demand", "organisation"], condition=Q(kind="demand"), name="one_case_per_demand_and_base"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.family}"

    @classmethod
    def note_shipped(cls, page: CaseScenarioPage, organisation: Organisation, *, by: User | None) -> "CaseOrigin":
        """Remember that a page is a copy of a shipped case, by its address."""
        return cls.objects.create(
            page=page, organisation=organisation, kind=cls.Kind.SHIPPED, family=family_of_shipped(page.slug), made_by=by,
            made_at=timezone.now(),
        )  # fmt: skip

    def ask_firm(self, revision: Revision, content_hash: str, *, by: User, at: datetime) -> "CaseApproval":
        """Ask the firm to approve the case as this revision has it. What was asked before and not answered is replaced.

        Raises WrongState when the consent was withdrawn.
        """
        with transaction.atomic():
            held = CaseOrigin.objects.select_for_update(of=("self",)).select_related("demand").get(pk=self.pk)
            if held.demand is None or held.demand.status == Demand.Status.WITHDRAWN:
                raise WrongState(_("The firm has withdrawn its consent."), obj=self)
            open_now = held.approvals.filter(status=CaseApproval.Status.ASKED)
            if found := open_now.filter(content_hash=content_hash).first():
                return found
            open_now.update(status=CaseApproval.Status.REPLACED)
            approval = CaseApproval.objects.create(
                origin=held, revision=revision, content_hash=content_hash, asked_at=at, asked_by=by
            )
            log(held.demand, "curriculum.demand.ask_approval", by=by, organisation=held.organisation, page=held.page_id)
            demand_news.send(sender=Demand, demand=held.demand, kind="approval", base=held.organisation)
        return approval


class CaseApproval(models.Model):
    """The firm's word on one state of a case that was made from its demand."""

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("approval", "waits for the firm")
        APPROVED = "approved", pgettext_lazy("approval", "approved by the firm")
        REFUSED = "refused", pgettext_lazy("approval", "the firm asks for changes")
        REPLACED = "replaced", pgettext_lazy("approval", "replaced by a newer state")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    origin = models.ForeignKey(CaseOrigin, on_delete=models.CASCADE, related_name="approvals")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    content_hash = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    comment = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["origin"], condition=Q(status="asked"), name="one_open_approval_per_case"),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "replaced"]) | Q(decided_at__isnull=False), name="approval_decided_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin_id}: {self.status}"

    @property
    def tone(self) -> str:
        return {"approved": "ok", "refused": "warn", "asked": "info"}.get(self.status, "muted")

    def decide(self, status: str, *, comment: str, by: User, at: datetime) -> None:
        """The firm approves, or asks for changes with words. The same answer twice is harmless.

        Raises WrongState when it was decided otherwise or replaced meanwhile, or changes are asked for without words.
        """
        if status == self.Status.REFUSED and not comment.strip():
            raise WrongState(_("Say what has to change."), obj=self)
        demand = self.origin.demand
        with transaction.atomic():
            asked = CaseApproval.objects.filter(pk=self.pk, status=self.Status.ASKED)
            if not asked.update(status=status, comment=comment.strip(), decided_at=at, decided_by=by):
                self.refresh_from_db()
                if self.status == status:
                    return
                raise WrongState(_("This state of the case is no longer the one to be decided on."), obj=self)
            self.refresh_from_db()
            log(demand, "curriculum.demand.decide_case", by=by, organisation=demand.organisation, status=status,
                page=self.origin.page_id, hash=self.content_hash)  # fmt: skip
            demand_news.send(sender=Demand, demand=demand, kind="decided", base=self.origin.organisation)
