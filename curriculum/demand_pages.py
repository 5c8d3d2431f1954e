"""What both sides' pages of demands show: threads, lines of the export, what waits for whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Subquery
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Organisation

from .models import CaseApproval, CaseOrigin, Demand, DemandClaim, DemandMessage


@dataclass
class Thread:
    """What one base and the firm wrote to each other."""

    base: Organisation
    claim: DemandClaim | None = None
    case: CaseOrigin | None = None
    messages: list[DemandMessage] = field(default_factory=list)

    @property
    def waits_for_firm(self) -> bool:
        return bool(self.messages) and not self.messages[-1].from_firm


def threads_of(demand: Demand) -> list[Thread]:
    """Return a thread for each base that wrote or has taken the demand up, in the order in which they came: three queries."""
    threads: dict[int, Thread] = {}

    def of(base: Organisation) -> Thread:
        return threads.setdefault(base.pk, Thread(base))

    for claim in demand.claims.active().select_related("organisation"):
        of(claim.organisation).claim = claim
    for message in demand.messages.select_related("base", "by"):
        of(message.base).messages.append(message)
    for origin in demand.cases.filter(kind="demand").select_related("organisation", "page").prefetch_related("approvals"):
        of(origin.organisation).case = origin
    return list(threads.values())


def with_news(demands):
    """Annotate `question`: a base waits for an answer, and `to_approve`: a case waits for the firm's word."""
    latest = DemandMessage.objects.filter(demand=OuterRef("demand"), base=OuterRef("base")).order_by("-at", "-pk")
    open_questions = DemandMessage.objects.filter(
        demand=OuterRef("pk"), from_firm=False, pk=Subquery(latest.values("pk")[:1])
    )
    asked = CaseApproval.objects.filter(origin__demand=OuterRef("pk"), status=CaseApproval.Status.ASKED)
    return demands.annotate(question=Exists(open_questions), to_approve=Exists(asked))


def export_lines(demands: Iterable[Demand]) -> Iterator[list]:
    """Yield the headings, then a line for each demand; never its contact. `claims__organisation` is prefetched."""
    yield [
        _("Title"), _("Firm"), _("State"), _("Industry"), _("Region"), _("Indicators"), _("Budget"), _("Needed by"),
        _("Cooperation"), _("Anonymity"), _("Embargo until"), _("Sent"), _("Taken up by"),
    ]  # fmt: skip
    for demand in demands:
        wanted = "; ".join(f"{row['name']} {row['sign']} {row['value']} {row['unit']}".strip() for row in demand.indicators)
        taken = "; ".join(claim.organisation.name for claim in demand.claims.all() if claim.ended_at is None)
        sent = f"{localtime(demand.sent_at):%Y-%m-%d %H:%M}" if demand.sent_at else ""
        yield [
            demand.title, demand.organisation.name, demand.get_status_display(), demand.industry, demand.region, wanted,
            demand.get_budget_display(), _day(demand.wanted_by), demand.get_cooperation_display(),
            demand.get_anonymity_display(), _day(demand.embargo_until), sent, taken,
        ]  # fmt: skip


def _day(day) -> str:
    return day.isoformat() if day else ""
