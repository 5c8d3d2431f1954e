"""How an issuer wants its certificates to look: one of the shipped layouts, a colour that can be read, and a few additions."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Layout(TextChoices):
    CLASSIC = "classic", _("classic, landscape")
    PORTRAIT = "portrait", _("portrait")
    PLAIN = "plain", _("plain, for large print runs")


class Colour(TextChoices):
    """Each has a contrast of at least 4.5 to 1 on white; a test computes it."""

    TEAL = "#1f6f78", _("teal")
    NAVY = "#16324f", _("navy")
    CRIMSON = "#8c2f39", _("crimson")
    GREEN = "#2f6b3a", _("green")
    PLUM = "#5d3a66", _("plum")


@dataclass(frozen=True)
class Design:
    """logo, seal: PNG."""

    layout: str = Layout.CLASSIC.value
    colour: str = Colour.TEAL.value
    signatory: str = ""
    signatory_title: str = ""
    signatory_title_en: str = ""
    motto: str = ""
    motto_en: str = ""
    footer: str = ""
    logo: bytes = b""
    seal: bytes = b""

    def as_values(self) -> dict[str, str]:
        """Everything but the pictures."""
        return {name: value for name, value in vars(self).items() if name not in ("logo", "seal")}
