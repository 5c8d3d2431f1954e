"""A rule as it is read: who fulfils it, line by line, and what differs between two versions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from curriculum.models import Level
from lms.lib.language import local

from .eligibility import GROUPS
from .rule_checks import as_groups

KINDS = {
    "hours": gettext_lazy("Hours by module"), "hours_total": gettext_lazy("Hours in all"),
    "topics": gettext_lazy("Required topics"), "cases": gettext_lazy("Case work"),
    "parts": gettext_lazy("Parts of the assessment"), "total": gettext_lazy("Points in all"),
    "competences": gettext_lazy("Competences"), "panel": gettext_lazy("Votes of the panel"),
    "lower_level": gettext_lazy("Level below held"), "all": gettext_lazy("Group: all of these"),
    "any": gettext_lazy("Group: any one of these"), "at_least": gettext_lazy("Group: at least so many of these"),
}  # fmt: skip
PARTS = {
    "theory": pgettext_lazy("part of an assessment", "theory"), "case": pgettext_lazy("part of an assessment", "case work"),
    "defence": pgettext_lazy("part of an assessment", "defence"),
    "portfolio": pgettext_lazy("part of an assessment", "portfolio"),
}  # fmt: skip
REACHED = {
    "reached": pgettext_lazy("level of a competence", "reached"), "good": pgettext_lazy("level of a competence", "good"),
    "excellent": pgettext_lazy("level of a competence", "excellent"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One node as a sentence. path: its place, such as "0.2"; "" for the rule itself."""

    path: str
    kind: str
    text: str
    children: tuple["Line", ...] = field(default=())

    @property
    def is_group(self) -> bool:
        return self.kind in GROUPS


def reading(conditions: dict[str, Any], level: Level) -> Line:
    """Return the rule as lines, in the reader's language. Three queries for the names at most."""
    names = {module.code: local(module, "title") for module in level.modules.all()}
    competences = {c.code: local(c, "title") for c in level.syllabus.competences.all()}
    levels = {row.code: local(row, "title") for row in level.syllabus.levels.all()}
    return _line(as_groups(conditions), "", names, competences, levels)


def spoken(line: Line) -> str:
    """The line and all below it as one sentence; a group inside is in brackets."""
    if not line.is_group:
        return line.text
    inside = _("; ").join(f"({spoken(child)})" if child.is_group else spoken(child) for child in line.children)
    return line.text + ("" if line.text.endswith("：") else " ") + inside


def _line(node: dict[str, Any], path: str, *names: dict[str, str]) -> Line:
    if len(node) != 1:  # kinds side by side, further in
        node = as_groups(node)
    ((kind, spec),) = node.items()
    if kind in GROUPS:
        children = spec["of"] if kind == "at_least" else spec
        lines = tuple(_line(child, f"{path}.{n}".lstrip("."), *names) for n, child in enumerate(children))
        return Line(path, kind, _group(kind, spec, top=not path), lines)
    return Line(path, kind, WORDS[kind](spec, *names))


def _group(kind: str, spec: Any, *, top: bool) -> str:
    if kind == "at_least":
        return _("At least %(n)s of the following:") % {"n": spec["number"]}
    if kind == "any":
        return _("Any one of the following:")
    return _("Whoever fulfils all of the following:") if top else _("All of the following:")


def _with(text: str, spec: dict[str, Any]) -> str:
    if not spec.get("exemptions"):
        return text
    return _("%(condition)s; hours exempted by a statement of equivalence count") % {"condition": text}


def _hours(spec: dict[str, Any], modules: dict[str, str], *_names) -> str:
    if spec["modules"] == "syllabus":
        return _with(_("has the hours of every module that the standard asks for"), spec)
    each = _(", ").join(
        _("%(module)s %(hours)s hours") % {"module": modules.get(code, code), "hours": hours}
        for code, hours in spec["modules"].items()
    )
    return _with(_("has these hours: %(each)s") % {"each": each}, spec)


def _hours_total(spec: dict[str, Any], *_names) -> str:
    return _with(_("has %(hours)s hours in all") % {"hours": spec["at_least"]}, spec)


def _topics(spec: dict[str, Any], *_names) -> str:
    full = spec.get("full")
    text = _("has studied every required topic for its full hours") if full else _("has studied every required topic")
    return _with(text, spec)


def _cases(spec: dict[str, Any], *_names) -> str:
    said = [_("has passed every required case")] if spec.get("required") else []
    if spec.get("at_least"):
        number = spec["at_least"]
        said.append(ngettext("has passed at least %(n)s case", "has passed at least %(n)s cases", number) % {"n": number})
    return _("; ").join(said)


def _parts(spec: dict[str, Any], *_names) -> str:
    if spec.get("kinds") is None:
        return _("has passed each part of the assessment")
    each = _(", ").join(
        _("%(part)s at least %(points)s points") % {"part": PARTS.get(kind, kind), "points": mark}
        for kind, mark in spec["kinds"].items()
    )
    return _("has passed these parts of the assessment: %(each)s") % {"each": each}


def _total(spec: dict[str, Any], *_names) -> str:
    return _("has at least %(points)s points in all, parts by their weights") % {"points": spec["at_least"]}


def _competences(spec: dict[str, Any], _modules: dict[str, str], competences: dict[str, str], *_names) -> str:
    level, said = REACHED[spec["level"]], []
    if codes := spec.get("codes"):
        named = _(", ").join(competences.get(code, code) for code in codes)
        said.append(_("has shown these competences at “%(level)s” or better: %(named)s") % {"level": level, "named": named})
    if number := spec.get("at_least"):
        said.append(_("has shown %(n)s competences at “%(level)s” or better") % {"n": number, "level": level})
    return _("; ").join(said)


def _panel(spec: dict[str, Any], *_names) -> str:
    votes = spec["votes"]
    return ngettext(
        "was approved by the panel of the defence with at least %(n)s vote",
        "was approved by the panel of the defence with at least %(n)s votes", votes,
    ) % {"n": votes}  # fmt: skip


def _lower_level(code: str, _modules: dict[str, str], _competences: dict[str, str], levels: dict[str, str]) -> str:
    return _("held a valid certificate of “%(level)s” when enrolling") % {"level": levels.get(code, code)}


WORDS = {
    "hours": _hours, "hours_total": _hours_total, "topics": _topics, "cases": _cases, "parts": _parts, "total": _total,
    "competences": _competences, "panel": _panel, "lower_level": _lower_level,
}  # fmt: skip


def flat(line: Line, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield (depth, text) from top to bottom."""
    yield depth, line.text
    for child in line.children:
        yield from flat(child, depth + 1)


def difference(before: Line, after: Line) -> list[tuple[str, int, str]]:
    """Return ("same" | "gone" | "new", depth, text) for each line of both, in the order of the later version."""
    old, new = list(flat(before)), list(flat(after))
    found: list[tuple[str, int, str]] = []
    for step, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step == "equal":
            found += [("same", *line) for line in new[c:d]]
        else:
            found += [("gone", *line) for line in old[a:b]] + [("new", *line) for line in new[c:d]]
    return found
