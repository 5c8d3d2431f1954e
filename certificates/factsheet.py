"""Plain values of the award: the facts a rule may look at, and the explained condition that comes out. Knows no database."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

# How far a competence was shown, lowest first.
COMPETENCE_LEVELS = ("reached", "good", "excellent")


@dataclass(frozen=True)
class ModuleHours:
    """Hours (学时) of one module: what the syllabus version requires, what the ledger adds up to, and what need not be
    earned again because a statement of equivalence says so (`exempt_by`: ids of statements)."""

    code: str
    title: str
    title_en: str
    required: Decimal
    earned: Decimal
    exempt: Decimal = Decimal(0)
    exempt_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicFact:
    """One topic of the level: its hours, those on record, and those exempted."""

    code: str
    title: str
    title_en: str
    required: bool
    hours: Decimal
    earned: Decimal
    exempt: Decimal = Decimal(0)


@dataclass(frozen=True)
class CaseMarking:
    """How a result came about, and how well the independent marks on this case agree: Krippendorff's α of so many scripts; None
    where too few were marked twice to say.

    method: "independent", the mean of blind marks; or "settled", where a moderator, an appeal or a correction came after them:
    which of these is nobody's business but the person's.
    """

    method: str
    scripts: int
    alpha: float | None

    def as_json(self) -> dict[str, Any]:
        return {"method": self.method, "scripts": self.scripts, "alpha": None if self.alpha is None else f"{self.alpha:.2f}"}


@dataclass(frozen=True)
class CaseFact:
    """One case of the edition. `passed` and `total` are None until a result is released. marking: of a passed one, where it
    was asked for."""

    key: str
    title: str
    title_en: str
    required: bool
    passed: bool | None
    total: Decimal | None
    evidence: str = ""
    marking: CaseMarking | None = None


@dataclass(frozen=True)
class PartFact:
    """One part of the assessment plan. `total` is None while one of its assignments has no result.

    approved, votes_for: of a defence, what the panel decided; None before it has.
    """

    key: str
    title: str
    title_en: str
    pass_mark: int
    weight: int
    total: Decimal | None
    passed: bool | None
    kind: str = ""
    approved: bool | None = None
    votes_for: int | None = None
    evidence: str = ""


@dataclass(frozen=True)
class CompetenceFact:
    """A competence that passed work was marked for; level: one of COMPETENCE_LEVELS."""

    code: str
    title: str
    title_en: str
    level: str


@dataclass(frozen=True)
class Facts:
    hours: tuple[ModuleHours, ...]
    cases: tuple[CaseFact, ...]
    parts: tuple[PartFact, ...]
    levels_held: frozenset[str] = frozenset()
    levels_by_statement: tuple[tuple[str, str], ...] = ()  # (level, number of the recognition): held by nothing else
    topics: tuple[TopicFact, ...] = ()
    competences: tuple[CompetenceFact, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """The parts' points by their weights, or None while one of them is open."""
        if not self.parts or any(part.total is None for part in self.parts):
            return None
        weights = sum(part.weight for part in self.parts)
        points = sum(part.weight * part.total for part in self.parts)
        return (points / weights).quantize(Decimal("0.01"), ROUND_HALF_UP)


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
    reason: str = ""
    reason_en: str = ""
    children: tuple["Condition", ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the node as it is kept; a reason only where there is one, so that older trees read as they were written."""
        names = ("kind", "title", "title_en", "ok", "have", "need", "unit", "evidence")
        said = {name: getattr(self, name) for name in names}
        if self.reason:
            said |= {"reason": self.reason, "reason_en": self.reason_en}
        return said | {"children": [child.as_json() for child in self.children]}


@dataclass(frozen=True)
class Eligibility:
    ok: bool
    tree: Condition

    @property
    def missing(self) -> list[Condition]:
        """The leaves that are not met, in reading order; nothing below a group that is met anyway."""

        def leaves(node: Condition):
            if node.ok:
                return
            if node.children:
                for child in node.children:
                    yield from leaves(child)
            else:
                yield node

        return list(leaves(self.tree))
