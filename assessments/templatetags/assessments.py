"""Filters of case and marking pages."""

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

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
