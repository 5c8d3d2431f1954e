"""Checks of sums: totals of tables, a valuation, a term sheet's price, the money of a call, plans and forecasts. Pure."""

from collections.abc import Iterator

from .base import HOLDS, LOOK, UNKNOWN, Finding, Row, Work, compare_rows, workings_of
from .figures import Figure, exact, percent, power, total

MAX_YEARS = 60


def own_totals(work: Work) -> Iterator[Finding]:
    """A row that calls itself a total is the sum of the rows above it, column by column."""
    for field in work.deliverable.fields:
        table = work.table(field.role or field.key)
        if table is None:
            continue
        above: list[Row] = []
        for row in table.all_rows:
            if not table.is_total(row):
                above.append(row)
                continue
            for column in field.columns:
                role = column.role or column.key
                stated = row.figure(role)
                parts = [found for other in above if (found := other.figure(role)) is not None]
                whole = len(parts) == sum(bool(other.text(role)) for other in above)
                if stated is None or len(parts) < 2 or not whole or row.text(role)[:1] not in "0123456789-−+.":
                    continue  # words, years and rates in the row of totals are no sums
                if not column.numeric and not _summed(stated, parts):
                    continue  # an untyped column may hold anything: only agreement says something
                made = total(parts)
                said = {"computed": made, "workings": workings_of("+", parts)}
                if stated.agrees_with(made):
                    yield row.finding(HOLDS, "agrees", role, **said)
                else:
                    yield row.finding(LOOK, "differs", role, stated=stated, **said)


def _summed(stated: Figure, parts: list[Figure]) -> bool:
    return stated.agrees_with(total(parts))


