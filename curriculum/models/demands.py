"""Real demands of enterprises (技术需求): written as drafts, sent to training bases with a consent, taken up, withdrawn.

What a base makes of one stands in `case_origin.py`. The person to talk to at the firm is kept encrypted.
"""

import uuid
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.immutable import AppendOnly
from lms.lib.sealed import seal, unseal
from lms.lib.uploads import CheckedFile

from ..signals import demand_news

CONTACT = "demand-contact"
MAX_FILES = 8
SIGNS = [("≥", "≥"), ("≤", "≤"), ("=", "="), ("±", "±")]
NEEDED = ("title", "problem", "industry", "region", "present_state", "budget", "ip_wish", "cooperation")


def is_number(text: str) -> bool:
    try:
        return Decimal(text.replace(",", "")).is_finite()
    except InvalidOperation:
        return False


class DemandQuerySet(models.QuerySet):
    def offered_to(self, organisations: set[int]):
        """Demands that these bases may read before taking them up: sent to all or to them, and not gone to another."""
        free = Q(status=Demand.Status.SENT) | Q(status=Demand.Status.TAKEN, several=True)
        for_them = Q(audience=Demand.Audience.ALL) | Q(pk__in=Demand.bases.through.objects.filter(
            organisation_id__in=organisations).values("demand_id"))  # fmt: skip
        return self.filter(free, for_them) if organisations else self.none()

    def taken_by(self, organisations: set[int]):
        """Demands that these bases have taken up, also withdrawn ones."""
        held = Demand.objects.filter(claims__organisation__in=organisations, claims__ended_at=None)
        return self.filter(pk__in=held.values("pk"))


