"""Statutes and terms of the library."""

from datetime import date
from itertools import count

from accounts.models import Organisation
from curriculum.library_blocks import pinned
from curriculum.models import Statute, Term

_numbers = count(1)


def make_statute(owner: Organisation, title: str = "", *, ended: bool = False, overdue: bool = False, **values) -> Statute:
    """Return a statute in force since 2020, checked on 2026-05-01; `ended` on 2026-05-20, or `overdue` for a check."""
    if ended:
        values.setdefault("ended_on", date(2026, 5, 20))
    if overdue:
        values.setdefault("next_check_on", date(2026, 5, 15))
    values = {
        "title": title or f"测试条例 {next(_numbers)}", "title_en": "Test regulation", "issuer": "测试机关",
        "document_number": "测令〔2020〕1 号", "source_url": "https://example.org/statute", "verified": True,
        "in_force_from": date(2020, 1, 1), "checked_on": date(2026, 5, 1), **values,
    }  # fmt: skip
    return Statute.objects.create(organisation=owner, **values)


def make_term(owner: Organisation, term: str = "技术经理人", **values) -> Term:
    values = {
        "term": term, "term_en": "technology manager", "pinyin": "jishu jingliren", "definition": "促成技术转移的专业人员。",
        "definition_en": "A professional of technology transfer.", "source": "测试来源",
        "source_url": "https://example.org/term", **values,
    }  # fmt: skip
    return Term.objects.create(organisation=owner, **values)


def statute_block(statute: Statute, quotation: str = "逐字引用的原文。", article: str = "第一条"):
    return "library_statute", pinned("statute", statute, article=article, quotation=quotation)


def term_block(term: Term, *, boxed: bool = True):
    return "library_term", pinned("library_term", term, boxed=boxed)
