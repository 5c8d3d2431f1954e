"""A CASE 1.1 package as a draft of a syllabus version: everything or nothing, with a line for each item.

What is imported is unverified, whatever the file says. Levels, modules, topics, outcomes, competences and tracks are told
by our own extension, by the title of their CFItemType, or by their depth in the tree. The draft is written only when
there is no problem at all; then it is edited and brought into force like any other.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from lms.lib.audit import log

from ..models import Level, Syllabus, SyllabusStandard
from ..syllabus_content import replace_content
from ..syllabus_problems import AT, find_problems
from .case import ITEM_TYPES, OURS
from .case_shape import MAX_PROBLEMS, NotCase, parse, shape_problems

SLUG = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
PARENTS = {"level": "document", "module": "level", "topic": "module", "outcome": "topic", "competence": "document",
           "track": "document"}  # fmt: skip
BY_DEPTH = ("level", "module", "topic", "outcome")
WORDS = {
    "document": pgettext_lazy("in a framework", "document"), "level": pgettext_lazy("in a framework", "level"),
    "module": pgettext_lazy("in a framework", "module"), "topic": pgettext_lazy("in a framework", "topic"),
    "outcome": pgettext_lazy("in a framework", "learning outcome"),
    "competence": pgettext_lazy("in a framework", "competence"), "track": pgettext_lazy("in a framework", "track"),
}  # fmt: skip
TITLES = {title.lower(): kind for kind, (title, *_rest) in ITEM_TYPES.items()}
ITEMS = "CFItems"


@dataclass
class Line:
    """One item of the file: what it becomes, what was supplied, what is wrong. place: its number in the file, from 1."""

    place: int
    statement: str
    kind: str = ""
    code: str = ""
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def kind_word(self) -> str:
        return str(WORDS.get(self.kind, ""))


@dataclass
class Report:
    """What came of a file. `problems` concern the whole file; `syllabus` is the draft, None when nothing was written."""

    lines: list[Line] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)
    syllabus: Syllabus | None = None

    @property
    def refused(self) -> bool:
        return bool(self.problems) or any(line.problems for line in self.lines)

    @property
    def problems_first(self) -> list[Line]:
        """The lines for reading: those with problems first, each part in the order of the file."""
        return sorted(self.lines, key=lambda line: not line.problems)

    @property
    def count(self) -> int:
        return len(self.problems) + sum(len(line.problems) for line in self.lines)


def import_package(raw: bytes, *, slug: str, by, standard: SyllabusStandard | None = None) -> Report:
    """Write a draft under that slug from the bytes of a package, or nothing, and report on each item.

    standard: the one it is a version of; without it a new one is founded with what the file says.
    """
    report = read(raw)
    if report.refused:
        return report
    content = report.content
    with transaction.atomic():
        if Syllabus.objects.filter(slug=slug).exists():
            report.problems.append(_("There is a version with this short name already; choose another."))
            return report
        if standard is None:  # one that was founded for a draft which is gone is taken up again
            standard = SyllabusStandard.objects.filter(slug=slug).first()
            if standard and standard.versions.exists():
                report.problems.append(_("There is a standard with this short name already; choose another."))
                return report
        names = ("title", "title_en", "issuer", "issuer_en")
        draft = Syllabus(slug=slug, standard=standard, **{name: content.get(name) or "" for name in names})
        draft.save()
        replace_content(draft, content)
        log(draft, "curriculum.syllabus.case_import", by=by, items=len(report.lines))
    report.syllabus = draft
    return report


def read(raw: bytes) -> Report:
    """Return the report with the content of a draft, without writing anything."""
    try:
        package = parse(raw)
    except NotCase as error:
        return Report(problems=[str(error)])
    return _Reader(package).report


class _Reader:
    """Reads one package step by step; each step goes on only when the one before found nothing wrong."""

    def __init__(self, package: dict[str, Any]) -> None:
        self.package = package
        self.report = Report()
        rows = package.get(ITEMS) if isinstance(package.get(ITEMS), list) else []
        self.items = [row for row in rows if isinstance(row, dict)]
        self.report.lines = [
            Line(place, _short(row.get("fullStatement", "")) if isinstance(row, dict) else "")
            for place, row in enumerate(rows, 1)
        ]
        for step in (self._shape, self._tree, self._kinds, self._content, self._check):
            step()
            if self.report.refused:
                break

    def _shape(self) -> None:
        for number, (name, place, text) in enumerate(shape_problems(self.package)):
            if number >= MAX_PROBLEMS:
                self.report.problems.append(_("There are more problems than are shown here."))
                return
            if name == ITEMS and place is not None:
                self.report.lines[place].problems.append(text)
            else:
                where = name if place is None else f"{name} {place + 1}"
                self.report.problems.append(f"{where}: {text}")

    def _tree(self) -> None:
        """Identifiers once each; one parent for each item, known, without circles."""
        report, root = self.report, self.package["CFDocument"]["identifier"]
        self.index: dict[str, int] = {}
        for place, item in enumerate(self.items):
            if item["identifier"] in self.index or item["identifier"] == root:
                report.lines[place].problems.append(_("this identifier stands twice"))
            self.index.setdefault(item["identifier"], place)
        parents: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        self.related: list[tuple[int, int]] = []
        seen, skipped = set(), 0
        for place, row in enumerate(self.package.get("CFAssociations", []), 1):
            origin, target = (row[name]["identifier"] for name in ("originNodeURI", "destinationNodeURI"))
            if row["identifier"] in seen:
                report.problems.append(f"CFAssociations {place}: " + _("this identifier stands twice"))
            seen.add(row["identifier"])
            if origin not in self.index:
                report.problems.append(f"CFAssociations {place}: " + _("begins at an item that is not in the file"))
            elif row["associationType"] == "isChildOf":
                if target != root and target not in self.index:
                    report.lines[self.index[origin]].problems.append(_("lies in an item that is not in the file"))
                else:
                    parents[self.index[origin]].append((row.get("sequenceNumber", 2**31), place, target))
            elif row["associationType"] == "isRelatedTo" and target in self.index:
                self.related.append((self.index[origin], self.index[target]))
            elif row["associationType"] not in ("precedes", "isPartOf"):
                skipped += 1
        if skipped:
            report.notes.append(_("%(count)s associations with other frameworks are not taken over.") % {"count": skipped})
        children: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        self.parent: dict[int, str] = {}
        for place, line in enumerate(report.lines):
            above = parents.get(place, [])
            if len(above) != 1:
                line.problems.append(_("lies in no item") if not above else _("lies in more than one item"))
                continue
            sequence, number, target = above[0]
            self.parent[place] = target
            children[target].append((sequence, number, place))
        self.children = {target: [place for *_order, place in sorted(rows)] for target, rows in children.items()}
        reached, waiting = {}, [(place, 1) for place in self.children.get(root, [])]
        while waiting:
            place, depth = waiting.pop()
            reached[place] = depth
            waiting += [(below, depth + 1) for below in self.children.get(self.items[place]["identifier"], [])]
        for place in self.parent.keys() - reached.keys():
            report.lines[place].problems.append(_("the items lie in each other in a circle"))
        self.depth, self.root = reached, root

    def _kinds(self) -> None:
        for place, item in enumerate(self.items):
            line = self.report.lines[place]
            said = _ours(item).get("kind")
            depth = self.depth[place]
            by_depth = BY_DEPTH[depth - 1] if depth <= len(BY_DEPTH) else ""
            line.kind = said if isinstance(said, str) and said in ITEM_TYPES else TITLES.get(
                item.get("CFItemType", "").lower(), by_depth
            )  # fmt: skip
        for place, line in enumerate(self.report.lines):
            above = self.parent[place]
            parent = "document" if above == self.root else self.report.lines[self.index[above]].kind
            if not line.kind:
                line.problems.append(_("lies deeper than outcomes of topics do"))
            elif PARENTS[line.kind] != parent:
                words = {"kind": line.kind_word, "parent": WORDS[parent or "outcome"], "wanted": WORDS[PARENTS[line.kind]]}
                line.problems.append(_("%(kind)s: lies in “%(parent)s” here, not in “%(wanted)s”") % words)

    def _content(self) -> None:
        document = self.package["CFDocument"]
        ours = _ours(document)
        top = self._of(self.root)
        levels = [self._level(place, number) for number, place in enumerate(top["level"])]
        self.report.content = {
            "version": document.get("version", "")[:30],
            "title": _text(ours, "title") or document["title"],
            "title_en": _text(ours, "title_en"),
            "issuer": document["creator"],
            "issuer_en": _text(ours, "issuer_en"),
            "document_number": _text(ours, "document_number"),
            "source_url": document.get("officialSourceURL", ""),
            "source_note": _text(ours, "source_note") or document.get("notes", ""),
            "verified": False,
            "minutes_per_hour": ours.get("minutes_per_hour", 45),
            "competences": [self._competence(place) for place in top["competence"]],
            "levels": levels,
        } | self._tracks(top["track"])

    def _level(self, place: int, number: int) -> dict[str, Any]:
        ours, codes = _ours(self.items[place]), Level.Code.values
        by_order = codes[number] if number < len(codes) else f"level-{number + 1}"
        given = self.items[place].get("humanCodingScheme", "")
        code = given if given in codes else by_order
        modules = self._of(self.items[place]["identifier"])["module"]
        row = self._row(place, code) | {
            "modules": [self._module(module, order) for order, module in enumerate(modules, 1)],
            **{name: _text(ours, name) for name in ("summary", "summary_en", "admission", "admission_en")},
        }
        return row | ({"preconditions": _ways(ours["preconditions"])} if ours.get("preconditions") else {})

    def _module(self, place: int, number: int) -> dict[str, Any]:
        topics = self._of(self.items[place]["identifier"])["topic"]
        ours = _ours(self.items[place])
        return self._row(place, self._code(place, f"m{number}")) | {
            "hours": self._hours(place), "hours_source": _text(ours, "hours_source"), "hours_verified": False,
            "topics": [self._topic(topic, f"T{number}-{order}") for order, topic in enumerate(topics, 1)],
        }  # fmt: skip

    def _topic(self, place: int, fallback: str) -> dict[str, Any]:
        required = _ours(self.items[place]).get("required", True)
        outcomes = self._of(self.items[place]["identifier"])["outcome"]
        related = {there for here, there in self.related if here == place} | {
            here for here, there in self.related if there == place
        }
        competences = [self._code(other, f"c{other}") for other in sorted(related)
                       if self.report.lines[other].kind == "competence"]  # fmt: skip
        code = self.items[place].get("humanCodingScheme", "") or fallback
        english = [_text(_ours(self.items[other]), "title_en") for other in outcomes]
        return self._row(place, code) | {
            "required": required, "hours": self._hours(place),
            "outcomes": [self.items[other]["fullStatement"] for other in outcomes],
            "outcomes_en": english if any(english) else [], "competences": competences,
        }  # fmt: skip

    def _competence(self, place: int) -> dict[str, Any]:
        ours = _ours(self.items[place])
        return self._row(place, self._code(place, f"c{place}")) | {
            "kind": ours.get("competence_kind", "stage"), "description": _text(ours, "description"),
            "description_en": _text(ours, "description_en"),
        }  # fmt: skip

    def _tracks(self, places: list[int]) -> dict[str, Any]:
        rows = []
        for number, place in enumerate(places, 1):
            ours = _ours(self.items[place])
            texts = {name: _text(ours, name) for name in ("summary", "summary_en", "source")}
            rows.append(self._row(place, self._code(place, f"t{number}")) | texts
                        | {"verified": False, "levels": ours.get("levels", [])})  # fmt: skip
        return {"tracks": rows} if rows else {}

    def _check(self) -> None:
        """The same check as for a file of ours; each problem at the item it comes from."""
        for problem in find_problems(self.report.content, draft=True):
            if problem.row is not None:
                self.report.lines[problem.row - 1].problems.append(f"{problem.column} {problem.text}".strip())
            else:
                self.report.problems.append(str(problem))

    def _of(self, identifier: str) -> dict[str, list[int]]:
        """The items that lie in one, by kind, in order."""
        found: dict[str, list[int]] = {kind: [] for kind in ITEM_TYPES}
        for place in self.children.get(identifier, []):
            found[self.report.lines[place].kind].append(place)
        return found

    def _row(self, place: int, code: str) -> dict[str, Any]:
        item, line = self.items[place], self.report.lines[place]
        line.code = code
        title = " ".join(item["fullStatement"].split())
        english = _text(_ours(item), "title_en") or item.get("alternativeLabel", "")
        if not english:
            line.notes.append(_("no English title; the statement stands for it"))
        return {"code": code, "title": title, "title_en": english or title, AT: (ITEMS, place + 1)}

    def _code(self, place: int, fallback: str) -> str:
        given = self.items[place].get("humanCodingScheme", "")
        return given if SLUG.fullmatch(given) else fallback

    def _hours(self, place: int) -> Any:
        hours = _ours(self.items[place]).get("hours")
        if hours in (None, ""):
            self.report.lines[place].notes.append(_("no hours in the file; 0 until somebody says them"))
            return "0"
        return hours


def _ours(row: dict[str, Any]) -> dict[str, Any]:
    """What stands under our name in the extensions; the file may be anybody's, so its shape is not trusted."""
    found = row.get("extensions", {}).get(OURS)
    return found if isinstance(found, dict) else {}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name, "")
    return value if isinstance(value, str) else ""


def _ways(rows: Any) -> Any:
    """Conditions as the file format has them, a list of ways; what is not of our shape is left for the check to refuse."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("alternative"), int) for row in rows):
        return rows
    ways: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        said = {"level" if name == "level_code" else name: value for name, value in row.items() if name != "alternative"}
        ways.setdefault(row["alternative"], []).append(said | {"verified": False})
    return [ways[place] for place in sorted(ways)]


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:80]}…"
