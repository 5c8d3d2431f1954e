"""A Word file to HTML with places, by mammoth; footnotes become numbers in brackets."""

import re
from collections.abc import Callable
from io import BytesIO

import mammoth
from django.utils.translation import gettext as _

from .notes import Note, Refused
from .safe_docx import safe_docx
from .tree import Node, inline, parse, plain

STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='caption'] => p.caption:fresh
p[style-name='Caption'] => p.caption:fresh
b => strong
i => em
u => em
strike => s
"""
_STYLE = re.compile(r"Unrecognised (paragraph|run) style: '?(.*?)'? \(Style ID: ")
_ELEMENT = re.compile(r"An unrecognised element was ignored: (\S+)")
# Parts of the text that mammoth names though nothing is lost by them.
_QUIET = ("m:", "office-word:wrap", "w14:", "wp14:",
          "{http://schemas.microsoft.com/office/word/2010", "v:", "mc:", "a:", "w:")  # fmt: skip


def to_tree(data: bytes, notes: list[Note], keep: Callable[[bytes, str, int], str]) -> tuple[Node, dict[str, str]]:
    """Return the tree of the text, its top nodes numbered by paragraph, and the footnotes by number. Raises Refused.

    keep(bytes, name, place) takes a picture and returns its name, "" when it is refused.
    """
    safe = safe_docx(data, notes)

    def picture(image) -> dict[str, str]:
        with image.open() as stream:
            return {"src": keep(stream.read(), "", 0)}

    try:
        result = mammoth.convert(
            BytesIO(safe), style_map=STYLES, convert_image=mammoth.images.img_element(picture),
            include_embedded_style_map=False, external_file_access=False,
        )  # fmt: skip
        root = parse(result.value)
    except Refused:
        raise
    except Exception as error:  # mammoth raises whatever the file makes it raise
        raise Refused(_("This is not a Word file that can be read. Save it in Word as .docx.")) from error
    for number, node in enumerate(root.nodes, start=1):
        node.attrs["data-place"] = str(number)
    _messages(result.messages, notes)
    for node in root.walk():
        node.children = [c for c in node.children if not (isinstance(c, Node) and c.tag == "img" and not c.attrs.get("src"))]
    return root, _take_footnotes(root)


def _messages(messages, notes: list[Note]) -> None:
    seen = set()
    for message in messages:
        style, element = _STYLE.match(message.message), _ELEMENT.match(message.message)
        if style and style[1] == "paragraph" and style[2] not in seen:
            seen.add(style[2])
            notes.append(Note(_("Paragraphs of the style “%(name)s” became plain paragraphs.") % {"name": style[2][:60]}))
        elif element and not element[1].startswith(_QUIET) and element[1] not in seen:
            seen.add(element[1])
            said = _("Something in the file was not understood and left out: “%(name)s”.")
            notes.append(Note(said % {"name": element[1][:60]}))


def _take_footnotes(root: Node) -> dict[str, str]:
    """mammoth writes notes as a list at the end; take it off and turn the marks into [1], [2] …"""
    for node in root.walk():
        for child in node.nodes:
            if child.tag == "a" and re.match(r"#(?:foot|end)note-(?!ref)", child.attrs.get("href", "")):
                number = re.sub(r"\D", "", plain(child.children)) or "1"
                child.tag, child.attrs, child.children = "span", {}, [f"[{number}]"]
    found = {}
    last = root.nodes[-1] if root.nodes else None
    if last is not None and last.tag == "ol" and any(_is_note(item) for item in last.nodes):
        for number, item in enumerate(last.nodes, start=1):
            for node in item.walk():
                node.children = [child for child in node.children if not _is_way_back(child)]
            found[str(number)] = inline(item.children).strip()
        root.children.remove(last)
    return found


def _is_way_back(child: Node | str) -> bool:
    return isinstance(child, Node) and child.tag == "a" and "note-ref" in child.attrs.get("href", "")


def _is_note(item: Node) -> bool:
    return re.match(r"(?:foot|end)note-", item.attrs.get("id", "")) is not None
