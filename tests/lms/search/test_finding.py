"""What is typed finds what it should, on SQLite and PostgreSQL alike; filters, pages, and the page itself."""

import pytest
from django.urls import reverse

from lms.lib.search.find import MOST, PER_PAGE, search
from tests.factories.curriculum import make_course, make_edition


def titles(user, typed, **filters):
    return [hit.entry.title for hit in search(user, typed, filters=filters).hits]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("需求", True), ("需", True), ("技术需求", True), ("翻译", True), ("对接", True), ("接", True), ("知识产权", True),
        ("需求 technology", True), ("TECHNOLOGY", True), ("techno", True), ('"technology transfer"', True),
        ('"transfer technology"', False), ('"techno transfer"', False), ("企业技术需求的翻译与对接", True), ("ＧＢ/Ｔ", True),
        ("34670", True), ("346", True), ("术需", True), ("求技", False), ("不存在", False), ("需求 不存在", False),
        ("译对", False), ('"翻译与对接。知识"', True), ("𬭎", True), ("《技术需求》", True), ("\x00需求", True),
    ],
)  # fmt: skip
def test_words(corpus, typed, found):
    corpus("企业技术需求的翻译与对接。知识产权(Technology Transfer)见 GB/T 34670,联系人何𬭎。", "无关的话。")
    assert (titles(None, typed) == ["题1"] and not search(None, typed).near) is found


@pytest.mark.parametrize(
    "typed", ["'", '"', "a' OR 1=1 --", "\\", ":*", "<->", "NEAR(a b)", "head:a", "^a", "(" * 500, "需" * 5000, "🙂", "%", "-a"]
)
def test_hostile_queries_are_harmless(corpus, typed):
    corpus("一段话。")
    search(None, typed, filters={"level": "%' OR 1=1", "kind": "\\", "nothing": "x"}, page="-1")


def test_titles_come_first(corpus):
    corpus("题2 在这里说了很多别的话" * 5, "无关")
    assert titles(None, "题2") == ["题2", "题1"]


def test_nearest_when_nothing_has_all_the_words(corpus):
    corpus("专利许可合同", "专利", "无关")
    results = search(None, "专利许可费用")
    assert results.near and results.count == 0
    assert [hit.entry.title for hit in results.hits] == ["题1", "题2"]


def test_pages_and_counts(corpus):
    corpus(*[f"同一个词 第{n}条" for n in range(PER_PAGE + 3)])
    results = search(None, "同一个词", page=2)
    assert results.count == PER_PAGE + 3 and len(results.hits) == 3


def test_more_than_we_look_at_is_said_and_filters_still_hold(corpus, monkeypatch):
    monkeypatch.setattr("lms.lib.search.find.MOST", 5)
    corpus(*["词语"] * 9)
    assert MOST > 5
    results = search(None, "词语", filters={"level": "junior"})
    assert results.more and results.count == 5
    assert search(None, "词语", filters={"level": "senior"}).count == 0


def test_both_languages_and_html_never(corpus):
    corpus("<script>alert(1)</script> 危险的词")
    hit = search(None, "危险").hits[0]
    assert ("危险", True) in hit.passage


# --- Filters ---------------------------------------------------------------------------------------------------------


def test_filters_and_their_counts(edition, other_base, run_jobs):
    make_edition(other_base, course=make_course(other_base, title="乙地课程"))
    run_jobs()
    results = search(None, "职业概览")
    kinds = {choice.value: choice.count for facet in results.facets if facet.name == "kind" for choice in facet.choices}
    bases = {choice.value: choice.count for facet in results.facets if facet.name == "base" for choice in facet.choices}
    assert kinds == {"lesson": 2, "topic": 1} and bases == {"base-a": 1, "base-b": 1}
    narrowed = search(None, "职业概览", filters={"base": "base-a", "kind": "lesson"})
    assert narrowed.count == 1 and narrowed.unfiltered == 3
    other = next(f for f in narrowed.facets if f.name == "base")
    assert {c.value: (c.count, c.chosen) for c in other.choices} == {"base-a": (1, True), "base-b": (1, False)}
    assert search(None, "职业概览", filters={"module": "general"}).count == 3
    assert search(None, "职业概览", filters={"level": "senior"}).count == 0
    assert search(None, "职业概览", filters={"syllabus": "test-outline"}).count == 3


# --- The page --------------------------------------------------------------------------------------------------------


def test_it_works(edition, client_for):
    response = client_for(None).get(reverse("search"), {"q": "职业概览"})
    assert response.status_code == 200
    assert "<mark>职业概览</mark>" in response.text
    assert "private" in response["Cache-Control"]


def test_without_words_it_only_asks(db, client_for):
    assert client_for(None).get(reverse("search")).status_code == 200


def test_what_was_typed_comes_back_escaped(db, client_for):
    response = client_for(None).get(reverse("search"), {"q": '"><script>x</script>', "level": "<b>"})
    assert "<script>x" not in response.text and "<b>" not in response.text


def test_help_when_nothing_is_found(edition, client_for):
    text = client_for(None, "en").get(reverse("search"), {"q": "没有这样的话呢"}).text
    assert "Nothing has all of these words" in text and reverse("syllabus_list") in text
    text = client_for(None, "en").get(reverse("search"), {"q": "职业概览", "level": "senior"}).text
    assert "Nothing fits these filters" in text


def test_english_titles_in_english(edition, client_for):
    text = client_for(None, "en").get(reverse("search"), {"q": "profession"}).text
    assert "<mark>profession</mark>" in text.lower()


def test_too_many_searches_are_slowed_down(db, client_for):
    client = client_for(None)
    answers = {client.get(reverse("search"), {"q": "x"}).status_code for _n in range(62)}
    assert answers == {200, 429}


@pytest.mark.parametrize(("role", "most"), [(None, 6), ("trainee", 10), ("author", 11), ("officer", 10)])
def test_queries(enrolled, request, client_for, role, most, django_assert_max_num_queries):
    client = client_for(request.getfixturevalue(role) if role else None)
    client.get(reverse("search"), {"q": "技术"})
    with django_assert_max_num_queries(most):
        assert client.get(reverse("search"), {"q": "技术"}).status_code == 200
