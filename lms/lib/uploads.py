"""Files people bring: checked by content, kept under neutral names, served as attachments."""

import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import structlog
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from . import antivirus
from .decoding import decoded
from .hashing import file_hash

log = structlog.get_logger("lms.uploads")

OFFICE = {
    "docx": ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
PLAIN = {"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8"}
MAGIC = {
    "pdf": (b"%PDF-", "application/pdf"),
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    "jpg": (b"\xff\xd8\xff", "image/jpeg"),
}
ZIP = {"zip": "application/zip"}
TAKEN = [*MAGIC, *OFFICE, *PLAIN, *ZIP]
MEDIA_TYPES = {k: v[1] for k, v in (MAGIC | OFFICE).items()} | PLAIN | ZIP
MAX_UNPACKED = 300 * 1024 * 1024
MAX_ENTRIES = 5000


@dataclass(frozen=True)
class CheckedFile:
    """name: as the person called it, without folders; extension: lower case, agreeing with the content.
    scan: what the virus scanner said (`antivirus`): "" (none is set up), clean, or waiting (it could not be reached)."""

    name: str
    extension: str
    media_type: str
    size: int
    sha256: str
    scan: str = ""


def check_upload(upload: UploadedFile, *, max_bytes: int, may_wait: bool = False) -> CheckedFile:
    """Return what the file is by its content. Raises ValidationError, in the reader's words, for what we don't take, and for
    what the virus scanner finds.

    may_wait: the caller keeps a file that could not be scanned from everybody else until it was; others refuse it.
    """
    name = PurePath((upload.name or "").replace("\\", "/")).name.replace("\x00", "")
    extension = PurePath(name).suffix.lower().lstrip(".")
    extension = "jpg" if extension == "jpeg" else extension
    if not upload.size:
        raise ValidationError(_("The file is empty."), code="empty")
    if upload.size > max_bytes:
        raise ValidationError(
            _("The file is too large: %(size)s MB; the most is %(limit)s MB.")
            % {"size": round(upload.size / 2**20, 1), "limit": max_bytes // 2**20},
            code="too_large",
        )
    if extension not in TAKEN:
        raise ValidationError(
            _("Files of this type are not taken. Use one of: %(types)s.") % {"types": ", ".join(TAKEN)}, code="type"
        )
    if not _is(extension, upload):
        raise ValidationError(
            _("The content of this file is not what its name says (.%(extension)s).") % {"extension": extension},
            code="disguised",
        )
    scan = antivirus.scan(upload.file)
    upload.seek(0)
    if scan.state == antivirus.INFECTED:
        log.warning("infected upload refused", signature=scan.signature, size=upload.size)
        raise ValidationError(_("The virus scanner found “%(name)s” in this file.") % {"name": scan.signature}, code="infected")
    if scan.state == antivirus.WAITING and not may_wait:
        raise ValidationError(_("The virus scanner can't be reached right now. Try again later."), code="unscanned")
    sha256 = file_hash(upload.file)
    return CheckedFile(name, extension, MEDIA_TYPES[extension], upload.size, sha256, scan.state)


def _is(extension: str, upload: UploadedFile) -> bool:
    upload.seek(0)
    head = upload.read(8192)
    upload.seek(0)
    if extension in MAGIC:
        return head.startswith(MAGIC[extension][0])
    if extension in PLAIN:
        return _is_text(head)
    return head.startswith(b"PK\x03\x04") and _is_archive(extension, upload)


def _is_text(head: bytes) -> bool:
    """UTF-8, or GB 18030 as older Chinese software writes it, without control characters or a beginning of HTML."""
    if b"\x00" in head or head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml")):
        return False
    try:
        decoded(head[: len(head) - 4 if len(head) == 8192 else None])
    except ValueError:
        return False
    return True


def _is_archive(extension: str, upload: UploadedFile) -> bool:
    """An Office file of that kind without macros, or a ZIP of files we take one by one; neither a bomb nor locked.

    Nothing is unpacked here; sizes are what the archive's directory says, which is what an unpacker goes by.
    """
    try:
        with zipfile.ZipFile(upload.file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    finally:
        upload.seek(0)
    names = [entry.filename.replace("\\", "/") for entry in entries]
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        return False
    if any(entry.flag_bits & 1 for entry in entries):  # encrypted: nobody can look into it
        return False
    if any(name.startswith("/") or ".." in PurePath(name).parts or "vbaproject" in name.lower() for name in names):
        return False
    if extension == "zip":
        inside = {PurePath(name).suffix.lower().lstrip(".") for name in names}
        return bool(names) and inside <= {*TAKEN, "jpeg"} - {"zip"}
    return "[Content_Types].xml" in names and any(name.startswith(OFFICE[extension][0]) for name in names)


def serve_attachment(file, name: str, media_type: str = "application/octet-stream") -> FileResponse:
    """Return the file for saving, never for showing: other people's content does not run in our pages."""
    response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
