"""Reads a syllabus version from a data file (format: curriculum/sample/FORMAT.md), all or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import translation

from . import standards_file
from .models import Competence, Level, Module, Syllabus, Topic


class SyllabusFileError(ValueError):
    """The file can't be read; `problems` has one line for each row that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Loaded:
    syllabus: Syllabus
    created: bool


@dataclass(frozen=True)
class Kind:
    """A kind of row: its model, the names it is written with, and those that must be there."""

    model: type[models.Model]
    names: tuple[str, ...]
    required: tuple[str, ...]


TITLES = ("title", "title_en")
KINDS = {
    "syllabus": Kind(
        Syllabus,
        ("slug", "version", *TITLES, "issuer", "issuer_en", "document_number", "source_url", "source_note", "verified",
         "minutes_per_hour"),
        ("slug", "title", "issuer", "in_force_from", "minutes_per_hour", "competences", "levels"),
    ),
    "competence": Kind(
        Competence, ("code", *TITLES, "kind", "description", "description_en"), ("code", *TITLES, "kind")
    ),
    "level": Kind(
        Level, ("code", *TITLES, "summary", "summary_en", "admission", "admission_en"), ("code", *TITLES, "modules")
    ),
    "module": Kind(
        Module, ("code", *TITLES, "hours", "hours_source", "hours_verified"), ("code", *TITLES, "hours", "topics")
    ),
    "topic": Kind(
        Topic, ("code", *TITLES, "required", "hours", "outcomes", "outcomes_en"), ("code", *TITLES, "required", "hours")
    ),
}  # fmt: skip


def problems_of(data: Any) -> list[str]:
    """Return what is wrong with the parsed file, each line saying in which row."""
    if not isinstance(data, dict):
        return ["the file is not a mapping"]
    with translation.override("en"):
        found = list(_row_problems("syllabus", data, "syllabus"))
        try:
            _day(data.get("in_force_from"))
        except ValueError:
            found.append(f"syllabus: in_force_from “{data.get('in_force_from')}” is not a date like 2020-03-26")
        known: set[str] = set()
        found += _list_problems("competence", data.get("competences"), "", known)
        found += _list_problems("level", data.get("levels"), "", set(), known)
        if not found:  # they name levels and topics, which have to be right first
            found += standards_file.problems_of(data)
    return found


def _list_problems(
    kind: str, rows: Any, above: str, seen: set[str], competences: set[str] | None = None, topics: set[str] | None = None
) -> Iterator[str]:
    """Problems of the rows of one list and of all below. `seen` gathers their codes, each of which may stand there
    once; `topics` those of a whole level."""
    if rows is None:
        return  # said at the row above
    if not isinstance(rows, list):
        yield f"{above}{kind}s: not a list"
        return
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            yield f"{above}{kind} {place}: not a mapping"
            continue
        code = row.get("code")
        here = f"{above}{kind} {code or place}"
        if isinstance(code, str) and code:
            if code in seen:
                yield f"{here}: this code stands twice"
            seen.add(code)
        yield from _row_problems(kind, row, here)
        if kind == "level":
            yield from _list_problems("module", row.get("modules"), f"{here}, ", set(), competences, set())
        elif kind == "module":
            yield from _list_problems("topic", row.get("topics"), f"{here}, ", topics, competences)
        elif kind == "topic":
            yield from _topic_problems(row, here, competences)


def _row_problems(kind: str, row: dict[str, Any], here: str) -> Iterator[str]:
    wanted = KINDS[kind]
    if missing := [name for name in wanted.required if row.get(name) in (None, "", [])]:
        yield f"{here}: missing {', '.join(missing)}"
    values = {name: row[name] for name in wanted.names if row.get(name) not in (None, "")}
    for name, value in values.items():
        field = wanted.model._meta.get_field(name)
        try:
            if isinstance(field, models.BooleanField) and not isinstance(value, bool):
                raise ValidationError("must be true or false")
            if isinstance(field, models.JSONField) and not _is_texts(value):
                raise ValidationError("must be a list of sentences")
            if isinstance(field, models.CharField | models.TextField) and not isinstance(value, str | int | float):
                raise ValidationError("must be text")
            cleaned = field.clean(value if isinstance(value, bool | list) else str(value), None)
            if name in ("hours", "minutes_per_hour") and (cleaned < 0 or (cleaned == 0 and name != "hours")):
                raise ValidationError("must not be negative or nothing" if name != "hours" else "must not be negative")
        except ValidationError as error:
            yield f"{here}: {name} “{_short(value)}”: {' '.join(error.messages)}"


def _topic_problems(row: dict[str, Any], here: str, competences: set[str]) -> Iterator[str]:
    codes = row.get("competences") or []
    if not _is_texts(codes):
        yield f"{here}: competences are not a list of codes"
    elif competences and (unknown := set(codes) - competences):  # a file without any has been told so
        yield f"{here}: unknown competences {', '.join(sorted(unknown))}"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def load(data: Any, *, by=None) -> Loaded:
    """Write the version and put it in force from its date. The same content again changes nothing.

    Raises SyllabusFileError for a file that can't be read, or for changed content under a slug that is in force.
    """
    if problems := problems_of(data):
        raise SyllabusFileError(problems)
    day = _day(data["in_force_from"])
    with transaction.atomic():
        if existing := Syllabus.objects.filter(slug=data["slug"]).first():
            if existing.in_force_from != day or _hash_of(data) != existing.content_hash:
                message = f"syllabus {data['slug']} is there already with other content; give the new version another slug"
                raise SyllabusFileError([message])
            return Loaded(existing, False)
        syllabus = _written(data, slug=data["slug"])
        syllabus.bring_into_force(at=day, by=by)
    return Loaded(syllabus, True)


def _hash_of(data: dict[str, Any]) -> str:
    """Return the hash the file would have: written as a draft beside the version, and taken back."""
    with transaction.atomic():
        draft = _written(data, slug=f"{data['slug'][:50]}-compare")
        draft.slug = data["slug"]
        found = draft.recompute_hash()
        transaction.set_rollback(True)
    return found


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _written(data: dict[str, Any], *, slug: str) -> Syllabus:
    values = _values("syllabus", data)
    values.setdefault("version", str(_day(data["in_force_from"]).year))
    syllabus = Syllabus.objects.create(**(values | {"slug": slug}))
    competences = {
        row["code"]: Competence.objects.create(syllabus=syllabus, position=place, **_values("competence", row))
        for place, row in enumerate(data["competences"])
    }
    for number, level_row in enumerate(data["levels"]):
        level = Level.objects.create(syllabus=syllabus, position=number, **_values("level", level_row))
        for place, module_row in enumerate(level_row["modules"]):
            module = Module.objects.create(level=level, position=place, **_values("module", module_row))
            for index, row in enumerate(module_row["topics"]):
                topic = Topic.objects.create(module=module, position=index, **_values("topic", row))
                topic.competences.set([competences[code] for code in row.get("competences") or []])
    standards_file.write(syllabus, data)
    return syllabus


def _values(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a row as its model keeps them; what is left out keeps the model's default."""
    model = KINDS[kind].model
    given = {name: row[name] for name in KINDS[kind].names if row.get(name) not in (None, "")}
    return {
        name: value if isinstance(value, bool | list) else model._meta.get_field(name).to_python(str(value))
        for name, value in given.items()
    }
