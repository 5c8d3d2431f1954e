"""Drafts made from a package: a course with its lessons and cases below a base's own page, all of it or nothing.

`look` says row by row what would come of it; `build` makes it, inside the caller's transaction.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image as Picture
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from accounts.models import Organisation, User
from lms.lib.hashing import content_hash
from lms.lib.uploads import TAKEN, check_upload

from . import captions
from .completeness import unfinished
from .contents import entries_of, parts_of, portable_page
from .films import kind_of
from .models import CasePlacement, CaseScenarioPage, CoursePage, Edition, LessonPage, Level, Syllabus
from .package import ERROR, OK, WARNING, Package, Row, read_entry
from .portable import Names, bytes_hash
from .portable_read import Found, Reader
from .walls import collection_of, ensure_base_site

IMAGE_FORMATS = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "WEBP": (".webp",), "GIF": (".gif",)}
MAX_IMAGE = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_DOCUMENT = 500 * 1024 * 1024
MODELS = {"course": CoursePage, "lesson": LessonPage, "case": CaseScenarioPage}


class Refused(Exception):
    """Nothing was made; `rows` say why."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__("; ".join(str(row.text) for row in rows))
        self.rows = rows


@dataclass(frozen=True)
class Place:
    """Where in this installation a package belongs. exact: its syllabus is here word for word."""

    level: Level | None
    exact: bool = False


def place_of(package: Package) -> Place:
    """Return the level the package teaches, by the hash of its syllabus version, else by its name."""
    wanted = package.manifest["syllabus"]
    versions = Syllabus.objects.exclude(status=Syllabus.Status.DRAFT)
    exact = versions.filter(content_hash=wanted["content_hash"]).first()
    syllabus = exact or versions.filter(slug=wanted["slug"]).first()
    level = syllabus and syllabus.levels.filter(code=package.manifest["level"]).first()
    return Place(level, exact is not None)


def look(package: Package, source: BinaryIO, organisation: Organisation) -> list[Row]:
    """Return the report: a row for the syllabus, each file and each page. Writes nothing."""
    rows = list(package.rows)
    if not package.sound:
        return rows
    place = place_of(package)
    rows += _syllabus_rows(package, place, organisation)
    if place.level is None:
        return rows
    with zipfile.ZipFile(source) as archive:
        rows += [_file_row(archive, line) for line in package.files]
    # Any number does while one only looks.
    reader = Reader({(line["kind"], line["sha256"]): 1 for line in package.files}, [1] * _count(package, "case"))
    codes = _codes(place.level)
    for item, form in zip(package.items, package.pages, strict=True):
        rows += _page_rows(item, form, reader.page(item["kind"], form), codes, place.level)
    rows += _parts_rows(package)
    return rows


def build(
    package: Package, source: BinaryIO, organisation: Organisation, *, by: User
) -> tuple[CoursePage, list[Row]]:
    """Make the drafts and return the course with the rows that say what came of each page.

    Raises Refused when a page is not as its fields want it, or the base may not use it.
    """
    rows = look(package, source, organisation)
    if any(row.state == ERROR for row in rows):
        raise Refused(rows)
    place = place_of(package)
    kept: list[Any] = []
    try:
        with zipfile.ZipFile(source) as archive:
            files: dict[tuple[str, str], int] = {}
            for line in package.files:
                file, is_new = _keep(archive, line, organisation, by=by)
                files[line["kind"], line["sha256"]] = file.pk
                kept += [file] if is_new else []
        course = _pages(package, files, place.level, organisation, by=by)
        entries = entries_of(course)
        problems = [
            Row(item["path"], ERROR, where)
            for item, entry in zip(package.items, entries, strict=True)
            for where in unfinished(item["kind"], entry.content)
        ]
        # An entry of the library that is not here is a gap for the author to close, and was said so.
        if problems and not any(row.state == WARNING for row in rows):
            raise Refused([*rows, *problems])
    except Exception:
        for file in kept:  # the rows go with the transaction; the bytes would stay
            file.file.storage.delete(file.file.name)
        raise
    return course, [*rows, *[Row(p.place, WARNING, p.text) for p in problems]]


