"""Export and import: the hash comes out the same on a database where every row has another id, and nothing hostile gets in."""

import hashlib
import io
import json
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from curriculum.contents import page_hash, portable_page
from curriculum.jobs import FORGOTTEN, drop_forgotten_imports
from curriculum.models import CaseScenarioPage, CoursePage, EditionImport, LessonPage, Syllabus, Topic
from curriculum.package import MAX_ENTRIES, Unreadable, read_package
from curriculum.package_import import receive
from curriculum.portable_read import Reader
from curriculum.walls import collection_of
from lms.lib.errors import WrongState
from lms.lib.hashing import content_hash
from tests.curriculum.test_edition import make_image
from tests.curriculum.test_portable import refreeze_by_scheme_1
from tests.factories.curriculum import (
    LESSON_BODY,
    make_case,
    make_edition,
    make_lesson,
    make_person,
    make_syllabus,
    stream,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rich_edition(base, course, author, base_reviewer, reviewer, at):
    """An edition with a picture, a film, a table and links, as authors make them."""
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
    return make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)


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


# --- Export ---------------------------------------------------------------------------------------------------------


def test_the_same_edition_gives_the_same_file(rich_edition, packed, author, client_for):
    assert export(rich_edition, client_for(author)) == packed


def test_manifest_and_pages_fit_the_edition(rich_edition, packed):
    entries = unpacked(packed)
    manifest = json.loads(entries["manifest.json"])
    assert manifest["content_hash"] == rich_edition.content_hash
    assert manifest["frozen"] == {"hash_scheme": 2, "content_hash": rich_edition.content_hash}
    assert [item["content_hash"] for item in manifest["items"]] == [i.content_hash for i in rich_edition.items.all()]
    assert {line["kind"] for line in manifest["files"]} == {"image", "document"}
    assert entries.keys() == {"README.txt", "manifest.json", *(i["path"] for i in manifest["items"]),
                              *(f["path"] for f in manifest["files"])}  # fmt: skip


def test_the_documented_program_checks_it_without_us(packed, tmp_path):
    text = (ROOT / "docs" / "editions.md").read_text("utf-8")
    program = re.search(r"```python\n(import hashlib.*?)```", text, re.DOTALL)[1]
    (tmp_path / "check.py").write_text(program, "utf-8")
    (tmp_path / "good.zip").write_bytes(packed)
    bad = changed(packed, "pages/001-lesson.json", lambda form: form.update(title="改"), rehash=False)
    (tmp_path / "bad.zip").write_bytes(bad)

    def check(name: str):
        return subprocess.run([sys.executable, "-I", "check.py", name], cwd=tmp_path, capture_output=True, text=True)

    good = check("good.zip")
    assert good.returncode == 0, good.stderr
    assert json.loads(unpacked(packed)["manifest.json"])["content_hash"] in good.stdout
    assert check("bad.zip").returncode != 0


def test_an_older_edition_is_exported_with_both_hashes(edition, author, client_for):
    was = edition.content_hash
    refreeze_by_scheme_1(edition)
    manifest = json.loads(unpacked(export(edition, client_for(author)))["manifest.json"])
    assert manifest["content_hash"] == was
    assert manifest["frozen"]["hash_scheme"] == 1
    assert manifest["frozen"]["content_hash"] != was


def test_an_edition_with_a_lost_file_is_not_exported(rich_edition, author, client_for):
    image = get_image_model().objects.get()
    image.file.storage.delete(image.file.name)
    assert client_for(author).get(reverse("edition_zip", args=[rich_edition.uuid])).status_code == 409


def test_others_do_not_export(rich_edition, outsider, trainee, client_for):
    for person in (outsider, trainee):
        assert client_for(person).get(reverse("edition_zip", args=[rich_edition.uuid])).status_code == 404


# --- Round trip -----------------------------------------------------------------------------------------------------


