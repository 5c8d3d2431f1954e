"""The award rule as arithmetic on plain values: facts and conditions in, an explainable tree out. Knows no database.

The tree is stored with the award and shown to the trainee before it, so it speaks both languages by itself.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class ModuleHours:
    """Hours (学时) of one module: what the syllabus version requires and what the ledger adds up to."""

    code: str
    title: str
    title_en: str
    required: Decimal
    earned: Decimal


@dataclass(frozen=True)
class CaseFact:
    """One case of the edition. `passed` and `total` are None until a result is released."""

    key: str
    title: str
    title_en: str
    required: bool
    passed: bool | None
    total: Decimal | None
    evidence: str = ""


@dataclass(frozen=True)
class PartFact:
    """One part of the assessment plan. `total` is None while one of its assignments has no result."""

    key: str
    title: str
    title_en: str
    pass_mark: int
    weight: int
    total: Decimal | None
    passed: bool | None


@dataclass(frozen=True)
class Facts:
    hours: tuple[ModuleHours, ...]
    cases: tuple[CaseFact, ...]
    parts: tuple[PartFact, ...]
    levels_held: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Condition:
    """One node: met or not, what there is and what is needed, and the fact it rests on."""

    kind: str
    title: str
    title_en: str
    ok: bool
    have: str = ""
    need: str = ""
    unit: str = ""  # "hours", "points", "cases" or ""
    evidence: str = ""
    children: tuple["Condition", ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "title_en": self.title_en,
            "ok": self.ok,
            "have": self.have,
            "need": self.need,
            "unit": self.unit,
            "evidence": self.evidence,
            "children": [child.as_json() for child in self.children],
        }


@dataclass(frozen=True)
class Eligibility:
    ok: bool
    tree: Condition

    @property
    def missing(self) -> list[Condition]:
        """The leaves that are not met, in reading order."""

        def leaves(node: Condition):
            if node.children:
                for child in node.children:
                    yield from leaves(child)
            elif not node.ok:
                yield node

        return list(leaves(self.tree))


def evaluate(facts: Facts, conditions: dict[str, Any]) -> Eligibility:
    """Return whether the facts meet every condition of a rule version, with the tree that explains it.

    conditions: {"hours": {"modules": "syllabus" | {module code: hours as text}},
                 "cases": {"required": true, "at_least": number},
                 "parts": {"each": true},
                 "lower_level": level code}
    Each key is optional, but a rule without any condition is refused: nothing may be awarded for nothing.
    Raises ValueError for a condition this version of the program does not know.
    """
    unknown = set(conditions) - {"hours", "cases", "parts", "lower_level"}
    if unknown:
        raise ValueError(f"Unknown conditions: {', '.join(sorted(unknown))}")
    branches = []
    if "hours" in conditions:
        branches.append(_hours(facts, conditions["hours"]))
    if "cases" in conditions:
        branches.append(_cases(facts, conditions["cases"]))
    if "parts" in conditions:
        branches.append(_parts(facts, conditions["parts"]))
    if "lower_level" in conditions:
        branches.append(_lower_level(facts, conditions["lower_level"]))
    if not branches:
        raise ValueError("A rule needs at least one condition.")
    ok = all(branch.ok for branch in branches)
    tree = Condition("award", "授予条件", "Conditions of the award", ok, children=tuple(branches))
    return Eligibility(ok, tree)


def _hours(facts: Facts, spec: dict[str, Any]) -> Condition:
    _known(spec, {"modules"})
    wanted = spec["modules"]
    lines = []
    by_code = {module.code: module for module in facts.hours}
    if wanted == "syllabus":
        wanted = {module.code: str(module.required) for module in facts.hours}
    for code, need in wanted.items():
        module = by_code.get(code)
        earned = module.earned if module else Decimal(0)
        lines.append(
            Condition(
                "hours.module",
                module.title if module else code,
                module.title_en if module else code,
                earned >= Decimal(need),
                have=_number(earned),
                need=_number(Decimal(need)),
                unit="hours",
            )
        )
    return _all("hours", "学时", "Hours", lines)


def _cases(facts: Facts, spec: dict[str, Any]) -> Condition:
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
    _known(spec, {"each"})
    lines = [
        Condition(
            "parts.part",
            part.title,
            part.title_en or part.title,
            part.passed is True,
            have="" if part.total is None else _number(part.total),
            need=str(part.pass_mark),
            unit="points",
        )
        for part in facts.parts
    ]
    return _all("parts", "考核环节（每项均须通过）", "Parts of the assessment (each must be passed)", lines)


def _lower_level(facts: Facts, code: str) -> Condition:
    return Condition("lower_level", "持有下一级证书", "Holds the level below", code in facts.levels_held)


def _all(kind: str, title: str, title_en: str, lines: list[Condition]) -> Condition:
    """A branch that is met when every line is; a branch without lines proves nothing and is not met."""
    return Condition(kind, title, title_en, bool(lines) and all(line.ok for line in lines), children=tuple(lines))


def _known(spec: dict[str, Any], names: set[str]) -> None:
    if unknown := set(spec) - names:
        raise ValueError(f"Unknown conditions: {', '.join(sorted(unknown))}")


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
