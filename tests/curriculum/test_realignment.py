"""What a new syllabus version changes for a base's courses, and the draft that follows it; nothing taught changes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry

from curriculum.contents import entries_of, gaps_of
from curriculum.desk import desk_items
from curriculum.models import CoursePage, Edition, EquivalenceStatement, LessonPage, Level, Topic
from curriculum.realignment import impact_of, realign
from curriculum.topic_mapping import CODE, IDENTIFIER, NONE, STATEMENT, Rule, map_topics
from curriculum.version_news import news_for
from lms.lib.errors import WrongState
from tests.factories.curriculum import make_case, make_course, make_next_version, make_syllabus
from tests.factories.training import make_cohort

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(timezone.datetime(2026, 6, 1, 10))


def rewritten(draft) -> None:
    """A2 goes, B1 becomes required and longer, A3 comes and is required, skills takes an hour more, trade goes."""
    topics = Topic.objects.filter(module__level__syllabus=draft)
    topics.get(code="A2").delete()
    topics.filter(code="B1").update(required=True, hours=Decimal(3))
    general = draft.levels.get().modules.get(code="general")
    new = Topic.objects.create(module=general, code="A3", title="数据要素", title_en="Data", hours=1, position=5)
    new.competences.set(draft.competences.filter(code="discover"))
    draft.levels.get().modules.filter(code="skills").update(hours=Decimal(3))
    draft.competences.get(code="trade").delete()


def all_courses():
    return CoursePage.objects.select_related("level__syllabus__standard", "latest_revision").order_by("path")


def fresh(course) -> CoursePage:
    return all_courses().get(pk=course.pk)


def level_of(version) -> Level:
    return Level.objects.select_related("syllabus").get(syllabus=version, code="junior")


@pytest.fixture
def version(edition):
    """The next version, in force, after the base's course was published."""
    return make_next_version(edition.syllabus, change=rewritten)


@pytest.fixture
def course(edition):
    return fresh(CoursePage.objects.get(pk=edition.course_id))


# --- Mapping --------------------------------------------------------------------------------------------------------


def plain(code, lineage=""):
    from curriculum.syllabus_diff import Topic as Plain

    return Plain(lineage, "junior", "m", code, code, code, True, Decimal(1))


@pytest.mark.parametrize(
    ("new", "rules", "covered", "expected"),
    [
        ([plain("Z", "one")], [], "A", [("Z",), IDENTIFIER]),
        ([plain("A", "other")], [], "A", [("A",), CODE]),
        ([plain("A", "one"), plain("B")], [("A", "B")], "A", [("A",), IDENTIFIER]),  # copies of one topic come first
        ([plain("A"), plain("B"), plain("C")], [("A", "BC")], "A", [("B", "C"), STATEMENT]),
        ([plain("A"), plain("B")], [("AX", "B")], "A", [("A",), CODE]),  # not all of its side is covered
        ([plain("B")], [], "A", [(), NONE]),
        ([], [], "", [(), NONE]),
    ],
)
def test_mapping(new, rules, covered, expected):
    rules = [Rule(frozenset(sources), frozenset(targets)) for sources, targets in rules]
    [found] = map_topics([plain("A", "one")], new, rules, covered)
    assert [tuple(topic.code for topic in found.after), found.how] == expected


# --- Which courses --------------------------------------------------------------------------------------------------


def test_a_course_of_the_newest_version_has_no_news(course):
    assert news_for([course], date(2026, 6, 1)) == []


def test_a_newer_version_in_force_or_scheduled(course):
    later = make_next_version(course.level.syllabus, "later", at=date(2030, 1, 1))
    [news] = news_for([fresh(course)], date(2026, 6, 1))
    assert (news.target, news.waiting, news.scheduled(date(2026, 6, 1))) == (later, True, True)
    now = make_next_version(course.level.syllabus, "now", at=date(2026, 1, 1))
    [news] = news_for([fresh(course)], date(2026, 6, 1))
    assert (news.target, news.scheduled(date(2026, 6, 1))) == (now, False)


def test_another_standard_is_no_news(course):
    make_syllabus("other-outline")
    assert news_for([course], date(2026, 6, 1)) == []


