"""The pages of authors and reviewers: who sees and does what, gaps by name, second clicks."""

import pytest
from django.urls import reverse

from curriculum.models import CourseReview, Edition

STEPS = ["review_approve", "review_return", "review_withdraw"]


def post(client, name, review, **data):
    data.setdefault("stage", review.status)
    return client.post(reverse(name, args=[review.uuid]), data)


@pytest.fixture
def with_authority(review, base_reviewer, at):
    review.approve(by=base_reviewer, at=at)
    return review


# --- Submitting -------------------------------------------------------------------------------------------------------


def test_an_author_sends_a_course_to_review(course, author, client_for):
    response = client_for(author).post(reverse("course_submit", args=[course.pk]), {"note": "首版"})
    review = CourseReview.objects.get()
    assert response.url == review.get_absolute_url()
    assert (review.note, review.submitted_by, review.status) == ("首版", author, "with_base")


def test_a_second_click_finds_the_review(course, author, client_for):
    client = client_for(author)
    for _click in range(2):
        response = client.post(reverse("course_submit", args=[course.pk]))
        assert response.status_code == 302
    assert CourseReview.objects.count() == 1


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "职业概览"), ("en", "The profession")])
def test_gaps_come_back_by_name(course, author, client_for, language, words):
    course.get_children().first().specific.delete()
    client = client_for(author, language)
    assert words in client.get(reverse("course_status", args=[course.pk])).text
    response = client.post(reverse("course_submit", args=[course.pk]))
    assert response.status_code == 409
    assert "A1" in response.text and words in response.text
    assert not CourseReview.objects.exists()


def test_the_base_reviewer_sees_but_does_not_send(course, base_reviewer, client_for):
    client = client_for(base_reviewer)
    assert client.get(reverse("course_status", args=[course.pk])).status_code == 200
    assert client.post(reverse("course_submit", args=[course.pk])).status_code == 403


def test_another_base_finds_no_course(course, outsider, reviewer, trainee, client_for):
    for person in (outsider, reviewer, trainee):
        client = client_for(person)
        assert client.get(reverse("course_status", args=[course.pk])).status_code == 404
        assert client.post(reverse("course_submit", args=[course.pk])).status_code == 404


def test_authoring_home(course, author, trainee, outsider, client_for):
    response = client_for(author).get(reverse("authoring_home"))
    assert course.title in response.text
    assert client_for(trainee).get(reverse("authoring_home")).status_code == 403
    assert course.title not in client_for(outsider).get(reverse("authoring_home")).text
    assert client_for(None).get(reverse("authoring_home")).status_code == 302


def test_authoring_home_says_what_keeps_a_course_from_review(course, author, client_for):
    client = client_for(author, "en")
    url = reverse("authoring_home")
    assert "in the way of review" not in client.get(url).text
    lesson = course.get_children().first().specific
    lesson.topics.set([])
    lesson.save_revision(clean=False)
    assert "2 gaps stand in the way of review" in client.get(url).text  # the lesson's topics, and A1 is not covered


def test_every_page_of_the_course_can_be_previewed(course, author, client_for):
    client = client_for(author)
    text = client.get(reverse("course_status", args=[course.pk])).text
    for page in (course, *course.get_children(), course.case_placements.get().case):
        url = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
        assert url in text
        assert client.get(url).status_code == 200


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_both_approve_and_the_edition_is_made(review, base_reviewer, reviewer, client_for):
    assert post(client_for(base_reviewer), "review_approve", review).status_code == 302
    review.refresh_from_db()
    assert post(client_for(reviewer), "review_approve", review, comment="同意").status_code == 302
    review.refresh_from_db()
    assert review.status == "approved"
    assert review.edition == Edition.objects.get()


def test_a_second_click_on_approve_decides_nothing_more(review, base_reviewer, client_for):
    client = client_for(base_reviewer)
    for _click in range(2):
        assert post(client, "review_approve", review, stage="with_base").status_code == 302
    review.refresh_from_db()
    assert (review.status, review.steps.count()) == ("with_authority", 1)


def test_a_page_left_open_decides_nothing_it_did_not_show(with_authority, reviewer, client_for):
    response = post(client_for(reviewer), "review_approve", with_authority, stage="with_base")
    assert response.status_code == 409
    with_authority.refresh_from_db()
    assert with_authority.status == "with_authority"


def test_returning_needs_a_comment_and_keeps_what_was_typed(review, base_reviewer, client_for):
    client = client_for(base_reviewer)
    response = post(client, "review_return", review, comment=" ")
    assert response.status_code == 422
    review.refresh_from_db()
    assert review.status == "with_base"
    assert post(client, "review_return", review, comment="请补充来源").status_code == 302
    review.refresh_from_db()
    assert review.status == "returned"
    assert "请补充来源" in client.get(review.get_absolute_url()).text
    assert post(client, "review_return", review, stage="with_base", comment="再点一次").status_code == 302
    assert review.steps.count() == 1


