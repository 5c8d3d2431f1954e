"""The difference of two syllabus versions in words: lines a person reads, and the rows of its table for a spreadsheet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.lib.language import is_english, local

from . import syllabus_diff as diff
from .models.syllabus import Competence
from .syllabus_wording import plain_number


@dataclass(frozen=True)
class Line:
    """One aspect of a change. before and after: short values; gone and new: whole sentences; delta: "+1.5" or ""."""

    label: str
    before: str = ""
    after: str = ""
    delta: str = ""
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicLines:
    change: diff.TopicChange
    lines: list[Line]


@dataclass
class LevelChanges:
    """One level with its hours and, module by module, the topics that changed."""

    totals: diff.LevelTotals
    modules: list[tuple[diff.ModuleTotals, list[TopicLines], bool]] = field(default_factory=list)  # …, reordered?

    @property
    def is_changed(self) -> bool:
        return any(topics or reordered for _module, topics, reordered in self.modules)


def aspect_label(name: str) -> str:
    """Return the word for what happened to a topic."""
    return {
        diff.ADDED: pgettext("topic", "added"),
        diff.REMOVED: pgettext("topic", "removed"),
        diff.CHANGED: pgettext("topic", "changed"),
        diff.MOVED: pgettext("topic", "moved"),
        diff.RENAMED: pgettext("topic", "renamed"),
        diff.RECODED: pgettext("topic", "other code"),
        diff.REQUIREMENT: pgettext("topic", "required or elective"),
        diff.HOURS: pgettext("topic", "hours changed"),
        diff.OUTCOMES: pgettext("topic", "outcomes changed"),
        diff.COMPETENCES: pgettext("topic", "competences changed"),
        diff.ENGLISH: pgettext("topic", "English wording"),
        diff.SOURCE: pgettext("topic", "source or check of the hours"),
    }[name]


class Names:
    """Titles of levels, modules and competences of both versions by their codes, the newer ones first."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self.levels: dict[str, str] = {}
        self.modules: dict[tuple[str, str], str] = {}
        self.competences: dict[str, str] = {}
        for content in (old, new):
            self.competences |= {row["code"]: local(row, "title") for row in content.get("competences", [])}
            for level in content.get("levels", []):
                self.levels[level["code"]] = local(level, "title")
                self.modules |= {(level["code"], m["code"]): local(m, "title") for m in level["modules"]}

    def place(self, topic: diff.Topic) -> str:
        return f"{self.levels[topic.level]} · {self.modules[topic.level, topic.module]}"


def lines_of(change: diff.TopicChange, names: Names) -> list[Line]:
    """Return a line for each aspect in which a topic changed; for one that came or went none."""
    return [_line(aspect, change, names) for aspect in change.aspects]


def _line(aspect: str, change: diff.TopicChange, names: Names) -> Line:
    old, new = change.before, change.after
    label = capfirst(aspect_label(aspect))
    if aspect == diff.MOVED:
        return Line(label, names.place(old), names.place(new))
    if aspect == diff.RENAMED:
        return Line(label, old.title, new.title)
    if aspect == diff.RECODED:
        return Line(label, old.code, new.code)
    if aspect == diff.REQUIREMENT:
        return Line(label, requirement(old.required), requirement(new.required))
    if aspect == diff.HOURS:
        return Line(label, plain_number(old.hours), plain_number(new.hours), signed(change.hours_delta))
    if aspect == diff.OUTCOMES:
        return _sentences(label, old.outcomes, new.outcomes)
    if aspect == diff.COMPETENCES:
        title = names.competences.get
        gone = tuple(title(code) or code for code in change.competences_removed)
        return Line(label, gone=gone, new=tuple(title(code) or code for code in change.competences_added))
    if aspect == diff.ENGLISH:
        line = _sentences(label, old.outcomes_en, new.outcomes_en)
        renamed = old.title_en != new.title_en
        return Line(label, old.title_en if renamed else "", new.title_en if renamed else "", gone=line.gone, new=line.new)
    return Line(label, _source(old), _source(new))


def _sentences(label: str, old: tuple[str, ...], new: tuple[str, ...]) -> Line:
    gone, came = tuple(t for t in old if t not in new), tuple(t for t in new if t not in old)
    if not gone and not came and old != new:
        return Line(label, _("the same in another order"), "")
    return Line(label, gone=gone, new=came)


def _source(topic: diff.Topic) -> str:
    checked = _("verified") if topic.hours_verified else _("not verified")
    return f"{topic.hours_source} ({checked})" if topic.hours_source else checked


def requirement(required: bool) -> str:
    return pgettext("topic", "required") if required else pgettext("topic", "elective")


