"""A file without who wrote it: for readers who shall judge or comment on work and not know whose it is.

What stands in the text itself is not touched. What can't be read to its end is not handed on at all.
"""

import io
import re
import zipfile

from django.core.exceptions import ValidationError

from .pictures import without_metadata

PICTURES = {"png", "jpg"}
OFFICE = {"docx", "xlsx", "pptx"}
PLAIN = {"txt", "csv"}
BROKEN = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError)
MOST = 60 * 1024**2  # of one part of an Office file, unpacked

_PROPERTIES = re.compile(r"^docProps/(?:core|app|custom)\.xml$")
_PEOPLE = re.compile(r"(?:^|/)(?:people|persons?/.*|commentAuthors|authors)\.xml$", re.IGNORECASE)
_ATTRIBUTES = re.compile(rb'\b((?:w:|w15:)?(?:author|initials|userId|displayName|name|lastModifiedBy))="[^"]*"')
_AUTHORS = re.compile(rb"<((?:\w+:)?author)>[^<]*</")  # of comments in workbooks
_OF_CHANGES = re.compile(rb'\b(w:(?:author|initials))="[^"]*"')
_TEXTS = re.compile(rb">[^<]+<")


class NotBlind(Exception):
    """The file can't be freed of who wrote it."""


def blind(data: bytes, extension: str) -> bytes:
    """Return the file without author, editor, company, device and place. Raises NotBlind."""
    if extension in PLAIN:
        return data
    try:
        if extension in PICTURES:
            return without_metadata(data)
        if extension == "pdf":
            return _pdf(data)
        if extension in OFFICE:
            return _office(data)
    except (*BROKEN, ValidationError) as error:
        raise NotBlind from error
    raise NotBlind  # an archive holds whatever it holds


def _pdf(data: bytes) -> bytes:
    import pikepdf  # a quarter of a second, for the few who open such a file

    target = io.BytesIO()
    try:
        document = pikepdf.open(io.BytesIO(data))
    except pikepdf.PdfError as error:
        raise NotBlind from error
    with document:
        _forget(document)
        document.save(target, fix_metadata_version=False)
    return target.getvalue()


def _forget(document) -> None:
    for name in ("/Info", "/ID"):
        if name in document.trailer:
            del document.trailer[name]
    for part in (document.Root, *document.pages):
        for name in ("/Metadata", "/PieceInfo"):
            if name in part:
                del part[name]
    for page in document.pages:
        for note in page.get("/Annots", []):
            if "/T" in note:  # who wrote a comment
                del note["/T"]
    document.remove_unreferenced_resources()


def _office(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        for entry in archive.infolist():
            if entry.file_size > MOST:
                raise NotBlind
            part = archive.read(entry)
            if _PROPERTIES.match(entry.filename):
                part = _TEXTS.sub(b"><", part)
            elif _PEOPLE.search(entry.filename):
                part = _ATTRIBUTES.sub(rb'\1=""', part)
            elif entry.filename.endswith(".xml"):
                part = _AUTHORS.sub(rb"<\1></", _OF_CHANGES.sub(rb'\1=""', part))
            kept.writestr(zipfile.ZipInfo(entry.filename), part, zipfile.ZIP_DEFLATED)
    return target.getvalue()
