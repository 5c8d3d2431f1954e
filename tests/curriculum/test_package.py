"""Packages that are refused: pages that are not as they have to be, archives made to do harm. Nothing is ever left behind."""

import hashlib
import io
import json
import stat
import sys
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from curriculum.models import CaseScenarioPage, CoursePage, LessonPage, Syllabus, SyllabusStandard
from curriculum.package import MAX_ENTRIES, Unreadable, read_package
from curriculum.portable_read import Reader
from lms.lib.errors import WrongState
from tests.curriculum.packages import bring, changed, repacked, texts, unpacked
from tests.factories.curriculum import (
    make_syllabus,
)

# --- Refused, with rows ---------------------------------------------------------------------------------------------


def refused(data: bytes, base, author) -> str:
    package = bring(data, base, author)
    assert package.status == "refused"
    assert CoursePage.objects.count() == 1
    with pytest.raises(WrongState):
        package.start()
    return texts(package, "error")


def test_a_page_changed_on_the_way(packed, base, author):
    data = changed(packed, "pages/001-lesson.json", lambda form: form.update(title="改"), rehash=False)
    assert "pages/001-lesson.json" in refused(data, base, author)


def test_a_file_changed_on_the_way(packed, base, author):
    entries = unpacked(packed)
    name = next(name for name in entries if name.endswith(".png"))
    entries[name] += b"\x00"
    assert name in refused(repacked(entries), base, author)


def test_a_hash_of_the_whole_that_does_not_fit(packed, base, author):
    entries = unpacked(packed)
    manifest = json.loads(entries["manifest.json"]) | {"content_hash": "sha256:0"}
    entries["manifest.json"] = json.dumps(manifest).encode()
    assert "manifest.json" in refused(repacked(entries), base, author)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda form: form["body"].append({"type": "exe", "value": "x"}), "exe"),
        (lambda form: form["body"].append({"type": "heading", "value": 7}), "pages/001"),
        (lambda form: form.update(owner=1), "owner"),
        (lambda form: form.update(live=True), "live"),
        (lambda form: form.update(path="0001"), "path"),
        (lambda form: form.update(topics=["junior/general/Z9"]), "Z9"),
        (lambda form: form.update(topics="A1"), "topics"),
        (lambda form: form.pop("title"), "题"),
        (lambda form: form["body"].append({"type": "figure", "value": {"image": "sha256:0", "alt": "x"}}), "文件"),
        (lambda form: form["body"].append({"type": "figure", "value": {"image": 1, "alt": "x"}}), "文件"),
        (lambda form: form["body"].append({"type": "key_term", "value": {"term": "x", "evil": "x"}}), "evil"),
        (lambda form: form.update(minutes="many"), "pages/001"),
        (lambda form: form.update(body={"a": 1}), "pages/001"),
        (lambda form: form.update(legally_valid_on="yesterday"), "pages/001"),
        (lambda form: form["body"].append(
            {"type": "statute", "value": {"title": "x", "source_url": "javascript:alert(1)"}}), "pages/001"),
    ],
)  # fmt: skip
def test_pages_that_are_not_as_they_have_to_be(packed, base, author, change, said):
    found = refused(changed(packed, "pages/001-lesson.json", change), base, author)
    assert said in found
    assert "pages/001-lesson.json" in found


def test_a_page_whose_fields_are_empty_is_refused_when_the_drafts_are_made(packed, base, author, make_drafts):
    def empty(form):
        form["body"] = [{"type": "heading", "value": ""}]

    package = make_drafts(bring(changed(packed, "pages/001-lesson.json", empty), base, author))
    assert package.status == "refused"
    assert "pages/001-lesson.json" in texts(package, "error")
    assert CoursePage.objects.count() == 1
    assert CaseScenarioPage.objects.count() == 1


def test_nothing_is_left_when_it_fails_in_the_middle(packed, other_base, other_author, make_drafts):
    def too_long(form):
        form["title"] = "长" * 300

    images, documents = get_image_model(), get_document_model()
    before = images.objects.count(), documents.objects.count(), CoursePage.objects.count()
    stored = {name for folder in ("original_images", "documents") for name in _stored(images, folder)}
    package = make_drafts(bring(changed(packed, "pages/001-lesson.json", too_long), other_base, other_author))
    assert package.status == "refused"
    assert (images.objects.count(), documents.objects.count(), CoursePage.objects.count()) == before
    assert {name for folder in ("original_images", "documents") for name in _stored(images, folder)} == stored


def _stored(model, folder: str) -> list[str]:
    try:
        return model._meta.get_field("file").storage.listdir(folder)[1]
    except FileNotFoundError:
        return []


def test_scripts_are_taken_out_and_the_other_hash_is_said(packed, base, author, make_drafts):
    def attack(form):
        form["body"].append({"type": "text", "value": '<p onclick="x()">读</p><script>alert(1)</script>'})
        form["body"].append({"type": "table", "value": '<table><tr><td><a href="java&#115;cript:x">q</a></td></tr></table>'})

    package = bring(changed(packed, "pages/001-lesson.json", attack), base, author)
    assert package.status == "checked"
    assert texts(package, "warning").count("pages/001-lesson.json") == 2
    make_drafts(package)
    assert package.status == "imported"
    assert not package.same_hash
    body = json.dumps(LessonPage.objects.child_of(package.course).first().body.get_prep_value())
    assert "alert" not in body
    assert "script" not in body
    assert "onclick" not in body
    assert "哈希不一致" in client_text(package, author)


