"""Makes the preview of one document from its bytes: first page and number of pages through poppler, first rows of a table,
beginning of a text. A hostile file may fail here; it never gets further than this process' limits and never into a page.

Tools are run without a shell, with time, memory and file size limited, in a folder of their own. Where one is not there
the preview is "none", and the page says so.
"""

import csv
import io
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from openpyxl import load_workbook
from PIL import Image

from . import office_parts

SECONDS, PAGES_SECONDS, OFFICE_SECONDS = 30, 60, 120
MEMORY, FILE = 1024**3, 60 * 1024**2
OFFICE_MEMORY = 4 * 1024**3
ROWS, COLUMNS, CELL, TEXT = 20, 8, 120, 3000
WIDTH = 1000
MAX_SHEETS_UNPACKED = 40 * 1024**2
READY, NONE, FAILED = "ready", "none", "failed"
KINDS = {"pdf", "csv", "txt", "xlsx", "docx", "pptx"}


@dataclass(frozen=True)
class Made:
    state: str
    pages: int | None = None
    png: bytes = b""
    width: int = 0
    height: int = 0
    rows: list[list[str]] = field(default_factory=list)
    text: str = ""
    more: bool = False


def kind_of_name(name: str) -> str:
    return PurePath(name).suffix.lower().lstrip(".")


def previewable(name: str) -> bool:
    """Say whether files of this name may have a preview."""
    return kind_of_name(name) in KINDS


def make(name: str, source: Any) -> Made:
    """Return the preview of a file. name: what it is called; source: open for reading bytes. Never raises for a bad file."""
    kind = kind_of_name(name)
    try:
        if kind == "xlsx":
            return _workbook(source)
        if kind in ("csv", "txt"):
            return _table(source) if kind == "csv" else _text(source)
        with tempfile.TemporaryDirectory(prefix="preview-") as folder:
            path = Path(folder) / f"file.{kind}"
            if kind in ("docx", "pptx"):
                if not settings.OFFICE_CONVERTER:
                    return Made(NONE)
                with path.open("wb") as target:
                    office_parts.rebuild(kind, source, target)
                path = _as_pdf(path)
            else:
                with path.open("wb") as target:
                    shutil.copyfileobj(source, target)
            return _first_page(path) if path.exists() else Made(FAILED)
    except Exception:  # whatever the file makes a reader raise
        return Made(FAILED)


def draw(name: str, source: Any, *, most: int) -> list[bytes]:
    """Return the first pages of a PDF, Word or PowerPoint file as PNG, at most so many; [] where the tools are missing or the
    file can't be drawn. Same limits as `make`."""
    kind = kind_of_name(name)
    if kind not in ("pdf", "docx", "pptx") or not shutil.which("pdftoppm") or (kind != "pdf" and not settings.OFFICE_CONVERTER):
        return []
    try:
        with tempfile.TemporaryDirectory(prefix="preview-") as folder:
            path = Path(folder) / f"file.{kind}"
            with path.open("wb") as target:
                if kind == "pdf":
                    shutil.copyfileobj(source, target)
                else:
                    office_parts.rebuild(kind, source, target)
            path = path if kind == "pdf" else _as_pdf(path)
            _run(["pdftoppm", "-f", "1", "-l", str(most), "-scale-to-x", str(WIDTH), "-scale-to-y", "-1", "-png", path.name,
                  "page"], path.parent, seconds=PAGES_SECONDS)  # fmt: skip
            return [found.read_bytes() for found in sorted(path.parent.glob("page-*.png"))]
    except Exception:  # whatever the file makes a reader raise
        return []


# --- Pages ----------------------------------------------------------------------------------------------------------


