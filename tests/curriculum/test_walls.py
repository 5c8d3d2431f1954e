"""The walls in Wagtail's editor: a base edits, chooses, lists and links to its own pages, images and documents only."""

import pytest
from django.core.files.base import ContentFile
from django.test import RequestFactory
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page
from wagtail.search.backends import get_search_backend
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from accounts.models import Organisation
from curriculum.admin_walls import limit_files
from curriculum.models import CasePlacement, CaseScenarioPage, CoursePage, HomePage, TrainingBasePage
from curriculum.wagtail_hooks import limit_page_chooser
from curriculum.walls import collection_of, ensure_base_site
from tests.curriculum.test_edition import make_image
from tests.factories.curriculum import make_case, make_course, make_syllabus


@pytest.fixture
def others_course(other_base, outsider):
    return make_course(other_base, outsider, title="别家的课程")


@pytest.fixture
def others_image(other_base, others_course):
    return make_image(other_base, "green")


@pytest.fixture
def others_document(other_base, others_course):
    return get_document_model().objects.create(
        title="别家的文件", file=ContentFile(b"secret", name="secret.txt"), collection=collection_of(other_base)
    )


def test_authors_edit_their_own_pages(course, author, base_reviewer, client_for):
    for person in (author, base_reviewer):
        client = client_for(person)
        for page in (course, course.get_children().first(), course.case_placements.get().case):
            assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200


def test_nobody_at_a_base_publishes(course, author):
    permissions = course.permissions_for_user(author)
    assert permissions.can_edit() and permissions.can_add_subpage()
    assert not permissions.can_publish() and not permissions.can_unpublish()


@pytest.mark.parametrize(
    "name", ["edit", "delete", "history", "view_draft", "usage", "revisions_index", "move", "copy", "add_subpage"]
)
def test_another_bases_pages_are_not_there(course, others_course, author, client_for, name):
    for page in (others_course, others_course.get_children().first(), others_course.case_placements.get().case):
        response = client_for(author).get(reverse(f"wagtailadmin_pages:{name}", args=[page.pk]))
        assert response.status_code == 404, page


@pytest.mark.parametrize("person", ["trainee", "registrar", "assessor", "employer"])
def test_others_do_not_enter_the_editor(course, person, request, client_for):
    response = client_for(request.getfixturevalue(person)).get(reverse("wagtailadmin_pages:edit", args=[course.pk]))
    assert response.status_code in (302, 403)


def test_the_explorer_shows_own_pages_only(course, others_course, author, client_for):
    client = client_for(author)
    home = HomePage.objects.get()
    for url in (
        reverse("wagtailadmin_explore", args=[course.get_parent().pk]),
        f"/admin/api/main/pages/?child_of={home.pk}&for_explorer=1",
    ):
        response = client.get(url)
        assert response.status_code == 200, url
        assert "别家的课程" not in response.text and "测试基地乙" not in response.text, url
    assert client.get(reverse("wagtailadmin_explore", args=[others_course.pk])).status_code == 404
    assert client.get("/admin/api/main/pages/").status_code == 404
    assert client.get(f"/admin/api/main/pages/{others_course.pk}/").status_code == 404


def test_the_page_chooser_shows_own_pages_only(course, others_course, author, client_for):
    client = client_for(author)
    own = course.case_placements.get().case
    theirs = others_course.case_placements.get().case
    base_page = TrainingBasePage.objects.get(organisation__slug="base-a")
    response = client.get(reverse("wagtailadmin_choose_page_child", args=[base_page.pk]))
    assert own.title in response.json()["html"]
    for page in (theirs.get_parent(), others_course):
        assert client.get(reverse("wagtailadmin_choose_page_child", args=[page.pk])).status_code == 404
    request = RequestFactory().get("/")  # the search box asks the same hook; its index needs a migrated database
    request.user = author
    found = limit_page_chooser(Page.objects.all(), request)
    assert own in [page.specific for page in found] and others_course not in [page.specific for page in found]
    for rows in (f"?id={theirs.pk}", f"?id={own.pk}&id={theirs.pk}"):
        assert client.get(reverse("wagtailadmin_choose_page_chosen_multiple") + rows).status_code == 404


def test_image_and_document_choosers_show_own_files_only(
    course, base, author, others_image, others_document, client_for
):
    client = client_for(author)
    own = make_image(base, "red")
    text = client.get(reverse("wagtailimages_chooser:choose")).json()["html"]
    assert own.title in text and others_image.title not in text
    assert others_document.title not in client.get(reverse("wagtaildocs_chooser:choose")).json()["html"]
    assert client.get(reverse("wagtailimages_chooser:chosen", args=[own.pk])).status_code == 200
    for url in (
        reverse("wagtailimages_chooser:chosen", args=[others_image.pk]),
        reverse("wagtailimages_chooser:select_format", args=[others_image.pk]),
        reverse("wagtailimages:edit", args=[others_image.pk]),
        reverse("wagtailimages:delete", args=[others_image.pk]),
        reverse("wagtaildocs_chooser:chosen", args=[others_document.pk]),
        reverse("wagtaildocs:edit", args=[others_document.pk]),
        "/admin/api/main/images/",
        "/admin/api/main/documents/",
    ):
        assert client.get(url).status_code == 404, url
    for name in ("wagtailimages:index", "wagtaildocs:index"):
        text = client.get(reverse(name)).text
        assert others_image.title not in text and others_document.title not in text


