"""Chinese and Latin text as search tokens, what a person typed as a query, and the passages around its hits.

A run of Chinese characters becomes its pairs of neighbours and, at its end, the last character alone: 技术需求 is
技术 术需 需求 求. A word of n characters is then n - 1 pairs that stand side by side, and one character is the beginning
of a pair, so that both are found exactly, by any full-text index that knows phrases and prefixes. Pure: no database.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

MAX_QUERY = 120  # characters that are read of what was typed
MAX_TERMS = 8
MAX_TOKEN = 60
MAX_SEGMENTS = 24

# Characters written without spaces between words: Han with its extensions, kana.
_CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SEGMENT = re.compile(rf"([{_CJK}]+)|([^\W_{_CJK}]+)")
_SPACED = re.compile(rf"(?<=[{_CJK}])[ \t]+(?=[{_CJK}])")
_QUOTED = re.compile(r"[\"“”「」『』《》]([^\"“”「」『』《》]*)(?:[\"“”「」『』《》]|$)|([^\s\"“”「」『』《》]+)")


def fold(text: str) -> str:
    """Return the text as it is compared: full-width as half-width, capital as small letters, compatibility forms as
    their plain characters."""
    return unicodedata.normalize("NFKC", text).casefold()


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text, and for each of its characters the place in `text` that it comes from."""
    pieces, places = [], []
    for place, character in enumerate(text):
        folded = fold(character)
        pieces.append(folded)
        places += [place] * len(folded)
    return "".join(pieces), places