def hash_of_draft(course: CoursePage) -> str:
    """Return the hash that an edition made of the course as it stands would have."""
    entries = entries_of(course)
    names = Names([entry.content for entry in entries])
    lines = [(e.kind, e.required, content_hash(portable_page(e.content, names=names))) for e in entries]
    places = [entry.page.pk for entry in entries]
    parts = [part | {"cases": [places.index(case) for case in part["cases"]]} for part in parts_of(entries)]
    level = Level.objects.select_related("syllabus").get(pk=entries[0].content["level"])
    return Edition.hash_of(level, lines, parts)


# --- Looking --------------------------------------------------------------------------------------------------------


def _count(package: Package, kind: str) -> int:
    return sum(item["kind"] == kind for item in package.items)


def _codes(level: Level) -> tuple[dict[str, int], dict[str, int]]:
    """Topics of the level by their full code, competences of its syllabus by theirs."""
    topics = {
        f"{level.code}/{module.code}/{topic.code}": topic.pk
        for module in level.modules.prefetch_related("topics")
        for topic in module.topics.all()
    }
    return topics, dict(level.syllabus.competences.values_list("code", "pk"))


def _syllabus_rows(package: Package, place: Place, organisation: Organisation) -> Iterator[Row]:
    named = package.manifest["syllabus"]
    title = f"{named.get('title') or named['slug']}, {package.manifest['level']}"
    if place.level is None:
        yield Row(title, ERROR, _("This syllabus version or level is not in force here. Load it first, then check again."))
    elif not organisation.is_accredited_for(place.level.code):
        yield Row(title, ERROR, _("Your training base is not accredited for this level."))
    elif place.exact:
        yield Row(title, OK, _("The syllabus version is here, word for word."))
    else:
        yield Row(title, WARNING, _("The syllabus version of this name says something else here; topics are found by "
                                    "their codes, and the hash of the new edition will differ."))  # fmt: skip


def _file_row(archive: zipfile.ZipFile, line: dict[str, Any]) -> Row:
    try:
        _check_bytes(archive, line)
    except ValidationError as refusal:
        return Row(line["path"], ERROR, f"“{line['name'][:80]}”: {' '.join(refusal.messages)}")
    return Row(line["path"], OK, line["title"][:200])


def _check_bytes(archive: zipfile.ZipFile, line: dict[str, Any]) -> None:
    """What the file is by its content has to be what its name says. Raises ValidationError."""
    info = archive.getinfo(line["path"])
    suffix = PurePosixPath(line["path"]).suffix.lower()
    if line["kind"] == "image":
        data = read_entry(archive, info, MAX_IMAGE)
        try:
            with Picture.open(BytesIO(data), formats=list(IMAGE_FORMATS)) as picture:
                fits = suffix in IMAGE_FORMATS[picture.format] and picture.width * picture.height <= MAX_PIXELS
                picture.verify()
        except Exception as error:  # Pillow raises whatever the file makes it raise
            raise ValidationError(_("This is no picture we take.")) from error
        if not fits:
            raise ValidationError(_("This is no picture we take."))
        return
    if info.file_size > MAX_DOCUMENT:
        raise ValidationError(_("The file is too large."))
    if suffix in (".mp4", ".webm"):
        with archive.open(info) as stream:
            fits = kind_of(stream.read(64)) == suffix.lstrip(".")
    elif suffix == ".vtt":
        fits = _are_captions(read_entry(archive, info, captions.MAX_BYTES))
    elif suffix.lstrip(".") in TAKEN:
        data = read_entry(archive, info, 100 * 1024 * 1024)
        check_upload(SimpleUploadedFile(f"file{suffix}", data), max_bytes=100 * 1024 * 1024)
        fits = True
    else:
        fits = False
    if not fits:
        raise ValidationError(_("Files of this kind are not taken, or the content is not what the name says."))


def _are_captions(data: bytes) -> bool:
    try:
        return bool(captions.read(data))
    except captions.Unreadable:
        return False


def _page_rows(
    item: dict[str, Any], form: dict[str, Any], found: Found, codes: tuple[dict[str, int], dict[str, int]], level: Level
) -> Iterator[Row]:
    path = item["path"]
    known_topics, known_competences = codes
    lost = [code for code in found.topics if code not in known_topics]
    lost += [code for code in found.competences if code not in known_competences]
    yield from (Row(path, ERROR, problem) for problem in found.problems)
    if lost:
        yield Row(path, ERROR, _("The syllabus here does not have: %(codes)s.") % {"codes": ", ".join(lost)[:200]})
    if form.get("level", level.code) != level.code:
        yield Row(path, ERROR, _("The course page is of another level than the manifest."))
    yield from (
        Row(path, WARNING, _("Text that would run in a browser was taken out at %(place)s; the hash will differ.")
            % {"place": place})
        for place in found.cleaned
    )  # fmt: skip
    yield from (
        Row(path, WARNING, _("The library here does not have the entry at %(place)s; choose one before review.")
            % {"place": place})
        for place in found.unknown_entries
    )  # fmt: skip
    if not found.problems and not lost:
        yield Row(path, OK, str(form.get("title", ""))[:255])