def test_the_other_base_makes_an_edition_of_the_same_hash(rich_edition, packed, other_base, other_author, reviewer,
                                                          make_drafts):  # fmt: skip
    package = bring(packed, other_base, other_author)
    assert (package.status, texts(package, "error")) == ("checked", "")
    make_drafts(package)
    assert package.status == "imported"
    assert package.same_hash
    course = package.course
    assert not course.live
    assert course.get_parent().specific.organisation == other_base
    assert LessonPage.objects.child_of(course).count() == 3
    assert get_image_model().objects.filter(collection=collection_of(other_base)).count() == 1
    again = make_edition(other_base, author=other_author, reviewer=reviewer, course=course)
    assert again.content_hash == rich_edition.content_hash
    assert {i.page_id for i in again.items.all()}.isdisjoint(i.page_id for i in rich_edition.items.all())


def test_on_an_installation_with_other_ids_the_hash_is_the_same(rich_edition, packed, base, author, make_drafts):
    """A syllabus of the same words with other ids stands in for the other installation: its topics, competences and
    levels have other keys, and the first one is no longer to be found."""
    was = Syllabus.objects.get()
    Syllabus.objects.filter(pk=was.pk).update(slug="moved-away", content_hash="sha256:0", status="superseded")
    make_syllabus("filler")  # takes the next ids
    there = make_syllabus("test-outline")
    assert there.content_hash == rich_edition.syllabus.content_hash
    assert there.pk != was.pk
    package = make_drafts(bring(packed, base, author))
    assert package.same_hash
    lesson = LessonPage.objects.child_of(package.course).first()
    assert lesson.topics.get().module.level.syllabus == there


def test_the_wait_is_shown_and_a_second_click_is_harmless(packed, base, author, client_for, run_jobs):
    package = bring(packed, base, author)
    client = client_for(author)
    for _click in range(2):
        client.post(reverse("edition_import_run", args=[package.uuid]))
    assert "请稍候" in client.get(package.get_absolute_url()).text
    run_jobs()
    client.post(reverse("edition_import_run", args=[package.uuid]))
    assert CoursePage.objects.count() == 2
    page = client.get(package.get_absolute_url()).text
    assert "哈希一致" in page


def test_files_that_are_there_are_not_stored_twice(packed, base, author, make_drafts):
    before = get_image_model().objects.count(), get_document_model().objects.count()
    make_drafts(bring(packed, base, author))
    assert (get_image_model().objects.count(), get_document_model().objects.count()) == before


def test_the_uploaded_file_goes_when_the_drafts_are_made(packed, base, author, make_drafts, django_capture_on_commit_callbacks):
    package = bring(packed, base, author)
    storage, name = package.file.storage, package.file.name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        make_drafts(package)
    assert not storage.exists(name)
    assert not package.file


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_an_author_writes_comes_back_with_its_hash(data, base, author, edition):
    """A page's form, read and saved again by other ids, has the hash it had."""
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
    words = text.map(lambda t: t.replace("<", "‹").replace("&", "＆"))
    rich = st.lists(words, min_size=1, max_size=3).map(lambda lines: "".join(f"<p>{line}</p>" for line in lines))
    block = st.one_of(
        st.tuples(st.just("heading"), text), st.tuples(st.just("text"), rich),
        st.tuples(st.just("key_term"), st.fixed_dictionaries({"term": text, "term_en": st.just("") | text, "definition": text})),
        st.tuples(st.just("discussion"), st.fixed_dictionaries({"key": st.just("d1"), "prompt": text})),
        st.tuples(st.just("self_check"), st.fixed_dictionaries({
            "key": st.just("q1"), "question": text,
            "options": st.lists(st.fixed_dictionaries({
                "key": st.sampled_from(["a", "b"]), "text": text, "correct": st.booleans(), "feedback": text,
            }), min_size=2, max_size=3),
        })),
    )  # fmt: skip
    body = data.draw(st.lists(block, max_size=5))
    content = edition.items_of("lesson").first().content() | {
        "title": data.draw(words), "minutes": data.draw(st.integers(0, 999)), "summary": data.draw(st.just("") | text),
        "body": json.dumps([{"type": kind, "value": value, "id": str(n)} for n, (kind, value) in enumerate(body)]),
    }  # fmt: skip
    form = portable_page(content)
    found = Reader({}, []).page("lesson", json.loads(json.dumps(form)))
    assert (found.problems, found.cleaned) == ([], [])
    page = LessonPage(**{k: v for k, v in found.values.items() if k != "body"})
    page.body = LessonPage.body.field.stream_block.to_python(found.values.get("body", []))
    again = page.serializable_data() | {"topics": content["topics"]}
    assert page_hash(again) == page_hash(content) == content_hash(form)


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


