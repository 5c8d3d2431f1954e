"""Checks of the rules of a case before anybody plays it: names that lead nowhere, conditions that can't be read, stages where
nothing can be chosen, variants that leave a placeholder empty. Pure; `CaseScript.problems()` asks it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .caserules import Problem, World, effect_problems, expression_problems, negotiation_problems, placeholders
from .paths import MOST, ways

if TYPE_CHECKING:
    from .cases import CaseScript, Option, Stage


def world_of(script: "CaseScript") -> World:
    """Return what the expressions of this case may name."""
    return World(
        variables=frozenset(variable.key for variable in script.variables),
        exhibits=frozenset(exhibit.key for exhibit in script.exhibits),
        options={
            stage.key: frozenset(option.key for option in stage.decision.options) if stage.decision else frozenset()
            for stage in script.stages
        },
        terms={
            stage.key: frozenset(term.key for term in stage.negotiation.terms)
            for stage in script.stages
            if stage.negotiation
        },
    )


def rule_problems(script: "CaseScript") -> list[str]:
    """Return what is wrong with the rules, as keys "rule:<where>:<kind>|<word>"; empty when they are sound (or none)."""
    return [f"rule:{where}:{kind}|{word}" for where, (kind, word) in _problems(script)]


def _problems(script: "CaseScript") -> Iterator[tuple[str, Problem]]:
    world, nothing = world_of(script), World(frozenset(), frozenset(), {}, {})
    for kind, things in (("variable", script.variables), ("counterpart", script.counterparts), ("variant", script.variants)):
        for key in _repeated(thing.key for thing in things):
            yield key, (f"{kind}_twice", key)
    for variable in script.variables:
        for problem in expression_problems(variable.start, nothing):
            yield variable.key, problem
    counterparts = [person.key for person in script.counterparts]
    for stage in script.stages:
        for problem in _stage_problems(stage, world):
            yield stage.key, problem
        if stage.negotiation:
            if stage.decision:
                yield stage.key, ("decision_and_negotiation", "")
            for problem in negotiation_problems(stage.negotiation, counterparts, world):
                yield stage.key, problem
    rooms = [stage.key for stage in script.stages if stage.negotiation and stage.negotiation.room]
    if rooms and script.variants:
        yield rooms[0], ("room_with_variants", "")  # people at one table need the same numbers
    yield from _variant_problems(script)


def way_problems(script: "CaseScript") -> list[str]:
    """Return the stages at which some way through the case comes to stand still, and those that no way reaches although
    choices lead there, since conditions keep them closed. As keys "rule:<stage>:<kind>|"; ask only when the rest is sound.
    """
    if not any(option.condition or option.routes for option in _options(script)):
        return []
    found = ways(script)
    stuck = {way.stuck_at for way in found if way.stuck_at}
    problems = [f"rule:{key}:stands_still|" for key in sorted(stuck)]
    if len(found) < MOST:
        reached = {key for way in found for key in way.visited} | stuck
        problems += [f"rule:{stage.key}:never_reached|" for stage in script.stages if stage.key not in reached]
    return problems


def _options(script: "CaseScript") -> "Iterator[Option]":
    for stage in script.stages:
        yield from stage.decision.options if stage.decision else ()


def _stage_problems(stage: "Stage", world: World) -> list[Problem]:
    found = []
    options = stage.decision.options if stage.decision else ()
    if options and all(option.condition.strip() for option in options):
        found.append(("no_open_option", ""))  # every choice depends on something: the case could stand still here
    for option in options:
        found += expression_problems(option.condition, world) + effect_problems(option.effects, world)
        found += [("unknown_release", key) for key in option.releases if key not in world.exhibits]
        for route in option.routes:
            found += expression_problems(route.condition, world)
            found += [] if route.condition.strip() else [("empty_condition", option.key)]
    found += [("inject_twice", key) for key in _repeated(inject.key for inject in stage.injects)]
    for inject in stage.injects:
        found += expression_problems(inject.condition, world) + effect_problems(inject.effects, world)
        found += [("unknown_release", key) for key in inject.releases if key not in world.exhibits]
    return found


def _variant_problems(script: "CaseScript") -> Iterator[tuple[str, Problem]]:
    wanted = placeholders(
        (script.role, script.brief, script.debrief, script.exhibits, script.stages, script.variables,
         script.counterparts)
    )  # fmt: skip
    for name in sorted(placeholders((script.deliverable, script.rubric))):
        yield "–", ("placeholder_in_product", name)  # everybody is marked by the same words
    if not script.variants:
        for name in sorted(wanted):
            yield "–", ("placeholder_empty", name)
    for variant in script.variants:
        for name in sorted(wanted - {name for name, _value in variant.values}):
            yield variant.key, ("placeholder_empty", name)


def _repeated(keys: Iterable[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]
