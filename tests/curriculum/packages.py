"""Packages of editions for tests: exported with the real verb, taken apart, changed, brought back."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.documents import get_document_model

from curriculum.models import CoursePage, Edition, EditionImport, Topic
from curriculum.package_import import receive
from curriculum.walls import collection_of
from lms.lib.hashing import content_hash
from tests.conftest import make_author, make_authority, make_base, make_base_reviewer, make_reviewer
from tests.curriculum.test_edition import make_image
from tests.factories.curriculum import (
    LESSON_BODY,
    make_edition,
    make_lesson,
    make_person,
)
from tests.stage import files_back, files_of_data, files_since, standing

ROOT = Path(__file__).resolve().parents[2]
AT = timezone.make_aware(datetime(2026, 6, 1, 10, 0))


def make_rich(course: int, at: datetime) -> tuple[int, dict[Path, bytes]]:
    """Return the id of an edition with a picture, a film, a table and links, as authors make them, and its files."""
    before = files_of_data()
    base, course = make_base(), CoursePage.objects.get(pk=course)
    author, reviewer = make_author(base), make_reviewer(make_authority())
    image = make_image(base)
    film = get_document_model().objects.create(
        title="讲解", file=ContentFile(b"\x00\x00\x00\x18ftypmp42" + b"\x01" * 5000, "film.mp4"), collection=collection_of(base)
    )
    body = [
        *LESSON_BODY,
        ("text", '<p data-block-key="a1b2c">见<a id="3" linktype="page">上一课</a>和<a href="https://example.org/">来源</a>。</p>'),
        ("table", '<table class="x"><tr><th scope="col">项</th></tr><tr><td>±6 ℃</td></tr></table>'),
        ("figure", {"image": image.pk, "alt": "一张图", "caption": ""}),
        ("video", {"title": "讲解", "file": film.pk, "captions": None, "transcript": "<p>文字稿</p>"}),
        ("statute", {"title": "某规定", "article": "", "quotation": "原文", "source_url": "https://example.org/",
                     "valid_on": "2026-01-01"}),
    ]  # fmt: skip
    make_lesson(course, "第三课 有图", list(Topic.objects.filter(code="A1")), author=author, body=body)
    people = {"author": author, "base_reviewer": make_base_reviewer(base), "reviewer": reviewer}
    made = make_edition(base, at, course=course, **people)
    return made.pk, files_since(before)


@pytest.fixture(scope="module")
def standing_rich(standing_course, django_db_blocker):
    yield from standing(lambda: make_rich(standing_course, AT), django_db_blocker)


@pytest.fixture
def rich_edition(standing_rich, course, base_reviewer, reviewer):
    made, files = standing_rich
    yield Edition.objects.get(pk=made)
    files_back(files)


def export(edition, client) -> bytes:
    response = client.get(reverse("edition_zip", args=[edition.uuid]))
    assert response.status_code == 200
    return b"".join(response.streaming_content)


@pytest.fixture
def packed(rich_edition, author, client_for) -> bytes:
    return export(rich_edition, client_for(author))


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def changed(data: bytes, path: str, change, *, rehash: bool = True) -> bytes:
    """The package with one page changed; rehash: by someone who knows how to compute the hashes."""
    entries = unpacked(data)
    manifest = json.loads(entries["manifest.json"])
    form = json.loads(entries[path])
    change(form)
    entries[path] = json.dumps(form).encode()
    if rehash:
        for item in manifest["items"]:
            if item["path"] == path:
                item["content_hash"] = content_hash(form)
        manifest["content_hash"] = content_hash(
            {"syllabus": manifest["syllabus"]["content_hash"], "level": manifest["level"], "parts": manifest["parts"],
             "items": [[i["kind"], i["required"], i["content_hash"]] for i in manifest["items"]]}
        )  # fmt: skip
        entries["manifest.json"] = json.dumps(manifest).encode()
    return repacked(entries)


def bring(data: bytes, base, by) -> EditionImport:
    upload = SimpleUploadedFile("edition.zip", data, "application/zip")
    return receive(upload, organisation=base, by=by, at=timezone.now())


def texts(package: EditionImport, state: str) -> str:
    return "\n".join(f"{row['place']}: {row['text']}" for row in package.report if row["state"] == state)


@pytest.fixture
def other_author(other_base):
    return make_person("另一基地作者", at_base=other_base, role="author")


@pytest.fixture
def make_drafts(client_for, run_jobs):
    def make(package: EditionImport) -> EditionImport:
        response = client_for(package.uploaded_by).post(reverse("edition_import_run", args=[package.uuid]))
        assert response.status_code == 302
        run_jobs()
        package.refresh_from_db()
        return package

    return make

