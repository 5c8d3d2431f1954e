"""Pieces of pages that are kept for what they show, as long as the process has room for them.

    lesson_row = Drawn("training/_lesson_row.html")
    lesson_row(url, title=…, state="done", minutes=45, nominal=45)

A piece is drawn once for each language and set of values, which are all that its template is given: when one of them changes,
it is another piece, so nothing can be out of date. What is everybody's own, as an address with a key in it, is no such value:
it is a text that is put in afterwards, where the template writes `{{ url }}`, or the names of several of them.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

Own = str | Mapping[str, str]  # a text for {{ url }}, or {name: text}


class Drawn:
    """The template, and the pieces drawn with it. most: so many are kept in each process; then it begins anew."""

    def __init__(self, template: str, *, most: int = 4000) -> None:
        self._template, self._most = template, most
        self._kept: dict[Hashable, str] = {}

    def __call__(self, own: Own = "", /, **values: Hashable) -> SafeString:
        return self.of((*values.items(),), lambda: values, own)

    def of(self, key: Hashable, values: Callable[[], dict[str, Any]], own: Own = "") -> SafeString:
        """The same for values that can't be compared. key: everything of them that the template shows."""
        own = {"url": own} if isinstance(own, str) else own
        key = (get_language(), key)
        html = self._kept.get(key)
        if html is None:
            places = {name: _place(name) for name in own}
            html = get_template(self._template).render({**values(), **places})
            if len(self._kept) >= self._most:
                self._kept.clear()
            self._kept[key] = html
        for name, text in own.items():
            html = html.replace(_place(name), escape(text))
        return mark_safe(html)


def _place(name: str) -> str:
    """What stands in a kept piece where something of somebody's own goes; nothing that anybody would write."""
    return f"\ue000{name}\ue001"
