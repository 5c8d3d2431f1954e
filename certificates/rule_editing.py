"""Changing the tree of a draft rule one node at a time. Pure: a tree in, a changed copy out. Paths such as "0.2"."""

from copy import deepcopy
from typing import Any

from .eligibility import GROUPS

# What a condition says when it is put in; its form follows at once.
FIRST: dict[str, Any] = {
    "hours": {"modules": "syllabus"}, "hours_total": {"at_least": "1"}, "topics": {"required": True},
    "cases": {"required": True}, "parts": {"each": True}, "total": {"at_least": "60"},
    "competences": {"level": "reached", "at_least": 1}, "panel": {"votes": 1}, "lower_level": "junior",
    "all": [], "any": [], "at_least": {"number": 1, "of": []},
}  # fmt: skip


class NoSuchPlace(LookupError):
    """The tree has no node at that path: it was changed since the page was made."""


def node_at(tree: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the node itself, not a copy."""
    node = tree
    for step in filter(None, path.split(".")):
        inside = children(node)
        if not step.isdecimal() or int(step) >= len(inside):
            raise NoSuchPlace(path)
        node = inside[int(step)]
    return node


def children(node: dict[str, Any]) -> list[Any]:
    ((kind, spec),) = node.items()
    if kind not in GROUPS:
        return []
    return spec["of"] if kind == "at_least" else spec


def added(tree: dict[str, Any], path: str, kind: str) -> tuple[dict[str, Any], str]:
    """Return the tree with a new node at the end of the group at that path, and the new node's path."""
    tree = deepcopy(tree)
    group = node_at(tree, path)
    if next(iter(group)) not in GROUPS or kind not in FIRST:
        raise NoSuchPlace(path)
    inside = children(group)
    inside.append({kind: deepcopy(FIRST[kind])})
    return tree, f"{path}.{len(inside) - 1}".lstrip(".")


def replaced(tree: dict[str, Any], path: str, spec: Any) -> dict[str, Any]:
    """Return the tree with what the condition at that path says; of a group "at_least" its number."""
    tree = deepcopy(tree)
    node = node_at(tree, path)
    ((kind, said),) = node.items()
    if kind in ("all", "any"):
        raise NoSuchPlace(path)
    node[kind] = said | {"number": spec["number"]} if kind == "at_least" else spec
    return tree


def removed(tree: dict[str, Any], path: str) -> dict[str, Any]:
    tree = deepcopy(tree)
    group, place = _parent(tree, path)
    del group[place]
    return tree


def moved_up(tree: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the tree with that node before its neighbour; the first one goes to the end of the group."""
    tree = deepcopy(tree)
    group, place = _parent(tree, path)
    node = group.pop(place)
    group.insert(place - 1 if place else len(group), node)
    return tree


def _parent(tree: dict[str, Any], path: str) -> tuple[list[Any], int]:
    above, _dot, step = path.rpartition(".")
    node_at(tree, path)
    if not step:
        raise NoSuchPlace(path)
    return children(node_at(tree, above)), int(step)
