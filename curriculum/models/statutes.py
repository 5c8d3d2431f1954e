"""Statutes and standards (法规) that lessons and cases quote, each with its source and when it was last checked."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log

from .library import LibraryEntry, LibraryQuerySet


class StatuteQuerySet(LibraryQuerySet):
    def ended(self, on: date):
        """Repealed, replaced or out of force on that day."""
        return self.filter(Q(ended_on__lte=on) | Q(in_force_until__lt=on))

    def unsound(self, on: date):
        """Ended, or overdue for a check: whatever cites them has to be looked at."""
        return self.filter(Q(ended_on__lte=on) | Q(in_force_until__lt=on) | Q(next_check_on__lt=on))


class Statute(LibraryEntry):
    """One statute, rule or standard at one edition of its text; an amended text is a new entry that replaces it."""

    SAID = ("title", "title_en", "issuer", "document_number", "source_url", "in_force_from", "checked_on", "verified")

    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=255, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120, blank=True)
    document_number = models.CharField(_("document number"), max_length=80, blank=True)
    source_url = models.URLField(_("source address"), max_length=500)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("Its own last day, where the text sets one.")
    )
    ended_on = models.DateField(
        _("repealed or replaced from"), null=True, blank=True,
        help_text=_("The first day on which this text no longer holds."),
    )  # fmt: skip
    replaced_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("replaced by")
    )
    verified = models.BooleanField(_("compared with the official text"), default=False)
    checked_on = models.DateField(_("checked on"), help_text=_("The day on which someone last saw that it is in force."))
    checked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("checked by"),
    )  # fmt: skip
    next_check_on = models.DateField(_("next check due"), null=True, blank=True)
    note = models.TextField(_("note for authors"), blank=True)

    objects = StatuteQuerySet.as_manager()

    class Meta:
        verbose_name = _("statute")
        verbose_name_plural = _("statutes")
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "title"], name="statute_title_once_per_owner"),
            models.CheckConstraint(
                condition=Q(in_force_until=None) | Q(in_force_from=None) | Q(in_force_until__gte=F("in_force_from")),
                name="statute_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(ended_on__isnull=False), name="replaced_statute_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | ~Q(replaced_by=F("id")), name="statute_does_not_replace_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        errors = {}
        if self.replaced_by_id and not self.ended_on:
            errors["ended_on"] = _("Say from which day the other text takes its place.")
        if self.replaced_by_id and self.replaced_by_id == self.pk:
            errors["replaced_by"] = _("A statute can't replace itself.")
        if self.in_force_from and self.in_force_until and self.in_force_until < self.in_force_from:
            errors["in_force_until"] = _("This day lies before the first.")
        if self.next_check_on and self.checked_on and self.next_check_on <= self.checked_on:
            errors["next_check_on"] = _("The next check comes after the last one.")
        if errors:
            raise ValidationError(errors)

    @property
    def end(self) -> date | None:
        """The first day on which the text no longer holds; None while nobody knows of one."""
        after = self.in_force_until and date.fromordinal(self.in_force_until.toordinal() + 1)
        days = [day for day in (self.ended_on, after) if day]
        return min(days) if days else None

    def state(self, on: date | None = None) -> str:
        """Return "replaced", "repealed", "expired", "check_due" or "sound" on that day."""
        on = on or timezone.localdate()
        if self.end and self.end <= on:
            if self.end != self.ended_on:
                return "expired"
            return "replaced" if self.replaced_by_id else "repealed"
        return "check_due" if self.next_check_on and self.next_check_on < on else "sound"

    def mark_checked(self, *, by: User, at: datetime, next_check_on: date | None) -> None:
        """Record that someone saw today that the text is in force as it stands here."""
        self.checked_on, self.checked_by, self.next_check_on = timezone.localdate(at), by, next_check_on
        self.full_clean()
        with transaction.atomic():
            self.save()
            self.save_revision(user=by)
            log(self, "curriculum.statute.check", by=by, organisation=self.organisation)
