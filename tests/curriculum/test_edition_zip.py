"""Export and import: the hash comes out the same on a database where every row has another id, and nothing hostile gets in."""

import json
import re
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from curriculum.contents import page_hash, portable_page
from curriculum.jobs import FORGOTTEN, drop_forgotten_imports
from curriculum.models import CoursePage, EditionImport, LessonPage, Syllabus, SyllabusStandard
from curriculum.portable_read import Reader
from curriculum.walls import collection_of
from lms.lib.hashing import content_hash
from tests.curriculum.packages import ROOT, bring, changed, export, texts, unpacked
from tests.curriculum.test_portable import refreeze_by_scheme_1
from tests.factories.curriculum import (
    make_case,
    make_edition,
    make_syllabus,
    stream,
)

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
    hashed = was.content_hash
    SyllabusStandard.objects.update(slug="moved-away")
    Syllabus.objects.filter(pk=was.pk).update(slug="moved-away", content_hash="sha256:0", status="superseded")
    make_syllabus("filler")  # takes the next ids
    there = make_syllabus("test-outline")
    assert there.content_hash == hashed
    assert there.pk != was.pk
    package = make_drafts(bring(packed, base, author))
    assert package.same_hash
    lesson = LessonPage.objects.child_of(package.course).first()
    assert lesson.topics.get().module.level.syllabus == there


def test_the_wait_is_shown_and_a_second_click_is_harmless(packed, base, author, client_for, run_jobs):
    package, before = bring(packed, base, author), CoursePage.objects.count()
    client = client_for(author)
    for _click in range(2):
        client.post(reverse("edition_import_run", args=[package.uuid]))
    assert "请稍候" in client.get(package.get_absolute_url()).text
    run_jobs()
    client.post(reverse("edition_import_run", args=[package.uuid]))
    assert CoursePage.objects.count() == before + 1
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
        "title": data.draw(words.filter(str.strip)), "minutes": data.draw(st.integers(0, 999)),
        "summary": data.draw(st.just("") | text),
        "body": json.dumps([{"type": kind, "value": value, "id": str(n)} for n, (kind, value) in enumerate(body)]),
    }  # fmt: skip
    form = portable_page(content)
    found = Reader({}, []).page("lesson", json.loads(json.dumps(form)))
    assert (found.problems, found.cleaned) == ([], [])
    page = LessonPage(**{k: v for k, v in found.values.items() if k != "body"})
    page.body = LessonPage.body.field.stream_block.to_python(found.values.get("body", []))
    again = page.serializable_data() | {"topics": content["topics"]}
    assert page_hash(again) == page_hash(content) == content_hash(form)


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
