"""A small tree of HTML, and the way back to the HTML that lessons take: known tags, checked addresses, all text escaped."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from lms.lib.xmltext import plain_text

VOID = {"br", "hr", "img"}
BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "blockquote", "pre", "hr", "div"}
MAX_DEPTH = 40  # deeper than any manuscript; what stands deeper keeps its text
_TURNED = {"strong": "b", "b": "b", "em": "i", "i": "i"}
_CELLS = {"table", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "caption"}
_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\u201c\u201d\u2018\u2019\u2014\u2026]"
_SOFT_BREAK = re.compile(rf"(?<={_CJK})[ \t]*\n[ \t]*(?={_CJK})")
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


@dataclass
class Node:
    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def nodes(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    def walk(self) -> Iterator["Node"]:
        """The node and everything below it, in reading order."""
        yield self
        for child in self.nodes:
            yield from child.walk()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(self.open) > MAX_DEPTH and tag not in VOID:
            return
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(plain_text(data))


def parse(html: str) -> Node:
    """Return the tree of the HTML; whatever does not fit is closed where it stands."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def tidy(text: str) -> str:
    """Text on one line: a line that breaks between two Chinese characters leaves no gap."""
    return re.sub(r"\s+", " ", _SOFT_BREAK.sub("", text)).strip()


def plain(nodes: Iterable[Node | str]) -> str:
    """The text of the nodes, on one line."""
    return tidy(_plain(nodes))


def lines(nodes: Iterable[Node | str]) -> list[str]:
    """The text of the nodes, line by line as it was typed; empty lines left out."""
    return [line for raw in _plain(nodes).split("\n") if (line := tidy(raw))]


def _plain(nodes: Iterable[Node | str]) -> str:
    out = []
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif node.tag == "br":
            out.append("\n")
        elif node.tag in ("sup", "sub"):
            out.append(_script(node))
        elif node.tag != "img":
            out.append(_plain(node.children) + ("\n" if node.tag in BLOCKS else ""))
    return "".join(out)


def _script(node: Node) -> str:
    """Superscript and subscript by characters that have it; a reference to a note stays as it is."""
    text = tidy(_plain(node.children))
    table = _RAISED if node.tag == "sup" else _LOWERED
    return text.translate(table) if text and all(ord(c) in table for c in text) else text


def address(href: str) -> str:
    """The address if it is one that lessons link to, else nothing."""
    href = href.strip()
    return href if re.match(r"(?:https?://[^\s\"<>]+|mailto:[^\s\"<>@]+@[^\s\"<>]+)\Z", href, re.IGNORECASE) else ""


def inline(nodes: Iterable[Node | str], *, cells: bool = False) -> str:
    """HTML of what stands in a paragraph: bold, italic, links, breaks. cells: lists and inner tables' parts too."""
    out = []
    for node in nodes:
        if isinstance(node, str):
            out.append(escape(re.sub(r"\s+", " ", _SOFT_BREAK.sub("", node)), quote=False))
        elif node.tag == "br":
            out.append("<br/>")
        elif node.tag in _TURNED:
            inner, tag = inline(node.children, cells=cells), _TURNED[node.tag]
            out.append(f"<{tag}>{inner}</{tag}>" if inner.strip() else inner)
        elif node.tag == "a" and (href := address(node.attrs.get("href", ""))):
            out.append(f'<a href="{escape(href)}">{inline(node.children, cells=cells)}</a>')
        elif node.tag in ("sup", "sub"):
            out.append(escape(_script(node), quote=False))
        elif cells and node.tag in _CELLS:
            spans = {name: node.attrs.get(name, "") for name in ("colspan", "rowspan") if node.tag in ("td", "th")}
            kept = "".join(f' {name}="{value}"' for name, value in spans.items() if re.fullmatch(r"[1-9]\d?", value))
            scope = ' scope="col"' if node.tag == "th" else ""
            inner = node.nodes if node.tag in ("table", "thead", "tbody", "tr", "ul", "ol") else node.children
            out.append(f"<{node.tag}{scope}{kept}>{inline(inner, cells=True).strip()}</{node.tag}>")
        elif node.tag != "img":
            between = " " if node.tag in BLOCKS and out and not cells else ""
            if cells and node.tag == "p" and out and not out[-1].endswith((">", " ")):
                between = "<br/>"
            out.append(between + inline(node.children, cells=cells))
    return "".join(out)
