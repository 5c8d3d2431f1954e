"""How an issuer's certificates look, as versions: drafted by one person, put into use by a second, kept from then on."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from ..document.design import Colour, Design, Layout


class CertificateDesignQuerySet(models.QuerySet):
    def in_use_for(self, base: Organisation) -> "CertificateDesign | None":
        """The design of a base's certificates: its own, or the authority's, or None for the shipped one. One query."""
        used = self.filter(status=CertificateDesign.Status.IN_USE)
        own = Q(organisation=base) | Q(organisation__kind=Organisation.Kind.AUTHORITY)
        return used.filter(own).order_by(models.Case(models.When(organisation=base, then=0), default=1)).first()


class CertificateDesign(models.Model):
    """One version. What was issued names it, so that a further copy looks as the first did."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_USE = "in_use", _("in use")
        RETIRED = "retired", _("no longer in use")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="designs")
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    layout = models.CharField(_("layout"), max_length=10, choices=Layout.choices, default=Layout.CLASSIC)
    colour = models.CharField(_("colour"), max_length=7, choices=Colour.choices, default=Colour.TEAL)
    signatory = models.CharField(_("signatory"), max_length=40, blank=True, help_text=_("Empty: no line for it."))
    signatory_title = models.CharField(pgettext_lazy("of a signatory", "title in Chinese"), max_length=40, blank=True)
    signatory_title_en = models.CharField(pgettext_lazy("of a signatory", "title in English"), max_length=60, blank=True)
    motto = models.CharField(_("motto in Chinese"), max_length=30, blank=True)
    motto_en = models.CharField(_("motto in English"), max_length=60, blank=True)
    footer = models.CharField(_("last line"), max_length=120, blank=True, help_text=_("An address, for example."))
    logo = models.BinaryField(blank=True, default=b"")  # PNG, drawn anew from what was uploaded
    seal = models.BinaryField(blank=True, default=b"")
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateDesignQuerySet.as_manager()

    class Meta:
        verbose_name = _("design of certificates")
        ordering = ["organisation", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="design_version_once"),
            models.UniqueConstraint(fields=["organisation"], condition=Q(status="draft"), name="one_draft_design"),
            models.UniqueConstraint(fields=["organisation"], condition=Q(status="in_use"), name="one_design_in_use"),
            models.CheckConstraint(
                condition=Q(status="draft", approved_by=None) | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="design_in_use_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("drafted_by")), name="two_people_make_a_design"
            ),
        ]

    FIELDS = (
        "layout", "colour", "signatory", "signatory_title", "signatory_title_en", "motto", "motto_en", "footer", "logo", "seal",
    )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.organisation} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("design", args=[self.uuid])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def tone(self) -> str:
        return {"in_use": "ok", "draft": "warn"}.get(self.status, "muted")

    def as_design(self) -> Design:
        values = {name: getattr(self, name) for name in self.FIELDS}
        return Design(**values | {"logo": bytes(self.logo), "seal": bytes(self.seal)})

    def save(self, *args, **kwargs):
        """A design that is or was in use stays as it is; verbs move its status by UPDATE."""
        if not self._state.adding:
            raise WrongState(_("A version of a design is changed as a draft only."), obj=self)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise WrongState(_("Versions of designs are kept."), obj=self)

    @classmethod
    def draft(cls, organisation: Organisation, *, by: User, at: datetime) -> "CertificateDesign":
        """Return the issuer's draft; a new one begins with what is in the latest version."""
        with transaction.atomic():
            latest = cls.objects.select_for_update().filter(organisation=organisation).order_by("-version").first()
            if latest is not None and latest.is_draft:
                return latest
            said = {name: getattr(latest, name) for name in cls.FIELDS} if latest else {}
            version = latest.version + 1 if latest else 1
            design = cls.objects.create(organisation=organisation, version=version, drafted_by=by, drafted_at=at, **said)
            log(design, "certificates.design.draft", by=by, organisation=organisation)
        return design

    def change(self, *, by: User, at: datetime, **fields: Any) -> None:
        """Change a draft; who changed it last can't put it into use. Raises WrongState when it is no draft any more."""
        with transaction.atomic():
            if not self._draft().update(**fields, drafted_by=by, drafted_at=at):
                raise WrongState(_("This design is not a draft any more."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.design.change", by=by, organisation=self.organisation)

    def put_into_use(self, *, by: User, at: datetime) -> None:
        """Let certificates that are issued from now on look like this. Raises WrongState for its own author, or no draft."""
        if by.pk == self.drafted_by_id:
            raise WrongState(_("Who changed a design last can't put it into use."), obj=self)
        with transaction.atomic():
            others = CertificateDesign.objects.filter(organisation=self.organisation, status=self.Status.IN_USE)
            others.update(status=self.Status.RETIRED)
            moved = self._draft().exclude(drafted_by=by)  # in the database, for it may have been changed meanwhile
            if not moved.update(status=self.Status.IN_USE, approved_by=by, approved_at=at):
                raise WrongState(_("This design is not a draft any more."), obj=self)
            self.refresh_from_db()
            log(self, "certificates.design.use", by=by, organisation=self.organisation)

    def discard(self, *, by: User) -> None:
        """Throw a draft away, with its pictures: they lie in its row, and the version it began with has its own. No certificate
        can name a draft. Raises WrongState for what is or was in use."""
        with transaction.atomic():
            if not self._draft().delete()[0]:
                raise WrongState(_("A design that is or was in use is kept; begin its next version instead."), obj=self)
            log(self, "certificates.design.discard", by=by, organisation=self.organisation, version=self.version)

    def _draft(self):
        return CertificateDesign.objects.filter(pk=self.pk, status=self.Status.DRAFT)