def _first_page(path: Path) -> Made:
    """Of a PDF: how many pages, and the first one as a picture."""
    if not shutil.which("pdftoppm") or not shutil.which("pdfinfo"):
        return Made(NONE)
    pages = None
    for line in _run(["pdfinfo", path.name], path.parent).splitlines():
        name, _colon, value = line.partition(b":")
        if name == b"Pages":
            pages = int(value)
    _run(["pdftoppm", "-f", "1", "-l", "1", "-singlefile", "-scale-to-x", str(WIDTH), "-scale-to-y", "-1", "-png",
          path.name, "page"], path.parent)  # fmt: skip
    png = (path.parent / "page.png").read_bytes()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.load()
        width, height = picture.size
        small = io.BytesIO()
        picture.convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    return Made(READY, pages, small.getvalue(), width, height)


def _as_pdf(path: Path) -> Path:
    """Have an Office file written as PDF by the converter that the settings name."""
    profile = path.parent / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(office_parts.PROFILE)
    _run([settings.OFFICE_CONVERTER, "--headless", "--norestore", f"-env:UserInstallation={(path.parent / 'profile').as_uri()}",
          "--convert-to", "pdf", "--outdir", str(path.parent), str(path)],
         path.parent, seconds=OFFICE_SECONDS, memory=OFFICE_MEMORY)  # fmt: skip
    return path.with_suffix(".pdf")


def _run(command: list[str], folder: Path, *, seconds: int = SECONDS, memory: int = MEMORY) -> bytes:
    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))

    found = shutil.which(command[0]) or command[0]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    with subprocess.Popen(
        [found, *command[1:]], cwd=folder, env=environment, preexec_fn=limits, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            said, _errors = process.communicate(timeout=seconds)
        finally:
            with suppress(ProcessLookupError):  # with whatever it started: soffice is a script
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])
    return said


# --- Rows and words -------------------------------------------------------------------------------------------------


def _workbook(source: Any) -> Made:
    """The first rows of the first sheet that has any, as they were last calculated."""
    with zipfile.ZipFile(source) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_SHEETS_UNPACKED:
            return Made(FAILED)
    source.seek(0)
    book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            lines = sheet.iter_rows(max_row=ROWS + 1, max_col=COLUMNS + 1, values_only=True)
            if rows := _rows(islice(lines, ROWS + 1)):
                return _cut(rows)
    finally:
        book.close()
    return Made(FAILED)


def _table(source: Any) -> Made:
    text, more = _words(source)
    lines = text.splitlines()[:-1] if more else text.splitlines()
    try:
        dialect: Any = csv.Sniffer().sniff("\n".join(lines[:20]), delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    rows = _rows(islice(csv.reader(lines, dialect), ROWS + 1))
    made = _cut(rows)
    return Made(made.state, rows=made.rows, more=made.more or more)


def _text(source: Any) -> Made:
    text, more = _words(source)
    return Made(READY, text=text[:TEXT].rstrip(), more=more or len(text) > TEXT) if text.strip() else Made(FAILED)


def _words(source: Any) -> tuple[str, bool]:
    """The beginning of a text, and whether there is more of it: UTF-8, or GB 18030 as older Chinese software writes it."""
    data = source.read(64 * 1024 + 1)
    more = len(data) > 64 * 1024
    for encoding in ("utf-8-sig", "gb18030"):
        for cut in range(4 if more else 1):  # a character may have been cut through
            try:
                return data[: len(data) - cut].decode(encoding).replace("\x00", ""), more
            except UnicodeDecodeError:
                continue
    raise ValueError("no text")


def _rows(lines: Any) -> list[list[str]]:
    rows = []
    for line in lines:
        cells = ["" if cell is None else str(cell).replace("\x00", "") for cell in line]
        cells = [cell if len(cell) <= CELL else f"{cell[:CELL]}…" for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        rows.append(cells)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cut(rows: list[list[str]]) -> Made:
    """The rows and columns that are shown, every row as long as the longest."""
    if not rows:
        return Made(FAILED)
    more = len(rows) > ROWS or any(len(row) > COLUMNS for row in rows)
    width = min(COLUMNS, max(len(row) for row in rows))
    return Made(READY, rows=[[*row[:width], *[""] * (width - len(row))] for row in rows[:ROWS]], more=more)
