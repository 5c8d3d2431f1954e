"""The library of statutes and terms: versions, what pages keep of them, and what a change leaves alone."""

import json
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.template.loader import render_to_string

from curriculum.cases import CaseScript
from curriculum.contents import page_hash
from curriculum.library_blocks import LibraryStatuteBlock
from curriculum.models import CaseScenarioPage, Citation, Statute, Term
from curriculum.sample.library import STATUTES, TERMS, blocks_of, load_library
from curriculum.sample.loader import HERE, load_sample
from curriculum.tree import ensure_home
from tests.factories.curriculum import LESSON_BODY, make_case, make_edition, make_lesson, stream
from tests.factories.library import make_statute, make_term, statute_block, term_block

DAY = date(2026, 6, 1)


@pytest.fixture
def statute(authority):
    return make_statute(authority, "促进转化条例")


@pytest.fixture
def term(authority):
    return make_term(authority, "中试", term_en="pilot test", pinyin="zhongshi", definition="放大验证。")


@pytest.fixture
def quoting(base, course, author, base_reviewer, reviewer, statute, term, at):
    """An edition whose third lesson quotes the statute and explains the term."""
    body = [*LESSON_BODY, statute_block(statute), term_block(term)]
    make_lesson(course, "第三课 引用", list(course.level.modules.first().topics.all()[:1]), author=author, body=body)
    return make_edition(base, at, author=author, base_reviewer=base_reviewer, reviewer=reviewer, course=course)


def quoted(edition):
    return edition.items_of("lesson").last()


def drawn(item) -> str:
    return render_to_string("curriculum/_lesson_body.html", {"page": item.load()})


# --- Versions ---------------------------------------------------------------------------------------------------------


def test_a_change_of_what_pages_show_is_a_new_version(statute):
    assert statute.version == 1
    statute.save()
    statute.note = "给作者的话"
    statute.save()
    assert statute.version == 1
    statute.title_en = "Another name"
    statute.save(update_fields=["title_en"])
    assert Statute.objects.get(pk=statute.pk).version == 2


def test_a_check_is_recorded_with_who_and_when(statute, reviewer, at):
    statute.mark_checked(by=reviewer, at=at, next_check_on=date(2027, 6, 1))
    fresh = Statute.objects.get(pk=statute.pk)
    assert (fresh.checked_on, fresh.checked_by, fresh.version) == (DAY, reviewer, 2)
    with pytest.raises(ValidationError):
        statute.mark_checked(by=reviewer, at=at, next_check_on=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "sound"),
        ({"ended_on": date(2026, 6, 1)}, "repealed"),
        ({"ended_on": date(2026, 6, 2)}, "sound"),
        ({"in_force_until": date(2026, 5, 31)}, "expired"),
        ({"in_force_until": date(2026, 6, 1)}, "sound"),
        ({"next_check_on": date(2026, 5, 31)}, "check_due"),
        ({"next_check_on": date(2026, 6, 1)}, "sound"),
        ({"ended_on": date(2026, 5, 1), "next_check_on": date(2026, 5, 2)}, "repealed"),
    ],
)
def test_states(authority, values, state):
    statute = make_statute(authority, **values)
    assert statute.state(DAY) == state
    assert Statute.objects.unsound(DAY).filter(pk=statute.pk).exists() == (state != "sound")
    assert Statute.objects.ended(DAY).filter(pk=statute.pk).exists() == (state in ("repealed", "expired"))


