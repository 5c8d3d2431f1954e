"""Pictures, films and documents of lessons as HTML."""

from typing import Any

from django import template

from ..media import picture

register = template.Library()


@register.inclusion_tag("curriculum/blocks/_picture.html")
def picture_of(image: Any, alt: str) -> dict[str, Any]:
    """Draw an image in the size that the reader's screen wants; its place is kept while it loads."""
    return picture(image) | {"alt": alt}