# --- Pages ----------------------------------------------------------------------------------------------------------


def test_an_author_uploads_and_reads_the_report(packed, base, author, client_for):
    client = client_for(author)
    response = client.post(reverse("edition_import_list"), {
        "organisation": base.pk, "file": SimpleUploadedFile("edition.zip", packed),
    }, follow=True)  # fmt: skip
    assert "初级课程(测试)" in response.text
    assert "可以导入" in response.text
    assert "edition.zip" in response.text


def test_no_file_no_report(base, author, client_for):
    response = client_for(author).post(reverse("edition_import_list"), {"organisation": base.pk})
    assert response.status_code == 422
    assert not EditionImport.objects.exists()


def test_nobody_imports_for_another_base(packed, base, author, other_base, client_for):
    response = client_for(author).post(reverse("edition_import_list"), {
        "organisation": other_base.pk, "file": SimpleUploadedFile("edition.zip", packed),
    })  # fmt: skip
    assert response.status_code == 422
    assert not EditionImport.objects.exists()


def test_an_upload_is_discarded_after_asking(packed, base, author, client_for, django_capture_on_commit_callbacks):
    package = bring(packed, base, author)
    storage, name = package.file.storage, package.file.name
    url = reverse("edition_import_drop", args=[package.uuid])
    assert client_for(author).get(url).status_code == 200
    assert EditionImport.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert client_for(author).post(url).status_code == 302
    assert not EditionImport.objects.exists()
    assert not storage.exists(name)


def test_what_was_imported_is_not_discarded(packed, base, author, make_drafts, client_for):
    package = make_drafts(bring(packed, base, author))
    assert client_for(author).post(reverse("edition_import_drop", args=[package.uuid])).status_code == 409
    assert EditionImport.objects.exists()


def test_forgotten_uploads_are_dropped(packed, base, author):
    package = bring(packed, base, author)
    drop_forgotten_imports(None)
    assert EditionImport.objects.exists()
    EditionImport.objects.filter(pk=package.pk).update(uploaded_at=timezone.now() - FORGOTTEN * 2)
    drop_forgotten_imports(None)
    assert not EditionImport.objects.exists()


def test_others_see_nothing_of_it(packed, base, author, base_reviewer, outsider, trainee, client_for):
    package = bring(packed, base, author)
    for person in (base_reviewer, outsider, trainee):
        assert client_for(person).get(package.get_absolute_url()).status_code == 404
    assert client_for(trainee).get(reverse("edition_import_list")).status_code == 403
    assert "初级课程" not in client_for(outsider).get(reverse("edition_import_list")).text


def test_a_case_brought_along_can_be_played(packed, base, author, make_drafts, client_for):
    package = make_drafts(bring(packed, base, author))
    page = client_for(author).get(reverse("course_walk_page", args=[package.course.pk, 4])).text
    assert "先问什么?" in page


def test_a_draft_that_names_no_case_has_a_form_too(course):
    case = make_case(course.get_parent().specific.organisation, [], [])
    course.parts = stream(CoursePage, "parts", [("part", {"key": "x", "kind": "case", "title": "x", "title_en": "",
                                                          "weight": 1, "pass_mark": 1, "cases": [case.pk]})])  # fmt: skip
    course.save_revision()
    assert portable_page(course.latest_revision.content)["parts"][0]["value"]["cases"] == [-1]
