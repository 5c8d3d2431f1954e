"""Errata: a mistake in an edition that is being taught, corrected for named cohorts without rewriting the edition.

The edition, its pages and its hash stay. An erratum lays other revisions over some of its pages; two people sign the
list of whom that touches, and cohorts are told (signal `erratum_applied`). What was earned was earned on what it was.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Page

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from lms.lib.immutable import AppendOnly

from ..completeness import MODELS
from ..contents import page_hash, portable_page
from ..corrections import effect
from ..impact import impact_on
from ..portable import Names
from ..signals import erratum_applied
from .edition import Edition, EditionItem


class Erratum(models.Model):
    """One correction of one edition, from proposal to effect."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("erratum", "waits for the base's signature")
        SIGNED = "signed", pgettext_lazy("erratum", "waits for the authority's signature")
        APPLIED = "applied", pgettext_lazy("erratum", "in effect")
        REFUSED = "refused", pgettext_lazy("erratum", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("erratum", "withdrawn")

    OPEN = ["proposed", "signed"]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="errata")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="errata")
    number = models.PositiveIntegerField(_("number"))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PROPOSED)
    reason = models.TextField(_("what was wrong"))
    reason_en = models.TextField(_("what was wrong, in English"), blank=True)
    cohorts = models.JSONField(default=list)  # keys of the named cohorts, sorted; see curriculum.impact
    note = models.TextField(blank=True)  # why it was refused
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("erratum")
        verbose_name_plural = _("errata")
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="erratum_number_once"),
            models.UniqueConstraint(
                fields=["edition"], condition=Q(status__in=["proposed", "signed"]), name="one_open_erratum_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "signed"], finished_at=None)
                | Q(status__in=["applied", "refused", "withdrawn"], finished_at__isnull=False),
                name="erratum_finished_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} – {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("erratum_detail", args=[self.uuid])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @classmethod
    def propose(
        cls, edition: Edition, items: list[EditionItem], cohorts: list[str], *, reason: str, reason_en: str = "",
        by: User, at: datetime,
    ) -> "Erratum":  # fmt: skip
        """Propose the latest revisions of these pages for these cohorts. They are fixed now; later edits do not matter.

        Raises WrongState when another proposal for this edition is open, or `refusals()` finds something.
        """
        with transaction.atomic():
            if cls.objects.filter(edition=edition, status__in=cls.OPEN).exists():
                raise WrongState(_("A correction of this edition is proposed already; finish it first."), obj=edition)
            number = (cls.objects.filter(edition=edition).aggregate(n=models.Max("number"))["n"] or 0) + 1
            erratum = cls.objects.create(
                edition=edition, organisation_id=edition.organisation_id, number=number, reason=reason,
                reason_en=reason_en, cohorts=sorted(set(cohorts)), proposed_at=at, proposed_by=by,
            )  # fmt: skip
            for item in items:
                revision = item.page.latest_revision
                ErratumChange.objects.create(
                    erratum=erratum, item=item, revision=revision, content_hash=page_hash(revision.content)
                )
            if why := erratum.refusals(erratum.impact()):
                raise WrongState(str(why[0]), obj=edition)
            log(erratum, "curriculum.erratum.propose", by=by, organisation=edition.organisation)
        return erratum

    def impact(self) -> dict[str, Any]:
        """Return the impact list as it is now: what is signed. A constant number of queries."""
        changes = list(self.changes.select_related("item__revision", "revision"))
        names = Names([content for change in changes for content in (change.item.content(), change.content())])
        return {
            "erratum": str(self.uuid),
            "edition": self.edition.content_hash,
            "reason": self.reason,
            "reason_en": self.reason_en,
            "changes": [change.as_json(names) for change in changes],
            "named": self.cohorts,
            "cohorts": impact_on(self.edition, self.cohorts, [change.item for change in changes]),
        }

    @staticmethod
    def refusals(impact: dict[str, Any]) -> list[str]:
        """Return why this may not take effect, as sentences; empty when it may."""
        found = []
        if not impact["changes"]:
            found.append(_("No page is to be corrected."))
        if not impact["named"] or {c["cohort"] for c in impact["cohorts"]} != set(impact["named"]):
            found.append(_("A named cohort does not run any more, or none is named."))
        for change in impact["changes"]:
            title = {"title": change["title"]}
            rows = [row for cohort in impact["cohorts"] for row in cohort["items"] if row["item"] == change["item"]]
            if change["before"] == change["after"]:
                found.append(_("“%(title)s” has not been changed since the edition.") % title)
            if change["rubric_changed"]:
                found.append(
                    _("“%(title)s”: rubric and work product belong to the assessment plan; they take a new edition and a "
                      "new cohort.") % title
                )  # fmt: skip
            if change["way_changed"] and any(row["started"] for row in rows):
                found.append(
                    _("“%(title)s”: stages, exhibits and choices can't be changed any more, a trainee has begun the "
                      "case.") % title
                )  # fmt: skip
        return found

    def sign(self, *, by: User, at: datetime, seen: str) -> bool:
        """Sign the impact list: the base's reviewer first, then somebody else of the authority, which puts it into
        effect. seen: hash of the list the person read.

        Returns False, and signs nothing, when the list has changed since the base signed: it goes back to be signed
        there again. Raises WrongState when it is not open, the person proposed or signed it, or read another list.
        """
        stage = self.status
        if stage not in self.OPEN:
            raise WrongState(_("This correction is %(status)s.") % {"status": self.get_status_display()}, obj=self)
        if by.pk == self.proposed_by_id:
            raise WrongState(_("Who proposed a correction can't sign it."), obj=self)
        impact = self.impact()
        now_hash = content_hash(impact)
        if why := self.refusals(impact):
            raise WrongState(str(why[0]), obj=self)
        with transaction.atomic():
            first = self.signatures.filter(role=ErratumSignature.Role.BASE).last()
            if stage == self.Status.SIGNED and first.impact_hash != now_hash:
                self._move(self.Status.SIGNED, self.Status.PROPOSED)
                log(self, "curriculum.erratum.stale", by=by, organisation=self.organisation)
                return False
            if now_hash != seen:
                raise WrongState(_("The impact list has changed while you read it; read it again."), obj=self)
            if stage == self.Status.SIGNED and first.signed_by_id == by.pk:
                raise WrongState(_("The second signature needs a second person."), obj=self)
            if stage == self.Status.PROPOSED:
                self._move(self.Status.PROPOSED, self.Status.SIGNED)
                role = ErratumSignature.Role.BASE
            else:
                self._move(self.Status.SIGNED, self.Status.APPLIED, finished_at=at)
                role = ErratumSignature.Role.AUTHORITY
            ErratumSignature.make(self, role, impact, by=by, at=at)
            log(self, "curriculum.erratum.sign", by=by, organisation=self.organisation, stage=stage, hash=now_hash)
            if self.status == self.Status.APPLIED:
                log(self, "curriculum.erratum.apply", by=by, organisation=self.organisation, hash=now_hash)
                erratum_applied.send(sender=Erratum, erratum=self, at=at)
        return True

    def refuse(self, *, by: User, at: datetime, note: str) -> None:
        """One of those who sign does not agree. Raises WrongState without a reason, or when it is not open any more."""
        if not note.strip():
            raise WrongState(_("Say why."), obj=self)
        self._finish(self.Status.REFUSED, "curriculum.erratum.refuse", by=by, at=at, note=note.strip())

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The base's author takes the proposal back."""
        self._finish(self.Status.WITHDRAWN, "curriculum.erratum.withdraw", by=by, at=at)

    def _finish(self, status: str, action: str, *, by: User, at: datetime, **fields) -> None:
        stage = self.status if self.is_open else self.Status.PROPOSED
        with transaction.atomic():
            self._move(stage, status, finished_at=at, **fields)
            log(self, action, by=by, organisation=self.organisation)

    def _move(self, old: str, new: str, **fields) -> None:
        if not Erratum.objects.filter(pk=self.pk, status=old).update(status=new, **fields):
            self.refresh_from_db()
            raise WrongState(_("This correction has moved on meanwhile."), obj=self)
        self.refresh_from_db()


class ErratumChange(AppendOnly):
    """One page of the edition, and the revision that is shown instead. Reads like an `EditionItem`."""

    erratum = models.ForeignKey(Erratum, on_delete=models.PROTECT, related_name="changes")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, related_name="corrections")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=80)  # by scheme 2

    class Meta:
        ordering = ["item__position"]
        constraints = [
            models.UniqueConstraint(fields=["erratum", "item"], name="item_once_per_erratum"),
            models.CheckConstraint(condition=~Q(content_hash=""), name="erratum_change_has_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.erratum_id}: {self.item}"

    @property
    def title(self) -> str:
        return self.content()["title"]

    @property
    def title_en(self) -> str:
        return self.content().get("title_en") or ""

    def content(self) -> dict[str, Any]:
        return self.revision.content

    def load(self) -> Page:
        """Return the page object of the corrected revision, to be drawn."""
        model = apps.get_model("curriculum", MODELS[self.item.kind])
        return model.from_serializable_data(self.content(), check_fks=False)

    def as_json(self, names: Names) -> dict[str, Any]:
        """What the impact list says of this page. The text before is the edition's, whatever corrected it earlier."""
        before, after = (portable_page(content, names=names) for content in (self.item.content(), self.content()))
        return {
            "item": str(self.item.uuid),
            "title": self.item.title,
            "title_en": self.item.title_en,
            "kind": self.item.kind,
            "before": content_hash(before),
            "after": self.content_hash,
        } | effect(self.item.kind, before, after).as_json()


class ErratumSignature(AppendOnly):
    """Who stood for the impact list, when, and the list itself. The HMAC shows that no row was written past us."""

    class Role(models.TextChoices):
        BASE = "base", _("training base")
        AUTHORITY = "authority", _("authority")

    erratum = models.ForeignKey(Erratum, on_delete=models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=12, choices=Role.choices)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    signed_at = models.DateTimeField()
    impact = models.JSONField()
    impact_hash = models.CharField(max_length=80)
    signature = models.CharField(max_length=80)

    class Meta:
        ordering = ["signed_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.name}"

    @classmethod
    def make(
        cls, erratum: Erratum, role: str, impact: dict[str, Any], *, by: User, at: datetime
    ) -> "ErratumSignature":
        row = cls(erratum=erratum, role=role, signed_by=by, name=by.full_name[:160], signed_at=at, impact=impact,
                  impact_hash=content_hash(impact))  # fmt: skip
        row.signature = row._hmac(settings.SECRET_KEY)
        row.save()
        return row

    def is_genuine(self) -> bool:
        """Whether list, name and time are what was signed, by the installation's secret or one of its earlier ones."""
        if content_hash(self.impact) != self.impact_hash:
            return False
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return any(constant_time_compare(self.signature, self._hmac(key)) for key in keys)

    def _hmac(self, secret: str) -> str:
        signed = content_hash(
            {"erratum": str(self.erratum.uuid), "role": self.role, "person": self.signed_by_id, "name": self.name,
             "at": self.signed_at.astimezone(UTC).isoformat(), "impact": self.impact_hash}
        )  # fmt: skip
        return salted_hmac("curriculum.erratum", signed, secret=secret, algorithm="sha256").hexdigest()
