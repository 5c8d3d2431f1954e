"""Checks of a matching matrix: the weighted score of each source from its single scores, and the order. Pure."""

from collections.abc import Iterator

from .base import HOLDS, LOOK, Finding, Row, Work, compare_rows
from .figures import Figure, exact, total


def weighted(work: Work) -> Iterator[Finding]:
    """加权得分 = Σ (得分 ÷ 满分 × 权重), for sources with exactly one score for each weighted criterion."""
    criteria, scores = work.table("criteria", "code", "weight"), work.table("scores", "source", "code", "score")
    results, full = work.table("results", "source", "weighted"), work.figure("full-score")
    if criteria is None or scores is None or results is None or full is None:
        return
    weights = {row.text("code"): found for row in criteria.rows if (found := row.figure("weight")) is not None}
    given: dict[str, dict[str, Figure]] = {}
    for row in scores.rows:
        score, source, code = row.figure("score"), row.text("source"), row.text("code")
        if code not in weights:
            if code:
                yield row.finding(LOOK, "unknown_reference", "code", stated=code)
            continue
        if code in given.setdefault(source, {}):
            yield row.finding(LOOK, "twice", "code", stated=f"{source} · {code}")
        if score is not None:
            given[source][code] = score
            if score.value > full.value:
                yield row.finding(LOOK, "above", "score", stated=score, computed=full)

    def compute(row: Row) -> tuple[Figure, str] | None:
        mine = given.get(row.text("source"), {})
        if not weights or set(mine) != set(weights):
            return None
        parts = [mine[code] * weights[code] / full for code in weights]
        return total(parts), " + ".join(f"{mine[code]}÷{full}×{weights[code]}" for code in weights)

    yield from compare_rows(results, "weighted", compute)


def order(work: Work) -> Iterator[Finding]:
    """A better score has a better rank, and equal ranks equal scores."""
    results = work.table("results", "weighted", "rank")
    if results is None:
        return
    known = [
        (row, score.value, rank.value)
        for row in results.rows
        if (score := row.figure("weighted")) is not None and (rank := row.figure("rank")) is not None
    ]
    right = True
    for row, score, rank in known:
        better = [other for _row, other, place in known if place < rank and other < score]
        if better:
            right = False
            yield row.finding(LOOK, "rank", "rank", stated=rank, computed=exact(score))
    if right and len(known) > 1:
        yield Finding(HOLDS, "in_order", results.field.key, computed=str(len(known)))


def shortlist(work: Work) -> Iterator[Finding]:
    """Three to five sources are shortlisted."""
    results = work.table("results", "listed")
    if results is None or not results.rows:
        return
    listed = sum(row.text("listed") == "yes" for row in results.rows)
    column = results.field.column("listed").key
    verdict, kind = (HOLDS, "count_fine") if 3 <= listed <= 5 else (LOOK, "count_outside")
    yield Finding(verdict, kind, results.field.key, column=column, stated=str(listed), computed="3–5")