def _parts_rows(package: Package) -> Iterator[Row]:
    """Parts and cases of manifest and course page have to tell the same story, or the hash could never come out."""
    placements = package.pages[0].get("case_placements", [])
    required = [item["required"] for item in package.items if item["kind"] == "case"]
    if [isinstance(line, dict) and line.get("required") is True for line in placements] != required:
        yield Row("manifest.json", ERROR, _("The cases of the manifest are not those of the course page."))


# --- Making ---------------------------------------------------------------------------------------------------------


def _keep(archive: zipfile.ZipFile, line: dict[str, Any], organisation: Organisation, *, by: User) -> tuple[Any, bool]:
    """Return the image or document in the base's collection with these bytes and this title, and whether it was made."""
    model = get_image_model() if line["kind"] == "image" else get_document_model()
    collection = collection_of(organisation)
    title = line["title"][:255] or PurePosixPath(line["path"]).name
    with archive.open(line["path"]) as stream:
        sha1 = hashlib.sha1(usedforsecurity=False)
        while chunk := stream.read(1024 * 1024):
            sha1.update(chunk)
    for there in model.objects.filter(collection=collection, title=title, file_hash=sha1.hexdigest()):
        if bytes_hash(there, fresh=True) == line["sha256"]:
            return there, False
    suffix = PurePosixPath(line["path"]).suffix.lower()
    stem = slugify(PurePosixPath(line["name"]).stem)[:60] or line["kind"]
    with archive.open(line["path"]) as stream:
        content = ContentFile(stream.read(), f"{stem}{suffix}") if line["kind"] == "image" else File(stream, f"{stem}{suffix}")
        file = model(title=title, file=content, collection=collection, uploaded_by_user=by)
        file.keep_bytes = True  # the hash of the edition is over them (`receivers.strip_picture`)
        if line["kind"] == "document":
            content.size = archive.getinfo(line["path"]).file_size
        file.save()
    file.get_file_hash()
    if bytes_hash(file, fresh=True) != line["sha256"]:
        raise Refused([Row(line["path"], ERROR, _("The file was not stored as it came."))])
    return file, True


def _pages(
    package: Package, files: dict[tuple[str, str], int], level: Level, organisation: Organisation, *, by: User
) -> CoursePage:
    base = ensure_base_site(organisation)
    codes = _codes(level)
    forms = list(zip(package.items, package.pages, strict=True))
    reader = Reader(files, [])
    cases = [_save(reader.page("case", form), "case", base, codes, by=by) for i, form in forms if i["kind"] == "case"]
    reader = Reader(files, [case.pk for case in cases])
    found = reader.page("course", forms[0][1])
    course = _save(found, "course", base, codes, by=by, level=level)
    for place, (case, required) in enumerate(zip(cases, found.required, strict=True)):
        course.case_placements.add(CasePlacement(case=case, required=required, sort_order=place))
    course.save()
    course.save_revision(user=by)
    for item, form in forms:
        if item["kind"] == "lesson":
            _save(reader.page("lesson", form), "lesson", course, codes, by=by)
    return CoursePage.objects.get(pk=course.pk)


def _save(
    found: Found, kind: str, parent: Page, codes: tuple[dict[str, int], dict[str, int]], *, by: User, **fields: Any
) -> Page:
    model = MODELS[kind]
    for name, value in found.values.items():
        field = model._meta.get_field(name)
        fields[name] = field.stream_block.to_python(value) if hasattr(field, "stream_block") else value
    page = model(**fields, live=False, owner=by)
    try:
        parent.add_child(instance=page)
    except ValidationError as error:
        raise Refused([Row(fields.get("title", kind)[:80], ERROR, " ".join(error.messages))]) from error
    if hasattr(page, "topics"):
        page.topics.set([codes[0][code] for code in found.topics])
    if hasattr(page, "competences"):
        page.competences.set([codes[1][code] for code in found.competences])
    page.save()
    page.save_revision(user=by)
    return page
