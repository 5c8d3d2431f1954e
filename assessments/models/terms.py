"""What the authority sets for every base, as rows that are appended: the latest one set by a time holds at that time."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet


class TermsQuerySet(AppendOnlyQuerySet):
    def latest_at(self, at: datetime):
        """The row that was set last by this time, or None before the first."""
        return self.filter(set_at__lte=at).order_by("set_at", "pk").last()

    def at(self, at: datetime):
        """What holds at this time; before the first row what the kind says, see `Terms.before_the_first`."""
        return self.latest_at(at) or self.model.before_the_first()

    def standing(self, at: datetime) -> list:
        """Everything that holds at this time, as it is shown."""
        found = self.at(at)
        return [] if found is None else [found]


class Terms(AppendOnly):
    """One setting of the authority's, with where it comes from. What was decided under it is not decided again."""

    ACTION: ClassVar[str]  # the entry in the audit log

    source = models.CharField(_("source"), max_length=400, blank=True)
    verified = models.BooleanField(_("verified against an official document"), default=False)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = TermsQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def before_the_first(cls) -> Self | None:
        """What holds while the authority has set nothing."""
        return None

    def facts(self) -> list[tuple[Any, Any]]:
        """(label, value) of everything it says, to be shown."""
        raise NotImplementedError

    def logged(self) -> dict[str, Any]:
        """What the audit log says of it."""
        return {}

    def put_in_force(self, *, by: User, at: datetime) -> None:
        """Set it. It holds from now on, until the next one is set."""
        with transaction.atomic():
            self.set_by, self.set_at = by, at
            self.save()
            log(self, self.ACTION, by=by, **self.logged())


def yes_no(value: bool) -> Any:
    return _("yes") if value else _("no")


def days_field(label, default: int, *, least: int = 1, **kwargs) -> models.PositiveSmallIntegerField:
    """A number of days, at most a year."""
    limits = [MinValueValidator(least), MaxValueValidator(365)]
    return models.PositiveSmallIntegerField(label, default=default, validators=limits, **kwargs)
