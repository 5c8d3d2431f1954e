"""The award rule as arithmetic on plain values: facts and conditions in, an explainable tree out. Knows no database.

The tree is stored with the award and shown to the trainee before it, so it speaks both languages by itself.

A rule is a node. A node is one of
    {"all": [node, …]}   {"any": [node, …]}   {"at_least": {"number": n, "of": [node, …]}}
or a condition by its kind (LEAVES); several kinds side by side are all of them, in the order of LEAVES. Rules of that
last shape were the only ones at first, and give the same trees as they did.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from .factsheet import (
    COMPETENCE_LEVELS,
    CaseFact,
    CompetenceFact,
    Condition,
    Eligibility,
    Facts,
    ModuleHours,
    PartFact,
    TopicFact,
)

__all__ = [
    "CaseFact", "CompetenceFact", "Condition", "Eligibility", "Facts", "ModuleHours", "PartFact", "TopicFact", "evaluate",
]  # fmt: skip

MAX_DEPTH, MAX_NODES = 5, 60
GROUPS = ("all", "any", "at_least")


def evaluate(facts: Facts, conditions: dict[str, Any]) -> Eligibility:
    """Return whether the facts meet a rule version's conditions, with the tree that explains it.

    A rule without any condition is refused: nothing may be awarded for nothing.
    Raises ValueError for a condition this version of the program does not know.
    """
    branches = _several(facts, conditions)
    if not branches:
        raise ValueError("A rule needs at least one condition.")
    ok = all(branch.ok for branch in branches)
    return Eligibility(ok, Condition("award", "授予条件", "Conditions of the award", ok, children=tuple(branches)))


def _several(facts: Facts, node: Any) -> list[Condition]:
    """The conditions of a node that is a list of them by itself: kinds side by side, or a group "all"."""
    if not isinstance(node, dict):
        raise ValueError("A condition is an object.")
    if unknown := set(node) - set(LEAVES) - set(GROUPS):
        raise ValueError(f"Unknown conditions: {', '.join(sorted(unknown))}")
    if set(node) == {"all"}:
        return [_node(facts, child) for child in node["all"]]
    if set(node) & set(GROUPS):
        return [_node(facts, node)]
    return [LEAVES[kind](facts, node[kind]) for kind in LEAVES if kind in node]


def _node(facts: Facts, node: Any) -> Condition:
    if isinstance(node, dict) and set(node) & {"any", "at_least"}:
        if len(node) != 1:
            raise ValueError("Unknown conditions: a group beside other kinds")
        return _any(facts, node["any"]) if "any" in node else _at_least(facts, node["at_least"])
    found = _several(facts, node)
    if len(found) == 1 and isinstance(node, dict) and "all" not in node:
        return found[0]
    return _all("all", "下列全部满足", "All of these", found)


def _any(facts: Facts, nodes: list[Any]) -> Condition:
    found = tuple(_node(facts, child) for child in nodes)
    return Condition("any", "满足下列任一项", "Any one of these", any(c.ok for c in found), children=found)


def _at_least(facts: Facts, spec: dict[str, Any]) -> Condition:
    _known(spec, {"number", "of"})
    found, number = tuple(_node(facts, child) for child in spec["of"]), int(spec["number"])
    met = sum(child.ok for child in found)
    return Condition(
        "at_least", f"下列至少满足 {number} 项", f"At least {number} of these", number > 0 and met >= number,
        have=str(met), need=str(number), children=found,
    )  # fmt: skip


def _hours(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"modules": "syllabus" | {module code: hours as text}, "exemptions": whether exempted hours count}"""
    _known(spec, {"modules", "exemptions"})
    wanted = spec["modules"]
    by_code = {module.code: module for module in facts.hours}
    if wanted == "syllabus":
        wanted = {module.code: str(module.required) for module in facts.hours}
    lines = []
    for code, need in wanted.items():
        module = by_code.get(code)
        earned = module.earned if module else Decimal(0)
        exempt = module.exempt if module and spec.get("exemptions") else Decimal(0)
        said = _exempt(exempt, module.exempt_by) if exempt else {}
        lines.append(
            Condition(
                "hours.module",
                module.title if module else code,
                module.title_en if module else code,
                earned + exempt >= Decimal(need),
                have=_number(earned + exempt),
                need=_number(Decimal(need)),
                unit="hours",
                **said,
            )
        )
    return _all("hours", "学时", "Hours", lines)


