"""Filters and tags shared by all templates: content by language, hours, shares, the current place in the menu."""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lms.lib.language import get, is_english, local

register = template.Library()


register.filter(local)


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


@register.simple_tag
def colon() -> str:
    """Return the colon between a word and what it stands for, as each language sets it."""
    return ": " if is_english() else "："


@register.filter
def plain(value: Any) -> str:
    """Return a number without needless zeros and without thousands marks: "40", "1.5"; "" for what is no number."""
    number = _decimal(value)
    if number is None:
        return ""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def hours(value: Any) -> str:
    """Return hours (学时) in the words of the page: "40 学时", "1 hour", "1.5 hours"; "–" for what is no number."""
    number = _decimal(value)
    if number is None:
        return "–"
    return ngettext("%(hours)s hour", "%(hours)s hours", 1 if number == 1 else 2) % {"hours": plain(number)}


@register.filter
def percent(value: Any) -> str:
    """Return a share between 0 and 1 as "85%"; rounded down, so that 100% means all of it."""
    number = _decimal(value)
    return "–" if number is None else f"{int(number * 100)}%"


@register.filter
def share(value: Any, whole: Any) -> str:
    """Return `value` of `whole` as percent, rounded down; "–" when there is no whole."""
    part, total = _decimal(value), _decimal(whole)
    if part is None or not total:
        return "–"
    return percent(part / total)


@register.filter
def have_of_need(node: Any) -> str:
    """Return what there is and what is needed of one condition: "92 / 80 学时", "60 points"."""
    have, need = str(get(node, "have") or ""), str(get(node, "need") or "")
    words = f"{have or '–'} / {need}" if need else have
    unit = {
        "hours": pgettext("unit", "hours"),
        "points": pgettext("unit", "points"),
        "cases": pgettext("unit", "cases"),
    }.get(get(node, "unit") or "", "")
    return _("%(amount)s %(unit)s") % {"amount": words, "unit": unit} if unit else words


@register.simple_tag
def address(name: str) -> str:
    """Return the address of a page that takes no arguments, "" where there is none. For what stands on every page: looked up
    once in a process, unlike `url`."""
    return _address(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=256)
def _address(name: str, urlconf: str, prefix: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def nav_active(context: template.Context, *prefixes: str) -> SafeString | str:
    """Return ` aria-current="page"` when the page's address begins with one of the prefixes."""
    request = context.get("request")
    if request and any(prefix and request.path.startswith(prefix) for prefix in prefixes):
        return format_html(' aria-current="{}"', "page" if request.path == prefixes[0] else "true")
    return ""