def client_text(package, person) -> str:
    client = Client()
    client.cookies["django_language"] = "zh-hans"
    client.force_login(person)
    return client.get(package.get_absolute_url()).text


def test_a_syllabus_that_is_not_here_is_refused_until_it_is(packed, base, author, client_for):
    SyllabusStandard.objects.update(slug="another")
    Syllabus.objects.update(slug="another", content_hash="sha256:1")
    package = bring(packed, base, author)
    assert package.status == "refused"
    make_syllabus("test-outline")
    client_for(author).post(reverse("edition_import_check", args=[package.uuid]))
    package.refresh_from_db()
    assert package.status == "checked"  # from the upload that was kept


def test_a_syllabus_of_the_same_name_with_other_words_is_said(packed, base, author, make_drafts):
    Syllabus.objects.update(content_hash="sha256:1")
    package = bring(packed, base, author)
    assert package.status == "checked"
    assert "test-outline" in texts(package, "warning") or "测试大纲" in texts(package, "warning")
    assert not make_drafts(package).same_hash


def test_a_base_without_accreditation_is_refused(packed, other_base, other_author):
    other_base.accredited_levels = ["senior"]
    other_base.save()
    assert bring(packed, other_base, other_author).status == "refused"


@pytest.mark.parametrize("name", ["evil.html", "evil.exe", "evil.svg", "evil.mp4"])
def test_files_are_what_their_content_says(packed, base, author, name):
    entries = unpacked(packed)
    manifest = json.loads(entries["manifest.json"])
    evil = b"<html><script>alert(1)</script></html>"
    digest = hashlib.sha256(evil).hexdigest()
    path = f"files/{digest}.{name.split('.')[1]}"
    entries[path] = evil
    manifest["files"].append({"kind": "document", "sha256": f"sha256:{digest}", "path": path, "title": "x", "name": name,
                              "size": len(evil)})  # fmt: skip
    entries["manifest.json"] = json.dumps(manifest).encode()
    assert path in refused(repacked(entries), base, author)


# --- Hostile archives -----------------------------------------------------------------------------------------------


def crafted(change) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps({"format": "lms-edition/1"}))
        change(archive)
    return target.getvalue()


def link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("files/link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def many(archive: zipfile.ZipFile) -> None:
    for number in range(MAX_ENTRIES + 1):
        archive.writestr(f"files/{number}", b"")


def twice(archive: zipfile.ZipFile) -> None:
    with pytest.warns(UserWarning):
        archive.writestr("manifest.json", "{}")


@pytest.mark.parametrize(
    "change",
    [
        lambda archive: archive.writestr("../../etc/cron.d/x", b"x"),
        lambda archive: archive.writestr("/etc/passwd", b"x"),
        lambda archive: archive.writestr("files\\..\\x", b"x") if sys.platform == "win32" else archive.writestr("C:x", b"x"),
        lambda archive: archive.writestr("files/bomb", b"\x00" * 20_000_000),
        link, many, twice,
    ],
)  # fmt: skip
def test_archives_made_to_do_harm_are_not_read(change):
    with pytest.raises(Unreadable):
        read_package(io.BytesIO(crafted(change)))


def test_a_header_that_lies_about_the_size(packed):
    """The directory says four bytes, the entry unpacks to more: no more than what was said is ever read."""
    broken = bytearray(packed)
    place = broken.rfind(b"pages/001-lesson.json") - 46  # its line in the directory
    assert broken[place : place + 4] == b"PK\x01\x02"
    broken[place + 24 : place + 28] = (4).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        read_package(io.BytesIO(bytes(broken)))


@pytest.mark.parametrize(
    "manifest",
    [
        b"", b"[]", b"{", b"\xff\xfe", b'{"format": "lms-edition/2"}', b'{"format": "lms-edition/1", "format": "x"}',
        b'{"format": "lms-edition/1", "x": NaN}', b'{"format": "lms-edition/1", "x": 1.5}', b"[" * 100_000,
        b'{"format": "lms-edition/1", "x": 99999999999999999999}',
    ],
)  # fmt: skip
def test_a_manifest_that_is_none(manifest):
    with pytest.raises(Unreadable):
        read_package(io.BytesIO(repacked({"manifest.json": manifest})))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["hash_scheme", "content_hash", "level", "syllabus", "items", "files", "parts", "edition"]),
)
def test_a_manifest_of_any_shape_is_refused_and_never_breaks_anything(value, name):
    good = {"format": "lms-edition/1", "hash_scheme": 2, "content_hash": "sha256:0", "level": "junior", "files": [],
            "syllabus": {"slug": "x", "content_hash": "y"}, "parts": [],
            "items": [{"kind": "course", "required": True, "content_hash": "z", "path": "pages/0"}]}  # fmt: skip
    package = read_package(io.BytesIO(repacked({"manifest.json": json.dumps(good | {name: value}).encode()})))
    assert not package.sound


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "value", "id", "key", "title", "options", "image", "library"]), inner),
        max_leaves=12,
    ),
    st.sampled_from(["title", "body", "topics", "minutes", "exhibits", "stages", "deliverable", "rubric", "parts",
                     "case_placements", "about", "level", "competences", "legally_valid_on"]),
    st.sampled_from(["course", "lesson", "case"]),
)  # fmt: skip
def test_a_page_of_any_shape_is_read_without_an_error(value, name, kind):
    Reader({}, [1]).page(kind, {"title": "x", name: value})

