"""Where a trainee stands with the parts that are no case work: fills the places that training offers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lms.lib.language import local
from training import nextsteps, panels
from training.asking import once
from training.models import Enrolment

from .models import Defence, Part, PartResult
from .plan_outline import plans_for

FRESH = timedelta(days=14)


@dataclass(frozen=True)
class PartRow:
    """A defence or portfolio of an enrolment. standing: the defence on its way; result: the latest outcome."""

    enrolment: Enrolment
    part: Part
    standing: Defence | None
    result: PartResult | None

    @property
    def url(self) -> str:
        name = "defence_book" if self.part.is_defence else "portfolio"
        return reverse(name, args=[self.enrolment.uuid, self.part.key])

    @property
    def state(self) -> str:
        """passed, failed (an attempt may be left), planned or open."""
        if self.standing is not None:
            return "planned"
        if self.result is None:
            return "open"
        return "passed" if self.result.passed else "failed"


@once
def part_rows(enrolments: list[Enrolment]) -> dict[int, list[PartRow]]:
    """The defences and portfolios of each enrolment, by its primary key: four queries, one where no plan has any."""
    if not any(plan.has_rules for plan in plans_for(enrolments).values()):
        return {enrolment.pk: [] for enrolment in enrolments}
    editions: dict[int, list[Part]] = {}
    found = Part.objects.filter(plan__edition__in={e.cohort.edition_id for e in enrolments})
    for part in found.exclude(rules={}).select_related("plan").order_by("position"):
        editions.setdefault(part.plan.edition_id, []).append(part)
    found = Defence.objects.on_the_way().filter(enrolment__in=enrolments).select_related("slot__day")
    standing = {(one.enrolment_id, one.part_id): one for one in found}
    results = PartResult.objects.filter(enrolment__in=enrolments).latest()
    return {
        enrolment.pk: [
            PartRow(enrolment, part, standing.get(key := (enrolment.pk, part.pk)), results.get(key))
            for part in editions.get(enrolment.cohort.edition_id, [])
        ]
        for enrolment in enrolments
    }


@nextsteps.register
def next_parts(enrolments: list[Enrolment], at: datetime) -> dict[int, list[nextsteps.NextStep]]:
    """A planned defence and fresh results come early, an open part after the cases."""
    active = [enrolment for enrolment in enrolments if enrolment.is_active]
    steps: dict[int, list[nextsteps.NextStep]] = {}
    for key, rows in (part_rows(active) if active else {}).items():
        steps[key] = [step for row in rows if (step := _step(row, at)) is not None]
    return steps


def _step(row: PartRow, at: datetime) -> nextsteps.NextStep | None:
    title = {"part": local(row.part, "title")}
    if row.state == "planned":
        note = f"{localtime(row.standing.slot.starts_at):%Y-%m-%d %H:%M}"
        return nextsteps.NextStep(_("Prepare for: %(part)s") % title, row.url, note, kind="case", priority=33)
    if row.result is not None and at - row.result.released_at < FRESH:
        return nextsteps.NextStep(_("Read the result: %(case)s") % {"case": title["part"]}, row.url, kind="result", priority=70)
    if row.state == "open":
        return nextsteps.NextStep(_("Open: %(part)s") % title, row.url, kind="case", priority=65)
    return None


@panels.register
def parts_panel(enrolment: Enrolment) -> list[panels.Panel]:
    """The defence and the portfolio on the course page, where the plan has them."""
    rows = part_rows([enrolment])[enrolment.pk]
    if not rows:
        return []
    return [panels.Panel(_("Defence and portfolio"), "assessments/_part_list.html", {"rows": rows}, key="parts", position=25)]
