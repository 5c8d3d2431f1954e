"""What automatic checks found, in the reader's language: the rule, the place, the sentence, the source. No database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from curriculum.deliverables import Deliverable

from ..productform import in_language
from . import HOLDS, LOOK, RULES, UNKNOWN, find
from .base import Finding, Rule

TITLES = {
    "totals": gettext_lazy("Totals written into tables"),
    "demand.measurable": gettext_lazy("Targets can be measured"),
    "demand.method": gettext_lazy("Every target has a test method"),
    "demand.decisions": gettext_lazy("Every decision has its owner"),
    "demand.attachments": gettext_lazy("Attachments are listed"),
    "call.complete": gettext_lazy("The call has all its elements"),
    "call.measurable": gettext_lazy("Metrics can be measured"),
    "call.method": gettext_lazy("Every metric has a method and a tester"),
    "call.limit": gettext_lazy("Time limit of at most 36 months"),
    "call.milestones": gettext_lazy("No milestone after the time limit"),
    "call.order": gettext_lazy("Milestones in order of time"),
    "call.award": gettext_lazy("Payments at the milestones make the award"),
    "call.award-in-budget": gettext_lazy("Payments at the milestones stand in the budget"),
    "call.sources": gettext_lazy("The budget by source of the money"),
    "call.money": gettext_lazy("Own money and grant make the total"),
    "call.selection": gettext_lazy("Points of the selection make 100"),
    "disclosure.shares": gettext_lazy("Shares of contribution make 100 %"),
    "disclosure.evidence": gettext_lazy("Every contribution has evidence"),
    "disclosure.before-filing": gettext_lazy("Disclosed before the filing date"),
    "trl.range": gettext_lazy("Levels from 1 to 9"),
    "trl.lowest": gettext_lazy("Overall level not above the lowest item with evidence"),
    "trl.independence": gettext_lazy("Independence is declared"),
    "trl.values": gettext_lazy("All five kinds of value"),
    "trl.upgrade": gettext_lazy("Conditions for a higher level can be measured"),
    "search.record": gettext_lazy("Date and string of every search"),
    "search.kept": gettext_lazy("Not more kept than found"),
    "landscape.calendar": gettext_lazy("Filing calendar in order of time"),
    "budget.total": gettext_lazy("Items make the total of the budget"),
    "budget.limit": gettext_lazy("Budget within its limit"),
    "fto.chart": gettext_lazy("Every feature of the claim chart is judged"),
    "fto.overall": gettext_lazy("Overall risk not below the highest single one"),
    "diligence.evidence": gettext_lazy("Every red flag cites evidence"),
    "diligence.open": gettext_lazy("What is open is named"),
    "diligence.validity": gettext_lazy("Validity, true owner and third parties are covered"),
    "diligence.remedy": gettext_lazy("Every red flag has a remedy"),
    "valuation.royalty": gettext_lazy("Royalty = net sales × rate"),
    "valuation.factor": gettext_lazy("Discount factor = 1 ÷ (1 + rate)ⁿ"),
    "valuation.present-value": gettext_lazy("Present value = royalty × factor"),
    "valuation.income": gettext_lazy("Value by income = sum of present values (NPV)"),
    "valuation.cost": gettext_lazy("Value by cost = items × (1 + profit) × (1 − depreciation)"),
    "valuation.market": gettext_lazy("Adjusted price = price × factor"),
    "valuation.tax-base": gettext_lazy("Tax base = revenue − deductions"),
    "valuation.tax": gettext_lazy("Tax = base × rate"),
    "valuation.conclusion": gettext_lazy("The conclusion lies within what was computed"),
    "valuation.sources": gettext_lazy("Every input has a source"),
    "terms.clauses": gettext_lazy("Required clauses are there"),
    "terms.price": gettext_lazy("Upfront fee and milestones make the fixed price"),
    "terms.start": gettext_lazy("The term ends after it begins"),
    "terms.expiry": gettext_lazy("The term does not outlast the patent"),
    "terms.shares": gettext_lazy("Shares of the revenue make 100 %"),
    "terms.distribution": gettext_lazy("Shares make the net income"),
    "contract.type": gettext_lazy("Type and registration fit together"),
    "contract.rows": gettext_lazy("Technical = contract amount − deduction"),
    "contract.excluded": gettext_lazy("Equipment and material are left out"),
    "contract.total": gettext_lazy("Rows make the contract amount"),
    "contract.technology": gettext_lazy("Rows make the technology transaction amount"),
    "contract.not-above": gettext_lazy("Technology transaction amount not above the contract amount"),
    "contract.filing": gettext_lazy("Filed while the contract is in force"),
    "contract.applicant": gettext_lazy("Applicant, time and attachments are named"),
    "poc.kinds": gettext_lazy("Technical and commercial question"),
    "poc.pass": gettext_lazy("Pass criteria can be measured"),
    "poc.stop": gettext_lazy("Stop rules can be measured"),
    "poc.months": gettext_lazy("No test after the end"),
    "scale.rising": gettext_lazy("Scale rises from stage to stage"),
    "scale.dates": gettext_lazy("Stages in order of time"),
    "scale.gates": gettext_lazy("Gates can be measured"),
    "scale.cost": gettext_lazy("Total cost = fixed + variable"),
    "scale.unit-cost": gettext_lazy("Unit cost = total cost ÷ output"),
    "matching.weights": gettext_lazy("Weights make 100"),
    "matching.weighted": gettext_lazy("Weighted scores recomputed"),
    "matching.order": gettext_lazy("Better score, better rank"),
    "matching.shortlist": gettext_lazy("Three to five on the shortlist"),
    "matching.before": gettext_lazy("Criteria set before scoring"),
    "matching.evidence": gettext_lazy("Every score has evidence"),
    "plan.market": gettext_lazy("Market = customers × spend"),
    "plan.profit": gettext_lazy("Profit = revenue − cost"),
    "plan.uses": gettext_lazy("Uses make the amount raised"),
    "plan.dilution": gettext_lazy("Equity given = raised ÷ (pre-money + raised)"),
    "plan.minutes": gettext_lazy("Eight minutes at most"),
    "review.own": gettext_lazy("One's own part apart from others'"),
    "review.share": gettext_lazy("Own share from 0 to 100 %"),
    "review.proof": gettext_lazy("Every outcome has proof"),
    "review.dates": gettext_lazy("The project ends after it begins"),
}

SENTENCES = {
    "agrees": gettext_lazy("Computed again: %(computed)s."),
    "differs": gettext_lazy("%(stated)s stands there; computed: %(computed)s."),
    "unreadable": gettext_lazy("“%(stated)s” can't be read as a number; check it by hand."),
    "is_hundred": gettext_lazy("They make 100."),
    "not_hundred": gettext_lazy("They make %(computed)s, not 100."),
    "within": gettext_lazy("%(stated)s is not above %(computed)s."),
    "above": gettext_lazy("%(stated)s is above %(computed)s."),
    "not_positive": gettext_lazy("%(stated)s is not above 0."),
    "inside": gettext_lazy("%(stated)s lies within %(computed)s."),
    "outside": gettext_lazy("%(stated)s lies outside %(computed)s."),
    "missing": gettext_lazy("Nothing is said here yet."),
    "empty": gettext_lazy("Nothing is said here yet."),
    "no_number": gettext_lazy("No number stands in “%(stated)s”, so nobody can say whether it was reached."),
    "choice_missing": gettext_lazy("Missing: %(stated)s."),
    "not_after": gettext_lazy("%(stated)s does not come after %(computed)s in the row above."),
    "date_fine": gettext_lazy("%(stated)s is not before %(computed)s."),
    "date_before": gettext_lazy("%(stated)s is before %(computed)s."),
    "no_evidence": gettext_lazy("Level %(stated)s is claimed without evidence; it counts as 0."),
    "above_lowest": gettext_lazy("Level %(stated)s is claimed; the lowest item with evidence has %(computed)s."),
    "risk_fine": gettext_lazy("“%(stated)s” is not below the highest single risk, “%(computed)s”."),
    "risk_below": gettext_lazy("“%(stated)s” is below the highest single risk, “%(computed)s”."),
    "unknown_reference": gettext_lazy("“%(stated)s” names nothing that stands in the other table."),
    "not_named": gettext_lazy("“%(stated)s” is open but not named among the open items."),
    "counts": gettext_lazy(
        "“%(stated)s” reads like equipment, material or another cost that is not technical, but counts %(computed)s."
    ),
    "nothing_deducted": gettext_lazy("“%(stated)s” holds costs that are not technical, but nothing is deducted."),
    "unread_type": gettext_lazy("Type or registration of “%(stated)s” can't be read; check it by hand."),
    "registers_none": gettext_lazy("“%(stated)s” is no technology contract, but is to be registered."),
    "leaves_out": gettext_lazy("“%(stated)s” is a technology contract, but is not to be registered."),
    "reads_as_sale": gettext_lazy("“%(stated)s” reads like a sale of goods or everyday maintenance."),
    "public_before": gettext_lazy(
        "Disclosed without a duty of secrecy on %(stated)s, before %(computed)s: novelty has to be looked at."
    ),
    "twice": gettext_lazy("“%(stated)s” is scored twice."),
    "rank": gettext_lazy("Rank %(stated)s with %(computed)s, although a better rank has a lower score."),
    "count_fine": gettext_lazy("%(stated)s are shortlisted."),
    "count_outside": gettext_lazy("%(stated)s are shortlisted; %(computed)s are usual."),
    "in_order": gettext_lazy("In order."),
    "complete": gettext_lazy("All are there."),
    "choices_there": gettext_lazy("All are there."),
}

ORDER = (LOOK, UNKNOWN, HOLDS)


@dataclass(frozen=True)
class Line:
    """One finding ready to be shown. place: “Row 2, Present value”; anchor: of the field in the form."""

    verdict: str
    title: str
    place: str
    text: str
    workings: str
    anchor: str
    rule: Rule | None

    @property
    def is_recomputed(self) -> bool:
        """Pure arithmetic, which needs no source."""
        return self.rule is not None and self.rule.is_arithmetic


@dataclass(frozen=True)
class Report:
    """lines: what to look at first. None at all means that no rule had anything to look at."""

    lines: list[Line]

    def count(self, verdict: str) -> int:
        return sum(line.verdict == verdict for line in self.lines)

    @property
    def look(self) -> int:
        return self.count(LOOK)

    @property
    def unknown(self) -> int:
        return self.count(UNKNOWN)

    @property
    def holds(self) -> int:
        return self.count(HOLDS)

    @property
    def unverified(self) -> bool:
        return any(line.rule is not None and not line.rule.verified for line in self.lines)


def report(deliverable: Deliverable, values: Mapping[str, Any]) -> Report:
    """Check what is written now."""
    return _report(deliverable, find(deliverable, values))


def kept_report(deliverable: Deliverable, kept: Mapping[str, Any]) -> Report:
    """Return what was found when the work was handed in (`checks.frozen`)."""
    names = {field.name for field in fields(Finding)}
    found = [
        (one["rule"], Finding(**{"verdict": UNKNOWN, "kind": ""} | {k: v for k, v in one.items() if k in names}))
        for one in kept.get("findings", [])
    ]
    return _report(deliverable, found)


def _report(deliverable: Deliverable, found: Iterable[tuple[str, Finding]]) -> Report:
    lines = [_line(deliverable, rule, finding) for rule, finding in found]
    return Report(sorted(lines, key=lambda line: ORDER.index(line.verdict)))


def rule_of(kind: str, key: str) -> Rule | None:
    return next((rule for rule in RULES.get(kind, ()) if rule.key == key), None)


def title_of(rule: str) -> str:
    return str(TITLES.get(rule, rule))


def _line(deliverable: Deliverable, rule: str, finding: Finding) -> Line:
    return Line(
        verdict=finding.verdict if finding.verdict in ORDER else UNKNOWN,
        title=title_of(rule),
        place=_place(deliverable, finding),
        text=_sentence(deliverable, finding),
        workings=finding.workings,
        anchor=f"field-{finding.field}" if finding.field else "",
        rule=rule_of(deliverable.kind, rule),
    )


def _place(deliverable: Deliverable, finding: Finding) -> str:
    field = next((field for field in deliverable.fields if field.key == finding.field), None)
    if field is None:
        return ""
    column = next((column for column in field.columns if column.key == finding.column), None)
    words = [in_language(field)]
    if finding.row:
        words.append(_("row %(row)s") % {"row": finding.row})
    if column:
        words.append(in_language(column))
    return " · ".join(words)


def _sentence(deliverable: Deliverable, finding: Finding) -> str:
    if finding.kind in ("rows_agree", "rows_fine", "rows_unread"):
        number = int(finding.computed or 0)
        words = {
            "rows_agree": ngettext("%(number)s row recomputed: it agrees.", "%(number)s rows recomputed: they agree.", number),
            "rows_fine": ngettext("%(number)s row, nothing missing.", "%(number)s rows, nothing missing.", number),
            "rows_unread": ngettext(
                "%(number)s row could not be recomputed.", "%(number)s rows could not be recomputed.", number
            ),
        }
        return words[finding.kind] % {"number": number}
    said = {name: _chosen(deliverable, finding, getattr(finding, name)) for name in ("stated", "computed")}
    return str(SENTENCES[finding.kind]) % said if finding.kind in SENTENCES else finding.stated


def _chosen(deliverable: Deliverable, finding: Finding, word: str) -> str:
    """A chosen key as the reader reads it; any other word as it is."""
    if finding.kind not in ("choice_missing", "risk_fine", "risk_below"):
        return word
    field = next((field for field in deliverable.fields if field.key == finding.field), None)
    column = next((c for c in field.columns if c.key == finding.column), field) if field else None
    choice = column.choice(word) if column else None
    return in_language(choice) if choice else word
