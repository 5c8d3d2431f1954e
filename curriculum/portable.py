"""What a page teaches, without a trace of the database it lies in: topics, competences and levels by code, images and
documents by the SHA-256 of their bytes, cases of a course by their place. Page hashes of scheme 2 and exports
(docs/editions.md) are taken over this form, so they come out the same on every installation.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache as once
from typing import Any

from django.apps import apps
from django.core.cache import cache
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.images import get_image_model

from lms.lib.hashing import file_hash

from .completeness import MODELS
from .models.standards import Track
from .models.syllabus import Competence, Level, Topic

IMAGE_KEYS = {"image", "poster"}
DOCUMENT_KEYS = {"file", "captions", "captions_en", "document"}
# Beside `library`, which says what the entry said and which one it was.
LIBRARY_KEYS = {"statute", "library_term", "scorm_package"}
MISSING = "missing"

_BLOCK_KEY = re.compile(r' data-block-key="[^"]*"')  # the editor numbers its paragraphs anew as it likes
_REFERENCE = re.compile(r'<(?:a|embed)\b[^>]*\b(?:linktype|embedtype)="[^>]*>')
_ID = re.compile(r' id="[^"]*"')


@once
def stream_fields() -> frozenset[str]:
    """Names of the fields that a revision keeps as JSON text."""
    models = [apps.get_model("curriculum", name) for name in MODELS.values()]
    return frozenset(f.name for model in models for f in model._meta.get_fields() if isinstance(f, StreamField))


def stream(value: Any) -> list[dict[str, Any]]:
    """The blocks of a StreamField as a revision holds them: JSON text or list."""
    return json.loads(value) if isinstance(value, str) and value else value or []


class Names:
    """What the ids in some contents stand for, fetched at once: at most six queries, and the bytes of files that were
    not read lately. fresh: read every file again, for audits."""

    def __init__(self, contents: Iterable[dict[str, Any]], *, fresh: bool = False) -> None:
        contents = list(contents)
        ids: dict[str, set[int]] = {name: set() for name in ("image", "document", "topic", "competence", "level", "track")}
        for content in contents:
            ids["topic"].update(content.get("topics", []))
            ids["competence"].update(content.get("competences", []))
            if content.get("level"):
                ids["level"].add(content["level"])
            if content.get("track"):
                ids["track"].add(content["track"])
            for name in stream_fields() & content.keys():
                for kind, pk in files_in(stream(content[name])):
                    ids[kind].add(pk)
        self.topics = {
            topic.pk: f"{topic.module.level.code}/{topic.module.code}/{topic.code}"
            for topic in (Topic.objects.filter(pk__in=ids["topic"]).select_related("module__level") if ids["topic"] else ())
        }
        competences = Competence.objects.filter(pk__in=ids["competence"]) if ids["competence"] else ()
        self.competences = {competence.pk: competence.code for competence in competences}
        self.levels = {level.pk: level.code for level in (Level.objects.filter(pk__in=ids["level"]) if ids["level"] else ())}
        self.tracks = {track.pk: track.code for track in (Track.objects.filter(pk__in=ids["track"]) if ids["track"] else ())}
        core = {line["release"] for content in contents for line in content.get("core_inclusions", [])}
        releases = apps.get_model("curriculum", "CoreRelease").objects.filter(pk__in=core) if core else ()
        self.releases = {release.pk: {"version": release.number, "hash": release.content_hash} for release in releases}
        self.images = _hashes(get_image_model(), ids["image"], fresh=fresh)
        self.documents = _hashes(get_document_model(), ids["document"], fresh=fresh)


def files_in(node: Any) -> Iterator[tuple[str, int]]:
    """Yield ("image" or "document", id) of every file that plain block values show, wherever it stands."""
    if isinstance(node, dict):
        for key, child in node.items():
            if isinstance(child, int) and not isinstance(child, bool):
                if key in IMAGE_KEYS:
                    yield "image", child
                elif key in DOCUMENT_KEYS:
                    yield "document", child
            else:
                yield from files_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from files_in(child)


def page_form(content: dict[str, Any], names: Names, *, without: Iterable[str]) -> dict[str, Any]:
    """Return the content of a revision in its portable form. What is empty or false is left out.

    without: names of fields that say nothing about what is taught.
    """
    cases = [line["case"] for line in placements(content)] + [line["page"] for line in core_lines(content)]
    form: dict[str, Any] = {}
    for name, value in content.items():
        if name in without:
            continue
        if name == "topics":
            plain: Any = sorted(names.topics.get(pk, MISSING) for pk in value)
        elif name == "competences":
            plain = sorted(names.competences.get(pk, MISSING) for pk in value)
        elif name == "level":
            plain = names.levels.get(value, MISSING)
        elif name == "track" and value:
            plain = names.tracks.get(value, MISSING)
        elif name == "case_placements":
            lines = placements(content)
            plain = [{"place": place} | ({"required": True} if line.get("required") else {})
                     for place, line in enumerate(lines)]  # fmt: skip
        elif name == "core_inclusions":
            plain = [names.releases.get(line["release"], {"hash": MISSING}) | ({"required": True} if line.get("required") else {})
                     for line in core_lines(content)]  # fmt: skip
        elif name in stream_fields():
            plain = [_value(block, names, cases) for block in stream(value)]
        else:
            plain = _value(value, names, cases)
        if not _says_nothing(plain):
            form[name] = plain
    return form


def placements(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The placed cases of a course page in their order."""
    return sorted(content.get("case_placements", []), key=lambda line: line.get("sort_order") or 0)