class Demand(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("demand", "draft")
        SENT = "sent", pgettext_lazy("demand", "sent, open")
        TAKEN = "taken", pgettext_lazy("demand", "taken up")
        WITHDRAWN = "withdrawn", pgettext_lazy("demand", "consent withdrawn")

    class Audience(models.TextChoices):
        ALL = "all", _("an open call to all accredited training bases")
        NAMED = "named", _("only the training bases named below")

    class Anonymity(models.TextChoices):
        NAMED = "named", _("The firm may be named")
        REGION = "region", _("Industry and region only")
        DISGUISED = "disguised", _("Fully disguised, with changed numbers")

    class Budget(models.TextChoices):
        UNDER_10 = "under-10", _("under ¥100,000")
        UNDER_50 = "10-50", _("¥100,000 to 500,000")
        UNDER_200 = "50-200", _("¥500,000 to 2 million")
        UNDER_1000 = "200-1000", _("¥2 million to 10 million")
        OVER_1000 = "over-1000", _("over ¥10 million")
        OPEN = "open", _("to be negotiated")

    class IpWish(models.TextChoices):
        FIRM = "firm", _("belongs to the firm")
        SHARED = "shared", _("shared")
        PARTNER = "partner", _("stays with the partner, the firm gets a licence")
        OPEN = "open", _("to be negotiated")

    class Cooperation(models.TextChoices):
        DEVELOPMENT = "development", _("commissioned or joint development")
        TRANSFER = "transfer", _("transfer or licence of a technology")
        CONSULTING = "consulting", _("consulting or technical service")
        JOINT_LAB = "joint-lab", _("joint laboratory or long-term cooperation")
        CALL = "call", _("challenge call (揭榜挂帅)")

    # The version of curriculum/demand_consent_*.html. Change it with the text.
    TEXT_VERSION = "2026-11"
    EDITABLE = ["draft", "sent"]
    TEXTS = ["title", "problem", "industry", "region", "present_state", "ip_note"]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="demands")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    number = models.PositiveIntegerField(default=0, help_text=_("Counts savings; a stale page is told so."))
    title = models.CharField(_("title"), max_length=120, blank=True)
    problem = models.TextField(_("the problem"), max_length=4000, blank=True)
    industry = models.CharField(_("industry or field"), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=60, blank=True)
    present_state = models.TextField(_("present state"), max_length=4000, blank=True)
    indicators = models.JSONField(_("wanted indicators"), default=list, blank=True)  # [{name, sign, value, unit}]
    budget = models.CharField(_("budget"), max_length=12, choices=Budget.choices, blank=True)
    wanted_by = models.DateField(_("needed by"), null=True, blank=True)
    ip_wish = models.CharField(_("intellectual property"), max_length=10, choices=IpWish.choices, blank=True)
    ip_note = models.CharField(_("more on intellectual property"), max_length=255, blank=True)
    cooperation = models.CharField(_("form of cooperation"), max_length=12, choices=Cooperation.choices, blank=True)
    contact_sealed = models.TextField(blank=True, editable=False)
    # What the firm allows. Frozen with the consent when it is sent, and no longer changed once a base has taken it up.
    audience = models.CharField(_("sent to"), max_length=6, choices=Audience.choices, default=Audience.ALL)
    bases = models.ManyToManyField(Organisation, related_name="demands_received", blank=True, verbose_name=_("bases"))
    several = models.BooleanField(_("several bases may take it up"), default=False)
    anonymity = models.CharField(max_length=10, choices=Anonymity.choices, default=Anonymity.REGION)
    exhibits_shown = models.BooleanField(_("attachments may be shown in the case"), default=False)
    embargo_until = models.DateField(_("embargo until"), null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DemandQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand")
        verbose_name_plural = _("demands")
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(status="draft") | Q(sent_at__isnull=False), name="demand_sent_has_time"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "sent", "taken", "withdrawn"]), name="demand_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(_("Demand without a title"))

    def get_absolute_url(self) -> str:
        return reverse("demand_detail", args=[self.uuid])

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def tone(self) -> str:
        return {"sent": "info", "taken": "ok", "withdrawn": "warn"}.get(self.status, "muted")

    @property
    def contact(self) -> dict[str, str]:
        """Name, phone and e-mail of the person at the firm; {} when none is kept."""
        return unseal(self.contact_sealed, purpose=CONTACT)

    def is_embargoed(self, day: date) -> bool:
        """Whether nothing made of it may be public on that day; the day of the embargo itself is free."""
        return self.embargo_until is not None and day < self.embargo_until

    def missing(self) -> list[str]:
        """Return the labels of what has to be filled in before it is sent."""
        found = [str(self._meta.get_field(name).verbose_name) for name in NEEDED if not getattr(self, name)]
        if not self.indicators or not all(row["name"] and is_number(row["value"]) for row in self.indicators):
            found.append(str(_("wanted indicators")))
        if not self.contact.get("name"):
            found.append(str(_("contact person")))
        return found

    # --- Writing it ---

    @classmethod
    def begin(cls, organisation: Organisation, *, key: UUID, by: User, at: datetime) -> "Demand":
        """Return the firm's draft of that key, begun now when there was none: a second sending of the form is harmless."""
        made = {"created_at": at, "created_by": by, "saved_at": at}
        demand, is_new = cls.objects.get_or_create(uuid=key, organisation=organisation, defaults=made)
        if is_new:
            log(demand, "curriculum.demand.begin", by=by, organisation=organisation)
        return demand

    def keep(self, values: dict[str, Any], *, contact: dict[str, str], seen: int, by: User, at: datetime) -> None:
        """Save what was typed; the same once more is harmless. seen: the number of the state the page showed.

        Raises WrongState when it was saved elsewhere meanwhile, or a base has taken it up.
        """
        typed, values = values, values | {"contact_sealed": seal(contact, purpose=CONTACT), "saved_at": at}
        with transaction.atomic():
            mine = Demand.objects.filter(pk=self.pk, number=seen, status__in=self.EDITABLE)
            if not mine.update(number=seen + 1, **values):
                self.refresh_from_db()
                if self.is_editable:
                    same = all(getattr(self, name) == value for name, value in typed.items())
                    if same and {k: v for k, v in contact.items() if v} == {k: v for k, v in self.contact.items() if v}:
                        return
                    raise WrongState(_("It was saved in another window meanwhile. Compare, then save again."), obj=self)
                raise WrongState(_("A training base has taken it up; ask it by message for changes."), obj=self)
            log(self, "curriculum.demand.edit", by=by, organisation=self.organisation, number=seen + 1)
        self.refresh_from_db()

    def add_file(self, upload: UploadedFile, checked: CheckedFile, *, by: User, at: datetime) -> "DemandFile":
        """Keep a checked file. The same bytes once more are the same file. Raises WrongState: too many, or taken up."""
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=self.pk)
            if found := held.files.filter(sha256=checked.sha256).first():
                return found
            if not held.is_editable:
                raise WrongState(_("A training base has taken it up; its files stay."), obj=self)
            if held.files.count() >= MAX_FILES:
                raise WrongState(_("At most %(count)s files.") % {"count": MAX_FILES}, obj=self)
            return DemandFile.objects.create(
                demand=self, file=upload, name=checked.name[:200], media_type=checked.media_type, size=checked.size,
                sha256=checked.sha256, added_at=at,
            )  # fmt: skip

    def discard(self, *, by: User) -> None:
        """Delete a draft with its files. Raises WrongState once it was sent."""
        with transaction.atomic():
            held = Demand.objects.select_for_update().filter(pk=self.pk).first()
            if held is None:
                return
            if held.status != self.Status.DRAFT:
                raise WrongState(_("It has been sent; withdraw the consent instead."), obj=self)
            log(held, "curriculum.demand.discard", by=by, organisation=held.organisation)
            for row in held.files.all():
                row.forget()
            held.delete()

    # --- Sending it, and taking the consent back ---

    def send(self, terms: dict[str, Any], *, by: User, at: datetime) -> None:
        """Send it, or change what is allowed while no base has taken it up. The consent is appended with its text version.

        terms: audience, bases, several, anonymity, exhibits_shown, embargo_until.
        Raises WrongState: something is missing, or it has been taken up or withdrawn.
        """
        bases = list(terms["bases"]) if terms["audience"] == self.Audience.NAMED else []
        terms = {name: value for name, value in terms.items() if name != "bases"}
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=self.pk)
            if not held.is_editable:
                raise WrongState(_("It can't be changed any more."), obj=self)
            if missing := held.missing():
                raise WrongState(_("Still missing: %(fields)s.") % {"fields": "; ".join(missing)}, obj=self)
            if terms["audience"] == self.Audience.NAMED and not bases:
                raise WrongState(_("Name at least one training base."), obj=self)
            first = held.status == self.Status.DRAFT
            Demand.objects.filter(pk=self.pk).update(
                status=self.Status.SENT, sent_at=held.sent_at or at, number=held.number + 1, **terms
            )
            held.bases.set(bases)
            self.refresh_from_db()
            day = self.embargo_until and self.embargo_until.isoformat()
            said = terms | {"embargo_until": day, "bases": sorted(base.slug for base in bases)}
            DemandConsent.objects.create(demand=self, given=True, text_version=self.TEXT_VERSION, terms=said, by=by, at=at)
            log(self, "curriculum.demand.send", by=by, organisation=self.organisation, **said)
            if first:
                demand_news.send(sender=Demand, demand=self, kind="sent", base=None)

    def withdraw(self, *, reason: str, by: User, at: datetime) -> bool:
        """Take the consent back. Returns False when it was before. `case_origin.retire_cases_of` does what follows.

        The person's name and numbers are erased at once. Raises WrongState for a draft (discard it).
        """
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=self.pk)
            if held.status == self.Status.WITHDRAWN:
                return False
            if held.status == self.Status.DRAFT:
                raise WrongState(_("A draft was sent to nobody; discard it instead."), obj=self)
            Demand.objects.filter(pk=self.pk).update(status=self.Status.WITHDRAWN, contact_sealed="")
            DemandConsent.objects.create(
                demand=self, given=False, text_version=self.TEXT_VERSION, reason=reason, by=by, at=at
            )
            self.refresh_from_db()
            log(self, "curriculum.demand.withdraw", by=by, organisation=self.organisation)
            demand_news.send(sender=Demand, demand=self, kind="withdrawn", base=None)
        return True


