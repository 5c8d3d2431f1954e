"""The copy of a file that others see: the same content without what names its author. Knows no database.

PDF (Info, XMP, names on notes), Office files (docProps, authors of comments and changes, paths), pictures (EXIF), and the same
inside a ZIP, whose entries get neutral names. What is written in the text itself stays.
"""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

from curriculum.package import read_entry, safe_entries
from lms.lib.pictures import without_metadata

MAX_PART = 100 * 1024**2
PICTURES = ("jpg", "jpeg", "png")
EPOCH = (1980, 1, 1, 0, 0, 0)
AUTHOR = "Author"
_ATTRIBUTES = re.compile(
    rb'(\s(?:w:author|w:initials|w15:author|w15:userId|w15:providerId|userId|providerId|displayName|initials|userName|author)=)"[^"]*"'
)
_NAMED = re.compile(rb'(<(?:p:cmAuthor|p188:author)\b[^>]*?\sname=)"[^"]*"')
_ELEMENTS = re.compile(rb"(<(?:\w+:)?(author|Company|Manager)\b[^>]*>)[^<]*(</)")
_PATHS = re.compile(rb"<(\w+:)?absPath\b[^>]*/>")
_THUMBNAIL = re.compile(rb'<Relationship\b[^>]*(?:metadata/thumbnail|custom-properties)"[^>]*/>')
_CUSTOM = re.compile(rb'<Override\b[^>]*docProps/(?:custom\.xml|thumbnail[^"]*)"[^>]*/>')
_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)


def clean(extension: str, data: bytes) -> bytes:
    """Return the file without its author. Raises whatever a broken file makes a reader raise: then there is no copy."""
    how: dict[str, Callable[[bytes], bytes]] = {
        "pdf": _pdf, "docx": _office, "xlsx": _office, "pptx": _office, "zip": _zip, **dict.fromkeys(PICTURES, _picture),
    }  # fmt: skip
    return how.get(extension, bytes)(data)


def _picture(data: bytes) -> bytes:
    return without_metadata(data)


def _pdf(data: bytes) -> bytes:
    import pikepdf  # a quarter of a second, for the worker that opens such a file and for nobody else's start

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        for name in ("/Metadata", "/PieceInfo", "/OpenAction", "/AA"):
            if name in pdf.Root:
                del pdf.Root[name]
        if "/Names" in pdf.Root:
            for name in ("/JavaScript", "/EmbeddedFiles"):
                if name in pdf.Root.Names:
                    del pdf.Root.Names[name]
        for thing in pdf.objects:
            _forget(thing)
        pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _forget(thing: Any) -> None:
    import pikepdf

    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    for name in ("/Metadata", "/PieceInfo", "/LastModified"):
        if name in thing:
            del thing[name]
    if "/Annots" in thing:
        for note in list(thing.get("/Annots", [])):
            if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") != "/Widget" and "/T" in note:
                del note["/T"]  # who wrote the note
    if thing.get("/Type") == "/Annot" and thing.get("/Subtype") != "/Widget" and "/T" in thing:
        del thing["/T"]


def _office(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        for name, info in safe_entries(archive).items():
            if name.startswith("docProps/") and name not in ("docProps/core.xml", "docProps/app.xml"):
                continue
            part = read_entry(archive, info, MAX_PART)
            kept.writestr(zipfile.ZipInfo(name, EPOCH), _part(name, part), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _part(name: str, data: bytes) -> bytes:
    if name == "docProps/core.xml":
        return _CORE
    if name == "docProps/app.xml":
        return _APP
    if name.endswith(".rels"):
        return _THUMBNAIL.sub(b"", data)
    if name == "[Content_Types].xml":
        return _CUSTOM.sub(b"", data)
    if name.endswith(".xml"):
        data = _ATTRIBUTES.sub(rb'\1"' + AUTHOR.encode() + b'"', data)
        data = _NAMED.sub(rb'\1"' + AUTHOR.encode() + b'"', data)
        return _PATHS.sub(b"", _ELEMENTS.sub(rb"\1" + AUTHOR.encode() + rb"\3", data))
    if name.lower().endswith((".jpg", ".jpeg", ".png")):
        try:
            return without_metadata(data)
        except Exception:  # not what its name says: it is drawn or not as before
            return data
    return data


def _zip(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        for place, (name, info) in enumerate(safe_entries(archive).items(), start=1):
            extension = name.rpartition(".")[2].lower()
            part = clean(extension, read_entry(archive, info, MAX_PART)) if extension != "zip" else b""
            kept.writestr(zipfile.ZipInfo(f"{place}.{extension}", EPOCH), part, zipfile.ZIP_DEFLATED)
    return target.getvalue()
