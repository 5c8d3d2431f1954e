"""Does a variant keep the required core of the version it is based on? Plain values in and out, no database.

A variant may add levels, modules, topics and hours, and may reword. What the base version requires stays: every level,
every module with at least its hours, every required topic, required still, at its level, with at least its hours and
its competences; and an hour of study is no shorter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .syllabus_diff import matches, topics_of

LEVEL_MISSING, MODULE_MISSING, MODULE_SHORT = "level_missing", "module_missing", "module_short"
TOPIC_MISSING, TOPIC_SHORT, TOPIC_ELECTIVE, TOPIC_ELSEWHERE = (
    "topic_missing", "topic_short", "topic_elective", "topic_elsewhere",
)  # fmt: skip
COMPETENCE_MISSING, HOUR_SHORT = "competence_missing", "hour_short"


@dataclass(frozen=True)
class Shortfall:
    """One thing of the core that is missing. kind: see above; code, title, title_en: the row of the base version;
    wanted, found: hours (or minutes of an hour), None where they say nothing; what: the competence that is missing."""

    kind: str
    level: str = ""
    code: str = ""
    title: str = ""
    title_en: str = ""
    wanted: Decimal | None = None
    found: Decimal | None = None
    what: str = ""


def shortfalls(base: dict[str, Any], variant: dict[str, Any]) -> list[Shortfall]:
    """Return what the variant lacks of its base, in the base's order. Both as `Syllabus.content()` gives them."""
    return [*_minutes(base, variant), *_modules(base, variant), *_topics(base, variant)]


def _minutes(base: dict[str, Any], variant: dict[str, Any]) -> Iterator[Shortfall]:
    wanted, found = Decimal(base["minutes_per_hour"]), Decimal(variant["minutes_per_hour"])
    if found < wanted:
        yield Shortfall(HOUR_SHORT, wanted=wanted, found=found)


def _modules(base: dict[str, Any], variant: dict[str, Any]) -> Iterator[Shortfall]:
    levels = {level["code"]: level for level in variant["levels"]}
    for level in base["levels"]:
        own = levels.get(level["code"])
        if own is None:
            yield Shortfall(LEVEL_MISSING, level["code"], level["code"], level["title"], level["title_en"])
            continue
        modules = {module["code"]: module for module in own["modules"]}
        for module in level["modules"]:
            said = (level["code"], module["code"], module["title"], module["title_en"])
            wanted = Decimal(module["hours"])
            if module["code"] not in modules:
                yield Shortfall(MODULE_MISSING, *said, wanted=wanted)
            elif (found := Decimal(modules[module["code"]]["hours"])) < wanted:
                yield Shortfall(MODULE_SHORT, *said, wanted=wanted, found=found)


def _topics(base: dict[str, Any], variant: dict[str, Any]) -> Iterator[Shortfall]:
    old, new = list(topics_of(base)), list(topics_of(variant))
    pairs = matches(old, new)
    for place, topic in enumerate(old):
        if not topic.required:
            continue
        said = (topic.level, topic.code, topic.title, topic.title_en)
        if place not in pairs:
            yield Shortfall(TOPIC_MISSING, *said, wanted=topic.hours)
            continue
        own = new[pairs[place]]
        if own.level != topic.level:
            yield Shortfall(TOPIC_ELSEWHERE, *said, what=own.level)
        if not own.required:
            yield Shortfall(TOPIC_ELECTIVE, *said)
        if own.hours < topic.hours:
            yield Shortfall(TOPIC_SHORT, *said, wanted=topic.hours, found=own.hours)
        for code in topic.competences:
            if code not in own.competences:
                yield Shortfall(COMPETENCE_MISSING, *said, what=code)
