"""The cases of a course: the list, and the page before the first decision."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from curriculum.reading import script_of_item
from training.errata import correction_of

from ..models import Assignment, CaseRun
from ..permissions import get_practising_enrolment
from ..practice import rows_of, with_due


@login_required
@require_safe
def index(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The cases of the course with their states and due times. Eight queries, whatever the number of cases."""
    enrolment = get_practising_enrolment(request.user, uuid)
    rows = with_due(enrolment, rows_of([enrolment])[enrolment.pk])
    context = {"enrolment": enrolment, "cohort": enrolment.cohort, "rows": rows}
    return render(request, "assessments/practice.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, uuid: UUID, assignment: UUID) -> HttpResponse:
    """Role, brief, and how the work will be judged; then the first stage. A run that is there already goes on."""
    enrolment = get_practising_enrolment(request.user, uuid)
    assignments = Assignment.objects.select_related("item", "part", "rubric")
    found = assignments.filter(uuid=assignment, part__plan__edition=enrolment.cohort.edition_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        return redirect(CaseRun.start(enrolment, found, at=now()))
    if run := CaseRun.objects.filter(enrolment=enrolment, assignment=found).first():
        return redirect(run)
    correction = correction_of(enrolment.cohort, found.item)
    script = script_of_item(correction.change) if correction else found.script()
    context = {"enrolment": enrolment, "cohort": enrolment.cohort, "assignment": found, "script": script,
               "correction": correction}  # fmt: skip
    return render(request, "assessments/case_begin.html", context)