def test_choosers_can_be_searched(course, base, author):
    """The search index takes only filters that it knows; it refuses others when the question is put together."""
    request = RequestFactory().get("/")
    request.user = author
    for model in (get_image_model(), get_document_model()):
        get_search_backend().autocomplete("图", limit_files(model.objects.all(), request))
    get_search_backend().autocomplete("图", limit_page_chooser(Page.objects.all(), request))


def test_lists_of_the_whole_site_are_closed(course, others_course, author, client_for):
    client = client_for(author)
    urls = [reverse(f"wagtailadmin_reports:{name}") for name in ("site_history", "aging_pages", "page_types_usage")]
    urls.append(reverse("wagtailadmin_tag_autocomplete") + "?term=a")
    urls.append(reverse("wagtailadmin_pages:type_use", args=["curriculum", "coursepage"]))
    urls.append(reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={others_course.pk}")
    for url in urls:
        assert client.get(url).status_code == 404, url
    assert "Reports" not in client_for(author, "en").get("/admin/").text


def test_documents_are_served_to_people_of_the_base(others_document, author, outsider, trainee, client_for):
    url = others_document.url
    assert client_for(outsider).get(url).status_code == 200
    for person in (author, trainee, None):
        assert client_for(person).get(url).status_code == 404


def test_a_new_base_gets_its_page_and_collection(course, base):
    made = Organisation.objects.create(kind="base", name="新基地", slug="new-base")
    page = TrainingBasePage.objects.get(organisation=made)
    assert page.live and page.get_parent().specific == HomePage.objects.get()
    made.name_en = "New base"
    made.save()
    assert TrainingBasePage.objects.filter(organisation=made).count() == 1
    assert ensure_base_site(made) == page
    Organisation.objects.create(kind="employer", name="某单位", slug="firm")
    assert TrainingBasePage.objects.count() == 2


# --- Forms ------------------------------------------------------------------------------------------------------------


def form_of(client, url):
    return client.get(url).context["form"]


def test_levels_and_topics_offered(course, base, author, client_for):
    client = client_for(author)
    base_page = course.get_parent()
    draft = make_syllabus("draft-outline", in_force=False)
    add = reverse("wagtailadmin_pages:add", args=["curriculum", "coursepage", base_page.pk])
    levels = form_of(client, add).fields["level"].queryset
    assert course.level in levels
    assert not levels.filter(syllabus=draft).exists()
    base.accredited_levels = ["senior"]
    base.save()
    assert not form_of(client_for(author), add).fields["level"].queryset.exists()
    lesson = reverse("wagtailadmin_pages:add", args=["curriculum", "lessonpage", course.pk])
    topics = form_of(client, lesson).fields["topics"].queryset
    assert {topic.code for topic in topics} == {"A1", "A2", "B1"}
    assert all(topic.module.level_id == course.level_id for topic in topics)


def course_data(course, cases, parts):
    return nested_form_data(
        {
            "title": course.title, "slug": course.slug, "title_en": "", "summary": "", "summary_en": "",
            "level": course.level_id, "about": rich_text("<p>介绍</p>"), "author": "", "source": "", "source_url": "",
            "licence": "", "legally_valid_on": "", "seo_title": "", "search_description": "",
            "case_placements": inline_formset([{"case": case.pk, "required": "on"} for case in cases]),
            "parts": streamfield([("part", part) for part in parts]),
            "comments": inline_formset([]),
        }
    )  # fmt: skip


def part_data(cases):
    rows = streamfield([("item", case.pk) for case in cases])
    return {"key": "cases", "kind": "case", "title": "实战案例", "title_en": "", "weight": 100, "pass_mark": 60,
            "cases": {f"{key}": value for key, value in rows.items()},
            "defence": {"count": "0"}, "portfolio": {"count": "0"}}  # fmt: skip


def test_another_bases_case_is_refused_where_it_is_typed_in(course, others_course, author, client_for):
    theirs = others_course.case_placements.get().case
    add = reverse("wagtailadmin_pages:add", args=["curriculum", "coursepage", course.get_parent().pk])
    new = CoursePage(title="新课程", slug="new-course", level=course.level)
    refused = client_for(author).post(add, course_data(new, [theirs], []))
    assert refused.status_code == 200
    assert not Page.objects.filter(slug="new-course").exists()
    own = CaseScenarioPage.objects.child_of(course.get_parent()).get()
    accepted = client_for(author).post(add, course_data(new, [own], []))
    assert accepted.status_code == 302
    assert CoursePage.objects.get(slug="new-course").case_placements.get().case == own


def test_a_case_stands_once_in_a_course(course, author, client_for):
    add = reverse("wagtailadmin_pages:add", args=["curriculum", "coursepage", course.get_parent().pk])
    own = CaseScenarioPage.objects.child_of(course.get_parent()).get()
    new = CoursePage(title="新课程", slug="new-course", level=course.level)
    assert client_for(author).post(add, course_data(new, [own, own], [])).status_code == 200
    assert not Page.objects.filter(slug="new-course").exists()


def test_a_part_takes_cases_of_the_course_only(course, base, author, client_for):
    """Placed in the course and put into a part: both, or the edition could not be made."""
    other = make_case(base, [], [], author=author, title="没有放进课程的案例")
    placed = course.case_placements.get().case
    edit = reverse("wagtailadmin_pages:edit", args=[course.pk])
    data = course_data(course, [], [part_data([other])]) | stored_placements(course)
    response = client_for(author, "en").post(edit, data)
    assert response.status_code == 200
    assert "put it into a part" in response.text
    data = course_data(course, [], [part_data([placed])]) | stored_placements(course)
    assert client_for(author).post(edit, data).status_code == 302


def stored_placements(course):
    """The inline form of the cases as the edit page would send it back unchanged."""
    row = course.case_placements.get()
    values = {"id": row.pk, "case": row.case_id, "required": "on", "ORDER": "1", "DELETE": ""}
    counts = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "1", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    return {f"case_placements-{name}": value for name, value in counts.items()} | {
        f"case_placements-0-{name}": value for name, value in values.items()
    }


# --- Frozen pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def operator(django_user_model):
    return django_user_model.objects.create_superuser("operator@example.org", "a-long-enough-one-7", full_name="运维")


def test_a_page_of_an_edition_is_not_deleted(edition, operator, client_for):
    client = client_for(operator)
    for page in (edition.course, edition.items_of("lesson").first().page, edition.course.get_parent()):
        response = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), {"confirm_site_name": "x"})
        assert response.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
        assert Page.objects.filter(pk=page.pk).exists()
    lesson = edition.items_of("lesson").first().page
    client.post(reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={lesson.pk}")
    assert Page.objects.filter(pk=lesson.pk).exists()


def test_an_author_deletes_what_no_edition_holds(course, author, client_for):
    case = course.case_placements.get().case
    lesson = course.get_children().first()
    client_for(author).post(reverse("wagtailadmin_pages:delete", args=[lesson.pk]))
    assert not Page.objects.filter(pk=lesson.pk).exists()
    assert Page.objects.filter(pk=case.pk).exists()


def test_a_page_under_review_is_not_deleted(course, review, author, base_reviewer, client_for):
    """Its revision would go with it, and the review could not be shown any more."""
    lesson = course.get_children().first()
    url = reverse("wagtailadmin_pages:delete", args=[lesson.pk])
    response = client_for(author, "en").post(url, follow=True)
    assert "under review" in response.text
    assert Page.objects.filter(pk=lesson.pk).exists()
    assert client_for(base_reviewer).get(review.get_absolute_url()).status_code == 200
    review.withdraw(by=author, at=review.submitted_at)
    client_for(author).post(url)
    assert not Page.objects.filter(pk=lesson.pk).exists()


def test_a_case_that_a_draft_names_is_not_deleted(course, base, author, client_for):
    """Neither a stored placement nor one that only the latest draft has may point to nothing."""
    drafted = make_case(base, [], [], author=author, title="草稿里的案例")
    course.case_placements.add(CasePlacement(case=drafted, required=False, sort_order=5))
    course.save_revision()  # the draft only; the page itself is not saved
    stored = CasePlacement.objects.get(course=course).case
    client = client_for(author)
    for case in (drafted, stored):
        client.post(reverse("wagtailadmin_pages:delete", args=[case.pk]))
        assert Page.objects.filter(pk=case.pk).exists()
    assert client.get(reverse("course_status", args=[course.pk])).status_code == 200
    free = make_case(base, [], [], author=author, title="没有人用的案例")
    client.post(reverse("wagtailadmin_pages:delete", args=[free.pk]))
    assert not Page.objects.filter(pk=free.pk).exists()


def test_even_the_operator_publishes_by_review_only(course, operator, client_for):
    lesson = course.get_children().first()
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?id={lesson.pk}"
    assert client_for(operator).post(url).status_code == 302
    lesson.refresh_from_db()
    assert not lesson.live


def test_the_editor_shows_the_gaps_of_a_course(course, author, client_for):
    url = reverse("wagtailadmin_pages:edit", args=[course.pk])
    course.get_children().first().specific.delete()
    assert "职业概览" in client_for(author).get(url).text
