"""Reads a syllabus version from a data file (format: curriculum/sample/FORMAT.md), all or nothing."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from lms.lib.errors import WrongState

from .models.syllabus import Syllabus
from .models.syllabus_life import NotReady
from .models.syllabus_standard import SyllabusStandard
from .syllabus_content import replace_content
from .syllabus_problems import day, find_problems


class SyllabusFileError(ValueError):
    """The file can't be read; `problems` has one line for each row that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Loaded:
    syllabus: Syllabus
    created: bool


STANDARD = ("slug", "kind", "title", "title_en", "issuer", "issuer_en", "region", "document_number", "source_url",
            "source_note", "verified")  # fmt: skip


def problems_of(data: Any) -> list[str]:
    """Return what is wrong with the parsed file, each line saying in which row."""
    with translation.override("en"):
        return [str(problem) for problem in find_problems(data)]


def load(data: Any, *, by=None) -> Loaded:
    """Write the version and put it in force from its date. The same content again changes nothing.

    The file may name the standard (`standard`: the slug of one, or what to found it with) and the version whose core
    it keeps (`base`: a slug); one that names no standard founds its own.

    Raises SyllabusFileError for a file that can't be read, or for changed content under a slug that is in force.
    """
    if problems := problems_of(data):
        raise SyllabusFileError(problems)
    first_day = day(data["in_force_from"])
    with transaction.atomic():
        if existing := Syllabus.objects.filter(slug=data["slug"]).first():
            if existing.in_force_from != first_day or _hash_of(data) != existing.content_hash:
                message = f"syllabus {data['slug']} is there already with other content; give the new version another slug"
                raise SyllabusFileError([message])
            return Loaded(existing, False)
        syllabus = _written(data, slug=data["slug"], standard=_standard(data.get("standard")), base=_base(data))
        try:
            syllabus.bring_into_force(at=first_day, by=by)
        except NotReady as error:
            raise SyllabusFileError([f"syllabus {syllabus.slug}: {line}" for line in error.problems]) from error
        except WrongState as error:
            raise SyllabusFileError([f"syllabus {syllabus.slug}: {error.message}"]) from error
    return Loaded(syllabus, True)


def _hash_of(data: dict[str, Any]) -> str:
    """Return the hash the file would have: written as a draft beside the version, and taken back."""
    with transaction.atomic():
        draft = _written(data, slug=f"{data['slug'][:50]}-compare")
        draft.slug = data["slug"]
        found = draft.recompute_hash()
        transaction.set_rollback(True)
    return found


def _standard(said: Any) -> SyllabusStandard | None:
    """Return the standard of that slug, founded with what the file says when it is not there; None when none is named."""
    if said in (None, ""):
        return None
    values = {name: said[name] for name in STANDARD if said.get(name) is not None} if isinstance(said, dict) else {}
    slug = values.get("slug") if isinstance(said, dict) else said
    if found := SyllabusStandard.objects.filter(slug=str(slug)).first():
        return found
    standard = SyllabusStandard(**values)
    try:
        with translation.override("en"):
            standard.full_clean()
    except ValidationError as error:
        raise SyllabusFileError([f"standard {slug}: {' '.join(error.messages)}"]) from error
    standard.save()
    return standard


def _base(data: dict[str, Any]) -> Syllabus | None:
    if not data.get("base"):
        return None
    if found := Syllabus.objects.public().filter(slug=str(data["base"])).first():
        return found
    raise SyllabusFileError([f"syllabus: base {data['base']} is not there"])


def _written(data: dict[str, Any], *, slug: str, standard: SyllabusStandard | None = None, base=None) -> Syllabus:
    content = {"version": str(day(data["in_force_from"]).year)} | data
    if standard is None and (existing := Syllabus.objects.filter(slug=data["slug"]).first()):
        standard = existing.standard
    words = {name: data.get(name) or "" for name in ("title", "title_en", "issuer", "issuer_en")}
    draft = Syllabus(slug=slug, standard=standard, base=base, **words)
    draft.save()
    replace_content(draft, content)
    return draft
