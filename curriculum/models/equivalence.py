"""Statements that parts of one standard stand for parts of another: who says so, from when, for how many hours.

A statement is drafted by one person of the authority and approved by another. What was approved is never edited; it is
withdrawn, and says from when. Each step is an appended row.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly, ImmutableRow

from .. import equivalence
from .syllabus import Level, Module, Syllabus, Topic


class EquivalenceQuerySet(models.QuerySet):
    def valid(self, at: date):
        """Approved statements in force on that day; a withdrawn one counted up to the day before its withdrawal."""
        began = Q(valid_from__lte=at) & (Q(valid_until=None) | Q(valid_until__gte=at))
        known = Q(status=EquivalenceStatement.Status.APPROVED) | Q(
            status=EquivalenceStatement.Status.WITHDRAWN, approved_at__isnull=False, withdrawn_from__gt=at
        )
        return self.filter(began & known)

    def public(self):
        """Whatever was approved once: also what is over or withdrawn, so that an old exemption can be explained."""
        return self.filter(approved_at__isnull=False)

    def with_nodes(self):
        nodes = EquivalenceNode.objects.select_related(
            "level__syllabus", "module__level__syllabus", "topic__module__level__syllabus"
        )
        return self.prefetch_related(models.Prefetch("nodes", queryset=nodes))

    def as_rules(self) -> list[equivalence.Statement]:
        """Return the statements as plain values for `curriculum.equivalence.resolve`: two queries."""
        return [
            equivalence.Statement(
                str(row.uuid), frozenset(node.ref for node in row.sources), frozenset(node.ref for node in row.targets),
                row.hours, row.both_ways,
            )
            for row in self.with_nodes()
        ]  # fmt: skip


class EquivalenceStatement(models.Model):
    """An equivalence between levels, modules or topics of standards or versions."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", pgettext_lazy("statement", "approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("statement", "withdrawn")

    class Coverage(models.TextChoices):
        FULL = "full", _("full: what is named on the right is exempted as a whole")
        PARTIAL = "partial", _("partial: so many hours of it are exempted")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    both_ways = models.BooleanField(_("holds in both directions"), default=False)
    coverage = models.CharField(_("coverage"), max_length=10, choices=Coverage.choices, default=Coverage.FULL)
    hours = models.DecimalField(_("hours granted"), max_digits=6, decimal_places=2, null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120)
    issuer_en = models.CharField(_("issuer in English"), max_length=160, blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    source_url = models.URLField(_("source"), max_length=400, blank=True)
    reason = models.TextField(_("reason"), max_length=4000)
    reason_en = models.TextField(_("reason in English"), max_length=4000, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_from = models.DateField(_("withdrawn from"), null=True, blank=True)
    content_hash = models.CharField(max_length=80, blank=True, editable=False)

    objects = EquivalenceQuerySet.as_manager()

    FIELDS = (
        "title", "title_en", "both_ways", "coverage", "hours", "valid_from", "valid_until", "issuer", "issuer_en",
        "document_number", "source_url", "reason", "reason_en",
    )  # fmt: skip

    class Meta:
        verbose_name = _("equivalence statement")
        verbose_name_plural = _("equivalence statements")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="equivalence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(coverage="full", hours=None) | Q(coverage="partial", hours__isnull=False, hours__gt=0),
                name="equivalence_partial_says_hours",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | (Q(approved_at__isnull=False) & ~Q(content_hash="")),
                name="equivalence_approved_has_hash",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | (~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by"))),
                name="equivalence_second_pair_of_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(withdrawn_from__isnull=False), name="equivalence_withdrawn_has_day"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("equivalence_detail", args=[self.uuid])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def sources(self) -> "list[EquivalenceNode]":
        return [node for node in self.nodes.all() if node.side == EquivalenceNode.Side.FROM]

    @property
    def targets(self) -> "list[EquivalenceNode]":
        return [node for node in self.nodes.all() if node.side == EquivalenceNode.Side.TO]

    def state_on(self, day: date) -> str:
        """Return draft, withdrawn, coming, over or valid on that day."""
        if self.status == self.Status.DRAFT:
            return "draft"
        if self.withdrawn_from and self.withdrawn_from <= day:
            return "withdrawn"
        if day < self.valid_from:
            return "coming"
        return "over" if self.valid_until and day > self.valid_until else "valid"

    def as_json(self) -> dict[str, Any]:
        """Return what the statement says, over which the hash is taken when it is approved."""
        said = {name: getattr(self, name) for name in self.FIELDS}
        said["hours"] = f"{self.hours.normalize():f}" if self.hours is not None else None
        for name in ("valid_from", "valid_until"):
            said[name] = said[name].isoformat() if said[name] else None
        sides = {"from": self.sources, "to": self.targets}
        refs = {side: sorted([r.standard, r.level, r.module, r.topic] for r in (n.ref for n in nodes))
                for side, nodes in sides.items()}  # fmt: skip
        return said | refs | {"uuid": str(self.uuid)}

    @classmethod
    def draft(
        cls, fields: dict[str, Any], sources: Iterable[models.Model], targets: Iterable[models.Model], *, by: User,
        at: datetime,
    ) -> "EquivalenceStatement":  # fmt: skip
        """Write a draft. Raises WrongState when a side is empty or a place stands on both sides."""
        with transaction.atomic():
            statement = cls.objects.create(**fields, created_by=by, edited_by=by, created_at=at)
            statement.refresh_from_db()  # values as the database has them, for the history
            statement._set_nodes(sources, targets)
            statement._step(EquivalenceStep.Kind.DRAFTED, by=by, at=at)
            log(statement, "curriculum.equivalence.draft", by=by)
        return statement

    def change(
        self, fields: dict[str, Any], sources: Iterable[models.Model], targets: Iterable[models.Model], *, by: User,
        at: datetime,
    ) -> None:  # fmt: skip
        """Change a draft. Raises WrongState once it is approved or withdrawn, and for sides as `draft` does."""
        with transaction.atomic():
            moved = EquivalenceStatement.objects.filter(pk=self.pk, status=self.Status.DRAFT).update(**fields, edited_by=by)
            if not moved:
                raise WrongState(_("This statement was approved or withdrawn; write a new one to change it."), obj=self)
            self.refresh_from_db()
            self._set_nodes(sources, targets)
            self._step(EquivalenceStep.Kind.EDITED, by=by, at=at)
            log(self, "curriculum.equivalence.edit", by=by)

    def approve(self, *, by: User, at: datetime) -> None:
        """Put the draft in force from its date. Raises WrongState: no draft any more, or written or last changed by the
        same person: somebody else has to look at it."""
        with transaction.atomic():
            fresh = EquivalenceStatement.objects.select_for_update().get(pk=self.pk)
            if by.pk in (fresh.created_by_id, fresh.edited_by_id):
                raise WrongState(_("Somebody else has to approve this statement: you wrote it."), obj=self)
            moved = EquivalenceStatement.objects.filter(pk=self.pk, status=self.Status.DRAFT).update(
                status=self.Status.APPROVED, approved_by=by, approved_at=at, content_hash=content_hash(fresh.as_json())
            )
            if not moved:
                raise WrongState(_("This statement is no draft any more."), obj=self)
            self.refresh_from_db()
            self._step(EquivalenceStep.Kind.APPROVED, by=by, at=at)
            log(self, "curriculum.equivalence.approve", by=by, hash=self.content_hash)

    def withdraw(self, *, by: User, at: datetime, day: date, reason: str) -> None:
        """End it from that day on; what was exempted before stays. A draft is discarded the same way.

        Raises WrongState: withdrawn already, no reason, or a day that is over: what was exempted then stays so.
        """
        if day < timezone.localdate(at):
            raise WrongState(_("A statement can't be withdrawn for days that are over."), obj=self)
        if not reason.strip():
            raise WrongState(_("Say why the statement is withdrawn."), obj=self)
        with transaction.atomic():
            moved = EquivalenceStatement.objects.exclude(status=self.Status.WITHDRAWN).filter(pk=self.pk)
            if not moved.update(status=self.Status.WITHDRAWN, withdrawn_from=day):
                raise WrongState(_("This statement was withdrawn already."), obj=self)
            self.refresh_from_db()
            self._step(EquivalenceStep.Kind.WITHDRAWN, by=by, at=at, note=reason.strip())
            log(self, "curriculum.equivalence.withdraw", by=by, reason=reason.strip())

    def _set_nodes(self, sources: Iterable[models.Model], targets: Iterable[models.Model]) -> None:
        sides = {EquivalenceNode.Side.FROM: list(sources), EquivalenceNode.Side.TO: list(targets)}
        if not all(sides.values()):
            raise WrongState(_("Name at least one place on each side."), obj=self)
        if set(sides[EquivalenceNode.Side.FROM]) & set(sides[EquivalenceNode.Side.TO]):
            raise WrongState(_("The same place can't stand on both sides."), obj=self)
        self.nodes.all().delete()
        for side, places in sides.items():
            for place in places:
                EquivalenceNode.objects.create(statement=self, side=side, **{place._meta.model_name: place})
        if hasattr(self, "_prefetched_objects_cache"):
            self._prefetched_objects_cache.clear()

    def _step(self, kind: str, *, by: User, at: datetime, note: str = "") -> None:
        said = self.as_json() if kind != EquivalenceStep.Kind.WITHDRAWN else {}
        EquivalenceStep.objects.create(statement=self, kind=kind, by=by, at=at, note=note, said=said)

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise ImmutableRow("A statement changes by its named steps only.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise ImmutableRow("A statement is withdrawn, not deleted.")


class EquivalenceNode(models.Model):
    """One place on one side of a statement: a level, a module or a topic of a version that is or was in force."""

    class Side(models.TextChoices):
        FROM = "from", pgettext_lazy("side of a statement", "from")
        TO = "to", pgettext_lazy("side of a statement", "to")

    statement = models.ForeignKey(EquivalenceStatement, on_delete=models.CASCADE, related_name="nodes")
    side = models.CharField(max_length=4, choices=Side.choices)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["side", "pk"]
        verbose_name = _("place in a standard")
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=False, module=None, topic=None)
                | Q(level=None, module__isnull=False, topic=None)
                | Q(level=None, module=None, topic__isnull=False),
                name="equivalence_node_is_one_place",
            ),
            *(
                models.UniqueConstraint(
                    fields=["statement", name], condition=Q(**{f"{name}__isnull": False}), name=f"equivalence_{name}_once"
                )
                for name in ("level", "module", "topic")
            ),
        ]

    def __str__(self) -> str:
        return str(self.place)

    @property
    def place(self) -> Level | Module | Topic:
        return self.topic or self.module or self.level

    @property
    def in_level(self) -> Level:
        if self.topic_id:
            return self.topic.module.level
        return self.module.level if self.module_id else self.level

    @property
    def ref(self) -> equivalence.Ref:
        module = self.topic.module if self.topic_id else self.module
        level = self.in_level
        return equivalence.Ref(
            level.syllabus.slug, level.code, module.code if module else "", self.topic.code if self.topic_id else ""
        )

    def save(self, *args, **kwargs):
        level = self.in_level
        if level.syllabus.status == Syllabus.Status.DRAFT:
            raise WrongState(_("A draft can't be named in a statement: it may still change."), obj=self.statement)
        super().save(*args, **kwargs)


class EquivalenceStep(AppendOnly):
    """One event in the life of a statement, with what it said then."""

    class Kind(models.TextChoices):
        DRAFTED = "drafted", pgettext_lazy("statement", "drafted")
        EDITED = "edited", pgettext_lazy("statement", "changed")
        APPROVED = "approved", pgettext_lazy("statement", "approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("statement", "withdrawn")

    statement = models.ForeignKey(EquivalenceStatement, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    said = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("step of an equivalence statement")

    def __str__(self) -> str:
        return f"{self.statement} – {self.get_kind_display()}"


def topics_of(levels: Iterable[Level]) -> list[equivalence.TopicHours]:
    """Return the topics of these levels as plain values: one query. Pass every level that a statement names."""
    rows = Topic.objects.filter(module__level__in=list(levels)).select_related("module__level__syllabus")
    return [
        equivalence.TopicHours(
            equivalence.Ref(row.module.level.syllabus.slug, row.module.level.code, row.module.code, row.code),
            Decimal(row.hours), row.required,
        )
        for row in rows
    ]  # fmt: skip


def exemptions(earned: Iterable[equivalence.Ref], level: Level, *, at: date) -> list[equivalence.Exemption]:
    """Return what a person who earned these places need not earn again for a level, by the statements valid that day.

    Five queries at most, whatever the number of statements.
    """
    rules = EquivalenceStatement.objects.valid(at).as_rules()
    named = {ref for rule in rules for ref in rule.sources | rule.targets}
    slugs = {ref.standard for ref in named} | {level.syllabus.slug}
    levels = Level.objects.filter(syllabus__slug__in=slugs)
    target = equivalence.Ref(level.syllabus.slug, level.code)
    return equivalence.resolve(earned, target, rules, topics_of(levels))
