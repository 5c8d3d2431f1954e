"""Writes what a syllabus version says into the rows of a draft: from a file, a spreadsheet or another version.

The content has the shape of `Syllabus.content()`. Rows that stay keep their primary keys: levels, modules and competences
by code, topics by lineage (then by code), so that what points at a draft's topic still points at it.
"""

import uuid
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from . import standards_file
from .models.standards import Precondition
from .models.syllabus import Competence, Level, Module, Syllabus, Topic
from .syllabus_diff import Topic as PlainTopic
from .syllabus_diff import matches, topics_of

OWN = ("version", "title", "title_en", "issuer", "issuer_en", "document_number", "source_url", "source_note", "verified",
       "minutes_per_hour")  # fmt: skip
COMPETENCE = ("code", "title", "title_en", "kind", "description", "description_en")
LEVEL = ("code", "title", "title_en", "summary", "summary_en", "admission", "admission_en")
MODULE = ("code", "title", "title_en", "hours", "hours_source", "hours_verified")
TOPIC = ("code", "title", "title_en", "required", "hours", "hours_source", "hours_verified", "outcomes", "outcomes_en")


def replace_content(draft: Syllabus, content: dict[str, Any]) -> None:
    """Make the draft say exactly this, its slug aside. Raises WrongState for a version that is no draft."""
    draft.require_draft()
    with transaction.atomic():
        for name, value in _values(Syllabus, content, OWN).items():
            setattr(draft, name, value)
        draft.save()
        competences = _competences(draft, content.get("competences", []))
        old = list(topics_of(draft.content()))
        kept = matches(old, list(topics_of(content)))
        there = _topic_rows(draft)
        stays = {after: there[_place(old[before])] for before, after in kept.items()}
        for topic in stays.values():  # codes may change places: first none is in another's way
            Topic.objects.filter(pk=topic.pk).update(code=f"~{topic.pk}")
        Topic.objects.filter(module__level__syllabus=draft).exclude(pk__in=[t.pk for t in stays.values()]).delete()
        _levels(draft, content.get("levels", []), stays, competences)
        Precondition.objects.filter(level__syllabus=draft).delete()
        draft.tracks.all().delete()
        standards_file.write(draft, file_form(content))


def complete(said: dict[str, Any]) -> dict[str, Any]:
    """Return checked values from a file in the shape of `Syllabus.content()`: nothing missing, nothing beside it."""
    content: dict[str, Any] = _texts(Syllabus, said, OWN)
    content["competences"] = [_texts(Competence, row, COMPETENCE) for row in said.get("competences") or []]
    content["levels"] = []
    for level in said.get("levels") or []:
        modules = []
        for module in level.get("modules") or []:
            topics = [
                _texts(Topic, row, TOPIC)
                | {"competences": sorted(set(row.get("competences") or [])), "lineage": str(row.get("lineage") or "")}
                for row in module.get("topics") or []
            ]
            modules.append(_texts(Module, module, MODULE) | {"topics": topics})
        ways = {"preconditions": level["preconditions"]} if level.get("preconditions") else {}
        content["levels"].append(_texts(Level, level, LEVEL) | {"modules": modules} | ways)
    return content | ({"tracks": said["tracks"]} if said.get("tracks") else {})


def _texts(model: type[models.Model], said: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The fields as JSON, those left out with their defaults; line breaks the same whatever machine wrote them."""
    defaults = {name: model._meta.get_field(name).get_default() for name in names}
    values = defaults | _values(model, said, names)
    return {name: f"{v:f}" if isinstance(v, Decimal) else v for name, v in values.items()}


def file_form(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content with the conditions of each level as a file says them: a list of ways, each a list."""
    levels = [
        level | {"preconditions": _ways(level["preconditions"])} if level.get("preconditions") else level
        for level in content.get("levels", [])
    ]
    return content | {"levels": levels}


def _ways(rows: list[Any]) -> list[list[dict[str, Any]]]:
    if any(isinstance(row, list) for row in rows):
        return rows
    ways: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        said = {"level" if name == "level_code" else name: value for name, value in row.items() if name != "alternative"}
        ways.setdefault(row["alternative"], []).append({name: v for name, v in said.items() if v not in (None, "")})
    return list(ways.values())


def _competences(draft: Syllabus, rows: list[dict[str, Any]]) -> dict[str, Competence]:
    draft.competences.exclude(code__in=[row["code"] for row in rows]).delete()
    there = {row.code: row for row in draft.competences.all()}
    found = {}
    for place, row in enumerate(rows):
        competence = there.get(row["code"]) or Competence(syllabus=draft)
        found[row["code"]] = _written(competence, row, COMPETENCE, position=place)
    return found


def _levels(draft: Syllabus, rows: list[dict], stays: dict[int, Topic], competences: dict[str, Competence]) -> None:
    """Write levels, modules and topics; modules and levels that are not named go when their topics have moved out."""
    number = 0
    there = {level.code: level for level in draft.levels.all()}
    lineages = _free_lineages(rows)
    keep_modules: list[int] = []
    for place, row in enumerate(rows):
        level = _written(there.get(row["code"]) or Level(syllabus=draft), row, LEVEL, position=place)
        modules = {module.code: module for module in level.modules.all()}
        for index, module_row in enumerate(row.get("modules") or []):
            module = modules.get(module_row["code"]) or Module(level=level)
            module = _written(module, module_row, MODULE, position=index)
            keep_modules.append(module.pk)
            for step, topic_row in enumerate(module_row.get("topics") or []):
                topic = stays.get(number) or Topic(lineage=lineages[number])
                topic.module = module
                topic = _written(topic, topic_row, TOPIC, position=step)
                topic.competences.set([competences[code] for code in topic_row.get("competences") or []])
                number += 1
    Module.objects.filter(level__syllabus=draft).exclude(pk__in=keep_modules).delete()
    draft.levels.exclude(code__in=[row["code"] for row in rows]).delete()


def _free_lineages(rows: list[dict]) -> dict[int, uuid.UUID]:
    """A lineage for each topic by its place: the one it says, a new one where it says none or one said before."""
    seen: set[str] = set()
    found = {}
    for number, topic in enumerate(topics_of({"levels": rows})):
        lineage = topic.lineage
        if not lineage or lineage in seen:
            lineage = str(uuid.uuid4())
        seen.add(lineage)
        found[number] = uuid.UUID(lineage)
    return found


def _place(topic: PlainTopic) -> tuple[str, str, str]:
    return topic.level, topic.module, topic.code


def _topic_rows(draft: Syllabus) -> dict[tuple[str, str, str], Topic]:
    topics = Topic.objects.filter(module__level__syllabus=draft).select_related("module__level__syllabus")
    return {(topic.module.level.code, topic.module.code, topic.code): topic for topic in topics}


def _written(row: models.Model, said: dict[str, Any], names: tuple[str, ...], *, position: int):
    """Save the row with what is said; what is left out gets the field's default."""
    defaults = {name: row._meta.get_field(name).get_default() for name in names}
    for name, value in (defaults | _values(type(row), said, names)).items():
        setattr(row, name, value)
    row.position = position
    row.save()
    return row


def _values(model: type[models.Model], said: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The fields as the model keeps them; what is left out or empty is not among them."""
    given = {name: said[name] for name in names if said.get(name) not in (None, "")}
    return {
        name: value if isinstance(value, bool | list) else model._meta.get_field(name).to_python(_plain(value))
        for name, value in given.items()
    }


def _plain(value: Any) -> str:
    return str(value).replace("\r\n", "\n").replace("\r", "\n")
