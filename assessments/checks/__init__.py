"""Automatic checks of work products, where a rule exists: advice to the trainee before the hand-in, evidence for assessors
after it. They never block and never change a score.

Pure: a deliverable and typed values in, findings out. `RULES` says which rules a kind of work product has, with the source of
each; `words.py` says them in the reader's language. What a rule looks for it finds by role, so a template that an author has
adapted keeps those rules whose fields it still has.
"""

from collections.abc import Mapping
from typing import Any

from curriculum.deliverables import Deliverable

from . import matching, money, single, wording
from .base import HOLDS, LOOK, UNKNOWN, Finding, Rule, Work, as_json

__all__ = ["HOLDS", "LOOK", "RULES", "SCHEME", "UNKNOWN", "Finding", "Rule", "Work", "find", "frozen", "rules_of"]

SCHEME = 1  # of what is kept with a hand-in

CALL = {"source": "揭榜挂帅需求征集通知（赣州、长沙，2023）", "source_url": "https://0477ly.com/newsdetail/news397176.html"}
DEMAND = {"source": "技术需求说明书评价要点（绵阳，2020）", "source_url": "http://www.huacezixun.com/2020/08/7957/"}
TRL = {"source": "DB3710/T 184—2022（威海）", "source_url": "http://www.mydoc123.com/d-1553310.html"}
DILIGENCE = {"source": "知识产权尽职调查七步", "source_url": "https://www.fzipo.com/chanquan_115183"}
CONTRACT = {
    "source": "技术合同认定规则（登记实务：缙云县科技局，2023）",
    "source_url": "http://www.jinyun.gov.cn/art/2023/8/10/art_1229425837_2485964.html",
}
PROOF = {"source": "云南省概念验证相关规定", "source_url": "https://kjt.yn.gov.cn/html/2025/tongzhigonggao_1107/3011826.html"}
REVIEW = {"source": "RTTP Achievement Overview", "source_url": "http://attp.info/three-routes-to-registration/"}
TRADE = {"source": "本项目建议（示例）"}

ALWAYS = (Rule("totals", money.own_totals, verified=True),)