def signed(value: Decimal) -> str:
    """Return a difference with its sign: "+1.5", "−2", "0"."""
    return f"+{plain_number(value)}" if value > 0 else plain_number(value).replace("-", "−")


def by_level(found: diff.SyllabusDiff, names: Names, only: str = "") -> list[LevelChanges]:
    """Return the levels with their changed topics. only: an aspect, to show just the topics changed in that."""
    wanted = found.having(only) if only else found.changed_topics
    levels = []
    for totals in found.totals:
        level = LevelChanges(totals)
        for module in totals.modules:
            here = [c for c in wanted if (c.topic.level, c.topic.module) == (module.level, module.code)]
            topics = [TopicLines(change, lines_of(change, names)) for change in here]
            level.modules.append((module, topics, not only and f"{module.level}/{module.code}" in found.reordered))
        levels.append(level)
    return levels


def row_lines(row: diff.RowChange) -> list[Line]:
    """Return a line for each value of a version, level, module or competence that differs."""
    return [
        Line(capfirst(field_label(name)), *(_shown(name, value) for value in pair),
             delta=signed(pair[1] - pair[0]) if name == "hours" else "")
        for name, pair in row.fields.items()
    ]  # fmt: skip


def field_label(name: str) -> str:
    """Return the word for a value of a row."""
    labels = {
        "version": _("version"), "title": _("title"), "title_en": _("English title"), "issuer": _("issuer"),
        "issuer_en": _("issuer in English"), "document_number": _("document number"), "source_url": _("source"),
        "source_note": _("what the source says"), "verified": _("verified"), "kind": pgettext("of a standard", "kind"),
        "minutes_per_hour": _("minutes per study hour (学时)"), "description": _("description"),
        "description_en": _("description in English"), "summary": _("summary"), "summary_en": _("English summary"),
        "admission": _("who may enter"), "admission_en": _("who may enter, in English"), "hours": _("required hours"),
        "hours_source": _("source of the hours"), "hours_verified": _("hours verified"),
    }  # fmt: skip
    return labels[name]


def column_label(name: str) -> str:
    """Return the word for a column of a spreadsheet."""
    labels = {
        "sheet": _("sheet"), "code": _("code"), "level": pgettext("of ability", "level"), "module": _("module"),
        "required": pgettext("topic", "required"), "outcomes": _("learning outcomes"), "topics": _("topics"),
        "outcomes_en": _("learning outcomes in English"), "competences": _("competences"), "lineage": _("lineage"),
        "alternative": _("way"), "level_code": _("lower level"), "degree": _("degree"), "years": _("years of work"),
        "source": _("source"), "track": pgettext("of technology managers", "track"),
        "minimum_topics": _("least number of electives"), "minimum_hours": _("least hours of electives"),
    }  # fmt: skip
    return labels[name] if name in labels else field_label(name)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "kind":
        return str(dict(Competence.Kind.choices).get(value, value))
    return plain_number(value) if isinstance(value, Decimal) else str(value)


def table_headings() -> list[str]:
    return [
        pgettext("of ability", "level"), _("module"), _("code"), _("title"), _("what changed"), _("before"), _("after"),
        _("difference"),
    ]  # fmt: skip


def table_rows(found: diff.SyllabusDiff, names: Names) -> Iterator[list[Any]]:
    """Yield the rows of the exported table: hours by module that changed, then the topics, then all other rows."""
    for total in (module for level in found.totals for module in level.modules if module.before != module.after):
        yield [names.levels[total.level], local(total, "title"), total.code, "", _("required hours"),
               plain_number(total.before), plain_number(total.after), signed(total.delta)]  # fmt: skip
    for change in found.changed_topics:
        topic = change.topic
        start = [names.levels[topic.level], names.modules[topic.level, topic.module], topic.code, _title(topic)]
        if not change.aspects:
            hours = [plain_number(one.hours) if one else "" for one in (change.before, change.after)]
            yield [*start, aspect_label(change.state), *hours, signed(change.hours_delta)]
        for line in lines_of(change, names):
            before = "\n".join([*([line.before] if line.before else []), *line.gone])
            yield [*start, line.label, before, "\n".join([*([line.after] if line.after else []), *line.new]), line.delta]
    for row in found.rows:
        start = ["", "", row.key, row.title_en if is_english() and row.title_en else row.title]
        if not row.fields:
            yield [*start, aspect_label(row.state), "", "", ""]
        for line in row_lines(row):
            if not (row.kind == "module" and line.delta):  # said above, with its module
                yield [*start, line.label, line.before, line.after, line.delta]


def _title(topic: diff.Topic) -> str:
    return local(topic, "title")
