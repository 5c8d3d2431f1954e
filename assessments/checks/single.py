"""Checks that belong to one kind of work product: readiness, risk, evidence, contract types, clauses, disclosures. Pure."""

import re
from collections.abc import Iterator

from ..workproduct import day
from .base import HOLDS, LOOK, UNKNOWN, Finding, Work
from .figures import exact
from .wording import all_fine, is_empty


def readiness(work: Work) -> Iterator[Finding]:
    """The level claimed for the whole is not above that of the lowest item; an item without evidence supports no level."""
    rows, overall = work.table("wbs", "level", "evidence"), work.figure("overall")
    if rows is None or not rows.rows:
        return
    lowest = None
    for row in rows.rows:
        level = row.figure("level")
        if level is None:  # said by the rule on the range already
            continue
        if is_empty(row.text("evidence")):
            yield row.finding(LOOK, "no_evidence", "evidence", stated=level)
            level = exact(0)
        if lowest is None or level.value < lowest.value:
            lowest = level
    if lowest is not None and overall is not None:
        verdict, kind = (HOLDS, "within") if overall.value <= lowest.value else (LOOK, "above_lowest")
        yield work.finding(verdict, kind, "overall", stated=overall, computed=lowest)


RISKS = ("low", "medium", "high")


def overall_risk(work: Work) -> Iterator[Finding]:
    """The overall risk is not below the highest single one; a high one has an action."""
    rows = work.table("risks", "level")
    if rows is None:
        return
    known = [row for row in rows.rows if row.text("level") in RISKS]
    for row in known:
        if row.text("level") == "high" and rows.has("action") and is_empty(row.text("action")):
            yield row.finding(LOOK, "empty", "action")
    if known and work.text("overall") in RISKS:
        highest = max(RISKS.index(row.text("level")) for row in known)
        fine = RISKS.index(work.text("overall")) >= highest
        said = {"stated": work.text("overall"), "computed": RISKS[highest]}
        yield work.finding(*((HOLDS, "risk_fine") if fine else (LOOK, "risk_below")), "overall", **said)


def cited_evidence(work: Work) -> Iterator[Finding]:
    """Every red flag cites evidence, and what it cites stands in the checklist."""
    flags, checklist = work.table("red-flags", "evidence"), work.table("checklist")
    if flags is None or not flags.rows:
        return
    numbers = {row.text("number").upper() for row in checklist.rows} - {""} if checklist and checklist.has("number") else set()
    right = 0
    for row in flags.rows:
        text = row.text("evidence")
        if is_empty(text):
            yield row.finding(LOOK, "empty", "evidence")
            continue
        named = {word.upper() for word in re.findall(r"[A-Za-z]*\d+(?:[.-]\d+)*", text)}
        if numbers and not named & numbers:
            yield row.finding(LOOK, "unknown_reference", "evidence", stated=text[:60])
            continue
        right += 1
    yield from all_fine(flags, right)


def open_named(work: Work) -> Iterator[Finding]:
    """What the checklist leaves open is named among the open items."""
    rows = work.table("checklist", "number", "state")
    if rows is None or not work.has("open-items"):
        return
    waiting = [row for row in rows.rows if row.text("state") == "open" and row.text("number")]
    text, right = work.text("open-items").upper(), 0
    for row in waiting:
        if row.text("number").upper() in text:
            right += 1
        else:
            yield row.finding(LOOK, "not_named", "number", stated=row.text("number"))
    if waiting and right == len(waiting):
        yield Finding(HOLDS, "rows_fine", rows.field.key, computed=str(right))


# What 技术合同认定 leaves out of the technology transaction amount: equipment, instruments, parts, raw material.
NOT_TECHNICAL = re.compile(
    r"设备|仪器|零部件|元器件|原材料|耗材|材料费|药剂|试剂购置|备件|配件|运维|维修保养|装修|土建|"
    r"\bequipment\b|\binstruments?\b|\braw materials?\b|\bspare parts\b|\bmaintenance\b",
    re.IGNORECASE,
)


