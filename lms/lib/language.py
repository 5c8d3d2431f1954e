"""Content kept in two languages: a Chinese field, authentic, and its English sister `<name>_en`."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language


def is_english() -> bool:
    return (get_language() or "").startswith("en")


def local(thing: Any, name: str) -> Any:
    """Return `thing.name_en` when the page is English and it is not empty, else `thing.name`; mappings work too."""
    if is_english():
        english = get(thing, f"{name}_en")
        if english:
            return english
    value = get(thing, name)
    return "" if value is None else value


def get(thing: Any, name: str) -> Any:
    """Return what `thing` has under that name, whether a mapping or an object; None where it has nothing."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
