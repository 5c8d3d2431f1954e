"""What a correction of a page in a running edition may change, and what it may not. Pure: contents in, keys out.

Words may change. What was counted, decided or judged by may not: minutes and topics go on counting as the edition has
them; the rubric and the work product belong to the assessment plan; a case that somebody has begun keeps its stages,
its choices and its rules.
"""

from dataclasses import dataclass
from typing import Any

JUDGED_BY = ("rubric", "deliverable", "disagreement_limit", "competences")
# Fields and parts of blocks that are only read. Whatever is not named here counts as a rule of the case.
WORDS = {
    "title", "title_en", "summary", "summary_en", "sector", "sector_en", "author", "source", "source_url", "licence",
    "legally_valid_on", "minutes", "topics", "role", "brief", "debrief", "narrative", "question", "text", "consequence",
    "html", "label", "label_en", "document", "image", "caption", "alt", "deal_text", "failure_text", "refusal", "profile",
}  # fmt: skip


@dataclass(frozen=True)
class Effect:
    """What differs beside the words. judged: what the work is judged by differs; way: stages, exhibits, choices or rules
    differ in more than words; minutes: (edition, correction); topics: whether they differ."""

    judged: bool
    way: bool
    minutes: tuple[int, int]
    topics: bool

    def as_json(self) -> dict[str, Any]:
        return {"rubric_changed": self.judged, "way_changed": self.way, "minutes": list(self.minutes),
                "topics_changed": self.topics}  # fmt: skip


def effect(kind: str, before: dict[str, Any], after: dict[str, Any]) -> Effect:
    """Compare two portable forms of one page. kind: lesson or case."""
    judged = kind == "case" and any(before.get(name) != after.get(name) for name in JUDGED_BY)
    way = kind == "case" and rules_of(before) != rules_of(after)
    minutes = (before.get("minutes") or 0, after.get("minutes") or 0)
    return Effect(judged, way, minutes, before.get("topics") != after.get("topics"))


def rules_of(form: dict[str, Any]) -> Any:
    """Return what is left of a case when its words are taken out: what decisions and replays depend on."""
    return _without_words({name: value for name, value in form.items() if name not in JUDGED_BY})


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_words(child) for name, child in value.items() if name not in WORDS}
    if isinstance(value, list):
        return [_without_words(child) for child in value]
    return value
