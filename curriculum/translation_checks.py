"""Whether a translation can stand for its source: the same links, tables and headings, the same placeholders, markup that
closes. Pure; what is wrong comes back as keys with a word, `translation_words.py` says them."""

from collections import Counter
from html.parser import HTMLParser

from .caserules import PLACEHOLDER
from .html import TAGS, clean
from .segments import LONG, MARKED_UP, mostly_chinese

VOID = {"br", "hr"}
FREE = {"p", "br", "b", "strong", "i", "em"}  # another language may need more or fewer of these
MAX_LENGTH = {"plain": 255, "sister": 255}
MAX_LONG = 20_000


class _Tags(HTMLParser):
    """The tags of a text: how often each stands in it, links with where they lead, and what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[str] = Counter()
        self.open: list[str] = []
        self.unclosed: list[str] = []
        self.unknown: list[str] = []
        self.feed(text)
        self.close()
        self.unclosed += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.unknown.append(tag)
            return
        if tag == "a":
            leads = " ".join(f"{name}={value}" for name, value in sorted(attrs) if name in ("href", "linktype", "id"))
            self.found[f"a {leads}"] += 1
        elif tag not in FREE:
            self.found[tag] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in TAGS and tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag not in TAGS:
            return
        if not self.open or self.open[-1] != tag:
            self.unclosed.append(f"/{tag}")
            return
        self.open.pop()


def problems(kind: str, source: str, target: str) -> list[str]:
    """Return what keeps a translation from being approved, as "<kind>|<word>"; empty when nothing does."""
    if not target.strip():
        return ["empty|"]
    limit = MAX_LENGTH.get(kind, MAX_LONG)
    if len(target) > limit:
        return [f"too_long|{limit}"]  # the rest is asked of texts of a known length only
    found = []
    if kind not in (*MARKED_UP, LONG) and "\n" in target.strip():
        found.append("lines|")
    if mostly_chinese(target):
        found.append("chinese|")
    wanted, given = (Counter(PLACEHOLDER.findall(text)) for text in (source, target))
    found += [f"placeholder_missing|{name}" for name in (wanted - given)]
    found += [f"placeholder_new|{name}" for name in (given - wanted)]
    if kind in MARKED_UP:
        before, after = _Tags(source), _Tags(target)
        found += [f"unknown_tag|{tag}" for tag in dict.fromkeys(after.unknown)]
        found += [f"unclosed|{tag}" for tag in dict.fromkeys(after.unclosed)]
        found += [f"tag_missing|{tag}" for tag in (before.found - after.found)]
        found += [f"tag_new|{tag}" for tag in (after.found - before.found)]
    return found


def tidy(kind: str, text: str) -> str:
    """Return what was typed as it is kept: one way of ending lines, no characters that can't be stored. Nothing is lost:
    markup that is wrong stays to be mended."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


def shown(kind: str, text: str) -> str:
    """Return a text as it may be shown to people: markup reduced to the allow-list."""
    return clean(text) if kind in MARKED_UP else text
