"""An edition as one file that another installation can read and check: `edition.zip`, format in docs/editions.md."""

import json
import zipfile
from pathlib import PurePath
from typing import Any, BinaryIO

import rfc8785
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash

from .contents import SCHEME, page_hash, portable_page
from .models import Edition
from .portable import MISSING, Names, files_in, stream, stream_fields

FORMAT = "lms-edition/1"
MOMENT = (1980, 1, 1, 0, 0, 0)  # of every entry: the same edition gives the same file
README = """This is one edition of a course: what was reviewed and taught, page by page.

manifest.json   what belongs to the edition, in its order, with a SHA-256 for each page and file
pages/          one page each, as canonical JSON (RFC 8785); the SHA-256 of the file is the hash of the page
files/          images and documents, named by the SHA-256 of their bytes

The hash of the edition is the SHA-256 of the canonical JSON of
{"items": [[kind, required, content_hash], ...], "level": ..., "parts": ..., "syllabus": content_hash of the syllabus}
with the values of manifest.json. docs/editions.md has a program of thirty lines that checks all of it.
"""


def write_zip(edition: Edition, target: BinaryIO) -> None:
    """Write the edition. Raises WrongState when the bytes of an image or document are gone, or a page is no longer what
    was frozen: half an edition is none."""
    items = list(edition.items.select_related("revision"))
    contents = [item.content() for item in items]
    names = Names(contents, fresh=True)
    files = _files(contents, names)
    for item, content in zip(items, contents, strict=True):
        if page_hash(content, scheme=edition.hash_scheme, names=names) != item.content_hash:
            raise WrongState(_("“%(title)s” is no longer what was frozen; see the audit of editions.")
                             % {"title": item.title}, obj=edition)  # fmt: skip
    pages = [rfc8785.dumps(portable_page(content, names=names)) for content in contents]
    manifest = manifest_of(edition, contents, names, files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "README.txt", README.encode())
        _put(archive, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).encode())
        for item, page in zip(manifest["items"], pages, strict=True):
            _put(archive, item["path"], page)
        for path, file in {line["path"]: file for line, file in files}.items():
            entry = zipfile.ZipInfo(path, MOMENT)  # stored: pictures and films are packed already
            entry.file_size = file.file.size
            with file.file.open("rb") as source, archive.open(entry, "w") as packed:
                while chunk := source.read(1024 * 1024):
                    packed.write(chunk)


def manifest_of(
    edition: Edition, contents: list[dict[str, Any]], names: Names, files: list[tuple[dict[str, Any], Any]]
) -> dict[str, Any]:
    """Return what `manifest.json` says. An edition frozen by an older scheme is given its hash by the present one,
    beside the one it was frozen with."""
    items = list(edition.items.all())
    hashes = [content_hash(portable_page(content, names=names)) for content in contents]
    parts = edition.parts_by_place()
    lines = [(item.kind, item.required, page) for item, page in zip(items, hashes, strict=True)]
    return {
        "format": FORMAT,
        "hash_scheme": SCHEME,
        "content_hash": edition.hash_of(edition.level, lines, parts),
        "frozen": {"hash_scheme": edition.hash_scheme, "content_hash": edition.content_hash},
        "edition": {
            "id": str(edition.uuid),
            "number": edition.number,
            "title": edition.title,
            "title_en": edition.title_en,
            "organisation": edition.organisation.name,
            "created_at": edition.created_at.isoformat(),
        },
        "syllabus": {
            "slug": edition.syllabus.slug,
            "version": edition.syllabus.version,
            "title": edition.syllabus.title,
            "content_hash": edition.syllabus.content_hash,
        },
        "level": edition.level.code,
        "parts": parts,
        "items": [
            {
                "position": item.position,
                "kind": item.kind,
                "required": item.required,
                "title": item.title,
                "title_en": item.title_en,
                "content_hash": page,
                "path": f"pages/{item.position:03d}-{item.kind}.json",
            }
            for item, page in zip(items, hashes, strict=True)
        ],
        "files": [line for line, _file in files],
    }


def _files(contents: list[dict[str, Any]], names: Names) -> list[tuple[dict[str, Any], Any]]:
    wanted: dict[str, set[int]] = {"image": set(), "document": set()}
    for content in contents:
        for name in stream_fields() & content.keys():
            for kind, pk in files_in(stream(content[name])):
                wanted[kind].add(pk)
    found: dict[tuple[str, str], tuple[dict[str, Any], Any]] = {}
    for kind, model, hashes in (
        ("image", get_image_model(), names.images), ("document", get_document_model(), names.documents),
    ):  # fmt: skip
        rows = model.objects.in_bulk(wanted[kind])
        for pk in sorted(wanted[kind]):
            sha256 = hashes.get(pk, MISSING)
            if sha256 == MISSING:
                title = rows[pk].title if pk in rows else pk
                raise WrongState(_("The file “%(title)s” of this edition can't be read.") % {"title": title})
            file = rows[pk]
            name = PurePath(file.file.name).name
            path = f"files/{sha256.removeprefix('sha256:')}{PurePath(name).suffix.lower()}"
            line = {"kind": kind, "sha256": sha256, "path": path, "title": file.title, "name": name,
                    "size": file.file.size}  # fmt: skip
            found.setdefault((kind, sha256), (line, file))
    return [found[key] for key in sorted(found)]


def _put(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(path, MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)
