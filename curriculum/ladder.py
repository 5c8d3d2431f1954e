"""The ladder of levels: who may enter one, as arithmetic on plain values. Alternatives and facts in, an explained tree out.

Any one alternative lets a person in; all conditions of an alternative have to be met. What nobody has told is unknown,
which is another thing than unmet. Knows no database. The tree is kept with the enrolment, so it speaks both languages.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# In rising order; whoever holds one holds those before it. code: (Chinese, English)
DEGREES = {
    "school": ("高中或中专", "secondary school"),
    "college": ("大专", "college diploma"),
    "bachelor": ("本科（学士）", "bachelor"),
    "master": ("硕士", "master"),
    "doctor": ("博士", "doctorate"),
}
KINDS = ("none", "level", "experience", "degree")


@dataclass(frozen=True)
class Condition:
    """One row of an alternative. kind: one of KINDS.

    level: code and titles of the lower level whose certificate is asked for (kind "level").
    degree: at least this one ("degree"), or the years count only for people who hold it ("experience"; "" = anybody).
    years: of work in technology transfer ("experience").
    """

    kind: str
    level: str = ""
    level_title: str = ""
    level_title_en: str = ""
    degree: str = ""
    years: Decimal | None = None
    source: str = ""
    verified: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of a person. None: nobody has told. levels: codes of the levels held by a valid certificate."""

    degree: str | None = None
    years: Decimal | None = None
    levels: frozenset[str] | None = None


@dataclass(frozen=True)
class Node:
    """One node of the tree. ok: True, False or None for unknown; reason: the fact it rests on, or what is missing."""

    kind: str  # "admission", "alternative" or a condition's kind
    title: str
    title_en: str
    ok: bool | None
    reason: str = ""
    reason_en: str = ""
    verified: bool = True
    children: tuple["Node", ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the node as it is kept with an enrolment."""
        own = {name: getattr(self, name) for name in ("kind", "title", "title_en", "ok", "reason", "reason_en", "verified")}
        return own | {"children": [child.as_json() for child in self.children]}


def evaluate(alternatives: Iterable[Iterable[Condition]], facts: Facts) -> Node:
    """Return the tree of one level for one person. A level without alternatives lets everybody in."""
    ways = [tuple(conditions) for conditions in alternatives]
    if not ways:
        return Node("admission", "报名条件", "Who may enter", True, "该等级没有设置条件。", "This level sets no condition.")
    nodes = tuple(_alternative(place, conditions, facts, of=len(ways)) for place, conditions in enumerate(ways, 1))
    ok = _any(node.ok for node in nodes)
    title, title_en = "报名条件", "Who may enter"
    if len(nodes) > 1:
        title, title_en = "满足下列任一途径", "Any one of these ways"
    return Node("admission", title, title_en, ok, verified=all(node.verified for node in nodes), children=nodes)


def unmet(tree: Node) -> list[Node]:
    """Return the conditions that are not met or unknown, none when the tree is met."""
    if tree.ok:
        return []
    if not tree.children:
        return [tree]
    return [leaf for child in tree.children for leaf in unmet(child)]


def describe(condition: Condition) -> tuple[str, str]:
    """Return the condition as a phrase in Chinese and in English."""
    degree, degree_en = DEGREES.get(condition.degree, ("", ""))
    if condition.kind == "level":
        title, title_en = condition.level_title or condition.level, condition.level_title_en or condition.level
        return f"持有有效的“{title}”证书", f"Holds a valid certificate of “{title_en}”"
    if condition.kind == "experience":
        years = _plain(condition.years)
        text = f"从事技术转移工作满 {years} 年"
        text_en = f"{years} year{'' if years == '1' else 's'} of work in technology transfer"
        if degree:
            return f"{degree}及以上学历，{text}", f"{degree_en.capitalize()} or higher, and {text_en}"
        return text, text_en
    if condition.kind == "degree":
        return f"{degree}及以上学历", f"{degree_en.capitalize()} or higher"
    if condition.kind == "none":
        return "不设条件", "No condition"
    raise ValueError(condition.kind)


def _alternative(place: int, conditions: tuple[Condition, ...], facts: Facts, *, of: int) -> Node:
    leaves = tuple(_leaf(condition, facts) for condition in conditions)
    if len(leaves) == 1:
        return leaves[0]
    number, number_en = (f"途径 {place}：", f"Way {place}: ") if of > 1 else ("", "")
    return Node(
        "alternative", f"{number}全部满足", f"{number_en}all of these".capitalize(), _all(leaf.ok for leaf in leaves),
        verified=all(leaf.verified for leaf in leaves), children=leaves,
    )  # fmt: skip


def _leaf(condition: Condition, facts: Facts) -> Node:
    title, title_en = describe(condition)
    ok, reason, reason_en = {"none": _free, "level": _level, "experience": _experience, "degree": _degree}[
        condition.kind
    ](condition, facts)
    return Node(condition.kind, title, title_en, ok, reason, reason_en, condition.verified)


def _free(condition: Condition, facts: Facts) -> tuple[bool | None, str, str]:
    return True, "人人可以报名。", "Anybody may enter."


def _level(condition: Condition, facts: Facts) -> tuple[bool | None, str, str]:
    if facts.levels is None:
        return None, "尚未查询证书。", "Certificates have not been looked up."
    if condition.level in facts.levels:
        return True, "本站证书库中有有效证书。", "There is a valid certificate in our register."
    return False, "本站证书库中没有当日有效的证书。", "Our register has no certificate that is valid on the day."


def _degree(condition: Condition, facts: Facts) -> tuple[bool | None, str, str]:
    if facts.degree is None:
        return None, "尚未申报学历。", "The degree has not been stated."
    held, held_en = DEGREES[facts.degree]
    return _at_least(facts.degree, condition.degree), f"申报学历：{held}。", f"Stated degree: {held_en}."


def _experience(condition: Condition, facts: Facts) -> tuple[bool | None, str, str]:
    by_degree: bool | None = True
    parts, parts_en = [], []
    if condition.degree:
        by_degree, text, text_en = _degree(condition, facts)
        parts, parts_en = [text], [text_en]
    if facts.years is None:
        enough = None
        parts, parts_en = [*parts, "尚未申报工作年限。"], [*parts_en, "The years of work have not been stated."]
    else:
        enough = facts.years >= (condition.years or 0)
        years = _plain(facts.years)
        parts, parts_en = [*parts, f"申报年限：{years} 年。"], [*parts_en, f"Stated years: {years}."]
    return _all((by_degree, enough)), "".join(parts), " ".join(parts_en)


def _at_least(held: str, wanted: str) -> bool:
    order = list(DEGREES)
    return order.index(held) >= order.index(wanted)


def _any(values: Iterable[bool | None]) -> bool | None:
    values = list(values)
    return True if True in values else None if None in values else False


def _all(values: Iterable[bool | None]) -> bool | None:
    values = list(values)
    return False if False in values else None if None in values else True


def _plain(number: Decimal | None) -> str:
    return f"{Decimal(number or 0).normalize():f}"
