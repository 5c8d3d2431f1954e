"""Filters of case and marking pages."""

from datetime import datetime

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from .. import lateness_words as words
from ..lateness import Rule, seconds_of

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
def signed(value: float | str | None) -> str:
    """A difference with its sign, at most one decimal: "+3.5", "-2", "0"."""
    if value is None or value == "":
        return "–"
    text = f"{float(value):+.1f}".removesuffix(".0")
    return "0" if text in ("+0", "-0") else text


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


@register.filter
def span(minutes: int) -> str:
    """Return a time as words: "10 minutes", "2 hours", "1 day"."""
    if minutes % 1440 == 0 and minutes:
        return ngettext("%(count)s day", "%(count)s days", minutes // 1440) % {"count": minutes // 1440}
    if minutes % 60 == 0 and minutes:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}


@register.filter
def clock(seconds: int | None) -> str:
    """Return what is left as a clock shows it: "9:59", "23:59:59"."""
    hours, rest = divmod(int(seconds or 0), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


@register.filter
def takes(rule: Rule, at: datetime) -> bool:
    return rule.takes(at)


@register.filter
def late_for(rule: Rule, at: datetime) -> str:
    """How late it is now, in words."""
    return words.length(seconds_of(rule.late_by(at)))


@register.filter
def late_policy(rule: Rule) -> str:
    return words.policy(rule)


@register.filter
def handed_in_words(late: dict) -> str:
    """How a hand-in stood to its due time; "" where there was none."""
    return words.handed_in(late)


@register.filter
def late_rule(late: dict) -> str:
    return words.rule_of(late)
