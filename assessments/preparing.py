"""Prepares the copy of a file that others see: scanned where it still has to be, cleaned of its author, its pages drawn."""

import io

from PIL import Image, ImageOps

from curriculum.document_preview import READY, draw, make
from lms.lib import antivirus

from .cleaning import clean
from .models import FileCopy, SubmissionFile

PAGES, WIDTH = 20, 1400


class ScannerAway(Exception):
    """The virus scanner can't be asked: the job comes again later, and nobody gets the file before."""


def prepare(file: SubmissionFile) -> None:
    """Make the copy of one file. Again is harmless. Raises ScannerAway."""
    copy, _made = FileCopy.objects.get_or_create(file=file)
    if copy.is_ready and not copy.content_hash:
        copy.measure()
    if not copy.is_waiting:
        return
    with file.file.open("rb") as source:
        if file.scan == antivirus.WAITING and not _scanned(file, source):
            FileCopy.objects.filter(pk=copy.pk).update(state=FileCopy.State.INFECTED)
            return
        source.seek(0)
        data = source.read()
    name = f"a.{file.extension}"
    try:
        cleaned = clean(file.extension, data)
    except Exception:  # whatever the file makes a reader raise: no copy, and it is said
        FileCopy.objects.filter(pk=copy.pk).update(state=FileCopy.State.FAILED)
        return
    if file.extension in ("png", "jpg"):
        copy.keep(cleaned, _picture(cleaned))
        return
    pictures = draw(name, io.BytesIO(cleaned), most=PAGES)
    made = make(name, io.BytesIO(cleaned)) if file.extension in ("csv", "txt", "xlsx") else None
    if made is None or made.state != READY:
        copy.keep(cleaned, pictures)
    else:
        copy.keep(cleaned, pictures, rows=made.rows, text=made.text, more=made.more)


def _scanned(file: SubmissionFile, source) -> bool:
    """Ask the scanner for a file that was taken while it was away; say whether it is clean."""
    found = antivirus.scan(source)
    if found.state == antivirus.WAITING:
        raise ScannerAway
    SubmissionFile.objects.filter(pk=file.pk).update(scan=found.state)
    return found.state != antivirus.INFECTED


def _picture(data: bytes) -> list[bytes]:
    """The picture drawn anew, so that nothing of the file itself reaches a page."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((WIDTH, WIDTH * 2))
            target = io.BytesIO()
            upright.save(target, "PNG", optimize=True)
            return [target.getvalue()]
    except Exception:  # Pillow raises whatever the file makes it raise
        return []
