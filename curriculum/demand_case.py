"""A case made of a firm's demand: the draft that is filled in, and what follows when the firm takes its consent back.

The links themselves are `CaseOrigin` rows; what has to hold before such a case is taught stands in `demand_checks`.
"""

from datetime import datetime
from html import escape
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from accounts.models import Organisation, User
from lms.lib.audit import log
from lms.lib.errors import WrongState

from .demand_checks import secrets_in
from .leftovers import Secret, disguise
from .models import CaseEvent, CaseOrigin, CaseScenarioPage, Demand, DemandClaim, TrainingBasePage
from .productkinds import filled_value
from .walls import ensure_base_site

KIND = "demand-specification"  # the work product that a case of a real demand asks for, until its author chooses another


# --- Making the draft ---


def make_case(claim: DemandClaim, *, by: User, at: datetime) -> CaseOrigin:
    """Return the case that the base made of the demand: a draft below its page, filled in as far as the level of anonymity
    lets it, made now when there was none.

    Raises WrongState when the firm has withdrawn its consent, or the base has given the demand back.
    """
    with transaction.atomic():
        demand = Demand.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=claim.demand_id)
        if found := CaseOrigin.objects.filter(kind="demand", demand=demand, organisation=claim.organisation).first():
            return found
        if demand.status != Demand.Status.TAKEN or not DemandClaim.objects.active().filter(pk=claim.pk).exists():
            raise WrongState(_("The firm has withdrawn its consent, or the demand was given back."), obj=demand)
        with override("zh-hans"):
            page = _draft(demand, by)
        below = ensure_base_site(claim.organisation)
        page.slug = _free_slug(below, f"demand-{str(demand.uuid)[:8]}")
        below.add_child(instance=page)
        page.save_revision(user=by)
        origin = CaseOrigin.objects.create(
            page=page, organisation=claim.organisation, kind=CaseOrigin.Kind.DEMAND, family=f"demand:{demand.uuid}",
            demand=demand, made_by=by, made_at=at,
        )  # fmt: skip
        log(demand, "curriculum.demand.make_case", by=by, organisation=claim.organisation, page=page.pk)
    return origin


def _free_slug(below: TrainingBasePage, wanted: str) -> str:
    taken = set(Page.objects.child_of(below).filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for n in range(1, 100) if (slug := wanted if n == 1 else f"{wanted}-{n}") not in taken)


def _draft(demand: Demand, author: User) -> CaseScenarioPage:
    secrets = secrets_in(demand)

    def said(text: str) -> str:
        return disguise(text, secrets)

    named = demand.anonymity == Demand.Anonymity.NAMED
    firm = demand.organisation.name if named else "一家" + said(demand.industry) + "企业"
    brief = [f"<p>{escape(firm)}提出了一项技术需求：{escape(said(demand.title))}</p>"]
    brief += [f"<p>{escape(line)}</p>" for line in said(demand.problem).splitlines() if line.strip()]
    lines = [
        ("所在行业", said(demand.industry)), ("所在地区", said(demand.region)),
        ("预算", demand.get_budget_display()), ("期限", demand.wanted_by.isoformat() if demand.wanted_by and named else ""),
        ("知识产权", " ".join(filter(None, [demand.get_ip_wish_display(), said(demand.ip_note)]))),
        ("合作方式", demand.get_cooperation_display()),
    ]  # fmt: skip
    exhibits = [
        ("letter", "企业来函", "letter", _paragraphs(said(demand.problem))),
        ("present", "现状说明", "memo", _paragraphs(said(demand.present_state))),
        ("indicators", "期望指标", "data", _indicators(demand, secrets)),
        ("terms", "合作条件", "data", _table([line for line in lines if line[1]])),
    ]
    fields = CaseScenarioPage
    return CaseScenarioPage(
        title=said(demand.title)[:255], summary=said(demand.problem)[:200], sector=said(demand.industry),
        role=f"<p>你是受{escape('该企业' if not named else firm)}委托的技术经理人。</p>", brief="".join(brief),
        exhibits=_stream(fields.exhibits.field, "exhibit", [
            {"key": key, "title": title, "kind": kind, "html": html, "document": None} for key, title, kind, html in exhibits
        ]),
        deliverable=_stream(fields.deliverable.field, "deliverable", [filled_value({"kind": KIND})]),
        source=_source(demand), author=author.full_name, licence="企业授权用于教学 / licensed for teaching by the firm",
        live=False, owner=author,
    )  # fmt: skip


def _source(demand: Demand) -> str:
    """The line of provenance, as much as may be said."""
    if demand.anonymity == Demand.Anonymity.NAMED:
        return f"{demand.organisation.name}提交的真实技术需求"
    if demand.anonymity == Demand.Anonymity.REGION:
        return f"{demand.region}一家{demand.industry}企业提交的真实技术需求（隐去企业名称）"[:255]
    return "根据企业真实技术需求改写（已隐去企业与地区，数字已更改）"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _indicators(demand: Demand, secrets: list[Secret]) -> str:
    rows = [(row["name"], f"{row['sign']} {disguise(row['value'], secrets)} {row['unit']}".strip()) for row in demand.indicators]
    return _table(rows)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _stream(field, kind: str, values: list[dict[str, Any]]):
    return field.stream_block.to_python([{"type": kind, "value": value} for value in values])


# --- The consent is taken back ---


def withdraw(demand: Demand, *, reason: str, by: User, at: datetime) -> None:
    """Take the firm's consent back with all that follows: the cases made of it, and copies of them, are retired, their public
    pages are taken down, and no new edition can hold them. What an edition froze stays with its running cohorts and in
    what was earned. Twice is harmless."""
    with transaction.atomic():
        if not demand.withdraw(reason=reason, by=by, at=at):
            return
        for origin in demand.cases.select_related("page", "organisation"):
            CaseEvent.note(
                origin.page, CaseEvent.Kind.RETIRED, by=by, at=at, organisation=origin.organisation,
                reason="企业撤回了同意 / the firm has withdrawn its consent",
            )  # fmt: skip
            if origin.page.live:
                UnpublishPageAction(origin.page, user=by).execute(skip_permission_checks=True)  # the firm's right, not Wagtail's


def base_of(page: CaseScenarioPage) -> Organisation | None:
    """Return the base that a case belongs to, None for the national core."""
    parent = TrainingBasePage.objects.select_related("organisation").filter(path=page.path[: -page.steplen]).first()
    return parent.organisation if parent else None
