"""What happened to a case in the case bank: shared, retired, leaked, and each of it taken back by a further row."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet

from ..signals import case_leaked
from .case_origin import CaseOrigin, family_of_page
from .pages import CaseScenarioPage


class CaseEventQuerySet(AppendOnlyQuerySet):
    def standing_leaks(self):
        """Leaks that nobody has cleared."""
        return self.filter(kind=CaseEvent.Kind.LEAKED, clearing=None)

    def retired_pages(self):
        """The ids of the pages that are retired, as a subquery."""
        kinds = (CaseEvent.Kind.RETIRED, CaseEvent.Kind.REINSTATED)
        latest = CaseEvent.objects.latest_kind(*kinds, page="page")
        return self.filter(kind=CaseEvent.Kind.RETIRED).annotate(now=latest).filter(now=CaseEvent.Kind.RETIRED).values("page")

    def latest_kind(self, *kinds: str, page: str = "pk"):
        """A subquery: the latest of these kinds of the outer row's page."""
        rows = self.filter(page=OuterRef(page), kind__in=kinds).order_by("-at", "-pk")
        return Subquery(rows.values("kind")[:1])


class CaseEvent(AppendOnly):
    class Kind(models.TextChoices):
        SHARED = "shared", pgettext_lazy("case bank", "shared with other bases")
        UNSHARED = "unshared", pgettext_lazy("case bank", "no longer shared")
        RETIRED = "retired", pgettext_lazy("case bank", "retired")
        REINSTATED = "reinstated", pgettext_lazy("case bank", "in use again")
        LEAKED = "leaked", pgettext_lazy("case bank", "marked as leaked")
        CLEARED = "cleared", pgettext_lazy("case bank", "leak cleared")

    class Severity(models.TextChoices):
        LOW = "low", pgettext_lazy("leak", "mentioned: title or situation")
        MEDIUM = "medium", pgettext_lazy("leak", "brief or exhibits are public")
        HIGH = "high", pgettext_lazy("leak", "answers or rubric are public")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Sharing and retiring are of one page; a leak touches everything of its family. The page is where it was noted.
    page = models.ForeignKey(CaseScenarioPage, on_delete=models.CASCADE, related_name="bank_events")
    family = models.CharField(max_length=120, db_index=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    severity = models.CharField(max_length=6, choices=Severity.choices, blank=True)
    variant = models.CharField(max_length=40, blank=True)  # "" is the whole case
    where_seen = models.CharField(max_length=200, blank=True)
    evidence_url = models.URLField(max_length=400, blank=True)
    clears = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="clearing")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = CaseEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="leaked") | ~Q(severity=""), name="leak_has_severity"),
            models.CheckConstraint(condition=~Q(kind__in=["retired", "leaked"]) | ~Q(reason=""), name="case_event_has_reason"),
            models.CheckConstraint(condition=Q(kind="cleared") ^ Q(clears=None), name="cleared_names_its_leak"),
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.kind}"

    @classmethod
    def note(cls, page: CaseScenarioPage, kind: str, *, by: User | None, at: datetime, organisation: Organisation | None,
             **said) -> "CaseEvent | None":  # fmt: skip
        """Append an event of sharing or retiring. Returns None when the case stands like that already."""
        pairs = [(cls.Kind.SHARED, cls.Kind.UNSHARED), (cls.Kind.RETIRED, cls.Kind.REINSTATED)]
        pair = next(pair for pair in pairs if kind in pair)
        with transaction.atomic():
            held = CaseScenarioPage.objects.select_for_update(of=("self",)).get(pk=page.pk)
            last = cls.objects.filter(page=held, kind__in=pair).order_by("-at", "-pk").first()
            if (last.kind if last else pair[1]) == kind:
                return None
            event = cls.objects.create(
                page=held, family=family_of(held), kind=kind, by=by, at=at, organisation=organisation, **said
            )
            log(held, f"curriculum.bank.{kind}", by=by, organisation=organisation, **said)
        return event

    @classmethod
    def leak(cls, page: CaseScenarioPage, *, key: UUID, by: User, at: datetime, organisation: Organisation | None,
             **said) -> "CaseEvent":  # fmt: skip
        """Mark a case, or one of its variants, as leaked; the same form twice is one mark."""
        with transaction.atomic():
            held = CaseScenarioPage.objects.select_for_update(of=("self",)).get(pk=page.pk)
            if found := cls.objects.filter(uuid=key).first():
                return found
            event = cls.objects.create(
                uuid=key, page=held, family=family_of(held), kind=cls.Kind.LEAKED, by=by, at=at, organisation=organisation,
                **said,
            )  # fmt: skip
            log(held, "curriculum.bank.leaked", by=by, organisation=organisation, severity=event.severity,
                variant=event.variant)  # fmt: skip
            case_leaked.send(sender=cls, event=event)
        return event

    def clear(self, *, reason: str, by: User, at: datetime, organisation: Organisation | None) -> "CaseEvent":
        """Say that a leak is none any more. Twice is harmless. Raises WrongState without a reason."""
        if not reason.strip():
            raise WrongState(_("Say why it is none."), obj=self)
        with transaction.atomic():
            held = CaseScenarioPage.objects.select_for_update(of=("self",)).get(pk=self.page_id)
            if found := CaseEvent.objects.filter(clears=self).first():
                return found
            event = CaseEvent.objects.create(
                page=held, family=self.family, kind=self.Kind.CLEARED, clears=self, reason=reason.strip(), by=by, at=at,
                organisation=organisation,
            )  # fmt: skip
            log(held, "curriculum.bank.cleared", by=by, organisation=organisation)
        return event


