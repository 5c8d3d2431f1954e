"""What a draft rule would change, person by person."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from lms.lib.jobs.models import Job
from lms.lib.language import is_english, local
from lms.lib.listing import csv_response, paginate

from ..award_permissions import user_sees_rules
from ..models import RuleSimulation
from ..rule_forms import EffectFilter


@login_required
@require_safe
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The counts and the list, by effect and by holders, as CSV; while it runs, how far it is. Queries don't grow with people."""
    if not user_sees_rules(request.user):
        raise Http404
    found = RuleSimulation.objects.select_related("rule__level__syllabus", "against", "asked_by")
    simulation = get_object_or_404(found, uuid=uuid)
    form = EffectFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = simulation.rows.select_related("enrolment__user", "enrolment__cohort__organisation")
    if chosen.get("effect"):
        rows = rows.filter(effect=chosen["effect"])
    if chosen.get("holder"):
        rows = rows.filter(holder=chosen["holder"] == "yes")
    place = 1 if is_english() else 0
    if request.GET.get("format") == "csv":
        headings = [
            pgettext("of a person", "Name"), _("Training base"), _("Cohort"), _("Effect"), _("Already awarded"),
            _("Open by the draft"),
        ]  # fmt: skip
        lines = (
            [
                row.enrolment.user.full_name, local(row.enrolment.cohort.organisation, "name"), row.enrolment.cohort.code,
                row.get_effect_display(), _("yes") if row.holder else _("no"),
                _("; ").join(node[place] or node[0] for node in row.missing),
            ]
            for row in rows.iterator(chunk_size=500)
        )  # fmt: skip
        return csv_response(f"rule-simulation-v{simulation.rule.version}.csv", headings, lines)
    page = paginate(request, rows, 50)
    for row in page:
        row.open = [node[place] or node[0] for node in row.missing]
    job = None if simulation.finished_at else Job.objects.filter(key=simulation.job_key).first()
    context = {"simulation": simulation, "rule": simulation.rule, "page": page, "form": form, "job": job}
    return render(request, "certificates/simulation.html", context)
