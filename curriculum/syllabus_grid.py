"""Many rows of a draft on one page, saved together: a level with its modules and topics, and the hours of the whole version.

Each row is a small form with a prefix of its own, so that an error stands beside its cell and nothing typed is lost.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.language import local

from .models import Level, Module, Syllabus, Topic
from .syllabus_forms import PlainForm

BLANKS = 3  # empty rows offered below each module; a script adds more
NEW_TOPIC = re.compile(r"tn-(\d+)-(\d{1,4})-title\Z")
HOURS = {"min_value": 0, "max_digits": 6, "decimal_places": 2}


def _text(length: int, label: Any, **attrs) -> forms.CharField:
    field = forms.CharField(max_length=length, label=label)
    field.widget.attrs |= attrs
    return field


def _hours(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6}), **HOURS)


class Cells(PlainForm, forms.Form):
    """One row. `row` is the object it is about, None for a new one."""

    use_required_attribute = False

    def __init__(self, *args, row=None, **kwargs):
        self.row = row
        super().__init__(*args, **kwargs)
        name = f"{getattr(row, 'code', '')} {local(row, 'title')}".strip() if row else _("new row")
        for bound in self:
            bound.field.widget.attrs.setdefault("aria-label", f"{bound.label}: {name}")


class Placed(Cells):
    position = forms.IntegerField(
        label=pgettext_lazy("in an order", "place"), min_value=0, max_value=9999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 3}),
    )  # fmt: skip
    remove = forms.BooleanField(label=_("delete"), required=False)


class ModuleCells(Placed):
    code = forms.SlugField(label=_("code"), max_length=40, widget=forms.TextInput(attrs={"size": 14}))
    title = _text(60, _("title"))
    title_en = _text(80, _("English title"), lang="en")
    hours = _hours(_("required hours"))


class TopicCells(Placed):
    code = _text(20, _("code"), size=8)
    title = _text(120, _("title"))
    title_en = _text(160, _("English title"), lang="en")
    required = forms.BooleanField(label=_("required"), required=False)
    hours = _hours(_("hours"))
    module = forms.TypedChoiceField(label=_("module"))

    def __init__(self, *args, modules: dict[int, Module], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["module"].choices = [(pk, local(module, "title")) for pk, module in modules.items()]
        self.fields["module"].coerce = lambda pk: modules[int(pk)]

    def has_changed(self) -> bool:
        """A new row in which nothing was written is no row, whatever its place and module say."""
        if self.row is not None:
            return super().has_changed()
        return any(self.data.get(self.add_prefix(name), "").strip() for name in ("code", "title", "title_en", "hours"))


@dataclass
class Block:
    """A module with its rows. `totals`: hours of its topics as stored, exactly."""

    module: Module
    cells: Cells
    topics: list[Cells]
    blanks: list[Cells] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, Decimal]:
        return totals_of(self.module)


def totals_of(module: Module) -> dict[str, Decimal]:
    """Return the hours of the topics of a module: required, elective, all."""
    topics = module.topics.all()
    required = sum((topic.hours for topic in topics if topic.required), Decimal(0))
    elective = sum((topic.hours for topic in topics if not topic.required), Decimal(0))
    return {"required": required, "elective": elective, "all": required + elective}


class Grid:
    """What both grids share. `data`: what was typed, None for a first look."""

    data: Any

    def all_cells(self) -> Iterator[Cells]:
        raise NotImplementedError

    @cached_property
    def is_valid(self) -> bool:
        results = [cells.is_valid() for cells in self.all_cells()]
        return all(results) and self.check()

    def check(self) -> bool:
        return True

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """(id of the cell, what it is, what is wrong) for the summary above the grid."""
        return [
            (bound.id_for_label, bound.field.widget.attrs["aria-label"], error)
            for cells in self.all_cells()
            if cells.is_bound
            for bound in cells
            for error in bound.errors
        ]


class LevelGrid(Grid):
    """Modules and topics of one level: codes, titles, required, hours, order, new rows, moves between its modules."""

    def __init__(self, level: Level, data=None) -> None:
        self.level, self.data = level, data
        modules = {module.pk: module for module in level.modules.prefetch_related("topics")}
        self.blocks = []
        for place, module in enumerate(modules.values(), 1):
            cells = ModuleCells(data, row=module, prefix=f"m{module.pk}", initial=_initial(module, place, MODULE))
            topics = [
                TopicCells(data, row=topic, prefix=f"t{topic.pk}", modules=modules, initial=_initial(topic, step, TOPIC))
                for step, topic in enumerate(module.topics.all(), 1)
            ]
            blanks = [
                TopicCells(
                    data, prefix=f"tn-{module.pk}-{number}", modules=modules, empty_permitted=True,
                    initial={"position": len(topics) + number + 1, "module": module.pk, "required": True},
                )
                for number in range(self._new_rows(module))
            ]  # fmt: skip
            topics.sort(key=_typed_place)
            self.blocks.append(Block(module, cells, topics, blanks))
        initial = {"position": len(self.blocks) + 1}
        self.new_module = NewModule(data, prefix="mn", empty_permitted=True, initial=initial)

    def _new_rows(self, module: Module) -> int:
        if self.data is None:
            return BLANKS
        found = [m for m in map(NEW_TOPIC.match, self.data) if m and int(m[1]) == module.pk]
        return min(max([int(m[2]) + 1 for m in found], default=0), 300)

    def all_cells(self) -> Iterator[Cells]:
        for block in self.blocks:
            yield from (block.cells, *block.topics, *block.blanks)
        yield self.new_module

    def _kept(self) -> tuple[list[Cells], list[Cells]]:
        modules = [b.cells for b in self.blocks if not b.cells.cleaned_data["remove"]]
        if self.new_module.has_changed():
            modules.append(self.new_module)
        rows = [row for b in self.blocks for row in (*b.topics, *b.blanks) if row.row or row.has_changed()]
        return modules, [row for row in rows if not row.cleaned_data["remove"]]

    def check(self) -> bool:
        """Codes once in the level, and no topic in a module that goes."""
        modules, topics = self._kept()
        going = {block.module for block in self.blocks if block.cells.cleaned_data["remove"]}
        fine = True
        for rows, text in ((modules, _("Another module has this code.")), (topics, _("Another topic has this code."))):
            seen: dict[str, int] = defaultdict(int)
            for row in rows:
                seen[row.cleaned_data["code"]] += 1
            for row in rows:
                if seen[row.cleaned_data["code"]] > 1:
                    row.add_error("code", text)
                    fine = False
        for row in topics:
            if row.cleaned_data["module"] in going:
                row.add_error("module", _("This module is to be deleted; choose another one for the topic."))
                fine = False
        return fine

    def save(self) -> None:
        """Write everything. Codes may change places: first none is in another's way."""
        modules, topics = self._kept()
        with transaction.atomic():
            for block in self.blocks:
                Module.objects.filter(pk=block.module.pk).update(code=f"tmp-{block.module.pk}")
                for row in block.topics:
                    Topic.objects.filter(pk=row.row.pk).update(code=f"~{row.row.pk}")
            for place, row in enumerate(sorted(modules, key=_place)):
                _store(row.row or Module(level=self.level), row.cleaned_data, MODULE, place)
            by_module: dict[Module, list[Cells]] = defaultdict(list)
            for row in topics:
                by_module[row.cleaned_data["module"]].append(row)
            for module, rows in by_module.items():
                for place, row in enumerate(sorted(rows, key=_place)):
                    topic = row.row or Topic()
                    topic.module = module
                    _store(topic, row.cleaned_data, TOPIC, place)
            for block in self.blocks:
                for row in block.topics:
                    if row.cleaned_data["remove"]:
                        row.row.delete()
            for block in self.blocks:
                if block.cells.cleaned_data["remove"]:
                    block.module.delete()