def test_a_replaced_one_names_the_other_and_the_day(authority, statute):
    old = make_statute(authority, replaced_by=statute, ended_on=date(2026, 5, 1))
    assert old.state(DAY) == "replaced"
    with pytest.raises(IntegrityError), transaction.atomic():
        Statute.objects.filter(pk=old.pk).update(ended_on=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Statute.objects.filter(pk=old.pk).update(replaced_by=old)
    old.ended_on = None
    with pytest.raises(ValidationError) as refusal:
        old.full_clean()
    assert "ended_on" in refusal.value.error_dict


# --- What pages keep --------------------------------------------------------------------------------------------------


def test_a_changed_entry_changes_no_edition(quoting, statute, term):
    item = quoted(quoting)
    before = drawn(item)
    assert "促进转化条例" in before and "测令〔2020〕1 号" in before and "放大验证" in before and "2026-05-01" in before
    statute.title, statute.document_number, statute.checked_on = "改名后的条例", "另一文号", date(2026, 6, 1)
    statute.save()
    term.definition = "另一种说法。"
    term.save()
    fresh = type(item).objects.select_related("revision").get(pk=item.pk)
    assert page_hash(fresh.content()) == item.content_hash
    assert quoting.recompute_hash() == quoting.content_hash
    assert drawn(fresh) == before


def test_publishing_and_loading_keep_the_version(quoting, statute):
    item = quoted(quoting)
    statute.title = "改名后的条例"
    statute.save()
    item.revision.publish(skip_permission_checks=True)
    page = item.page.specific
    page.refresh_from_db()
    block = next(block for block in page.body if block.block_type == "library_statute")
    assert block.value.library["title"] == "促进转化条例"
    stored = json.loads(page.save_revision().content["body"])
    assert [b["value"]["library"]["title"] for b in stored if b["type"] == "library_statute"] == ["促进转化条例"]


def test_what_the_page_kept_is_part_of_its_hash(quoting):
    content = quoted(quoting).content()
    blocks = json.loads(content["body"])
    assert page_hash(content | {"body": json.dumps(blocks)}) == quoted(quoting).content_hash
    next(b for b in blocks if b["type"] == "library_statute")["value"]["library"]["title"] = "别的条例"
    assert page_hash(content | {"body": json.dumps(blocks)}) != quoted(quoting).content_hash


def test_saving_in_the_editor_takes_the_present_version(statute):
    block = LibraryStatuteBlock()
    value = block.to_python(statute_block(statute)[1])
    statute.title = "改名后的条例"
    statute.save()
    value["statute"].refresh_from_db()
    assert value.library["version"] == 1
    assert block.get_prep_value(value)["library"]["title"] == "促进转化条例"
    cleaned = block.clean(value)
    assert (cleaned.library["version"], cleaned.library["title"]) == (2, "改名后的条例")


def test_a_cited_entry_cannot_be_deleted(quoting, statute, term, authority):
    for entry in (statute, term):
        with pytest.raises(ProtectedError):
            entry.delete()
    make_statute(authority).delete()
    make_term(authority, "孵化", pinyin="fuhua").delete()


def test_citations_are_noted_by_revision(course, author, statute, term):
    body = [*LESSON_BODY, statute_block(statute), statute_block(statute, "又一句。"), term_block(term)]
    lesson = make_lesson(course, "引用", [], author=author, body=body)
    assert Citation.objects.filter(page=lesson, revision=lesson.latest_revision).count() == 2
    lesson.body = stream(type(lesson), "body", LESSON_BODY)
    lesson.save_revision()
    lesson.refresh_from_db()
    assert not Citation.objects.of_drafts().filter(page=lesson).exists()
    assert Citation.objects.filter(page=lesson).count() == 2


def test_a_case_has_statutes_among_its_exhibits(base, course, author, statute):
    exhibits = [
        ("exhibit", {"key": "memo", "title": "来信", "kind": "memo", "html": "<p>信</p>", "document": None}),
        ("exhibit", {"key": "data", "title": "数据", "kind": "data", "html": "<p>数</p>", "document": None}),
        ("statute", statute_block(statute, "原文 <b>一句</b>")[1] | {"key": "law"}),
    ]
    case = make_case(base, [], [], author=author, exhibits=stream(CaseScenarioPage, "exhibits", exhibits))
    statute.title = "改名后的条例"
    statute.save()
    law = CaseScript.from_content(case.latest_revision.content).exhibits[-1]
    assert (law.key, law.title, law.kind) == ("law", "促进转化条例", "standard")
    assert "原文 &lt;b&gt;一句&lt;/b&gt;" in law.html and "测令〔2020〕1 号" in law.html and "2026-05-01" in law.html
    assert Citation.objects.of_drafts().filter(page=case, statute=statute).exists()


# --- The shipped library ----------------------------------------------------------------------------------------------


def test_the_shipped_library_is_sourced_and_unverified(authority, reviewer):
    for _twice in range(2):
        load_library(authority, reviewer)
    assert set(STATUTES) <= set(Statute.objects.values_list("title", flat=True))
    assert set(TERMS) == set(Term.objects.values_list("term", flat=True))
    assert not Statute.objects.filter(verified=True).exists()
    assert all(s.source_url and s.checked_on and s.next_check_on for s in Statute.objects.all())
    assert all(s.document_number and s.in_force_from for s in Statute.objects.filter(title__in=STATUTES))
    assert all(t.source and t.pinyin and t.definition and t.definition_en for t in Term.objects.all())


def test_the_sample_course_quotes_the_library(authority, base, reviewer, author):
    ensure_home()
    call_command("load_syllabus", str(HERE / "syllabus-2020.yaml"), verbosity=0)
    load_library(authority, reviewer)
    course = load_sample(base, author)["junior"]
    cited = Citation.objects.of_drafts().filter(page__in=course.get_children())
    assert cited.filter(statute__title="中华人民共和国民法典").count() == 2
    explained = [block["term"] for level, _lesson, block in blocks_of("key_term") if level == "junior"]
    assert cited.filter(term__isnull=False).count() == len(TERMS.keys() & explained)
    lesson = cited.get(term__term="协议定价").page.specific.get_latest_revision_as_object()
    html = render_to_string("curriculum/_lesson_body.html", {"page": lesson})
    assert ">协议定价</button>" in html
