"""The public glossary, and key terms that open their meaning in lessons."""

import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from curriculum.term_notes import Marker, TermNote
from tests.factories.curriculum import make_lesson
from tests.factories.library import make_term, term_block

NOTE = TermNote("技术合同", "technology contract", "当事人订立的合同。")


@pytest.fixture
def terms(authority, base, other_base):
    national = make_term(authority, "中试", term_en="pilot test", pinyin="zhongshi", level="junior")
    make_term(authority, "孵化", term_en="incubation", pinyin="fuhua").see_also.add(national)
    make_term(base, "甲地术语", term_en="", pinyin="jia di shuyu")
    make_term(other_base, "乙地术语", term_en="", pinyin="yi di shuyu")


def text_of(client, **query):
    response = client.get(reverse("glossary"), query)
    assert response.status_code == 200
    return response.text


def test_anyone_reads_the_national_terms(terms, client_for):
    text = text_of(client_for(None))
    assert "中试" in text and "孵化" in text and "测试来源" in text
    assert "甲地术语" not in text and "乙地术语" not in text


def test_authors_find_those_of_their_base_too(terms, author, trainee, client_for):
    text = text_of(client_for(author))
    assert "甲地术语" in text and "中试" in text and "乙地术语" not in text
    assert "甲地术语" not in text_of(client_for(trainee))


def test_it_groups_by_pinyin_or_by_english(terms, client_for):
    assert re.findall(r'id="letter-(\w)"', text_of(client_for(None))) == ["f", "z"]
    assert re.findall(r'id="letter-(\w)"', text_of(client_for(None, "en"))) == ["i", "p"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "zhong"}, {"中试"}), ({"q": "INCUB"}, {"孵化"}), ({"q": "中"}, {"中试"}), ({"q": "专业人员"}, {"中试", "孵化"}),
        ({"letter": "f"}, {"孵化"}), ({"letter": "%"}, {"中试", "孵化"}), ({"level": "junior"}, {"中试"}),
        ({"q": "没有这个词"}, set()), ({"level": "x"}, {"中试", "孵化"}), ({"page": "99"}, {"中试", "孵化"}),
    ],
)  # fmt: skip
def test_it_filters(terms, client_for, query, found):
    page = client_for(None).get(reverse("glossary"), query).context["page"]
    assert {term.term for term in page} == found


def test_queries_do_not_grow(terms, authority, client_for, django_assert_max_num_queries):
    client = client_for(None)
    for number in range(40):
        make_term(authority, f"术语{number}", pinyin="shuyu")
    with django_assert_max_num_queries(4):
        assert client.get(reverse("glossary")).context["page"].paginator.num_pages == 2


# --- In lessons -------------------------------------------------------------------------------------------------------


def marked(html: str, *notes: TermNote) -> list[str]:
    return re.findall(r"<button[^>]*>([^<]*)</button>", Marker(notes or [NOTE]).mark(html))


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>先看技术合同，再看技术合同。</p>", ["技术合同"]),
        ('<p><a href="/x">技术合同</a>，技术合同</p>', ["技术合同"]),
        ("<h3>技术合同</h3>", []),
        ("<blockquote><p>技术合同</p></blockquote>", []),
        ('<p title="技术合同">别的</p>', []),
        ("<p>a Technology Contract is</p>", ["Technology Contract"]),
        ("<p>technology contracts</p>", []),
        ("<ul><li><b>技术合同</b></li></ul>", ["技术合同"]),
        ("技术合同", ["技术合同"]),
        ("", []),
    ],
)
def test_the_first_place_is_marked_and_no_other(html, found):
    assert marked(html) == found


def test_nothing_but_the_mark_is_changed():
    html = '<p>甲 &amp; 乙 <a href="/a?b=1&amp;c=2">技术合同</a><br>技术合同</p>'
    out = Marker([NOTE]).mark(html)
    assert re.sub(r'<span class="term">.*?</span></span>', "技术合同", out) == html


def test_the_longer_term_wins_and_meanings_are_escaped():
    short, odd = TermNote("合同", "", "约定"), TermNote("R&D", "", "<script>alert(1)</script>")
    assert marked("<p>技术合同与合同</p>", short, NOTE) == ["技术合同", "合同"]
    out = Marker([odd]).mark("<p>R&amp;D</p>")
    assert "<script" not in out and ">R&amp;D</button>" in out


def test_a_word_is_marked_once_over_all_texts():
    marker = Marker([NOTE])
    assert "<button" in marker.mark("<p>技术合同</p>")
    assert marker.mark("<p>技术合同</p>") == "<p>技术合同</p>"


def test_a_lesson_opens_its_terms(authority, course, author):
    term = make_term(authority, "中试", term_en="pilot test", pinyin="zhongshi", definition="放大验证。")
    body = [
        ("heading", "中试"), ("text", "<p>中试是什么？</p>"), ("text", "<p>中试之后。</p>"), term_block(term, boxed=False),
        ("key_term", {"term": "之后", "term_en": "", "definition": "以后。"}),
    ]  # fmt: skip
    lesson = make_lesson(course, "术语", [], author=author, body=body)
    html = render_to_string("curriculum/_lesson_body.html", {"page": lesson})
    assert html.count("<button") == 2
    assert html.index("<h2>中试</h2>") < html.index(">中试</button>") < html.index(">之后</button>")
    assert "key-term" in html  # the lesson's own box
    assert html.count("放大验证。") == 1 and html.count("以后。") == 2
    assert re.search(r'aria-describedby="(term-\d)">中试</button><span class="term__note" id="\1" role="tooltip">', html)
    assert "style=" not in html and "<script" not in html
