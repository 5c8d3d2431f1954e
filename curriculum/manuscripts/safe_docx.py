"""A Word file from outside, taken apart and put together again with nothing but what is read: text, styles, pictures.

Macros refuse the file; what lies outside it, programs and other files inside it are dropped, and each is named.
"""

import re
import zipfile
from io import BytesIO
from pathlib import PurePosixPath
from posixpath import normpath
from xml.etree.ElementTree import Element, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _

from ..package import Unreadable, read_entry, safe_entries
from .notes import Note, Refused

MAX_XML = 12 * 1024 * 1024
MAX_PICTURE = 10 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
READ = re.compile(r"(?:[^/]+/)?(?:document\d*|styles\d*|numbering\d*|footnotes\d*|endnotes\d*)\.xml\Z")
RELATIONS = re.compile(r"_rels/\.rels\Z|[^/]+/_rels/(?:document\d*|footnotes\d*|endnotes\d*)\.xml\.rels\Z")
PICTURES = re.compile(r"[^/]+/media/[^/]+\Z")
ROOT = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationships"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MACROS = re.compile(r"vbaproject|vbadata|macrosheets", re.IGNORECASE)


def safe_docx(data: bytes, notes: list[Note]) -> bytes:
    """Return the file as a ZIP that holds only what the reader reads. Raises Refused, in the reader's words."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _rebuilt(archive, notes)
    except Refused:
        raise
    except Unreadable as problem:
        raise Refused(problem.text) from problem
    except Exception as error:  # a broken archive raises many things
        raise Refused(_("This is not a Word file that can be read. Save it in Word as .docx.")) from error


def _rebuilt(archive: zipfile.ZipFile, notes: list[Note]) -> bytes:
    entries = safe_entries(archive)
    if sum(info.file_size for info in entries.values()) > MAX_UNPACKED:
        raise Refused(_("Unpacked, the archive would be larger than %(size)s MB.") % {"size": MAX_UNPACKED // 2**20})
    if "[Content_Types].xml" not in entries or not any(re.search(r"document\d*\.xml\Z", name) for name in entries):
        raise Refused(_("This is not a Word file that can be read. Save it in Word as .docx."))
    types = read_entry(archive, entries["[Content_Types].xml"], MAX_XML)
    if any(MACROS.search(name) for name in entries) or b"macroenabled" in types.lower():
        raise Refused(_("The file holds macros (programs). Save it without them, as .docx, and bring it again."))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name, info in entries.items():
            if name == "[Content_Types].xml" or READ.fullmatch(name):
                root = _xml(types if name[0] == "[" else read_entry(archive, info, MAX_XML), name)
                if name.endswith("document.xml"):
                    _look(root, notes)
                kept.writestr(name, tostring(root, encoding="utf-8", xml_declaration=True))
            elif RELATIONS.fullmatch(name):
                root = _relations(_xml(read_entry(archive, info, MAX_XML), name), name, notes)
                kept.writestr(name, tostring(root, encoding="utf-8", xml_declaration=True))
            elif PICTURES.fullmatch(name):
                if info.file_size > MAX_PICTURE:
                    notes.append(Note(_("The picture “%(name)s” is too large and was left out.") % {"name": _tail(name)}))
                else:
                    kept.writestr(name, read_entry(archive, info, MAX_PICTURE))
            elif (what := _dropped(name)):
                notes.append(Note(_("%(what)s was left out: “%(name)s”.") % {"what": what, "name": _tail(name)}))
    return out.getvalue()


def _tail(name: str) -> str:
    return PurePosixPath(name).name[:60]


def _dropped(name: str) -> str:
    """What a part is that is not read and may be missed; "" for settings and the like."""
    kinds = [
        (r"/embeddings/", _("A file embedded in the text")),
        (r"/activex/|/ctrlprops/", _("A control (ActiveX)")),
        (r"/afchunk|\.(?:html?|mht|rtf)\Z", _("A foreign document inside the file")),
        (r"/charts/chart\d*\.xml\Z", _("A chart")),
        (r"/diagrams/data\d*\.xml\Z", _("A drawing (SmartArt)")),
        (r"/comments\.xml\Z", _("The comments")),
        (r"/(?:header|footer)\d*\.xml\Z", ""),
    ]
    return next((what for pattern, what in kinds if re.search(pattern, name, re.IGNORECASE)), "")


def _xml(data: bytes, name: str) -> Element:
    try:
        return fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused(_("The file holds XML made to do harm (“%(name)s”).") % {"name": _tail(name)}) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise Refused(_("A part of the file can't be read (“%(name)s”).") % {"name": _tail(name)}) from error


def _relations(root: Element, name: str, notes: list[Note]) -> Element:
    """Relations to parts that stay, and links to the web; nothing else that lies outside."""
    folder = PurePosixPath(name).parent.parent
    kept = Element(ROOT)
    for relation in root:
        target, kind = relation.get("Target", ""), relation.get("Type", "").rpartition("/")[2]
        if relation.get("TargetMode", "").lower() == "external" or re.match(r"[a-z][a-z0-9+.-]+:|//|\\\\", target, re.IGNORECASE):
            if kind == "hyperlink" and re.match(r"(?:https?://|mailto:)", target, re.IGNORECASE):
                kept.append(relation)
            else:
                notes.append(Note(_("Something outside the file was not fetched (%(kind)s): “%(address)s”.")
                                  % {"kind": kind[:30] or "?", "address": target[:80]}))  # fmt: skip
            continue
        path = normpath(target.lstrip("/") if target.startswith("/") else str(folder / target))
        if READ.fullmatch(path) or PICTURES.fullmatch(path):
            kept.append(relation)
    return kept


def _look(root: Element, notes: list[Note]) -> None:
    """Name what the reader does not take from the text itself."""
    tracked = False
    for node in root.iter():
        if node.tag == f"{MATH}oMath":
            text = "".join(inner.text or "" for inner in node.iter(f"{MATH}t"))[:80]
            said = _("A formula could not be kept: “%(text)s”. Type it as text or add it as a picture.")
            notes.append(Note(said % {"text": text}))
        elif node.tag == f"{WORD}altChunk":
            notes.append(Note(_("A foreign document inside the file was left out.")))
        tracked = tracked or node.tag in (f"{WORD}ins", f"{WORD}del")
    if tracked:
        notes.append(Note(_("Tracked changes were taken as accepted.")))