RULES: dict[str, tuple[Rule, ...]] = {
    "demand-specification": (
        Rule("demand.measurable", wording.measurable("metrics", "target"), **DEMAND),
        Rule("demand.method", wording.filled("metrics", "method"), **DEMAND),
        Rule("demand.decisions", wording.filled("decisions", "owner"), **DEMAND),
        Rule("demand.attachments", wording.complete("attachments"), **DEMAND),
    ),
    "challenge-call": (
        Rule(
            "call.complete",
            wording.complete("objective", "metrics", "months", "milestones", "rights", "budget", "conditions"),
            **CALL,
        ),
        Rule("call.measurable", wording.measurable("metrics", "target"), **CALL),
        Rule("call.method", wording.filled("metrics", "method"), **TRADE),
        Rule("call.limit", wording.limit("months", 36), **CALL),
        Rule("call.milestones", wording.latest_within("milestones", "month", "months"), **CALL),
        Rule("call.order", wording.in_order("milestones", "month"), **TRADE),
        Rule("call.award", money.sum_of("milestones", "payment", "award"), verified=True),
        Rule("call.award-in-budget", money.payments_in_budget, verified=True),
        Rule("call.sources", money.money_by_source, verified=True),
        Rule("call.money", money.fields_sum("total", "own-funds", "grant"), verified=True),
        Rule("call.selection", money.hundred("selection", "points"), **TRADE),
    ),
    "invention-disclosure": (
        Rule("disclosure.shares", money.hundred("inventors", "share"), **TRADE),
        Rule("disclosure.evidence", wording.filled("inventors", "evidence"), **TRADE),
        Rule("disclosure.before-filing", single.disclosed_before_filing, **TRADE),
    ),
    "trl-evaluation": (
        Rule("trl.range", wording.column_limit("wbs", "level", 1, 9), **TRL),
        Rule("trl.lowest", single.readiness, **TRL),
        Rule("trl.independence", wording.complete("independence"), **TRL),
        Rule("trl.values", wording.every("values", "kind", "science", "technology", "economy", "society", "culture"), **TRL),
        Rule("trl.upgrade", wording.measurable("upgrade", "pass"), **TRADE),
    ),
    "patent-landscape": (
        Rule("search.record", wording.filled("search", "date", "string"), **TRADE),
        Rule("search.kept", wording.not_above("search", "kept", "hits"), verified=True),
        Rule("landscape.calendar", wording.in_order("calendar", "date", dates=True, strictly=False), **TRADE),
        Rule("budget.total", money.sum_of("budget", "amount", "total"), verified=True),
        Rule("budget.limit", money.at_most("total", "limit"), verified=True),
    ),
    "fto-memo": (
        Rule("search.record", wording.filled("search", "date", "string"), **TRADE),
        Rule("search.kept", wording.not_above("search", "kept", "hits"), verified=True),
        Rule("fto.chart", wording.filled("chart", "result"), **TRADE),
        Rule("fto.overall", single.overall_risk, **TRADE),
    ),
    "due-diligence": (
        Rule("diligence.evidence", single.cited_evidence, **DILIGENCE),
        Rule("diligence.open", single.open_named, **DILIGENCE),
        Rule("diligence.validity", wording.complete("validity", "ownership", "third-party"), **DILIGENCE),
        Rule("diligence.remedy", wording.filled("red-flags", "remedy"), **TRADE),
    ),
    "valuation-workbook": (
        Rule("valuation.royalty", money.royalty, verified=True),
        Rule("valuation.factor", money.factors, verified=True),
        Rule("valuation.present-value", money.product("income", "pv", "royalty", "factor"), verified=True),
        Rule("valuation.income", money.income_value, verified=True),
        Rule("valuation.cost", money.cost_value, verified=True),
        Rule("valuation.market", money.product("market", "adjusted", "price", "coefficient"), verified=True),
        Rule("valuation.tax-base", money.difference("tax", "base", "revenue", "deduction"), verified=True),
        Rule("valuation.tax", money.product("tax", "tax", "base", "rate", hundredth=True), verified=True),
        Rule("valuation.conclusion", money.conclusion, **TRADE),
        Rule("valuation.sources", wording.filled("inputs", "source"), **TRADE),
    ),
    "term-sheet": (
        Rule("terms.clauses", single.clauses, **TRADE),
        Rule("terms.price", money.sum_of("milestones", "payment", "fixed-total", "upfront"), verified=True),
        Rule("terms.start", wording.days_in_order("start-date", "end-date"), verified=True),
        Rule("terms.expiry", wording.days_in_order("end-date", "expiry-date"), **TRADE),
        Rule("terms.shares", money.hundred("distribution", "share"), verified=True),
        Rule("terms.distribution", money.sum_of("distribution", "amount", "net-income"), verified=True),
    ),
    "contract-classification": (
        Rule("contract.type", single.contract_type, **CONTRACT),
        Rule("contract.rows", money.difference("calculation", "technical", "contract-amount", "deducted"), verified=True),
        Rule("contract.excluded", single.technical_only, **CONTRACT),
        Rule("contract.total", money.sum_of("calculation", "contract-amount", "total-amount"), verified=True),
        Rule("contract.technology", money.sum_of("calculation", "technical", "technology-amount"), verified=True),
        Rule("contract.not-above", money.at_most("technology-amount", "total-amount"), **CONTRACT),
        Rule("contract.filing", wording.days_in_order("filing-date", "valid-until"), **CONTRACT),
        Rule("contract.applicant", wording.complete("applicant", "timing", "attachments"), **CONTRACT),
    ),
    "poc-plan": (
        Rule("poc.kinds", wording.every("hypotheses", "kind", "technical", "commercial"), **PROOF),
        Rule("poc.pass", wording.measurable("hypotheses", "pass"), **TRADE),
        Rule("poc.stop", wording.measurable("hypotheses", "stop"), **TRADE),
        Rule("poc.months", wording.latest_within("hypotheses", "month", "months"), verified=True),
        Rule("budget.total", money.sum_of("budget", "amount", "total"), verified=True),
    ),
    "scale-up-roadmap": (
        Rule("scale.rising", wording.in_order("stages", "scale"), **TRADE),
        Rule("scale.dates", wording.in_order("stages", "date", dates=True), **TRADE),
        Rule("scale.gates", wording.measurable("stages", "gate"), **TRADE),
        Rule("scale.cost", money.addition("costs", "total", "fixed", "variable"), verified=True),
        Rule("scale.unit-cost", money.quotient("costs", "unit-cost", "total", "output"), verified=True),
    ),
    "matching-matrix": (
        Rule("matching.weights", money.hundred("criteria", "weight"), **TRADE),
        Rule("matching.weighted", matching.weighted, verified=True),
        Rule("matching.order", matching.order, verified=True),
        Rule("matching.shortlist", matching.shortlist, **TRADE),
        Rule("matching.before", wording.days_in_order("agreed-on", "scored-on"), **TRADE),
        Rule("matching.evidence", wording.filled("scores", "evidence"), **TRADE),
    ),
    "business-plan": (
        Rule("plan.market", money.product("market", "size", "customers", "spend"), verified=True),
        Rule("plan.profit", money.difference("finance", "profit", "revenue", "cost"), verified=True),
        Rule("plan.uses", money.sum_of("uses", "amount", "raise"), verified=True),
        Rule("plan.dilution", money.dilution, verified=True),
        Rule("plan.minutes", wording.total_limit("slides", "minutes", 8), **TRADE),
    ),
    "project-review": (
        Rule("review.own", wording.filled("contributions", "own", "others"), **REVIEW),
        Rule("review.share", wording.column_limit("contributions", "own-share", 0, 100), verified=True),
        Rule("review.proof", wording.filled("outcomes", "proof"), **REVIEW),
        Rule("review.dates", wording.days_in_order("started-on", "ended-on"), verified=True),
    ),
}  # fmt: skip


def rules_of(kind: str) -> tuple[Rule, ...]:
    """Return the rules of a kind of work product; of one without a kind, those for every table."""
    return (*ALWAYS, *RULES.get(kind, ()))


def find(deliverable: Deliverable, values: Mapping[str, Any]) -> list[tuple[str, Finding]]:
    """Return (key of the rule, finding) pairs in the order of the rules."""
    work = Work(deliverable, values)
    return [(rule.key, finding) for rule in rules_of(deliverable.kind) for finding in rule.check(work)]


def frozen(deliverable: Deliverable, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the checks find, to be kept with a hand-in: it stays what it was when rules change later."""
    found = [{"rule": rule, **as_json(finding)} for rule, finding in find(deliverable, values)]
    return {"scheme": SCHEME, "kind": deliverable.kind, "findings": found} if found else {}