def _segments(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (run, whether it is Chinese) of folded text; what stands between them says nothing."""
    for match in _SEGMENT.finditer(text):
        yield match[0], match[1] is not None


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in their order, as they go into the index. A space between two Chinese characters is
    typography and says nothing; a new line parts them."""
    found: list[str] = []
    for run, chinese in _segments(_SPACED.sub("", fold(text))):
        if chinese:
            found += [*_pairs(run), run[-1]]
        else:
            found.append(run[:MAX_TOKEN])
    return found


@dataclass(frozen=True)
class Term:
    """Tokens that have to stand side by side; with `prefix` the last one is the beginning of a token.

    segments: the runs it was made of with "is Chinese", for finding the hits in a text again.
    """

    tokens: tuple[str, ...]
    prefix: bool
    segments: tuple[tuple[str, bool], ...]

    @property
    def words(self) -> str:
        return " ".join(run for run, _chinese in self.segments)


@dataclass(frozen=True)
class Query:
    """What a person looks for: every term has to be there."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def loosened(self) -> list[Term]:
        """Return smaller pieces of the query, for finding what is near when nothing has it all."""
        pieces = []
        for term in self.terms:
            for run, chinese in term.segments:
                parts = _pairs(run) or [run] if chinese else [run]
                pieces += [Term((p,), not chinese or len(p) == 1, ((p, chinese),)) for p in parts]
        return list(dict.fromkeys(pieces))[:MAX_SEGMENTS]


def parse(typed: str) -> Query:
    """Return the query: words apart are all wanted, words in quotation marks side by side; Latin words also as
    beginnings of words unless quoted. Reads the first 120 characters and 8 words; odd signs say nothing.

    Book-title marks 《…》 are quotation marks too.
    """
    terms: list[Term] = []
    for match in _QUOTED.finditer(fold(typed.replace("\x00", "")[:MAX_QUERY])):
        if match[1] is not None:
            terms += _term(tuple(_segments(_SPACED.sub("", match[1]))), quoted=True)
        else:
            for chunk in re.split(r"[\W_]+", match[2]):
                terms += _term(tuple(_segments(chunk)), quoted=False)
    return Query(tuple(dict.fromkeys(terms))[:MAX_TERMS])


def _term(segments: tuple[tuple[str, bool], ...], *, quoted: bool) -> list[Term]:
    segments = segments[:MAX_SEGMENTS]
    if not segments:
        return []
    found: list[str] = []
    for run, chinese in segments[:-1]:
        found += [*_pairs(run), run[-1]] if chinese else [run[:MAX_TOKEN]]
    run, chinese = segments[-1]
    if not chinese:
        return [Term((*found, run[:MAX_TOKEN]), not quoted, segments)]
    return [Term((*found, *(_pairs(run) or [run])), len(run) == 1, segments)]


# --- Passages --------------------------------------------------------------------------------------------------------

Piece = tuple[str, bool]  # text, and whether it is a hit


def hits(text: str, query: Query) -> list[tuple[int, int]]:
    """Return the places (from, until) of the query's words in the text, in order, without overlaps."""
    folded, places = fold_with_places(text)
    found: list[tuple[int, int]] = []
    for term in query.terms:
        parts = []
        for run, chinese in term.segments:
            spaced = "[ \t]{0,4}".join(map(re.escape, run))
            parts.append(spaced if chinese else rf"(?<![^\W_{_CJK}]){re.escape(run)}(?![^\W_{_CJK}])")
        if term.prefix and not term.segments[-1][1]:
            parts[-1] = rf"(?<![^\W_{_CJK}]){re.escape(term.segments[-1][0])}[^\W_{_CJK}]{{0,40}}"
        for match in re.finditer(r"[\W_]{0,8}?".join(parts), folded):
            if match.end() > match.start():
                found.append((places[match.start()], places[match.end() - 1] + 1))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def marked(text: str, query: Query) -> list[Piece]:
    """Return the whole text in pieces, hits marked: for titles."""
    return _cut(text, hits(text, query), 0, len(text))


def passage(text: str, query: Query, width: int = 120, english: bool | None = None) -> list[Piece]:
    """Return the passage of about `width` characters with the most different hits, in pieces; the beginning of the text
    when there is none. An ellipsis stands where text is left out.

    A text holds both languages, line by line; a passage keeps to one of them, of two equals to the reader's (`english`).
    """
    stretches = _stretches(text)
    if not stretches:
        return []
    best, most = (stretches[0][0], [], 0), (-1, False)
    for stretch, chinese in stretches:
        found = hits(stretch, query)
        start, worth = _densest(stretch, found, width)
        if (worth, english is not None and chinese != english) > most:
            best, most = (stretch, found, start), (worth, english is not None and chinese != english)
    stretch, found, start = best
    if not found:
        return [(stretch[:width] + ("…" if len(stretch) > width else ""), False)]
    begin = max(0, start - width // 4)
    if begin and (space := re.search(r"[\s，。；：、！？,.;:!?]", stretch[begin:start])):
        begin += space.end()
    end = min(len(stretch), begin + width)
    pieces = _cut(stretch, found, begin, end)
    if begin:
        pieces.insert(0, ("…", False))
    if end < len(stretch):
        pieces.append(("…", False))
    return pieces


def _stretches(text: str) -> list[tuple[str, bool]]:
    """The text in stretches of lines of one language, each with whether it is Chinese; a line that is neither, such as
    a code, goes with the line before it."""
    found: list[tuple[str, bool]] = []
    for line in (" ".join(line.split()) for line in text.split("\n")):
        signs, words = len(re.findall(f"[{_CJK}]", line)), len(re.findall(rf"[^\W\d_{_CJK}]{{3,}}", line))
        chinese = signs > words if signs or words else None
        if found and chinese in (found[-1][1], None):
            found[-1] = (f"{found[-1][0]} {line}".strip(), found[-1][1])
        elif line:
            found.append((line, chinese is not False))
    return found


def _densest(text: str, found: list[tuple[int, int]], width: int) -> tuple[int, int]:
    """Where the `width` characters with the most different hits begin, and how many those are."""
    best, most = 0, 0
    for start, _end in found[:400]:
        inside = {fold(text[a:b]) for a, b in found if start <= a < start + width}
        if len(inside) > most:
            best, most = start, len(inside)
    return best, most


def _cut(text: str, found: list[tuple[int, int]], begin: int, end: int) -> list[Piece]:
    pieces: list[Piece] = []
    at = begin
    for start, stop in found:
        if stop <= begin or start >= end:
            continue
        start, stop = max(start, at), min(stop, end)
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:stop], True))
        at = stop
    if at < end:
        pieces.append((text[at:end], False))
    return pieces


# --- HTML ------------------------------------------------------------------------------------------------------------

_INLINE = {"a", "b", "strong", "i", "em", "u", "sub", "sup", "code", "span", "mark"}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag, attrs) -> None:
        if tag not in _INLINE:
            self.parts.append("\n")

    handle_endtag = lambda self, tag: self.handle_starttag(tag, [])  # noqa: E731


def plain(html: str) -> str:
    """Return what one reads of simple HTML: words that a tag only makes bold stay whole, blocks stand apart."""
    if "<" not in html and "&" not in html:
        return html.strip()
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = ("".join(reader.parts)).split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)
