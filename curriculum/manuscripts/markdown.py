"""Markdown to HTML with places: CommonMark, tables, footnotes, labels between `---` at the top; raw HTML is not trusted."""

import base64
import binascii
import re
from collections.abc import Callable

import nh3
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lms.lib import decoding

from ..html import ATTRIBUTES, TAGS
from .notes import Note, Refused
from .tree import inline, parse

MAX_TEXT = 2 * 1024 * 1024
_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NOTE = re.compile(r"^\[\^([^\]\s]{1,60})\]:[ \t]*(.*)$")
_REFERENCE = re.compile(r"\[\^([^\]\s]{1,60})\](?!:)")
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s%]+)\Z", re.IGNORECASE)
MAX_NOTES = 300

Pictures = Callable[[str], bytes | None]


def decoded(data: bytes) -> str:
    """Return the text of the file: UTF-8, UTF-16 with its mark, or GB 18030. Raises Refused."""
    if len(data) > MAX_TEXT:
        raise Refused(_("The text is too long: %(limit)s MB is the most.") % {"limit": MAX_TEXT // 2**20})
    try:
        text = data.decode("utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else decoding.decoded(data)
    except ValueError:
        text = "\x00"
    if "\x00" not in text:
        return text
    raise Refused(_("This is no text we can read: save it as UTF-8."))


def to_html(
    text: str, notes: list[Note], keep: Callable[[bytes, str, int], str], pictures: Pictures
) -> tuple[str, dict[str, str]]:
    """Return the HTML, its top nodes with `data-place` (the line), and the footnotes by number.

    keep(bytes, name, place) takes a picture and returns its name, "" when it is refused; pictures(path) finds one that
    came along with the text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    text = _front(text)
    text, footnotes = _footnotes(text, notes)
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 30}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    place = 0
    for token in tokens:
        if token.map:
            place = token.map[0] + 1
            if token.level == 0 and token.nesting >= 0:
                token.attrSet("data-place", str(place))
        if token.type == "html_block":
            _raw_block(token, place, notes)
        elif token.children:
            _children(token.children, place, notes, keep, pictures)
    html = parser.renderer.render(tokens, parser.options, {})
    return html, {number: inline(parse(parser.renderInline(_no_html(words))).children) for number, words in footnotes.items()}


def _front(text: str) -> str:
    """Labels between two lines `---` at the top become a paragraph of labels; the lines keep their numbers."""
    found = _FRONT.match(text)
    if not found or not all(re.match(r"\s*$|[^:：\n]{1,24}[:：]", line) for line in (found[1] or "").split("\n")):
        return text
    inner = (found[1] or "").rstrip("\n")
    return "\n" + inner + "\n\n" + text[found.end() :]


def _footnotes(text: str, notes: list[Note]) -> tuple[str, dict[str, str]]:
    """Take the footnotes out (empty lines stay in their place) and number the references in the order of reading."""
    words: dict[str, str] = {}
    kept: list[str] = []
    current = ""
    fence = ""
    for line in text.split("\n"):
        mark = re.match(r" {0,3}(```+|~~~+)", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        found = None if fence else _NOTE.match(line)
        if found and len(words) < MAX_NOTES:
            current = found[1]
            words[current] = found[2]
            kept.append("")
        elif current and not fence and re.match(r"(?: {2,}|\t)\S", line):
            words[current] += " " + line.strip()
            kept.append("")
        else:
            current = "" if line.strip() else current
            kept.append(line)
    numbers: dict[str, str] = {}

    def number(found: re.Match) -> str:
        name = found[1]
        if name not in words:
            return found[0]
        return f"&#91;{numbers.setdefault(name, str(len(numbers) + 1))}&#93;"

    text = _REFERENCE.sub(number, "\n".join(kept))
    for name in words.keys() - numbers.keys():
        notes.append(Note(_("The footnote “%(name)s” is referred to nowhere and was left out.") % {"name": name}))
    return text, {numbers[name]: words[name] for name in numbers}


def _no_html(text: str) -> str:
    return re.sub(r"<[^<>]*>", "", text)  # in one pass, however many < there are


def _raw_block(token: Token, place: int, notes: list[Note]) -> None:
    """HTML between the paragraphs: a table is kept, reduced to what lessons have; the rest is left out."""
    raw = token.content
    token.content = ""
    if not re.sub(r"<!--.*?(?:-->|\Z)", "", raw, flags=re.DOTALL).strip():
        return  # a comment of the author's
    if re.search(r"<table\b", raw, re.IGNORECASE):
        token.content = nh3.clean(raw, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"})
        notes.append(Note(_("A table in HTML was reduced to rows and cells."), place))
        return
    notes.append(Note(_("HTML was left out: “%(text)s”.") % {"text": raw.strip()[:60]}, place))


def _children(
    tokens: list[Token], place: int, notes: list[Note], keep: Callable[[bytes, str, int], str], pictures: Pictures
) -> None:
    for token in tokens:
        if token.type == "softbreak" or token.type == "hardbreak":
            place += 1
        elif token.type == "html_inline":
            _raw_inline(token, place, notes)
        elif token.type == "image":
            _image(token, place, notes, keep, pictures)
        elif token.type == "code_inline":
            notes.append(Note(_("“%(text)s”: type of fixed width became plain text.") % {"text": token.content[:40]}, place))
        elif token.type == "s_open":
            notes.append(Note(_("Text that was struck through became plain text."), place))
        elif token.type == "link_open" and not re.match(r"https?://|mailto:", str(token.attrGet("href") or ""), re.IGNORECASE):
            notes.append(Note(_("The link to “%(address)s” was left out: lessons link to web addresses only.")
                              % {"address": str(token.attrGet("href"))[:60]}, place))  # fmt: skip


def _raw_inline(token: Token, place: int, notes: list[Note]) -> None:
    tag = token.content.strip().lower()
    if re.fullmatch(r"<br\s*/?>|</?(?:sub|sup)>", tag) or tag.startswith("<!--"):
        token.content = "" if tag.startswith("<!--") else tag
        return
    token.content = ""
    if not tag.startswith("</"):
        notes.append(Note(_("HTML was left out: “%(text)s”.") % {"text": tag[:60]}, place))


def _image(token: Token, place: int, notes: list[Note], keep: Callable[[bytes, str, int], str], pictures: Pictures) -> None:
    address = str(token.attrGet("src") or "")
    data, name = None, address
    if found := _DATA.match(address):
        name = ""
        try:
            data = base64.b64decode(found[1].replace("%2B", "+").replace("%2F", "/").replace("%3D", "="), validate=True)
        except (binascii.Error, ValueError):
            notes.append(Note(_("A picture inside the text could not be read."), place))
    elif not re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.IGNORECASE):
        data = pictures(address)
        if data is None:
            notes.append(Note(_("The picture “%(name)s” did not come along. Upload text and pictures together as one ZIP, or add "
                                "it in the editor.") % {"name": address[:80]}, place))  # fmt: skip
    else:
        notes.append(Note(_("The picture at “%(name)s” lies elsewhere and is not fetched; add it in the editor.")
                          % {"name": address[:80]}, place))  # fmt: skip
    kept = keep(data, name, place) if data else ""
    token.attrSet("src", kept)
    if not kept:
        token.type, token.tag, token.content, token.children = "text", "", "", None
