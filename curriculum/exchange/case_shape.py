"""Reads the bytes of a CASE 1.1 package strictly: JSON without tricks, only the standard's properties, each of its kind.

Pure, and made for files from outside: size, depth, doubles, odd numbers and odd signs are refused before anything is read.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 30
MAX_ITEMS = 5000
MAX_ASSOCIATIONS = 25_000
MAX_TEXT = 20_000
MAX_PROBLEMS = 200
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
EXTENSION = re.compile(r"ext:[A-Za-z0-9._-]+", re.ASCII)
ASSOCIATION_TYPES = {
    "isChildOf", "isPeerOf", "isPartOf", "exactMatchOf", "precedes", "isRelatedTo", "replacedBy", "exemplar",
    "hasSkillLevel", "isTranslationOf",
}  # fmt: skip

BASE = {"identifier": "uuid", "uri": "uri", "lastChangeDateTime": "moment", "extensions": "object"}
SUBJECTS = {"subject": "texts", "subjectURI": "links", "language": "line", "licenseURI": "link", "notes": "text"}
DATES = {"statusStartDate": "day", "statusEndDate": "day"}
# name: ({property: kind}, required ones)
CLASSES: dict[str, tuple[dict[str, str], set[str]]] = {
    "CFDocument": (
        BASE | SUBJECTS | DATES | {
            "frameworkType": "line", "caseVersion": "version", "creator": "line", "title": "line", "publisher": "line",
            "officialSourceURL": "uri", "description": "text", "version": "line", "adoptionStatus": "line",
        },
        {"identifier", "uri", "creator", "title", "lastChangeDateTime"},
    ),
    "CFItems": (
        BASE | SUBJECTS | DATES | {
            "fullStatement": "text", "alternativeLabel": "line", "CFItemType": "line", "humanCodingScheme": "line",
            "listEnumeration": "line", "abbreviatedStatement": "line", "conceptKeywords": "texts", "conceptKeywordsURI": "link",
            "educationLevel": "texts", "CFItemTypeURI": "link",
        },
        {"identifier", "fullStatement", "uri", "lastChangeDateTime"},
    ),
    "CFAssociations": (
        BASE | {
            "associationType": "association", "sequenceNumber": "whole", "originNodeURI": "node", "destinationNodeURI": "node",
            "CFAssociationGroupingURI": "link", "notes": "text",
        },
        {"identifier", "associationType", "uri", "originNodeURI", "destinationNodeURI", "lastChangeDateTime"},
    ),
}  # fmt: skip
PACKAGE = {"CFDocument", "CFItems", "CFAssociations", "CFDefinitions", "CFRubrics", "extensions"}


class NotCase(ValueError):
    """The file is no package that could be read at all."""


def parse(raw: bytes) -> dict[str, Any]:
    """Return the JSON object. Raises NotCase with one sentence for everything else."""
    if len(raw) > MAX_BYTES:
        raise NotCase("the file is larger than 5 MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotCase("the file is not UTF-8") from None
    if _depth(text) > MAX_DEPTH:
        raise NotCase("the file is nested too deeply")
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except NotCase:
        raise
    except (ValueError, RecursionError):
        raise NotCase("the file is not JSON") from None
    if not isinstance(found, dict):
        raise NotCase("the file is not a CFPackage")
    if _has_odd_signs(found):
        raise NotCase("the file has signs that no text has")
    return found


def _depth(text: str) -> int:
    """The deepest nesting of brackets outside strings, found without recursion."""
    deepest = depth = 0
    for mark in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        sign = mark[0]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCase("a name stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise NotCase(f"{name} is no number of JSON")


def _has_odd_signs(node: Any) -> bool:
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in value):
            return True
    return False


def shape_problems(package: dict[str, Any]) -> Iterator[tuple[str, int | None, str]]:
    """Yield (class, place or None, what is wrong) for everything that is not as the standard has it."""
    if strange := sorted(set(package) - PACKAGE):
        yield "CFPackage", None, f"unknown property: {', '.join(map(_short, strange))}"
    if not isinstance(package.get("CFDocument"), dict):
        yield "CFDocument", None, "is missing"
    else:
        yield from (("CFDocument", None, text) for text in _row_problems("CFDocument", package["CFDocument"]))
    for name, most in (("CFItems", MAX_ITEMS), ("CFAssociations", MAX_ASSOCIATIONS)):
        rows = package.get(name, [])
        if not isinstance(rows, list):
            yield name, None, "is not a list"
            continue
        if len(rows) > most:
            yield name, None, f"more than {most} rows"
            continue
        for place, row in enumerate(rows):
            yield from ((name, place, text) for text in _row_problems(name, row))
    for name in ("CFDefinitions", "extensions"):
        if not isinstance(package.get(name, {}), dict):
            yield name, None, "is not an object"


def _row_problems(name: str, row: Any) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "is not an object"
        return
    kinds, required = CLASSES[name]
    if missing := sorted(required - row.keys()):
        yield f"missing {', '.join(missing)}"
    for key, value in row.items():
        if key not in kinds:
            yield f"unknown property {_short(key)}"
        elif not _is(kinds[key], value):
            yield f"{key} is not what the standard asks for: {_short(value)}"


def _is(kind: str, value: Any) -> bool:
    if kind == "object":
        return isinstance(value, dict)
    if kind == "whole":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    if kind == "texts":
        return isinstance(value, list) and all(_is("line", text) for text in value)
    if kind == "links":
        return isinstance(value, list) and all(_is("link", link) for link in value)
    if kind in ("link", "node"):
        return _is_link(value, node=kind == "node")
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT:
        return kind == "text" and value == ""
    return {
        "text": lambda: True,
        "line": lambda: not re.search(r"[\r\n\t]", value),
        "uuid": lambda: UUID.fullmatch(value) is not None,
        "uri": lambda: re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", value, re.ASCII) is not None,
        "day": lambda: _reads(date.fromisoformat, value) and len(value) == 10,
        "moment": lambda: "T" in value and _reads(datetime.fromisoformat, value),
        "version": lambda: value == "1.1",
        "association": lambda: value in ASSOCIATION_TYPES or EXTENSION.fullmatch(value) is not None,
    }[kind]()


def _is_link(value: Any, *, node: bool) -> bool:
    if not isinstance(value, dict):
        return False
    names = {"title", "identifier", "uri"}
    if not names <= value.keys() or value.keys() - names - ({"targetType"} if node else set()):
        return False
    if not _is("line", value["title"]) or not _is("uri", value["uri"]):
        return False
    if "targetType" in value and not (value["targetType"] == "CASE" or _is_extension(value["targetType"])):
        return False
    return _is("line" if node else "uuid", value["identifier"])


def _is_extension(value: Any) -> bool:
    return isinstance(value, str) and EXTENSION.fullmatch(value) is not None


def _reads(reader, text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
