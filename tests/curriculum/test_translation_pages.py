"""Pages for translators and reviewers: side by side, saved as one types, approved by somebody else; out and back as XLIFF."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from curriculum import xliff
from curriculum.models import LessonPage, Translation, TranslationSegment
from curriculum.translating import begin
from tests.factories.translations import english

Status = TranslationSegment.Status


@pytest.fixture
def row(course, author, at) -> Translation:
    begin(course, by=author, at=at)
    return Translation.objects.filter(kind="lesson").first()


def url(row, name="edit"):
    return reverse(f"translation_{name}", args=[row.page_id])


def post_segment(client, segment, **data):
    address = reverse("translation_segment", args=[segment.translation.page_id, segment.pk])
    return client.post(address, {"number": segment.number, **data})


def first(row, **kwargs) -> TranslationSegment:
    return row.segments.filter(**kwargs).first()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_works(client_for, row, course, author, base_reviewer, language):
    for person in (author, base_reviewer):
        client = client_for(person, language)
        for address in (url(row), reverse("translation_list"), reverse("translation_course", args=[course.pk])):
            response = client.get(address)
            assert response.status_code == 200 and "%(" not in response.text, address
    assert client_for(base_reviewer, language).get(url(row, "review")).status_code == 200


def test_a_course_is_begun_from_its_page(client_for, course, author, base_reviewer):
    address = reverse("translation_begin", args=[course.pk])
    assert client_for(base_reviewer).post(address).status_code == 403
    assert client_for(author).post(address).status_code == 302
    assert client_for(author).post(address).status_code == 302
    assert Translation.objects.filter(page=course.pk).count() == 1


def test_saved_as_one_types(client_for, row, author):
    client, segment = client_for(author, "en"), first(row, kind="rich")
    answer = post_segment(client, segment, target="<p>Half", done="0").json()
    assert answer["status"] == Status.DRAFT and answer["problems"] == [] and answer["saved"].startswith("Saved at")
    segment.refresh_from_db()
    answer = post_segment(client, segment, target="<p>Half", done="1").json()
    assert answer["problems"] == ["The tag <p> is not opened or not closed."] and answer["status"] == Status.DRAFT
    segment.refresh_from_db()
    answer = post_segment(client, segment, target="<p>Whole</p><script>x</script>", done="0").json()
    assert answer["html"] == "<p>Whole</p>"  # what is shown is clean, what is kept is what was typed
    assert "&lt;script&gt;" in client.get(url(row)).text and "<script>x" not in client.get(url(row)).text


def test_two_tabs(client_for, row, author):
    client, segment = client_for(author, "en"), first(row, kind="plain")
    assert post_segment(client, segment, target="One", done="0").status_code == 200
    answer = post_segment(client, segment, target="Two", done="0")
    assert answer.status_code == 409 and answer.json()["theirs"] == "One"
    segment.refresh_from_db()
    assert segment.target == "One"


def test_without_javascript_the_form_saves_everything(client_for, row, author):
    client = client_for(author, "en")
    rich, plain = first(row, kind="rich"), first(row, kind="plain")
    data = {}
    for segment, text in ((rich, "<p>Open"), (plain, "A heading")):
        data |= {f"target-{segment.pk}": text, f"number-{segment.pk}": segment.number, f"done-{segment.pk}": "1"}
    response = client.post(url(row), data)
    assert response.status_code == 422 and "is not opened or not closed" in response.text
    rich.refresh_from_db()
    plain.refresh_from_db()
    assert (rich.target, rich.status) == ("<p>Open", Status.DRAFT) and plain.status == Status.DONE
    response = client.post(url(row), data | {f"target-{plain.pk}": "Another"})  # numbers of before: a stale page
    assert response.status_code == 409 and "Another" in response.text and "A heading" in response.text
    plain.refresh_from_db()
    assert plain.target == "A heading"


def test_somebody_else_approves(client_for, row, author, base_reviewer, reviewer):
    for segment in row.segments.all():
        post_segment(client_for(author), segment, target=english(segment), done="1")
    client = client_for(base_reviewer, "en")
    page = client_for(author, "en").get(url(row)).text
    assert "Ctrl + Enter" in page and "&lt;li&gt;" in page
    assert "Translations that wait for your approval" in client.get(reverse("desk")).text
    page = client.get(url(row, "review")).text
    done = list(row.segments.filter(status=Status.DONE))
    assert len(done) == row.segments.count() and page.count('name="approve"') == len(done)
    data = {"decision": "approve", "approve": [s.pk for s in done]} | {f"number-{s.pk}": s.number for s in done}
    assert client_for(author).post(url(row, "review"), data).status_code == 403
    assert client_for(reviewer).post(url(row, "review"), data).status_code == 404  # the authority has the core only
    assert client.post(url(row, "review"), data).status_code == 302
    row.refresh_from_db()
    assert row.approved == row.total and row.version == 1
    assert client.post(url(row, "review"), data).status_code == 409  # a second click
    assert row.releases.count() == 1


def test_given_back(client_for, row, author, base_reviewer):
    segment = first(row, kind="plain")
    post_segment(client_for(author), segment, target="Why", done="1")
    client = client_for(base_reviewer, "en")
    response = client.post(url(row, "review"), {"decision": "return", "note": " "})
    assert response.status_code == 422 and "Say why." in response.text
    client.post(url(row, "review"), {"decision": "return", "note": "Say “need”."})
    assert "Say “need”." in client_for(author, "en").get(url(row)).text


def test_a_change_of_the_chinese_is_shown_as_a_difference(client_for, row, author):
    segment = first(row, kind="plain")
    post_segment(client_for(author), segment, target="Why", done="1")
    lesson = LessonPage.objects.get(pk=row.page_id)
    raw = list(lesson.body.raw_data)
    lesson.body = lesson.body.stream_block.to_python([{**raw[0], "value": raw[0]["value"] + "新增"}, *raw[1:]])
    lesson.save_revision()
    text = client_for(author, "en").get(url(row) + "?show=old").text
    assert "The Chinese has changed" in text and "<ins>新增</ins>" in text
    assert client_for(author, "en").get(reverse("translation_list") + "?state=old").text.count("?show=old") == 1


def test_walls(client_for, row, course, outsider, trainee):
    for person in (outsider, trainee):
        client = client_for(person)
        segment = first(row)
        assert client.get(url(row)).status_code == 404
        assert post_segment(client, segment, target="x").status_code == 404
        assert client.get(reverse("translation_export", args=[course.pk])).status_code == 404
    assert row.page.title not in client_for(outsider).get(reverse("translation_list")).text
    assert client_for(trainee).get(reverse("translation_list")).status_code == 403


def test_the_list_filters_and_exports(client_for, row, course, author, django_assert_max_num_queries):
    client = client_for(author, "en")
    assert client.get(reverse("translation_list"), {"kind": "case", "course": course.pk}).text.count("<progress") == 1
    assert "No translation here" in client.get(reverse("translation_list"), {"state": "complete"}).text
    csv = b"".join(client.get(reverse("translation_list"), {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert len(csv.strip().splitlines()) == 1 + Translation.objects.count()
    with django_assert_max_num_queries(9):
        client.get(reverse("translation_list"))


# --- XLIFF ------------------------------------------------------------------------------------------------------------


def bring(client, course, data: bytes):
    file = SimpleUploadedFile("course.xlf", data)
    return client.post(reverse("translation_import", args=[course.pk]), {"file": file})


def translated_file(course, client) -> bytes:
    """The export, as a translation program gives it back."""
    exported = client.get(reverse("translation_export", args=[course.pk])).content
    by_place = {(str(s.translation.page_id), s.key): s for s in TranslationSegment.objects.select_related("translation")}
    units = []
    for unit in xliff.read(exported):
        segment = by_place[unit.page, unit.key]
        assert unit.source == segment.source
        units.append(xliff.Unit(int(unit.page), "", unit.key, unit.source, english(segment), "done"))
    return xliff.write(units)


def test_out_and_back(client_for, row, course, author):
    client = client_for(author, "en")
    assert bring(client, course, translated_file(course, client)).status_code == 302
    assert set(TranslationSegment.objects.values_list("status", flat=True)) == {Status.DONE}
    numbers = list(TranslationSegment.objects.values_list("number", flat=True))
    assert bring(client, course, translated_file(course, client)).status_code == 302  # again: nothing changes
    assert list(TranslationSegment.objects.values_list("number", flat=True)) == numbers


def test_all_or_nothing_with_every_problem_named(client_for, row, course, author):
    client = client_for(author, "en")
    text = translated_file(course, client).decode()
    rich = first(row, kind="rich")
    broken = text.replace("&lt;/p&gt;</target>", "</target>", 1).replace(rich.key, "body/nowhere", 1)
    response = bring(client, course, broken.encode())
    assert response.status_code == 422
    assert "Nothing was taken over" in response.text and "This course has no such part." in response.text
    assert not TranslationSegment.objects.exclude(target="").exists()
    changed = first(row, kind="plain")
    response = bring(client, course, text.replace(f">{changed.source}<", ">别的话<", 1).encode())
    assert "The Chinese has changed since the file was exported." in response.text


@pytest.mark.parametrize(
    "data",
    [b"", b"none", b"<xliff/>", b'<!DOCTYPE x [<!ENTITY a "b">]><xliff>&a;</xliff>',
     b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="de"/>',
     b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="zh" trgLang="en"/>'],
)  # fmt: skip
def test_files_that_are_none(client_for, row, course, author, data):
    response = bring(client_for(author, "en"), course, data)
    assert (response.status_code == 422 and "errorlist" in response.text) or "holds no part" in response.text