def sum_of(table: str, column: str, field: str, *more: str):
    """Return a check: the column of a table, and the fields `more` with it, make the number of a field."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        if rows is None or not work.has(field):
            return
        parts = [found for name in more if (found := work.figure(name)) is not None] + rows.figures(column)
        if parts:
            yield from work.compare(field, total(parts), workings_of("+", parts))

    return check


def hundred(table: str, column: str):
    """Return a check: the column of a table makes 100."""

    def check(work: Work) -> Iterator[Finding]:
        rows = work.table(table, column)
        parts = rows.figures(column) if rows else []
        if not parts:
            return
        made = total(parts)
        said = {"field": rows.field.key, "column": rows.field.column(column).key, "computed": str(made)}
        verdict, kind = (HOLDS, "is_hundred") if abs(made.value - 100) <= made.slack else (LOOK, "not_hundred")
        yield Finding(verdict, kind, **said, workings=workings_of("+", parts))

    return check


def fields_sum(result: str, *parts: str):
    """Return a check: some fields make another."""

    def check(work: Work) -> Iterator[Finding]:
        figures = [work.figure(name) for name in parts]
        if all(work.has(name) for name in (result, *parts)) and all(figure is not None for figure in figures):
            yield from work.compare(result, total(figures), workings_of("+", figures))

    return check


def at_most(field: str, limit: str):
    """Return a check: one field is not above another."""

    def check(work: Work) -> Iterator[Finding]:
        stated, most = work.figure(field), work.figure(limit)
        if stated is None or most is None:
            return
        verdict, kind = (HOLDS, "within") if stated.value <= most.value else (LOOK, "above")
        yield work.finding(verdict, kind, field, stated=stated, computed=most)

    return check


def product(table: str, result: str, left: str, right: str, *, hundredth: bool = False):
    """Return a check: in each row, `result` is `left` × `right` (a percentage when `hundredth`)."""

    def compute(row: Row) -> tuple[Figure, str] | None:
        one, two = row.figure(left), row.figure(right)
        if one is None or two is None:
            return None
        return one * (percent(two) if hundredth else two), f"{one} × {two}{'%' if hundredth else ''}"

    return _rows(table, result, compute, left, right)


def difference(table: str, result: str, left: str, right: str):
    """Return a check: in each row, `result` is `left` − `right`."""

    def compute(row: Row) -> tuple[Figure, str] | None:
        one, two = row.figure(left), row.figure(right)
        return None if one is None or two is None else (one - two, f"{one} − {two}")

    return _rows(table, result, compute, left, right)


def addition(table: str, result: str, left: str, right: str):
    def compute(row: Row) -> tuple[Figure, str] | None:
        one, two = row.figure(left), row.figure(right)
        return None if one is None or two is None else (one + two, f"{one} + {two}")

    return _rows(table, result, compute, left, right)


def quotient(table: str, result: str, left: str, right: str):
    def compute(row: Row) -> tuple[Figure, str] | None:
        one, two = row.figure(left), row.figure(right)
        return None if one is None or two is None else (one / two, f"{one} ÷ {two}")

    return _rows(table, result, compute, left, right)


def _rows(name: str, result: str, compute, *inputs: str):
    def check(work: Work) -> Iterator[Finding]:
        table = work.table(name, result, *inputs)
        if table is not None:
            yield from compare_rows(table, result, compute)

    return check


# --- A valuation ---------------------------------------------------------------------------------------------------------


def royalty(work: Work) -> Iterator[Finding]:
    """提成额 = 净销售额 × 提成率."""
    table, rate = work.table("income", "sales", "royalty"), work.figure("royalty-rate")
    if table is None or rate is None:
        return

    def compute(row: Row) -> tuple[Figure, str] | None:
        sales = row.figure("sales")
        return None if sales is None else (sales * percent(rate), f"{sales} × {rate}%")

    yield from compare_rows(table, "royalty", compute)


def factors(work: Work) -> Iterator[Finding]:
    """现值系数 = 1 ÷ (1 + 折现率)^n, n from the column, else the place of the row."""
    table, rate = work.table("income", "factor"), work.figure("discount-rate")
    if table is None or rate is None:
        return
    numbered = all((year := row.figure("period")) is not None and 0 <= year.value <= MAX_YEARS for row in table.rows)

    def compute(row: Row) -> tuple[Figure, str] | None:
        years = row.figure("period").value if numbered else table.rows.index(row) + 1
        if years != int(years) or years > MAX_YEARS:
            return None
        one_more = exact(1) + exact(percent(rate).value)  # a rate is taken at its word
        return exact(1) / power(one_more, int(years)), f"1 ÷ (1 + {rate}%)^{int(years)}"

    yield from compare_rows(table, "factor", compute)


def income_value(work: Work) -> Iterator[Finding]:
    """收益法结果 = Σ 现值."""
    table = work.table("income", "pv")
    if table is not None and (parts := table.figures("pv")):
        yield from work.compare("income-value", total(parts), workings_of("+", parts))


def cost_value(work: Work) -> Iterator[Finding]:
    """成本法结果 = Σ 科目 × (1 + 利润率) × (1 − 贬值率)."""
    table = work.table("cost", "amount")
    parts = table.figures("amount") if table else []
    profit, worn = work.figure("profit-rate"), work.figure("depreciation")
    if not parts or not work.has("profit-rate"):
        return
    made, said = total(parts), f"({workings_of('+', parts)})"
    if profit is not None:
        made, said = made * (exact(1) + percent(profit)), f"{said} × (1 + {profit}%)"
    if worn is not None:
        made, said = made * (exact(1) - percent(worn)), f"{said} × (1 − {worn}%)"
    yield from work.compare("cost-value", made, said)


def conclusion(work: Work) -> Iterator[Finding]:
    """The range of the conclusion is a range, and lies between the smallest and the largest of what was computed."""
    low, high = work.figure("low"), work.figure("high")
    if low is None or high is None:
        return
    if low.value > high.value:
        yield work.finding(LOOK, "above", "low", stated=low, computed=high)
        return
    market = work.table("market", "adjusted")
    values = [found for name in ("income-value", "cost-value") if (found := work.figure(name)) is not None]
    values += market.figures("adjusted") if market else []
    if not values:
        return
    least, most = min(v.value for v in values), max(v.value for v in values)
    said = {"stated": f"{low}–{high}", "computed": f"{exact(least)}–{exact(most)}"}
    inside = least <= low.value and high.value <= most
    yield work.finding(HOLDS if inside else LOOK, "inside" if inside else "outside", "low", **said)


def dilution(work: Work) -> Iterator[Finding]:
    """出让股权 = 融资额 ÷ (投前估值 + 融资额)."""
    raised, before = work.figure("raise"), work.figure("pre-money")
    if raised is None or before is None or raised.value + before.value <= 0:
        return
    made = raised / (before + raised) * exact(100)
    yield from work.compare("dilution", made, f"{raised} ÷ ({before} + {raised})")


def payments_in_budget(work: Work) -> Iterator[Finding]:
    """What the milestones pay stands as one item of the budget, where the form has no field of its own for it."""
    milestones, budget = work.table("milestones", "payment"), work.table("budget", "item", "amount")
    if milestones is None or budget is None or work.has("award") or not (parts := milestones.figures("payment")):
        return
    paid = [row for row in budget.rows if "揭榜方" in row.text("item") and "÷" not in row.text("item")]
    for row in paid[:1]:
        stated, made = row.figure("amount"), total(parts)
        if stated is None:
            yield row.finding(UNKNOWN, "unreadable", "amount", stated=row.text("amount")[:60])
            continue
        verdict, kind = (HOLDS, "agrees") if stated.agrees_with(made) else (LOOK, "differs")
        yield row.finding(verdict, kind, "amount", stated=stated, computed=made, workings=workings_of("+", parts))


def money_by_source(work: Work) -> Iterator[Finding]:
    """Own money and grant of the form are what the budget says of each source."""
    table = work.table("budget", "source", "amount")
    if table is None:
        return
    for source, field in (("own", "own-funds"), ("grant", "grant")):
        parts = [f for row in table.rows if row.text("source") == source and (f := row.figure("amount")) is not None]
        if parts and work.has(field):
            yield from work.compare(field, total(parts), workings_of("+", parts))
