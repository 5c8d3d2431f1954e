"""What certificates of one rule have in common: who fulfils it, in words, and the places of the standard that it is about.
Rule and standard never change once somebody was awarded by them."""

from django.utils.translation import override

from curriculum.exchange.case import address, node_uuid
from curriculum.models import Syllabus

from .credential.build import Node, Standard, both
from .models import AwardRule
from .rule_words import reading, spoken


def standard_of(rule: AwardRule) -> Standard:
    """About ten queries; a press asks once for each rule."""
    level = rule.level
    syllabus = level.syllabus
    topics = [
        _node(syllabus, "topic", topic, level.code, module.code, topic.code)
        for module in level.modules.prefetch_related("topics")
        for topic in module.topics.all()
    ]
    competences = {row.code: _node(syllabus, "competence", row, row.code) for row in syllabus.competences.all()}
    return Standard(" / ".join(_said(rule, language) for language in ("zh-hans", "en")), tuple(topics), competences)


def _said(rule: AwardRule, language: str) -> str:
    with override(language):
        return spoken(reading(rule.conditions, rule.level))


def _node(syllabus: Syllabus, kind: str, row, *path: str) -> Node:
    return Node(row.code, both(row.title, row.title_en), address("CFItems", node_uuid(syllabus.uuid, kind, *path)))
