"""Key terms (术语) of the trade: national ones of the authority, local ones of a base."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .library import LibraryEntry
from .syllabus import Level

is_pinyin = RegexValidator(r"^[a-z][a-z ]*$", _("Lower-case letters without tones, syllables apart: “jishu hetong”."))


class Term(LibraryEntry):
    """One term with its meaning. The glossary sorts and groups by `pinyin`, which the author writes."""

    SAID = ("term", "term_en", "definition", "definition_en", "source", "source_url")

    term = models.CharField(_("term"), max_length=80)
    term_en = models.CharField(_("English term"), max_length=120, blank=True)
    pinyin = models.CharField(
        _("pinyin"), max_length=160, validators=[is_pinyin], help_text=_("Without tones; the glossary sorts by it.")
    )
    definition = models.TextField(_("definition"))
    definition_en = models.TextField(_("English definition"), blank=True)
    see_also = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="+", verbose_name=_("see also"))
    level = models.CharField(_("level"), max_length=20, choices=Level.Code.choices, blank=True)
    source = models.CharField(_("source"), max_length=255)
    source_url = models.URLField(_("source address"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["pinyin", "term", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "term"], name="term_once_per_owner"),
            models.CheckConstraint(condition=~Q(pinyin=""), name="term_has_pinyin"),
        ]

    def __str__(self) -> str:
        return f"{self.term} ({self.term_en})" if self.term_en else self.term

    def get_absolute_url(self) -> str:
        return f"{reverse('glossary')}?q={self.term}#term-{self.pk}"