def test_queries_do_not_grow_with_courses(course, version, base, author, django_assert_num_queries):
    with django_assert_num_queries(4):
        news_for(all_courses(), date(2026, 6, 1))
    for number in range(4):
        make_course(base, author, syllabus=make_syllabus(), title=f"课程{number}")
    with django_assert_num_queries(4):
        assert len(news_for(all_courses(), date(2026, 6, 1))) == 5


# --- What changes ---------------------------------------------------------------------------------------------------


def test_what_touches_the_course(course, version):
    found = impact_of(course, level_of(version), at=NOW)
    assert {line.mapped.before.code: (line.lost, line.mapped.aspects) for line in found.touched} == {
        "A2": (True, ()), "B1": (False, ("requirement", "hours", "competences")),
    }  # fmt: skip
    assert found.kept == 1 and [topic.code for topic in found.lacking] == ["A3"]
    assert [(line.code, line.before, line.after) for line in found.hours] == [("skills", 2, 3)]
    assert found.competences == ["trade"] and found.track is None and found.core == []


def test_a_version_that_says_the_same_changes_nothing(course):
    version = make_next_version(course.level.syllabus)
    assert impact_of(course, level_of(version), at=NOW).nothing


# --- The draft ------------------------------------------------------------------------------------------------------


def test_the_draft_follows_the_new_version(course, version, author):
    realign(course, version, by=author, at=NOW)
    draft = fresh(course).get_latest_revision_as_object()
    assert draft.level == level_of(version)
    entries = entries_of(fresh(course))
    new = {topic.pk: topic.code for topic in Topic.objects.filter(module__level=draft.level)}
    named = [sorted(new[pk] for pk in entry.content["topics"] if pk in new) for entry in entries[1:]]
    assert named == [["A1"], ["B1"], ["B1"]]
    assert all(pk in new for entry in entries[1:3] for pk in entry.content["topics"])  # lessons leave the old ones
    kinds = [(gap.kind, gap.code) for gap in gaps_of(entries) if gap.blocking]
    assert kinds == [("topic", "A3"), ("competence_unknown", "trade")]


def test_nothing_public_or_frozen_changes(course, version, edition, author):
    before = {page.pk: page.live_revision_id for page in course.get_descendants(inclusive=True)}
    hashes = list(edition.items.values_list("content_hash", "revision"))
    assert realign(course, version, by=author, at=NOW)
    assert fresh(course).level_id == edition.level_id and fresh(course).live
    assert {page.pk: page.live_revision_id for page in course.get_descendants(inclusive=True)} == before
    assert set(LessonPage.topics.through.objects.values_list("topic__module__level", flat=True)) == {edition.level_id}
    assert list(edition.items.values_list("content_hash", "revision")) == hashes
    assert Edition.objects.get(pk=edition.pk).syllabus_id == edition.syllabus_id


def test_it_is_logged_and_a_second_time_is_harmless(course, version, author):
    assert realign(course, version, by=author, at=NOW) is not None
    revisions = fresh(course).revisions.count()
    assert realign(course, version, by=author, at=NOW) is None
    assert fresh(course).revisions.count() == revisions
    [entry] = PageLogEntry.objects.filter(action="curriculum.course.realign")
    assert (entry.page_id, entry.user, entry.data["unmapped"]) == (course.pk, author, ["A2"])
    assert (entry.data["old"], entry.data["new"]) == ("test-outline", version.slug)


def test_a_case_keeps_its_old_topics_for_other_courses(course, version, author):
    case = course.case_placements.get().case
    old = set(case.latest_revision.content["topics"])
    realign(course, version, by=author, at=NOW)
    case.refresh_from_db()
    content = type(case).objects.get(pk=case.pk).latest_revision.content
    assert old < set(content["topics"]) and len(content["topics"]) == 2
    assert len(content["competences"]) == 3  # both old ones, and the one that is left


def test_a_statement_of_equivalence_maps(course, version, reviewer, officer, author):
    old, new = (Topic.objects.get(code=code, module__level__syllabus=v)
                for code, v in (("A2", course.level.syllabus), ("A3", version)))  # fmt: skip
    fields = {"title": "等效", "issuer": "测试主管机构", "reason": "测试", "valid_from": date(2026, 1, 1)}
    statement = EquivalenceStatement.draft(fields, [old], [new], by=reviewer, at=NOW)
    statement.approve(by=officer, at=NOW)
    found = realign(course, version, by=author, at=NOW)
    assert [line.mapped.how for line in found.touched] == [STATEMENT, IDENTIFIER]
    assert (found.lacking, found.unmapped) == ([], [])


