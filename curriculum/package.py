"""Reads an `edition.zip` brought from outside, believing nothing: what is in it, and a line for everything wrong with it.

Knows the format (docs/editions.md), not the database. Whoever builds drafts from a package checks the pages' fields.
"""

import hashlib
import json
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import rfc8785
from django.utils.translation import gettext as _

from lms.lib.hashing import content_hash

FORMAT = "lms-edition/1"
SCHEME = 2
MAX_ENTRIES = 2000
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_JSON = 5 * 1024 * 1024
MAX_RATIO = 120  # text packs 20 : 1 at most; more than this is made to fill a disk
SMALL = 64 * 1024  # below this the ratio means nothing
KINDS = ("course", "lesson", "case")
OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True)
class Row:
    """One line of the report. place: which entry or page; state: ok, warning or error."""

    place: str
    state: str
    text: str

    def as_json(self) -> dict[str, str]:
        return {"place": self.place, "state": self.state, "text": str(self.text)}


class Unreadable(Exception):
    """The archive can't be read at all; `text` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass
class Package:
    """What a package says. pages: forms in the order of the items; files: lines of the manifest."""

    manifest: dict[str, Any]
    items: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not any(row.state == ERROR for row in self.rows)

    @property
    def title(self) -> str:
        return str(self.pages[0].get("title", "")) if self.pages else ""


def edition_hash(manifest: dict[str, Any], items: Iterable[dict[str, Any]]) -> str:
    """Return the hash of an edition from its manifest alone."""
    return content_hash(
        {
            "syllabus": manifest["syllabus"]["content_hash"],
            "level": manifest["level"],
            "items": [[item["kind"], item["required"], item["content_hash"]] for item in items],
            "parts": manifest["parts"],
        }
    )


def read_package(source: BinaryIO) -> Package:
    """Read and check a package: names, sizes, hashes, shapes. Nothing is unpacked to disk.

    Raises Unreadable when it is no such archive, or one made to do harm; all else is a row of the report.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise Unreadable(_("This is not a ZIP file that can be read.")) from error


def _read(archive: zipfile.ZipFile) -> Package:
    entries = safe_entries(archive)
    if "manifest.json" not in entries:
        raise Unreadable(_("There is no manifest.json: this is not an exported edition."))
    manifest = _json(archive, entries["manifest.json"])
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Unreadable(_("The manifest is not of the format %(format)s.") % {"format": FORMAT})
    package = Package(manifest)
    package.rows += [Row("manifest.json", ERROR, text) for text in _shape(manifest)]
    if not package.sound:
        return package
    package.items, package.files = manifest["items"], manifest["files"]
    _read_pages(archive, entries, package)
    _check_files(archive, entries, package)
    named = {"manifest.json", "README.txt", *(i["path"] for i in package.items), *(f["path"] for f in package.files)}
    package.rows += [
        Row(name, ERROR, _("The manifest does not name this entry.")) for name in sorted(entries.keys() - named)
    ]
    if package.sound and edition_hash(manifest, package.items) != manifest["content_hash"]:
        package.rows.append(Row("manifest.json", ERROR, _("The hash of the edition does not fit its contents.")))
    return package


# --- The archive ----------------------------------------------------------------------------------------------------


