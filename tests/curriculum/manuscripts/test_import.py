"""The pages of a manuscript: bringing it, what is kept while one types, the drafts, and the walls around all of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry

from curriculum.manuscript_build import make, receive
from curriculum.models import LessonPage, Manuscript
from curriculum.models.manuscripts import private_storage
from curriculum.sample.manuscripts import sample
from lms.lib.errors import WrongState
from tests.curriculum.manuscripts.files import png, word, zipped
from tests.factories.curriculum import make_lesson

TEXT = "# 新课甲\n\n专题：A1\n英文标题：New lesson\n作者：编写组\n\n文。\n\n![](a.png)\n\n"
TEXT += "# 新课乙\n\n专题：A2、Z9\n\n## 思考题\n\n为什么？"


@pytest.fixture
def manuscript(course, base, author, at):
    data = zipped({"a.md": TEXT, "a.png": png()})
    return receive(data, kind="zip", title="两课", split=True, course=course, organisation=base, by=author, at=at)


def upload(client, course, data: bytes, name: str = "稿.docx", split: str = "several"):
    form = {"file-file": SimpleUploadedFile(name, data), "file-split": split}
    return client.post(reverse("manuscript_list", args=[course.pk]), form)


def typed(manuscript, **changes) -> dict:
    """What the page would post as it stands, with changes; None takes a field away."""
    values = {}
    topics = {topic.code: topic.pk for topic in _topics(manuscript)}
    for number, lesson in enumerate(manuscript.reading["lessons"]):
        values |= {
            f"l-{number}-take": "on", f"l-{number}-target": "", f"l-{number}-title": lesson["title"],
            f"l-{number}-title_en": lesson["facts"].get("title_en", ""), f"l-{number}-minutes": lesson["minutes"],
            f"l-{number}-topics": [topics[code] for code in lesson["codes"]],
        }  # fmt: skip
    for key in manuscript.reading["pictures"]:
        values |= {f"p-{key}-alt": "一块红色", f"p-{key}-caption": "红块"}
    values |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in values.items() if value is not None}


def _topics(manuscript):
    from curriculum.manuscript_build import topics_of

    return topics_of(manuscript.course)


def key_of(manuscript) -> str:
    return next(iter(manuscript.reading["pictures"]))


def test_it_works(client_for, author, course, base, django_capture_on_commit_callbacks):
    client = client_for(author)
    before = LessonPage.objects.child_of(course).count()
    response = upload(client, course, word("# 新课\n\n专题：A1\n\n文。\n\n![红块](a.png)", png()))
    manuscript = Manuscript.objects.get()
    assert response.url == manuscript.get_absolute_url()
    page = client.get(response.url)
    address = reverse("manuscript_picture", args=[manuscript.uuid, key_of(manuscript)])
    assert page.status_code == 200 and "新课" in page.text and address in page.text
    picture = client.get(address)
    assert picture.content == png() and picture["Content-Type"] == "image/png" and picture["X-Content-Type-Options"] == "nosniff"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(response.url, typed(manuscript)).status_code == 302
    lesson = LessonPage.objects.child_of(course).get(title="新课")
    assert LessonPage.objects.child_of(course).count() == before + 1
    assert not lesson.live and lesson.owner == author
    latest = lesson.get_latest_revision_as_object()
    assert [topic.code for topic in latest.topics.all()] == ["A1"]
    figure = latest.body[1].value
    assert (figure["alt"], figure["caption"]) == ("一块红色", "红块")
    assert figure["image"].collection.name == f"org:{base.slug}"
    manuscript.refresh_from_db()
    assert manuscript.status == "made" and [line["page"] for line in manuscript.made] == [lesson.pk]
    assert not private_storage().exists(manuscript.picture_name(key_of(manuscript)))
    assert ModelLogEntry.objects.filter(action="curriculum.manuscript.import", user=author).count() == 1
    assert "新课" in client.get(response.url).text


def test_pasted_text_stays_when_it_is_refused(client_for, author, course):
    address = reverse("manuscript_list", args=[course.pk])
    refused = client_for(author).post(address, {"text": "# \n\n<b>", "split": "one"})
    assert refused.status_code == 422 and "没有正文" in refused.text and "&lt;b&gt;" in refused.text
    assert not Manuscript.objects.exists()
    assert client_for(author).post(address, {"text": "# 题\n\n正文", "split": "one"}).status_code == 302
    assert Manuscript.objects.get().title == "粘贴的文本"


@pytest.mark.parametrize(("name", "data", "said"), [
    ("a.doc", b"\xd0\xcf\x11\xe0", "另存为 .docx"), ("a.docx", b"none", "不是能读的 Word 文件"), ("a.md", b"\x00\x00", "UTF-8"),
    ("a.pdf", b"%PDF", "书稿应是"), ("a.zip", b"PK\x03\x04", "ZIP"),
])  # fmt: skip
def test_a_file_that_is_none_is_refused_beside_the_field(client_for, author, course, name, data, said):
    response = upload(client_for(author), course, data, name)
    assert response.status_code == 422 and said in response.text
    assert not Manuscript.objects.exists()


def test_every_picture_needs_words_and_nothing_typed_is_lost(client_for, author, course, manuscript):
    client, key = client_for(author), key_of(manuscript)
    before = LessonPage.objects.count(), get_image_model().objects.count()
    answer = client.post(manuscript.get_absolute_url(), typed(manuscript, **{f"p__{key}__alt": " ", "l__0__title": "改过的题"}))
    assert answer.status_code == 422 and "请写出图上是什么" in answer.text and "改过的题" in answer.text
    assert (LessonPage.objects.count(), get_image_model().objects.count()) == before
    again = client.get(manuscript.get_absolute_url())
    assert "改过的题" in again.text and "请写出图上是什么" not in again.text
    done = client.post(manuscript.get_absolute_url(), typed(manuscript, **{f"p__{key}__alt": "", f"p__{key}__left_out": "on"}))
    assert done.status_code == 302
    lesson = LessonPage.objects.get(title="新课甲").get_latest_revision_as_object()
    assert [block.block_type for block in lesson.body] == ["text"]
    assert get_image_model().objects.count() == before[1]


def test_what_is_not_made_need_not_be_right(client_for, author, course, manuscript):
    changes = {"l__0__take": None, "l__0__title": "", f"p__{key_of(manuscript)}__alt": ""}
    assert client_for(author).post(manuscript.get_absolute_url(), typed(manuscript, **changes)).status_code == 302
    assert not LessonPage.objects.filter(title="新课甲").exists()
    assert LessonPage.objects.filter(title="新课乙").exists()


def test_nothing_chosen_and_nonsense_are_refused(client_for, author, course, manuscript):
    client = client_for(author)
    nonsense = [
        {"l__0__take": None, "l__1__take": None}, {"l__0__minutes": "0"}, {"l__1__topics": ["999999"]}, {"l__0__target": "9"},
    ]  # fmt: skip
    for changes in nonsense:
        assert client.post(manuscript.get_absolute_url(), typed(manuscript, **changes)).status_code == 422
    assert not LessonPage.objects.filter(title="新课乙").exists()


def test_keeping_makes_nothing(client_for, author, course, manuscript):
    client = client_for(author)
    answer = client.post(manuscript.get_absolute_url(), typed(manuscript, keep="1", l__1__title="先存着", l__1__topics=None))
    assert answer.status_code == 302 and not LessonPage.objects.filter(title="先存着").exists()
    assert "先存着" in client.get(manuscript.get_absolute_url()).text


def test_a_lesson_that_is_there_gets_the_new_text(client_for, author, course, manuscript):
    lesson = make_lesson(course, "旧课", list(_topics(manuscript))[:1], author=author)
    old = lesson.latest_revision
    changes = {"l__0__target": str(lesson.pk), "l__1__take": None}
    assert client_for(author).post(manuscript.get_absolute_url(), typed(manuscript, **changes)).status_code == 302
    lesson = LessonPage.objects.get(pk=lesson.pk)
    now = lesson.get_latest_revision_as_object()
    assert now.title == "新课甲" and now.author == "编写组" and now.body[0].value.source == "<p>文。</p>"
    assert lesson.latest_revision_id != old.pk and lesson.revisions.filter(pk=old.pk).exists()
    assert not lesson.live


def test_two_lessons_can_not_go_to_one_and_a_locked_one_takes_none(client_for, author, course, manuscript):
    lesson = make_lesson(course, "旧课", [], author=author)
    client = client_for(author)
    both = {"l__0__target": str(lesson.pk), "l__1__target": str(lesson.pk)}
    assert client.post(manuscript.get_absolute_url(), typed(manuscript, **both)).status_code == 422
    LessonPage.objects.filter(pk=lesson.pk).update(locked=True)
    answer = client.post(manuscript.get_absolute_url(), typed(manuscript, l__0__target=str(lesson.pk)))
    assert answer.status_code == 422 and "锁定" in answer.text


def test_all_or_nothing(client_for, author, course, manuscript, monkeypatch):
    """The second lesson fails: neither the first nor its picture stays, and the manuscript waits as before."""
    import curriculum.manuscript_build as build

    real, calls = build._lesson, []

    def failing(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("no")
        return real(*args, **kwargs)

    monkeypatch.setattr(build, "_lesson", failing)
    before = LessonPage.objects.count(), get_image_model().objects.count()
    client = client_for(author)
    client.raise_request_exception = False
    assert client.post(manuscript.get_absolute_url(), typed(manuscript)).status_code == 500
    assert (LessonPage.objects.count(), get_image_model().objects.count()) == before
    manuscript.refresh_from_db()
    assert manuscript.is_waiting and manuscript.picture(key_of(manuscript)) == png()


def test_a_second_click_makes_nothing_more(client_for, author, course, manuscript, at):
    client, form = client_for(author), typed(manuscript)
    assert client.post(manuscript.get_absolute_url(), form).status_code == 302
    count = LessonPage.objects.count()
    assert client.post(manuscript.get_absolute_url(), form).status_code == 200  # the page that says what was made
    with pytest.raises(WrongState):
        make(manuscript, [], {}, by=author, at=at)
    assert LessonPage.objects.count() == count


def test_the_same_picture_is_kept_once(client_for, author, course, manuscript, base, at):
    client = client_for(author)
    client.post(manuscript.get_absolute_url(), typed(manuscript))
    images = get_image_model().objects.count()
    data = zipped({"a.md": TEXT, "a.png": png()})
    again = receive(data, kind="zip", title="再来", split=False, course=course, organisation=base, by=author, at=at)
    client.post(again.get_absolute_url(), typed(again))
    assert get_image_model().objects.count() == images
    assert LessonPage.objects.child_of(course).filter(title="新课甲").count() == 2  # and Wagtail finds an address for each


def test_read_again_as_one_lesson(client_for, author, manuscript):
    client = client_for(author)
    client.post(manuscript.get_absolute_url(), typed(manuscript, keep="1"))
    assert client.post(reverse("manuscript_split", args=[manuscript.uuid]), {"split": "one"}).status_code == 302
    manuscript.refresh_from_db()
    assert len(manuscript.reading["lessons"]) == 1 and not manuscript.split
    assert manuscript.choices == {f"p-{key_of(manuscript)}-alt": ["一块红色"], f"p-{key_of(manuscript)}-caption": ["红块"]}


def test_topics_that_are_none_are_named(client_for, author, manuscript):
    assert "“Z9”这个专题" in client_for(author).get(manuscript.get_absolute_url()).text


def test_discarding_takes_the_files_along(client_for, author, manuscript, django_capture_on_commit_callbacks):
    client, address = client_for(author), reverse("manuscript_drop", args=[manuscript.uuid])
    assert client.get(address).status_code == 200
    name = manuscript.picture_name(key_of(manuscript))
    assert private_storage().exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(address).status_code == 302
    assert not Manuscript.objects.exists() and not private_storage().exists(name)


@pytest.mark.parametrize("name", ["manuscript_page", "manuscript_split", "manuscript_drop"])
def test_nobody_else_finds_it(client_for, outsider, base_reviewer, reviewer, manuscript, name):
    for person in (outsider, base_reviewer, reviewer):
        client = client_for(person)
        assert client.post(reverse(name, args=[manuscript.uuid])).status_code == 404
        assert client.get(reverse("manuscript_picture", args=[manuscript.uuid, key_of(manuscript)])).status_code == 404
    assert client_for(outsider).get(reverse("manuscript_list", args=[manuscript.course_id])).status_code == 404
    assert client_for(base_reviewer).get(reverse("manuscript_list", args=[manuscript.course_id])).status_code == 403


def test_lessons_of_another_course_are_no_place(client_for, author, base, course, manuscript, other_base, outsider):
    from tests.factories.curriculum import make_course

    theirs = make_lesson(make_course(other_base, outsider), "外人的课", [], author=outsider)
    answer = client_for(author).post(manuscript.get_absolute_url(), typed(manuscript, l__0__target=str(theirs.pk)))
    assert answer.status_code == 422
    assert theirs.title not in client_for(author).get(manuscript.get_absolute_url()).text


@pytest.mark.parametrize("kind", ["docx", "md", "zip"])
def test_the_sample_comes_back_as_it_went(client_for, author, trainee, course, kind):
    client = client_for(author)
    response = client.get(reverse("manuscript_sample", args=[kind]))
    data = b"".join(response.streaming_content)
    assert data == sample(kind) and "attachment" in response["Content-Disposition"]
    assert upload(client, course, data, f"a.{kind}").status_code == 302
    assert Manuscript.objects.get().reading["general"] == []
    assert client_for(trainee).get(reverse("manuscript_sample", args=[kind])).status_code == 403


def test_the_editor_leads_there(client_for, author, base_reviewer, course):
    lesson = course.get_children().first()
    address = reverse("manuscript_list", args=[course.pk])
    for page in (course, lesson):
        assert address in client_for(author).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text
    assert address in client_for(author).get(reverse("course_status", args=[course.pk])).text
    assert address not in client_for(base_reviewer).get(reverse("course_status", args=[course.pk])).text


def test_queries_do_not_grow_with_lessons(client_for, author, course, base, at, django_assert_max_num_queries):
    text = "".join(f"# 第{n}课\n\n文\n\n" for n in range(20))
    manuscript = receive(text.encode(), kind="md", title="长稿", split=True, course=course, organisation=base, by=author, at=at)
    client = client_for(author)
    client.get(manuscript.get_absolute_url())
    with django_assert_max_num_queries(30):
        client.get(manuscript.get_absolute_url())
