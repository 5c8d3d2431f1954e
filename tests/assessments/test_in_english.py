"""A case, its work product and its marking for English readers: other words, the same keys, points and hashes."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from assessments.models import Allocation, Decision, Rubric
from curriculum.models import CaseScenarioPage, CoursePage, Translation
from curriculum.translating import begin
from tests.factories.assessments import make_submission
from tests.factories.translations import make_translations, translate


@pytest.fixture
def course(edition) -> CoursePage:
    return CoursePage.objects.get(pk=edition.course_id)


@pytest.fixture
def whole(course, author, base_reviewer):
    return make_translations(course, by=author, reviewer=base_reviewer)


@pytest.fixture
def case_row(course, author, assignment) -> Translation:
    begin(course, by=author, at=timezone.now())
    return Translation.objects.get(page=assignment.item.page_id)


def test_the_case_has_other_words_and_the_same_keys(whole, assignment):
    chinese = assignment.script()
    with translation.override("en"):
        english = assignment.script()
    assert "EN" in english.brief and "EN" in english.stages[0].title
    assert chinese.stages[0].title == "走访"
    for one, other in zip(chinese.stages, english.stages, strict=True):
        assert (one.key, one.exhibits) == (other.key, other.exhibits)
        if one.decision:
            assert [(o.key, o.next, o.condition) for o in one.decision.options] == [
                (o.key, o.next, o.condition) for o in other.decision.options
            ]
    assert [(c.key, c.competence, [b.points for b in c.bands]) for c in chinese.rubric] == [
        (c.key, c.competence, [b.points for b in c.bands]) for c in english.rubric
    ]
    assert [f.key for f in chinese.deliverable.fields] == [f.key for f in english.deliverable.fields]


def test_played_in_english_it_is_the_same_run(client_for, trainee, fresh_run, whole):
    client = client_for(trainee, "en")
    text = client.get(fresh_run.get_absolute_url()).text
    assert "EN visit" in text and "走访" not in text
    client.post(reverse("case_decide", args=[fresh_run.uuid]), {"stage": "visit", "option": "price"})
    decision = Decision.objects.get(run=fresh_run)
    assert (decision.stage_key, decision.option_key, decision.visible) == ("visit", "price", ["memo"])
    fresh_run.refresh_from_db()
    chinese = client_for(trainee).get(fresh_run.get_absolute_url()).text
    assert "成文" in chinese and "对方不愿说" in chinese and "EN visit" not in chinese


def test_parts_without_translation_are_in_chinese_and_say_so(client_for, trainee, fresh_run, case_row, author, base_reviewer):
    translate(case_row, by=author, reviewer=base_reviewer, only=lambda s: "narrative" not in s.key)
    text = client_for(trainee, "en").get(fresh_run.get_absolute_url()).text
    assert '<div class="in-chinese prose" lang="zh-Hans">' in text and text.count("have not been translated yet") == 1
    assert "2 of" in text and "EN visit" in text


def test_a_case_is_never_read_in_a_translation_of_another_text(assignment, case_row, author, base_reviewer):
    page = CaseScenarioPage.objects.get(pk=case_row.page_id)
    page.brief = "<p>企业改了需求。</p>"
    page.save_revision()
    translate(Translation.objects.get(pk=case_row.pk), by=author, reviewer=base_reviewer)
    with translation.override("en"):
        script = assignment.script()
    assert "企业提出了需求" in script.brief  # of the edition, whose brief nobody translated
    assert script.said.old == 1 and script.said.missing == 0


def test_marking_in_english_gives_the_same_mark(client_for, whole, enrolment, assessor, at):
    submission = make_submission(enrolment, at=at)
    turn = Allocation.take_next(assessor, at=at)
    text = client_for(assessor, "en").get(turn.get_absolute_url()).text
    words = [band.descriptor for c in submission.assignment.rubric.lines() for band in c.bands.all()]
    assert words and not any(word in text for word in words) and "descriptor" in text
    assert 'value="60"' in text and 'name="points.need"' in text
    rubric = Rubric.objects.get(pk=submission.assignment.rubric_id)
    assert [b.descriptor for c in rubric.lines() for b in c.bands.all()] == words  # nothing was saved


@pytest.mark.parametrize(("language", "most"), [("zh-hans", 5), ("en", 6)])
def test_one_query_more(client_for, trainee, fresh_run, whole, language, most, django_assert_max_num_queries):
    client = client_for(trainee, language)
    client.get(fresh_run.get_absolute_url())
    with django_assert_max_num_queries(most):
        client.get(fresh_run.get_absolute_url())


@pytest.mark.parametrize(("language", "most"), [("zh-hans", 11), ("en", 12)])
def test_one_query_more_on_the_marking_sheet(
    client_for, whole, enrolment, assessor, at, language, most, django_assert_max_num_queries
):
    make_submission(enrolment, at=at)
    turn = Allocation.take_next(assessor, at=at)
    client = client_for(assessor, language)
    client.get(turn.get_absolute_url())
    with django_assert_max_num_queries(most):
        client.get(turn.get_absolute_url())
