"""Paging, sorting, filtering and choosing of fields for the list of CFDocuments, as CASE's REST binding has it. Pure.

limit and offset; sort by a field with orderBy asc or desc; filter by predicates (=, !=, <, <=, >, >=, ~ for "contains")
joined by AND or OR; fields separated by commas. An unknown sort field keeps the own order and unknown fields give whole
records, as the binding says; anything else that is not understood is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = (
    "identifier", "uri", "frameworkType", "caseVersion", "creator", "title", "lastChangeDateTime", "officialSourceURL",
    "publisher", "description", "subject", "subjectURI", "language", "version", "adoptionStatus", "statusStartDate",
    "statusEndDate", "licenseURI", "notes", "CFPackageURI", "extensions",
)  # fmt: skip
TEXTS = {
    "identifier", "uri", "frameworkType", "caseVersion", "creator", "title", "lastChangeDateTime", "officialSourceURL",
    "publisher", "description", "language", "version", "adoptionStatus", "statusStartDate", "statusEndDate", "notes",
}  # fmt: skip
PREDICATE = re.compile(r"\s*([A-Za-z]+)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'\s*(?:\b(AND|OR)\b|$)", re.ASCII)
DEFAULT_LIMIT = 100
MAX_LIMIT = 500
MAX_OFFSET = 10**6
MAX_FILTER = 500


class Refused(ValueError):
    """A parameter that can't be understood. field: its name; code: a value of imsx_codeMinorFieldValue."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


@dataclass(frozen=True)
class Chosen:
    """One page of records, how many there are in all, and where the page begins."""

    records: list[dict[str, Any]]
    total: int
    limit: int
    offset: int


def choose(records: list[dict[str, Any]], query: Mapping[str, str]) -> Chosen:
    """Return the page that a request asks for. Raises Refused."""
    limit = min(_whole(query, "limit", DEFAULT_LIMIT, least=1), MAX_LIMIT)
    offset = min(_whole(query, "offset", 0, least=0), MAX_OFFSET)
    found = _filtered(records, query["filter"]) if query.get("filter") else list(records)
    found = _sorted(found, query)
    page = found[offset : offset + limit]
    if "fields" in query:
        page = _reduced(page, query["fields"])
    return Chosen(page, len(found), limit, offset)


def _whole(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name, "")
    if name not in query:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise Refused(name, "invalid_selection_field", f"{name} is not a whole number of at least {least}")
    return int(text)


def _sorted(records: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    direction = query.get("orderBy", "asc")
    if direction not in ("asc", "desc"):
        raise Refused("orderBy", "invalid_sort_field", "orderBy is asc or desc")
    field = query.get("sort", "")
    if field not in TEXTS:
        return records
    ordered = sorted(records, key=lambda record: (record.get(field, ""), record["identifier"]))
    return ordered[::-1] if direction == "desc" else ordered


def _reduced(records: list[dict[str, Any]], fields: str) -> list[dict[str, Any]]:
    wanted = [name.strip() for name in fields.split(",")]
    if not all(wanted):
        raise Refused("fields", "invalid_selection_field", "a field to select has no name")
    if set(wanted) - set(FIELDS):
        return records
    return [{name: record[name] for name in wanted if name in record} for record in records]


def _filtered(records: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    predicates, joins, place = [], set(), 0
    if len(text) > MAX_FILTER:
        raise Refused("filter", "invalid_selection_field", "the filter is too long")
    join = "AND"
    while join:
        match = PREDICATE.match(text, place)
        if not match or match[1] not in TEXTS:
            raise Refused("filter", "invalid_selection_field", "the filter can't be read; example: title~'outline'")
        predicates.append(match.groups()[:3])
        place, join = match.end(), match[4]
        joins |= {join} - {None}
    if len(joins) > 1:
        raise Refused("filter", "invalid_selection_field", "AND and OR can't be mixed")
    fit = any if "OR" in joins else all
    return [record for record in records if fit(_fits(record.get(name, ""), sign, value) for name, sign, value in predicates)]


def _fits(have: str, sign: str, value: str) -> bool:
    if sign == "~":
        return value.casefold() in have.casefold()
    if sign in ("=", "!="):
        return (have.casefold() == value.casefold()) is (sign == "=")
    if not have:
        return False
    return {">": have > value, ">=": have >= value, "<": have < value, "<=": have <= value}[sign]
