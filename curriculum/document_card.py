"""What a page says of a document: name, kind, size, pages, where to take it from, and a look at it."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .document_preview import FAILED, kind_of_name, previewable

KINDS = {
    "pdf": "PDF",
    "docx": _("Word document"),
    "xlsx": _("Excel workbook"),
    "pptx": _("PowerPoint slides"),
    "txt": _("text file"),
    "csv": _("table (CSV)"),
    "zip": _("ZIP archive"),
    "mp4": _("film"),
    "webm": _("film"),
    "vtt": _("captions"),
}


@dataclass(frozen=True)
class Card:
    """look: "page", "rows", "text", "waiting", "failed", "none" (this kind has none here) or "" (not wanted)."""

    title: str
    kind: str
    size: int
    url: str
    pages: int | None = None
    look: str = ""
    image: dict[str, Any] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    text: str = ""
    more: bool = False


def card(value: Any) -> Card | None:
    """Return what a document's block shows; None without a document. One query when a look at it is wanted."""
    document = value.get("document")
    if not document:
        return None
    kind = kind_of_name(document.filename)
    said = {"title": value.get("title") or document.title, "kind": KINDS.get(kind, kind.upper())}
    if hasattr(document, "page_url"):  # an example (`examples.py`)
        image = {"src": document.page_url, "width": 794, "height": 1123}
        return Card(**said, size=document.size, url="#", pages=document.pages, look="page", image=image)
    said |= {"size": _size(document), "url": document.url}
    preview = getattr(document, "preview", None) if previewable(document.filename) else None
    pages = preview.pages if preview else None
    if not value.get("preview", True):
        return Card(**said, pages=pages)
    if preview is None:
        return Card(**said, look="waiting" if previewable(document.filename) else "none")
    if preview.image:
        image = {"src": reverse("document_page", args=[document.pk]), "width": preview.width, "height": preview.height}
        return Card(**said, pages=pages, look="page", image=image)
    if preview.rows or preview.text:
        look = "rows" if preview.rows else "text"
        return Card(**said, look=look, rows=preview.rows, text=preview.text, more=preview.more)
    return Card(**said, pages=pages, look=preview.state if preview.state in ("waiting", FAILED) else "none")


def _size(document: Any) -> int:
    return document.get_file_size() or 0
