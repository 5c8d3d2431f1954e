"""The way in: a file or a pasted text becomes a `Reading`: lessons, pictures and notes. Raises `Refused`, nothing else."""

import hashlib
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _
from PIL import Image as Photo

from ..package import Unreadable, read_entry, safe_entries
from . import markdown, word
from .lessons import LessonDraft, lessons
from .notes import Note, Refused
from .pieces import pieces
from .tree import parse

WORD, MARKDOWN, ZIP = "docx", "md", "zip"
NAMES = {".docx": WORD, ".md": MARKDOWN, ".markdown": MARKDOWN, ".txt": MARKDOWN, ".zip": ZIP}
MAX_BYTES = 40 * 1024 * 1024
FORMATS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif"}
MAX_PICTURE = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_PICTURES = 100


@dataclass(frozen=True)
class Picture:
    """A picture of the manuscript. key: SHA-256 of its bytes in hex; suffix: by what it is."""

    key: str
    data: bytes
    suffix: str
    width: int
    height: int
    name: str = ""


@dataclass
class Reading:
    """What stands in a manuscript. unit: what the places of notes count, "line" or "paragraph"."""

    lessons: list[LessonDraft]
    unit: str
    near: dict[int, str] = field(default_factory=dict)  # how the text at a place begins
    pictures: dict[str, Picture] = field(default_factory=dict)
    general: list[Note] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "general": [note.as_json() for note in self.general],
            "lessons": [lesson.as_json(self.near) for lesson in self.lessons],
            "pictures": {key: {"suffix": p.suffix, "width": p.width, "height": p.height, "name": p.name}
                         for key, p in self.pictures.items()},
        }  # fmt: skip


def kind_of(name: str) -> str:
    """Which reader a file of this name goes to. Raises Refused."""
    suffix = PurePosixPath(name.replace("\\", "/").lower()).suffix
    if suffix in (".doc", ".docm", ".dotm", ".wps", ".odt", ".rtf", ".pages"):
        raise Refused(_("Open the file in your word processor and save it as .docx."))
    if suffix not in NAMES:
        raise Refused(_("A manuscript is a Word file (.docx), Markdown (.md), or a ZIP of Markdown and its pictures."))
    return NAMES[suffix]


def read(data: bytes, *, kind: str, title: str, split: bool) -> Reading:
    """Read a manuscript. kind: docx, md or zip; title: of the lesson when the text names none. Raises Refused."""
    if len(data) > MAX_BYTES:
        raise Refused(_("The file is too large: %(limit)s MB is the most.") % {"limit": MAX_BYTES // 2**20})
    if not data.strip():
        raise Refused(_("The file is empty."))
    shelf = Shelf()
    notes = shelf.notes
    if kind == WORD:
        if not data.startswith(b"PK\x03\x04"):
            raise Refused(_("This is not a Word file that can be read. Save it in Word as .docx."))
        root, footnotes = word.to_tree(data, notes, shelf.keep)
    else:
        text, along = (markdown.decoded(data), {}) if kind == MARKDOWN else _unpacked(data, notes)
        html, footnotes = markdown.to_html(text, notes, shelf.keep, lambda path: _beside(along, path))
        root = parse(html)
    found = pieces(root, notes)
    drafts = lessons(found, title=title, split=split, footnotes=footnotes, notes=[note for note in notes if note.place])
    used = {block["value"]["image"] for draft in drafts for block in draft.body if block["type"] == "figure"}
    return Reading(
        drafts, "paragraph" if kind == WORD else "line", {piece.place: piece.text[:30] for piece in found},
        {k: p for k, p in shelf.pictures.items() if k in used},
        [note for note in notes if not note.place],
    )  # fmt: skip


class Shelf:
    """The pictures of one manuscript, each looked at before it is kept."""

    def __init__(self) -> None:
        self.pictures: dict[str, Picture] = {}
        self.notes: list[Note] = []

    def keep(self, data: bytes, name: str, place: int) -> str:
        key = hashlib.sha256(data).hexdigest()
        if key in self.pictures:
            return key
        shown = PurePosixPath(unquote(name)).name[:60]
        if len(self.pictures) >= MAX_PICTURES:
            self.notes.append(Note(_("More than %(most)s pictures: the rest was left out.") % {"most": MAX_PICTURES}, place))
            return ""
        found = look_at(data)
        if found is None:
            self.notes.append(Note(_("A picture could not be taken (PNG, JPEG, WebP or GIF of at most %(size)s MB): “%(name)s”.")
                                   % {"size": MAX_PICTURE // 2**20, "name": shown or "?"}, place))  # fmt: skip
            return ""
        suffix, width, height = found
        self.pictures[key] = Picture(key, data, suffix, width, height, shown)
        return key


def look_at(data: bytes) -> tuple[str, int, int] | None:
    """Return suffix, width and height of a picture we take, by its content; None for anything else."""
    if len(data) > MAX_PICTURE:
        return None
    try:
        with Photo.open(BytesIO(data), formats=list(FORMATS)) as photo:
            suffix, (width, height) = FORMATS[photo.format or ""], photo.size
            if width * height > MAX_PIXELS or min(width, height) < 2:
                return None
            photo.verify()
        with Photo.open(BytesIO(data), formats=list(FORMATS)) as photo:
            photo.load()  # what can't be drawn is found here, not when a lesson is opened
    except Exception:  # Pillow raises whatever the file makes it raise
        return None
    return suffix, width, height


def _unpacked(data: bytes, notes: list[Note]) -> tuple[str, dict[str, bytes]]:
    """The one text of a ZIP and the pictures beside it, by path."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = {n: i for n, i in safe_entries(archive).items() if not n.startswith("__MACOSX/") and "/." not in f"/{n}"}
            texts = [name for name in entries if name.lower().endswith((".md", ".markdown"))]
            if len(texts) != 1:
                raise Refused(_("The ZIP has to hold exactly one Markdown file; it holds %(count)s.") % {"count": len(texts)})
            text = markdown.decoded(read_entry(archive, entries[texts[0]], markdown.MAX_TEXT + 1))
            along = {}
            for name, info in entries.items():
                if name.lower().endswith((".png", ".jpg", ".jpeg", ".webp", ".gif")) and info.file_size <= MAX_PICTURE:
                    along[name] = read_entry(archive, info, MAX_PICTURE)
                elif name != texts[0]:
                    notes.append(Note(_("%(what)s was left out: “%(name)s”.")
                                      % {"what": _("A file that is no picture we take"), "name": name[-60:]}))  # fmt: skip
            return text, along
    except Unreadable as problem:
        raise Refused(problem.text) from problem
    except Refused:
        raise
    except Exception as error:  # a broken archive raises many things
        raise Refused(_("This is not a ZIP file that can be read.")) from error


def _beside(along: dict[str, bytes], path: str) -> bytes | None:
    """The picture a text names by a relative path; found by its end when folders differ."""
    wanted = unquote(path).replace("\\", "/").lstrip("./")
    for name in along:
        if name == wanted or name.endswith("/" + wanted):
            return along[name]
    tail = wanted.rpartition("/")[2]
    fits = [name for name in along if name.rpartition("/")[2] == tail]
    return along[fits[0]] if len(fits) == 1 else None
