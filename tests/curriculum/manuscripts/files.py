"""Manuscripts for tests: small pictures, Word files with whatever inside."""

import io
import zipfile

from PIL import Image

from curriculum.manuscripts.markdown import to_html
from curriculum.manuscripts.reading import Shelf
from curriculum.manuscripts.write_docx import docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def png(colour: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def word(text: str, picture: bytes | None = None) -> bytes:
    """A Word file that says what the Markdown says."""
    shelf = Shelf()
    html, footnotes = to_html(text, shelf.notes, shelf.keep, lambda _path: picture)
    return docx(html, footnotes, shelf.pictures)


def zipped(files: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def changed(data: bytes, changes: dict[str, bytes | str | None]) -> bytes:
    """The Word file with parts put in, replaced or (None) taken out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()} | changes
    return zipped({name: content for name, content in files.items() if content is not None})


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()
