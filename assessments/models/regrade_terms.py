"""What the authority lets a batch of corrections do. Rows are appended; the latest counts."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lms.lib.audit import log
from lms.lib.immutable import AppendOnly, AppendOnlyQuerySet


class RegradeTermsQuerySet(AppendOnlyQuerySet):
    def at(self, at: datetime) -> "RegradeTerms":
        """The terms that hold at this time: the latest set by then; before the first, our own, which are a sample."""
        return self.filter(set_at__lte=at).order_by("set_at", "pk").last() or RegradeTerms()


class RegradeTerms(AppendOnly):
    """The authority's terms of correcting results as a batch. Appended; the latest counts."""

    may_go_down = models.BooleanField(
        _("a correction may lower a released result"), default=False,
        help_text=_("Otherwise a result that would fall stays as it was released."),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=400, blank=True)
    verified = models.BooleanField(_("verified against an official document"), default=False)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = RegradeTermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("terms of corrections")
        verbose_name_plural = _("terms of corrections")
        ordering = ["-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.may_go_down}"

    def put_in_force(self, *, by: User, at: datetime) -> None:
        """Set these terms. They hold for corrections simulated from now on."""
        with transaction.atomic():
            self.set_by, self.set_at = by, at
            self.save()
            log(self, "assessments.regrade.terms", by=by, may_go_down=self.may_go_down)
