"""What keeps the conditions of a rule from coming into force, in sentences; and the shape in which they are edited."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from curriculum.models import Level

from .eligibility import GROUPS, LEAVES, MAX_DEPTH, MAX_NODES, PART_KINDS, evaluate, walk
from .factsheet import COMPETENCE_LEVELS, Facts, ModuleHours, TopicFact

ORDER = [code for code, _label in Level.Code.choices]


def as_groups(conditions: dict[str, Any]) -> dict[str, Any]:
    """The same rule as one group of all, one condition a node: kinds side by side can't be moved one by one."""
    if set(conditions) & set(GROUPS):
        return conditions if set(conditions) == {"all"} else {"all": [conditions]}
    return {"all": [{kind: conditions[kind]} for kind in LEAVES if kind in conditions]}


def problems(conditions: dict[str, Any], level: Level) -> list[str]:
    """Every problem once, in reading order; none for a rule that may come into force."""
    try:
        evaluate(Facts(hours=(), cases=(), parts=()), conditions)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation):
        empty = isinstance(conditions, dict) and not any(conditions.values())
        return [_("A rule needs at least one condition.") if empty else _("These conditions can't be read.")]
    found = list(_too_much(conditions))
    modules = {module.code for module in level.modules.all()}
    competences = {competence.code for competence in level.syllabus.competences.all()}
    for kind, spec in walk(conditions):
        found += _of_node(kind, spec, level, modules, competences)
    if not found and _met_by_nothing(conditions, level):
        found.append(_("Somebody who has studied and done nothing here would fulfil this rule."))
    return list(dict.fromkeys(found))


def _too_much(conditions: dict[str, Any]) -> Iterator[str]:
    def depth(node: Any) -> int:
        children = []
        for kind in GROUPS:
            if kind in node:
                children += node[kind]["of"] if kind == "at_least" else node[kind]
        return 1 + max((depth(child) for child in children), default=0)

    if depth(conditions) > MAX_DEPTH:
        yield _("Groups are nested more than %(n)s deep: nobody would understand them.") % {"n": MAX_DEPTH - 1}
    if sum(1 for _pair in walk(conditions)) > MAX_NODES:
        yield _("More than %(n)s conditions.") % {"n": MAX_NODES}


def _of_node(kind: str, spec: Any, level: Level, modules: set[str], competences: set[str]) -> Iterator[str]:
    if kind in ("all", "any") and not spec:
        yield _("A group is empty.")
    elif kind == "at_least":
        if not spec["of"]:
            yield _("A group is empty.")
        elif not 1 <= spec["number"] <= len(spec["of"]):
            yield _("A group asks for more conditions than it has, or for none.")
    elif kind == "hours" and spec["modules"] != "syllabus":
        if unknown := set(spec["modules"]) - modules:
            yield _("The standard has no module “%(code)s” on this level.") % {"code": sorted(unknown)[0]}
        if not spec["modules"] or any(Decimal(hours) <= 0 for hours in spec["modules"].values()):
            yield _("Hours have to be more than 0.")
    elif kind == "hours_total" and Decimal(spec["at_least"]) <= 0:
        yield _("Hours have to be more than 0.")
    elif kind == "cases" and not spec.get("required") and spec.get("at_least", 0) < 1:
        yield _("The condition on cases asks for nothing.")
    elif kind == "parts":
        kinds = spec.get("kinds")
        if kinds is None and not spec.get("each"):
            yield _("The condition on parts asks for nothing.")
        if kinds is not None and (not kinds or set(kinds) - set(PART_KINDS)):
            yield _("The condition on parts asks for nothing.")
        if any(not 0 < mark <= 100 for mark in (kinds or {}).values()):
            yield _("Points lie between 1 and 100.")
    elif kind == "total" and not 0 < Decimal(spec["at_least"]) <= 100:
        yield _("Points lie between 1 and 100.")
    elif kind == "competences":
        if spec["level"] not in COMPETENCE_LEVELS or not (spec.get("codes") or spec.get("at_least", 0) > 0):
            yield _("The condition on competences asks for nothing.")
        if unknown := set(spec.get("codes", ())) - competences:
            yield _("The standard has no competence “%(code)s”.") % {"code": sorted(unknown)[0]}
    elif kind == "panel" and spec["votes"] < 1:
        yield _("At least one vote has to be asked for.")
    elif kind == "lower_level" and (spec not in ORDER or ORDER.index(spec) >= ORDER.index(level.code)):
        yield _("The level to be held has to be a lower one.")


def _met_by_nothing(conditions: dict[str, Any], level: Level) -> bool:
    """Whether certificates and exemptions alone would do: an award rests on something recorded here."""
    hours, topics = [], []
    for module in level.modules.prefetch_related("topics"):
        exempt = {"earned": Decimal(0), "exempt": Decimal(10_000)}
        hours.append(ModuleHours(module.code, module.title, module.title_en, module.hours, **exempt))
        topics += [TopicFact(t.code, t.title, t.title_en, t.required, t.hours, **exempt) for t in module.topics.all()]
    nothing = Facts(tuple(hours), cases=(), parts=(), levels_held=frozenset(ORDER), topics=tuple(topics))
    return evaluate(nothing, conditions).ok
