"""Marks the first place in a lesson's text where a key term stands, with its meaning to open there. Pure: HTML in, out.

The HTML has gone through `curriculum.html.clean`, so its tags are well formed and its text is escaped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

# Inside these nothing is marked: links can't hold a button, headings stay plain, quotations are word for word.
CLOSED = {"a", "h2", "h3", "h4", "h5", "blockquote", "code", "th", "caption", "button", "dfn"}
_TOKEN = re.compile(r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_NAME = re.compile(r"</?\s*([a-zA-Z0-9]+)")


@dataclass(frozen=True)
class TermNote:
    """term, term_en: the words that are looked for; meaning: in the language of the page, plain text."""

    term: str
    term_en: str
    meaning: str

    def pattern(self) -> str:
        """Chinese needs no word boundaries; English does, and takes any case."""
        words = [re.escape(escape(self.term, quote=False))] if self.term else []
        if self.term_en:
            words.append(rf"(?i:(?<![A-Za-z]){re.escape(escape(self.term_en, quote=False))}(?![A-Za-z]))")
        return "|".join(words)


class Marker:
    """Marks text after text of one page; each term once on the page. Longer terms win where two begin alike."""

    def __init__(self, notes: Iterable[TermNote]) -> None:
        notes = [note for note in notes if note.pattern() and note.meaning.strip()]
        self.notes = sorted(notes, key=lambda note: -len(note.term or note.term_en))
        self.marked: set[int] = set()

    def mark(self, html: str) -> str:
        """Return the HTML with the terms that were not marked before."""
        if len(self.marked) == len(self.notes):
            return html
        out, place, depth = [], 0, 0
        for tag in _TOKEN.finditer(html):
            text = html[place : tag.start()]
            out.append(text if depth else self._text(text))
            out.append(tag[0])
            place = tag.end()
            name = _NAME.match(tag[0])
            if name and name[1].lower() in CLOSED:
                depth = max(depth + (-1 if tag[0][1] == "/" else 1), 0)
        out.append(html[place:] if depth else self._text(html[place:]))
        return "".join(out)

    def _text(self, text: str) -> str:
        waiting = [n for n in range(len(self.notes)) if n not in self.marked]
        if not waiting or not text.strip():
            return text
        looked_for = re.compile("|".join(f"(?P<n{n}>{self.notes[n].pattern()})" for n in waiting))
        out, place = [], 0
        for found in looked_for.finditer(text):
            n = int(found.lastgroup[1:])
            if n in self.marked:
                continue
            self.marked.add(n)
            out.append(text[place : found.start()] + self._note(n, found[0]))
            place = found.end()
        return "".join(out) + text[place:]

    def _note(self, n: int, word: str) -> str:
        note = self.notes[n]
        both = escape(note.term) + (f' <span lang="en">{escape(note.term_en)}</span>' if note.term_en else "")
        return (
            f'<span class="term"><button type="button" class="term__word" aria-describedby="term-{n + 1}">{word}</button>'
            f'<span class="term__note" id="term-{n + 1}" role="tooltip"><strong>{both}</strong> '
            f"{escape(note.meaning)}</span></span>"
        )
