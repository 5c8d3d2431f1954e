"""What stands around every page: the head's links, header and footer. Each is kept as it was drawn for what it shows
(`lms.lib.drawn`), and what is a person's own is put in afterwards: names, addresses, the token of forms."""

from typing import Any

from django import template
from django.conf import settings
from django.template.defaultfilters import truncatechars
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.lib.drawn import Drawn
from lms.lib.site import SITE_NAME, SITE_SHORT

from .lms import address, nav_active

register = template.Library()

# Places of the main menu: name of the address, words, what else belongs there, and whether a visitor sees it.
MENU = (
    ("desk", gettext_noop("Desk"), (), False),
    ("learn", gettext_noop("Learn"), ("/practice/",), True),
    ("syllabus_list", gettext_noop("Syllabus"), (), True),
    ("verify", gettext_noop("Verify a certificate"), ("/v/", "/q/"), True),
)

head, header, footer = (Drawn(f"components/{name}.html") for name in ("head", "header", "footer"))


def _person(context: template.Context) -> Any:
    """Who is logged in, or None."""
    user = context.get("user")
    return user if user is not None and user.is_authenticated else None


def _kept(piece: Drawn, own: dict[str, str], **shown: Any) -> SafeString:
    """The piece for what it shows, and for what everything here depends on besides: addresses, files, settings."""
    settled = (
        get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), static("lms/site.css"), settings.BASE_URL,
        settings.SAMPLE_SITE,
    )  # fmt: skip
    site = {"site_name": SITE_NAME, "site_short": SITE_SHORT, "base_url": settings.BASE_URL, "sample_site": settings.SAMPLE_SITE}
    return piece.of((settled, *shown.values()), lambda: shown | site, own)


@register.simple_tag(takes_context=True)
def site_head(context: template.Context) -> SafeString:
    """Return style sheets and scripts of every page."""
    person = _person(context)
    return _kept(head, {"person": str(person.uuid)} if person else {}, signed_in=person is not None)


@register.simple_tag(takes_context=True)
def site_header(context: template.Context) -> SafeString:
    request, person = context.get("request"), _person(context)
    places = []
    for name, words, others, public in MENU:
        if (public or person) and (url := address(name)):
            places.append((url, _(words), nav_active(context, url, *others)))
    own = {"next": request.get_full_path() if request else ""}
    if person:
        token = context.get("csrf_token")
        own |= {
            "full_name": person.full_name, "short_name": truncatechars(person.full_name, 16), "email": person.email,
            "token": "" if token in (None, "NOTPROVIDED") else str(token),
        }  # fmt: skip
    return _kept(header, own, signed_in=person is not None, places=tuple(places))


@register.simple_tag
def site_footer() -> SafeString:
    return _kept(footer, {})
