"""Reads a syllabus version from a data file (format: curriculum/sample/FORMAT.md), all or nothing."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from lms.lib.hashing import content_hash

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


REQUIRED = {
    "syllabus": ["slug", "title", "issuer", "competences", "levels", "minutes_per_hour"],
    "competence": ["code", "title", "title_en", "kind"],
    "level": ["code", "title", "title_en", "modules"],
    "module": ["code", "title", "title_en", "hours", "topics"],
    "topic": ["code", "title", "title_en", "required", "hours"],
}


def problems_of(data: Any) -> list[str]:
    """Return what is wrong with the parsed file, each line saying in which row."""
    if not isinstance(data, dict):
        return ["the file is not a mapping"]
    found: list[str] = []

    def need(kind: str, row: Any, where: str) -> bool:
        missing = [name for name in REQUIRED[kind] if not isinstance(row, dict) or row.get(name) in (None, "")]
        if missing:
            found.append(f"{where}: missing {', '.join(missing)}")
        return not missing

    def number(row: dict, where: str) -> None:
        try:
            if Decimal(str(row["hours"])) < 0:
                found.append(f"{where}: hours are negative")
        except InvalidOperation:
            found.append(f"{where}: hours “{row['hours']}” is not a number")

    if not need("syllabus", data, "syllabus"):
        return found
    known = set()
    for competence in data["competences"]:
        if need("competence", competence, f"competence {competence.get('code', '?')}"):
            known.add(competence["code"])
    for level in data["levels"]:
        where = f"level {level.get('code', '?')}"
        if not need("level", level, where):
            continue
        if level["code"] not in Level.Code.values:
            found.append(f"{where}: unknown level")
        seen: set[str] = set()
        for module in level["modules"]:
            inside = f"{where}, module {module.get('code', '?')}"
            if not need("module", module, inside):
                continue
            number(module, inside)
            for topic in module["topics"]:
                here = f"{inside}, topic {topic.get('code', '?')}"
                if not need("topic", topic, here):
                    continue
                number(topic, here)
                if topic["code"] in seen:
                    found.append(f"{here}: this code stands twice")
                seen.add(topic["code"])
                if unknown := set(topic.get("competences", [])) - known:
                    found.append(f"{here}: unknown competences {', '.join(sorted(unknown))}")
    return found


def load(data: Any, *, by=None) -> Loaded:
    """Write the version and put it in force from its date. The same content again changes nothing.

    Raises SyllabusFileError for a file that can't be read, or for changed content under a slug that is in force.
    """
    if problems := problems_of(data):
        raise SyllabusFileError(problems)
    with transaction.atomic():
        existing = Syllabus.objects.filter(slug=data["slug"]).first()
        if existing is not None:
            with_hash = _written(data, slug=f"{data['slug']}-compare", by=by)
            same = _hash_as(with_hash, existing.slug) == existing.content_hash
            transaction.set_rollback(True)
    if existing is not None:
        if not same:
            message = f"syllabus {data['slug']} is in force with other content; give the new version another slug"
            raise SyllabusFileError([message])
        return Loaded(existing, False)
    with transaction.atomic():
        syllabus = _written(data, slug=data["slug"], by=by)
        syllabus.bring_into_force(at=_day(data.get("in_force_from")), by=by)
    return Loaded(syllabus, True)


def _hash_as(syllabus: Syllabus, slug: str) -> str:
    return content_hash(syllabus.as_json() | {"slug": slug})


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _written(data: dict[str, Any], *, slug: str, by) -> Syllabus:
    syllabus = Syllabus.objects.create(
        slug=slug,
        version=str(data.get("version") or _day(data["in_force_from"]).year),
        title=data["title"],
        title_en=data.get("title_en", ""),
        issuer=data["issuer"],
        issuer_en=data.get("issuer_en", ""),
        document_number=data.get("document_number") or "",
        source_url=data.get("source_url") or "",
        source_note=data.get("source_note") or "",
        verified=bool(data.get("verified")),
        minutes_per_hour=data["minutes_per_hour"],
    )
    competences = {}
    for position, row in enumerate(data["competences"]):
        competences[row["code"]] = Competence.objects.create(
            syllabus=syllabus,
            position=position,
            **{k: row.get(k, "") for k in ("code", "title", "title_en", "kind", "description", "description_en")},
        )
    texts = ("code", "title", "title_en", "summary", "summary_en", "admission", "admission_en")
    for number, level_row in enumerate(data["levels"]):
        level = Level.objects.create(
            syllabus=syllabus, position=number, **{k: level_row.get(k) or "" for k in texts}
        )
        for place, module_row in enumerate(level_row["modules"]):
            module = Module.objects.create(
                level=level,
                code=module_row["code"],
                title=module_row["title"],
                title_en=module_row["title_en"],
                hours=Decimal(str(module_row["hours"])),
                hours_source=module_row.get("hours_source") or "",
                hours_verified=bool(module_row.get("hours_verified")),
                position=place,
            )
            for index, row in enumerate(module_row["topics"]):
                topic = Topic.objects.create(
                    module=module,
                    code=row["code"],
                    title=row["title"],
                    title_en=row["title_en"],
                    required=bool(row["required"]),
                    hours=Decimal(str(row["hours"])),
                    outcomes=row.get("outcomes") or [],
                    outcomes_en=row.get("outcomes_en") or [],
                    position=index,
                )
                topic.competences.set([competences[code] for code in row.get("competences", [])])
    return syllabus
