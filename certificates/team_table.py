"""The table of an employer's people by competence, out of certificates whose holders agreed. Plain values in, rows out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

RANK = {"reached": 1, "good": 2, "excellent": 3}
SOON = timedelta(days=90)


@dataclass(frozen=True)
class Held:
    """One certificate of a person, as it stands today. good: valid today; soon: it runs out within 90 days."""

    number: str
    level: dict[str, Any]
    state: str
    valid_until: date | None
    competences: tuple[dict[str, Any], ...]
    good: bool
    soon: bool


@dataclass
class Person:
    """cells: competence code -> the best level over the certificates that are valid today."""

    name: str
    held: list[Held] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """columns: competences (code, title, title_en) by code; totals: code -> how many people have it."""

    columns: tuple[dict[str, Any], ...]
    people: tuple[Person, ...]
    totals: dict[str, int]

    def rows(self) -> Iterable[tuple[Person, list[str]]]:
        for person in self.people:
            yield person, [person.cells.get(column["code"], "") for column in self.columns]


def held_on(certificate, day: date) -> Held:
    """Return a certificate as the table needs it."""
    state, until = certificate.state_on(day), certificate.valid_until
    good = state == "valid"
    facts = certificate.facts
    return Held(
        certificate.number, facts["level"], state, until, tuple(facts["competences"]), good,
        good and until is not None and until - day <= SOON,
    )  # fmt: skip


def table(found: Iterable[tuple[int, str, Held]]) -> Table:
    """Return the table. found: (id of the person, name, certificate), one for each certificate. People by name."""
    people: dict[int, Person] = {}
    columns: dict[str, dict[str, Any]] = {}
    for key, name, held in found:
        person = people.setdefault(key, Person(name))
        person.held.append(held)
        for competence in held.competences:
            columns[competence["code"]] = competence
            if held.good and RANK.get(competence["level"], 0) > RANK.get(person.cells.get(competence["code"], ""), 0):
                person.cells[competence["code"]] = competence["level"]
    totals = {code: sum(code in person.cells for person in people.values()) for code in columns}
    ordered = tuple(sorted(people.values(), key=lambda person: person.name))
    return Table(tuple(columns[code] for code in sorted(columns)), ordered, totals)
