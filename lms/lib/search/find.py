"""Finds: one query for what matches and may be seen, one for the texts of the page that is shown.

What a person may not see is never in the first query's rows, so it is in no count, no filter and no passage either.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection

from .models import SearchEntry
from .registry import FACETS, KINDS, Audience, audiences_of
from .text import MAX_TOKEN, Piece, Query, Term, marked, parse, passage

MOST = 2000  # rows that are looked at; whoever gets that many needs a filter, and then the database filters
PER_PAGE = 20
NEAR = 6
KIND = "kind"
WHERE = ("base", "level")  # what is said of each hit
Labels = dict[str, dict[str, str]]


@dataclass
class Hit:
    entry: SearchEntry
    audience: Audience
    url: str = ""
    title: list[Piece] = field(default_factory=list)
    passage: list[Piece] = field(default_factory=list)
    where: str = ""  # base and level in words

    @property
    def kind_label(self) -> str:
        return str(KINDS.get(self.entry.kind, self.entry.kind))


@dataclass
class Choice:
    """url: for whoever draws it."""

    value: str
    label: str
    count: int
    chosen: bool
    url: str = ""


@dataclass(frozen=True)
class FacetChoices:
    name: str
    title: str
    choices: list[Choice]


@dataclass
class Results:
    """count: things that fit words and filters; unfiltered: that fit the words; more: at least one was left out;
    near: nothing fits all the words, these fit some."""

    query: Query
    page: Page
    hits: list[Hit]
    facets: list[FacetChoices]
    count: int = 0
    unfiltered: int = 0
    more: bool = False
    near: bool = False


@dataclass(frozen=True)
class _Row:
    pk: int
    thing: str
    kind: str
    facets: str
    audience: str

    def has(self, name: str, value: str) -> bool:
        return self.kind == value if name == KIND else f" {name}={value} " in f" {self.facets} "

    def values(self, name: str) -> set[str]:
        if name == KIND:
            return {self.kind}
        pairs = (pair.split("=", 1) for pair in self.facets.split())
        return {pair[1] for pair in pairs if pair[0] == name and len(pair) == 2}


def search(user: Any, typed: str, *, filters: dict[str, str] | None = None, page: Any = 1, english: bool = False) -> Results:
    """Return what this person finds.

    filters: {facet or "kind": value}; unknown names are ignored. english: whether the page is English, for titles.
    """
    query = parse(typed)
    wanted = {name: value for name, value in (filters or {}).items() if value and (name == KIND or name in FACETS)}
    if not query:
        return Results(query, Paginator([], PER_PAGE).get_page(1), [], [])
    audiences = audiences_of(user)
    rows, more = _things(_match(query, audiences), audiences)
    if more and wanted:
        rows, _more = _things(_match(query, audiences, wanted), audiences)
    fitting = [row for row in rows if all(row.has(*pair) for pair in wanted.items())]
    near = not rows
    if near:
        rows, _more = _things(_match(query, audiences, loosely=True), audiences)
        fitting = rows = rows[:NEAR]
    labels = _labels(rows, wanted)
    shown = Paginator(fitting, PER_PAGE).get_page(page)
    return Results(
        query=query,
        page=shown,
        hits=_hits(user, list(shown), audiences, Query(tuple(query.loosened())) if near else query, labels, english),
        facets=[] if near else _facets(rows, wanted, labels),
        count=0 if near else len(fitting),
        unfiltered=0 if near else len(rows),
        more=more,
        near=near,
    )


def _things(rows: list[_Row], audiences: dict[str, Audience]) -> tuple[list[_Row], bool]:
    """One row for each thing, where the best match of it stands, with the text that is nearest to this person."""
    best: dict[str, _Row] = {}
    for row in rows:
        known = best.get(row.thing)
        if known is None or audiences[row.audience].rank < audiences[known.audience].rank:
            best[row.thing] = row  # keeps its place in the order
    return list(best.values()), len(rows) >= MOST


def _labels(rows: list[_Row], wanted: dict[str, str]) -> Labels:
    """The words for every value of every facet, in the order in which they are shown: one query for each facet."""
    labels = {KIND: {name: str(label) for name, label in KINDS.items()}}
    for name, facet in FACETS.items():
        values = {value for row in rows for value in row.values(name)} | ({wanted[name]} if name in wanted else set())
        labels[name] = facet.labels(values) if values else {}
    return labels


def _facets(rows: list[_Row], wanted: dict[str, str], labels: Labels) -> list[FacetChoices]:
    """For each facet its values with the number of things that choosing it would leave, other filters as they are."""
    found = []
    for facet_name in (KIND, *sorted(FACETS, key=lambda name: FACETS[name].order)):
        others = {name: value for name, value in wanted.items() if name != facet_name}
        counts: Counter[str] = Counter()
        for row in rows:
            if all(row.has(*pair) for pair in others.items()):
                counts.update(row.values(facet_name))
        chosen = wanted.get(facet_name)
        if chosen and chosen not in counts:
            counts[chosen] = 0
        if not counts or (len(counts) == 1 and not chosen):
            continue
        words = labels[facet_name]
        choices = [Choice(v, words[v], counts[v], v == chosen) for v in words if v in counts]
        if choices:
            title = "" if facet_name == KIND else str(FACETS[facet_name].title)
            found.append(FacetChoices(facet_name, title, choices))
    return found


def _hits(
    user: Any, rows: list[_Row], audiences: dict[str, Audience], query: Query, labels: Labels, english: bool
) -> list[Hit]:
    entries = SearchEntry.objects.in_bulk([row.pk for row in rows])
    hits = [Hit(entries[row.pk], audiences[row.audience]) for row in rows if row.pk in entries]
    by_audience: dict[str, list[Hit]] = {}
    for hit in hits:
        by_audience.setdefault(hit.audience.name, []).append(hit)
        second = english and hit.entry.title_en
        hit.title = marked(hit.entry.title_en if second else hit.entry.title, query)
        hit.passage = passage(hit.entry.text, query, english=english)
        pairs = [tuple(pair.split("=", 1)) for pair in hit.entry.facets.split()]
        hit.where = " · ".join(labels[n][v] for n, v in pairs if n in WHERE and v in labels.get(n, {}))
    for audience, group in by_audience.items():
        links = audiences[audience].links
        addresses = links(user, [hit.entry for hit in group]) if links else {}
        for hit in group:
            hit.url = addresses.get(hit.entry.pk, "" if links else hit.entry.url)
    return [hit for hit in hits if hit.url]


# --- The two databases -----------------------------------------------------------------------------------------------


def _match(
    query: Query, audiences: dict[str, Audience], wanted: dict[str, str] | None = None, *, loosely: bool = False
) -> list[_Row]:
    """Return the rows that match and that one of the audiences may find, the best first: one query, at most MOST rows.

    wanted: filters for the database to apply; loosely: any piece of the query will do, those with more of it first.
    """
    if connection.vendor == "postgresql":
        pieces, joiner = [_pg_term(term) for term in (query.loosened() if loosely else query.terms)], " | "
        match = (joiner if loosely else " & ").join(pieces)
        sql = (
            "SELECT e.id, e.thing, e.kind, e.facets, g.audience,"
            " ts_rank('{0.1, 0.2, 0.4, 1.0}', e.vector, q.q, 1) AS score"
            " FROM (SELECT %s::tsquery AS q) q, search_searchentry e JOIN search_searchgrant g ON g.entry_id = e.id"
            " WHERE e.vector @@ q.q AND g.audience = ANY(%s)"
        )
        parameters: list[Any] = [match, list(audiences)]
        order = " ORDER BY score DESC, e.id LIMIT %s"
    else:
        pieces, joiner = [_fts_term(term) for term in (query.loosened() if loosely else query.terms)], " OR "
        match = (joiner if loosely else " AND ").join(pieces)
        places = ", ".join(["%s"] * len(audiences))
        sql = (
            "SELECT e.id, e.thing, e.kind, e.facets, g.audience, bm25(search_fts, 8.0, 1.0) AS score"
            " FROM search_fts JOIN search_searchentry e ON e.id = search_fts.rowid"
            " JOIN search_searchgrant g ON g.entry_id = e.id"
            f" WHERE search_fts MATCH %s AND g.audience IN ({places})"
        )
        parameters = [match, *audiences]
        order = " ORDER BY score, e.id LIMIT %s"
    for name, value in (wanted or {}).items():
        if name == KIND:
            sql += " AND e.kind = %s"
            parameters.append(value)
        else:
            sql += r" AND ' ' || e.facets || ' ' LIKE %s ESCAPE '\'"
            escaped = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
            parameters.append(f"% {name}={escaped} %")
    with connection.cursor() as cursor:
        cursor.execute(sql + order, [*parameters, MOST])
        return [_Row(*row[:5]) for row in cursor.fetchall()]


def _fts_term(term: Term) -> str:
    """A phrase in FTS5's words. Tokens are letters and digits only, so nothing can end the quotation."""
    return f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")


def _pg_term(term: Term) -> str:
    lexemes = [f"'{token[:MAX_TOKEN]}'" for token in term.tokens]
    return "(" + " <-> ".join([*lexemes[:-1], lexemes[-1] + (":*" if term.prefix else "")]) + ")"