class NewModule(ModuleCells):
    def has_changed(self) -> bool:
        return any(self.data.get(self.add_prefix(name), "").strip() for name in MODULE)


MODULE = ("code", "title", "title_en", "hours")
TOPIC = ("code", "title", "title_en", "required", "hours")


def _typed_place(cells: Cells) -> int:
    """Where a row stands on the page: as typed, so that a page with errors keeps the order."""
    value = str(cells["position"].value())
    return int(value) if value.isdecimal() and len(value) < 6 else 0


def _place(cells: Cells) -> int:
    return cells.cleaned_data["position"]


def _initial(row: Any, place: int, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names} | {"position": place}
    values["hours"] = f"{values['hours'].normalize():f}"
    return values | ({"module": row.module_id} if isinstance(row, Topic) else {})


def _store(row: Any, values: dict[str, Any], names: tuple[str, ...], position: int) -> None:
    for name in names:
        setattr(row, name, values[name])
    row.position = position
    row.save()


# --- Hours ----------------------------------------------------------------------------------------------------------


class ModuleHours(Cells):
    hours = _hours(_("required hours"))
    hours_source = forms.CharField(label=_("source of the hours"), max_length=400, required=False)
    hours_verified = forms.BooleanField(label=_("hours verified"), required=False)


class TopicHours(ModuleHours):
    required = forms.BooleanField(label=_("required"), required=False)


class HoursGrid(Grid):
    """Hours, required, source and check of every module and topic of a version."""

    def __init__(self, draft: Syllabus, data=None) -> None:
        self.data = data
        self.levels: list[tuple[Level, list[Block]]] = []
        for level in draft.levels.prefetch_related("modules__topics"):
            blocks = [
                Block(
                    module,
                    ModuleHours(data, row=module, prefix=f"m{module.pk}", initial=_hours_of(module)),
                    [
                        TopicHours(
                            data, row=topic, prefix=f"t{topic.pk}", initial=_hours_of(topic) | {"required": topic.required}
                        )
                        for topic in module.topics.all()
                    ],
                )
                for module in level.modules.all()
            ]
            self.levels.append((level, blocks))

    def all_cells(self) -> Iterator[Cells]:
        for _level, blocks in self.levels:
            for block in blocks:
                yield block.cells
                yield from block.topics

    def save(self) -> None:
        with transaction.atomic():
            for cells in self.all_cells():
                if not cells.has_changed():
                    continue
                for name, value in cells.cleaned_data.items():
                    setattr(cells.row, name, value)
                cells.row.save()


def _hours_of(row: Module | Topic) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("hours_source", "hours_verified")}
    return own | {"hours": f"{row.hours.normalize():f}"}
