"""Filters of case and marking pages."""

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


@register.filter
def scrolling_tables(html: str, label: str = "") -> SafeString:
    """Return cleaned case HTML in which every table can be scrolled sideways by itself, with keyboard too."""
    opening = format_html('<div class="table-scroll" tabindex="0" role="region" aria-label="{}"><table', label)
    return mark_safe(str(conditional_escape(html)).replace("<table", opening).replace("</table>", "</table></div>"))


@register.filter
def item(mapping, key):
    """Return mapping[key], or None."""
    return mapping.get(key) if mapping else None


@register.filter
def at(sequence, place: int):
    """Return sequence[place]."""
    return sequence[place]


@register.filter
def decimals(value: float | None, places: int) -> str:
    """Return a figure with so many decimals, "–" for None. Never "-0.0"."""
    if value is None:
        return "–"
    text = f"{value:.{places}f}"
    return text.lstrip("-") if float(text) == 0 else text


@register.filter
def svg(value: float) -> str:
    """Return a coordinate as SVG wants it, whatever the language of the page."""
    return f"{value:g}"


@register.filter
def figure(value: float | None) -> str:
    """Return an amount as it is read: at most two decimals, no needless zeros, thin spaces between thousands."""
    if value is None:
        return "–"
    text = f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", "\u202f")
    return "0" if text in ("-0", "") else text


@register.filter
def either(chinese: str, english: str) -> str:
    """Return the English words on an English page where there are any, else the Chinese ones."""
    return english if english and (get_language() or "").startswith("en") else chinese