def test_an_older_version_or_another_standard_is_refused(course, version, author):
    older = make_next_version(version, "older", at=date(2015, 1, 1))
    for wrong in (older, make_syllabus("foreign"), make_syllabus("draft", in_force=False)):
        with pytest.raises(WrongState):
            realign(course, wrong, by=author, at=NOW)


def test_a_version_without_the_level_is_refused(course, author):
    version = make_next_version(
        course.level.syllabus, change=lambda draft: Level.objects.filter(syllabus=draft).update(code="senior")
    )
    [news] = news_for([fresh(course)], date(2026, 6, 1))
    assert news.new is None
    with pytest.raises(WrongState):
        realign(course, version, by=author, at=NOW)


# --- Pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages(course, version, edition, author, registrar, client_for, language):
    cohort = make_cohort(edition, at=timezone.now(), by=registrar)
    client = client_for(author, language)
    page = client.get(reverse("version_news"))
    title = course.title_en if language == "en" else course.title
    assert title and title in page.content.decode() and page.context["page"].paginator.count == 1
    page = client.get(reverse("course_realign", args=[course.pk]))
    assert "A3" in page.content.decode() and page.context["running"] == [cohort.edition]


def test_one_click_and_a_second_click(course, version, author, client_for):
    client = client_for(author)
    url = reverse("course_realign", args=[course.pk])
    assert client.post(url).status_code == 302
    revision = fresh(course).latest_revision_id
    page = client.post(url, follow=True)
    assert page.status_code == 200 and fresh(course).latest_revision_id == revision
    assert page.context["impact"] is None and "A2" in page.content.decode()
    assert client.get(reverse("version_news")).context["page"].object_list[0]["news"].waiting is False


def test_a_level_that_is_gone_is_said(course, author, client_for):
    make_next_version(course.level.syllabus, change=lambda draft: Level.objects.filter(syllabus=draft).update(code="senior"))
    client = client_for(author)
    url = reverse("course_realign", args=[course.pk])
    assert client.get(url).context["impact"] is None
    assert client.post(url).status_code == 409


def test_who_may(course, version, base_reviewer, outsider, reviewer, trainee, client_for):
    url = reverse("course_realign", args=[course.pk])
    assert client_for(base_reviewer).get(url).status_code == 200
    assert client_for(base_reviewer).post(url).status_code == 403
    for person in (outsider, reviewer, trainee):
        assert client_for(person).post(url).status_code == 404
    assert client_for(outsider).get(reverse("version_news")).context["page"].object_list == []
    assert client_for(reviewer).get(reverse("version_news")).status_code == 403
    assert fresh(course).latest_revision.content["level"] == course.level_id


def test_a_course_without_news_has_no_page(course, author, client_for):
    assert client_for(author).get(reverse("course_realign", args=[course.pk])).status_code == 404


def test_the_desk_tells_a_base(course, author, outsider, reviewer, base, django_assert_max_num_queries):
    def news(person):
        return [item for item in desk_items(person) if item.url == reverse("version_news")]

    assert news(author) == []
    make_next_version(course.level.syllabus, "later", at=timezone.localdate() + timedelta(days=30))
    [item] = news(author)
    assert (item.count, item.primary) == (1, True)
    assert news(outsider) == [] and news(reviewer) == []
    make_case(base, [], [], author=author)
    version = make_next_version(course.level.syllabus, "now", at=timezone.localdate())
    realign(fresh(course), version, by=author, at=timezone.now())
    [item] = news(author)
    assert (item.count, item.primary) == (0, False)


def test_the_realigned_course_goes_through_review(course, author, base_reviewer, reviewer, at):
    """A version that says the same: the draft has no gap, and becomes an edition of the new version."""
    from tests.factories.curriculum import make_edition

    version = make_next_version(course.level.syllabus)
    old = Edition.objects.get()
    realign(course, version, by=author, at=NOW)
    new = make_edition(course.get_parent().specific.organisation, at, author=author, base_reviewer=base_reviewer,
                       reviewer=reviewer, course=fresh(course))  # fmt: skip
    assert (new.syllabus, new.number) == (version, old.number + 1)
    assert fresh(course).level.syllabus == version
    assert news_for([fresh(course)], date(2026, 6, 1)) == []