class DemandConsent(AppendOnly):
    """The firm's yes in the words of one text version with what it allows, or that it was taken back."""

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="consents")
    given = models.BooleanField()
    text_version = models.CharField(max_length=20)
    terms = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.given} {self.text_version}"


def demand_file_path(instance: "DemandFile", filename: str) -> str:
    return f"demands/{instance.demand.uuid}/{instance.uuid}"


def private_storage():
    return storages["private"]


class DemandFile(models.Model):
    """A file beside a demand, below a neutral name in the private storage."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    demand = models.ForeignKey(Demand, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(storage=private_storage, upload_to=demand_file_path)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=80)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["demand", "sha256"], name="demand_file_once")]

    def __str__(self) -> str:
        return self.name

    def forget(self) -> None:
        """Delete the row, and the bytes when that is certain."""
        name = self.file.name
        self.delete()
        transaction.on_commit(lambda: private_storage().delete(name))

    def remove(self, *, by: User) -> None:
        """Take the file out. Raises WrongState once a base has taken the demand up."""
        with transaction.atomic():
            held = Demand.objects.select_for_update().get(pk=self.demand_id)
            if not held.is_editable:
                raise WrongState(_("A training base has taken it up; its files stay."), obj=held)
            log(held, "curriculum.demand.edit", by=by, organisation=held.organisation, removed=self.sha256)
            self.forget()
