"""A firm's demand at each stage, made with the real verbs."""

import uuid
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Organisation, User
from assessments.models import ExpertConsent
from curriculum.contents import page_hash
from curriculum.demand_case import make_case
from curriculum.models import CaseApproval, CaseEvent, CaseOrigin, Demand, DemandClaim
from lms.lib.uploads import check_upload

VALUES = {
    "title": "测试用人单位的冷却水结垢", "problem": "测试用人单位三号车间换热器每 42 天结垢一次，登记号 91350211567。",
    "industry": "水处理", "region": "示例市", "present_state": "现在用酸洗，停机 36 小时。", "budget": "50-200",
    "ip_wish": "shared", "ip_note": "", "cooperation": "development",
    "indicators": [{"name": "结垢周期", "sign": "≥", "value": "180", "unit": "天"}],
}  # fmt: skip
CONTACT = {"name": "杨联系", "phone": "0592-5551234", "email": "yang@firm.example"}
TERMS = {
    "audience": "all", "bases": [], "several": False, "anonymity": "region", "exhibits_shown": False, "embargo_until": None,
}  # fmt: skip


def make_demand(firm: Organisation, by: User, *, at: datetime, sent: bool = True, **terms: Any) -> Demand:
    """Return a complete draft of the firm, sent to all accredited bases unless told otherwise."""
    demand = Demand.begin(firm, key=uuid.uuid4(), by=by, at=at)
    demand.keep(dict(VALUES), contact=CONTACT, seen=0, by=by, at=at)
    if sent:
        demand.send(TERMS | terms, by=by, at=at)
    return demand


def take(demand: Demand, base: Organisation, by: User, *, at: datetime) -> DemandClaim:
    return DemandClaim.take(demand, base, by=by, at=at)


def make_demand_case(demand: Demand, base: Organisation, by: User, *, at: datetime) -> CaseOrigin:
    """Take the demand up and return the draft made of it."""
    return make_case(take(demand, base, by, at=at), by=by, at=at)


def approve(origin: CaseOrigin, *, asked_by: User, by: User, at: datetime) -> CaseApproval:
    """The firm approves the case as its latest revision has it."""
    origin.page.refresh_from_db()
    revision = origin.page.latest_revision
    asked = origin.ask_firm(revision, page_hash(revision.content), by=asked_by, at=at)
    asked.decide("approved", comment="", by=by, at=at)
    return asked


def fill(page: Any, source: Any) -> Any:
    """Give a draft what a case of the tests has and it lacks: topics, stages, rubric, debrief. Returns the page."""
    page.topics.set(source.topics.all())
    page.competences.set(source.competences.all())
    for name in ("stages", "rubric", "deliverable", "exhibits"):
        setattr(page, name, getattr(source, name))
    page.title, page.summary, page.debrief = "循环冷却水结垢", "一家企业的换热器反复结垢。", "<p>讲评。</p>"
    page.brief = "<p>一家企业的换热器反复结垢，要找到不停机的办法。</p>"
    page.save()
    page.save_revision()
    page.refresh_from_db()
    return page


def demand_arguments(page: Any, work: Any, cast: dict[str, Any], *, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the arguments of the pages of demands, of the bank and of experts: a draft, a sent and a taken demand of the
    employer's, a case whose approval waits, released work on a case with a leak. (World of the permission matrix.)"""
    firm, base, employer, author = cast["employer_org"], cast["base"], cast["employer"], cast["author"]
    draft = make_demand(firm, employer, at=at, sent=False)
    sent = make_demand(firm, employer, at=at)
    taken = make_demand(firm, employer, at=at)
    origin = make_demand_case(taken, base, author, at=at)
    waiting = origin.ask_firm(origin.page.latest_revision, "sha256:0", by=author, at=at)
    other = make_demand(firm, employer, at=at)
    take(other, base, author, at=at)
    CaseOrigin.objects.create(page=page, organisation=base, kind="demand", family="demand:x", demand=other, made_at=at)
    leak = CaseEvent.leak(page, key=uuid.uuid4(), by=author, at=at, organisation=base, severity="low", where_seen="x", reason="y")
    upload = SimpleUploadedFile("a.txt", b"data")
    file = draft.add_file(upload, check_upload(upload, max_bytes=1000), by=employer, at=at)
    ExpertConsent.say(work, given=True, with_files=True, at=at)
    return {
        **{f"demand_{name}": {"uuid": draft.uuid} for name in ("edit", "send", "discard")},
        "demand_take": {"uuid": sent.uuid}, "demand_withdraw": {"uuid": sent.uuid},
        **{f"demand_{name}": {"uuid": taken.uuid} for name in ("detail", "ask", "contact")},
        "demand_give_back": {"uuid": taken.uuid}, "demand_to_case": {"uuid": taken.uuid},
        "demand_answer": {"uuid": taken.uuid, "base": base.slug}, "demand_ask_approval": {"uuid": origin.uuid},
        "demand_approve": {"uuid": waiting.uuid}, "demand_case_preview": {"uuid": waiting.uuid},
        "demand_file": {"uuid": file.uuid}, "demand_file_remove": {"uuid": file.uuid},
        **{f"bank_{name}": {"pk": page.pk} for name in ("case", "share", "take", "retire", "leak")},
        "bank_clear": {"uuid": leak.uuid},
        "expert_consent": {"uuid": work.uuid}, "expert_work": {"uuid": work.uuid},
        "expert_file": {"uuid": work.uuid, "place": 1},
    }  # fmt: skip