def technical_only(work: Work) -> Iterator[Finding]:
    """Equipment, instruments, parts and raw material don't count into the technology transaction amount."""
    rows = work.table("calculation", "item", "technical")
    if rows is None or not rows.rows:
        return
    right = 0
    for row in rows.rows:
        counted, kind, item = row.figure("technical"), row.text("cost-kind"), row.text("item")
        plain = kind in ("equipment", "material", "other") or (not kind and NOT_TECHNICAL.search(item))
        hidden = kind == "technical" and NOT_TECHNICAL.search(item)
        if counted is not None and counted.value > 0 and (plain or hidden):
            yield row.finding(LOOK, "counts", "technical", stated=item[:60], computed=counted)
        elif kind == "mixed" and rows.has("deducted") and not (row.figure("deducted") or exact(0)).value:
            yield row.finding(LOOK, "nothing_deducted", "deducted", stated=item[:60])
        else:
            right += counted is not None
    yield from all_fine(rows, right)


TYPES = {"development", "transfer", "licence", "consulting", "service"}
TYPE_WORDS = {"开发": "development", "转让": "transfer", "许可": "licence", "咨询": "consulting", "服务": "service"}
SALE = re.compile(r"买卖|采购|日常|维修保养|不属于|不作技术合同|\bsale\b|\bpurchase\b", re.IGNORECASE)


def contract_type(work: Work) -> Iterator[Finding]:
    """What is no technology contract is not registered; what is one is; a sale of goods is none."""
    rows = work.table("classification", "type", "register")
    if rows is None or not rows.rows:
        return
    right = 0
    for row in rows.rows:
        kind, register = _type_of(row.text("type")), row.text("register").lower()
        yes = register.startswith(("yes", "是", "登记"))
        no = register.startswith(("no", "否", "不"))
        if kind is None or not (yes or no):
            yield row.finding(UNKNOWN, "unread_type", "type", stated=row.text("type")[:60])
        elif kind == "none" and yes:
            yield row.finding(LOOK, "registers_none", "register", stated=row.text("clause")[:60])
        elif kind != "none" and no:
            yield row.finding(LOOK, "leaves_out", "register", stated=row.text("clause")[:60])
        elif kind != "none" and NOT_TECHNICAL.search(row.text("clause")) and SALE.search(row.text("clause")):
            yield row.finding(LOOK, "reads_as_sale", "type", stated=row.text("clause")[:60])
        else:
            right += 1
    yield from all_fine(rows, right)


def _type_of(text: str) -> str | None:
    if text in TYPES or text == "none":
        return text
    if SALE.search(text):
        return "none"
    return next((kind for word, kind in TYPE_WORDS.items() if word in text), None)


REQUIRED_CLAUSES = (
    "subject", "grant", "territory", "term", "payment", "improvements", "confidentiality", "termination", "disputes",
)  # fmt: skip


def clauses(work: Work) -> Iterator[Finding]:
    """The clauses no term sheet can do without are there and say something; an exclusive grant asks for more."""
    rows = work.table("clauses", "clause", "terms")
    if rows is None or not rows.rows:
        return
    said = {row.text("clause") for row in rows.rows if not is_empty(row.text("terms"))}
    exclusive = work.text("grant-kind") in ("exclusive", "sole")
    wanted = [*REQUIRED_CLAUSES, *(("minimum", "maintenance") if exclusive else ())]
    column = rows.field.column("clause")
    missing = [key for key in wanted if key not in said]
    for key in missing:
        yield Finding(LOOK, "choice_missing", rows.field.key, column=column.key, stated=key)
    if not missing:
        yield Finding(HOLDS, "choices_there", rows.field.key, column=column.key, computed=str(len(wanted)))


def disclosed_before_filing(work: Work) -> Iterator[Finding]:
    """What was said to people without a duty of secrecy before the filing date may take away novelty."""
    rows, filing = work.table("disclosures", "date", "secrecy"), day(work.text("filing-date"))
    if rows is None or filing is None:
        return
    for row in rows.rows:
        when = day(row.text("date"))
        if when is not None and when < filing and row.text("secrecy") in ("free", "unknown"):
            yield row.finding(LOOK, "public_before", "date", stated=when.isoformat(), computed=filing.isoformat())