def family_of(page: CaseScenarioPage) -> str:
    """One query, none when the origin is loaded."""
    origin = CaseOrigin.objects.filter(page_id=page.pk).first()
    return origin.family if origin else family_of_page(page.pk)


@dataclass(frozen=True)
class BankState:
    """How one case stands. leaks: those of its family that nobody has cleared."""

    family: str
    shared: bool = False
    retired: CaseEvent | None = None
    leaks: tuple[CaseEvent, ...] = ()

    @property
    def leaked_variants(self) -> set[str]:
        return {leak.variant for leak in self.leaks if leak.variant}

    @property
    def whole_leaks(self) -> list[CaseEvent]:
        return [leak for leak in self.leaks if not leak.variant]

    @property
    def worst(self) -> str:
        """The gravest severity of a leak of the whole case, "" without any."""
        order = list(CaseEvent.Severity.values)
        return max((leak.severity for leak in self.whole_leaks), key=order.index, default="")


def states_of(pages: list[int], *, families: dict[int, str] | None = None) -> dict[int, BankState]:
    """Return how these cases stand, by the page's id: three queries, two when the families are at hand."""
    if families is None:
        families = dict(CaseOrigin.objects.filter(page__in=pages).values_list("page_id", "family"))
    names = {pk: families.get(pk) or family_of_page(pk) for pk in pages}
    leaks: dict[str, list[CaseEvent]] = {}
    for leak in CaseEvent.objects.standing_leaks().filter(family__in=set(names.values())):
        leaks.setdefault(leak.family, []).append(leak)
    shared: dict[int, bool] = {}
    retired: dict[int, CaseEvent | None] = {}
    own = CaseEvent.objects.filter(page__in=pages).exclude(kind__in=[CaseEvent.Kind.LEAKED, CaseEvent.Kind.CLEARED])
    for event in own.order_by("at", "pk"):
        if event.kind in (CaseEvent.Kind.SHARED, CaseEvent.Kind.UNSHARED):
            shared[event.page_id] = event.kind == CaseEvent.Kind.SHARED
        else:
            retired[event.page_id] = event if event.kind == CaseEvent.Kind.RETIRED else None
    return {
        pk: BankState(name, shared.get(pk, False), retired.get(pk), tuple(leaks.get(name, ()))) for pk, name in names.items()
    }
