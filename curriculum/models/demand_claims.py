"""A base takes a demand up, gives it back, and writes with its firm."""

from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly

from ..signals import demand_news
from .demands import Demand


class ClaimQuerySet(models.QuerySet):
    def active(self):
        return self.filter(ended_at=None)


class DemandClaim(models.Model):
    """A training base has taken a demand up. Given back, the row stays with its end."""

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="claims")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="demand_claims")
    exclusive = models.BooleanField()
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["taken_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "organisation"], condition=Q(ended_at=None), name="demand_claimed_once_per_base"
            ),
            models.UniqueConstraint(
                fields=["demand"], condition=Q(ended_at=None, exclusive=True), name="demand_claimed_by_one_base"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id}: {self.organisation_id}"

    @classmethod
    def take(cls, demand: Demand, organisation: Organisation, *, by: User, at: datetime) -> "DemandClaim":
        """Take the demand up for a base. A second click returns the same claim.

        Raises WrongState when another base was first, or the firm has withdrawn it or addresses others now.
        """
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=demand.pk)
            if found := cls.objects.active().filter(demand=held, organisation=organisation).first():
                return found
            if not Demand.objects.offered_to({organisation.pk}).filter(pk=held.pk).exists():
                raise WrongState(_("This demand is no longer open: another base was first, or the firm took it back."))
            Demand.objects.filter(pk=held.pk, status__in=[Demand.Status.SENT, Demand.Status.TAKEN]).update(
                status=Demand.Status.TAKEN
            )
            claim = cls.objects.create(
                demand=held, organisation=organisation, exclusive=not held.several, taken_at=at, taken_by=by
            )
            log(held, "curriculum.demand.take", by=by, organisation=organisation)
            demand_news.send(sender=Demand, demand=held, kind="taken", base=organisation)
        return claim

    def give_back(self, *, by: User, at: datetime) -> None:
        """Let others take it up. Twice is harmless. Raises WrongState when a case was made of it."""
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=self.demand_id)
            if held.cases.filter(organisation=self.organisation).exists():
                raise WrongState(_("A case was made of it; delete its draft first."), obj=held)
            if not DemandClaim.objects.active().filter(pk=self.pk).update(ended_at=at):
                return
            if not held.claims.active().exists():
                Demand.objects.filter(pk=held.pk, status=Demand.Status.TAKEN).update(status=Demand.Status.SENT)
            log(held, "curriculum.demand.give_back", by=by, organisation=self.organisation)
            demand_news.send(sender=Demand, demand=held, kind="given_back", base=self.organisation)


class DemandMessage(AppendOnly):
    """A question or an answer between one base and the firm. `key` makes a second sending of the form harmless."""

    key = models.UUIDField(unique=True)
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="messages")
    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    from_firm = models.BooleanField()
    text = models.TextField(_("message"), max_length=2000)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="demand_message_says_something")]

    def __str__(self) -> str:
        return self.text[:60]

    @classmethod
    def write(
        cls, demand: Demand, base: Organisation, text: str, *, from_firm: bool, key: UUID, by: User, at: datetime
    ) -> "DemandMessage":
        """Append a message. Raises WrongState once the consent was withdrawn."""
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=demand.pk)
            if held.status == Demand.Status.WITHDRAWN:
                raise WrongState(_("The consent was withdrawn; there is nothing more to ask."), obj=demand)
            values = {"demand": held, "base": base, "from_firm": from_firm, "text": text, "by": by, "at": at}
            message, is_new = cls.objects.get_or_create(key=key, defaults=values)
            if is_new:
                log(held, "curriculum.demand.message", by=by, organisation=base)
                demand_news.send(sender=Demand, demand=held, kind="answer" if from_firm else "question", base=base)
        return message
