"""业绩档案: a trainee's deals, each with versions, evidence and what the base found. Nothing is edited or deleted."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from accounts.models import User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly
from lms.lib.uploads import CheckedFile
from training.models import Enrolment

from ..portfolio_rule import DealFact, Portfolio, evaluate
from ..signals import deal_checked, part_result_released
from .part_results import PartResult
from .plans import Part
from .submission_parts import private_storage


def deal_file_path(instance: "DealVersion", filename: str) -> str:
    """Neutral: neither the trainee's nor the file's name."""
    return f"deals/{instance.deal.uuid}/{uuid.uuid4()}"


class DealQuerySet(models.QuerySet):
    def with_everything(self):
        """The deals with versions, events and referees: four queries."""
        return self.select_related("enrolment__user", "enrolment__cohort__organisation", "part").prefetch_related(
            "versions", "events__by", "referees"
        )

    def standing(self):
        return self.exclude(events__kind=DealEvent.Kind.WITHDRAWN)


class Deal(models.Model):
    """One deal of a trainee. What it says stands in its versions, what became of it in its events."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="deals")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="deals")
    created_at = models.DateTimeField()

    objects = DealQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("portfolio", "deal")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("deal", args=[self.uuid])

    @classmethod
    def record(
        cls, enrolment: Enrolment, part: Part, fields: dict[str, Any], *, at: datetime, upload: UploadedFile | None = None,
        checked: CheckedFile | None = None,
    ) -> "Deal":  # fmt: skip
        """Write a new deal with its first version."""
        if not enrolment.is_active or not part.is_portfolio or part.plan.edition_id != enrolment.cohort.edition_id:
            raise WrongState(_("Deals can't be recorded here."), obj=enrolment)
        with transaction.atomic():
            deal = cls.objects.create(enrolment=enrolment, part=part, created_at=at)
            deal.write(fields, at=at, upload=upload, checked=checked)
        return deal

    def write(
        self, fields: dict[str, Any], *, at: datetime, upload: UploadedFile | None = None, checked: CheckedFile | None = None
    ) -> "DealVersion":
        """Append a version: the first, or a correction, which has to be verified and confirmed again. Without a new file
        the one before stays. Saying the same again changes nothing."""
        last = self.versions.last()
        if self.is_withdrawn:
            raise WrongState(_("This deal has been withdrawn."), obj=self)
        if last is not None and upload is None and all(getattr(last, name) == value for name, value in fields.items()):
            return last
        if upload is not None:
            kept = {"file": upload, "original_name": checked.name[:255], "extension": checked.extension,
                    "media_type": checked.media_type, "size": checked.size, "sha256": checked.sha256}  # fmt: skip
        else:
            names = ("original_name", "extension", "media_type", "size", "sha256")
            kept = {"file": last.file.name, **{name: getattr(last, name) for name in names}} if last else {}
        try:
            with transaction.atomic():
                number = last.number + 1 if last else 1
                version = DealVersion.objects.create(deal=self, number=number, written_at=at, **fields, **kept)
                log(self, "assessments.deal.write", by=self.enrolment.user, number=number,
                    organisation=self.enrolment.cohort.organisation)  # fmt: skip
        except IntegrityError as error:
            raise WrongState(_("This deal was changed in another window."), obj=self) from error
        return version

    @property
    def now(self) -> "DealVersion":
        """The version that stands."""
        return list(self.versions.all())[-1]

    @property
    def is_withdrawn(self) -> bool:
        return any(event.kind == DealEvent.Kind.WITHDRAWN for event in self.events.all())

    @property
    def finding(self) -> "DealEvent | None":
        """What the base found about the version that stands, if anything yet."""
        found = [event for event in self.events.all() if event.version_id == self.now.pk]
        return found[-1] if found else None

    @property
    def state(self) -> str:
        """waiting, verified, refused or withdrawn."""
        if self.is_withdrawn:
            return "withdrawn"
        return self.finding.kind if self.finding else "waiting"

    @property
    def tone(self) -> str:
        return {"verified": "ok", "refused": "bad", "waiting": "info"}.get(self.state, "muted")

    @property
    def state_word(self) -> str:
        return STATES[self.state]

    @property
    def confirmed(self) -> int:
        """How many referees confirmed the version that stands."""
        return sum(one.status == "confirmed" and one.version_id == self.now.pk for one in self.referees.all())

    def check_evidence(self, *, sound: bool, reason: str, version: "DealVersion", by: User, at: datetime) -> None:
        """Append what the base found about a version, with its reason. The same finding twice is one.

        WrongState: the deal was corrected or withdrawn meanwhile.
        """
        kind = DealEvent.Kind.VERIFIED if sound else DealEvent.Kind.REFUSED
        with transaction.atomic():
            Deal.objects.select_for_update().get(pk=self.pk)
            fresh = Deal.objects.with_everything().get(pk=self.pk)
            if fresh.is_withdrawn or fresh.now.pk != version.pk:
                raise WrongState(_("The deal has changed meanwhile; look at it again."), obj=self)
            if fresh.finding is not None and (fresh.finding.kind, fresh.finding.reason) == (kind, reason):
                return
            event = DealEvent.objects.create(deal=self, version=version, kind=kind, reason=reason, by=by, at=at)
            log(self, f"assessments.deal.{kind}", by=by, organisation=self.enrolment.cohort.organisation)
            deal_checked.send(sender=Deal, event=event)

    def withdraw(self, *, at: datetime) -> None:
        """Take the deal out of the portfolio; its rows stay. A second time changes nothing."""
        with transaction.atomic():
            Deal.objects.select_for_update().get(pk=self.pk)
            if self.events.filter(kind=DealEvent.Kind.WITHDRAWN).exists():
                return
            person = self.enrolment.user
            DealEvent.objects.create(deal=self, version=self.versions.last(), kind=DealEvent.Kind.WITHDRAWN, by=person, at=at)
            log(self, "assessments.deal.withdraw", by=person, organisation=self.enrolment.cohort.organisation)


