"""A course's segments as XLIFF 2.1 (OASIS), for translation programs: written, and read back with every problem named.

One `file` a page, one `unit` a segment; markup stands as text in source and target. Knows no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
STATES = {"empty": "initial", "draft": "translated", "done": "reviewed", "approved": "final"}
DONE = {"reviewed", "final"}  # of what comes back: the translator has finished with it
MAX_BYTES = 20 * 1024 * 1024


class Unreadable(Exception):
    """The file is no XLIFF 2 from Chinese to English; the message says why, in the reader's words."""


@dataclass(frozen=True)
class Unit:
    """page: its id; key, source, target as the segment has them; state: of the segment when written."""

    page: int
    title: str
    key: str
    source: str
    target: str
    state: str


@dataclass(frozen=True)
class Brought:
    """What a file says of one segment. done: its translator has finished with it."""

    page: str
    key: str
    source: str
    target: str
    done: bool


def write(units: Iterable[Unit]) -> bytes:
    root = Element("xliff", {"xmlns": NAMESPACE, "version": "2.0", "srcLang": "zh-Hans", "trgLang": "en"})
    files: dict[int, Element] = {}
    for number, unit in enumerate(units, 1):
        if unit.page not in files:
            files[unit.page] = SubElement(root, "file", {"id": f"page-{unit.page}", "original": unit.title})
        element = SubElement(files[unit.page], "unit", {"id": f"u{number}", "name": unit.key})
        segment = SubElement(element, "segment", {"state": STATES[unit.state]})
        SubElement(segment, "source", {XML_SPACE: "preserve"}).text = unit.source
        if unit.target:
            SubElement(segment, "target", {XML_SPACE: "preserve"}).text = unit.target
    indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")


def read(data: bytes) -> list[Brought]:
    """Return what a file brings, in its order. Raises Unreadable."""
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(_("This is no XML file that can be read.")) from error
    if root.tag != f"{{{NAMESPACE}}}xliff":
        raise Unreadable(_("This is no XLIFF 2 file."))
    if not (root.get("srcLang", "").lower().startswith("zh") and root.get("trgLang", "").lower().startswith("en")):
        raise Unreadable(_("The file has to go from Chinese to English."))
    found = []
    for file in root.iter(f"{{{NAMESPACE}}}file"):
        for unit in file.iter(f"{{{NAMESPACE}}}unit"):
            segments = list(unit.iter(f"{{{NAMESPACE}}}segment"))
            source, target = ("".join(_text(s, name) for s in segments) for name in ("source", "target"))
            done = bool(segments) and all(s.get("state") in DONE for s in segments)
            found.append(Brought(file.get("id", "").removeprefix("page-"), unit.get("name", ""), source, target, done))
    return found


def _text(segment: Element, name: str) -> str:
    element = segment.find(f"{{{NAMESPACE}}}{name}")
    return "" if element is None else "".join(element.itertext())
