"""The sample manuscript for authors (`template.md`), as Word, as Markdown, and as Markdown with its picture."""

import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

from curriculum.manuscripts import markdown
from curriculum.manuscripts.reading import Shelf
from curriculum.manuscripts.write_docx import docx

from ..loader import HERE, drawing

FOLDER = Path(__file__).resolve().parent
PICTURE = "chain.png"
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown; charset=utf-8",
    "zip": "application/zip",
}


@cache
def sample(kind: str) -> bytes:
    """Return the sample manuscript. kind: docx, md (without the picture) or zip."""
    text = (FOLDER / "template.md").read_text("utf-8")
    if kind == "md":
        return re.sub(r"\n!\[.*\)\n", "", text).encode()
    picture = drawing(HERE / "figures" / "chain.svg")
    if kind == "zip":
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in [("manuscript.md", text.encode()), (PICTURE, picture)]:
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return out.getvalue()
    shelf = Shelf()
    html, footnotes = markdown.to_html(text, shelf.notes, shelf.keep, lambda _path: picture)
    return docx(html, footnotes, shelf.pictures)