class DealVersion(AppendOnly):
    """What the trainee says of a deal."""

    class Kind(models.TextChoices):
        LICENCE = "licence", _("licence")
        TRANSFER = "transfer", _("transfer of rights")
        INVESTMENT = "investment", _("equity or investment")
        SERVICE = "service", _("technical service or development contract")
        POC = "poc", _("proof of concept or pilot")
        OTHER = "other", pgettext_lazy("deal", "another kind")

    class Part(models.TextChoices):
        LEAD = "lead", _("led it")
        MAIN = "main", _("did an essential part")
        SUPPORT = "support", _("supported it")

    class Amount(models.TextChoices):
        NONE = "none", _("no amount, or not to be told")
        SMALL = "small", _("below 100,000 yuan")
        MIDDLE = "middle", _("100,000 to 1 million yuan")
        LARGE = "large", _("1 to 10 million yuan")
        HUGE = "huge", _("10 million yuan and above")

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    title = models.CharField(max_length=120)
    done_on = models.DateField()
    own_part = models.CharField(max_length=8, choices=Part.choices)
    amount = models.CharField(max_length=8, choices=Amount.choices)
    parties = models.CharField(max_length=300, blank=True)
    confidential = models.BooleanField(default=False)
    competences = models.JSONField(default=list)  # codes of the syllabus
    summary = models.TextField()
    file = models.FileField(storage=private_storage, upload_to=deal_file_path, max_length=200, blank=True)
    original_name = models.CharField(max_length=255, blank=True)
    extension = models.CharField(max_length=8, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=80, blank=True)
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a deal")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["deal", "number"], name="deal_version_once")]

    def __str__(self) -> str:
        return f"{self.title} #{self.number}"


class DealEvent(AppendOnly):
    class Kind(models.TextChoices):
        VERIFIED = "verified", pgettext_lazy("deal", "verified")
        REFUSED = "refused", pgettext_lazy("deal", "not accepted")
        WITHDRAWN = "withdrawn", pgettext_lazy("deal", "withdrawn")

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="events")
    version = models.ForeignKey(DealVersion, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("finding on a deal")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind="withdrawn") | ~Q(reason=""), name="finding_has_a_reason"),
            models.UniqueConstraint(fields=["deal"], condition=Q(kind="withdrawn"), name="deal_withdrawn_once"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


STATES = {**dict(DealEvent.Kind.choices), "waiting": pgettext_lazy("deal", "to be checked")}


def _title(version: DealVersion, language: str) -> str:
    with override(language):
        return f"{version.done_on:%Y-%m} {version.get_kind_display()}"


def portfolio_of(deals: Iterable[Deal], part: Part, *, on: date) -> Portfolio:
    """Where a portfolio stands on that day. No query for deals `with_everything`. Titles name kind and month only."""
    facts = [
        DealFact(
            deal.now.kind, _title(deal.now, "zh-hans"), _title(deal.now, "en"), deal.now.done_on, deal.state == "verified",
            deal.confirmed,
        )
        for deal in deals if not deal.is_withdrawn
    ]  # fmt: skip
    return evaluate(facts, part.portfolio, on=on)


def conclude(enrolment: Enrolment, part: Part, *, by: User, at: datetime) -> PartResult:
    """Record whether the portfolio suffices: 100 points when it does, 0 when an earlier "passed" no longer holds.

    The same outcome twice is one. WrongState: it does not suffice yet.
    """
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        latest = PartResult.objects.latest_of(enrolment).get(part.pk)
        deals = Deal.objects.with_everything().filter(enrolment=enrolment, part=part)
        found = portfolio_of(deals, part, on=timezone.localdate(at))
        if latest is not None and latest.passed == found.ok:
            return latest
        if latest is None and not found.ok:
            raise WrongState(_("The portfolio does not suffice yet."), obj=enrolment)
        result = PartResult.objects.create(
            enrolment=enrolment, part=part, total=100 if found.ok else 0, approved=found.ok, passed=found.ok,
            method=PartResult.Method.PORTFOLIO, released_at=at, released_by=by,
            facts={"deals": found.counted, "kinds": found.kinds, "tree": found.tree, "rules": part.rules,
                   "evidence": sorted(deal.now.sha256 for deal in deals if deal.state == "verified" and deal.now.sha256)},
        )  # fmt: skip
        log(enrolment, "assessments.portfolio.conclude", by=by, organisation=enrolment.cohort.organisation, passed=found.ok)
        part_result_released.send(sender=PartResult, result=result)
    return result
