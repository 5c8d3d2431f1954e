"""Cuts the tree of a manuscript into pieces that stand below each other: headings, paragraphs, lists, quotes, tables,
pictures. Says where something is lost."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .notes import Note
from .tree import BLOCKS, Node, inline, lines, plain, tidy

HEADING, TEXT, LIST, QUOTE, TABLE, PICTURE = "heading", "text", "list", "quote", "table", "picture"
CAPTION = re.compile(r"(?:图|圖|Figure|Fig\.)\s*[\d一二三四五六七八九十]*(?:[-.．]\d+)?\s*[：:.．、 \u3000]\s*\S", re.IGNORECASE)


@dataclass
class Piece:
    """kind: one of the words above; html: what a lesson shows; lines: its text as typed, for the conventions;
    node: of a list, for the conventions; picture: its name, alt: words instead of it."""

    kind: str
    place: int
    html: str = ""
    level: int = 0
    lines: list[str] = field(default_factory=list)
    node: Node | None = None
    picture: str = ""
    alt: str = ""
    caption: str = ""

    @property
    def text(self) -> str:
        return tidy("\n".join(self.lines))


def pieces(root: Node, notes: list[Note]) -> list[Piece]:
    """Return the pieces in reading order. Nodes of the top carry `data-place`; those without count on from the last."""
    found: list[Piece] = []
    place = 0
    for node in _tops(root.children):
        place = _place(node, place + 1)
        found += _of(node, place, notes)
    return [piece for piece in _captions(found) if piece.kind == PICTURE or piece.html]


def _place(node: Node, otherwise: int) -> int:
    value = node.attrs.get("data-place", "")
    return int(value) if value.isdigit() and len(value) < 9 else otherwise


def _tops(children: Iterable[Node | str]) -> list[Node]:
    """The blocks at the top; text that stands between them becomes paragraphs."""
    out: list[Node] = []
    loose: list[Node | str] = []
    for child in [*children, Node("end")]:
        if isinstance(child, Node) and (child.tag in BLOCKS or child.tag == "end"):
            if plain(loose) or any(isinstance(n, Node) and n.tag == "img" for n in loose):
                out.append(Node("p", {}, loose))
            loose = []
            out += _tops(child.children) if child.tag == "div" else [child]
        else:
            loose.append(child)
    return out[:-1]


def _of(node: Node, place: int, notes: list[Note]) -> list[Piece]:
    pictures = [inner for inner in node.walk() if inner.tag == "img"]
    text = lines(node.children)
    own: list[Piece] = []
    if re.fullmatch(r"h[1-6]", node.tag):
        own = [Piece(HEADING, place, plain(node.children), int(node.tag[1]), text)]
    elif node.tag in ("ul", "ol"):
        own = [Piece(LIST, place, list_html(node), lines=text, node=node)]
    elif node.tag == "blockquote":
        inner = "<br/>".join(html for child in _tops(node.children) if (html := _line(child)))
        own = [Piece(QUOTE, place, f"<blockquote>{inner}</blockquote>" if inner else "", lines=text)]
        if any(child.tag in ("ul", "ol", "table", "h1", "h2", "h3") for child in node.walk()):
            notes.append(Note(_("Lists, tables and headings inside a quotation became plain lines."), place))
    elif node.tag == "table":
        own = [_table(node, place, text, notes)]
    elif node.tag == "pre":
        kept = "<br/>".join(inline([line]) for line in _raw_lines(node))
        own = [Piece(TEXT, place, f"<p>{kept}</p>" if kept else "", lines=text)]
        notes.append(Note(_("A block of code became plain lines: lessons have no type of fixed width."), place))
    elif node.tag == "hr":
        notes.append(Note(_("A dividing line was left out; use a heading to divide."), place))
    elif text:
        html = inline(node.children).strip()
        own = [Piece(TEXT, place, f"<p>{html}</p>" if html else "", lines=text, caption=_class(node))]
    if pictures and text:
        notes.append(Note(_("A picture inside text was put behind it."), place))
    return own + [
        Piece(PICTURE, place, picture=img.attrs.get("src", ""), alt=tidy(img.attrs.get("alt", ""))[:255],
              caption=tidy(img.attrs.get("title", ""))[:255])
        for img in pictures
    ]  # fmt: skip


def _class(node: Node) -> str:
    """Word's own style of captions; a paragraph marks itself with it for `_captions`."""
    return "caption" if node.attrs.get("class") == "caption" else ""


def _line(node: Node) -> str:
    """One paragraph of a quotation; of a list or a table its lines."""
    if node.tag in ("ul", "ol", "table"):
        return "<br/>".join(inline([line]) for line in lines(node.children))
    return inline(node.children).strip()


def _raw_lines(node: Node) -> list[str]:
    text = "".join(child if isinstance(child, str) else plain(child.children) for child in node.children)
    return [line for line in text.split("\n") if line.strip()]


def list_html(node: Node) -> str:
    """A list as rich text: each point its words, then the lists below it."""
    out = []
    for item in node.nodes:
        if item.tag != "li":
            continue
        words = [child for child in item.children if not (isinstance(child, Node) and child.tag in ("ul", "ol"))]
        inner = "".join(list_html(child) for child in item.nodes if child.tag in ("ul", "ol"))
        own = inline(words).strip()
        out.append(f"<li>{own}{inner}</li>" if own or inner else "")
    return f"<{node.tag}>{''.join(out)}</{node.tag}>" if any(out) else ""


def _table(node: Node, place: int, text: list[str], notes: list[Note]) -> Piece:
    if any(inner.tag == "table" for inner in node.walk() if inner is not node):
        notes.append(Note(_("A table inside a table became lines of its cell."), place))
        for cell in node.walk():
            if cell.tag in ("td", "th"):
                cell.children = [_flat(child) for child in cell.children]
    rows = [row for row in node.walk() if row.tag == "tr"]
    if rows and not any(cell.tag == "th" for cell in node.walk()):
        notes.append(Note(_("The table has no heading row; its first row was taken as one."), place))
        for cell in rows[0].nodes:
            cell.tag = "th" if cell.tag == "td" else cell.tag
    body = "".join(inline([row], cells=True) for row in rows)
    return Piece(TABLE, place, f"<table>{body}</table>" if text else "", lines=text)


def _flat(child: Node | str) -> Node | str:
    if isinstance(child, str):
        return child
    if child.tag != "table":
        child.children = [_flat(inner) for inner in child.children]
        return child
    cells = [line for cell in child.walk() if cell.tag in ("td", "th") for line in lines(cell.children)]
    return Node("p", {}, ["；".join(cells)])


def _captions(found: list[Piece]) -> list[Piece]:
    """A short paragraph right behind (or, in Word's style, before) a picture that begins like a caption goes to it."""
    out: list[Piece] = []
    before: Piece | None = None  # a caption that stands above its picture
    for piece in found:
        styled = piece.kind == TEXT and piece.caption == "caption"
        last = out[-1] if out else None
        looks = styled or (piece.kind == TEXT and len(piece.text) <= 120 and CAPTION.match(piece.text))
        if looks and last is not None and last.kind == PICTURE and not last.caption:
            last.caption = piece.text[:255]
            continue
        if piece.kind == PICTURE and not piece.caption and before is not None and last is before:
            piece.caption = before.text[:255]
            out.pop()
        before = piece if styled else None
        out.append(piece)
    return out
