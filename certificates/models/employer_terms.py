"""What employers may ask of us, and how long we keep what they bring: the authority's terms, latest row in force."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.models.terms import Terms, days_field


def _count(label, default: int, *, most: int, **kwargs) -> models.PositiveIntegerField:
    limits = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveIntegerField(label, default=default, validators=limits, **kwargs)


class EmployerTerms(Terms):
    """用人单位使用条款: quotas of API keys and lists, and the days after which lists are deleted."""

    ACTION: ClassVar[str] = "certificates.employer_terms.set"

    calls_per_minute = _count(_("API calls per key and minute"), 60, most=6_000)
    calls_per_day = _count(_("API calls per key and day"), 2_000, most=1_000_000)
    rows_per_list = _count(_("lines in one list"), 2_000, most=5_000)
    rows_per_day = _count(_("lines of one employer in 24 hours"), 5_000, most=100_000)
    tries_per_number = _count(
        _("times one employer may ask for the same number in 24 hours"), 10, most=1_000,
        help_text=_("So that nobody finds the name to a number by trying."),
    )  # fmt: skip
    names_hours = _count(
        _("hours for which the names of a list are kept after it was answered"), 24, most=720,
    )  # fmt: skip
    lists_days = days_field(_("days for which a list and its result are kept"), 30)
    ask_again_days = days_field(_("days before a holder who said no may be asked again"), 30)
    contacts_per_day = _count(_("people of the public register whom one employer may ask in 24 hours"), 20, most=1_000)
    contact_days = days_field(_("days a person has to answer a request for contact"), 30)

    reports_days = days_field(_("days for which a report on the public register is kept after it was answered"), 180)

    class Meta:
        verbose_name = _("terms for employers")
        verbose_name_plural = _("terms for employers")
        ordering = ["-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.calls_per_minute}/{self.calls_per_day} {self.rows_per_list}/{self.rows_per_day}"

    @classmethod
    def before_the_first(cls) -> "EmployerTerms":
        """The defaults, as nobody has set anything."""
        return cls()

    def facts(self) -> list[tuple]:
        names = [
            "calls_per_minute", "calls_per_day", "rows_per_list", "rows_per_day", "tries_per_number", "names_hours",
            "lists_days", "ask_again_days", "contacts_per_day", "contact_days", "reports_days",
        ]  # fmt: skip
        return [(self._meta.get_field(name).verbose_name, getattr(self, name)) for name in names]

    def logged(self) -> dict:
        return {"calls_per_day": self.calls_per_day, "rows_per_day": self.rows_per_day, "lists_days": self.lists_days}
