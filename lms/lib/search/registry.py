"""What is searchable, and who sees what: sources and viewers that the apps register in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

PUBLIC = "public"


@dataclass(frozen=True)
class Content:
    """What is shown and searched of a document. text: plain, everything in both languages; facets: (name, value)."""

    title: str
    title_en: str = ""
    text: str = ""
    url: str = ""
    facets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Document:
    """One text and who may find it.

    key: unique in the whole index; thing: what it is a text of, shown once in a result; stamp: differs when `build()`
    would; audiences: names that viewers know; build: called only when the stamp is new.
    """

    object_id: int
    key: str
    thing: str
    kind: str
    stamp: str
    audiences: frozenset[str]
    build: Callable[[], Content]


@dataclass(frozen=True)
class Source:
    """name: short and stable; ids: all rows that could have documents; documents: those of some rows, in as few
    queries as it takes."""

    name: str
    ids: Callable[[], Iterable[int]]
    documents: Callable[[Sequence[int]], Iterable[Document]]


# Turns entries that a person found by one audience into addresses: {id of the entry: url}. None: the entry's own url.
Links = Callable[[Any, list], dict[int, str]]


@dataclass(frozen=True)
class Audience:
    """An audience a person belongs to. rank: where a thing has several texts, the smallest is shown; note: one word
    that says which text it is ("draft"); links: None for entries that carry their own address."""

    name: str
    rank: int
    links: Links | None = None
    note: str | Promise = ""


@dataclass(frozen=True)
class Facet:
    """A way to narrow down. labels: {value: words in the language of the page} of the values asked for."""

    name: str
    title: str | Promise
    labels: Callable[[set[str]], dict[str, str]]
    order: int = 50


Viewer = Callable[[Any], Iterable[Audience]]

SOURCES: dict[str, Source] = {}
KINDS: dict[str, str | Promise] = {}
FACETS: dict[str, Facet] = {}
_order: dict[str, int] = {}
_viewers: list[Viewer] = []


def register_source(source: Source) -> Source:
    SOURCES[source.name] = source
    return source


def register_kind(name: str, label: str | Promise, *, order: int = 50) -> None:
    """A kind of result; those with small numbers stand first."""
    _order[name] = order
    KINDS[name] = label
    for other in sorted(KINDS, key=lambda kind: _order[kind]):
        KINDS[other] = KINDS.pop(other)


def register_facet(facet: Facet) -> Facet:
    FACETS[facet.name] = facet
    return facet


def register_viewer(viewer: Viewer) -> Viewer:
    """Add a rule that says which audiences a person belongs to; twice is harmless. Usable as a decorator."""
    if viewer not in _viewers:
        _viewers.append(viewer)
    return viewer


def audiences_of(user: Any) -> dict[str, Audience]:
    """Return the audiences a person belongs to, by name. Everybody, signed in or not, is of the public."""
    found = {PUBLIC: Audience(PUBLIC, 90)}
    if user is not None and user.is_authenticated:
        for viewer in _viewers:
            for audience in viewer(user):
                known = found.get(audience.name)
                if known is None or audience.rank < known.rank:
                    found[audience.name] = audience
    return found