def core_lines(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The core pages that a course page includes, in their order; cases of parts count them after the placed cases."""
    return sorted(content.get("core_inclusions", []), key=lambda line: line.get("sort_order") or 0)


def _value(value: Any, names: Names, cases: list[int], key: str = "") -> Any:
    if isinstance(value, dict):
        if value.keys() <= {"type", "value", "id"} and value.get("type") == "item":  # how Wagtail wraps a list's items
            return _value(value.get("value"), names, cases, key)
        is_block = value.keys() == {"type", "value", "id"}
        of_library = isinstance(value.get("library"), dict)
        found = {}
        for name, child in value.items():
            if name == "pk" or (is_block and name == "id") or (of_library and name in LIBRARY_KEYS):
                continue
            plain = _value(child, names, cases, name)
            if not _says_nothing(plain):
                found[name] = plain
        return found
    if isinstance(value, list):
        return [_value(child, names, cases, key) for child in value]
    if isinstance(value, str):
        return plain_html(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if key in IMAGE_KEYS:
            return names.images.get(value, MISSING)
        if key in DOCUMENT_KEYS:
            return names.documents.get(value, MISSING)
        if key == "cases":
            return cases.index(value) if value in cases else -1
    return value


def plain_html(text: str) -> str:
    """Return rich text without the editor's numbering of paragraphs and without ids of pages it links to: where such a
    link leads is the site's matter and may change any day."""
    if "<" not in text:
        return text
    text = _BLOCK_KEY.sub("", text)
    return _REFERENCE.sub(lambda tag: _ID.sub("", tag[0]), text)


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def _hashes(model, keys: set[int], *, fresh: bool) -> dict[int, str]:
    files = model.objects.in_bulk(keys) if keys else {}
    return {pk: bytes_hash(file, fresh=fresh) for pk, file in files.items()}


def bytes_hash(file, *, fresh: bool = False) -> str:
    """Return the SHA-256 of an image's or document's bytes. Remembered by its name in the store, which a new upload
    never shares, and by Wagtail's own hash of the file. A file that can't be read gives "missing"."""
    try:
        stored_as = hashlib.sha256(f"{file.file.name}:{file.get_file_hash()}".encode()).hexdigest()
        key = f"file-sha256:{file._meta.model_name}:{file.pk}:{stored_as}"
        found = None if fresh else cache.get(key)
        if found is None:
            with file.file.open("rb") as stored:
                found = file_hash(stored)
            cache.set(key, found, timeout=7 * 24 * 60 * 60)
    except OSError:
        return MISSING
    return found
