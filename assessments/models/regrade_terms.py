"""What the authority lets a batch of corrections do."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .terms import Terms, yes_no


class RegradeTerms(Terms):
    """The authority's terms of correcting results as a batch. They hold for corrections simulated from then on."""

    ACTION = "assessments.regrade.terms"

    may_go_down = models.BooleanField(
        _("a correction may lower a released result"), default=False,
        help_text=_("Otherwise a result that would fall stays as it was released."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("terms of corrections")
        verbose_name_plural = _("terms of corrections")
        ordering = ["-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.may_go_down}"

    @classmethod
    def before_the_first(cls) -> "RegradeTerms":
        """Our own terms, which are a sample."""
        return cls()

    def logged(self) -> dict[str, Any]:
        return {"may_go_down": self.may_go_down}

    def facts(self) -> list[tuple[Any, Any]]:
        return [(_("a correction may lower a released result"), yes_no(self.may_go_down))]