def test_an_author_withdraws_and_does_not_decide(review, author, client_for):
    client = client_for(author)
    assert post(client, "review_approve", review).status_code == 403
    assert post(client, "review_return", review, comment="x").status_code == 403
    for _click in range(2):
        assert post(client, "review_withdraw", review).status_code == 302
    review.refresh_from_db()
    assert (review.status, review.steps.count()) == ("withdrawn", 1)


def test_the_authority_sees_a_course_once_the_base_approved(review, base_reviewer, reviewer, client_for, at):
    client = client_for(reviewer)
    assert client.get(review.get_absolute_url()).status_code == 404
    assert review.course.title not in client.get(reverse("review_list")).text
    review.approve(by=base_reviewer, at=at)
    assert client.get(review.get_absolute_url()).status_code == 200
    assert review.course.title in client.get(reverse("review_list") + "?status=waiting").text


def test_each_reviewer_decides_at_their_own_stage_only(with_authority, base_reviewer, client_for):
    client = client_for(base_reviewer)
    for name in ("review_approve", "review_return"):
        assert post(client, name, with_authority, comment="x").status_code == 403


def test_another_base_and_trainees_find_nothing(with_authority, outsider, trainee, registrar, client_for):
    for person in (outsider, trainee, registrar):
        client = client_for(person)
        assert client.get(with_authority.get_absolute_url()).status_code == 404
        assert client.get(reverse("review_preview", args=[with_authority.uuid, 0])).status_code == 404
        for name in STEPS:
            assert post(client, name, with_authority, comment="x").status_code == 404


def test_steps_want_post(review, base_reviewer, client_for):
    for name in STEPS:
        assert client_for(base_reviewer).get(reverse(name, args=[review.uuid])).status_code == 405


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_can_be_read_as_submitted(review, base_reviewer, client_for, language):
    client = client_for(base_reviewer, language)
    assert client.get(review.get_absolute_url()).status_code == 200
    texts = [client.get(reverse("review_preview", args=[review.uuid, place])).text for place in range(4)]
    assert "在实验室和企业之间做翻译" in texts[1]
    assert "先弄清是谁的" in texts[1]
    for word in ("用户来信", "问预算", "表现档次", "事后讲评"):
        assert word in texts[3]
    assert client.get(reverse("review_preview", args=[review.uuid, 4])).status_code == 404


def test_the_preview_shows_the_submitted_revision(review, course, base_reviewer, client_for):
    lesson = course.get_children().first().specific
    lesson.title = "后来改的标题"
    lesson.save_revision()
    response = client_for(base_reviewer).get(reverse("review_preview", args=[review.uuid, 1]))
    assert "后来改的标题" not in response.text


def test_changes_since_the_last_edition_are_shown(edition, author, base_reviewer, client_for, at):
    course = edition.course
    lesson = course.get_children().first().specific
    lesson.minutes = 50
    lesson.save_revision(user=author)
    review = CourseReview.submit(course, by=author, at=at.replace(day=2))
    response = client_for(base_reviewer).get(review.get_absolute_url())
    assert [change.state for change in response.context["changes"]] == ["same", "changed", "same", "same"]


def test_the_list_filters_and_exports(review, author, base_reviewer, client_for):
    client = client_for(base_reviewer)
    assert review.course.title in client.get(reverse("review_list")).text
    assert client.get(reverse("review_list") + "?status=withdrawn").context["page"].paginator.count == 0
    csv = b"".join(client.get(reverse("review_list") + "?format=csv").streaming_content).decode()
    assert review.course.title in csv
    assert client_for(author).get(reverse("review_list") + "?status=waiting").context["page"].paginator.count == 0


def test_queries_do_not_grow_with_reviews(course, author, base_reviewer, client_for, at, django_assert_num_queries):
    client = client_for(base_reviewer)
    for _time in range(6):
        CourseReview.submit(course, by=author, at=at).withdraw(by=author, at=at)
    with django_assert_num_queries(7):
        client.get(reverse("review_list"))


def test_the_desk_says_what_waits(review, base_reviewer, author, trainee, client_for):
    assert f"{reverse('review_list')}?status=waiting" in client_for(base_reviewer).get(reverse("desk")).text
    assert reverse("authoring_home") in client_for(author).get(reverse("desk")).text
    assert reverse("review_list") not in client_for(trainee).get(reverse("desk")).text