def safe_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of the archive by name. Raises Unreadable for anything that a careless unpacker would trip over."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise Unreadable(_("The archive has more than %(count)s entries.") % {"count": MAX_ENTRIES})
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise Unreadable(_("Unpacked, the archive would be larger than %(size)s MB.") % {"size": MAX_UNPACKED // 2**20})
    for info in infos:
        name = info.filename
        path = PurePosixPath(name)
        if name.startswith("/") or "\\" in name or ":" in name or ".." in path.parts or not name.isprintable():
            raise Unreadable(_("The entry “%(name)s” points outside the archive.") % {"name": name[:80]})
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Unreadable(_("The entry “%(name)s” is a link.") % {"name": name[:80]})
        if info.flag_bits & 1:
            raise Unreadable(_("The archive is locked with a password."))
        if info.file_size > SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise Unreadable(_("The entry “%(name)s” is packed too tightly to be honest.") % {"name": name[:80]})
    twice = [name for name, times in Counter(info.filename for info in infos).items() if times > 1]
    if twice:
        raise Unreadable(_("The entry “%(name)s” stands in the archive twice.") % {"name": twice[0][:80]})
    return {info.filename: info for info in infos if not info.is_dir()}


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """Return the bytes of an entry, whatever its header says about their number. Raises Unreadable beyond the limit."""
    with archive.open(info) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(_("The entry “%(name)s” is too large.") % {"name": info.filename[:80]})
    return data


def _json(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    """Strict JSON: UTF-8, no name twice in an object, no numbers but whole ones within what every reader can hold."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name stands twice")
        return found

    def no_number(text: str):
        raise ValueError(f"{text} is no whole number")

    try:
        text = read_entry(archive, info, MAX_JSON).decode("utf-8")
        value = json.loads(text, object_pairs_hook=once, parse_float=no_number, parse_constant=no_number)
        rfc8785.dumps(value)  # numbers and characters that have no canonical form
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise Unreadable(_("The entry “%(name)s” is not JSON as it has to be.") % {"name": info.filename[:80]}) from error
    return value


# --- What it says ---------------------------------------------------------------------------------------------------


def _shape(manifest: dict[str, Any]) -> Iterable[str]:
    """What is missing in the manifest or of another kind than it has to be."""
    if manifest.get("hash_scheme") != SCHEME:
        yield _("The hashes are of a scheme this program does not know.")
    for name in ("content_hash", "level"):
        if not isinstance(manifest.get(name), str):
            yield _("“%(name)s” is missing.") % {"name": name}
    syllabus = manifest.get("syllabus")
    if not isinstance(syllabus, dict) or not all(isinstance(syllabus.get(n), str) for n in ("slug", "content_hash")):
        yield _("“%(name)s” is missing.") % {"name": "syllabus"}
    items, files, parts = manifest.get("items"), manifest.get("files"), manifest.get("parts")
    if not isinstance(items, list) or not items or not all(_is_item(item) for item in items):
        yield _("“%(name)s” is not a list of pages.") % {"name": "items"}
    elif [item["kind"] for item in items].count("course") != 1 or items[0]["kind"] != "course":
        yield _("The course page has to stand first, and once.")
    elif [KINDS.index(item["kind"]) for item in items] != sorted(KINDS.index(item["kind"]) for item in items):
        yield _("Lessons have to stand before cases.")
    elif len({item["path"] for item in items}) != len(items):
        yield _("Two pages have the same path.")
    if not isinstance(files, list) or not all(_is_file(line) for line in files):
        yield _("“%(name)s” is not a list of files.") % {"name": "files"}
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        yield _("“%(name)s” is not a list of parts.") % {"name": "parts"}


def _is_item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get("kind") in KINDS
        and isinstance(item.get("required"), bool)
        and all(isinstance(item.get(name), str) for name in ("content_hash", "path"))
        and item["path"].startswith("pages/")
    )


def _is_file(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and line.get("kind") in ("image", "document")
        and all(isinstance(line.get(name), str) for name in ("sha256", "path", "title", "name"))
        and line["path"].startswith("files/")
    )


def _read_pages(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], package: Package) -> None:
    for item in package.items:
        path = item["path"]
        if path not in entries:
            package.rows.append(Row(path, ERROR, _("The manifest names this page, but it is not there.")))
            continue
        form = _json(archive, entries[path])
        if not isinstance(form, dict):
            package.rows.append(Row(path, ERROR, _("This page is not a JSON object.")))
            continue
        if content_hash(form) != item["content_hash"]:
            package.rows.append(Row(path, ERROR, _("The content does not fit the hash in the manifest.")))
        package.pages.append(form)


def _check_files(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], package: Package) -> None:
    for line in package.files:
        if line["path"] not in entries:
            package.rows.append(Row(line["path"], ERROR, _("The manifest names this file, but it is not there.")))
            continue
        digest = hashlib.sha256()
        with archive.open(entries[line["path"]]) as stream:
            while chunk := stream.read(1024 * 1024):
                digest.update(chunk)
        if f"sha256:{digest.hexdigest()}" != line["sha256"]:
            package.rows.append(Row(line["path"], ERROR, _("The bytes do not fit the hash in the manifest.")))