def _exempt(hours: Decimal, statements: tuple[str, ...] = ()) -> dict[str, str]:
    return {
        "reason": f"其中 {_number(hours)} 学时按等效声明免修",
        "reason_en": f"{_number(hours)} hours of them exempted by a statement of equivalence",
        "evidence": " ".join(statements),
    }


def _hours_total(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"at_least": hours as text, "exemptions": …}: over all modules."""
    _known(spec, {"at_least", "exemptions"})
    exempt = sum((m.exempt for m in facts.hours), Decimal(0)) if spec.get("exemptions") else Decimal(0)
    have = sum((module.earned for module in facts.hours), exempt)
    said = _exempt(exempt, tuple(sorted({one for m in facts.hours for one in m.exempt_by}))) if exempt else {}
    need = Decimal(spec["at_least"])
    return Condition("hours_total", "总学时", "Hours in all", have >= need, _number(have), _number(need), "hours", **said)


def _topics(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"required": true, "full": whether the topic's own hours are asked for, "exemptions": …}"""
    _known(spec, {"required", "full", "exemptions"})
    lines = []
    for topic in facts.topics:
        if topic.required:
            exempt = topic.exempt if spec.get("exemptions") else Decimal(0)
            have, need = topic.earned + exempt, topic.hours if spec.get("full") else Decimal(0)
            ok = have >= need and have > 0
            said = _exempt(exempt) if exempt else {}
            asked = {"need": _number(need)} if need else {}
            lines.append(
                Condition("topics.topic", topic.title, topic.title_en, ok, have=_number(have), unit="hours", **asked, **said)
            )
    return _all("topics", "必修专题", "Required topics", lines)


def _cases(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"required": true, "at_least": number}"""
    _known(spec, {"required", "at_least"})
    lines = []
    if spec.get("required"):
        for case in facts.cases:
            if case.required:
                lines.append(
                    Condition(
                        "cases.case",
                        case.title,
                        case.title_en or case.title,
                        case.passed is True,
                        have="" if case.total is None else _number(case.total),
                        unit="points",
                        evidence=case.evidence,
                    )
                )
    if "at_least" in spec:
        passed = sum(case.passed is True for case in facts.cases)
        lines.append(
            Condition(
                "cases.at_least",
                "通过的案例数",
                "Cases passed",
                passed >= spec["at_least"],
                have=str(passed),
                need=str(spec["at_least"]),
                unit="cases",
            )
        )
    return _all("cases", "实战案例", "Case work", lines)


def _parts(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"each": true} or {"kinds": {kind of part: points}}: those parts passed, and with at least these points."""
    _known(spec, {"each", "kinds"})
    kinds = spec.get("kinds")
    if kinds is None:
        lines = [_part(part, part.pass_mark) for part in facts.parts]
        return _all("parts", "考核环节（每项均须通过）", "Parts of the assessment (each must be passed)", lines)
    lines = []
    for kind, mark in kinds.items():
        of_kind = [part for part in facts.parts if part.kind == kind]
        lines += [_part(part, max(part.pass_mark, mark)) for part in of_kind]
        if not of_kind:
            title, title_en = PART_KINDS.get(kind, (kind, kind))
            missing = {"reason": "课程没有这个环节", "reason_en": "the course has no such part"}
            lines.append(Condition("parts.part", title, title_en, False, need=str(mark), unit="points", **missing))
    return _all("parts", "考核环节与最低分", "Parts of the assessment with least points", lines)


PART_KINDS = {
    "case": ("案例", "Case work"), "theory": ("理论", "Theory"), "defence": ("答辩", "Defence"),
    "portfolio": ("业绩档案", "Portfolio"),
}  # fmt: skip


def _part(part: PartFact, mark: int) -> Condition:
    return Condition(
        "parts.part",
        part.title,
        part.title_en or part.title,
        part.passed is True and (part.total is None or part.total >= mark),
        have="" if part.total is None else _number(part.total),
        need=str(mark),
        unit="points",
    )


