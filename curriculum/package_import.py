"""From an uploaded file to drafts: receive, look, make. The states are `EditionImport`'s, the work is `package_build`'s."""

from datetime import datetime
from pathlib import PurePath

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import override

from accounts.models import Organisation, User
from lms.lib.hashing import file_hash

from .models import EditionImport
from .package import ERROR, Row, Unreadable, read_package
from .package_build import Refused, build, hash_of_draft, look


def receive(upload: UploadedFile, *, organisation: Organisation, by: User, at: datetime) -> EditionImport:
    """Keep the upload and look into it."""
    name = PurePath((upload.name or "").replace("\\", "/")).name.replace("\x00", "")[:255]
    received = EditionImport(
        organisation=organisation, original_name=name, size=upload.size, sha256=file_hash(upload.file),
        status=EditionImport.Status.REFUSED, uploaded_at=at, uploaded_by=by,
    )  # fmt: skip
    received.file.save("package.zip", upload, save=False)
    received.save()
    check_again(received)
    return received


def check_again(package: EditionImport) -> None:
    """Look into the package once more: what was missing here may have come meanwhile. Raises WrongState when too late."""
    title = expected = ""
    with package.file.open("rb") as source:
        try:
            found = read_package(source)
            rows = look(found, source, package.organisation)
            title, expected = found.title, found.manifest["content_hash"] if found.sound else ""
        except Unreadable as problem:
            rows = [Row(package.original_name, ERROR, problem.text)]
    good = not any(row.state == ERROR for row in rows)
    package.note_check(good=good, report=_report(rows), title=title, expected_hash=expected)


def make_drafts(package: EditionImport, *, at: datetime, language: str) -> None:
    """Make the drafts, all or none, or put the package back with the rows that say why. A second call is harmless."""
    if package.status != EditionImport.Status.IMPORTING:
        return
    with override(language):
        try:
            with transaction.atomic(), package.file.open("rb") as source:
                found = read_package(source)
                course, rows = build(found, source, package.organisation, by=package.uploaded_by)
                package.note_drafts(course, report=_report(rows), resulting_hash=hash_of_draft(course), at=at)
        except Refused as refusal:
            package.note_refusal(report=_report(refusal.rows))
        except Unreadable as problem:
            package.note_refusal(report=_report([Row(package.original_name, ERROR, problem.text)]))


def _report(rows: list[Row]) -> list[dict[str, str]]:
    return [row.as_json() for row in rows]
