"""Automatic checks of work products: arithmetic done again, clauses, evidence, order. Pure, no database.

Expected sums are worked out in the test, mostly from exact fractions; nothing is read back from the code under test.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments import checks
from assessments.checks import words
from assessments.checks.figures import Figure, figure
from curriculum import productkinds
from curriculum.deliverables import Column, Deliverable, Field


def found(kind: str, values: dict, rule: str) -> list[tuple[str, str]]:
    """Return (verdict, kind) of what one rule says of a template of the library."""
    deliverable = productkinds.get(kind).deliverable()
    return [(f.verdict, f.kind) for key, f in checks.find(deliverable, values) if key == rule]


def rounded(value: Fraction | Decimal | int, places: int) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else Decimal(value)
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


# --- Numbers as people write them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("12.5", "12.5"), ("１２．５", "12.5"), ("1,200", "1200"), ("189.37（约 189.4）", "189.37"), ("约 18%", "18"),
     ("第 3 个月", "3"), ("-4", "-4"), ("TRL 6", "6")],
)  # fmt: skip
def test_a_figure_is_read(text, value):
    assert str(figure(text).value) == value


@pytest.mark.parametrize("text", ["", "不用", "见附件一第三条的说明 3", "1e999999", "NaN"])
def test_what_is_no_figure_is_not_guessed(text):
    assert figure(text) is None or text.startswith("1e")
    assert figure(text) is None or figure(text).value == 1


@pytest.mark.parametrize(
    ("stated", "computed", "agrees"),
    [
        ("189.4", "189.37", True),  # rounded to the place that was written
        ("189.3", "189.37", False),
        ("189", "189.37", True),  # a whole number for one with decimals
        ("190", "189.37", False),
        ("344", "345", False),  # whole numbers are taken at their word
        ("0.8475", "0.847457627", True),
    ],
)
def test_rounding_is_no_mistake_and_a_mistake_is_no_rounding(stated, computed, agrees):
    assert figure(stated).agrees_with(Figure(Decimal(computed))) is agrees


# --- A valuation --------------------------------------------------------------------------------------------------------

sales = st.lists(st.integers(1, 9000), min_size=2, max_size=12)
rates = st.integers(1, 60)


def valuation(amounts: list[int], rate: int, royalty: int) -> dict:
    """A workbook as somebody careful fills it in: every figure from the exact one, rounded to what is usual."""
    rows, total = [], Decimal(0)
    for year, amount in enumerate(amounts, start=1):
        fee = rounded(Fraction(amount * royalty, 100), 2)
        factor = rounded(1 / (1 + Fraction(rate, 100)) ** year, 4)
        value = rounded(Decimal(fee) * Decimal(factor), 2)
        total += Decimal(value)
        rows.append({"period": str(year), "sales": str(amount), "royalty": fee, "factor": factor, "pv": value})
    return {"royalty-rate": str(royalty), "discount-rate": str(rate), "income": rows, "income-value": rounded(total, 1)}


ARITHMETIC = ["valuation.royalty", "valuation.factor", "valuation.present-value", "valuation.income"]


@settings(max_examples=60, deadline=None)
@given(sales, rates, st.integers(1, 20))
def test_a_valuation_rounded_as_usual_agrees(amounts, rate, royalty):
    values = valuation(amounts, rate, royalty)
    for rule in ARITHMETIC:
        said = found("valuation-workbook", values, rule)
        assert [verdict for verdict, _kind in said] == ["holds"], (rule, said, values)


@settings(max_examples=60, deadline=None)
@given(sales, rates, st.integers(1, 20), st.data())
def test_one_wrong_figure_is_found_and_named(amounts, rate, royalty, data):
    values = valuation(amounts, rate, royalty)
    row = data.draw(st.integers(0, len(amounts) - 1))
    column, rule = data.draw(
        st.sampled_from([("royalty", ARITHMETIC[0]), ("factor", ARITHMETIC[1]), ("pv", ARITHMETIC[2])])
    )
    old = Decimal(values["income"][row][column])
    values["income"][row][column] = str(old + data.draw(st.sampled_from([Decimal("0.6"), Decimal(7)])))
    deliverable = productkinds.get("valuation-workbook").deliverable()
    wrong = [f for key, f in checks.find(deliverable, values) if key == rule and f.verdict == "look"]
    assert [(f.row, f.column) for f in wrong] == [(row + 1, column)]


def test_npv_by_hand():
    """100 a year for two years at 10 %: 90.91 + 82.64 = 173.55, by hand."""
    rows = [{"royalty": "100", "factor": "0.9091", "pv": "90.91"}, {"royalty": "100", "factor": "0.8264", "pv": "82.64"}]
    values = {"discount-rate": "10", "income": rows, "income-value": "173.55"}
    assert found("valuation-workbook", values, "valuation.income") == [("holds", "agrees")]
    assert found("valuation-workbook", values | {"income-value": "200"}, "valuation.income") == [("look", "differs")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=8), st.integers(0, 30), st.integers(0, 95))
def test_the_cost_method_is_recomputed(amounts, profit, worn):
    exact = sum((Fraction(a) for a in amounts), Fraction(0)) * (1 + Fraction(profit, 100)) * (1 - Fraction(worn, 100))
    values = {
        "cost": [{"step": "材料", "amount": str(a)} for a in amounts],
        "profit-rate": str(profit), "depreciation": str(worn), "cost-value": rounded(exact, 2),
    }  # fmt: skip
    assert found("valuation-workbook", values, "valuation.cost") == [("holds", "agrees")]
    values["cost-value"] = rounded(exact + 1000, 2)
    assert found("valuation-workbook", values, "valuation.cost") == [("look", "differs")]


def test_the_tax_base_and_the_tax():
    row = {"item": "示例税", "revenue": "120", "deduction": "20", "base": "100", "rate": "6", "tax": "6"}
    for rule in ("valuation.tax-base", "valuation.tax"):
        assert found("valuation-workbook", {"tax": [row]}, rule) == [("holds", "rows_agree")]
    assert found("valuation-workbook", {"tax": [row | {"base": "110"}]}, "valuation.tax-base") == [("look", "differs")]
    assert found("valuation-workbook", {"tax": [row | {"tax": "12"}]}, "valuation.tax") == [("look", "differs")]


def test_a_zero_rate_and_a_zero_output_are_not_divided_by():
    values = {"costs": [{"fixed": "1", "variable": "1", "total": "2", "output": "0", "unit-cost": "3"}]}
    assert found("scale-up-roadmap", values, "scale.unit-cost") == [("unknown", "rows_unread")]


# --- Totals -------------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=20), st.integers(1, 50))
def test_a_total_row_is_checked_and_is_not_added_to_itself(amounts, off):
    column = Column("amount", "金额", "Amount", kind="money", total=True)
    field = Field("rows", "表", "Rows", "table", True, columns=(Column("item", "项目", "Item"), column))
    asked = Deliverable("成果", "", "", "none", (field,))
    rows = [{"item": "甲", "amount": str(a)} for a in amounts]
    for total, verdict in ((sum(amounts), "holds"), (sum(amounts) + off, "look")):
        said = checks.find(asked, {"rows": [*rows, {"item": "合计", "amount": str(total)}]})
        assert [(key, f.verdict, f.row) for key, f in said] == [("totals", verdict, len(rows) + 1)]


# --- Contracts ----------------------------------------------------------------------------------------------------------

contract_rows = st.lists(
    st.tuples(st.sampled_from(["technical", "mixed", "equipment", "material", "other"]), st.integers(2, 900)),
    min_size=1,
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(contract_rows)
def test_the_technology_amount_leaves_equipment_and_material_out(parts):
    rows, technical = [], 0
    for kind, amount in parts:
        counted = {"technical": amount, "mixed": amount // 2}.get(kind, 0)
        technical += counted
        rows.append({"item": "研究报酬", "cost-kind": kind, "contract-amount": str(amount),
                     "deducted": str(amount - counted), "technical": str(counted)})  # fmt: skip
    values = {"calculation": rows, "total-amount": str(sum(a for _k, a in parts)), "technology-amount": str(technical)}
    for rule in ("contract.rows", "contract.excluded", "contract.total", "contract.technology", "contract.not-above"):
        assert all(verdict == "holds" for verdict, _kind in found("contract-classification", values, rule)), rule
    for place, (kind, amount) in enumerate(parts):
        if kind in ("equipment", "material", "other"):
            rows[place] |= {"technical": str(amount), "deducted": "0"}
            assert ("look", "counts") in found("contract-classification", values, "contract.excluded")
            break


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"clause": "委托研发", "type": "development", "register": "yes"}, ("holds", "rows_fine")),
        ({"clause": "外购设备", "type": "none", "register": "no"}, ("holds", "rows_fine")),
        ({"clause": "外购设备", "type": "none", "register": "yes"}, ("look", "registers_none")),
        ({"clause": "委托研发", "type": "development", "register": "no"}, ("look", "leaves_out")),
        ({"clause": "设备采购", "type": "service", "register": "yes"}, ("look", "reads_as_sale")),
        ({"clause": "别的", "type": "说不清", "register": "yes"}, ("unknown", "unread_type")),
    ],
)
def test_the_type_of_a_contract_and_its_registration(row, said):
    assert found("contract-classification", {"classification": [row]}, "contract.type") == [said]


def test_a_term_sheet_without_a_clause_no_deal_can_do_without():
    keys = ["subject", "grant", "territory", "term", "payment", "improvements", "confidentiality", "termination", "disputes"]
    rows = [{"clause": key, "terms": "写明"} for key in keys]
    plain = {"grant-kind": "plain", "clauses": rows}
    assert found("term-sheet", plain, "terms.clauses") == [("holds", "choices_there")]
    assert found("term-sheet", plain | {"clauses": rows[1:]}, "terms.clauses") == [("look", "choice_missing")]
    assert len(found("term-sheet", plain | {"grant-kind": "exclusive"}, "terms.clauses")) == 2  # minimum, maintenance
    empty = [*rows[:-1], {"clause": "disputes", "terms": "待定"}]
    assert found("term-sheet", plain | {"clauses": empty}, "terms.clauses") == [("look", "choice_missing")]


# --- The other kinds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "rule", "said"),
    [
        ("challenge-call", {"months": "36"}, "call.limit", [("holds", "within")]),
        ("challenge-call", {"months": "37"}, "call.limit", [("look", "above")]),
        ("challenge-call", {"metrics": [{"target": "明显改善"}]}, "call.measurable", [("look", "no_number")]),
        ("challenge-call", {"metrics": [{"target": "≥ 90%"}]}, "call.measurable", [("holds", "rows_fine")]),
        ("challenge-call", {"own-funds": "520", "grant": "100", "total": "620"}, "call.money", [("holds", "agrees")]),
        ("challenge-call", {"own-funds": "520", "grant": "100", "total": "600"}, "call.money", [("look", "differs")]),
        ("challenge-call", {"months": "12", "milestones": [{"month": "13"}]}, "call.milestones", [("look", "above")]),
        ("challenge-call", {"milestones": [{"payment": "30"}, {"payment": "40"}], "award": "70"}, "call.award",
         [("holds", "agrees")]),
        ("challenge-call", {"selection": [{"points": "60"}, {"points": "30"}]}, "call.selection", [("look", "not_hundred")]),
        ("trl-evaluation", {"overall": "6", "wbs": [{"level": "6", "evidence": "试验报告"}, {"level": "5", "evidence": "录像"}]},
         "trl.lowest", [("look", "above_lowest")]),
        ("trl-evaluation", {"overall": "5", "wbs": [{"level": "6", "evidence": "报告"}, {"level": "5", "evidence": "录像"}]},
         "trl.lowest", [("holds", "within")]),
        ("trl-evaluation", {"overall": "6", "wbs": [{"level": "6", "evidence": ""}]}, "trl.lowest",
         [("look", "no_evidence"), ("look", "above_lowest")]),
        ("trl-evaluation", {"wbs": [{"level": "10", "evidence": "x"}]}, "trl.range", [("look", "outside")]),
        ("due-diligence", {"checklist": [{"number": "E1"}], "red-flags": [{"evidence": "E1"}, {"evidence": "e1、E2"}]},
         "diligence.evidence", [("holds", "rows_fine")]),
        ("due-diligence", {"checklist": [{"number": "E1"}], "red-flags": [{"evidence": "E9"}, {"evidence": "无"}]},
         "diligence.evidence", [("look", "unknown_reference"), ("look", "empty")]),
        ("due-diligence", {"checklist": [{"number": "E3", "state": "open"}], "open-items": "E3 待核"}, "diligence.open",
         [("holds", "rows_fine")]),
        ("due-diligence", {"checklist": [{"number": "E3", "state": "open"}], "open-items": "没有"}, "diligence.open",
         [("look", "not_named")]),
        ("fto-memo", {"risks": [{"level": "high", "action": "改"}], "overall": "low"}, "fto.overall", [("look", "risk_below")]),
        ("fto-memo", {"risks": [{"level": "high", "action": ""}], "overall": "high"}, "fto.overall",
         [("look", "empty"), ("holds", "risk_fine")]),
        ("patent-landscape", {"search": [{"hits": "10", "kept": "11"}]}, "search.kept", [("look", "above")]),
        ("invention-disclosure", {"filing-date": "2026-12-01", "disclosures": [{"date": "2026-11-01", "secrecy": "free"}]},
         "disclosure.before-filing", [("look", "public_before")]),
        ("invention-disclosure", {"filing-date": "2026-12-01", "disclosures": [{"date": "2026-11-01", "secrecy": "bound"}]},
         "disclosure.before-filing", []),
        ("term-sheet", {"end-date": "2040-01-01", "expiry-date": "2039-12-31"}, "terms.expiry", [("look", "date_before")]),
        ("poc-plan", {"hypotheses": [{"kind": "technical"}]}, "poc.kinds", [("look", "choice_missing")]),
        ("scale-up-roadmap", {"stages": [{"scale": "10"}, {"scale": "5"}]}, "scale.rising", [("look", "not_after")]),
        ("business-plan", {"raise": "200", "pre-money": "800", "dilution": "20"}, "plan.dilution", [("holds", "agrees")]),
        ("business-plan", {"raise": "200", "pre-money": "800", "dilution": "25"}, "plan.dilution", [("look", "differs")]),
        ("business-plan", {"slides": [{"minutes": "5"}, {"minutes": "4"}]}, "plan.minutes", [("look", "above")]),
        ("project-review", {"outcomes": [{"outcome": "成交", "proof": ""}]}, "review.proof", [("look", "empty")]),
        ("demand-specification", {"decisions": [{"item": "预算", "owner": "待定"}]}, "demand.decisions", [("look", "empty")]),
    ],
)  # fmt: skip
def test_rules(kind, values, rule, said):
    assert found(kind, values, rule) == said


def matrix(scores: dict[str, list[int]], weights: list[int]) -> dict:
    names = "ABCDEFGH"[: len(weights)]
    totals = {who: sum(Fraction(s, 5) * w for s, w in zip(mine, weights, strict=True)) for who, mine in scores.items()}
    order = sorted(totals, key=lambda who: -totals[who])
    return {
        "full-score": "5",
        "criteria": [{"code": c, "weight": str(w)} for c, w in zip(names, weights, strict=True)],
        "scores": [{"source": who, "code": c, "score": str(s)} for who, mine in scores.items()
                   for c, s in zip(names, mine, strict=True)],
        "results": [{"source": who, "weighted": rounded(totals[who], 1), "rank": str(order.index(who) + 1)} for who in scores],
    }  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=6))
def test_weighted_scores_are_recomputed(mine):
    values = matrix({f"来源{i}": scores for i, scores in enumerate(mine)}, [50, 30, 20])
    assert found("matching-matrix", values, "matching.weights") == [("holds", "is_hundred")]
    assert found("matching-matrix", values, "matching.weighted") == [("holds", "rows_agree")]
    assert found("matching-matrix", values, "matching.order") == [("holds", "in_order")]
    values["results"][0]["weighted"] = "150"
    assert ("look", "differs") in found("matching-matrix", values, "matching.weighted")


# --- All of them --------------------------------------------------------------------------------------------------------

cells = st.text(max_size=12) | st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.sampled_from(
    ["合计", "0", "-1", "1e9", "第 3 个月", "待定", "yes", "high", "2026-01-01", "9" * 200]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(productkinds.library())), st.data())
def test_no_input_breaks_a_check_and_every_finding_has_words(kind, data):
    deliverable = productkinds.get(kind).deliverable()
    values = {}
    for field in deliverable.fields:
        if field.kind == "table":
            row = st.fixed_dictionaries({column.key: cells for column in field.columns})
            values[field.key] = data.draw(st.lists(row, max_size=3))
        else:
            values[field.key] = data.draw(cells)
    now = words.report(deliverable, values)
    assert all(line.title and line.text for line in now.lines)
    kept = words.kept_report(deliverable, checks.frozen(deliverable, values))
    assert [(line.verdict, line.text, line.workings) for line in kept.lines] == [
        (line.verdict, line.text, line.workings) for line in now.lines
    ]


def test_every_rule_has_a_title_and_every_kind_has_rules():
    assert set(checks.RULES) == set(productkinds.library())
    keys = {rule.key for rules in checks.RULES.values() for rule in rules} | {"totals"}
    assert keys == set(words.TITLES)
    for rules in checks.RULES.values():
        assert len({rule.key for rule in rules}) == len(rules)


def test_a_rule_with_a_source_of_the_field_is_not_called_verified():
    """Nobody of the project has held these documents in hand; arithmetic needs no source."""
    for rules in checks.RULES.values():
        for rule in rules:
            assert rule.verified is rule.is_arithmetic, rule.key


def test_a_field_taken_out_takes_its_rule_with_it_and_a_role_keeps_it():
    deliverable = productkinds.get("valuation-workbook").deliverable()
    values = {"my-income": [{"pv": "10"}, {"pv": "20"}], "income-value": "31"}
    mine = [
        Field("my-income", "收益表", "", "table", True, columns=(Column("pv", "现值", ""),), role="income"),
        next(f for f in deliverable.fields if f.key == "income-value"),
    ]
    adapted = Deliverable("改过的", "", "", "none", tuple(mine), kind="valuation-workbook")
    assert [(key, f.verdict) for key, f in checks.find(adapted, values)] == [("valuation.income", "look")]
    without = Deliverable("删过的", "", "", "none", (mine[0],), kind="valuation-workbook")
    assert checks.find(without, values) == []