def _total(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"at_least": points as text}: all parts by their weights."""
    _known(spec, {"at_least"})
    total, need = facts.total, Decimal(spec["at_least"])
    ok, have = total is not None and total >= need, "" if total is None else _number(total)
    return Condition("total", "考核总分", "Points in all", ok, have=have, need=_number(need), unit="points")


def _competences(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"level": lowest level, "codes": [competence codes]} each of these; or {"level": …, "at_least": number} any so many."""
    _known(spec, {"level", "codes", "at_least", "names"})
    floor = COMPETENCE_LEVELS.index(spec["level"])
    words, words_en = LEVEL_WORDS[spec["level"]]
    shown = {fact.code: fact for fact in facts.competences}
    lines = []
    for code in spec.get("codes", ()):
        fact = shown.get(code)
        title, title_en = spec.get("names", {}).get(code) or (code, code)
        ok = fact is not None and COMPETENCE_LEVELS.index(fact.level) >= floor
        lines.append(
            Condition(
                "competences.one", fact.title if fact else title, fact.title_en if fact else title_en, ok,
                have="/".join(LEVEL_WORDS[fact.level]) if fact else "", need=f"{words}/{words_en}",
            )
        )  # fmt: skip
    if "at_least" in spec:
        enough = sum(COMPETENCE_LEVELS.index(fact.level) >= floor for fact in facts.competences)
        lines.append(
            Condition(
                "competences.at_least", f"达到“{words}”的能力项", f"Competences at “{words_en}” or better",
                enough >= spec["at_least"] > 0, have=str(enough), need=str(spec["at_least"]),
            )
        )  # fmt: skip
    return _all("competences", "能力", "Competences", lines)


LEVEL_WORDS = {"reached": ("达标", "reached"), "good": ("良好", "good"), "excellent": ("优秀", "excellent")}


def _panel(facts: Facts, spec: dict[str, Any]) -> Condition:
    """{"votes": number}: every defence carried by its panel, with at least so many votes for it."""
    _known(spec, {"votes"})
    lines = [
        Condition(
            "panel.votes", part.title, part.title_en or part.title,
            part.approved is True and (part.votes_for or 0) >= spec["votes"],
            have="" if part.votes_for is None else str(part.votes_for), need=str(spec["votes"]), evidence=part.evidence,
        )
        for part in facts.parts
        if part.kind == "defence"
    ]  # fmt: skip
    return _all("panel", "答辩委员表决（赞成票）", "Votes of the panel for the candidate", lines)


def _lower_level(facts: Facts, code: str) -> Condition:
    number = dict(facts.levels_by_statement).get(code, "")
    said = {"evidence": number, "reason": f"依互认决定 {number}", "reason_en": f"by the recognition {number}"} if number else {}
    return Condition("lower_level", "持有下一级证书", "Holds the level below", code in facts.levels_held, **said)


LEAVES: dict[str, Callable[[Facts, Any], Condition]] = {
    "hours": _hours, "hours_total": _hours_total, "topics": _topics, "cases": _cases, "parts": _parts, "total": _total,
    "competences": _competences, "panel": _panel, "lower_level": _lower_level,
}  # fmt: skip


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield (kind, what it says) of every condition and group of a rule, from the outside in."""
    for kind, spec in node.items() if isinstance(node, dict) else ():
        yield kind, spec
        inside = spec.get("of", ()) if kind == "at_least" and isinstance(spec, dict) else spec
        if kind in GROUPS:
            for child in inside:
                yield from walk(child)


def wants(*rules: dict[str, Any]) -> frozenset[str]:
    """What must be read beyond hours, cases and parts to evaluate these rules: "levels", "topics", "competences",
    "exemptions"."""
    found = set()
    for kind, spec in (pair for rule in rules for pair in walk(rule)):
        found |= {"lower_level": {"levels"}, "topics": {"topics"}, "competences": {"competences"}}.get(kind, set())
        if isinstance(spec, dict) and spec.get("exemptions"):
            found.add("exemptions")
    return frozenset(found)


def _all(kind: str, title: str, title_en: str, lines: list[Condition]) -> Condition:
    """A branch that is met when every line is; a branch without lines proves nothing and is not met."""
    return Condition(kind, title, title_en, bool(lines) and all(line.ok for line in lines), children=tuple(lines))


def _known(spec: dict[str, Any], names: set[str]) -> None:
    if unknown := set(spec) - names:
        raise ValueError(f"Unknown conditions: {', '.join(sorted(unknown))}")


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
