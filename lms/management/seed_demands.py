"""The sample employer's demands: one behind a case that was taught, one open with a question, one still being written."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

from assessments.models import ExpertComment, ExpertConsent, Submission
from curriculum.contents import page_hash
from curriculum.models import CaseEvent, CaseOrigin, CaseScenarioPage, Demand, DemandClaim, DemandMessage

from . import cast

FILE = Path(__file__).resolve().parents[2] / "curriculum" / "sample" / "demands.yaml"
TERMS = {"audience": "all", "bases": [], "several": False, "anonymity": "region", "exhibits_shown": False, "embargo_until": None}
SHARED = ["demand-diagnosis"]  # a case that the other base may take


def offer(seeding: Any) -> None:
    """The firm writes three demands; the first is taken up before the courses go to review, its case approved by the firm."""
    spoken = {spec["key"]: spec for spec in yaml.safe_load(FILE.read_text("utf-8"))}
    firm, base = seeding.orgs[cast.EMPLOYER.slug], seeding.orgs[cast.BASE.slug]
    expert, author = seeding.who(cast.VERIFIER), seeding.who(cast.AUTHOR)
    heater = _write(firm, spoken["heater"], by=expert, at=seeding.ago(160))
    heater.send(TERMS | {"several": True, "anonymity": "named"}, by=expert, at=seeding.ago(159))
    _ask(heater, base, author, "低水压的投诉主要来自哪些季节和楼层？", from_firm=False, at=seeding.ago(158))
    _ask(heater, base, expert, "冬季、六层以上居多，可提供脱敏的售后记录。", from_firm=True, at=seeding.ago(157))
    DemandClaim.take(heater, base, by=author, at=seeding.ago(156))
    dryer = _write(firm, spoken["dryer"], by=expert, at=seeding.ago(9))
    embargo = timezone.localdate(seeding.at) + timedelta(days=60)
    dryer.send(TERMS | {"anonymity": "disguised", "embargo_until": embargo}, by=expert, at=seeding.ago(8))
    other = seeding.orgs[cast.OTHER_BASE.slug]
    _ask(dryer, other, seeding.who(cast.OTHER_REGISTRAR), "残水率按什么方法测？", from_firm=False, at=seeding.ago(3))
    _write(firm, spoken["enamel"], by=expert, at=seeding.ago(1))
    _bind(heater, CaseScenarioPage.objects.get(slug="gas-water-heater"), seeding)


def _bind(demand: Demand, page: CaseScenarioPage, seeding: Any) -> None:
    """The author has rewritten the draft of the demand as the case that is shipped; the firm has approved it."""
    CaseOrigin.objects.filter(page=page).update(kind=CaseOrigin.Kind.DEMAND, demand=demand, made_at=seeding.ago(150))
    revision = page.latest_revision
    origin = CaseOrigin.objects.get(page=page)
    approval = origin.ask_firm(revision, page_hash(revision.content), by=seeding.who(cast.AUTHOR), at=seeding.ago(135))
    approval.decide("approved", comment="读过，同意用于教学。", by=seeding.who(cast.VERIFIER), at=seeding.ago(133))


def _write(firm: Any, spec: dict[str, Any], *, by: Any, at: Any) -> Demand:
    demand = Demand.begin(firm, key=uuid.uuid4(), by=by, at=at)
    values = {name: value for name, value in spec.items() if name not in ("key", "contact")}
    demand.keep(values, contact=spec["contact"], seen=0, by=by, at=at)
    return demand


def _ask(demand: Demand, base: Any, by: Any, text: str, *, from_firm: bool, at: Any) -> None:
    DemandMessage.write(demand, base, text, from_firm=from_firm, key=uuid.uuid4(), by=by, at=at)


def comment(seeding: Any) -> None:
    """The graduate lets the firm read the work on its case; its expert comments. One case is shared with the other base."""
    page = CaseScenarioPage.objects.get(slug="gas-water-heater")
    work = Submission.objects.get(enrolment__user=seeding.who(cast.GRADUATE), assignment__item__page=page.pk, status="released")
    ExpertConsent.say(work, given=True, at=seeding.ago(60))
    ExpertComment.write(
        work, seeding.orgs[cast.EMPLOYER.slug], "指标写得能直接拿去询价。现场还要看排烟管长度，建议把它列为边界条件。",
        key=uuid.uuid4(), by=seeding.who(cast.VERIFIER), at=seeding.ago(55),
    )  # fmt: skip
    for slug in SHARED:
        shared = CaseScenarioPage.objects.get(slug=slug)
        CaseEvent.note(shared, CaseEvent.Kind.SHARED, by=seeding.who(cast.AUTHOR), at=seeding.ago(30),
                       organisation=seeding.orgs[cast.BASE.slug])  # fmt: skip
